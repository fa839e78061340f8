/* SPDX-License-Identifier: MIT */
/* The line that is logged at the end of each stream, of a request that gets
 * none, and of a trunk that ended before it had one. */
#include "exchange_note.h"
#include "hop_view.h"
#include "session.h"
#include "trunk.h"
#include "wire.h"
#include "worker_state.h"

#include <stdio.h>
#include <string.h>

enum {
	MOST_FIELDS = 40,
	MOST_ATTRIBUTES = 10 /* per hop */
};

struct line_fields {
	struct log_field field[MOST_FIELDS];
	size_t count;
	char keys[2 * MOST_ATTRIBUTES][64];
	size_t key_count;
};

static void add_text(struct line_fields *f, const char *key, const char *text)
{
	if (f->count < MOST_FIELDS && text != NULL) {
		f->field[f->count++] = (struct log_field){key, text, 0};
	}
}

static void add_number(struct line_fields *f, const char *key, uint64_t n)
{
	if (f->count < MOST_FIELDS) {
		f->field[f->count++] =
			(struct log_field){key, NULL, (int64_t)n};
	}
}

static void add_attributes(struct line_fields *f, const char *side,
                           const struct attribute *a)
{
	for (; a != NULL; a = a->next) {
		char *key;

		if (!a->log || f->key_count == 2 * MOST_ATTRIBUTES) {
			continue;
		}
		key = f->keys[f->key_count++];
		snprintf(key, sizeof(f->keys[0]), "%s.%s", side, a->key);
		add_text(f, key, a->value);
	}
}

static void add_hop(struct line_fields *f, const char *side,
                    const struct stack *stack)
{
	const struct stack *low = hop_lowest(stack);

	add_text(f, side, stack->pipeline->description);
	add_attributes(f, side, stack->attributes);
	if (low != stack) {
		add_attributes(f, side, low->attributes);
	}
}

static const char *side_name(uint8_t role)
{
	return role == PST_ACCEPT    ? "client"
	       : role == PST_CONNECT ? "back-end"
	                             : "gateway";
}

/* A request that is given up once its response is out is torn down CLEAN. */
static bool is_failure(const struct reason *r)
{
	return r->set && r->class != PST_CLASS_CLEAN;
}

static void add_reason(struct line_fields *f, const struct reason *r)
{
	if (!is_failure(r)) {
		add_text(f, "class", class_name(PST_CLASS_CLEAN));
		return;
	}
	add_text(f, "hop",
	         r->side == PST_ACCEPT    ? "front"
	         : r->side == PST_CONNECT ? "back"
	                                  : "core");
	add_text(f, "layer", r->layer);
	add_text(f, "class", class_name((enum pst_class)r->class));
	if (r->code != 0) {
		add_number(f, "code", r->code);
	}
	add_text(f, "reason", r->text);
}

static enum pst_log_level level_of(const struct reason *r)
{
	return is_failure(r) && r->class != PST_CLASS_GOING_AWAY
	               ? PST_LOG_WARNING
	               : PST_LOG_INFO;
}

/* The address that was reached; else where the pipeline leads. */
static const char *target_of(const struct stack *back)
{
	const char *peer = hop_peer(back);

	return peer != NULL ? peer : back->pipeline->url.text;
}

bool session_may_be_logged(const struct session *s)
{
	return log_wants(s->line.worker->log, PST_LOG_WARNING);
}

/* Who ended it first. A request has always ended first, so of an exchange that
 * failed it is whose failure it was; a rule that says no is ours. */
static uint8_t ender_of(const struct session *s)
{
	const struct reason *r = &s->reason;

	if (s->line.front->pipeline->top != PST_SHAPE_EXCHANGES ||
	    !is_failure(r) || r->class == PST_CLASS_GOING_AWAY) {
		return s->ended_by;
	}
	return r->class == PST_CLASS_POLICY ? 0 : r->side;
}

void session_log(struct session *s)
{
	struct worker *w = s->line.worker;
	enum pst_log_level level = level_of(&s->reason);
	struct line_fields f;

	if (!log_wants(w->log, level) || s->line.front == NULL) {
		return;
	}
	f.count = 0;
	f.key_count = 0;
	add_number(&f, "session", s->id);
	add_text(&f, "service", s->service->name);
	add_text(&f, "peer", hop_peer(s->line.front));
	if (s->exchange != NULL) {
		add_text(&f, "request", s->exchange->request);
	}
	if (s->exchange != NULL && s->exchange->status != 0) {
		add_number(&f, "status", s->exchange->status);
	}
	add_hop(&f, "front", s->line.front);
	if (s->line.back != NULL) {
		add_text(&f, "target", target_of(s->line.back));
		add_hop(&f, "back", s->line.back);
	}
	add_number(&f, "bytes_in", s->bytes_in);
	add_number(&f, "bytes_out", s->bytes_out);
	if (s->messages_in + s->messages_out != 0) {
		add_number(&f, "messages_in", s->messages_in);
		add_number(&f, "messages_out", s->messages_out);
	}
	add_number(&f, "ms", w->clock.now_ms - s->began_ms);
	add_text(&f, "ended_by", side_name(ender_of(s)));
	add_reason(&f, &s->reason);
	log_fields(w->log, level, "stream ended", f.field, f.count);
}

/* Whose connection it was, where one service alone could be meant. */
static const char *service_of(const struct trunk *t)
{
	const struct pipeline *p = t->stack->pipeline;
	unsigned i;

	for (i = 0; t->node != NULL && i < t->node->route_count; i++) {
		if (t->node->routes[i].pipeline->service != p->service) {
			return NULL;
		}
	}
	return p->service == NULL ? NULL : p->service->name;
}

/* Where it arrived and from whom. */
static void begin_trunk(struct line_fields *f, const struct trunk *t,
                        const char *service)
{
	const struct wire *wire = wire_of(t->stack->bottom);

	f->count = 0;
	f->key_count = 0;
	if (t->node != NULL) {
		add_text(f, "listener", t->listener->address);
	}
	add_text(f, "service", service);
	add_text(f, "peer", wire != NULL ? wire->peer : NULL);
}

/* A request's line as it came: no more than fits, and terminated. */
static void copy_line(const struct pst_answered *a,
                      char out[EXCHANGE_REQUEST_MAX])
{
	size_t i;

	for (i = 0; i < a->line_length && i < EXCHANGE_REQUEST_MAX - 1; i++) {
		out[i] = a->line[i] != '\0' ? a->line[i] : '?';
	}
	out[i] = '\0';
}

void trunk_log_refused(struct trunk *t, const struct pst_answered *a)
{
	const bool fails = a->reason != PST_CLASS_CLEAN;
	const enum pst_log_level level = fails ? PST_LOG_WARNING : PST_LOG_INFO;
	const struct log *log = t->line.worker->log;
	char request[EXCHANGE_REQUEST_MAX];
	struct line_fields f;

	t->told = t->told || fails;
	if (!log_wants(log, level)) {
		return;
	}
	if (a->head != NULL) {
		(void)exchange_request(a->head, request);
	} else {
		copy_line(a, request);
	}
	begin_trunk(&f, t,
	            a->head != NULL && t->refused_by != NULL ? t->refused_by
	                                                     : service_of(t));
	add_text(&f, "request", request[0] != '\0' ? request : NULL);
	add_number(&f, "status", a->status);
	add_hop(&f, "front", t->stack);
	add_text(&f, "hop", "front");
	add_text(&f, "layer", station_name(t->stack->top));
	add_text(&f, "class",
	         fails ? class_name((enum pst_class)a->reason) : NULL);
	add_text(&f, "reason", a->text);
	log_fields(log, level, "request refused", f.field, f.count);
}

void trunk_log(struct trunk *t)
{
	struct worker *w = t->line.worker;
	struct line_fields f;

	if (t->stream_count != 0 || t->told || !t->reason.set ||
	    !log_wants(w->log, level_of(&t->reason))) {
		return;
	}
	begin_trunk(&f, t, service_of(t));
	add_hop(&f, t->stack->role == PST_ACCEPT ? "front" : "back", t->stack);
	add_number(&f, "ms", w->clock.now_ms - t->began_ms);
	add_reason(&f, &t->reason);
	log_fields(w->log, level_of(&t->reason), "connection ended", f.field,
	           f.count);
}
