/* SPDX-License-Identifier: MIT */
/* Trunks: what a mux stands on, and the streams above it. */
#ifndef CORE_TRUNK_H
#define CORE_TRUNK_H

#include "line.h"
#include "reason.h"

#include <penstock/mux.h>

struct listener;
struct worker_generation;

enum trunk_state {
	TRUNK_OPENING, /* layers below the mux are not up */
	TRUNK_OPEN,
	TRUNK_ENDING, /* failed or ended: last words drain */
	TRUNK_LEFT,   /* the mux left: its stations are the stream's */
	TRUNK_STATES
};

enum trunk_event {
	TRUNK_UP,
	TRUNK_END,
	TRUNK_LEAVE,
	TRUNK_EVENTS
};

enum trunk_state trunk_next(enum trunk_state state, enum trunk_event event);

enum stream_state {
	STREAM_WAITING, /* (connect) the mux did not take it yet */
	STREAM_OPEN,
	STREAM_DONE, /* the mux needs nothing more */
	STREAM_STATES
};

enum stream_event {
	STREAM_TAKEN,
	STREAM_FINISHED, /* by the mux, or the trunk is gone */
	STREAM_MOVED,    /* to a fresh trunk */
	STREAM_EVENTS
};

enum stream_state stream_next_state(enum stream_state state,
                                    enum stream_event event);

/** One stream: the mux's view, and the stack that stands on it. */
struct stream {
	struct pst_stream view; /* first: the mux's handle */
	struct stream *next;    /* of the trunk's */
	struct stream *ready_next;
	struct trunk *trunk; /* NULL once the trunk is gone */
	struct stack *stack; /* NULL once the upper side is gone */
	bool ready;          /* in the mux's list of ready streams */
	uint8_t state;       /* enum stream_state */
};

struct trunk {
	struct line line;
	struct trunk *next, **link; /* in the worker's list */
	struct trunk *newer, *older; /* in its pool, while idle */
	struct stack *stack;
	struct stream *streams;
	struct stream *ready_first, *ready_last;
	const struct listener *listener; /* accept: where its routes are */
	const struct sni_node *node;
	struct worker_generation *generation; /* that its layers are of */
	struct pst_budget *rx, *tx;
	struct reason reason;
	struct timer timer;
	uint64_t began_ms, ended_ms;
	uint64_t idle_ms; /* since when, while it is */
	uint64_t stream_count; /* opened so far */
	uint8_t state;         /* enum trunk_state */
	bool late;
	bool idle; /* waits in its pool: see pool.h */
	bool parting; /* served nobody when the worker began to drain */
	bool told;    /* what it failed of is in the log */
	const char *refused_by; /* service whose rules refuse the present request;
	                         * borrowed until its line is logged */
};

/** A trunk over the layers of `pipeline` up to its mux; accept: of `node` of
 *  `listener`, else both NULL. NULL on memory. */
struct trunk *trunk_create(struct worker *w, const struct pipeline *pipeline,
                           const struct listener *listener,
                           const struct sni_node *node);
/** (connect) A trunk that connects to the target of `p`; NULL on memory. */
struct trunk *trunk_connect(struct worker *w, const struct pipeline *p);
/** Open its layers; the wire is attached. */
void trunk_start(struct trunk *t);
void trunk_destroy(struct trunk *t);
/** The worker drains: the mux shall finish. Who is between two streams then has
 *  had all its answers, and the connection ends without waiting for the peer
 *  to end it, too. */
void trunk_drain(struct trunk *t);
void trunk_settle(struct trunk *t);
void trunk_stack_moved(struct trunk *t);
/** End it in peace: nobody uses it. */
void trunk_close(struct trunk *t);
/** End it: `why` goes to the streams and down. */
void trunk_abort(struct trunk *t, enum pst_class why);
void trunk_unlent(struct trunk *t);

/** (connect) A stream on `t` for `session`'s back; NULL on memory. Its stack
 *  becomes session->line.back. */
struct stack *trunk_stream(struct trunk *t, struct session *session);
/** The mux answered `view`, or a request without a stream, by itself. */
void trunk_stream_answered(struct trunk *t, struct pst_stream *view,
                           const struct pst_answered *a);
/** The upper side of the stream below `stack` is gone. */
void trunk_stream_closed(struct stack *stack);
/** Something changed at the upper side's end: tell the mux. */
void trunk_stream_ready(struct station *s);
/** After a step of the mux: tell the streams. */
void trunk_streams_changed(struct trunk *t);
/** The streams that are not served hear it; one that its mux KEPT goes on a
 *  fresh trunk instead, once, as if nothing had happened (mux.h). */
void trunk_streams_end(struct trunk *t, enum pst_end end, enum pst_class why);
void trunk_streams_drop(struct trunk *t);
/** No stream needs the mux: some may still drain. */
bool trunk_streams_served(const struct trunk *t);
/** The trunk is up: give waiting streams to the mux. */
void trunk_streams_open(struct trunk *t);
/** The wire is closed: nothing can move any more. */
void trunk_streams_finish(struct trunk *t);
void trunk_streams_free(struct trunk *t);
/** Out of the worker's list; harmless when it is. */
void trunk_unlink(struct trunk *t);
/** The line of a request that gets no stream. */
void trunk_log_refused(struct trunk *t, const struct pst_answered *a);
/** The line for a trunk that ended without a stream; others log their own. */
void trunk_log(struct trunk *t);
/** The mux is transparent: trunk and only stream become one line. */
void trunk_dissolve(struct trunk *t);

/* what muxes ask for: see mux.h */
int trunk_accept_stream(struct trunk *t, const struct pst_head *head,
                        struct pst_stream **stream_out);
struct pst_stream *trunk_next_ready(struct trunk *t);
void trunk_stream_done(struct trunk *t, struct pst_stream *view);

#endif
