/* SPDX-License-Identifier: MIT */
/* Settings of the http layer: the option rows, and what they are checked for. */
#include "http_conf.h"

#include "h1_fields.h"
#include "h1_target.h"

#include <stdio.h>
#include <stdlib.h>

#define OFFSET(member) offsetof(struct http_conf, member)
/* Names that users of other gateways know a setting by. */
#define ELSEWHERE(known, hops, advice)                                    \
	{                                                                 \
		.name = (known), .type = PST_OPTION_STRING,               \
		.flags = (hops) | PST_OPTION_ELSEWHERE, .help = (advice), \
	}

const struct pst_option http_options[] = {
	{
		.name = "host",
		.type = PST_OPTION_STRING,
		.flags = PST_BOTH_HOPS | PST_OPTION_ROUTE,
		.offset = OFFSET(host),
		.help = "Accept: the host that is served here, \"*.name\" for "
			"all below it, \"\" for any; without it the URL's. "
			"Connect: the Host to send instead of the "
			"request's.",
	},
	{
		.name = "path",
		.type = PST_OPTION_STRING,
		.flags = PST_OPTION_ACCEPT | PST_OPTION_ROUTE,
		.offset = OFFSET(path),
		.help = "The path below which requests belong here; without "
			"it the URL's.",
	},
	{
		.name = "max_head",
		.type = PST_OPTION_SIZE,
		.flags = PST_BOTH_HOPS,
		.offset = OFFSET(max_head),
		.min = 256,
		.max = 65536,
		.initial = "16k",
		.unit = "bytes",
		.help = "The longest head, and trailer section, that is taken.",
	},
	{
		.name = "max_line",
		.type = PST_OPTION_SIZE,
		.flags = PST_BOTH_HOPS,
		.offset = OFFSET(max_line),
		.min = 64,
		.max = 65536,
		.initial = "8k",
		.unit = "bytes",
		.help = "The longest line of a head, the request line among "
			"them.",
	},
	{
		.name = "max_fields",
		.type = PST_OPTION_INT,
		.flags = PST_BOTH_HOPS,
		.offset = OFFSET(max_fields),
		.min = 1,
		.max = H1_FIELDS_MAX,
		.initial = "100",
		.unit = "fields",
		.help = "The most fields that a head may have.",
	},
	{
		.name = "header_timeout",
		.type = PST_OPTION_TIME,
		.flags = PST_OPTION_ACCEPT,
		.offset = OFFSET(header_timeout),
		.initial = "30s",
		.unit = "ms",
		.help = "How long a request's head may take from its first "
			"byte; then 408 is sent. 0 is for ever.",
	},
	{
		.name = "body_timeout",
		.type = PST_OPTION_TIME,
		.flags = PST_OPTION_ACCEPT,
		.offset = OFFSET(body_timeout),
		.initial = "60s",
		.unit = "ms",
		.help = "How long a client may pause within a request's body; "
			"then 408 is sent. 0 is for ever.",
	},
	{
		.name = "min_rate",
		.type = PST_OPTION_SIZE,
		.flags = PST_OPTION_ACCEPT,
		.offset = OFFSET(min_rate),
		.min = 0,
		.max = 1 << 30,
		.initial = "0",
		.unit = "bytes per second",
		.help = "The fewest bytes per second that a client may send of "
			"a request's body, or read of a response that waits "
			"for it; 0 is no limit.",
	},
	{
		.name = "min_rate_time",
		.type = PST_OPTION_TIME,
		.flags = PST_OPTION_ACCEPT,
		.offset = OFFSET(min_rate_time),
		.min = 1,
		.max = 3600000,
		.initial = "10s",
		.unit = "ms",
		.help = "The time over which min_rate is measured.",
	},
	{
		.name = "keepalive_timeout",
		.type = PST_OPTION_TIME,
		.flags = PST_OPTION_ACCEPT,
		.offset = OFFSET(keepalive_timeout),
		.initial = "30s",
		.unit = "ms",
		.help = "How long a connection may wait for its next request; "
			"0 is for ever.",
	},
	{
		.name = "response_timeout",
		.type = PST_OPTION_TIME,
		.flags = PST_OPTION_CONNECT,
		.offset = OFFSET(response_timeout),
		.initial = "60s",
		.unit = "ms",
		.help = "How long the back-end may take from the request's end "
			"to its response's head; 0 is for ever.",
	},
	{
		.name = "max_requests",
		.type = PST_OPTION_INT,
		.flags = PST_OPTION_ACCEPT,
		.offset = OFFSET(max_requests),
		.min = 0,
		.max = INT64_MAX,
		.initial = "0",
		.unit = "requests",
		.help = "How many requests one connection may bring; 0 is no "
			"limit.",
	},
	{
		.name = "keep_connections",
		.type = PST_OPTION_INT,
		.flags = PST_OPTION_CONNECT,
		.offset = OFFSET(keep_connections),
		.min = 0,
		.max = 65536,
		.initial = "128",
		.unit = "connections",
		.help = "How many connections to the back-end each worker may "
			"keep open for requests to come; 0 ends each after its "
			"one exchange.",
	},
	{
		.name = "keep_timeout",
		.type = PST_OPTION_TIME,
		.flags = PST_OPTION_CONNECT,
		.offset = OFFSET(keep_timeout),
		.initial = "4s",
		.unit = "ms",
		.help = "How long a kept connection may wait for its next "
			"request; less than the back-end grants, for it may "
			"end it just when a request is on its way (many "
			"grant 5 s). 0 is for ever.",
	},
	{
		.name = "identity_fields",
		.type = PST_OPTION_LIST,
		.flags = PST_OPTION_ACCEPT,
		.offset = OFFSET(identity_fields),
		.help = "Fields that tell the back-end who the client proved "
			"to be, \"Client-Cert-Subject: tls.peer.subject\"; "
			"what a client writes there itself is dropped.",
	},
	{
		.name = "methods",
		.type = PST_OPTION_LIST,
		.flags = PST_OPTION_ACCEPT | PST_OPTION_STREAM,
		.offset = OFFSET(admit.methods),
		.help = "The methods that requests may have here, HEAD with "
			"GET; others get 405, or 501 when nobody knows them. "
			"OPTIONS is among them where pages of other sites ask "
			"first. Without it every method is taken.",
	},
	{
		.name = "max_body",
		.type = PST_OPTION_SIZE,
		.flags = PST_OPTION_ACCEPT | PST_OPTION_STREAM,
		.offset = OFFSET(admit.max_body),
		.min = 0,
		.max = INT64_MAX,
		.initial = "0",
		.unit = "bytes",
		.help = "The longest body of a request; 413 is sent for a "
			"longer one, at once when its length is told, else "
			"when it is passed. 0 is no limit.",
	},
	{
		.name = "require_length",
		.type = PST_OPTION_BOOL,
		.flags = PST_OPTION_ACCEPT | PST_OPTION_STREAM,
		.offset = OFFSET(admit.require_length),
		.initial = "false",
		.help = "Whether a request with a body must tell its length; "
			"else it gets 411.",
	},
	ELSEWHERE("client_max_body_size", PST_OPTION_ACCEPT, "use max_body"),
	ELSEWHERE("client_header_timeout", PST_OPTION_ACCEPT,
                  "use header_timeout"),
	ELSEWHERE("client_body_timeout", PST_OPTION_ACCEPT, "use body_timeout"),
	ELSEWHERE("large_client_header_buffers", PST_OPTION_ACCEPT,
                  "use max_line and max_head"),
	ELSEWHERE("keepalive_requests", PST_OPTION_ACCEPT, "use max_requests"),
	ELSEWHERE("limit_except", PST_OPTION_ACCEPT, "use methods"),
	ELSEWHERE("server_name", PST_OPTION_ACCEPT, "use host"),
	ELSEWHERE("location", PST_OPTION_ACCEPT, "use path"),
	ELSEWHERE("proxy_read_timeout", PST_OPTION_CONNECT,
                  "use response_timeout"),
	ELSEWHERE("keepalive", PST_OPTION_CONNECT, "use keep_connections"),
	ELSEWHERE("keepalive_connections", PST_OPTION_CONNECT,
                  "use keep_connections"),
	{.name = NULL},
};

static int check_host(const struct http_conf *c, struct pst_setup *setup)
{
	bool accepts = setup->role == PST_ACCEPT, wild;
	struct h1_text authority, host;
	unsigned port;

	if (c->host == NULL || (accepts && c->host[0] == '\0')) {
		return PST_OK;
	}
	wild = accepts && strncmp(c->host, "*.", 2) == 0;
	host = h1_text_of(c->host + (wild ? 2 : 0),
	                  strlen(c->host + (wild ? 2 : 0)));
	if (h1_authority_parse(host, &authority, &port) &&
	    (port == 0 || !accepts) && !(wild && host.p[0] == '[')) {
		return PST_OK;
	}
	pst_error(setup, "host",
	          "\"%s\" is not a host%s; write a name, an IPv4 address or an "
	          "IPv6 address in brackets%s",
	          c->host, accepts ? "" : " with or without a port",
	          accepts ? ", or \"*.name\" for all hosts below it" : "");
	return PST_CONFIG;
}

static int check_path(const struct http_conf *c, struct pst_setup *setup)
{
	struct h1_target target;
	struct h1_error why;

	if (c->path == NULL ||
	    (c->path[0] == '/' && strchr(c->path, '?') == NULL &&
	     h1_target_parse(h1_text_of("GET", 3),
	                     h1_text_of(c->path, strlen(c->path)), &target,
	                     &why) == PST_OK)) {
		return PST_OK;
	}
	pst_error(setup, "path",
	          "\"%s\" is not the path of a URL; begin with \"/\", encode "
	          "what a URL must not have, and leave the query out",
	          c->path);
	return PST_CONFIG;
}

static int check_limits(struct http_conf *c, struct pst_setup *setup)
{
	c->limits.max_head = (uint32_t)c->max_head;
	c->limits.max_line = (uint32_t)c->max_line;
	c->limits.max_fields = (uint32_t)c->max_fields;
	if (c->max_line > c->max_head) {
		pst_error(setup, "max_line",
		          "%llu bytes are more than max_head allows (%llu); "
		          "raise max_head or lower max_line",
		          (unsigned long long)c->max_line,
		          (unsigned long long)c->max_head);
		return PST_CONFIG;
	}
	return PST_OK;
}

/* The URL's authority as it was written, without user information. */
static struct h1_text url_authority(const struct pst_url *url)
{
	const char *p = strstr(url->text, "://");
	struct h1_text t = {"", 0}, checked;
	unsigned port;
	size_t i;

	if (p == NULL) {
		return t;
	}
	t = h1_text_of(p + 3, strcspn(p + 3, "/?#"));
	for (i = t.n; i > 0; i--) {
		if (t.p[i - 1] == '@') {
			t = h1_text_of(t.p + i, t.n - i);
			break;
		}
	}
	if (!h1_authority_parse(t, &checked, &port)) {
		checked = h1_text_of("", 0);
	}
	return checked;
}

static int set_authority(struct http_conf *c, const struct pst_setup *setup)
{
	struct h1_text t = {"", 0};

	if (setup->role != PST_CONNECT) {
		return PST_OK;
	}
	if (c->host != NULL) {
		t = h1_text_of(c->host, strlen(c->host));
	} else if (setup->url != NULL && setup->url->text != NULL) {
		t = url_authority(setup->url);
	}
	c->authority = calloc(1, t.n + 1);
	if (c->authority == NULL) {
		return PST_MEMORY;
	}
	memcpy(c->authority, t.p, t.n);
	return PST_OK;
}

int http_conf_init(void *conf, struct pst_setup *setup)
{
	struct http_conf *c = conf;
	int host = check_host(c, setup), path = check_path(c, setup);
	int limits = check_limits(c, setup);
	int identity =
		http_identity_init(&c->identity, &c->identity_fields, setup);
	int admit = http_admit_init(&c->admit, setup);

	if (host != PST_OK || path != PST_OK || limits != PST_OK ||
	    identity != PST_OK || admit != PST_OK) {
		return PST_CONFIG;
	}
	c->plain = setup->url != NULL &&
	           (strcmp(setup->url->scheme, "http") == 0 ||
	            strcmp(setup->url->scheme, "ws") == 0);
	if (set_authority(c, setup) != PST_OK) {
		pst_error(setup, NULL, "memory ran out");
		return PST_CONFIG;
	}
	return PST_OK;
}

void http_conf_finish(void *conf)
{
	struct http_conf *c = conf;

	http_identity_finish(&c->identity);
	http_admit_finish(&c->admit);
	free(c->authority);
	c->authority = NULL;
}

uint64_t http_conf_lookahead(const void *conf)
{
	const struct http_conf *c = conf;

	return c->max_head;
}
