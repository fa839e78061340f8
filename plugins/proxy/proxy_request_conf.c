/* SPDX-License-Identifier: MIT */
/* Settings of what the service `proxy` does to requests: checked. */
#include "proxy_conf.h"

#include <penstock/layer.h>
#include <stdlib.h>
#include <string.h>

static int init_allowed(struct proxy_conf *c, struct pst_setup *setup)
{
	static const struct {
		const char *name;
		unsigned bit;
	} known[] = {{"dots", PROXY_PATH_DOTS},
	             {"slashes", PROXY_PATH_SLASHES},
	             {"empty", PROXY_PATH_EMPTY},
	             {"letters", PROXY_PATH_PLAIN}};
	int result = PST_OK;
	size_t i, k;

	for (i = 0; i < c->allow_in_path.count; i++) {
		const char *text = c->allow_in_path.item[i];
		unsigned bit = 0;

		for (k = 0; k < sizeof(known) / sizeof(known[0]); k++) {
			bit |= strcmp(text, known[k].name) == 0 ? known[k].bit
			                                        : 0;
		}
		if (bit == 0) {
			pst_error(setup, "allow_in_path",
			          "\"%s\" is none of dots, slashes, empty and "
			          "letters",
			          text);
			result = PST_CONFIG;
		}
		c->allowed |= bit;
	}
	return result;
}

static bool is_host_char(char c)
{
	return pst_is_token_char((uint8_t)c) || strchr(":[]", c) != NULL;
}

static enum proxy_host host_from(const char *host)
{
	return strcmp(host, "keep") == 0   ? PROXY_HOST_KEEP
	       : strcmp(host, "back") == 0 ? PROXY_HOST_BACK
	                                   : PROXY_HOST_GIVEN;
}

static int init_host(struct proxy_conf *c, struct pst_setup *setup)
{
	size_t i;

	c->host_from = host_from(c->host);
	c->host_length = strlen(c->host);

	for (i = 0; c->host[i] != '\0'; i++) {
		if (!is_host_char(c->host[i])) {
			break;
		}
	}
	if (i == 0 || c->host[i] != '\0') {
		pst_error(setup, "host",
		          "\"%s\" is no host; write \"keep\", \"back\", or a "
		          "name or address with or without a port",
		          c->host);
		return PST_CONFIG;
	}
	for (i = 0; i < setup->connect_count; i++) {
		if (c->host_from == PROXY_HOST_BACK &&
		    c->back[i].authority[0] == '\0') {
			pst_error(setup, "host",
			          "\"back\" is the host of the connect URL, "
			          "and a connect pipeline has none; give it a "
			          "URL, or write the host here");
			return PST_CONFIG;
		}
	}
	return PST_OK;
}

/* host[:port] of a URL as it was written, without user information. */
static const char *authority_of(const struct pst_url *url, size_t *length_out)
{
	const char *p = strstr(url->text, "://");
	const char *at;

	*length_out = 0;
	if (p == NULL || url->host[0] == '\0') {
		return "";
	}
	p += 3;
	*length_out = strcspn(p, "/?#");
	at = memchr(p, '@', *length_out);
	if (at != NULL) {
		*length_out -= (size_t)(at + 1 - p);
		p = at + 1;
	}
	return p;
}

/* A URL that ends with its authority says nothing of paths. */
static const char *path_of(const struct pst_url *url)
{
	size_t length;
	const char *authority = authority_of(url, &length);

	return length != 0 && authority[length] == '/' ? url->path : NULL;
}

static bool is_exchanges(const struct pst_hop *hop)
{
	return hop->shape == PST_SHAPE_EXCHANGES;
}

static int init_back(struct proxy_back *b, const struct pst_hop *hop,
                     struct pst_setup *setup)
{
	const char *authority = "";
	size_t length = 0;

	if (hop->url != NULL) {
		authority = authority_of(hop->url, &length);
		b->path = path_of(hop->url);
	}
	if (hop->url != NULL && is_exchanges(hop) &&
	    hop->url->query[0] != '\0') {
		pst_error(setup, NULL,
		          "the connect URL \"%s\" has a query, but requests "
		          "have their own; remove it",
		          hop->url->text);
		return PST_CONFIG;
	}
	b->authority = calloc(1, length + 1);
	if (b->authority == NULL) {
		return PST_MEMORY;
	}
	memcpy(b->authority, authority, length);
	b->room = length + (b->path == NULL ? 0 : strlen(b->path));
	return PST_OK;
}

static int init_backs(struct proxy_conf *c, struct pst_setup *setup)
{
	int result = PST_OK, r;
	uint32_t i;

	c->back = calloc(setup->connect_count + 1u, sizeof(*c->back));
	if (c->back == NULL) {
		return PST_MEMORY;
	}
	c->back_count = setup->connect_count;
	for (i = 0; i < c->back_count; i++) {
		r = init_back(&c->back[i], &setup->connects[i], setup);
		if (r == PST_MEMORY) {
			return r;
		}
		result = r != PST_OK ? r : result;
		c->maps = c->maps || c->back[i].path != NULL;
	}
	return result;
}

static int init_fields(struct proxy_conf *c, struct pst_setup *setup)
{
	const struct proxy_field_list lists[] = {
		{"remove_request_fields", &c->remove_request_fields,
	         PROXY_FIELD_REMOVE},
		{"set_request_fields", &c->set_request_fields, PROXY_FIELD_SET},
		{"add_request_fields", &c->add_request_fields,
	         PROXY_FIELD_ADD}};

	return proxy_fields_make(&c->request_fields, lists,
	                         sizeof(lists) / sizeof(lists[0]), setup);
}

static int init_forward(struct proxy_conf *c, struct pst_setup *setup)
{
	c->forward.forwarded = (enum proxy_forward_how)c->forwarded;
	c->forward.x_forwarded = (enum proxy_forward_how)c->x_forwarded;
	c->forward.fields = &c->request_fields;
	return proxy_peers_make(&c->trusted, &c->trusted_peers, "trusted_peers",
	                        setup);
}

static int init_via(struct proxy_conf *c, struct pst_setup *setup)
{
	int result = proxy_via_init(&c->via, c->via_name, setup);

	if (result == PST_OK && c->via.name[0] == '\0' &&
	    c->response.via_response) {
		pst_error(setup, "via_response",
		          "via = \"off\" leaves no name to write into "
		          "responses; give one, or remove via_response");
		return PST_CONFIG;
	}
	return result;
}

static int check_buffer(const struct proxy_conf *c, struct pst_setup *setup)
{
	uint32_t i;

	for (i = 0; i < setup->accept_count; i++) {
		const struct pst_hop *hop = &setup->accepts[i];

		if (hop->high_water != 0 &&
		    c->buffer_request > hop->high_water) {
			pst_error(setup, "buffer_request",
			          "%llu bytes are more than high_water of the "
			          "accept hop lets wait (%llu); raise "
			          "high_water there, or lower buffer_request",
			          (unsigned long long)c->buffer_request,
			          (unsigned long long)hop->high_water);
			return PST_CONFIG;
		}
	}
	return PST_OK;
}

/* Other shapes have no requests. */
static int check_use(const struct proxy_conf *c, struct pst_setup *setup)
{
	const struct {
		const char *name;
		bool set;
	} options[] = {
		{"host", c->host_from != PROXY_HOST_KEEP},
		{"allow_in_path", c->allow_in_path.count != 0},
		{"via", strcmp(c->via_name, "penstock") != 0},
		{"trace", c->trace != 0},
		{"trusted_peers", c->trusted_peers.count != 0},
		{"forwarded", c->forwarded != PROXY_FORWARD_DROP},
		{"x_forwarded", c->x_forwarded != PROXY_FORWARD_APPEND},
		{"set_request_fields", c->set_request_fields.count != 0},
		{"add_request_fields", c->add_request_fields.count != 0},
		{"remove_request_fields", c->remove_request_fields.count != 0},
		{"buffer_request", c->buffer_request != 0}};
	int result = PST_OK;
	uint32_t i;

	for (i = 0; i < setup->accept_count; i++) {
		if (setup->accepts[i].shape == PST_SHAPE_NONE ||
		    is_exchanges(&setup->accepts[i])) {
			return PST_OK;
		}
	}
	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (options[i].set && setup->accept_count != 0) {
			pst_error(setup, options[i].name,
			          "it is for requests, and no accept hop of "
			          "this service ends with http; remove it");
			result = PST_CONFIG;
		}
	}
	return result;
}

static int worse(int a, int b)
{
	return a == PST_MEMORY || b == PST_OK ? a : b;
}

int proxy_request_conf_init(struct proxy_conf *c, struct pst_setup *setup)
{
	int result = init_backs(c, setup);

	if (result != PST_MEMORY) {
		result = worse(result, init_host(c, setup));
	}
	result = worse(result, init_allowed(c, setup));
	result = worse(result, init_via(c, setup));
	result = worse(result, init_fields(c, setup));
	result = worse(result, init_forward(c, setup));
	result = worse(result, check_buffer(c, setup));
	result = worse(result, check_use(c, setup));
	if (result == PST_MEMORY) {
		pst_error(setup, NULL, "memory ran out");
	}
	return result;
}

void proxy_request_conf_finish(struct proxy_conf *c)
{
	uint32_t i;

	for (i = 0; i < c->back_count; i++) {
		free(c->back[i].authority);
	}
	free(c->back);
	c->back = NULL;
	c->back_count = 0;
	proxy_fields_finish(&c->request_fields);
	proxy_peers_finish(&c->trusted);
}
