/* SPDX-License-Identifier: MIT */
/* Checks of the settings of `ws`, and what a request is made of. */
#include "ws.h"

#include <penstock/origin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int check_deflate(struct ws_conf *conf, struct pst_setup *setup)
{
	struct ws_deflate *want = &conf->deflate_want;
	struct ws_zip_effort *effort = &conf->deflate_effort;
	size_t memory;

	want->send.bits = (uint8_t)conf->deflate_window_bits;
	want->send.forgets = !conf->deflate_context;
	want->receive.bits = (uint8_t)conf->deflate_peer_window_bits;
	want->receive.forgets = !conf->deflate_peer_context;
	effort->level = (uint8_t)conf->deflate_level;
	effort->memory = (uint8_t)conf->deflate_memory_level;
	memory = ws_zip_memory(want, effort);
	if (conf->deflate && memory > conf->deflate_memory) {
		pst_error(setup, "deflate_memory",
		          "%llu bytes are less than the %zu that these "
		          "settings take; lower deflate_window_bits, "
		          "deflate_peer_window_bits or deflate_memory_level",
		          (unsigned long long)conf->deflate_memory, memory);
		return PST_CONFIG;
	}
	return PST_OK;
}

static int check_subprotocols(const struct ws_conf *conf,
                              struct pst_setup *setup)
{
	const struct pst_list *l = &conf->subprotocols;
	int r = PST_OK;
	size_t i, j;

	for (i = 0; i < l->count; i++) {
		if (!ws_is_token(l->item[i], strlen(l->item[i]))) {
			pst_error(setup, "subprotocols",
			          "\"%s\" is not a token (RFC 9110 5.6.2); "
			          "write one name per item",
			          l->item[i]);
			r = PST_CONFIG;
		}
		for (j = 0; j < i; j++) {
			if (strcmp(l->item[i], l->item[j]) == 0) {
				pst_error(setup, "subprotocols",
				          "\"%s\" is there twice; remove one",
				          l->item[i]);
				r = PST_CONFIG;
			}
		}
	}
	return r;
}

static int check_origins(const struct ws_conf *conf, struct pst_setup *setup)
{
	int r = PST_OK;
	size_t i;

	for (i = 0; i < conf->origins.count; i++) {
		const char *fault = pst_origin_fault(conf->origins.item[i]);

		if (fault != NULL) {
			pst_error(setup, "origins", "\"%s\" %s",
			          conf->origins.item[i], fault);
			r = PST_CONFIG;
		}
	}
	return r;
}

static bool port_is_usual(const struct pst_url *url)
{
	if (strcmp(url->scheme, "ws") == 0 ||
	    strcmp(url->scheme, "http") == 0) {
		return url->port == 80;
	}
	if (strcmp(url->scheme, "wss") == 0 ||
	    strcmp(url->scheme, "https") == 0) {
		return url->port == 443;
	}
	return url->port == 0;
}

/* RFC 6455 4.1: host, and the port when it is not the scheme's own. */
static char *authority_of(const struct pst_url *url)
{
	bool v6 = strchr(url->host, ':') != NULL;
	size_t size = strlen(url->host) + sizeof("[]:65535");
	char *text = malloc(size);
	int n;

	if (text == NULL) {
		return NULL;
	}
	n = snprintf(text, size, "%s%s%s", v6 ? "[" : "", url->host,
	             v6 ? "]" : "");
	if (!port_is_usual(url)) {
		snprintf(text + n, size - (size_t)n, ":%u", url->port);
	}
	return text;
}

static char *target_of(const struct pst_url *url)
{
	size_t size = strlen(url->path) + strlen(url->query) + 2;
	char *text = malloc(size);

	if (text != NULL) {
		snprintf(text, size, "%s%s%s", url->path,
		         url->query[0] != '\0' ? "?" : "", url->query);
	}
	return text;
}

static bool visible(const char *text, const char *but)
{
	for (; *text != '\0'; text++) {
		if (*text <= ' ' || *text > '~' || strchr(but, *text) != NULL) {
			return false;
		}
	}
	return true;
}

static int make_host(struct ws_conf *conf, struct pst_setup *setup)
{
	if (conf->host == NULL && setup->url == NULL) {
		pst_error(setup, "host",
		          "missing: a pipeline written as layers must say "
		          "which host the request names; write ws = { host = "
		          "\"example.com\"; }");
		return PST_CONFIG;
	}
	conf->authority = conf->host != NULL ? strdup(conf->host)
	                                     : authority_of(setup->url);
	if (conf->authority == NULL) {
		pst_error(setup, NULL, "memory ran out");
		return PST_CONFIG;
	}
	if (conf->authority[0] == '\0' || !visible(conf->authority, "/@?#")) {
		pst_error(setup, conf->host != NULL ? "host" : NULL,
		          "\"%s\" is not a host; write \"name[:port]\"",
		          conf->authority);
		return PST_CONFIG;
	}
	return PST_OK;
}

static int make_target(struct ws_conf *conf, struct pst_setup *setup)
{
	if (conf->path != NULL) {
		conf->target = strdup(conf->path);
	} else {
		conf->target = setup->url != NULL ? target_of(setup->url)
		                                  : strdup("/");
	}
	if (conf->target == NULL) {
		pst_error(setup, NULL, "memory ran out");
		return PST_CONFIG;
	}
	if (conf->target[0] != '/' || !visible(conf->target, "#")) {
		pst_error(setup, conf->path != NULL ? "path" : NULL,
		          "\"%s\" is not a path; it begins with \"/\" and has "
		          "no spaces, no \"#\" and ASCII only",
		          conf->target);
		return PST_CONFIG;
	}
	return PST_OK;
}

/* Does an item of the list speak of Cookie? */
static bool names_cookie(const struct pst_list *list)
{
	static const char name[] = "cookie";
	const size_t n = sizeof(name) - 1;
	size_t i;

	for (i = 0; i < list->count; i++) {
		const char *item = list->item[i];

		if (strncasecmp(item, name, n) == 0 &&
		    (item[n] == '\0' || item[n] == '=' || item[n] == ':')) {
			return true;
		}
	}
	return false;
}

static int check_cookies(const struct ws_conf *conf, struct pst_setup *setup)
{
	if (conf->forward_cookies.count != 0 &&
	    (names_cookie(&conf->forward_fields) ||
	     names_cookie(&conf->set_fields))) {
		pst_error(setup, "forward_cookies",
		          "Cookie stands in forward_fields or set_fields too, "
		          "and a request has one; remove it there");
		return PST_CONFIG;
	}
	return PST_OK;
}

static int check_rules(struct ws_conf *conf, struct pst_setup *setup)
{
	int failed = ws_rules_make(&conf->forward, &conf->forward_fields, setup,
	                           "forward_fields");

	failed |= ws_rules_make(&conf->back, &conf->return_fields, setup,
	                        "return_fields");
	failed |= ws_fields_check(&conf->set_fields, setup, "set_fields");
	failed |= check_cookies(conf, setup);
	failed |=
		ws_map_check(&conf->subprotocol_map, setup, "subprotocol_map");
	if (conf->subprotocol_map.count != 0 && !conf->forward_subprotocols) {
		pst_error(setup, "subprotocol_map",
		          "maps nothing without forward_subprotocols = true");
		failed = PST_CONFIG;
	}
	if (conf->forward_path != NULL && conf->forward_path[0] != '/') {
		pst_error(setup, "forward_path",
		          "\"%s\" is not a path; it begins with \"/\"",
		          conf->forward_path);
		failed = PST_CONFIG;
	}
	return failed != 0 ? PST_CONFIG : PST_OK;
}

int ws_conf_init(void *state, struct pst_setup *setup)
{
	struct ws_conf *conf = state;
	int failed = 0;

	failed |= check_subprotocols(conf, setup);
	failed |= check_origins(conf, setup);
	failed |= check_deflate(conf, setup);
	failed |= check_rules(conf, setup);
	if (conf->max_message != 0 && conf->max_frame > conf->max_message) {
		pst_error(setup, "max_frame",
		          "is larger than max_message, so it limits nothing; "
		          "remove it");
		failed = PST_CONFIG;
	}
	if (conf->ping_timeout != 0 && conf->ping_interval == 0 &&
	    conf->inactivity_timeout == 0) {
		pst_error(setup, "ping_timeout",
		          "times nothing where no ping is sent; set "
		          "ping_interval too");
		failed = PST_CONFIG;
	}
	if (setup->role == PST_CONNECT) {
		failed |= make_host(conf, setup);
		failed |= make_target(conf, setup);
	}
	return failed != 0 ? PST_CONFIG : PST_OK;
}

void ws_conf_finish(void *state)
{
	struct ws_conf *conf = state;

	free(conf->authority);
	free(conf->target);
	ws_rules_finish(&conf->forward);
	ws_rules_finish(&conf->back);
	conf->authority = conf->target = NULL;
}

void ws_conf_explain(const void *state, struct pst_setup *setup)
{
	const struct ws_conf *conf = state;

	if (setup->role == PST_CONNECT) {
		pst_explain(setup, "request", "GET %s at %s", conf->target,
		            conf->authority);
	}
}
