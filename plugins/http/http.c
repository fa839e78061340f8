/* SPDX-License-Identifier: MIT */
/* The layer `http`, HTTP/1.1 as a mux, and the schemes `http` and `https`. */
#include "http_trunk.h"

#include <penstock/plugin.h>
#include <penstock/scheme.h>

#ifndef PST_VERSION
#define PST_VERSION "0.1"
#endif

static enum pst_step step(struct pst_instance *me, struct pst_io *io)
{
	struct http_trunk *t = http_trunk_of(me);
	uint32_t budget = io->budget;
	enum http_turn turn;

	while (pst_stream_next(me) != NULL) {
		/* one stream at most: it is looked at below */
	}
	if (!t->up) {
		t->up = true;
		pst_wake(me);
		return PST_STEP_UP;
	}
	do {
		turn = me->role == PST_ACCEPT
		               ? http_accept_turn(me, io, &budget)
		               : http_connect_turn(me, io, &budget);
	} while (turn == HTTP_AGAIN);
	switch (turn) {
	case HTTP_AGAIN:
	case HTTP_WAIT:
		return PST_STEP_OK;
	case HTTP_MORE:
		return PST_STEP_MORE;
	case HTTP_LEAVE:
		return PST_STEP_TRANSPARENT;
	case HTTP_FAILED:
		break;
	}
	return PST_STEP_ERROR;
}

/* Time runs from the connection's first moment. */
static int open_trunk(struct pst_instance *me)
{
	if (me->role == PST_ACCEPT) {
		http_enter(me, HTTP_IDLE, http_conf_of(me)->keepalive_timeout);
	}
	return PST_OK;
}

static void timeout(struct pst_instance *me, uint32_t id)
{
	struct http_trunk *t = http_trunk_of(me);

	if (id == HTTP_SLOW_TIMER) {
		t->slow.due_ms = 0;
		return;
	}
	t->timed_out = true;
	t->waiting = false;
}

static void stream_close(struct pst_instance *me, struct pst_stream *s)
{
	struct http_trunk *t = http_trunk_of(me);

	if (t->stream == s) {
		t->stream = NULL;
		pst_wake(me);
	}
}

static int stream_admit(struct pst_instance *me, const void *conf,
                        const struct pst_head *h)
{
	const struct http_conf *c = conf;

	return http_admit(&c->admit, h, &http_trunk_of(me)->refusal);
}

static void close_trunk(struct pst_instance *me, enum pst_close why)
{
	(void)why;
	http_count_kept(me, false);
}

static uint32_t conf_keep(const void *conf)
{
	const struct http_conf *c = conf;

	return (uint32_t)c->keep_connections;
}

static const struct pst_metric metrics[] = {
	[HTTP_REQUESTS] = {.name = "requests", .help = "Requests begun."},
	[HTTP_REFUSED] = {.name = "requests_refused",
                          .help = "Requests that broke the protocol or a "
                                  "limit, or that no service is for."},
	[HTTP_UPGRADES] = {.name = "upgrades",
                           .help = "Connections that changed to another "
                                   "protocol."},
	[HTTP_FRESH] = {.name = "back_fresh",
                        .help = "Exchanges that were a connection's first."},
	[HTTP_REUSED] = {.name = "back_reused",
                         .help = "Exchanges on a connection that was kept."},
	[HTTP_REPEATED] = {.name = "back_repeated",
                           .help = "Requests sent again on a fresh connection, "
                                   "as the kept one had ended."},
	[HTTP_KEPT] = {.name = "back_kept",
                       .gauge = 1,
                       .help = "Connections that wait for a request, now."},
	[HTTP_METRICS] = {.name = NULL},
};

static const struct pst_layer layer = {
	.size = sizeof(layer),
	.roles = PST_ACCEPT | PST_CONNECT,
	.id = "http",
	.help = "HTTP/1.1 (RFC 9110, 9112): exchanges over bytes.",
	.below = PST_SHAPE_BYTES,
	.above = PST_SHAPE_EXCHANGES,
	.provides = PST_PROVIDES_MUX | PST_PROVIDES_HALF_CLOSE,
	.headroom = H1_CHUNK_HEAD_MAX,
	.tailroom = HTTP_TAIL,
	.lookahead = 16384,
	.conf_lookahead = http_conf_lookahead,
	.state_size = sizeof(struct http_trunk),
	.conf_size = sizeof(struct http_conf),
	.options = http_options,
	.metrics = metrics,
	.option_stride = sizeof(struct pst_option),
	.metric_stride = sizeof(struct pst_metric),
	.conf_init = http_conf_init,
	.conf_finish = http_conf_finish,
	.open = open_trunk,
	.step = step,
	.timeout = timeout,
	.close = close_trunk,
};

static const struct pst_mux mux = {
	.size = sizeof(mux),
	.id = "http",
	.stream_open = http_stream_open,
	.stream_close = stream_close,
	.conf_keep = conf_keep,
	.stream_admit = stream_admit,
};

static const char *const http_layers[] = {"tcp", "http", NULL};
static const char *const https_layers[] = {"tcp", "tls", "http", NULL};

static const struct pst_scheme schemes[] = {
	{
		.size = sizeof(struct pst_scheme),
		.name = "http",
		.layers = http_layers,
		.default_port = 80,
		.help = "HTTP: http://host[:port]/path.",
	},
	{
		.size = sizeof(struct pst_scheme),
		.flags = PST_SCHEME_SECURE,
		.name = "https",
		.layers = https_layers,
		.default_port = 443,
		.help = "HTTP over TLS: https://host[:port]/path.",
	},
};

static const void *get(const char *extension, uint32_t n)
{
	if (strcmp(extension, PST_EXTENSION_SCHEME) == 0) {
		return n < 2 ? &schemes[n] : NULL;
	}
	if (n != 0) {
		return NULL;
	}
	if (strcmp(extension, PST_EXTENSION_LAYER) == 0) {
		return &layer;
	}
	return strcmp(extension, PST_EXTENSION_MUX) == 0 ? &mux : NULL;
}

PST_PLUGIN_NOTE("layer:http mux:http scheme:http scheme:https");

PST_EXPORT const struct pst_plugin PST_PLUGIN_SYMBOL = {
	.magic = PST_MAGIC,
	.size = sizeof(struct pst_plugin),
	.abi = PST_ABI,
	.name = "http",
	.version = PST_VERSION,
	.license = "MIT",
	.get = get,
};
