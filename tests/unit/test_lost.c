/* SPDX-License-Identifier: MIT */
/* Joined exchanges whose back-end breaks: what the service may say in its
 * place, and heads that wait for their bodies. */
#include "machine_pair.h"
#include "machine_parts.h"
#include "pst_test.h"
#include "session.h"

#include <penstock/head.h>
#include <sys/socket.h>
#include <unistd.h>

/* -- exchanges of letters ------------------------------------------------ */

/*
 * From a client every letter is a request. A back-end is asked with "?"; of
 * what it says H is a head of status 200, E one of 500, "." the end, and the
 * rest is body. Clients read "<200>body.".
 */

static void put_head(struct pst_instance *me, struct pst_queue *q,
                     enum pst_head_kind kind, unsigned status, uint32_t flags)
{
	struct pst_head_builder b;
	uint64_t memory[32];
	int64_t size;

	pst_head_begin(&b, memory, sizeof(memory), kind);
	b.head->status = (uint16_t)status;
	b.head->body = PST_BODY_UNKNOWN;
	pst_head_set(&b, &b.head->method, "GET", 3);
	size = pst_head_finish(&b);
	CHECK(size > 0);
	CHECK_INT(pst_write(me, q, memory, (size_t)size, PST_HEAD | flags), 0);
}

static void put_text(struct pst_instance *me, struct pst_queue *q,
                     const char *text)
{
	CHECK_INT(pst_write(me, q, text, strlen(text), 0), 0);
}

static void read_letter(struct pst_instance *me, struct pst_io *io, char c)
{
	if (me->role == PST_ACCEPT) {
		put_head(me, io->rx_out, PST_HEAD_REQUEST, 0, PST_EOM);
	} else if (c == 'H' || c == 'E') {
		put_head(me, io->rx_out, PST_HEAD_RESPONSE,
		         c == 'H' ? 200 : 500, 0);
	} else {
		CHECK_INT(pst_write(me, io->rx_out, &c, c == '.' ? 0 : 1,
		                    c == '.' ? PST_EOM : 0),
		          0);
	}
}

static void write_slice(struct pst_instance *me, struct pst_io *io,
                        struct pst_slice *s)
{
	const struct pst_head *h = (const void *)s->data;
	uint32_t eom = s->flags & PST_EOM;
	char text[16];

	if ((s->flags & PST_HEAD) == 0) {
		s->flags = 0;
		pst_put(me, io->tx_out, s);
	} else {
		snprintf(text, sizeof(text), "<%u>", (unsigned)h->status);
		put_text(me, io->tx_out, me->role == PST_ACCEPT ? text : "?");
		pst_slice_free(me, s);
	}
	if (eom != 0 && me->role == PST_ACCEPT) {
		put_text(me, io->tx_out, ".");
	}
}

static enum pst_step letters_step(struct pst_instance *me, struct pst_io *io)
{
	bool *up = me->state;
	struct pst_slice *s;
	uint32_t i;

	while ((s = pst_take(me, io->rx_in)) != NULL) {
		for (i = 0; i < s->length; i++) {
			read_letter(me, io, (char)s->data[i]);
		}
		pst_slice_free(me, s);
	}
	while ((s = pst_take(me, io->tx_in)) != NULL) {
		write_slice(me, io, s);
	}
	if (pst_ended(io->rx_in)) { /* here an end is always too early */
		pst_end(me, io->rx_out, PST_END_RESET, PST_CLASS_TRUNCATED);
	}
	pst_pass(me, io->tx_out, io->tx_in);
	if (!*up) {
		*up = true;
		return PST_STEP_UP;
	}
	return PST_STEP_OK;
}

static const struct pst_layer letters = {
	.size = sizeof(letters),
	.roles = PST_ACCEPT | PST_CONNECT,
	.id = "letters",
	.below = PST_SHAPE_BYTES,
	.above = PST_SHAPE_EXCHANGES,
	.provides = PST_PROVIDES_HALF_CLOSE,
	.state_size = sizeof(bool),
	.step = letters_step,
};

/* -- a service that responds by itself ----------------------------------- */

static uint64_t hold;      /* bytes */
static unsigned lost_seen; /* calls of lost */

static void respond(struct pst_instance *me, unsigned status, const char *body)
{
	struct pst_head_builder b;
	uint64_t memory[32];

	pst_head_begin(&b, memory, sizeof(memory), PST_HEAD_RESPONSE);
	b.head->status = (uint16_t)status;
	b.head->body = PST_BODY_LENGTH;
	b.head->body_length = strlen(body);
	CHECK(pst_head_finish(&b) > 0);
	CHECK_INT(pst_service_respond(me, b.head, body, strlen(body)), 0);
	/* once */
	CHECK_INT(pst_service_respond(me, b.head, body, strlen(body)),
	          PST_INVALID);
}

static struct pst_slice *head(struct pst_instance *me, enum pst_role from,
                              struct pst_slice *s)
{
	const struct pst_head *h = (const void *)s->data;

	if (from == PST_ACCEPT) {
		CHECK_INT(pst_service_respond(me, h, NULL, 0), PST_INVALID);
		return s;
	}
	if (h->status == 500) {
		respond(me, 404, "ours");
		pst_slice_free(me, s);
		return NULL;
	}
	pst_service_hold(me, hold);
	return s;
}

static void lost(struct pst_instance *me, enum pst_class why)
{
	lost_seen++;
	CHECK_INT(why, PST_CLASS_TRUNCATED);
	respond(me, 502, "lost");
}

static const struct pst_service service = {
	.size = sizeof(service),
	.flags = PST_SERVICE_CONNECTS,
	.id = "letters",
	.shapes = PST_SHAPE_EXCHANGES,
	.offer = machine_joins_offer,
	.back = machine_joins_back,
	.head = head,
	.lost = lost,
};

/* -- a client and a back-end --------------------------------------------- */

static bool asked(void *arg)
{
	const struct machine_pair *p = arg;
	char c;

	return recv(p->server, &c, 1, 0) == 1 && c == '?';
}

static void pair_start(struct machine_pair *p, uint64_t held)
{
	static const struct pst_layer *const layers[] = {&letters, NULL};
	struct machine_setup setup = {.service = &service,
	                              .front = layers,
	                              .back = {layers},
	                              .high_water = 16384};

	hold = held;
	lost_seen = 0;
	machine_pair_start(p, &setup);
	machine_pair_listen_at(p, p->client);
	machine_say(p->client, "q");
	machine_pair_accept(p);
	CHECK(machine_until(&p->m, asked, p));
}

static void says_no_more(struct machine_pair *p)
{
	CHECK_INT(shutdown(p->server, SHUT_WR), 0);
	machine_turn(&p->m);
}

/* -- tests ---------------------------------------------------------------- */

static void a_response_passes(void)
{
	struct machine_pair p;

	pair_start(&p, 0);
	machine_say(p.server, "Habc.");
	machine_pair_gets(&p, "<200>abc.");
	CHECK_INT(lost_seen, 0);
	machine_pair_stop(&p);
}

static void the_service_responds_for_a_back_end_that_is_gone(void)
{
	struct machine_pair p;

	pair_start(&p, 0);
	says_no_more(&p);
	machine_pair_gets(&p, "<502>lost.");
	CHECK_INT(lost_seen, 1);
	machine_pair_stop(&p);
}

static void nothing_is_said_once_a_head_is_out(void)
{
	struct machine_pair p;

	pair_start(&p, 0);
	machine_say(p.server, "Hab");
	machine_pair_gets(&p, "<200>ab");
	says_no_more(&p);
	machine_turn(&p.m);
	machine_pair_gets(&p, "<200>ab");
	CHECK_INT(lost_seen, 0);
	machine_pair_stop(&p);
}

static void the_service_responds_in_place_of_the_back_end(void)
{
	struct machine_pair p;

	pair_start(&p, 0);
	machine_say(p.server, "Etheirs");
	machine_pair_gets(&p, "<404>ours.");
	machine_say(p.server, "more.");
	machine_turn(&p.m);
	machine_pair_gets(&p, "<404>ours.");
	CHECK_INT(lost_seen, 0);
	machine_pair_stop(&p);
}

static void a_head_waits_for_as_much_as_was_asked(void)
{
	struct machine_pair p;

	pair_start(&p, 4);
	machine_say(p.server, "Habc");
	machine_turn(&p.m);
	machine_pair_look(&p);
	CHECK_STR(p.got, "");
	machine_say(p.server, "d");
	machine_pair_gets(&p, "<200>abcd");
	machine_say(p.server, ".");
	machine_pair_gets(&p, "<200>abcd.");
	machine_pair_stop(&p);
}

static void a_head_waits_no_longer_than_for_its_end(void)
{
	struct machine_pair p;

	pair_start(&p, 1000);
	machine_say(p.server, "Hab");
	machine_turn(&p.m);
	machine_pair_look(&p);
	CHECK_STR(p.got, "");
	machine_say(p.server, ".");
	machine_pair_gets(&p, "<200>ab.");
	machine_pair_stop(&p);
}

static void what_breaks_while_it_waits_is_lost_as_a_whole(void)
{
	struct machine_pair p;

	pair_start(&p, 1000);
	machine_say(p.server, "Hab");
	machine_turn(&p.m);
	says_no_more(&p);
	machine_pair_gets(&p, "<502>lost.");
	CHECK_INT(lost_seen, 1);
	machine_pair_stop(&p);
}

static void a_client_that_leaves_while_a_head_waits_is_no_loss(void)
{
	struct machine_pair p;

	pair_start(&p, 1000);
	machine_say(p.server, "Hab");
	machine_turn(&p.m);
	machine_reset(&p.client);
	close(p.server);
	p.server = -1;
	machine_pair_stop(&p);
}

static CU_TestInfo tests[] = {
	TEST(a_response_passes),
	TEST(the_service_responds_for_a_back_end_that_is_gone),
	TEST(nothing_is_said_once_a_head_is_out),
	TEST(the_service_responds_in_place_of_the_back_end),
	TEST(a_head_waits_for_as_much_as_was_asked),
	TEST(a_head_waits_no_longer_than_for_its_end),
	TEST(what_breaks_while_it_waits_is_lost_as_a_whole),
	TEST(a_client_that_leaves_while_a_head_waits_is_no_loss),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
