/* SPDX-License-Identifier: MIT */
/* Who the processes that run plugins are. */
#ifndef CORE_PRIVILEGES_H
#define CORE_PRIVILEGES_H

#include "diag.h"

#include <stdbool.h>
#include <sys/types.h>

/** What user and group of the configuration come to. */
struct identity {
	bool change; /* false: stay who we are */
	uid_t uid;
	gid_t gid;
	char user[64]; /* for supplementary groups; "": none */
};

enum privileges_kept {
	PRIVILEGES_NONE,
	PRIVILEGES_READ /* may still read any file: for the checker */
};

/** Look up `user` and `group` (each may be NULL). Returns 0, or PST_CONFIG
 *  with a diagnosis: unknown, or not ours to become. With `check_only` it does
 *  not matter who we are. */
PST_MUST_CHECK int identity_find(const char *user, const char *group,
                                 bool check_only, struct identity *out,
                                 struct diag *d);

/** Become `who` for good: no way back, no new privileges by exec. Returns 0,
 *  or PST_IO with errno set; then the process must end. */
PST_MUST_CHECK int privileges_drop(const struct identity *who,
                                   enum privileges_kept kept);

/** Raise the limit of open descriptors to what the system allows; returns it,
 *  0 when it is unknown. */
unsigned long descriptors_raise(void);

#endif
