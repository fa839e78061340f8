/* SPDX-License-Identifier: MIT */
/* Sessions: one front stream, its service, and the back streams it opens. */
#ifndef CORE_SESSION_H
#define CORE_SESSION_H

#include "line.h"
#include "reason.h"
#include "told.h"

enum session_state {
	SESSION_OPENING, /* the front is not open to an offer yet */
	SESSION_OFFERED, /* the service decides */
	SESSION_SERVING, /* answered: the service steps */
	SESSION_JOINED,  /* the core pumps */
	SESSION_ENDING,  /* refused or failed: last words drain */
	SESSION_STATES
};

enum session_event {
	SESSION_READY,  /* the front can be offered */
	SESSION_ACCEPT, /* the service answered yes */
	SESSION_JOIN,   /* the service left the data path */
	SESSION_ABORT,  /* refusal, failure, time limit, drain's end */
	SESSION_EVENTS
};

/** Next state, or the same one when the event changes nothing there. */
enum session_state session_next(enum session_state state,
                                enum session_event event);

struct session {
	struct line line;             /* front and back stacks, and `top` */
	struct session *next, **link; /* in the worker's list */
	const struct service_conf *service;
	struct station top;           /* instance.state: the service's */
	struct pst_budget *up, *down; /* front to back; back to front */
	struct reason reason;
	struct bridge *bridge; /* owned: bytes that become messages, once
	                        * joined; NULL: none, or by no rule */
	struct exchange_note *exchange; /* owned; NULL: no request, no memory,
	                                 * or not logged */
	struct told told;   /* between the hops, until they are joined */
	struct timer timer; /* one for all limits; lazy */
	uint64_t id;
	uint64_t began_ms, active_ms;
	uint64_t back_ms;             /* the back stream was asked for */
	uint64_t ended_ms;            /* the first end was seen; 0: not yet */
	uint64_t bytes_in, bytes_out; /* payload from and to the front */
	uint64_t messages_in, messages_out;
	struct pst_slice *held; /* owned: a response's head that waits for its
	                         * body; NULL: none */
	uint64_t hold;          /* bytes of body that it waits for */
	const struct pst_head *offer_head; /* while offer runs */
	uint8_t state;                     /* enum session_state */
	uint8_t back_index;                /* connect pipeline of line.back */
	uint8_t ended_by;  /* enum pst_role of the side, 0: the gateway */
	bool service_open; /* offer was called: close is due */
	bool tunnel;       /* CONNECT was granted: the front carries bytes */
	bool answered;     /* ANSWER went to the layer that offered */
	bool late;         /* the timer fired while the line was lent */
	bool rearm;        /* limits changed: the timer is set behind the run */
	bool back_told;    /* the service knows what became of line.back */
	bool counted;
	bool responded; /* the exchange has a final response, or cannot have */
	bool may_respond; /* while `lost` or `head` of a response run */
};

/** What crosses the top of one of its stacks now. */
enum pst_shape session_shape(const struct session *s,
                             const struct stack *stack);

/** A session for a new front stream of `pipeline`. The caller adds the stack
 *  with session_front. NULL when memory ran out. */
struct session *session_create(struct worker *w,
                               const struct pipeline *pipeline);
void session_destroy(struct session *s);
/** The front stack is complete: open its layers, start the limits. Returns 0
 *  or an error; then the session ends by itself. */
int session_start(struct session *s, struct stack *front);

/** Step the top: offer, service or join. */
void session_step(struct session *s);
/** After a run of its line: destroy it when all is done. */
void session_settle(struct session *s);
/** A stack became offered, up or failed. */
void session_stack_moved(struct session *s, struct stack *stack);
/** A layer waits for the answer: give it at once when it is not the top. */
void session_layer_offers(struct station *s);
/** End both hops with `why`; the reason was set. */
void session_abort(struct session *s, enum pst_class why);
/** The service's timer `id` is due. */
void session_timeout(struct session *s, uint32_t id);
/** The line was handed back. */
void session_unlent(struct session *s);
/** One direction ended for the first time, on the side of `role`. */
void session_ended(struct session *s, enum pst_role role);

/* what services ask for: see service.h */
int session_connect(struct session *s, uint32_t index);
void session_answer(struct session *s, const struct pst_answer *answer);
int session_join(struct session *s);
int session_respond(struct session *s, const struct pst_head *head,
                    const void *body, size_t length);

/** The exchange comes to its end for `why`: let the service respond, when
 *  nobody has. */
void session_lost(struct session *s, enum pst_class why);

static inline struct session *session_of_top(struct station *top)
{
	return top->line->session;
}

/** The line at the end of a stream. */
void session_log(struct session *s);
/** Whether its end may be logged, at the log's level of now. */
bool session_may_be_logged(const struct session *s);

#endif
