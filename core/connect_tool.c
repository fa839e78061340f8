/* SPDX-License-Identifier: MIT */
/* A netcat for every pipeline: one session whose front is standard input and
 * output. */
#include "connect_tool.h"

#include "command.h"
#include "connect_screen.h"
#include "pipeline_check.h"
#include "session.h"
#include "wire.h"
#include "worker_state.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	LEAVE_MS = 2000,   /* from the first signal to the end of waiting */
	PLAIN_CLOSE = 1000 /* RFC 6455 7.4.1: the code of a plain farewell */
};

/* Stands in the front pipeline's place of an endpoint. */
static const struct pst_endpoint stdio_endpoint = {
	.size = sizeof(stdio_endpoint),
	.roles = PST_ACCEPT,
	.id = "stdio",
	.above = PST_SHAPE_BYTES,
};

static const struct bridge_mark newline = {.length = 1, .bytes = "\n"};

struct tool {
	const struct connect_tool_params *params;
	struct pipeline front;
	struct placed_layer layers[2];
	struct screen_conf screen;
	struct service_conf service;
	struct service_conf *services[1];
	struct pipeline *connect[1];
	struct gateway gateway;
	struct worker *worker;
	struct wakeup sigint, sigterm;
	struct timer leaving; /* after a signal */
	bool signalled, joined;
	bool code_seen; /* the peer's close */
	uint16_t code;
	int status; /* enum exit_code */
};

/* The service's conf is the tool; its layout is ours. */
static struct tool *tool_of_session(const struct session *s)
{
	return s->service->conf;
}

static struct tool *tool_of(struct pst_instance *me)
{
	struct station *top = (struct station *)(void *)me;

	return tool_of_session(top->line->session);
}

static int offer(struct pst_instance *me, struct pst_io *io)
{
	(void)io;
	return pst_service_connect(me, 0);
}

/* -- what is said ------------------------------------------------------ */

static void say_attributes(const struct attribute *a)
{
	for (; a != NULL; a = a->next) {
		fprintf(stderr, "* %s: ", a->key);
		screen_print(stderr, a->value, strlen(a->value));
		fprintf(stderr, "%s\n", a->proven ? "" : " (claimed)");
	}
}

static void say_peer(const struct stack *stack)
{
	const struct wire *w = wire_of(stack->bottom);

	if (w != NULL && w->peer != NULL) {
		fprintf(stderr, "* connected to %s\n", w->peer);
	}
}

static void say_opening(const struct stack *back)
{
	const struct stack *low = back->absorbed;

	say_peer(low != NULL ? low : back);
	fprintf(stderr, "* open: %s\n", back->pipeline->description);
	if (low != NULL) {
		say_attributes(low->attributes);
	}
	say_attributes(back->attributes);
}

static void say_close(const struct pst_control *c)
{
	if (c->code == 0) {
		fprintf(stderr, "closed by the peer without a code\n");
		return;
	}
	fprintf(stderr, "closed by the peer with code %u%s", c->code,
	        c->text_length == 0 ? "" : ": ");
	screen_print(stderr, c->text, c->text_length);
	fputc('\n', stderr);
}

/* The first close is the peer's last word. */
static void saw_control(struct session *s, enum pst_role from,
                        const struct pst_control *c)
{
	struct tool *t = tool_of_session(s);
	bool plain = c->code == 0 || c->code == PLAIN_CLOSE;

	if (from != PST_CONNECT || c->kind != PST_CONTROL_CLOSE ||
	    t->code_seen) {
		return;
	}
	t->code_seen = true;
	t->code = c->code;
	if (!plain || t->params->verbose) {
		fputs(plain ? "* " : "penstock: ", stderr);
		say_close(c);
	}
	if (!plain) {
		t->status = EXIT_CLOSED;
	}
}

/* -- the session ------------------------------------------------------- */

static int back(struct pst_instance *me, uint32_t index, enum pst_back what)
{
	struct station *top = (struct station *)(void *)me;
	struct pst_answer answer = {.size = sizeof(answer)};
	struct tool *t = tool_of(me);

	(void)index;
	answer.accept = what == PST_BACK_UP;
	answer.reason = pst_reason(me, NULL);
	pst_service_answer(me, &answer);
	if (answer.accept == 0) {
		return 0;
	}
	t->joined = true;
	if (t->params->verbose) {
		say_opening(top->line->back);
	}
	return pst_service_join(me);
}

/* Only a bridge finds fault with what came from standard input. */
static bool is_input(struct pst_instance *me, enum pst_class class)
{
	const struct station *top = (struct station *)(void *)me;
	const struct reason *r = &top->line->session->reason;

	return class == PST_CLASS_PROTOCOL && r->side == PST_ACCEPT;
}

static void closed(struct pst_instance *me, enum pst_close why)
{
	const char *text = NULL;
	enum pst_class class = pst_reason(me, &text);
	struct tool *t = tool_of(me);

	(void)why;
	if (class == PST_CLASS_CLEAN || t->status != EXIT_FINE) {
		return;
	}
	t->status = class == PST_CLASS_REFUSED && !t->joined ? EXIT_CLOSED
	                                                     : EXIT_FAILED;
	if (is_input(me, class)) {
		fputs("penstock: standard input is not UTF-8, which text must "
		      "be; --binary sends whatever it is\n",
		      stderr);
		return;
	}
	fprintf(stderr, "penstock: %s: ", class_name(class));
	text = text != NULL ? text : "no reason was given";
	screen_print(stderr, text, strlen(text));
	fputc('\n', stderr);
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

/* -- signals ----------------------------------------------------------- */

static void stop(struct tool *t)
{
	loop_stop(t->worker->loop);
}

/* Whoever only moves bytes may be cut when all was said. */
static void leave_at_last(struct timer *timer)
{
	struct tool *t = timer->owner;

	if (t->connect[0]->top == PST_SHAPE_MESSAGES) {
		fprintf(stderr,
		        "penstock: the peer did not close within "
		        "%d ms\n",
		        LEAVE_MS);
		t->status = EXIT_FAILED;
	}
	stop(t);
}

/* As if standard input had ended. */
static void end_input(struct tool *t, struct session *s)
{
	t->screen.open = false;
	struct station *bottom = s->line.front->bottom;
	struct wire *w = wire_of(bottom);

	if (w != NULL && !w->rx_ended) {
		w->rx_ended = true;
		queue_end(&bottom->rx, PST_END_CLEAN, PST_CLASS_CLEAN);
		station_wake(bottom);
	}
	if (bottom->above != NULL) {
		station_wake(bottom->above);
	}
}

static void signalled(struct wakeup *wakeup)
{
	struct tool *t = wakeup->owner;
	struct worker *w = t->worker;

	if (t->signalled || !t->joined || w->sessions == NULL) {
		if (t->status == EXIT_FINE) {
			fprintf(stderr, "penstock: interrupted\n");
			t->status = EXIT_FAILED;
		}
		stop(t);
		return;
	}
	t->signalled = true;
	timer_set(&w->timers, &t->leaving, w->clock.now_ms + LEAVE_MS);
	end_input(t, w->sessions);
}

static int start_signals(struct tool *t)
{
	struct worker *w = t->worker;

	if (timers_reserve(&w->timers) != PST_OK) {
		return PST_MEMORY;
	}
	t->leaving = (struct timer){.owner = t, .fire = leave_at_last};
	wakeup_signal_start(w->loop, &t->sigint, SIGINT, t, signalled);
	wakeup_signal_start(w->loop, &t->sigterm, SIGTERM, t, signalled);
	return PST_OK;
}

static void stop_signals(struct tool *t)
{
	struct worker *w = t->worker;

	timer_clear(&w->timers, &t->leaving);
	timers_release(&w->timers);
	wakeup_signal_stop(w->loop, &t->sigint);
	wakeup_signal_stop(w->loop, &t->sigterm);
}

/* -- life -------------------------------------------------------------- */

/* A line is a message, unless other rules were set. */
static void fill_bridge(const struct connect_tool_params *params)
{
	struct hop_bridge *r = &params->connect->bridge;

	if (params->binary || !hop_bridge_is_plain(r) || r->append != NULL) {
		return;
	}
	r->bytes_as = BRIDGE_TEXT;
	r->delimiter = &newline;
	r->delimiter_mode = BRIDGE_STRIP;
	r->append = &newline;
}

static void fill_front(struct tool *t)
{
	const struct pipeline *connect = t->params->connect;

	t->layers[0] = (struct placed_layer){.id = "stdio",
	                                     .endpoint = &stdio_endpoint};
	t->layers[1] = (struct placed_layer){
		.id = "screen", .layer = &screen_layer, .conf = &t->screen};
	t->screen.clean = isatty(STDOUT_FILENO) == 1;
	t->screen.open = t->params->open;
	t->front = (struct pipeline){
		.role = PST_ACCEPT,
		.service = &t->service,
		.count = t->screen.clean || t->screen.open ? 2 : 1,
		.layers = t->layers,
		.mux = -1,
		.top = PST_SHAPE_BYTES,
		.headroom = connect->headroom};
	t->front.limits.high_water = connect->limits.high_water;
}

static void fill(struct tool *t)
{
	struct pipeline *connect = t->params->connect;

	fill_front(t);
	fill_bridge(t->params);
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
	t->gateway.settings.max_heavy = 256;
}

static bool begin(struct tool *t)
{
	struct worker *w = t->worker;
	struct session *s = session_create(w, &t->front);
	struct stack *front;

	if (s == NULL) {
		return false;
	}
	front = stack_create(w, &t->front, STATION_WIRE, 1, t->front.count,
	                     &s->line, s->up, s->down);
	if (front == NULL ||
	    wire_attach_pair(front, STDIN_FILENO, STDOUT_FILENO) != PST_OK) {
		stack_destroy(front);
		session_destroy(s);
		return false;
	}
	w->stop_when_done = true;
	w->saw_control = saw_control;
	return session_start(s, front) == PST_OK;
}

static void run(struct tool *t, const struct worker_params *params)
{
	t->worker = worker_create(params);
	if (t->worker == NULL || start_signals(t) != PST_OK) {
		fprintf(stderr, "penstock: out of memory\n");
		t->status = EXIT_FAILED;
	} else {
		if (!begin(t) || worker_run(t->worker) != 0) {
			t->status = EXIT_FAILED;
		}
		stop_signals(t);
	}
	worker_destroy(t->worker);
}

static bool carries(const struct pipeline *p)
{
	const struct hop_bridge *r = &p->bridge;

	if (p->top == PST_SHAPE_EXCHANGES) {
		fprintf(stderr,
		        "penstock: %s offers exchanges, which standard input "
		        "and output cannot be; use a scheme of the layers "
		        "below it, and write the request yourself\n",
		        p->description);
		return false;
	}
	if (p->top != PST_SHAPE_MESSAGES &&
	    (!hop_bridge_is_plain(r) || r->append != NULL)) {
		fprintf(stderr,
		        "penstock: rules for messages go with a hop that has "
		        "them, and %s offers %s\n",
		        p->description, shape_name(p->top));
		return false;
	}
	return true;
}

int connect_tool_run(const struct connect_tool_params *params)
{
	struct tool tool = {.params = params};
	struct log quiet = *params->log;
	struct worker_params worker = {.gateway = &tool.gateway,
	                               .counters = counters_create(1),
	                               .log = &quiet,
	                               .control_fd = -1};

	if (!carries(params->connect) || worker.counters == NULL) {
		counters_destroy(worker.counters);
		return EXIT_FAILED;
	}
	/* the tool itself says how it ended */
	quiet.level = params->verbose ? quiet.level : (uint32_t)PST_LOG_ERROR;
	fill(&tool);
	run(&tool, &worker);
	counters_destroy(worker.counters);
	return tool.status;
}
