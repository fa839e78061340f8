/* SPDX-License-Identifier: MIT */
/* An endpoint: the bottom of a pipeline. The plugin describes sockets; the
 * core makes, reads and writes them. Extension pst.endpoint/1. */
#ifndef PENSTOCK_ENDPOINT_H
#define PENSTOCK_ENDPOINT_H

#include <penstock/option.h>
#include <penstock/setup.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PST_EXTENSION_ENDPOINT "pst.endpoint/1"
#define PST_SOCKET_OPTIONS_MAX 16

enum pst_family {
	PST_FAMILY_ANY = 0, /* IPv4 and IPv6, as the host resolves */
	PST_FAMILY_IPV4,
	PST_FAMILY_IPV6,
	PST_FAMILY_UNIX
};

enum pst_socket_when {
	PST_SOCKET_LISTEN = 1,   /* on the listening socket, before bind */
	PST_SOCKET_ACCEPTED = 2, /* on each accepted one */
	PST_SOCKET_CONNECT = 4   /* before connect */
};

/** An integer socket option to set. A failure is an error at start and a
 *  failed connection later. */
struct pst_socket_option {
	int level;     /* IPPROTO_TCP */
	int name;      /* TCP_NODELAY */
	int value;
	uint32_t when; /* enum pst_socket_when */
	const char *label; /* "TCP_NODELAY", for messages */
};

/** What kind of socket to make. Strings are borrowed from conf or URL. */
struct pst_socket_plan {
	uint32_t size;
	uint32_t family;     /* enum pst_family */
	const char *host;    /* name or address; "" or NULL: any address */
	const char *path;    /* PST_FAMILY_UNIX */
	const char *source;  /* connect: local address to bind; NULL: any */
	const char *owner;   /* unix: "user[:group]"; NULL: leave */
	uint32_t port;
	uint32_t mode;       /* unix: permission bits; UINT32_MAX: leave */
	uint32_t backlog;
	uint32_t v6only;     /* 1: an IPv6 socket takes no IPv4 */
	uint32_t option_count;
	uint32_t reserved;
	struct pst_socket_option option[PST_SOCKET_OPTIONS_MAX];
};

/** A kind of endpoint. Static and constant in the plugin. */
struct pst_endpoint {
	uint32_t size;
	uint32_t roles;    /* enum pst_role */
	const char *id;
	const char *help;
	uint32_t above;    /* enum pst_shape */
	uint32_t provides; /* enum pst_provides */
	uint32_t conf_size;
	uint32_t option_stride;
	const struct pst_option *options;
	int (*conf_init)(void *conf, struct pst_setup *setup); /* as a layer's */
	void (*conf_finish)(void *conf);
	/** [M] Fill in `plan_out` (zeroed, size set). Returns 0, or PST_CONFIG
	 *  after pst_error. Called after conf_init. */
	int (*plan)(const void *conf, struct pst_setup *setup,
		    struct pst_socket_plan *plan_out);
};

#ifdef __cplusplus
}
#endif
#endif
