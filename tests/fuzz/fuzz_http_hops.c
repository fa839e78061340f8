/* SPDX-License-Identifier: MIT */
/* Fuzz target: both hops of http, joined, between a client and back-ends that send
 * anything; what goes out is what came in, and nothing else.
 *
 * Input: byte 0 how both ends leave, byte 1 the size of the pieces; then what the
 * client and the back-end say in turn, each turn ended by a byte 0xff. */
#include "fuzz.h"
#include "fuzz_http_message.h"
#include "fuzz_http_wire.h"

#include <penstock/plugin.h>
#include <penstock/testkit.h>

enum {
	MOST_EXCHANGES = 24,
	MOST_LINES = 8,
	TURN = 0xff
};

/* A request and its answer, as the near side passed them up and as the far one
 * took them from the wire. */
struct exchange {
	struct message asked, heard, answered, told;
	unsigned line, number; /* the connection behind, and which there */
	bool repeated;
};

/* A connection to a back-end, which is an accepting layer in its place. */
struct line {
	struct pst_kit *back, *server;
	struct wire wire;
	unsigned streams;
	bool ended, cut; /* our direction */
};

struct world {
	struct pst_kit *front, *client;
	struct line lines[MOST_LINES];
	struct exchange exchanges[MOST_EXCHANGES];
	unsigned line_count, count;
	size_t piece;
	bool told_end;    /* the client heard the end of the connection */
	bool client_left; /* it had ended before an answer came */
};

static struct pst_kit *make(enum pst_role role, const char *const *options)
{
	const struct pst_kit_params params = {
		.layer = PST_PLUGIN_SYMBOL.get(PST_EXTENSION_LAYER, 0),
		.mux = PST_PLUGIN_SYMBOL.get(PST_EXTENSION_MUX, 0),
		.role = role,
		.options = options};
	struct pst_kit *k = pst_kit_create(&params);

	must(pst_kit_ready(k));
	pst_kit_run(k);
	return k;
}

/* -- connections behind ------------------------------------------------ */

static struct line *fresh_line(struct world *w)
{
	static const char *const wide[] = {"max_head", "64k",        "max_line",
	                                   "64k",      "max_fields", "256",
	                                   NULL};
	struct line *l;

	if (w->line_count == MOST_LINES) {
		return NULL;
	}
	l = &w->lines[w->line_count++];
	memset(l, 0, sizeof(*l));
	l->back = make(PST_CONNECT, NULL);
	l->server = make(PST_ACCEPT, wide);
	pst_kit_split(pst_kit_rx_in(l->back), w->piece, 0);
	return l;
}

/* A stream behind for the exchange, on the last connection where it may be. */
static bool open_behind(struct world *w, struct exchange *e, bool anew)
{
	struct line *l = NULL;
	int n = -1;

	if (!anew && w->line_count != 0) {
		l = &w->lines[w->line_count - 1];
		n = pst_kit_failed(l->back) ? -1 : pst_kit_stream_open(l->back);
	}
	if (n < 0) {
		l = fresh_line(w);
		n = l == NULL ? -1 : pst_kit_stream_open(l->back);
	}
	if (n < 0) {
		return false;
	}
	must((unsigned)n == l->streams);
	l->streams++;
	e->line = (unsigned)(l - w->lines);
	e->number = (unsigned)n;
	return true;
}

static bool feed(struct pst_kit_port *to, const struct pst_slice *s)
{
	if ((s->flags & PST_HEAD) != 0) {
		pst_kit_feed_head(to, pst_kit_head_of(s), s->flags & PST_EOM);
	} else {
		pst_kit_feed_slice(to, s->data, s->length, s->flags & PST_EOM);
	}
	return true;
}

/* Everything that waits, and the end; a truncated end becomes a reset, as a
 * join makes it. */
static bool pass(struct pst_kit_port *from, struct pst_kit_port *to,
                 struct message *m)
{
	bool moved = false;
	struct pst_slice *s;
	enum pst_end end;

	while ((s = pst_kit_take(from)) != NULL) {
		message_note(m, s);
		moved = to != NULL ? feed(to, s) : true;
		pst_kit_free(s);
	}
	end = pst_kit_ended(from);
	if (end == PST_END_OPEN || m->ended) {
		return moved;
	}
	m->ended = true;
	if (to != NULL) {
		pst_kit_end(to, end == PST_END_CUT ? PST_END_RESET : end,
		            pst_kit_end_class(from));
	}
	return true;
}

/* A kept connection failed before it said anything: once more, elsewhere. */
static bool repeat(struct world *w, struct exchange *e)
{
	static const char *const methods[] = {"GET",   "HEAD", "OPTIONS",
	                                      "TRACE", "PUT",  "DELETE"};
	struct line *l = &w->lines[e->line];
	const struct pst_head *h = e->asked.head;
	unsigned number = e->number;
	struct pst_slice *s;
	size_t i;

	must(!e->repeated && number != 0 && e->answered.head == NULL);
	for (i = 0; !pst_head_equals(h, h->method, methods[i]); i++) {
		must(i < sizeof(methods) / sizeof(methods[0]) - 1);
	}
	message_same(&e->asked, &e->heard);
	message_forget(&e->heard);
	e->repeated = true;
	if (!open_behind(w, e, true)) {
		return false;
	}
	while ((s = pst_kit_take(pst_kit_stream_tx_in(l->back, number))) !=
	       NULL) {
		feed(pst_kit_stream_tx_in(w->lines[e->line].back, 0), s);
		pst_kit_free(s);
	}
	if (e->asked.ended) {
		pst_kit_end(pst_kit_stream_tx_in(w->lines[e->line].back, 0),
		            PST_END_CLEAN, PST_CLASS_CLEAN);
	}
	return true;
}

/* The back-end in our place answers what the real one has answered. */
static void serve(struct line *l)
{
	static const struct pst_kit_head ok = {.kind = PST_HEAD_RESPONSE,
	                                       .status = 204};
	unsigned n = pst_kit_streams(l->server);

	if (n == 0 || n > l->streams || pst_kit_failed(l->server) ||
	    !pst_kit_stream_done(l->back, n - 1) ||
	    pst_kit_stream_done(l->server, n - 1)) {
		return;
	}
	must(pst_kit_feed_kit_head(pst_kit_stream_tx_in(l->server, n - 1), &ok,
	                           PST_EOM) == 0);
	pst_kit_run(l->server);
	pst_kit_discard(pst_kit_tx_out(l->server));
}

static bool run_line(struct line *l)
{
	struct pst_kit_port *from = pst_kit_tx_out(l->back);
	bool moved = false;
	struct pst_slice *s;

	pst_kit_run(l->back);
	serve(l);
	while ((s = pst_kit_take(from)) != NULL) {
		wire_read(&l->wire, s->data, s->length);
		pst_kit_feed(pst_kit_rx_in(l->server), s->data, s->length);
		pst_kit_free(s);
		moved = true;
	}
	if (pst_kit_ended(from) != PST_END_OPEN && !l->ended) {
		l->ended = true;
		l->cut = pst_kit_ended(from) != PST_END_CLEAN;
		pst_kit_end(pst_kit_rx_in(l->server), pst_kit_ended(from),
		            pst_kit_end_class(from));
		moved = true;
	}
	pst_kit_run(l->server);
	pst_kit_discard(pst_kit_tx_out(l->server));
	must(l->cut || !pst_kit_failed(l->server) ||
	     pst_kit_fail_class(l->server) != PST_CLASS_PROTOCOL);
	must(pst_kit_streams(l->server) <= l->streams);
	return moved;
}

/* -- the whole --------------------------------------------------------- */

static struct pst_kit_port *front_tx(struct world *w, struct exchange *e)
{
	return pst_kit_stream_tx_in(w->front, (unsigned)(e - w->exchanges));
}

/* The client asks for the same, so that it can read the answer. */
static void ask(struct world *w, struct exchange *e)
{
	const struct pst_slice *s = pst_kit_peek(
		pst_kit_stream_rx_out(w->front, (unsigned)(e - w->exchanges)));
	int n = pst_kit_failed(w->client) ? -1 : pst_kit_stream_open(w->client);
	struct pst_kit_port *to;

	must(s != NULL && (s->flags & PST_HEAD) != 0);
	if (n < 0) {
		/* only where the answer went out together with the next */
		w->client_left = true;
		return;
	}
	to = pst_kit_stream_tx_in(w->client, (unsigned)n);
	if (pst_kit_head_of(s)->upgrade_by != PST_UPGRADE_NONE) {
		pst_kit_feed_head(to, pst_kit_head_of(s), 0);
	} else {
		pst_kit_feed_head(to, pst_kit_head_of(s), PST_EOM);
		pst_kit_end(to, PST_END_CLEAN, PST_CLASS_CLEAN);
	}
	pst_kit_run(w->client);
	pst_kit_discard(pst_kit_tx_out(w->client));
}

static bool tell(struct world *w)
{
	struct pst_kit_port *from = pst_kit_tx_out(w->front);
	bool moved = false;
	struct pst_slice *s;
	unsigned n;

	while ((s = pst_kit_take(from)) != NULL) {
		pst_kit_feed(pst_kit_rx_in(w->client), s->data, s->length);
		pst_kit_free(s);
		moved = true;
	}
	if (pst_kit_ended(from) != PST_END_OPEN && !w->told_end) {
		w->told_end = true;
		pst_kit_end(pst_kit_rx_in(w->client), pst_kit_ended(from),
		            pst_kit_end_class(from));
		moved = true;
	}
	pst_kit_run(w->client);
	pst_kit_discard(pst_kit_tx_out(w->client));
	n = pst_kit_streams(w->client);
	if (n != 0) {
		(void)pass(pst_kit_stream_rx_out(w->client, n - 1), NULL,
		           &w->exchanges[n - 1].told);
	}
	return moved;
}

static bool begin(struct world *w)
{
	struct exchange *e = &w->exchanges[w->count];

	if (w->count == MOST_EXCHANGES ||
	    w->count == pst_kit_streams(w->front)) {
		return false;
	}
	w->count++;
	ask(w, e);
	if (!open_behind(w, e, false)) {
		e->line = MOST_LINES;
		pst_kit_end(front_tx(w, e), PST_END_RESET,
		            PST_CLASS_UNREACHABLE);
	}
	return true;
}

static bool run_exchange(struct world *w, struct exchange *e)
{
	unsigned n = (unsigned)(e - w->exchanges);
	struct line *l = e->line < MOST_LINES ? &w->lines[e->line] : NULL;
	bool moved;

	if (l == NULL) {
		return pass(pst_kit_stream_rx_out(w->front, n), NULL,
		            &e->asked);
	}
	moved = pass(pst_kit_stream_rx_out(w->front, n),
	             pst_kit_stream_tx_in(l->back, e->number), &e->asked);
	moved = pass(pst_kit_stream_rx_out(l->back, e->number), front_tx(w, e),
	             &e->answered) ||
	        moved;
	if (e->number < pst_kit_streams(l->server)) {
		moved = pass(pst_kit_stream_rx_out(l->server, e->number), NULL,
		             &e->heard) ||
		        moved;
	}
	if (pst_kit_failed(l->back) && !e->answered.ended &&
	    !pst_kit_stream_done(l->back, e->number) && !repeat(w, e)) {
		e->line = MOST_LINES;
		pst_kit_end(front_tx(w, e), PST_END_RESET,
		            PST_CLASS_UNREACHABLE);
		moved = true;
	}
	return moved;
}

/* True when a connection became a tunnel: what follows is no HTTP. */
static bool left(const struct world *w)
{
	unsigned i;

	for (i = 0; i < w->line_count; i++) {
		if (pst_kit_left(w->lines[i].back)) {
			return true;
		}
	}
	return pst_kit_left(w->front);
}

static void run(struct world *w)
{
	bool moved = true;
	unsigned i;

	while (moved && !left(w)) {
		pst_kit_run(w->front);
		moved = tell(w);
		moved = begin(w) || moved;
		for (i = 0; i < w->line_count && !left(w); i++) {
			moved = run_line(&w->lines[i]) || moved;
		}
		for (i = 0; i < w->count; i++) {
			moved = run_exchange(w, &w->exchanges[i]) || moved;
		}
	}
}

static void check(const struct world *w, const struct exchange *e)
{
	const struct line *l = &w->lines[e->line];

	message_same(&e->asked, &e->heard);
	if (e->answered.head != NULL) {
		message_same(&e->answered, &e->told);
	} else {
		/* our own words, if any */
		must(e->told.head == NULL || e->told.head->status >= 400);
	}
	if (e->line == MOST_LINES || left(w)) {
		return;
	}
	if (e->number < l->wire.requests && e->heard.head != NULL) {
		must(l->wire.body[e->number] >= e->heard.length);
		must(l->wire.body[e->number] <= e->asked.length);
		must(e->number >= l->wire.complete || e->asked.complete ||
		     e->asked.head->upgrade_by != PST_UPGRADE_NONE);
	}
	if (e->asked.complete && !e->answered.complete &&
	    e->asked.head->upgrade_by == PST_UPGRADE_NONE &&
	    !pst_kit_failed(l->back) && l->wire.requests > e->number) {
		must(e->heard.complete);
	}
	if (e->answered.complete && !pst_kit_failed(w->front) &&
	    !pst_kit_failed(w->client) && !w->client_left) {
		must(e->told.complete);
	}
}

static void say(struct world *w, bool client, const uint8_t *p, size_t n)
{
	struct pst_kit_port *port;

	if (!client && w->line_count == 0) {
		return;
	}
	port = pst_kit_rx_in(client ? w->front
	                            : w->lines[w->line_count - 1].back);
	pst_kit_feed(port, p, n);
	run(w);
}

/* Both ends leave, in one of the ways and orders that `how` says. */
static void leave(struct world *w, uint8_t how)
{
	static const enum pst_end ends[] = {PST_END_CLEAN, PST_END_CUT,
	                                    PST_END_RESET, PST_END_CLEAN};
	unsigned turn, i;

	for (turn = 0; turn < 2 && !left(w); turn++) {
		if ((turn == 0) == ((how & 1) != 0)) {
			pst_kit_end(pst_kit_rx_in(w->front), ends[how >> 1 & 3],
			            PST_CLASS_CLEAN);
			run(w);
			continue;
		}
		for (i = 0; i < w->line_count && !left(w); i++) {
			pst_kit_end(pst_kit_rx_in(w->lines[i].back),
			            ends[how >> 3 & 3], PST_CLASS_CLEAN);
			run(w);
		}
	}
}

static void finish(struct world *w)
{
	unsigned i, bad;

	for (i = 0; i < w->count; i++) {
		check(w, &w->exchanges[i]);
		message_forget(&w->exchanges[i].asked);
		message_forget(&w->exchanges[i].heard);
		message_forget(&w->exchanges[i].answered);
		message_forget(&w->exchanges[i].told);
	}
	bad = pst_kit_destroy(w->front) + pst_kit_destroy(w->client);
	for (i = 0; i < w->line_count; i++) {
		bad += pst_kit_destroy(w->lines[i].back);
		bad += pst_kit_destroy(w->lines[i].server);
	}
	must(bad == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world w;
	bool client = true;
	size_t at = 2;

	if (size < 3) {
		return 0;
	}
	memset(&w, 0, sizeof(w));
	w.piece = data[1] % 64 == 0 ? 0 : data[1] % 64;
	w.front = make(PST_ACCEPT, NULL);
	w.client = make(PST_CONNECT, NULL);
	pst_kit_split(pst_kit_rx_in(w.front), w.piece, 0);
	while (at < size && !left(&w)) {
		const uint8_t *end = memchr(data + at, TURN, size - at);
		size_t n =
			end == NULL ? size - at : (size_t)(end - (data + at));

		say(&w, client, data + at, n);
		client = !client;
		at += n + 1;
	}
	leave(&w, data[0]);
	finish(&w);
	return 0;
}
