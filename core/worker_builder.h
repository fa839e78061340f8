/* SPDX-License-Identifier: MIT */
/* The builder: the one thread of a worker that runs [M] functions while the loop
 * and the helper serve. It builds generations and frees them. */
#ifndef CORE_WORKER_BUILDER_H
#define CORE_WORKER_BUILDER_H

#include "worker_generation.h"

#include <stdint.h>

struct loop;
struct registry;
struct worker_builder;

/** What became of a build. */
struct worker_build {
	uint32_t number;
	struct worker_generation *generation; /* owned by who is told; NULL: it
	                                       * failed */
	struct diag d;                        /* why; borrowed */
};

/** `built` is called on the loop. Its thread starts with the first job. NULL on
 *  memory. */
struct worker_builder *worker_builder_create(
	struct loop *loop, struct registry *registry, struct counters *counters,
	void *owner, void (*built)(void *owner, struct worker_build *build));
/** Waits for the job that runs. Results that nobody was told are freed. */
void worker_builder_destroy(struct worker_builder *b);

/** Build generation `number` from the sealed `fd`; takes ownership of `fd`,
 *  also on failure. Returns 0, PST_MEMORY, or PST_IO: there is no thread. */
PST_MUST_CHECK int worker_builder_build(struct worker_builder *b,
                                        uint32_t number, int fd);
/** Free a generation without users; takes ownership. */
void worker_builder_free(struct worker_builder *b, struct worker_generation *g);

/** Wait for the job that runs, and begin no other until worker_builder_go. */
void worker_builder_hold(struct worker_builder *b);
void worker_builder_go(struct worker_builder *b);

/** What a build begins with, on this thread: from a sealed `fd` (borrowed) to
 *  configuration and gateway, both owned by the caller. Returns 0, or a failure
 *  that `d` tells. */
PST_MUST_CHECK int worker_build_gateway(int fd, struct registry *registry,
                                        struct diag *d,
                                        struct configuration **c_out,
                                        struct gateway **gateway_out);

#endif
