/* SPDX-License-Identifier: MIT */
/* The core's functions, handed to plugins as a table: a plugin links with
 * nothing of ours. layer.h and the others wrap each entry. */
#ifndef PENSTOCK_CORE_H
#define PENSTOCK_CORE_H

#include <penstock/control.h>
#include <penstock/instance.h>
#include <stdarg.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pst_setup;
struct pst_stream;
struct pst_answer;
struct pst_head;
struct pst_file;
struct pst_hop;
struct pst_answered;

/**
 * Threads: [M] while configuring: one at a time, perhaps beside the loop and
 *              the helper, which run the configuration of before  [L] the loop that runs the instance
 *          [H] also on the helper, within a heavy step  [*] any
 *
 * Contracts stand at the wrappers. `size` is sizeof this table as the core
 * knows it: a plugin made for a newer minor tests it before it uses an entry.
 */
struct pst_core {
	uint32_t size;
	uint32_t abi;
	const char *version;
	const void *(*extension)(const char *id); /* [*] NULL: unknown */

	/* memory and queues [H] */
	struct pst_slice *(*slice_new)(struct pst_instance *, size_t);
	void (*slice_free)(struct pst_slice *);
	void (*put)(struct pst_instance *, struct pst_queue *,
		    struct pst_slice *);
	int (*write)(struct pst_instance *, struct pst_queue *, const void *,
		     size_t, uint32_t);
	struct pst_slice *(*take)(struct pst_instance *, struct pst_queue *);
	struct pst_slice *(*cut)(struct pst_instance *, struct pst_queue *,
				 size_t);
	void (*consume)(struct pst_instance *, struct pst_queue *, size_t);
	uint8_t *(*pullup)(struct pst_instance *, struct pst_queue *, size_t);
	size_t (*move)(struct pst_instance *, struct pst_queue *,
		       struct pst_queue *, size_t);
	size_t (*room)(struct pst_instance *, struct pst_queue *);
	void (*end)(struct pst_instance *, struct pst_queue *, enum pst_end,
		    enum pst_class);

	/* the instance */
	void (*fail)(struct pst_instance *, enum pst_class, unsigned,
		     const char *, va_list);                    /* [H] */
	void (*log)(struct pst_instance *, enum pst_log_level, const char *,
		    va_list);                                  /* [H] */
	void (*count)(struct pst_instance *, uint32_t, int64_t); /* [H] */
	void (*timer)(struct pst_instance *, uint32_t, uint64_t); /* [L] */
	void (*wake)(struct pst_instance *);                     /* [L] */
	uint64_t (*now_ms)(struct pst_instance *);               /* [H] */
	int64_t (*wall_clock)(struct pst_instance *);            /* [H] */
	int (*attribute_set)(struct pst_instance *, const char *, const char *,
			     size_t, enum pst_provenance);       /* [H] */
	const char *(*attribute_get)(struct pst_instance *, const char *,
				     enum pst_provenance *);      /* [L] */
	enum pst_class (*reason)(struct pst_instance *, const char **); /* [L] */

	/* configuring [M] */
	void (*diagnose)(struct pst_setup *, enum pst_log_level, const char *,
			 const char *, va_list);
	int (*check_secret)(struct pst_setup *, const char *,
			    const struct pst_file *);
	void (*expires)(struct pst_setup *, int64_t, const char *, va_list);
	const uint8_t *(*seed)(struct pst_setup *);
	const void *(*find)(struct pst_setup *, const char *, const char *);

	/* muxes [L] */
	int (*stream_accept)(struct pst_instance *, const struct pst_head *,
			     struct pst_stream **);
	struct pst_stream *(*stream_next)(struct pst_instance *);
	void (*stream_done)(struct pst_instance *, struct pst_stream *);

	/* services [L] */
	int (*service_connect)(struct pst_instance *, uint32_t);
	void (*service_answer)(struct pst_instance *,
			       const struct pst_answer *);
	int (*service_join)(struct pst_instance *);

	/* between hops [L] */
	int (*tell)(struct pst_instance *, uint32_t, const void *, size_t);
	const void *(*told)(struct pst_instance *, uint32_t, size_t *);
	int (*hop)(struct pst_instance *, uint32_t, struct pst_hop *);

	/* services, once more [L] */
	int (*service_respond)(struct pst_instance *, const struct pst_head *,
			       const void *, size_t);
	void (*service_hold)(struct pst_instance *, uint64_t);

	/* the instance, once more [H] */
	int (*local_address)(struct pst_instance *, char *, size_t);

	/* muxes, once more [L] */
	void (*stream_answered)(struct pst_instance *, struct pst_stream *,
				const struct pst_answered *);
};

#ifdef __cplusplus
}
#endif
#endif
