/* SPDX-License-Identifier: MIT */
/* A parsed URL, as layers see it while they are configured. */
#ifndef PENSTOCK_URL_H
#define PENSTOCK_URL_H

#include <stdint.h>

/**
 * scheme://host:port/path?query. Strings are terminated, owned by the
 * pipeline and borrowed while the conf lives.
 *
 * host  lower case; IPv6 without brackets; "" for a unix URL; where clients
 *       come in also "*.name": all hosts below it
 * port  the scheme's default where none was written; 0 where it has none
 * path  "/" where none was written; for a unix URL the socket's path
 * query without "?"; "" where none was written
 */
struct pst_url {
	const char *scheme;
	const char *host;
	const char *path;
	const char *query;
	const char *text; /* as written */
	uint16_t port;
	uint8_t host_is_address; /* host is an IP literal */
	uint8_t reserved[5];
};

#endif
