/* SPDX-License-Identifier: MIT */
/* The checker: a forked, unprivileged process that loads the plugins and builds
 * the whole gateway once, so that neither a bad configuration nor a bad plugin
 * reaches those that serve. What it finds comes back over a socket. */
#ifndef CORE_CHECKER_H
#define CORE_CHECKER_H

#include "diag.h"
#include "sockets.h"

#include <stdbool.h>
#include <stdint.h>

struct checker; /* one check under way */

/** What a check leaves. */
struct checked {
	int generation;                  /* sealed memory; -1: there is none */
	struct listen_request *requests; /* one per listener, in order; owned */
	size_t request_count;
	void **memory; /* owned: what the requests' strings stand in */
	size_t memory_count;
};

/**
 * Start to check the configuration at `path`.
 *
 * seal     false: only look (`penstock check`), no generation is made
 * seed     PST_SEED_SIZE bytes that the generation keeps; NULL: new ones
 * Returns  owned; NULL with a diagnosis
 */
struct checker *checker_start(const char *path, bool seal, const uint8_t *seed,
                              struct diag *d);
/** Readable when checker_read has something to do. */
int checker_fd(const struct checker *c);
/** When to give up, on the monotonic clock in ms. */
uint64_t checker_deadline(const struct checker *c);
/**
 * Take what the checker has said so far, without waiting.
 *
 * d            gets its diagnoses, and its death if it died
 * checked_out  written when the check is over, in any case
 * Returns      PST_AGAIN; 0: the configuration is good; PST_CONFIG: it is not
 */
PST_MUST_CHECK int checker_read(struct checker *c, struct diag *d,
                                struct checked *checked_out);
/** Kill it if it still runs. NULL is accepted. */
void checker_destroy(struct checker *c);

/** All of it at once, waiting. As checker_read, but never PST_AGAIN. */
PST_MUST_CHECK int checker_run(const char *path, bool seal, struct diag *d,
                               struct checked *checked_out);
void checked_finish(struct checked *c);

#endif
