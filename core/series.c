/* SPDX-License-Identifier: MIT */
/* Series of services ("service.quotes.sessions") and of layers' metrics
 * ("layer.x.handshakes", over all its places). */
#include "series.h"

#include "rows.h"
#include "session.h"
#include "worker_generation.h"
#include "worker_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum service_series {
	SERIES_SESSIONS,
	SERIES_ACTIVE, /* gauge */
	SERIES_FAILED,
	SERIES_BYTES_IN,
	SERIES_BYTES_OUT,
	SERIES_COUNT
};

static const char *const names[SERIES_COUNT] = {
	"sessions", "active", "failed", "bytes_in", "bytes_out",
};

struct kind_series {
	const char *id; /* of a layer or service type */
	const struct pst_metric *metrics;
	uint32_t count;
	uint32_t *index;
};

struct series {
	struct counters *counters;
	uint32_t (*services)[SERIES_COUNT];
	struct kind_series *kinds;
	size_t kind_count, kind_room;
};

static struct kind_series *find_kind(const struct series *s, const char *id)
{
	size_t i;

	for (i = 0; i < s->kind_count; i++) {
		if (s->kinds[i].id == id) {
			return &s->kinds[i];
		}
	}
	return NULL;
}

static int add_kind(struct series *s, const char *what, const char *id,
                    const struct pst_metric *m, uint32_t stride)
{
	struct kind_series *k;
	char name[160];
	uint32_t n = 0, i;

	if (m == NULL || find_kind(s, id) != NULL) {
		return PST_OK;
	}
	while (((const struct pst_metric *)row_at(m, stride, n))->name !=
	       NULL) {
		n++;
	}
	if (s->kind_count == s->kind_room) {
		size_t room = s->kind_room * 2 + 8;

		k = realloc(s->kinds, room * sizeof(*k));
		if (k == NULL) {
			return PST_MEMORY;
		}
		s->kinds = k;
		s->kind_room = room;
	}
	k = &s->kinds[s->kind_count];
	*k = (struct kind_series){id, m, n, calloc(n + 1, sizeof(uint32_t))};
	if (k->index == NULL) {
		return PST_MEMORY;
	}
	s->kind_count++;
	for (i = 0; i < n; i++) {
		const struct pst_metric *r = row_at(m, stride, i);

		snprintf(name, sizeof(name), "%s.%s.%s", what, id, r->name);
		k->index[i] = counters_series(s->counters, name, (int)r->gauge);
	}
	return PST_OK;
}

static int add_pipeline(struct series *s, struct pipeline *p)
{
	unsigned i;

	for (i = 1; i < p->count; i++) {
		const struct pst_layer *l = p->layers[i].layer;

		p->layers[i].note = counters_name(s->counters, l->id);

		if (add_kind(s, "layer", l->id, l->metrics, l->metric_stride) !=
		    PST_OK) {
			return PST_MEMORY;
		}
	}
	return PST_OK;
}

static int add_service(struct series *s, struct service_conf *c)
{
	char name[320];
	unsigned i;

	for (i = 0; i < SERIES_COUNT; i++) {
		snprintf(name, sizeof(name), "service.%s.%s", c->name,
		         names[i]);
		s->services[c->index][i] =
			counters_series(s->counters, name, i == SERIES_ACTIVE);
	}
	c->note = counters_name(s->counters, c->name);
	c->type_note = counters_name(s->counters, c->type->id);
	if (add_kind(s, "service-type", c->type->id, c->type->metrics,
	             c->type->metric_stride) != PST_OK) {
		return PST_MEMORY;
	}
	for (i = 0; i < c->accept_count; i++) {
		if (add_pipeline(s, c->accept[i]) != PST_OK) {
			return PST_MEMORY;
		}
	}
	for (i = 0; i < c->connect_count; i++) {
		if (add_pipeline(s, c->connect[i]) != PST_OK) {
			return PST_MEMORY;
		}
	}
	return PST_OK;
}

struct series *series_create(struct counters *counters, const struct gateway *g)
{
	struct series *s = calloc(1, sizeof(*s));
	unsigned i;

	if (s == NULL) {
		return NULL;
	}
	s->counters = counters;
	s->services = calloc(g->service_count + 1, sizeof(*s->services));
	if (s->services == NULL) {
		series_destroy(s);
		return NULL;
	}
	for (i = 0; i < g->service_count; i++) {
		if (add_service(s, g->services[i]) != PST_OK) {
			series_destroy(s);
			return NULL;
		}
	}
	return s;
}

void series_destroy(struct series *s)
{
	size_t i;

	if (s == NULL) {
		return;
	}
	for (i = 0; i < s->kind_count; i++) {
		free(s->kinds[i].index);
	}
	free(s->kinds);
	free(s->services);
	free(s);
}

static void add(const struct session *s, enum service_series which, int64_t n)
{
	const struct series *series = s->service->generation->series;

	if (n != 0) {
		counters_bump(s->line.worker->cells,
		              series->services[s->service->index][which], n);
	}
}

void series_session_began(struct session *s)
{
	add(s, SERIES_SESSIONS, 1);
	add(s, SERIES_ACTIVE, 1);
}

void series_session_ended(struct session *s)
{
	add(s, SERIES_ACTIVE, -1);
	if (s->reason.set) {
		add(s, SERIES_FAILED, 1);
	}
	add(s, SERIES_BYTES_IN, (int64_t)s->bytes_in);
	add(s, SERIES_BYTES_OUT, (int64_t)s->bytes_out);
}

void series_count(struct station *s, uint32_t index, int64_t n)
{
	const bool top = s->kind == STATION_TOP;
	const struct service_conf *service =
		top ? s->line->session->service : s->stack->pipeline->service;
	const struct kind_series *k =
		find_kind(service->generation->series,
	                  top ? service->type->id : s->place->layer->id);

	if (k != NULL && index < k->count) {
		counters_bump(s->line->worker->cells, k->index[index], n);
	}
}
