/* SPDX-License-Identifier: MIT */
/* What the checker says to its parent: records in packets of a socket. */
#ifndef CORE_CHECK_WIRE_H
#define CORE_CHECK_WIRE_H

#include "checker.h"

#define CHECK_PACKET_MAX 16384 /* bytes; longer diagnoses are cut */

enum check_record {
	CHECK_DIAGNOSIS = 1, /* level, text */
	CHECK_LISTENER,      /* a request */
	CHECK_EXPIRY,        /* when, text */
	CHECK_SAME,          /* no file has changed; nothing else follows */
	CHECK_DONE           /* the configuration is good; may carry the
	                      * generation's descriptor */
};

/** The first bytes of each packet. */
struct check_header {
	uint32_t record; /* enum check_record */
	uint32_t level;  /* enum pst_log_level, of a diagnosis */
};

/** Each sends one packet. Returns 0 or PST_IO. [the checker] */
PST_MUST_CHECK int check_send_diagnosis(int fd, const struct diag_entry *e);
PST_MUST_CHECK int check_send_listener(int fd, const struct listen_request *r);
PST_MUST_CHECK int check_send_expiry(int fd, const struct expiry *e);
PST_MUST_CHECK int check_send_same(int fd);
PST_MUST_CHECK int check_send_done(int fd, int generation);

/** Receive one packet of at most CHECK_PACKET_MAX bytes. Returns its size, 0
 *  at the end, PST_AGAIN, PST_IO. A descriptor that came with it is owned by
 *  the caller, else -1. */
PST_MUST_CHECK int check_receive(int fd, void *packet, int *fd_out);
/** Append the request in the packet's body to `checked`. Returns 0,
 *  PST_INVALID, PST_MEMORY. Nothing in it is trusted. */
PST_MUST_CHECK int check_take_listener(struct checked *checked,
                                       const void *body, size_t size);

/** Likewise what ends one day. */
PST_MUST_CHECK int check_take_expiry(struct checked *checked, const void *body,
                                     size_t size);

#endif
