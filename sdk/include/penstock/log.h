/* SPDX-License-Identifier: MIT */
/* Log levels. Lines are lower case, without a full stop, with key=value tails;
 * never payload, never key material. */
#ifndef PENSTOCK_LOG_H
#define PENSTOCK_LOG_H

enum pst_log_level {
	PST_LOG_ERROR = 0, /* something is lost; somebody must act */
	PST_LOG_WARNING,   /* works, but not as it should */
	PST_LOG_INFO,      /* one line per stream; start, stop, reload */
	PST_LOG_DEBUG      /* each step of an opening; for one connection at a time */
};

#endif
