/* SPDX-License-Identifier: MIT */
/* Stations and stacks: the layers of one connection or stream, each with the
 * queue pair above it. */
#ifndef CORE_STATION_H
#define CORE_STATION_H

#include "attributes.h"
#include "gateway.h"
#include "queue.h"
#include "timers.h"

#include <penstock/layer.h>

struct line;
struct worker;
struct wire;
struct trunk;
struct session;

enum station_kind {
	STATION_WIRE, /* bottom of a stack: a socket, or a pair of files */
	STATION_LAYER,
	STATION_MUX,    /* top of a trunk */
	STATION_STREAM, /* bottom of a stream: the mux's end of it */
	STATION_TOP     /* a session's service or join: top of both stacks */
};

/**
 * One place in a line. `rx` and `tx` are the queues between this station and
 * the one above: rx carries what was received, upwards, tx what is to be sent,
 * downwards. A layer's four ends are below->rx, rx, tx, below->tx.
 */
struct station {
	struct pst_instance instance; /* first: a handle is its station */
	struct pst_queue rx, tx;
	struct station *below, *above;
	struct stack *stack; /* a top's: NULL */
	struct line *line;
	const struct placed_layer *place; /* NULL for stream ends and tops */
	struct station_timer *timers;     /* those that were set; owned */
	uint8_t kind;                     /* enum station_kind */
	bool dirty;   /* something changed since the last step */
	bool opened;  /* open succeeded: close is due */
	bool offered; /* accept: waits for the answer */
	bool up;
	bool dead;    /* failed: what arrives is dropped */
	bool heavy;   /* the next step goes to the helper */
	bool drain;   /* was told that this end shuts down */
	bool frames;  /* takes bytes, stands on messages: see line.c */
	bool leaving; /* a transparent mux, while a former stream drains */
};

enum {
	STATION_TIMERS = 4
};

/* Made when it is first set. Lazy: a deadline that moves away, or is cleared,
 * leaves its timer where it is; that looks again when it comes. */
struct station_timer {
	struct timer timer;         /* first */
	struct station_timer *next; /* of the same station */
	uint64_t due_ms;            /* what was asked for; 0: nothing */
	bool late;                  /* due while the line was lent */
};

enum stack_state {
	STACK_OPENING, /* some layer is not up */
	STACK_OFFERED, /* all are up or wait for the answer */
	STACK_UP,
	STACK_FAILED, /* a layer or the wire failed */
	STACK_STATES
};

enum stack_event {
	STACK_LAYER_OFFERS, /* and no layer is left that does neither */
	STACK_ALL_UP,
	STACK_FAILURE,
	STACK_EVENTS
};

/** The stations of one connection or stream, bottom to top. Memory: stack,
 *  stations and layer states are one block. */
struct stack {
	struct worker *worker;
	const struct pipeline *pipeline;
	struct session *session; /* NULL for a trunk's */
	struct trunk *trunk;     /* its own, or the one a stream stands on */
	struct stack *absorbed; /* the trunk's stack whose stations joined us */
	struct station *bottom, *top;
	struct attribute *attributes;
	struct station *stations; /* `count` of them, as allocated */
	unsigned count;
	uint8_t state; /* enum stack_state */
	uint8_t role;  /* enum pst_role */
	uint8_t first; /* index in the pipeline of the first layer above bottom */
};

/** Next state, or the same one when the event changes nothing there. */
enum stack_state stack_next(enum stack_state state, enum stack_event event);

/**
 * Build stations for the pipeline's layers [first, last) on top of a bottom of
 * `kind`; first is 1 above a wire. Instances are not opened yet.
 *
 * rx, tx  budgets of the two directions
 * Returns owned; NULL when memory ran out
 */
struct stack *stack_create(struct worker *worker,
                           const struct pipeline *pipeline,
                           enum station_kind kind, unsigned first,
                           unsigned last, struct line *line,
                           struct pst_budget *rx, struct pst_budget *tx);
/** Open each layer, bottom first. Returns 0 or an error after a failure was
 *  recorded; stack_destroy closes those that did open. */
int stack_open(struct stack *stack);
void stack_destroy(struct stack *stack);

/** The stack fails as a whole; its owner hears it. */
void stack_fail(struct stack *stack);
/** Look whether the stack became offered or up, and tell its owner. */
void stack_progress(struct stack *stack);

/** The layer at `s` failed (its reason is kept): end its outputs, and let the
 *  layers below send their last words. */
void station_failed(struct station *s);

/** Take `s` out of its stack: it passes through from now on. */
void station_leave(struct station *s);

/** `end`, the bottom of a stream, stands where `mux` stood: its boundary and the
 *  one below the mux become one, and both are out of the chain. */
void station_replace(struct station *mux, struct station *end);
void station_close(struct station *s, enum pst_close why);

/** Mark for a step and queue the line. */
void station_wake(struct station *s);
/** Mark only: within a run of its line. */
static inline void station_mark(struct station *s)
{
	s->dirty = true;
}

/** Set timer `id` (0..3) of a layer to `ms` from now; 0 clears. */
void station_timer(struct station *s, uint32_t id, uint64_t ms);
void station_forget_timers(struct station *s);
/** Run timers that came due while the line was lent. */
void station_late_timers(struct station *s);

/** Step a layer once, on this thread. `flags`: enum pst_io_flag. */
enum pst_step station_step(struct station *s, uint32_t flags);

/** Keep why the stack's session (or trunk) ends, unless that is known. */
PST_PRINTF(5, 6)
void stack_reason(struct stack *stack, const struct station *s,
                  enum pst_class why, unsigned code, const char *fmt, ...);

/** Keep as reason that the stack was not up after `passed` ms, with the lowest
 *  layer that is not, and what that waits for: its attribute "ID.waits_for". */
void stack_late(struct stack *stack, uint64_t passed);

/** The id of the layer, or of what stands there. */
const char *station_name(const struct station *s);

#endif
