/* SPDX-License-Identifier: MIT */
/* The names and protocols that a place answers to, and last words for those who
 * ask for others. */
#include "tls_route.h"

#include "tls_conf.h"
#include "tls_hello.h"

#include <stdlib.h>
#include <string.h>

enum {
	ALERT_LENGTH = 7,
	EXPLAINED = 8 /* names that explain shows */
};

/* Add one name, checked; a first label "*" stands for any. */
static int add_name(struct tls_route *route, struct pst_setup *setup,
                    const char *text)
{
	bool wild = strncmp(text, "*.", 2) == 0;
	struct tls_name name;
	const char *why;
	size_t length;
	char *copy;

	if (tls_name_parse(wild ? text + 2 : text, &name, &why) != PST_OK) {
		pst_error(setup, "sni", "\"%s\" %s", text, why);
		return PST_CONFIG;
	}
	if (name.address_length != 0) {
		pst_error(setup, "sni",
		          "\"%s\" is an address, and clients ask for host "
		          "names only (RFC 6066 3); leave it out",
		          text);
		return PST_CONFIG;
	}
	length = strlen(name.text) + (wild ? 2 : 0) + 1;
	copy = malloc(length);
	if (copy == NULL) {
		pst_error(setup, "sni", "memory ran out");
		return PST_CONFIG;
	}
	memcpy(copy, "*.", wild ? 2 : 0);
	memcpy(copy + (wild ? 2 : 0), name.text, strlen(name.text) + 1);
	route->names[route->name_count++] = copy;
	return PST_OK;
}

/* The URL's host, where clients can ask for it. */
static const char *url_name(const struct pst_setup *setup)
{
	const struct pst_url *url = setup->url;

	return url == NULL || url->host_is_address != 0 || url->host[0] == '\0'
	               ? NULL
	               : url->host;
}

int tls_route_init(struct tls_conf *conf, struct pst_setup *setup)
{
	struct tls_route *route = &conf->route;
	const char *host = url_name(setup);
	const char *const *items = route->sni.item;
	size_t count = route->sni.count, i;

	if (setup->role != PST_ACCEPT) {
		return PST_OK;
	}
	if (count == 0 && host != NULL) {
		items = &host;
		count = 1;
	}
	if (count == 0) {
		return PST_OK;
	}
	route->names = calloc(count, sizeof(*route->names));
	if (route->names == NULL) {
		pst_error(setup, "sni", "memory ran out");
		return PST_CONFIG;
	}
	for (i = 0; i < count; i++) {
		if (add_name(route, setup, items[i]) != PST_OK) {
			return PST_CONFIG;
		}
	}
	return PST_OK;
}

void tls_route_finish(struct tls_route *route)
{
	uint32_t i;

	for (i = 0; i < route->name_count; i++) {
		free(route->names[i]);
	}
	free(route->names);
	route->names = NULL;
	route->name_count = 0;
}

void tls_route_explain(const struct tls_conf *conf, struct pst_setup *setup)
{
	const struct tls_route *route = &conf->route;
	uint32_t i;

	for (i = 0; i < route->name_count && i < EXPLAINED; i++) {
		pst_explain(setup, "sni", "%s", route->names[i]);
	}
	if (i < route->name_count) {
		pst_explain(setup, "sni", "and %u more", route->name_count - i);
	}
	if (route->is_default) {
		pst_explain(setup, "sni", "any other, and none");
	}
}

static const char *name(const void *state, struct pst_setup *setup, uint32_t n)
{
	const struct tls_conf *conf = state;

	(void)setup;
	return n < conf->route.name_count ? conf->route.names[n] : NULL;
}

static const char *protocol(const void *state, struct pst_setup *setup,
                            uint32_t n)
{
	const struct tls_conf *conf = state;

	(void)setup;
	return n < conf->alpn.names.count ? conf->alpn.names.item[n] : NULL;
}

static bool is_default(const void *state, struct pst_setup *setup)
{
	const struct tls_conf *conf = state;

	(void)setup;
	return conf->route.is_default;
}

static gnutls_alert_description_t alert_for(enum pst_route_miss why)
{
	switch (why) {
	case PST_ROUTE_NO_NAME:
		return GNUTLS_A_UNRECOGNIZED_NAME;
	case PST_ROUTE_NO_PROTOCOL:
		return GNUTLS_A_NO_APPLICATION_PROTOCOL;
	}
	return GNUTLS_A_HANDSHAKE_FAILURE;
}

static size_t last_words(enum pst_route_miss why, uint8_t *out, size_t room)
{
	/* RFC 8446 5.1 and 6: in the clear, nothing is negotiated yet */
	const uint8_t record[ALERT_LENGTH] = {
		TLS_RECORD_ALERT,       3, 3, 0, 2, GNUTLS_AL_FATAL,
		(uint8_t)alert_for(why)};

	if (room < sizeof(record)) {
		return 0;
	}
	memcpy(out, record, sizeof(record));
	return sizeof(record);
}

const struct pst_route tls_route_record = {
	.size = sizeof(struct pst_route),
	.lookahead = TLS_ROUTE_LOOKAHEAD,
	.layer = "tls",
	.name = name,
	.protocol = protocol,
	.is_default = is_default,
	.peek = tls_route_peek,
	.last_words = last_words,
};
