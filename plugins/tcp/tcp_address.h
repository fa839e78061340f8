/* SPDX-License-Identifier: MIT */
/* Address text of sockets: "host:port", "[v6]:port", "port", "unix:/path". */
#ifndef TCP_ADDRESS_H
#define TCP_ADDRESS_H

#include <penstock/endpoint.h>
#include <stdbool.h>

#define TCP_HOST_MAX 255 /* a name, or IPv6 with a zone */
#define TCP_PATH_MAX 107 /* sun_path without its end */

struct tcp_address {
	uint32_t family; /* of a literal or unix:; PST_FAMILY_ANY for names */
	uint16_t port;
	bool literal;                /* host is an IP address */
	char host[TCP_HOST_MAX + 1]; /* without brackets; "" is any address */
	char path[TCP_PATH_MAX + 1]; /* PST_FAMILY_UNIX */
};

enum tcp_address_form {
	TCP_BIND,   /* the host may be left out: "9000", "*:9000" */
	TCP_CONNECT /* host and port are both needed */
};

/**
 * Take the address `text` apart.
 *
 * address_out  written only on success
 * why_out      on failure a sentence that says what to write instead
 * Errors       PST_CONFIG
 * Context      pure; any thread
 */
PST_MUST_CHECK int tcp_address_parse(const char *text,
                                     enum tcp_address_form form,
                                     struct tcp_address *address_out,
                                     const char **why_out);

/** PST_FAMILY_IPV4 or PST_FAMILY_IPV6 when host[length] is such an address
 *  (IPv6 without brackets, a zone allowed), else PST_FAMILY_ANY. */
uint32_t tcp_address_family(const char *host, size_t length);

/** Check a socket's path and say what is wrong with it; NULL: nothing. */
const char *tcp_path_fault(const char *path);

#endif
