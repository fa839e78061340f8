/* SPDX-License-Identifier: MIT */
/* Settings of the service `proxy`. */
#ifndef PROXY_CONF_H
#define PROXY_CONF_H

#include "proxy_fields.h"
#include "proxy_forward.h"
#include "proxy_path.h"
#include "proxy_peers.h"
#include "proxy_response.h"
#include "proxy_via.h"

#include <penstock/option.h>
#include <penstock/setup.h>
#include <stdbool.h>

/** What the URL of a connect pipeline says of requests. */
struct proxy_back {
	const char *path; /* as written; NULL: none, paths pass */
	char *authority;  /* owned; "": the pipeline has no URL */
	size_t room;      /* bytes of both */
};

/** What the back-end is told as Host. */
enum proxy_host {
	PROXY_HOST_GIVEN, /* `host` of struct proxy_conf */
	PROXY_HOST_KEEP,  /* what the client said */
	PROXY_HOST_BACK   /* the back-end's own authority */
};

struct proxy_conf {
	/* requests */
	const char *host;
	const char *via_name;
	struct pst_list allow_in_path;
	struct pst_list trusted_peers;
	struct pst_list set_request_fields;
	struct pst_list add_request_fields;
	struct pst_list remove_request_fields;
	uint64_t buffer_request; /* bytes; 0: not */
	uint32_t forwarded;      /* enum proxy_forward_how */
	uint32_t x_forwarded;    /* likewise */
	uint32_t trace;          /* 1: passed on */
	/* derived */
	enum proxy_host host_from;
	size_t host_length;
	unsigned allowed; /* enum proxy_path_oddity */
	struct proxy_via via;
	struct proxy_peers trusted;
	struct proxy_fields request_fields;
	struct proxy_forward_rules forward;
	struct proxy_back *back; /* owned; of each connect pipeline */
	uint32_t back_count;
	bool maps; /* some back has a path */
	struct proxy_response_conf response;
};

extern const struct pst_option proxy_options[];

int proxy_conf_init(void *conf, struct pst_setup *setup);
void proxy_conf_finish(void *conf);
void proxy_conf_explain(const void *conf, struct pst_setup *setup);

/** The halves. Each reports its own errors. */
PST_MUST_CHECK int proxy_request_conf_init(struct proxy_conf *c,
                                           struct pst_setup *setup);
void proxy_request_conf_finish(struct proxy_conf *c);
void proxy_request_conf_explain(const struct proxy_conf *c,
                                struct pst_setup *setup);
PST_MUST_CHECK int proxy_response_conf_init(struct proxy_conf *c,
                                            struct pst_setup *setup);
void proxy_response_conf_finish(struct proxy_conf *c);
void proxy_response_conf_explain(const struct proxy_conf *c,
                                 struct pst_setup *setup);

#endif
