/* SPDX-License-Identifier: MIT */
/* Making and unmaking a test kit, its ports and its streams. */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct pst_kit_port *kit_port_new(struct pst_kit *k, const char *name,
                                  uint32_t shape, bool output,
                                  uint32_t headroom)
{
	struct pst_kit_port *p = kit_alloc(sizeof(*p));

	p->kit = k;
	p->q = kit_alloc(sizeof(*p->q));
	p->name = name;
	p->shape = shape;
	p->output = output;
	p->limit = KIT_LIMIT;
	p->headroom = headroom;
	p->next = k->ports;
	k->ports = p;
	return p;
}

static void peers(struct pst_kit_port *in, struct pst_kit_port *out)
{
	out->peer = in;
	in->peer = out;
}

/** The shape at one side: the test's choice, or the lowest that fits. */
static uint32_t shape_of(uint32_t declared, uint32_t chosen)
{
	return chosen != 0 ? chosen : declared & (0u - declared);
}

static uint32_t headroom_of(const struct pst_kit *k)
{
	const struct pst_layer *layer = k->params.layer;

	return (layer == NULL ? 0 : layer->headroom) + k->params.extra_headroom;
}

static void make_ports(struct pst_kit *k)
{
	const struct pst_layer *layer = k->params.layer;
	uint32_t below, above;

	if (layer == NULL) {
		below = shape_of(k->params.service->shapes, k->params.below);
		k->rx_in = kit_port_new(k, "rx_in", below, false, 0);
		k->tx_out = kit_port_new(k, "tx_out", below, true, 0);
		peers(k->rx_in, k->tx_out);
		return;
	}
	below = shape_of(layer->below, k->params.below);
	above = layer->above == 0 ? below
	                          : shape_of(layer->above, k->params.above);
	k->rx_in = kit_port_new(k, "rx_in", below, false, 0);
	k->tx_out = kit_port_new(k, "tx_out", below, true, 0);
	if (k->params.mux != NULL) {
		return;
	}
	k->rx_out = kit_port_new(k, "rx_out", above, true, 0);
	k->tx_in = kit_port_new(k, "tx_in", above, false, headroom_of(k));
	peers(k->rx_in, k->rx_out);
	peers(k->tx_in, k->tx_out);
}

struct kit_stream *kit_stream_new(struct pst_kit *k)
{
	struct kit_stream *s = kit_alloc(sizeof(*s));
	struct kit_stream **bigger =
		realloc(k->streams,
	                (k->stream_count + 1) * sizeof(struct kit_stream *));
	uint32_t above = shape_of(k->params.layer->above, k->params.above);

	if (bigger == NULL) {
		fputs("testkit: memory ran out\n", stderr);
		abort();
	}
	k->streams = bigger;
	k->streams[k->stream_count++] = s;
	s->s.state = kit_alloc(k->params.mux->stream_state_size);
	s->rx_out = kit_port_new(k, "stream rx_out", above, true, 0);
	s->tx_in =
		kit_port_new(k, "stream tx_in", above, false, headroom_of(k));
	s->rx_out->stream = s;
	s->tx_in->stream = s;
	s->rx_out->peer = k->rx_in;
	s->s.rx_out = s->rx_out->q;
	s->s.tx_in = s->tx_in->q;
	return s;
}

void kit_stream_end(struct pst_kit *k, struct kit_stream *s)
{
	if (s->closed) {
		return;
	}
	kit_splice(k, &s->rx_out->out, s->rx_out->q);
	s->closed = true;
	if (k->params.mux->stream_close != NULL) {
		k->params.mux->stream_close(&k->me, &s->s);
	}
	free(s->s.state);
	s->s.state = NULL;
}

static void adopt(struct pst_kit *k)
{
	const struct pst_layer *layer = k->params.layer;
	const struct pst_service *service = k->params.service;

	if (layer != NULL) {
		k->options = layer->options;
		k->option_stride = layer->option_stride;
		k->metrics = layer->metrics;
		k->metric_stride = layer->metric_stride;
		k->timeout = layer->timeout;
		k->conf = kit_alloc(layer->conf_size);
		k->me.state = kit_alloc(layer->state_size);
		return;
	}
	k->options = service->options;
	k->option_stride = service->option_stride;
	k->metrics = service->metrics;
	k->metric_stride = service->metric_stride;
	k->timeout = service->timeout;
	k->conf = kit_alloc(service->conf_size);
	k->me.state = kit_alloc(service->state_size);
}

static void make_setup(struct pst_kit *k)
{
	k->setup.kit = k;
	k->setup.s.core = &k->core;
	k->setup.s.url = k->params.url;
	k->setup.s.service = "test";
	k->setup.s.path = "services.test";
	k->setup.s.now =
		k->params.now != 0 ? k->params.now : (int64_t)time(NULL);
	k->setup.s.flags = k->params.setup_flags;
	k->setup.s.conf = k->conf;
	k->setup.s.role = k->me.role;
	k->setup.s.accepts = k->params.accepts;
	k->setup.s.accept_count = k->params.accept_count;
	k->setup.s.connects = k->params.connects;
	k->setup.s.connect_count = k->params.connect_count;
}

static int make_conf(struct pst_kit *k)
{
	int (*init)(void *, struct pst_setup *) =
		k->params.layer != NULL ? k->params.layer->conf_init
					: k->params.service->conf_init;
	struct kit_fill f = {.k = k,
	                     .rows = k->options,
	                     .stride = k->option_stride,
	                     .given = k->params.options,
	                     .conf = k->conf};
	unsigned before;
	int err;

	if (k->params.layer != NULL) {
		f.hops = k->me.role;
	}
	if (kit_options_fill(&f) != 0) {
		return PST_CONFIG;
	}
	k->conf_made = true;
	before = k->diagnoses.count;
	err = init == NULL ? 0 : init(k->conf, &k->setup.s);
	if (err != 0 && k->diagnoses.count == before) {
		kit_violate(k, "conf_init: failed without pst_error");
	}
	return err;
}

static void open_instance(struct pst_kit *k)
{
	const struct pst_layer *layer = k->params.layer;

	if (layer != NULL && layer->open != NULL && layer->open(&k->me) != 0) {
		if (!k->has_failed) {
			kit_violate(k, "open: failed without pst_fail");
		}
		return;
	}
	k->phase = KIT_OPEN;
}

struct pst_kit *pst_kit_create(const struct pst_kit_params *params)
{
	struct pst_kit *k = kit_alloc(sizeof(*k));
	unsigned i;

	k->params = *params;
	k->core.size = sizeof(k->core);
	k->core.version = "testkit";
	kit_memory_entries(&k->core);
	kit_instance_entries(&k->core);
	kit_told_entries(&k->core);
	kit_setup_entries(&k->core);
	for (i = 0; i < sizeof(k->seed); i++) {
		k->seed[i] = (uint8_t)(i + 1);
	}
	k->me.core = &k->core;
	k->me.role = (uint8_t)(params->role == 0 ? PST_ACCEPT : params->role);
	k->now_ms = 1000;
	k->wall = 1800000000;
	for (i = 0; i < KIT_TIMERS; i++) {
		k->due[i] = UINT64_MAX;
	}
	adopt(k);
	k->me.conf = k->conf;
	make_setup(k);
	make_ports(k);
	if (make_conf(k) == 0) {
		open_instance(k);
	}
	return k;
}

static void close_instance(struct pst_kit *k)
{
	void (*gone)(struct pst_instance *, enum pst_close) = NULL;
	unsigned i;

	if (k->params.mux != NULL && k->phase != KIT_NEW) {
		for (i = 0; i < k->stream_count; i++) {
			kit_stream_end(k, k->streams[i]);
		}
	}
	if (k->params.layer != NULL) {
		gone = k->params.layer->close;
	} else if (k->offered) {
		gone = k->params.service->close;
	}
	if (gone != NULL && (k->phase == KIT_OPEN || k->phase == KIT_FAILED)) {
		gone(&k->me, PST_CLOSE_DONE);
	}
}

static void finish_conf(struct pst_kit *k)
{
	void (*finish)(void *) = k->params.layer != NULL
	                                 ? k->params.layer->conf_finish
	                                 : k->params.service->conf_finish;

	if (k->conf_made && finish != NULL) {
		finish(k->conf);
	}
	free(k->conf);
	free(k->me.state);
	kit_resources_finish(k);
}

static void free_queue(struct pst_queue *q)
{
	struct pst_slice *s;

	while ((s = kit_unlink(q)) != NULL) {
		kit_slice_drop(s);
	}
}

static void free_ports(struct pst_kit *k)
{
	struct pst_kit_port *p;

	while ((p = k->ports) != NULL) {
		k->ports = p->next;
		free_queue(p->q);
		free_queue(&p->out);
		free(p->q);
		free(p);
	}
}

static void free_texts(struct kit_texts *t)
{
	unsigned i;

	for (i = 0; i < t->count; i++) {
		free(t->item[i]);
	}
	free(t->item);
	t->item = NULL;
	t->count = 0;
}

static void free_attributes(struct pst_kit *k)
{
	struct kit_attribute *a;

	while ((a = k->attributes) != NULL) {
		k->attributes = a->next;
		free(a->key);
		free(a->value);
		free(a);
	}
}

static void free_rest(struct pst_kit *k)
{
	unsigned i;

	for (i = 0; i < k->stream_count; i++) {
		free(k->streams[i]);
	}
	free(k->streams);
	for (i = 0; i < k->block_count; i++) {
		free(k->blocks[i]);
	}
	free(k->blocks);
	free_attributes(k);
	free(k->answer_head);
	free(k->answer_body);
	free(k->response_head);
	free(k->response_body);
	kit_told_finish(k);
	free(k->answer_text);
	free_texts(&k->logs);
	free_texts(&k->diagnoses);
	free_texts(&k->expiries);
	free(k->expiry);
}

unsigned pst_kit_destroy(struct pst_kit *k)
{
	unsigned count, i;

	if (k == NULL) {
		return 0;
	}
	close_instance(k);
	finish_conf(k);
	free_ports(k);
	if (k->live != 0) {
		kit_violate(k, "%u slices were never freed", k->live);
	}
	count = k->violations.count;
	for (i = 0; i < count; i++) {
		fprintf(stderr, "testkit: violation: %s\n",
		        k->violations.item[i]);
	}
	free_rest(k);
	free_texts(&k->violations);
	free(k);
	return count;
}

void pst_kit_forgive(struct pst_kit *k)
{
	free_texts(&k->violations);
}

int pst_kit_stream_open(struct pst_kit *k)
{
	struct kit_stream *s = kit_stream_new(k);
	int index = (int)k->stream_count - 1;
	int err = k->params.mux->stream_open == NULL
	                  ? PST_UNSUPPORTED
	                  : k->params.mux->stream_open(&k->me, &s->s);

	if (err != 0) {
		s->closed = true;
		free(s->s.state);
		return err;
	}
	k->woken = true;
	return index;
}

void pst_kit_stream_close(struct pst_kit *k, unsigned n)
{
	kit_stream_end(k, k->streams[n]);
	k->woken = true;
}
