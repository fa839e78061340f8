/* SPDX-License-Identifier: MIT */
/* The option rows of `tcp` and their checks. */
#include "tcp_conf.h"

#include <string.h>

#define UNIX_MODE 0660u

const char *const tcp_families[] = {"any", "ipv4", "ipv6", NULL};

#define AT(member) offsetof(struct tcp_conf, member)

const struct pst_option tcp_options[] = {
	{
		.name = "bind",
		.type = PST_OPTION_STRING,
		.flags = PST_OPTION_ACCEPT,
		.offset = AT(bind),
		.help = "Where to listen: \"address:port\", \"[v6]:port\", "
			"\"port\" or "
			"\"unix:/path\"; else the URL's host and port.",
	},
	{
		.name = "address",
		.type = PST_OPTION_STRING,
		.flags = PST_OPTION_CONNECT,
		.offset = AT(address),
		.help = "Where to connect: \"host:port\", \"[v6]:port\" or "
			"\"unix:/path\"; else the URL's host and port.",
	},
	{
		.name = "source",
		.type = PST_OPTION_STRING,
		.flags = PST_OPTION_CONNECT,
		.offset = AT(source),
		.help = "Local IP address to connect from.",
	},
	{
		.name = "family",
		.type = PST_OPTION_ENUM,
		.flags = PST_BOTH_HOPS,
		.offset = AT(family),
		.choices = tcp_families,
		.initial = "any",
		.help = "Which addresses of a name are used.",
	},
	{
		.name = "backlog",
		.type = PST_OPTION_INT,
		.flags = PST_OPTION_ACCEPT,
		.offset = AT(backlog),
		.min = 1,
		.max = 65535,
		.initial = "4096",
		.unit = "connections",
		.help = "How many connections may wait to be accepted.",
	},
	{
		.name = "nodelay",
		.type = PST_OPTION_BOOL,
		.flags = PST_BOTH_HOPS,
		.offset = AT(nodelay),
		.initial = "true",
		.help = "Send small segments at once (TCP_NODELAY).",
	},
	{
		.name = "keepalive",
		.type = PST_OPTION_BOOL,
		.flags = PST_BOTH_HOPS,
		.offset = AT(keepalive),
		.initial = "true",
		.help = "Probe silent connections (SO_KEEPALIVE).",
	},
	{
		.name = "keepalive_idle",
		.type = PST_OPTION_TIME,
		.flags = PST_BOTH_HOPS,
		.offset = AT(keepalive_idle),
		.min = 1000,
		.max = 32767000,
		.initial = "60s",
		.unit = "s",
		.help = "Silence before the first probe, in whole seconds.",
	},
	{
		.name = "keepalive_interval",
		.type = PST_OPTION_TIME,
		.flags = PST_BOTH_HOPS,
		.offset = AT(keepalive_interval),
		.min = 1000,
		.max = 32767000,
		.initial = "15s",
		.unit = "s",
		.help = "Time between two probes, in whole seconds.",
	},
	{
		.name = "keepalive_count",
		.type = PST_OPTION_INT,
		.flags = PST_BOTH_HOPS,
		.offset = AT(keepalive_count),
		.min = 1,
		.max = 127,
		.initial = "4",
		.unit = "probes",
		.help = "Unanswered probes after which the connection is gone.",
	},
	{
		.name = "user_timeout",
		.type = PST_OPTION_TIME,
		.flags = PST_BOTH_HOPS,
		.offset = AT(user_timeout),
		.max = INT32_MAX,
		.initial = "0",
		.unit = "ms",
		.help = "How long sent data may stay unacknowledged; 0 is the "
			"system's.",
	},
	{
		.name = "send_buffer",
		.type = PST_OPTION_SIZE,
		.flags = PST_BOTH_HOPS,
		.offset = AT(send_buffer),
		.max = 1 << 30,
		.initial = "0",
		.unit = "bytes",
		.help = "Size of the kernel's send buffer; 0 lets it choose.",
	},
	{
		.name = "receive_buffer",
		.type = PST_OPTION_SIZE,
		.flags = PST_BOTH_HOPS,
		.offset = AT(receive_buffer),
		.max = 1 << 30,
		.initial = "0",
		.unit = "bytes",
		.help = "Size of the kernel's receive buffer; 0 lets it "
			"choose.",
	},
	{
		.name = "v6only",
		.type = PST_OPTION_BOOL,
		.flags = PST_OPTION_ACCEPT,
		.offset = AT(v6only),
		.initial = "false",
		.help = "Whether an IPv6 socket refuses IPv4.",
	},
	{
		.name = "mode",
		.type = PST_OPTION_STRING,
		.flags = PST_OPTION_ACCEPT,
		.offset = AT(mode),
		.help = "Permissions of a Unix socket, octal; 0660 when not "
			"given.",
	},
	{
		.name = "owner",
		.type = PST_OPTION_STRING,
		.flags = PST_OPTION_ACCEPT,
		.offset = AT(owner),
		.help = "Owner of a Unix socket: \"user[:group]\".",
	},
	{.name = NULL},
};

static int parse_socket(struct tcp_conf *conf, struct pst_setup *setup)
{
	bool accept = setup->role == PST_ACCEPT;
	const char *text = accept ? conf->bind : conf->address;
	const char *why;

	if (text == NULL) {
		return PST_OK;
	}
	if (tcp_address_parse(text, accept ? TCP_BIND : TCP_CONNECT,
	                      &conf->socket, &why) != PST_OK) {
		pst_error(setup, accept ? "bind" : "address", "\"%s\": %s",
		          text, why);
		return PST_CONFIG;
	}
	conf->has_socket = true;
	return PST_OK;
}

static int parse_mode(struct tcp_conf *conf, struct pst_setup *setup)
{
	uint32_t bits = 0;
	const char *p;

	conf->mode_bits = UNIX_MODE;
	if (conf->mode == NULL) {
		return PST_OK;
	}
	for (p = conf->mode; *p >= '0' && *p <= '7' && bits <= 0777; p++) {
		bits = bits * 8 + (uint32_t)(*p - '0');
	}
	if (p == conf->mode || *p != '\0' || bits > 0777) {
		pst_error(setup, "mode",
		          "\"%s\" is not a mode; write octal digits from "
		          "\"0000\" to \"0777\"",
		          conf->mode);
		return PST_CONFIG;
	}
	conf->mode_bits = bits;
	return PST_OK;
}

static int check_seconds(struct pst_setup *setup, const char *option,
                         uint64_t ms)
{
	if (ms % 1000 == 0) {
		return PST_OK;
	}
	pst_error(setup, option,
	          "%llums is no whole number of seconds, which is what the "
	          "kernel takes",
	          (unsigned long long)ms);
	return PST_CONFIG;
}

static int check_source(const struct tcp_conf *conf, struct pst_setup *setup)
{
	uint32_t family;

	if (conf->source == NULL) {
		return PST_OK;
	}
	family = tcp_address_family(conf->source, strlen(conf->source));
	if (family == PST_FAMILY_ANY) {
		pst_error(setup, "source",
		          "\"%s\" is not an IP address; write one without "
		          "port and brackets",
		          conf->source);
		return PST_CONFIG;
	}
	if (conf->family != PST_FAMILY_ANY && conf->family != family) {
		pst_error(setup, "source", "\"%s\" is not of the family \"%s\"",
		          conf->source, tcp_families[conf->family]);
		return PST_CONFIG;
	}
	return PST_OK;
}

static int check_owner(const struct tcp_conf *conf, struct pst_setup *setup)
{
	const char *colon;

	if (conf->owner == NULL) {
		return PST_OK;
	}
	colon = strchr(conf->owner, ':');
	if (conf->owner[0] == '\0' || colon == conf->owner ||
	    (colon != NULL &&
	     (colon[1] == '\0' || strchr(colon + 1, ':') != NULL))) {
		pst_error(setup, "owner",
		          "\"%s\" is not an owner; write \"user\" or "
		          "\"user:group\"",
		          conf->owner);
		return PST_CONFIG;
	}
	return PST_OK;
}

int tcp_conf_init(void *state, struct pst_setup *setup)
{
	struct tcp_conf *conf = state;
	int failed = 0;

	failed |= parse_socket(conf, setup);
	failed |= parse_mode(conf, setup);
	failed |= check_owner(conf, setup);
	failed |= check_source(conf, setup);
	failed |= check_seconds(setup, "keepalive_idle", conf->keepalive_idle);
	failed |= check_seconds(setup, "keepalive_interval",
	                        conf->keepalive_interval);
	if (conf->v6only && conf->family == PST_FAMILY_IPV4) {
		pst_error(setup, "v6only",
		          "true contradicts family = \"ipv4\"; remove one");
		failed = PST_CONFIG;
	}
	return failed != 0 ? PST_CONFIG : PST_OK;
}
