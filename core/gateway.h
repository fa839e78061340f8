/* SPDX-License-Identifier: MIT */
/* The checked configuration as the machine runs it: services, their pipelines
 * and the listener tree. Built once per generation, then read-only. */
#ifndef CORE_GATEWAY_H
#define CORE_GATEWAY_H

#include "bridge_conf.h"

#include <penstock/endpoint.h>
#include <penstock/layer.h>
#include <penstock/mux.h>
#include <penstock/route.h>
#include <penstock/scheme.h>
#include <penstock/service.h>
#include <penstock/url.h>
#include <stdbool.h>
#include <stdint.h>

struct arena;
struct conf_value;
struct diag;
struct file_store;
struct options;
struct registry;
struct resources;
struct setup;
struct worker_generation;

/** One layer at one place in one pipeline. */
struct placed_layer {
	const char *id;
	const struct pst_layer *layer;       /* NULL for the endpoint */
	const struct pst_mux *mux;           /* when the layer is one */
	const struct pst_endpoint *endpoint; /* only at index 0 */
	const struct pst_route *route;       /* when the layer has one */
	void *conf;                          /* owned */
	const char *file;                    /* where its group stands */
	unsigned line;
	uint32_t provides;      /* enum pst_provides, per this conf */
	uint64_t digest[2];     /* of id and settings without ROUTE and STREAM
	                         * options */
	struct pst_setup setup; /* kept for conf_explain */
	struct setup *place;    /* what plugins are given: its first member is a
	                         * struct pst_setup, equal to the one above */
	uint32_t note;          /* its id in struct doing; a worker sets it */
	bool begun;             /* conf_init was called */
};

/** The core's own limits for one hop. Times in ms, 0 is off; sizes in bytes.
 *  Filled from option rows in hop_options (hop_options.c). */
struct hop_limits {
	uint64_t
		connect_timeout; /* connect hop: until the socket is connected */
	uint64_t opening_timeout; /* until every layer is up; traffic does not
	                           * extend it */
	uint64_t idle_timeout;    /* no payload in either direction */
	uint64_t close_timeout;   /* to end: see session_ended */
	uint64_t lifetime;        /* of a stream, whatever it does */
	uint64_t high_water;      /* memory held per direction of a session */
	int64_t max_connections;  /* accept hop: at once, per worker; 0: off */
	bool splice; /* let the kernel move bytes: see splice.h */
};

struct pipeline {
	enum pst_role role;
	struct service_conf *service;
	unsigned index; /* among the service's pipelines of this role */
	const char *file;
	unsigned line;
	struct pst_url url;          /* url.text is NULL for a list of layers */
	bool url_secure;             /* the scheme promises a secure hop */
	unsigned count;              /* of layers */
	struct placed_layer *layers; /* bottom first */
	int mux;                     /* index of the mux layer; -1: none */
	uint32_t top;                /* enum pst_shape at the top: one bit */
	uint32_t provides; /* union over the stack; HALF_CLOSE: all of it */
	uint32_t headroom; /* bytes, summed */
	uint32_t tailroom;
	struct hop_limits limits;
	struct hop_bridge bridge;
	struct pst_socket_plan plan;
	const char *
		route_host; /* ROUTE options "host" and "path" of the mux, or */
	const char *route_path;    /* the URL's; host "" takes any host */
	const char *route_meaning; /* of route_path: see route_path.h */
	char *description;         /* "tcp, tls, http, ws" */
	const char *path;          /* "services.quotes.accept" */
	const struct options *hop; /* that filled limits and bridge */
	bool whole; /* nothing about it is wrong */
	bool bridges; /* it has messages, and the other hop has bytes */
};

struct service_conf {
	const char *name;
	const char *file;
	unsigned line;
	unsigned index;
	const struct pst_service *type;
	void *conf;
	struct pst_setup setup;
	unsigned accept_count, connect_count;
	struct pipeline **accept, **connect;
	const char *path;    /* "services.quotes" */
	struct setup *place; /* as a layer's; NULL without a type */
	bool begun;          /* conf_init was called */
	uint32_t note;       /* its name in struct doing; a worker sets it */
	uint32_t type_note;  /* likewise, its type's id */
	struct worker_generation *generation; /* likewise: the one it is of */
};

/** CONNECT requests of its address are for it. */
static inline bool service_tunnels(const struct service_conf *s)
{
	return s != NULL && s->type != NULL &&
	       (s->type->flags & PST_SERVICE_TUNNELS) != 0;
}

/** One target above a listener's mux. */
struct route {
	const char *host; /* lower case, without port; "": any */
	const char *path; /* prefix: whole segments of what paths mean */
	struct pipeline *pipeline;
};

/** Services of one listener with the same layers and settings up to their mux:
 *  who was let in here reaches these and no others. */
struct sni_node {
	struct pipeline *lower; /* whose layers up to the mux the trunk uses */
	unsigned route_count;
	struct route *routes; /* by host, then the longest path first */
	const struct route *tunnel; /* takes CONNECT; NULL: nobody does */
	unsigned elsewhere_count;
	const char *const *elsewhere; /* hosts below its wildcards that other
	                               * nodes serve, sorted */
	unsigned name_count;
	const char *const *names; /* that lead here; none: every name */
	unsigned protocol_count;
	const char *const *protocols; /* none: what the others do not take */
};

/** What clients of one name find, by protocol. */
struct listener_name {
	const char *name; /* lower case, its first label may be "*"; "": of no
	                   * name in particular */
	unsigned node_count;
	struct sni_node **nodes; /* in the order of the services */
};

/** One address to listen on. With more than one node a connection waits at the
 *  door (door.h) until it has said which one it wants. */
struct listener {
	struct pst_socket_plan plan; /* of the first pipeline on it */
	struct placed_layer *endpoint;
	char *address; /* "0.0.0.0:9000", "[::]:443", "unix:/run/x" */
	unsigned index;
	unsigned node_count;
	struct sni_node *nodes; /* the first pipeline's is the first */
	unsigned name_count;
	struct listener_name *names;          /* sorted by name */
	const struct listener_name *fallback; /* for no name and unknown ones;
	                                       * NULL: nobody takes them */
	unsigned look_count;
	struct placed_layer **looks; /* whose routes are asked at the door, in
	                              * this order; borrowed */
	size_t lookahead;            /* bytes that they may have to see */
	const char *how; /* the options that tell services apart, for words */
};

enum log_format {
	LOG_TEXT = 0,
	LOG_JSON = 1
};

/** The `penstock` group. Filled from option rows in gateway_options. */
struct gateway_settings {
	int64_t workers;        /* 0: one per processor */
	const char *user;       /* NULL: stay who we are */
	const char *group;      /* NULL: the user's */
	const char *log_file;   /* NULL: stderr */
	uint32_t log_format;    /* enum log_format */
	uint32_t log_level;     /* enum pst_log_level */
	uint64_t drain_timeout; /* ms, SIGTERM until connections are cut */
	struct pst_list
		plugin_path;  /* folders searched before the built-in one */
	int64_t max_heavy;    /* stacks that may wait for the helper */
	const char *pid_file; /* NULL: none */
	bool watch; /* files that options name */
	bool strict_permissions;
};

/** What ends one day, as plugins said while they were set up. */
struct expiry {
	int64_t when; /* seconds since 1970 */
	const char *text; /* "certificate gw.pem (CN=gw)" */
};

#define PST_SEED_SIZE 32u

struct gateway {
	struct gateway_settings settings;
	unsigned service_count;
	struct service_conf **services;
	unsigned listener_count;
	struct listener *listeners;
	struct resources *resources;
	struct expiry *expiries; /* owned; none in a checked gateway */
	size_t expiry_count;
	struct arena *memory; /* owned: all of the above */
};

struct gateway_params {
	const struct conf_value *root; /* borrowed while the gateway lives */
	struct registry *registry;     /* likewise */
	struct file_store *files;      /* likewise */
	const struct pst_core *core;   /* kept in setups */
	const struct gateway_settings *settings; /* copied */
	struct diag *diag;                       /* of the call */
	const uint8_t *seed; /* 32 bytes, copied; NULL: zeros */
	bool connect_only; /* services have connect pipelines, and no type */
	bool checked;      /* a checker has accepted all of it: build only what
	                    * is needed to serve */
	bool reload;       /* a gateway runs that this is to change */
};

/** Check the services against the plugins and build the gateway. Everything
 *  that is wrong is reported. configure.h has the whole way from a file.
 *  Returns 0; PST_CONFIG or PST_MEMORY, both diagnosed, with NULL. */
PST_MUST_CHECK int gateway_build(const struct gateway_params *params,
                                 struct gateway **gateway_out);
/** Calls conf_finish on every conf. NULL is accepted. */
void gateway_destroy(struct gateway *gateway);

#endif
