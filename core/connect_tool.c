/* SPDX-License-Identifier: MIT */
/* A netcat for every pipeline: one session whose front is standard input and
 * output. */
#include "connect_tool.h"

#include "session.h"
#include "wire.h"
#include "worker_state.h"

#include <stdio.h>
#include <unistd.h>

enum {
	DRAIN_MS = 2000 /* after the first interrupt */
};

/* Stands in the front pipeline's place of an endpoint. */
static const struct pst_endpoint stdio_endpoint = {
	.size = sizeof(stdio_endpoint),
	.roles = PST_ACCEPT,
	.id = "stdio",
	.above = PST_SHAPE_BYTES,
};

struct tool {
	struct pipeline front;
	struct placed_layer stdio;
	struct service_conf service;
	struct service_conf *services[1];
	struct pipeline *connect[1];
	struct gateway gateway;
	bool verbose;
	bool failed;
};

/* The service's conf is the tool; its layout is ours. */
static struct tool *tool_of(struct pst_instance *me)
{
	struct station *top = (struct station *)(void *)me;

	return top->line->session->service->conf;
}

static int offer(struct pst_instance *me, struct pst_io *io)
{
	(void)io;
	return pst_service_connect(me, 0);
}

static void say_attributes(const struct attribute *a)
{
	for (; a != NULL; a = a->next) {
		fprintf(stderr, "* %s: %s%s\n", a->key, a->value,
		        a->proven ? "" : " (claimed)");
	}
}

static void say_opening(const struct stack *back)
{
	const struct stack *low = back->absorbed;

	fprintf(stderr, "* open: %s\n", back->pipeline->description);
	if (low != NULL) {
		say_attributes(low->attributes);
	}
	say_attributes(back->attributes);
}

static int back(struct pst_instance *me, uint32_t index, enum pst_back what)
{
	struct station *top = (struct station *)(void *)me;
	struct pst_answer answer = {.size = sizeof(answer)};

	(void)index;
	answer.accept = what == PST_BACK_UP;
	answer.reason = pst_reason(me, NULL);
	pst_service_answer(me, &answer);
	if (answer.accept == 0) {
		return 0;
	}
	if (tool_of(me)->verbose) {
		say_opening(top->line->back);
	}
	return pst_service_join(me);
}

static void closed(struct pst_instance *me, enum pst_close why)
{
	const char *text = NULL;
	enum pst_class class = pst_reason(me, &text);

	(void)why;
	if (class != PST_CLASS_CLEAN) {
		tool_of(me)->failed = true;
		fprintf(stderr, "penstock: %s: %s\n", class_name(class),
		        text != NULL ? text : "no reason was given");
	}
}

static const struct pst_service tool_service = {
	.size = sizeof(tool_service),
	.flags = PST_SERVICE_CONNECTS,
	.id = "connect",
	.shapes = PST_SHAPE_BYTES,
	.offer = offer,
	.back = back,
	.close = closed,
};

static void fill(struct tool *t, struct pipeline *connect)
{
	t->stdio = (struct placed_layer){.id = "stdio",
	                                 .endpoint = &stdio_endpoint};
	t->front = (struct pipeline){.role = PST_ACCEPT,
	                             .service = &t->service,
	                             .count = 1,
	                             .layers = &t->stdio,
	                             .mux = -1,
	                             .top = PST_SHAPE_BYTES,
	                             .headroom = connect->headroom};
	t->front.limits.high_water = connect->limits.high_water;
	t->connect[0] = connect;
	t->service = (struct service_conf){.name = "connect",
	                                   .type = &tool_service,
	                                   .conf = t,
	                                   .connect_count = 1,
	                                   .connect = t->connect};
	connect->service = &t->service;
	t->services[0] = &t->service;
	t->gateway =
		(struct gateway){.service_count = 1, .services = t->services};
	t->gateway.settings.drain_timeout = DRAIN_MS;
	t->gateway.settings.max_heavy = 256;
}

static bool begin(struct worker *w, struct tool *t)
{
	struct session *s = session_create(w, &t->front);
	struct stack *front;

	if (s == NULL) {
		return false;
	}
	front = stack_create(w, &t->front, STATION_WIRE, 1, 1, &s->line, s->up,
	                     s->down);
	if (front == NULL ||
	    wire_attach_pair(front, STDIN_FILENO, STDOUT_FILENO) != PST_OK) {
		stack_destroy(front);
		session_destroy(s);
		return false;
	}
	w->stop_when_done = true;
	return session_start(s, front) == PST_OK;
}

int connect_tool_run(struct pipeline *connect, struct log *log, bool verbose)
{
	struct tool tool = {.verbose = verbose};
	struct log quiet = *log;
	struct worker_params params = {.gateway = &tool.gateway,
	                               .counters = counters_create(1),
	                               .log = &quiet,
	                               .handle_signals = true,
	                               .control_fd = -1};
	struct worker *w;

	/* the tool itself says how it ended */
	quiet.level = verbose ? log->level : (uint32_t)PST_LOG_ERROR;
	fill(&tool, connect);
	if (params.counters == NULL) {
		fprintf(stderr, "penstock: out of memory\n");
		return 1;
	}
	w = worker_create(&params);
	if (w == NULL || !begin(w, &tool)) {
		tool.failed = true;
	} else if (worker_run(w) != 0) {
		tool.failed = true;
	}
	worker_destroy(w);
	counters_destroy(params.counters);
	return tool.failed ? 1 : 0;
}
