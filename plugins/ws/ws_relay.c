/* SPDX-License-Identifier: MIT */
/* Heads from hop to hop: what an opening says of, and takes from, the other
 * hop's. */
#include "ws.h"

#include <stdlib.h>
#include <string.h>

enum {
	FIELDS_SPARE = 8, /* fields that are made here */
	TEXT_SPARE = 320
};

/* -- building ---------------------------------------------------------- */

struct scratch {
	struct pst_head_builder b;
	void *memory; /* owned */
};

static int scratch_begin(struct scratch *s, const struct pst_head *from,
                         size_t more, enum pst_head_kind kind)
{
	size_t room =
		pst_head_room(FIELDS_SPARE, TEXT_SPARE + more) + from->size;

	s->memory = malloc(room);
	if (s->memory == NULL) {
		return PST_MEMORY;
	}
	pst_head_begin(&s->b, s->memory, room, kind);
	return PST_OK;
}

/* Tell what was built. Below a mux there is nobody to tell. */
static int scratch_tell(struct scratch *s, struct pst_instance *me,
                        enum pst_told what)
{
	int64_t size = pst_head_finish(&s->b);
	int r = (int)(size < 0 ? size : 0);

	if (r == PST_OK) {
		r = pst_tell(me, what, s->memory, (size_t)size);
	}
	free(s->memory);
	return r == PST_INVALID ? PST_OK : r; /* nobody to tell */
}

static void copy_span(struct pst_head_builder *b, struct pst_span *to,
                      const struct pst_head *from, struct pst_span span)
{
	pst_head_set(b, to, pst_head_text(from, span), span.length);
}

static void copy_fields(struct pst_head_builder *b, const struct pst_head *from)
{
	uint32_t i;

	for (i = 0; i < from->field_count; i++) {
		const struct pst_field *f = &from->field[i];
		const char *name = pst_head_text(from, f->name);

		if (!ws_is_own_field(name, f->name.length)) {
			pst_head_add(b, name, f->name.length,
			             pst_head_text(from, f->value),
			             f->value.length);
		}
	}
}

/* -- the accepting end ------------------------------------------------- */

static void add_protocols(struct pst_head_builder *b,
                          const struct pst_head *request, const char *chosen)
{
	static const char name[] = "Sec-WebSocket-Protocol";
	const struct pst_field *f;
	uint32_t at = 0;

	if (chosen != NULL) {
		pst_head_add(b, name, sizeof(name) - 1, chosen, strlen(chosen));
		return;
	}
	while ((f = pst_head_find(request, name, &at)) != NULL) {
		pst_head_add(b, name, sizeof(name) - 1,
		             pst_head_text(request, f->value), f->value.length);
	}
}

int ws_tell_request(struct pst_instance *me, const struct pst_head *request)
{
	const struct ws_conf *conf = me->conf;
	const struct ws_state *st = me->state;
	struct scratch s;

	if (scratch_begin(&s, request, 0, PST_HEAD_REQUEST) != PST_OK) {
		return PST_MEMORY;
	}
	copy_span(&s.b, &s.b.head->method, request, request->method);
	copy_span(&s.b, &s.b.head->authority, request, request->authority);
	copy_span(&s.b, &s.b.head->path, request, request->path);
	copy_fields(&s.b, request);
	if (st->protocol != NULL ||
	    conf->subprotocol_choice == WS_CHOICE_BACK) {
		add_protocols(&s.b, request, st->protocol);
	}
	return scratch_tell(&s, me, PST_TOLD_REQUEST);
}

/* -- the connecting end: the request ----------------------------------- */

static void set_authority(struct pst_head_builder *b,
                          const struct ws_conf *conf,
                          const struct pst_head *client)
{
	if (conf->forward_host && client != NULL) {
		copy_span(b, &b->head->authority, client, client->authority);
	} else {
		pst_head_set(b, &b->head->authority, conf->authority,
		             strlen(conf->authority));
	}
}

struct target {
	const char *path, *rest, *own_query, *query;
	size_t path_length, rest_length, own_query_length, query_length;
};

/* The client's path behind the prefix whose place ours takes. */
static void take_path(struct target *t, const char *prefix, const char *path,
                      size_t length)
{
	size_t n = strlen(prefix);

	if (n != 0 && prefix[n - 1] == '/') {
		n--;
	}
	if (length < n || memcmp(path, prefix, n) != 0 ||
	    (length > n && path[n] != '/')) {
		return;
	}
	t->rest = path + n;
	t->rest_length = length - n;
	if (t->rest_length != 0 && t->path_length != 0 &&
	    t->path[t->path_length - 1] == '/') {
		t->path_length--;
	}
}

static struct target make_target(const struct ws_conf *conf,
                                 const struct pst_head *client)
{
	struct target t = {.path = conf->target, .rest = "", .query = ""};
	const char *own = strchr(conf->target, '?');
	const char *path;
	size_t length;

	t.path_length = own == NULL ? strlen(conf->target)
	                            : (size_t)(own - conf->target);
	t.own_query = own == NULL ? "" : own + 1;
	t.own_query_length = strlen(t.own_query);
	if (client == NULL) {
		return t;
	}
	path = pst_head_text(client, client->path);
	length = pst_head_path_length(client);
	if (length < client->path.length && conf->forward_query) {
		t.query = path + length + 1;
		t.query_length = client->path.length - length - 1;
	}
	if (conf->forward_path != NULL) {
		take_path(&t, conf->forward_path, path, length);
	}
	return t;
}

static size_t put(char *out, size_t at, const char *text, size_t length)
{
	memcpy(out + at, text, length);
	return at + length;
}

static void set_target(struct pst_head_builder *b, const struct target *t)
{
	char *text = malloc(t->path_length + t->rest_length +
	                    t->own_query_length + t->query_length + 3);
	size_t n;

	if (text == NULL) {
		b->failure = PST_MEMORY;
		return;
	}
	n = put(text, 0, t->path, t->path_length);
	n = put(text, n, t->rest, t->rest_length);
	n = n == 0 ? put(text, 0, "/", 1) : n;
	if (t->own_query_length + t->query_length != 0) {
		n = put(text, n, "?", 1);
		n = put(text, n, t->own_query, t->own_query_length);
		if (t->own_query_length != 0 && t->query_length != 0) {
			n = put(text, n, "&", 1);
		}
		n = put(text, n, t->query, t->query_length);
	}
	pst_head_set(b, &b->head->path, text, n);
	free(text);
}

static void add_offer(struct pst_head_builder *b, const struct ws_opening *o)
{
	size_t i, n = 0;
	char *text;

	for (i = 0; i < o->count; i++) {
		n += strlen(o->names[i]) + 2;
	}
	if (n == 0) {
		return;
	}
	text = malloc(n);
	if (text == NULL) {
		b->failure = PST_MEMORY;
		return;
	}
	for (i = 0, n = 0; i < o->count; i++) {
		n = put(text, n, ", ", i == 0 ? 0 : 2);
		n = put(text, n, o->names[i], strlen(o->names[i]));
	}
	pst_head_add(b, "Sec-WebSocket-Protocol", 22, text, n);
	free(text);
}

static void add_own(struct pst_head_builder *b, struct pst_instance *me)
{
	const struct ws_conf *conf = me->conf;
	const struct ws_state *st = me->state;
	char key[WS_KEY_LENGTH], packing[WS_DEFLATE_TEXT];

	ws_key_of_nonce(st->random.nonce, key);
	pst_head_add(b, "Sec-WebSocket-Version", 21, "13", 2);
	pst_head_add(b, "Sec-WebSocket-Key", 17, key, sizeof(key));
	add_offer(b, st->opening);
	if (conf->deflate) {
		pst_head_add(b, "Sec-WebSocket-Extensions", 24, packing,
		             ws_deflate_offer(&conf->deflate_want, packing));
	}
}

static void fill_request(struct pst_head_builder *b, struct pst_instance *me,
                         const struct pst_head *client)
{
	const struct ws_conf *conf = me->conf;
	const struct target t = make_target(conf, client);

	b->head->upgrade_by = PST_UPGRADE_FIELD;
	pst_head_set(b, &b->head->method, "GET", 3);
	pst_head_set(b, &b->head->upgrade, "websocket", 9);
	set_authority(b, conf, client);
	set_target(b, &t);
	add_own(b, me);
	if (client != NULL) {
		ws_rules_carry(&conf->forward, &conf->set_fields, client, b);
		ws_rules_carry_cookies(&conf->forward_cookies, client, b);
	}
	ws_fields_add(&conf->set_fields, b);
}

static size_t request_room(const struct ws_conf *conf,
                           const struct ws_opening *o,
                           const struct pst_head *client)
{
	size_t text = TEXT_SPARE + WS_DEFLATE_TEXT + strlen(conf->authority) +
	              strlen(conf->target) + ws_fields_room(&conf->set_fields);
	size_t i;

	for (i = 0; i < o->count; i++) {
		text += strlen(o->names[i]) + 2;
	}
	if (client != NULL) { /* names may become longer by a rule */
		text += client->size;
		for (i = 0; i < conf->forward_fields.count; i++) {
			text += strlen(conf->forward_fields.item[i]) *
			        client->field_count;
		}
	}
	return pst_head_room(FIELDS_SPARE, text);
}

struct pst_slice *ws_build_request(struct pst_instance *me)
{
	const struct ws_conf *conf = me->conf;
	struct ws_state *st = me->state;
	const struct pst_head *client = pst_told(me, PST_TOLD_REQUEST, NULL);
	struct pst_head_builder b;
	struct pst_slice *s;
	int64_t size;

	if (ws_opening_offer(
		    st->opening, conf->forward_subprotocols ? client : NULL,
		    &conf->subprotocol_map, &conf->subprotocols) != PST_OK) {
		return NULL;
	}
	s = pst_slice_new(me, request_room(conf, st->opening, client));
	if (s == NULL) {
		return NULL;
	}
	pst_head_begin(&b, s->data, s->after, PST_HEAD_REQUEST);
	fill_request(&b, me, client);
	size = pst_head_finish(&b);
	if (size < 0 || pst_slice_append(s, (uint32_t)size) == NULL) {
		pst_slice_free(me, s);
		return NULL;
	}
	s->flags = PST_HEAD | PST_EOM;
	return s;
}

/* -- the connecting end: the response ---------------------------------- */

int ws_tell_response(struct pst_instance *me, const struct pst_head *response,
                     const char *protocol, size_t body)
{
	const struct ws_conf *conf = me->conf;
	size_t more = protocol == NULL ? 0 : strlen(protocol);
	struct scratch s;
	size_t i;

	for (i = 0; i < conf->return_fields.count; i++) {
		more += strlen(conf->return_fields.item[i]) *
		        response->field_count;
	}
	if (scratch_begin(&s, response, more, PST_HEAD_RESPONSE) != PST_OK) {
		return PST_MEMORY;
	}
	s.b.head->status = response->status;
	if (response->status == 101) {
		ws_rules_carry(&conf->back, NULL, response, &s.b);
	} else {
		copy_span(&s.b, &s.b.head->reason, response, response->reason);
		copy_fields(&s.b, response);
		s.b.head->body = PST_BODY_LENGTH;
		s.b.head->body_length = body;
	}
	if (protocol != NULL) {
		add_protocols(&s.b, response, protocol);
	}
	return scratch_tell(&s, me, PST_TOLD_RESPONSE);
}
