/* SPDX-License-Identifier: MIT */
/* A mux: a layer that stands on a trunk and opens streams above it.
 * Extension pst.mux/1. */
#ifndef PENSTOCK_MUX_H
#define PENSTOCK_MUX_H

#include <penstock/layer.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PST_EXTENSION_MUX "pst.mux/1"

/** One stream above a mux; the core's, with the mux's state. */
struct pst_stream {
	void *state;             /* stream_state_size bytes, zeroed */
	struct pst_queue *rx_out; /* received, to the stream's upper layers */
	struct pst_queue *tx_in;  /* to be sent, from them */
	uint32_t flags;           /* enum pst_stream_flag */
	uint32_t reserved;
};

/** (connect) What mux and core tell each other about a stream.
 *
 * KEPT   the mux sets it: all that it took from tx_in is still there, nothing
 *        was put into rx_out, and its protocol allows to ask again. If the
 *        trunk fails, and no byte waits below the mux, the core calls
 *        stream_close and then stream_open of a fresh trunk, once; so a mux
 *        that fails leaves such a stream alone. It takes the flag off before
 *        any of this stops being true
 * AGAIN  the core sets it: another trunk had the stream before this one
 */
enum pst_stream_flag {
	PST_STREAM_KEPT = 1,
	PST_STREAM_AGAIN = 2
};

/**
 * What a mux adds to its struct pst_layer (which has PST_PROVIDES_MUX and the
 * same id). Its step has rx_in and tx_out; it finds streams that can move with
 * pst_stream_next. Streams and trunk are stepped on one thread.
 */
struct pst_mux {
	uint32_t size;
	uint32_t stream_state_size;
	const char *id; /* of the layer */
	/** [L] (connect) The core wants a stream on this trunk. Its rx_out and
	 *  tx_in are ready; the head will come in tx_in. Returns 0, or
	 *  PST_AGAIN: not now. May be NULL for a mux that only accepts. */
	int (*stream_open)(struct pst_instance *me, struct pst_stream *s);
	/** [L] The stream's upper side is gone, or it goes to another trunk: free
	 *  what its state owns. Called exactly once per stream that was opened,
	 *  also after pst_stream_done; then no step need follow, unless it wakes
	 *  itself. */
	void (*stream_close)(struct pst_instance *me, struct pst_stream *s);
	/** [L] (connect) How many trunks with no stream left may wait for the
	 *  next one, per worker and pipeline. stream_open is then called again,
	 *  when nothing came in meanwhile; PST_AGAIN makes the core take another
	 *  trunk. NULL or 0: a trunk ends with its last stream. */
	uint32_t (*conf_keep)(const void *conf);
	/** [L] (accept) May a request have a stream of the service that it is
	 *  for? `conf` is this layer's in that service's pipeline: where options
	 *  have the flag STREAM, it is another than the instance's. Called within
	 *  pst_stream_accept, before anything is made. Returns 0, or a negative
	 *  result, which pst_stream_accept returns. May be NULL: it may. */
	int (*stream_admit)(struct pst_instance *me, const void *conf,
			    const struct pst_head *head);
};

/** (accept) Open a stream for the request `head`, once bytes came: before the
 *  layers below are up this is PST_INVALID. A mux counts as up at once. Else: the core finds the service
 *  by authority and path. Put the HEAD slice into its rx_out next.
 *  Returns 0; PST_NO_ROUTE (404), PST_MISDIRECTED (421), PST_UNSUPPORTED
 *  (501: CONNECT, and nobody opens tunnels), PST_LIMIT (503), PST_MEMORY;
 *  what stream_admit returned. [L] */
PST_MUST_CHECK static inline int pst_stream_accept(struct pst_instance *me,
						   const struct pst_head *head,
						   struct pst_stream **stream_out)
{
	return me->core->stream_accept(me, head, stream_out);
}

/** The next stream whose queues changed since it was last returned; NULL when
 *  there is none left. [L] */
static inline struct pst_stream *pst_stream_next(struct pst_instance *me)
{
	return me->core->stream_next(me);
}

/** Both directions of the stream have ended at this mux (ended queues, or it
 *  was torn down): it needs nothing more from the mux. The upper side may go
 *  on until it is drained; do not touch the stream again. [L] */
static inline void pst_stream_done(struct pst_instance *me,
				   struct pst_stream *s)
{
	me->core->stream_done(me, s);
}

/** What a mux itself answered a request with. Borrowed for the call. */
struct pst_answered {
	uint32_t size;   /* sizeof(struct pst_answered) */
	uint32_t status;
	/* of a request without a stream: */
	const struct pst_head *head; /* NULL: it was not understood */
	const char *line;     /* then what may be shown of its first line, any */
	uint32_t line_length; /* bytes; 0: nothing */
	uint32_t reason;  /* enum pst_class that pst_fail gets for it; CLEAN: the
	                   * connection goes on */
	const char *text; /* one sentence */
};

/** (accept) The mux answers by itself: tell the log. With `s`, whose upper side
 *  gave no response, the line of its end has the status. Without (NULL) a line
 *  "request refused" is logged now, and no further one when the connection
 *  fails of it. [L] */
static inline void pst_stream_answered(struct pst_instance *me,
				       struct pst_stream *s,
				       const struct pst_answered *answered)
{
	if (me->core->size > offsetof(struct pst_core, stream_answered)) {
		me->core->stream_answered(me, s, answered);
	}
}

#ifdef __cplusplus
}
#endif
#endif
