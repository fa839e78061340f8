/* SPDX-License-Identifier: MIT */
/* Settings of the http layer. */
#ifndef HTTP_CONF_H
#define HTTP_CONF_H

#include "h1_text.h"
#include "http_admit.h"
#include "http_identity.h"

#include <penstock/layer.h>

struct http_conf {
	const char *host; /* accept: the one served; connect: Host to send */
	const char *path; /* accept: the prefix served; core reads it */
	uint64_t max_head;
	uint64_t max_line;
	int64_t max_fields;
	uint64_t header_timeout;    /* ms, 0: none */
	uint64_t body_timeout;      /* ms, 0: none */
	uint64_t min_rate;          /* bytes/s, 0: none */
	uint64_t min_rate_time;     /* ms */
	uint64_t keepalive_timeout; /* ms, 0: none */
	uint64_t response_timeout;  /* ms, 0: none */
	int64_t max_requests;       /* 0: no limit */
	int64_t keep_connections;   /* (connect) idle ones, at most */
	uint64_t keep_timeout;      /* (connect) ms, 0: none */
	struct pst_list identity_fields;
	struct http_admit admit; /* (accept) */
	/* derived */
	struct http_identity identity;
	struct h1_limits limits;
	bool plain; /* (accept) the URL promises no secure hop */
	char *authority; /* (connect) the URL's host[:port]; owned, may be NULL */
};

extern const struct pst_option http_options[];

int http_conf_init(void *conf, struct pst_setup *setup);
void http_conf_finish(void *conf);
/** A head must be seen whole. */
uint64_t http_conf_lookahead(const void *conf);

#endif
