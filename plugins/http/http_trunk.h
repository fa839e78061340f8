/* SPDX-License-Identifier: MIT */
/* One HTTP/1.1 connection: what both roles share. */
#ifndef HTTP_TRUNK_H
#define HTTP_TRUNK_H

#include "h1_body.h"
#include "h1_parse.h"
#include "h1_write.h"
#include "http_conf.h"
#include "http_slow.h"

#include <penstock/mux.h>

/** How the body that comes in is delimited. */
enum http_delimited {
	HTTP_BODY_NONE = 0,
	HTTP_BODY_LENGTH,
	HTTP_BODY_CHUNKED,
	HTTP_BODY_CLOSE,
	HTTP_BODY_LATER /* an upgrade was asked for: bytes wait for the answer */
};

/** The message that comes in. */
struct http_in {
	uint64_t left; /* bytes of a body with a length still to come */
	struct h1_chunks chunks;
	struct h1_scan scan; /* of the head, later of the trailers */
	uint8_t delimited;   /* enum http_delimited */
	bool done;           /* EOM was put */
};

/* CRLF behind a chunk, and the last chunk without trailers. */
#define HTTP_TAIL 7

/** The message that goes out. */
struct http_out {
	uint64_t left;   /* bytes of a body with a length still to go */
	uint8_t delimit; /* enum h1_delimit: of the body that is written */
	bool begun;      /* its head was written */
	bool owes_crlf;  /* behind a chunk that had no room for it */
	bool ending;     /* EOM was taken */
	bool done;       /* its last byte was written */
};

/** Where a connection stands. A front goes through all, a back has no HEAD and
 *  no DISCARD. */
enum http_phase {
	HTTP_IDLE = 0, /* between exchanges */
	HTTP_HEAD,     /* (accept) a request's head has begun */
	HTTP_EXCHANGE, /* a stream is open */
	HTTP_DISCARD,  /* (accept) answered; the request's rest is read away */
	HTTP_CLOSING,  /* tx_out has ended; what still comes is dropped */
	HTTP_PHASES
};

/** What a phase's function says to the loop that runs it. */
enum http_turn {
	HTTP_AGAIN, /* the phase changed: go on */
	HTTP_WAIT,  /* for input, room, a timer */
	HTTP_MORE,  /* the budget is used up */
	HTTP_LEAVE, /* transparent from here on */
	HTTP_FAILED /* pst_fail was called */
};

/** State of the layer, both roles. */
struct http_trunk {
	struct pst_stream *stream; /* NULL: none, or its upper side is gone */
	struct http_in in;
	struct http_out out;
	struct http_slow slow; /* (accept) */
	struct http_refusal refusal; /* (accept) of the present request */
	uint64_t requests;
	uint64_t discarded; /* bytes of the request read away */
	uint8_t phase;      /* enum http_phase */
	uint8_t version;    /* the peer's, 10 or 11 */
	uint8_t asked;      /* enum pst_upgrade of the request */
	bool up;            /* PST_STEP_UP was said */
	bool timed_out;     /* the timer of this phase is over */
	bool waiting;       /* the timer of this phase is armed */
	bool keep_alive;    /* the connection goes on after this exchange */
	bool is_head;       /* the method is HEAD */
	bool expect;        /* 100-continue was asked for and not given */
	bool answered;      /* (connect) the final response's head is here */
	bool idle;          /* (connect) counted as kept */
	uint32_t keep_for;  /* (connect) seconds that were granted; 0: not said */
	bool alone;         /* (connect) nothing may follow this request */
	/* (connect) the tokens asked for; terminated */
	char upgrade[H1_UPGRADE_MAX];
};

/* Indices into http_metrics. */
enum http_metric {
	HTTP_REQUESTS = 0,
	HTTP_REFUSED,
	HTTP_UPGRADES,
	HTTP_FRESH,
	HTTP_REUSED,
	HTTP_REPEATED,
	HTTP_KEPT,
	HTTP_METRICS
};

/** Do what the present phase can do (http_accept.c, http_connect.c). */
enum http_turn http_accept_turn(struct pst_instance *me, struct pst_io *io,
                                uint32_t *budget_io);
enum http_turn http_connect_turn(struct pst_instance *me, struct pst_io *io,
                                 uint32_t *budget_io);
int http_stream_open(struct pst_instance *me, struct pst_stream *s);
/** (connect) Begin or end to count the connection as kept. */
void http_count_kept(struct pst_instance *me, bool kept);

/* http_answer.c */

/** Answer the present request with `status` and one sentence as text. The
 *  connection does not go on when the request was not wholly read. Returns 0
 *  or PST_MEMORY. */
PST_MUST_CHECK int http_answer(struct pst_instance *me, struct pst_io *io,
                               unsigned status, const char *text);

/** Log that a request gets no stream, so that nobody else logs it; the
 *  connection goes on. */
void http_log_refused(struct pst_instance *me, const struct pst_head *h,
                      const struct h1_error *err);
/** Likewise of one that is not understood, or not whole: it is at the front of
 *  `rx`, and the connection fails with `why`. */
void http_log_rejected(struct pst_instance *me, const struct pst_queue *rx,
                       enum pst_class why, const struct h1_error *err);

/* http_trunk.c */

/** Change the phase; its timer is armed with `ms` (0: none). */
void http_enter(struct pst_instance *me, enum http_phase phase, uint64_t ms);

/** End tx_out and drop what still comes in. */
enum http_turn http_shut(struct pst_instance *me, struct pst_io *io);

/** Phase HTTP_CLOSING. */
enum http_turn http_closing(struct pst_instance *me, struct pst_io *io);

/** Take the stream down: its upper side hears RESET and `why`. */
void http_drop_stream(struct pst_instance *me, enum pst_class why);

/** pst_fail and take everything down. tx_out is RESET unless the caller ended
 *  it before. */
PST_PRINTF(5, 6)
enum http_turn http_fail(struct pst_instance *me, struct pst_io *io,
                         enum pst_class why, unsigned status, const char *fmt,
                         ...);
enum http_turn http_no_memory(struct pst_instance *me, struct pst_io *io);

/** Scan what is queued for the head's end: as h1_scan. */
PST_MUST_CHECK int64_t http_scan(struct pst_queue *q, struct h1_scan *scan,
                                 const struct h1_limits *limits,
                                 struct h1_error *err_out);

/** The head that `scan` looks for goes on: make one slice of many small ones,
 *  which would fill the queue before it ends. */
void http_gather(struct pst_instance *me, struct pst_queue *q,
                 const struct h1_scan *scan);

/** Write `h` with `extra` to `to`. Returns 0, PST_INVALID or PST_MEMORY. */
PST_MUST_CHECK int http_put_head(struct pst_instance *me, struct pst_queue *to,
                                 const struct pst_head *h,
                                 const struct h1_extra *extra);

/** A slice with room for a head record; its memory is aligned. NULL: no
 *  memory. */
struct pst_slice *http_record(struct pst_instance *me,
                              struct pst_head_builder *b, size_t room,
                              enum pst_head_kind kind);
/** Put the record of `size` bytes that was built in `s`. Takes ownership. */
void http_put_record(struct pst_instance *me, struct pst_queue *to,
                     struct pst_slice *s, int64_t size, uint32_t flags);

/* http_body.c */

/** Prepare `in` for the body behind a head. */
void http_in_begin(struct http_in *in, const struct pst_head *h,
                   const struct h1_message *message);

/**
 * Move the body of the message that comes in from `from` to `to` (NULL: drop
 * it), framing taken out, EOM put on its end.
 *
 * budget_io  bytes that may still be moved in this step
 * Returns    PST_OK at the body's end
 * Errors     PST_AGAIN: input, room or budget is missing
 *            PST_PROTO, PST_LIMIT: with `err_out`; PST_MEMORY
 *            PST_IO: `from` ended too early
 */
PST_MUST_CHECK int http_body_in(struct pst_instance *me, struct http_in *in,
                                struct pst_queue *from, struct pst_queue *to,
                                const struct h1_limits *limits,
                                uint32_t *budget_io, struct h1_error *err_out);

/**
 * Move the body of the message that goes out, framing put in.
 *
 * Returns    PST_OK at its end
 * Errors     PST_AGAIN: input, room or budget is missing
 *            PST_INVALID: the upper side broke the contract; PST_MEMORY
 *            PST_IO: `from` ended too early
 */
PST_MUST_CHECK int http_body_out(struct pst_instance *me, struct http_out *out,
                                 struct pst_queue *from, struct pst_queue *to,
                                 uint32_t *budget_io);

/** End the message: the last chunk with `trailers` (NULL: none). Returns 0,
 *  PST_INVALID when bytes are missing, or PST_MEMORY. */
PST_MUST_CHECK int http_out_end(struct pst_instance *me, struct http_out *out,
                                struct pst_queue *to,
                                const struct pst_head *trailers);

static inline const struct http_conf *http_conf_of(struct pst_instance *me)
{
	return (const struct http_conf *)me->conf;
}

static inline struct http_trunk *http_trunk_of(struct pst_instance *me)
{
	return (struct http_trunk *)me->state;
}

#endif
