/* SPDX-License-Identifier: MIT */
/* What the service `proxy` does to requests, in words. */
#include "proxy_conf.h"

#include <inttypes.h>
#include <penstock/layer.h>
#include <stdio.h>
#include <string.h>

/* A text that grows until it is full. */
struct text {
	char at[512];
	size_t length;
};

PST_PRINTF(2, 3)
static void append(struct text *t, const char *fmt, ...)
{
	size_t room = sizeof(t->at) - t->length;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->at + t->length, room, fmt, ap);
	va_end(ap);
	t->length += n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
}

static bool is_exchanges(const struct pst_hop *hop)
{
	return hop->shape == PST_SHAPE_EXCHANGES;
}

static void explain_path(struct pst_setup *setup, const struct pst_hop *front,
                         const struct pst_hop *hop,
                         const struct proxy_back *back)
{
	const char *to = hop->url == NULL ? hop->layers : hop->url->text;
	const char *from = front->path;
	const struct proxy_path_map map = {from, back->path};
	size_t head, skip;
	char below[256];

	(void)snprintf(below, sizeof(below), "%s%sx", from,
	               from[strlen(from) - 1] == '/' ? "" : "/");
	if (back->path == NULL) {
		pst_explain(setup, "paths", "%s as it is, to %s", below, to);
		return;
	}
	proxy_path_apply(&map, below, strlen(below), &head, &skip);
	pst_explain(setup, "paths", "%s becomes %.*s%s, to %s", below,
	            (int)head, back->path, below + skip, to);
}

static void explain_paths(const struct proxy_conf *c, struct pst_setup *setup)
{
	uint32_t i, k;

	for (i = 0; i < setup->accept_count; i++) {
		for (k = 0; k < c->back_count; k++) {
			if (is_exchanges(&setup->accepts[i])) {
				explain_path(setup, &setup->accepts[i],
				             &setup->connects[k], &c->back[k]);
			}
		}
	}
}

static void explain_odd(const struct proxy_conf *c, struct pst_setup *setup)
{
	static const struct {
		unsigned bit;
		const char *name;
	} all[] = {{PROXY_PATH_DOTS, "dot segments"},
	           {PROXY_PATH_SLASHES, "encoded slashes"},
	           {PROXY_PATH_EMPTY, "empty segments"},
	           {PROXY_PATH_PLAIN, "encoded letters"}};
	struct text refused = {.length = 0}, passed = {.length = 0};
	size_t i;

	append(&refused, "encoded NUL");
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		bool pass = (c->allowed & all[i].bit) != 0;

		append(pass ? &passed : &refused, "%s%s",
		       pass && passed.length == 0 ? "" : ", ", all[i].name);
	}
	pst_explain(setup, "refused in paths", "%s", refused.at);
	if (passed.length != 0) {
		pst_explain(setup, "allowed in paths",
		            "%s: to the back-end it may be another path",
		            passed.at);
	}
}

static void explain_host(const struct proxy_conf *c, struct pst_setup *setup)
{
	uint32_t i;

	switch (c->host_from) {
	case PROXY_HOST_GIVEN:
		pst_explain(setup, "host", "%s", c->host);
		break;
	case PROXY_HOST_KEEP:
		pst_explain(setup, "host", "the client's");
		break;
	case PROXY_HOST_BACK:
		for (i = 0; i < c->back_count; i++) {
			pst_explain(setup, "host", "%s", c->back[i].authority);
		}
		break;
	}
}

static const char *how(enum proxy_forward_how how, bool trusting)
{
	switch (how) {
	case PROXY_FORWARD_APPEND:
		return trusting ? "behind what trusted peers sent, in place "
		                  "of what others did"
		                : "in place of what the client sent";
	case PROXY_FORWARD_REPLACE:
		return "in place of what anybody sent";
	case PROXY_FORWARD_DROP:
		return "none, whoever sent it";
	case PROXY_FORWARD_PASS:
		return "as anybody sent it";
	}
	return "";
}

static void explain_forward(const struct proxy_conf *c, struct pst_setup *setup)
{
	bool trusting = c->trusted.count != 0;
	struct text peers = {.length = 0};
	size_t i;

	pst_explain(setup, "X-Forwarded-*", "%s",
	            how(c->forward.x_forwarded, trusting));
	pst_explain(setup, "Forwarded", "%s",
	            how(c->forward.forwarded, trusting));
	for (i = 0; i < c->trusted_peers.count; i++) {
		append(&peers, "%s%s", i == 0 ? "" : ", ",
		       c->trusted_peers.item[i]);
	}
	if (trusting) {
		pst_explain(setup, "trusted peers", "%s", peers.at);
	}
}

/* Names alone: a value may be a secret. */
static void explain_fields(const struct proxy_conf *c, struct pst_setup *setup)
{
	static const char *const words[] = {[PROXY_FIELD_SET] = "set",
	                                    [PROXY_FIELD_ADD] = "add",
	                                    [PROXY_FIELD_REMOVE] = "remove"};
	struct text t = {.length = 0};
	size_t i;

	for (i = 0; i < c->request_fields.count; i++) {
		const struct proxy_field *f = &c->request_fields.rule[i];

		append(&t, "%s%s %.*s%s", i == 0 ? "" : ", ", words[f->action],
		       (int)f->name_length, f->name, f->prefix ? "*" : "");
	}
	if (t.length != 0) {
		pst_explain(setup, "request fields", "%s", t.at);
	}
}

static bool has_exchanges(const struct pst_setup *setup)
{
	uint32_t i;

	for (i = 0; i < setup->accept_count; i++) {
		if (is_exchanges(&setup->accepts[i])) {
			return true;
		}
	}
	return false;
}

void proxy_request_conf_explain(const struct proxy_conf *c,
                                struct pst_setup *setup)
{
	if (!has_exchanges(setup)) {
		return;
	}
	explain_paths(c, setup);
	explain_odd(c, setup);
	explain_host(c, setup);
	if (c->via.name[0] != '\0') {
		pst_explain(setup, "via", "%s; what has it already gets 508",
		            c->via.name);
	} else {
		pst_explain(setup, "via", "off; loops are not seen");
	}
	pst_explain(setup, "TRACE", "%s",
	            c->trace == 0 ? "refused with 405"
	                          : "goes to the back-end");
	explain_forward(c, setup);
	explain_fields(c, setup);
	if (c->buffer_request != 0) {
		pst_explain(setup, "requests wait",
		            "for %" PRIu64 " bytes of body, or their end",
		            c->buffer_request);
	}
}
