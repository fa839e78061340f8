/* SPDX-License-Identifier: MIT */
/* A service: decides what happens with an offered front stream.
 * Extension pst.service/1. */
#ifndef PENSTOCK_SERVICE_H
#define PENSTOCK_SERVICE_H

#include <penstock/layer.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PST_EXTENSION_SERVICE "pst.service/1"

enum pst_service_flag {
	PST_SERVICE_CONNECTS = 1, /* needs at least one connect pipeline */
	PST_SERVICE_TUNNELS = 2   /* takes the CONNECT requests of its address,
	                           * whatever they name, and as the only one;
	                           * once it has accepted one, what the front
	                           * carries is bytes, and joins as such */
};

/** What became of a back stream. */
enum pst_back {
	PST_BACK_UP = 1,  /* its opening is complete */
	PST_BACK_REFUSED  /* it failed: see pst_reason */
};

/** The answer to an offer. */
struct pst_answer {
	uint32_t size;
	uint32_t accept;        /* 1: accept; 0: refuse */
	enum pst_class reason;  /* refuse: why */
	uint32_t head_length;   /* bytes of head; 0: none */
	const struct pst_head *head; /* accept: fields to add to the opening's
	                              * answer; of CONNECT the response that
	                              * grants it (upgrade_by CONNECT); refuse:
	                              * the response to give */
	const char *text;       /* refuse: one sentence; may be NULL */
	const void *body;       /* refuse: behind the head, to its EOM */
	uint32_t body_length;   /* bytes, as the head says */
	uint32_t reserved;
};

/** A service type. Static and constant in the plugin. */
struct pst_service {
	uint32_t size;
	uint32_t flags;  /* enum pst_service_flag */
	const char *id;  /* the configuration's `type` */
	const char *help;
	uint32_t shapes; /* enum pst_shape: what the front may offer */
	uint32_t state_size;
	uint32_t conf_size;
	uint32_t option_stride;
	const struct pst_option *options;
	const struct pst_metric *metrics;
	uint32_t metric_stride;
	uint32_t reserved;

	/** [M] As for a layer. */
	int (*conf_init)(void *conf, struct pst_setup *setup);
	void (*conf_finish)(void *conf);
	/** [L] The front stream offers. With exchanges, the request's HEAD is the
	 *  first slice of io->rx_in. Call pst_service_connect, pst_answer or
	 *  both, now or later; or return nonzero after pst_fail to refuse. */
	int (*offer)(struct pst_instance *me, struct pst_io *io);
	/** [L] The back stream of connect pipeline `index` is up or refused. */
	int (*back)(struct pst_instance *me, uint32_t index,
		    enum pst_back what);
	/** [L] rx_in: what the front received; tx_out: what it shall send.
	 *  Called when one changes, after the answer and without a join.
	 *  Returns OK, MORE, or ERROR after pst_fail. NULL: joins only. */
	enum pst_step (*step)(struct pst_instance *me, struct pst_io *io);
	void (*timeout)(struct pst_instance *me, uint32_t id);
	/** [L] Exactly once after offer. */
	void (*close)(struct pst_instance *me, enum pst_close why);
	/** [L] A head is about to pass the join of two hops with exchanges: of
	 *  `from` ACCEPT the request and its trailers, of CONNECT interim and
	 *  final responses and their trailers. `head` is owned by the service,
	 *  and so is what it returns by the core: the same slice, or another
	 *  with a head of the same kind; the core sets EOM as it was. NULL,
	 *  after pst_fail, aborts the exchange. May be NULL: heads pass. */
	struct pst_slice *(*head)(struct pst_instance *me, enum pst_role from,
				  struct pst_slice *head);
	/** [M] Tell penstock explain what the settings come to, with
	 *  pst_explain. May be NULL. */
	void (*conf_explain)(const void *conf, struct pst_setup *setup);
	/** [L] An exchange that is not answered, or joined without a final
	 *  response so far, comes to its end: the back stream broke, a time limit
	 *  passed, this process shuts down. pst_reason has the sentence. The
	 *  service may call pst_service_respond; else, or when this is NULL, the
	 *  layer that speaks the front's protocol finds words for `why`. */
	void (*lost)(struct pst_instance *me, enum pst_class why);
};

/** What to tell the client of a back stream that failed for `why`. What this end
 *  would not accept from the back-end (its certificate, its protocol) is no
 *  fault of the client: to it the back-end cannot be reached. Pure. */
static inline enum pst_class pst_class_for_client(enum pst_class why)
{
	return why == PST_CLASS_POLICY || why == PST_CLASS_PROTOCOL ||
			       why == PST_CLASS_CLEAN
		       ? PST_CLASS_UNREACHABLE
		       : why;
}

/** Open a back stream by connect pipeline `index`; `back` is called later.
 *  Cancelled with the session. Returns 0, or a failure that was reported. */
static inline int pst_service_connect(struct pst_instance *me, uint32_t index)
{
	return me->core->service_connect(me, index);
}

/** Answer the offer, once. Shapes without an opening to answer take an
 *  acceptance as it is; a refusal ends the front with `reason`. A refused
 *  exchange gets the head and body of the answer, or words of the layer that
 *  speaks its protocol. */
static inline void pst_service_answer(struct pst_instance *me,
				      const struct pst_answer *answer)
{
	me->core->service_answer(me, answer);
}

/** Let the core pump between front and back stream until both end. The
 *  service is not stepped any more. Returns 0 or PST_INVALID. */
static inline int pst_service_join(struct pst_instance *me)
{
	return me->core->service_join(me);
}

/** Give the exchange a response of the service's own, with body[length] as
 *  its head says: within `lost`, and within `head` in place of the final
 *  response that it was called for, which is then freed and NULL returned.
 *  The rest of the back-end's is dropped. Returns 0, PST_INVALID (neither of
 *  these moments) or PST_MEMORY. */
PST_MUST_CHECK static inline int
pst_service_respond(struct pst_instance *me, const struct pst_head *head,
		    const void *body, size_t length)
{
	return me->core->service_respond(me, head, body, length);
}

/** Within `head`, for a final response: keep what it returns until `bytes` of
 *  the body have come, all of it, or as much as high_water lets wait. When
 *  the back stream breaks before that, the client has seen nothing, and `lost`
 *  is called. */
static inline void pst_service_hold(struct pst_instance *me, uint64_t bytes)
{
	me->core->service_hold(me, bytes);
}

#ifdef __cplusplus
}
#endif
#endif
