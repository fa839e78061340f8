/* SPDX-License-Identifier: MIT */
/* What the test kit does when its instance logs, fails, counts, waits, opens
 * streams or answers: it writes it down. */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>

static struct pst_kit *kit_of(struct pst_instance *me)
{
	return (struct pst_kit *)me;
}

void kit_say(struct kit_texts *t, const char *text)
{
	char **bigger = realloc(t->item, (t->count + 1) * sizeof(*t->item));

	if (bigger == NULL) {
		fputs("testkit: memory ran out\n", stderr);
		abort();
	}
	t->item = bigger;
	t->item[t->count++] = kit_text(text, strlen(text));
}

void kit_violate(struct pst_kit *k, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	kit_say(&k->violations, text);
}

/** Only the loop may call this. */
static void loop_only(struct pst_kit *k, const char *what)
{
	if (k->on_helper) {
		kit_violate(k, "%s: called on the helper", what);
	}
}

PST_PRINTF(4, 0)
static void core_fail(struct pst_instance *me, enum pst_class why,
                      unsigned code, const char *fmt, va_list ap)
{
	struct pst_kit *k = kit_of(me);
	char text[sizeof(k->fail_text)];

	vsnprintf(text, sizeof(text), fmt, ap);
	if (why == PST_CLASS_CLEAN || why >= PST_CLASS_COUNT) {
		kit_violate(k, "fail: class %d is no failure", (int)why);
	}
	if (k->has_failed) {
		return;
	}
	k->has_failed = true;
	k->fail_class = why;
	k->fail_code = code;
	memcpy(k->fail_text, text, sizeof(text));
	if (k->reason == PST_CLASS_CLEAN) {
		k->reason = why;
		memcpy(k->reason_text, text, sizeof(text));
	}
}

PST_PRINTF(3, 0)
static void core_log(struct pst_instance *me, enum pst_log_level level,
                     const char *fmt, va_list ap)
{
	struct pst_kit *k = kit_of(me);
	char text[1024];

	vsnprintf(text, sizeof(text), fmt, ap);
	if (level > PST_LOG_DEBUG || strchr(text, '\n') != NULL) {
		kit_violate(k, "log: bad level or more than one line");
	}
	kit_say(&k->logs, text);
}

static const struct pst_metric *metric_at(const struct pst_kit *k, uint32_t n)
{
	const char *at = (const char *)k->metrics;
	uint32_t i;

	for (i = 0; at != NULL; i++, at += k->metric_stride) {
		const struct pst_metric *m =
			(const struct pst_metric *)(const void *)at;

		if (m->name == NULL) {
			break;
		}
		if (i == n) {
			return m;
		}
	}
	return NULL;
}

static void core_count(struct pst_instance *me, uint32_t index, int64_t add)
{
	struct pst_kit *k = kit_of(me);
	const struct pst_metric *m = metric_at(k, index);

	if (m == NULL || index >= KIT_METRICS) {
		kit_violate(k, "count: there is no metric %u", index);
		return;
	}
	if (m->gauge == 0 && add < 0) {
		kit_violate(k, "count: %s only grows", m->name);
	}
	k->metric[index] += add;
}

int64_t pst_kit_metric(const struct pst_kit *k, const char *name)
{
	const struct pst_metric *m;
	uint32_t i;

	for (i = 0; (m = metric_at(k, i)) != NULL; i++) {
		if (strcmp(m->name, name) == 0) {
			return i < KIT_METRICS ? k->metric[i] : 0;
		}
	}
	return 0;
}

static void core_timer(struct pst_instance *me, uint32_t id, uint64_t ms)
{
	struct pst_kit *k = kit_of(me);

	loop_only(k, "timer");
	if (id >= KIT_TIMERS) {
		kit_violate(k, "timer: there is no timer %u", id);
		return;
	}
	if (k->timeout == NULL && ms != 0) {
		kit_violate(k, "timer: there is no timeout function");
		return;
	}
	k->due[id] = ms == 0 ? UINT64_MAX : k->now_ms + ms;
}

static void core_wake(struct pst_instance *me)
{
	struct pst_kit *k = kit_of(me);

	loop_only(k, "wake");
	k->woken = true;
}

static uint64_t core_now_ms(struct pst_instance *me)
{
	return kit_of(me)->now_ms;
}

static int64_t core_wall_clock(struct pst_instance *me)
{
	return kit_of(me)->wall;
}

static bool attribute_declared(const struct pst_kit *k, const char *key)
{
	const struct pst_layer *layer = k->params.layer;
	const char *at = layer == NULL ? NULL : (const char *)layer->attributes;

	for (; at != NULL; at += layer->attribute_stride) {
		const struct pst_attribute *a =
			(const struct pst_attribute *)(const void *)at;

		if (a->key == NULL) {
			break;
		}
		if (strcmp(a->key, key) == 0) {
			return true;
		}
	}
	return false;
}

static struct kit_attribute *attribute_find(const struct pst_kit *k,
                                            const char *key, bool preset)
{
	struct kit_attribute *a;

	for (a = k->attributes; a != NULL; a = a->next) {
		if (a->preset == preset && strcmp(a->key, key) == 0) {
			return a;
		}
	}
	return NULL;
}

static void attribute_store(struct pst_kit *k, const char *key,
                            const char *value, size_t length,
                            enum pst_provenance how, bool preset)
{
	struct kit_attribute *a = attribute_find(k, key, preset);

	if (a == NULL) {
		a = kit_alloc(sizeof(*a));
		a->key = kit_text(key, strlen(key));
		a->preset = preset;
		a->next = k->attributes;
		k->attributes = a;
	}
	free(a->value);
	a->value = kit_text(value, length);
	a->how = how;
}

static void attribute_drop(struct pst_kit *k, const char *key)
{
	struct kit_attribute **at = &k->attributes, *a;

	while ((a = *at) != NULL) {
		if (!a->preset && strcmp(a->key, key) == 0) {
			*at = a->next;
			free(a->key);
			free(a->value);
			free(a);
			return;
		}
		at = &a->next;
	}
}

static int core_attribute_set(struct pst_instance *me, const char *key,
                              const char *value, size_t length,
                              enum pst_provenance how)
{
	struct pst_kit *k = kit_of(me);

	if (!attribute_declared(k, key)) {
		kit_violate(k, "attribute_set: %s is not in the table", key);
	}
	if (k->fail_at != 0 && --k->fail_at == 0) {
		return PST_MEMORY;
	}
	if (length == 0) {
		attribute_drop(k, key);
	} else {
		attribute_store(k, key, value, length, how, false);
	}
	return 0;
}

void pst_kit_preset(struct pst_kit *k, const char *key, const char *value,
                    enum pst_provenance how)
{
	attribute_store(k, key, value, strlen(value), how, true);
}

const char *pst_kit_attribute(const struct pst_kit *k, const char *key,
                              enum pst_provenance *how_out)
{
	const struct kit_attribute *a = attribute_find(k, key, false);

	if (a != NULL && how_out != NULL) {
		*how_out = a->how;
	}
	return a == NULL ? NULL : a->value;
}

static const char *core_attribute_get(struct pst_instance *me, const char *key,
                                      enum pst_provenance *how_out)
{
	struct pst_kit *k = kit_of(me);
	const struct kit_attribute *a = attribute_find(k, key, false);

	loop_only(k, "attribute_get");
	if (a == NULL) {
		a = attribute_find(k, key, true);
	}
	if (a == NULL) {
		return NULL;
	}
	if (how_out != NULL) {
		*how_out = a->how;
	}
	return a->value;
}

static enum pst_class core_reason(struct pst_instance *me,
                                  const char **text_out)
{
	struct pst_kit *k = kit_of(me);

	loop_only(k, "reason");
	if (text_out != NULL) {
		*text_out = k->reason_text;
	}
	return k->reason;
}

void pst_kit_set_reason(struct pst_kit *k, enum pst_class why, const char *text)
{
	k->reason = why;
	snprintf(k->reason_text, sizeof(k->reason_text), "%s", text);
}

static int core_stream_accept(struct pst_instance *me,
                              const struct pst_head *head,
                              struct pst_stream **stream_out)
{
	struct pst_kit *k = kit_of(me);
	int result = PST_OK;

	loop_only(k, "stream_accept");
	if (k->params.mux == NULL) {
		kit_violate(k, "stream_accept: not a mux");
		return PST_INVALID;
	}
	if (!pst_kit_head_ok(head, head->size) ||
	    head->kind != PST_HEAD_REQUEST) {
		kit_violate(k, "stream_accept: not a request");
		return PST_INVALID;
	}
	if (k->route_result != 0) {
		return k->route_result;
	}
	if (k->params.mux->stream_admit != NULL) {
		result = k->params.mux->stream_admit(me, me->conf, head);
	}
	if (result != PST_OK) {
		return result;
	}
	*stream_out = &kit_stream_new(k)->s;
	return 0;
}

static struct pst_stream *core_stream_next(struct pst_instance *me)
{
	struct pst_kit *k = kit_of(me);
	unsigned i;

	loop_only(k, "stream_next");
	for (i = 0; i < k->stream_count; i++) {
		struct kit_stream *s = k->streams[i];

		if (s->changed && !s->done && !s->closed) {
			s->changed = false;
			return &s->s;
		}
	}
	return NULL;
}

static void core_stream_done(struct pst_instance *me, struct pst_stream *s)
{
	struct pst_kit *k = kit_of(me);
	struct kit_stream *ks = (struct kit_stream *)(void *)s;

	loop_only(k, "stream_done");
	if (ks->done) {
		kit_violate(k, "stream_done: twice");
	}
	ks->done = true;
	k->activity++;
}

static int core_service_connect(struct pst_instance *me, uint32_t index)
{
	struct pst_kit *k = kit_of(me);

	loop_only(k, "service_connect");
	if (k->connect_count < KIT_CONNECTS) {
		k->connects[k->connect_count++] = index;
	}
	return k->connect_result;
}

static void core_service_answer(struct pst_instance *me,
                                const struct pst_answer *answer)
{
	struct pst_kit *k = kit_of(me);

	loop_only(k, "service_answer");
	if (k->answered) {
		kit_violate(k, "service_answer: twice");
		return;
	}
	k->answered = true;
	k->answer = *answer;
	if (answer->size != sizeof(*answer)) {
		kit_violate(k, "service_answer: size %u", answer->size);
	}
	if (answer->accept == 0 && answer->reason == PST_CLASS_CLEAN) {
		kit_violate(k, "service_answer: refused for no reason");
	}
	if (answer->head != NULL &&
	    !pst_kit_head_ok(answer->head, answer->head_length)) {
		kit_violate(k, "service_answer: malformed head");
		k->answer.head = NULL;
	} else if (answer->head != NULL) {
		k->answer_head = kit_alloc(answer->head_length);
		memcpy(k->answer_head, answer->head, answer->head_length);
		k->answer.head = k->answer_head;
	}
	if (answer->body_length != 0) {
		k->answer_body = kit_alloc(answer->body_length);
		memcpy(k->answer_body, answer->body, answer->body_length);
		k->answer.body = k->answer_body;
	}
	if (answer->text != NULL) {
		k->answer_text = kit_text(answer->text, strlen(answer->text));
		k->answer.text = k->answer_text;
	}
}

static int core_service_join(struct pst_instance *me)
{
	struct pst_kit *k = kit_of(me);

	loop_only(k, "service_join");
	if (!k->answered || k->answer.accept == 0 || k->joined) {
		kit_violate(k, "service_join: before acceptance, or twice");
		return PST_INVALID;
	}
	k->joined = true;
	return 0;
}

static int core_service_respond(struct pst_instance *me,
                                const struct pst_head *head, const void *body,
                                size_t length)
{
	struct pst_kit *k = kit_of(me);

	loop_only(k, "service_respond");
	if (!k->may_respond || k->response_head != NULL) {
		kit_violate(k, "service_respond: neither in lost nor in head");
		return PST_INVALID;
	}
	if (!pst_kit_head_ok(head, head->size) ||
	    head->kind != PST_HEAD_RESPONSE) {
		kit_violate(k, "service_respond: not a response's head");
		return PST_INVALID;
	}
	if (k->fail_at != 0 && --k->fail_at == 0) {
		return PST_MEMORY;
	}
	k->response_head = kit_alloc(head->size);
	memcpy(k->response_head, head, head->size);
	k->response_body = kit_text(body == NULL ? "" : body, length);
	k->response_length = length;
	return 0;
}

static void core_service_hold(struct pst_instance *me, uint64_t bytes)
{
	struct pst_kit *k = kit_of(me);

	if (!k->may_respond) {
		kit_violate(k, "service_hold: not in head of a response");
	}
	k->hold = bytes;
}

static int core_local_address(struct pst_instance *me, char *text, size_t size)
{
	const struct pst_kit *k = kit_of(me);

	if (k->local == NULL || strlen(k->local) >= size) {
		return PST_INVALID;
	}
	memcpy(text, k->local, strlen(k->local) + 1);
	return 0;
}

/* As the core's line, with what a test of a mux needs of it. */
static void core_stream_answered(struct pst_instance *me, struct pst_stream *s,
                                 const struct pst_answered *a)
{
	struct pst_kit *k = kit_of(me);
	char text[1024];

	loop_only(k, "stream_answered");
	if (a->size != sizeof(*a) || a->status < 200 || a->status > 599 ||
	    (s == NULL && (a->text == NULL || strchr(a->text, '\n') != NULL))) {
		kit_violate(k, "stream_answered: bad size, status or text");
		return;
	}
	if (s != NULL) {
		snprintf(text, sizeof(text), "answered status=%u", a->status);
	} else if (a->head != NULL) {
		snprintf(text, sizeof(text),
		         "request refused request=\"%.*s %.*s%.*s\" status=%u "
		         "class=%u reason=\"%s\"",
		         (int)a->head->method.length,
		         pst_head_text(a->head, a->head->method),
		         (int)a->head->authority.length,
		         pst_head_text(a->head, a->head->authority),
		         (int)pst_head_path_length(a->head),
		         pst_head_text(a->head, a->head->path), a->status,
		         a->reason, a->text);
	} else {
		snprintf(text, sizeof(text),
		         "request refused request=\"%.*s\" status=%u "
		         "class=%u reason=\"%s\"",
		         (int)a->line_length, a->line == NULL ? "" : a->line,
		         a->status, a->reason, a->text);
	}
	kit_say(&k->logs, text);
}

void kit_instance_entries(struct pst_core *core)
{
	core->fail = core_fail;
	core->log = core_log;
	core->count = core_count;
	core->timer = core_timer;
	core->wake = core_wake;
	core->now_ms = core_now_ms;
	core->wall_clock = core_wall_clock;
	core->attribute_set = core_attribute_set;
	core->attribute_get = core_attribute_get;
	core->reason = core_reason;
	core->stream_accept = core_stream_accept;
	core->stream_next = core_stream_next;
	core->stream_done = core_stream_done;
	core->service_connect = core_service_connect;
	core->service_answer = core_service_answer;
	core->service_join = core_service_join;
	core->service_respond = core_service_respond;
	core->service_hold = core_service_hold;
	core->local_address = core_local_address;
	core->stream_answered = core_stream_answered;
}
