/* SPDX-License-Identifier: MIT */
/* The table of functions that plugins call. */
#include "configure.h"
#include "hop_view.h"
#include "series.h"
#include "session.h"
#include "setup.h"
#include "trunk.h"
#include "worker_state.h"

#include <penstock/plugin.h>
#include <stdio.h>
#include <string.h>

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

static struct station *station_of(struct pst_instance *me)
{
	return (struct station *)(void *)me;
}

static struct worker *worker_of(struct pst_instance *me)
{
	return station_of(me)->line->worker;
}

static const void *extension(const char *id)
{
	(void)id;
	return NULL;
}

/* -- memory and queues ----------------------------------------------------- */

static size_t headroom_of(struct pst_instance *me)
{
	const struct station *s = station_of(me);

	if (s->stack != NULL) {
		return s->stack->pipeline->headroom;
	}
	return s->line->front->pipeline->headroom;
}

static struct pst_slice *table_slice_new(struct pst_instance *me, size_t want)
{
	return segment_slice(want, headroom_of(me));
}

static void table_put(struct pst_instance *me, struct pst_queue *q,
                      struct pst_slice *s)
{
	(void)me;
	queue_put(q, s);
}

static int table_write(struct pst_instance *me, struct pst_queue *q,
                       const void *data, size_t length, uint32_t flags)
{
	return queue_write(q, data, length, flags, headroom_of(me));
}

static struct pst_slice *table_take(struct pst_instance *me,
                                    struct pst_queue *q)
{
	(void)me;
	return queue_take(q);
}

static struct pst_slice *table_cut(struct pst_instance *me, struct pst_queue *q,
                                   size_t n)
{
	(void)me;
	return queue_cut(q, n);
}

static void table_consume(struct pst_instance *me, struct pst_queue *q,
                          size_t n)
{
	(void)me;
	queue_consume(q, n);
}

static uint8_t *table_pullup(struct pst_instance *me, struct pst_queue *q,
                             size_t n)
{
	return queue_pullup(q, n, headroom_of(me));
}

static size_t table_move(struct pst_instance *me, struct pst_queue *to,
                         struct pst_queue *from, size_t max)
{
	(void)me;
	return queue_move(to, from, max);
}

static size_t table_room(struct pst_instance *me, struct pst_queue *q)
{
	(void)me;
	return line_room(q);
}

static void table_end(struct pst_instance *me, struct pst_queue *q,
                      enum pst_end end, enum pst_class why)
{
	(void)me;
	queue_end(q, end, why);
}

/* -- the instance ----------------------------------------------------------- */

static struct reason *reason_of(struct pst_instance *me)
{
	struct station *s = station_of(me);

	if (s->kind == STATION_TOP) {
		return &s->line->session->reason;
	}
	return s->stack->session != NULL ? &s->stack->session->reason
	                                 : &s->stack->trunk->reason;
}

static const char *name_of(const struct station *s)
{
	return s->kind == STATION_TOP ? s->line->session->service->type->id
	                              : station_name(s);
}

static void table_fail(struct pst_instance *me, enum pst_class why,
                       unsigned code, const char *fmt, va_list ap)
{
	const struct station *s = station_of(me);

	reason_vset(reason_of(me), s->stack != NULL ? s->stack->role : 0,
	            name_of(s), why, code, fmt, ap);
}

static void table_log(struct pst_instance *me, enum pst_log_level level,
                      const char *fmt, va_list ap)
{
	const struct station *s = station_of(me);
	const struct log *log = s->line->worker->log;
	struct log_field fields[4];
	size_t n = 0;
	char text[512];

	if (!log_wants(log, level)) {
		return;
	}
	vsnprintf(text, sizeof(text), fmt, ap);
	if (s->line->session != NULL) {
		const struct session *session = s->line->session;

		fields[n++] = (struct log_field){"session", NULL,
		                                 (int64_t)session->id};
		fields[n++] = (struct log_field){"service",
		                                 session->service->name, 0};
	} else if (s->stack != NULL && hop_peer(s->stack) != NULL) {
		fields[n++] = (struct log_field){"peer", hop_peer(s->stack), 0};
	}
	if (s->stack != NULL) {
		fields[n++] = (struct log_field){
			"hop", s->stack->role == PST_ACCEPT ? "front" : "back",
			0};
	}
	fields[n++] = (struct log_field){"layer", name_of(s), 0};
	log_fields(log, level, text, fields, n);
}

static void table_count(struct pst_instance *me, uint32_t index, int64_t add)
{
	series_count(station_of(me), index, add);
}

static void table_timer(struct pst_instance *me, uint32_t id, uint64_t ms)
{
	station_timer(station_of(me), id, ms);
}

static void table_wake(struct pst_instance *me)
{
	station_wake(station_of(me));
}

static uint64_t table_now_ms(struct pst_instance *me)
{
	return clock_now_ms(&worker_of(me)->clock);
}

static int64_t table_wall_clock(struct pst_instance *me)
{
	return clock_wall(&worker_of(me)->clock);
}

static const struct pst_attribute *attribute_row(const struct station *s,
                                                 const char *key)
{
	const struct pst_layer *l = s->place != NULL ? s->place->layer : NULL;
	const char *at;

	if (l == NULL || l->attributes == NULL) {
		return NULL;
	}
	for (at = (const char *)l->attributes;
	     ((const struct pst_attribute *)(const void *)at)->key != NULL;
	     at += l->attribute_stride) {
		const struct pst_attribute *a = (const void *)at;

		if (strcmp(a->key, key) == 0) {
			return a;
		}
	}
	return NULL;
}

static int table_attribute_set(struct pst_instance *me, const char *key,
                               const char *value, size_t length,
                               enum pst_provenance how)
{
	struct station *s = station_of(me);
	const struct pst_attribute *row = attribute_row(s, key);

	if (row == NULL) {
		return PST_INVALID;
	}
	return attribute_put(&s->stack->attributes, s, row->key, value, length,
	                     how, (row->flags & PST_ATTRIBUTE_LOG) != 0);
}

static const struct stack *stack_of(const struct station *s)
{
	return s->stack != NULL ? s->stack : s->line->front;
}

static const char *table_attribute_get(struct pst_instance *me, const char *key,
                                       enum pst_provenance *how_out)
{
	const struct stack *stack = stack_of(station_of(me));
	const struct attribute *a = attribute_find(stack->attributes, key);

	if (a == NULL && stack->absorbed != NULL) {
		a = attribute_find(stack->absorbed->attributes, key);
	} else if (a == NULL && stack->trunk != NULL) {
		a = attribute_find(stack->trunk->stack->attributes, key);
	}
	if (a == NULL) {
		return NULL;
	}
	if (how_out != NULL) {
		*how_out = (enum pst_provenance)a->proven;
	}
	return a->value;
}

static enum pst_class table_reason(struct pst_instance *me,
                                   const char **text_out)
{
	const struct reason *r = reason_of(me);

	if (text_out != NULL) {
		*text_out = r->text;
	}
	return r->set ? (enum pst_class)r->class : PST_CLASS_CLEAN;
}

/* -- muxes and services ------------------------------------------------------ */

static int table_stream_accept(struct pst_instance *me,
                               const struct pst_head *head,
                               struct pst_stream **stream_out)
{
	return trunk_accept_stream(station_of(me)->stack->trunk, head,
	                           stream_out);
}

static struct pst_stream *table_stream_next(struct pst_instance *me)
{
	return trunk_next_ready(station_of(me)->stack->trunk);
}

static void table_stream_done(struct pst_instance *me, struct pst_stream *s)
{
	trunk_stream_done(station_of(me)->stack->trunk, s);
}

static void table_stream_answered(struct pst_instance *me, struct pst_stream *s,
                                  const struct pst_answered *a)
{
	trunk_stream_answered(station_of(me)->stack->trunk, s, a);
}

static int table_service_connect(struct pst_instance *me, uint32_t index)
{
	return session_connect(station_of(me)->line->session, index);
}

static void table_service_answer(struct pst_instance *me,
                                 const struct pst_answer *answer)
{
	session_answer(station_of(me)->line->session, answer);
}

static int table_service_join(struct pst_instance *me)
{
	return session_join(station_of(me)->line->session);
}

static int table_service_respond(struct pst_instance *me,
                                 const struct pst_head *head, const void *body,
                                 size_t length)
{
	return session_respond(station_of(me)->line->session, head, body,
	                       length);
}

static void table_service_hold(struct pst_instance *me, uint64_t bytes)
{
	station_of(me)->line->session->hold = bytes;
}

/* -- between hops ------------------------------------------------------ */

static int table_tell(struct pst_instance *me, uint32_t what, const void *data,
                      size_t length)
{
	struct session *s = station_of(me)->line->session;

	return s == NULL ? PST_INVALID : told_add(&s->told, what, data, length);
}

static const void *table_told(struct pst_instance *me, uint32_t what,
                              size_t *length_out)
{
	static const struct told nothing;
	const struct session *s = station_of(me)->line->session;

	return told_get(s == NULL ? &nothing : &s->told, what, length_out);
}

static int table_hop(struct pst_instance *me, uint32_t role,
                     struct pst_hop *hop_out)
{
	const struct line *line = station_of(me)->line;
	const struct stack *stack =
		role == PST_ACCEPT ? line->front : line->back;
	const char *peer;

	if (line->session == NULL || stack == NULL) {
		return PST_INVALID;
	}
	hop_view(stack->pipeline, hop_out);
	peer = hop_peer(stack);
	hop_out->peer = peer == NULL ? "" : peer;
	return PST_OK;
}

static int table_local_address(struct pst_instance *me, char *text, size_t size)
{
	const struct stack *stack = station_of(me)->stack;

	return stack == NULL ? PST_INVALID : hop_local(stack, text, size);
}

static const struct pst_core table = {
	.size = sizeof(struct pst_core),
	.abi = PST_ABI,
	.version = PACKAGE_VERSION,
	.extension = extension,
	.slice_new = table_slice_new,
	.slice_free = segment_slice_free,
	.put = table_put,
	.write = table_write,
	.take = table_take,
	.cut = table_cut,
	.consume = table_consume,
	.pullup = table_pullup,
	.move = table_move,
	.room = table_room,
	.end = table_end,
	.fail = table_fail,
	.log = table_log,
	.count = table_count,
	.timer = table_timer,
	.wake = table_wake,
	.now_ms = table_now_ms,
	.wall_clock = table_wall_clock,
	.attribute_set = table_attribute_set,
	.attribute_get = table_attribute_get,
	.reason = table_reason,
	.diagnose = setup_diagnose,
	.check_secret = setup_check_secret,
	.expires = setup_expires,
	.seed = setup_seed,
	.find = setup_find,
	.stream_accept = table_stream_accept,
	.stream_next = table_stream_next,
	.stream_done = table_stream_done,
	.service_connect = table_service_connect,
	.service_answer = table_service_answer,
	.service_join = table_service_join,
	.tell = table_tell,
	.told = table_told,
	.hop = table_hop,
	.service_respond = table_service_respond,
	.service_hold = table_service_hold,
	.local_address = table_local_address,
	.stream_answered = table_stream_answered,
};

const struct pst_core *core_table(void)
{
	return &table;
}
