/* SPDX-License-Identifier: MIT */
/* A layer: a two-way transducer that the core steps. Extension pst.layer/1. */
#ifndef PENSTOCK_LAYER_H
#define PENSTOCK_LAYER_H

#include <penstock/core.h>
#include <penstock/option.h>
#include <penstock/setup.h>
#include <penstock/shape.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PST_EXTENSION_LAYER "pst.layer/1"

/**
 * Result of a step.
 *
 * OK           waits for input, room, a timer or a wake
 * MORE         used its budget; more can be done at once
 * OFFER        (once, accept) the peer asks; the opening goes on when
 *              PST_CONTROL_ANSWER arrives in tx_in, or ends with tx_in's end
 * UP           (once) the opening is complete: payload can flow. Another step
 *              follows at once
 * HEAVY        the next step is costly: the core runs it on the helper.
 *              Nothing may have been moved in this step
 * TRANSPARENT  from now on the layer would only pass through. It holds no
 *              bytes; the core joins its queues and closes it. Implies UP
 * ERROR        pst_fail was called. The layer may have put last words into
 *              tx_out; it is not stepped again
 */
enum pst_step {
	PST_STEP_OK = 0,
	PST_STEP_MORE,
	PST_STEP_OFFER,
	PST_STEP_UP,
	PST_STEP_HEAVY,
	PST_STEP_TRANSPARENT,
	PST_STEP_ERROR
};

enum pst_io_flag {
	PST_IO_HELPER = 1, /* this step runs on the helper: only [H] functions */
	PST_IO_DRAIN = 2   /* this end shuts down: finish politely, soon */
};

/** The four queue ends of a layer; valid during the step only. A mux has
 *  rx_out and tx_in in its streams instead, and NULL here. */
struct pst_io {
	struct pst_queue *rx_in;  /* received, from below */
	struct pst_queue *rx_out; /* received, to above */
	struct pst_queue *tx_in;  /* to be sent, from above */
	struct pst_queue *tx_out; /* to be sent, to below */
	uint32_t flags;           /* enum pst_io_flag */
	uint32_t budget;          /* payload bytes that one step should move */
};

/** Why close is called. */
enum pst_close {
	PST_CLOSE_DONE = 0, /* the stack is taken down */
	PST_CLOSE_LEFT = 1  /* after TRANSPARENT */
};

/** A transport. Static and constant in the plugin. */
struct pst_layer {
	uint32_t size;     /* sizeof(struct pst_layer) */
	uint32_t roles;    /* enum pst_role */
	const char *id;    /* [a-z][a-z0-9-]*: the name of its options group */
	const char *help;  /* one sentence */
	uint32_t below;    /* enum pst_shape: one of these must be below */
	uint32_t above;    /* enum pst_shape: offered; 0: same as below */
	uint32_t provides; /* enum pst_provides */
	uint32_t headroom; /* bytes it prepends at most per slice */
	uint32_t tailroom; /* bytes it appends at most per slice */
	uint32_t lookahead; /* bytes it may have to see before it can move */
	uint32_t state_size;
	uint32_t conf_size;
	const struct pst_option *options; /* NULL: none */
	const struct pst_metric *metrics;  /* NULL: none */
	const struct pst_attribute *attributes; /* NULL: none */
	uint32_t option_stride;    /* sizeof(struct pst_option) */
	uint32_t metric_stride;    /* sizeof(struct pst_metric) */
	uint32_t attribute_stride; /* sizeof(struct pst_attribute) */
	uint32_t reserved;

	/** [M] `conf` is conf_size bytes: options filled in, the rest zero.
	 *  Check and derive; report with pst_error. Returns 0 or PST_CONFIG.
	 *  May be NULL. Must be pure but for memory: it runs in a checker. */
	int (*conf_init)(void *conf, struct pst_setup *setup);
	/** [M] Free what conf_init derived, also after it failed. May be NULL. */
	void (*conf_finish)(void *conf);
	/** [M] What this conf promises (enum pst_provides); NULL: `provides`.
	 *  For a layer whose promise hangs on its settings. */
	uint32_t (*conf_provides)(const void *conf, enum pst_role role);
	/** [M] Lines for `penstock explain`: write one "key: value" pair per
	 *  call of pst_explain. May be NULL. */
	void (*conf_explain)(const void *conf, struct pst_setup *setup);
	/** [M] `lookahead` as these settings make it; NULL: the member above. */
	uint64_t (*conf_lookahead)(const void *conf);

	/** [L] Begin. Returns 0 or an error after pst_fail. May be NULL. */
	int (*open)(struct pst_instance *me);
	/** [L], [H] after HEAVY. Take what the inputs have, put what the outputs
	 *  hold, never block; the same state steps to the same result. */
	enum pst_step (*step)(struct pst_instance *me, struct pst_io *io);
	/** [L] Timer `id` is due; a step follows. May be NULL without timers. */
	void (*timeout)(struct pst_instance *me, uint32_t id);
	/** [L] Exactly once after a successful open. Free what state owns. */
	void (*close)(struct pst_instance *me, enum pst_close why);
};

/* -- memory and queues: [H] ------------------------------------------- */

/** A slice with room for `want` bytes: length 0, `after` >= want, `before`
 *  at least the headroom of all layers that may prepend. Its data is 8-byte
 *  aligned. Owned; NULL when memory ran out (then pst_fail and ERROR). */
static inline struct pst_slice *pst_slice_new(struct pst_instance *me,
					      size_t want)
{
	return me->core->slice_new(me, want);
}

/** Free an owned slice. NULL is accepted. */
static inline void pst_slice_free(struct pst_instance *me, struct pst_slice *s)
{
	me->core->slice_free(s);
}

/** Append `s` to `q`; takes ownership. A short slice may be copied behind the
 *  last one. Never fails; room is advice (see pst_room). */
static inline void pst_put(struct pst_instance *me, struct pst_queue *q,
			   struct pst_slice *s)
{
	me->core->put(me, q, s);
}

/** Append a copy of data[length] with `flags` on its last slice (TEXT, BINARY,
 *  HEAD and CONTROL on each). Returns 0 or PST_MEMORY with nothing put. */
PST_MUST_CHECK static inline int pst_write(struct pst_instance *me,
					   struct pst_queue *q,
					   const void *data, size_t length,
					   uint32_t flags)
{
	return me->core->write(me, q, data, length, flags);
}

/** Take the first slice. Owned; NULL when the queue is empty. */
static inline struct pst_slice *pst_take(struct pst_instance *me,
					 struct pst_queue *q)
{
	return me->core->take(me, q);
}

/** Take the first `n` > 0 bytes of the first slice, or all of it when it has
 *  no more. The rest stays, with its own flags; EOM goes with the last part.
 *  Owned; NULL when the queue is empty or memory ran out. */
static inline struct pst_slice *pst_cut(struct pst_instance *me,
					struct pst_queue *q, size_t n)
{
	return me->core->cut(me, q, n);
}

/** Drop the first `n` <= q->bytes bytes of payload, over slices. A slice that
 *  becomes empty goes, with its flags. */
static inline void pst_consume(struct pst_instance *me, struct pst_queue *q,
			       size_t n)
{
	me->core->consume(me, q, n);
}

/** Make the first `n` bytes of payload contiguous. Returns them, borrowed
 *  until the queue changes; NULL when fewer are queued, a HEAD or CONTROL
 *  or a message's end stands before the n-th, or memory ran out. */
static inline uint8_t *pst_pullup(struct pst_instance *me, struct pst_queue *q,
				  size_t n)
{
	return me->core->pullup(me, q, n);
}

/** Move slices from the front of `from` to the back of `to`, whole ones and
 *  without copying, until `max` bytes of payload are passed or `from` is
 *  empty (SIZE_MAX: everything). The end is not moved: see pst_pass.
 *  Returns the bytes moved. */
static inline size_t pst_move(struct pst_instance *me, struct pst_queue *to,
			      struct pst_queue *from, size_t max)
{
	return me->core->move(me, to, from, max);
}

/** Bytes that may be put into `q` before its direction is full. At 0 stop
 *  producing; the layer is stepped again when there is room. A put may pass
 *  it by one slice. What only moves on (pst_move, pst_pass) needs no room: it
 *  is charged to the direction already. While nothing is queued ahead of `q`
 *  there is always room for a segment. Of an input: what may still arrive
 *  while nothing of it is taken. */
static inline size_t pst_room(struct pst_instance *me, struct pst_queue *q)
{
	return me->core->room(me, q);
}

/** End `q` after what is queued. The first end stands; `why` is the class
 *  that goes with CUT and RESET. */
static inline void pst_end(struct pst_instance *me, struct pst_queue *q,
			   enum pst_end end, enum pst_class why)
{
	me->core->end(me, q, end, why);
}

/** Move everything from one queue to the next, and the end after it: what a
 *  layer does with a direction that it leaves alone. */
static inline void pst_pass(struct pst_instance *me, struct pst_queue *to,
			    struct pst_queue *from)
{
	me->core->move(me, to, from, SIZE_MAX);
	if (pst_ended(from) && to->end == PST_END_OPEN) {
		me->core->end(me, to, (enum pst_end)from->end,
			      (enum pst_class)from->end_class);
	}
}

/** Put a control record. text[length] is cut at 123 bytes. Returns 0 or
 *  PST_MEMORY. */
PST_MUST_CHECK static inline int
pst_put_control(struct pst_instance *me, struct pst_queue *q,
		enum pst_control_kind kind, enum pst_class reason,
		uint16_t code, const void *text, size_t length)
{
	uint64_t record[(sizeof(struct pst_control) + 128) / 8];
	struct pst_control *c = (struct pst_control *)(void *)record;

	length = length > 123 ? 123 : length;
	c->kind = (uint8_t)kind;
	c->reason = (uint8_t)reason;
	c->code = code;
	c->text_length = (uint32_t)length;
	if (length != 0) {
		__builtin_memcpy(c->text, text, length);
	}
	return me->core->write(me, q, c, sizeof(*c) + length, PST_CONTROL);
}

/* -- the instance ------------------------------------------------------ */

/** Say why this layer fails; then return PST_STEP_ERROR. `code` is the
 *  layer's own (an alert, a close code, a status; 0: none). The first
 *  failure of a session is the one that is logged. [H] */
PST_PRINTF(4, 5)
static inline void pst_fail(struct pst_instance *me, enum pst_class why,
			    unsigned code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	me->core->fail(me, why, code, fmt, ap);
	va_end(ap);
}

/** Log one line about this instance; the core adds who it is. [H] */
PST_PRINTF(3, 4)
static inline void pst_log(struct pst_instance *me, enum pst_log_level level,
			   const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	me->core->log(me, level, fmt, ap);
	va_end(ap);
}

/** Add to the metric at `index` of the layer's table. [H] */
static inline void pst_count(struct pst_instance *me, uint32_t index,
			     int64_t add)
{
	me->core->count(me, index, add);
}

/** Call timeout(id) `ms` from now, once; 0 cancels; id 0..3. [L] */
static inline void pst_timer(struct pst_instance *me, uint32_t id, uint64_t ms)
{
	me->core->timer(me, id, ms);
}

/** Ask for a step. [L] */
static inline void pst_wake(struct pst_instance *me)
{
	me->core->wake(me);
}

/** Milliseconds on the clock that timers use; never goes back. [H] */
static inline uint64_t pst_now_ms(struct pst_instance *me)
{
	return me->core->now_ms(me);
}

/** Seconds since 1970, for certificates and dates. [H] */
static inline int64_t pst_wall_clock(struct pst_instance *me)
{
	return me->core->wall_clock(me);
}

/** Set an attribute from the layer's table to a copy of value[length]; length
 *  0 removes it. "ID.waits_for" of a layer that is not up is told when the
 *  opening takes too long. Returns 0 or PST_MEMORY. [H] */
static inline int pst_attribute_set(struct pst_instance *me, const char *key,
				    const char *value, size_t length,
				    enum pst_provenance how)
{
	return me->core->attribute_set(me, key, value, length, how);
}

/** The nearest value of `key` in this stack at or below this layer (a
 *  service: in the front stack), terminated, borrowed for the call; NULL when
 *  nobody set it. `how_out` may be NULL. [L] */
static inline const char *pst_attribute_get(struct pst_instance *me,
					    const char *key,
					    enum pst_provenance *how_out)
{
	return me->core->attribute_get(me, key, how_out);
}

/** The address of this machine in the connection below: "192.0.2.1",
 *  "2001:db8::1", into text[size] (46 bytes suffice). Asked of the system each
 *  time. Returns 0; PST_INVALID: it is no connection over IP, or the core is
 *  too old to tell. [H] */
PST_MUST_CHECK static inline int pst_local_address(struct pst_instance *me,
						   char *text, size_t size)
{
	if (me->core->size <= offsetof(struct pst_core, local_address)) {
		return PST_INVALID;
	}
	return me->core->local_address(me, text, size);
}

/** The session's first failure: its class, and its sentence in `*text_out`
 *  (may be NULL; borrowed for the call). CLEAN when nothing failed. [L] */
static inline enum pst_class pst_reason(struct pst_instance *me,
					const char **text_out)
{
	return me->core->reason(me, text_out);
}

#ifdef __cplusplus
}
#endif
#endif
