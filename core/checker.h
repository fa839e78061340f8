/* SPDX-License-Identifier: MIT */
/* The checker: a forked, unprivileged process that loads the plugins and builds
 * the whole gateway once, so that neither a bad configuration nor a bad plugin
 * reaches those that serve. What it finds comes back over a socket. */
#ifndef CORE_CHECKER_H
#define CORE_CHECKER_H

#include "diag.h"
#include "gateway.h"
#include "sockets.h"

#include <stdbool.h>
#include <stdint.h>

struct checker; /* one check under way */

/** What a check leaves. */
struct checked {
	int generation;                  /* sealed memory; -1: there is none */
	struct listen_request *requests; /* one per listener, in order; owned */
	size_t request_count;
	struct expiry *expiries; /* what ends one day; owned */
	size_t expiry_count;
	bool same;     /* files were asked for, and none has changed: there is
	                * nothing else in here */
	void **memory; /* owned: what strings stand in */
	size_t memory_count;
};

/** What is to be checked. All borrowed for the call. */
struct check_order {
	const char *path; /* of the configuration */
	int generation;   /* -1; or a sealed one: its settings instead of those
	                   * at `path`, with the files as they are now */
	const uint8_t *seed; /* to be kept; NULL: a new one */
	bool seal;           /* false: only look (`penstock check`) */
};

/** Start to check. Owned; NULL with a diagnosis. */
struct checker *checker_start(const struct check_order *order, struct diag *d);
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
PST_MUST_CHECK int checker_run(const struct check_order *order, struct diag *d,
                               struct checked *checked_out);
void checked_finish(struct checked *c);

#endif
