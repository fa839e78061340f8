/* SPDX-License-Identifier: MIT */
/* From settings and URL to a socket plan. */
#include "tcp_conf.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

static void add(struct pst_socket_plan *plan, int level, int name, int value,
                const char *label)
{
	/* Linux hands these from the listening socket to accepted ones, so
	 * that no connection pays for them. */
	plan->option[plan->option_count++] = (struct pst_socket_option){
		.level = level,
		.name = name,
		.value = value,
		.when = PST_SOCKET_LISTEN | PST_SOCKET_CONNECT,
		.label = label,
	};
}

static void add_tcp_options(const struct tcp_conf *conf,
                            struct pst_socket_plan *plan)
{
	add(plan, IPPROTO_TCP, TCP_NODELAY, conf->nodelay, "TCP_NODELAY");
	add(plan, SOL_SOCKET, SO_KEEPALIVE, conf->keepalive, "SO_KEEPALIVE");
	if (conf->keepalive) {
		add(plan, IPPROTO_TCP, TCP_KEEPIDLE,
		    (int)(conf->keepalive_idle / 1000), "TCP_KEEPIDLE");
		add(plan, IPPROTO_TCP, TCP_KEEPINTVL,
		    (int)(conf->keepalive_interval / 1000), "TCP_KEEPINTVL");
		add(plan, IPPROTO_TCP, TCP_KEEPCNT, (int)conf->keepalive_count,
		    "TCP_KEEPCNT");
	}
	if (conf->user_timeout != 0) {
		add(plan, IPPROTO_TCP, TCP_USER_TIMEOUT,
		    (int)conf->user_timeout, "TCP_USER_TIMEOUT");
	}
}

static void add_options(const struct tcp_conf *conf,
                        struct pst_socket_plan *plan)
{
	if (plan->family != PST_FAMILY_UNIX) {
		add_tcp_options(conf, plan);
	}
	if (conf->send_buffer != 0) {
		add(plan, SOL_SOCKET, SO_SNDBUF, (int)conf->send_buffer,
		    "SO_SNDBUF");
	}
	if (conf->receive_buffer != 0) {
		add(plan, SOL_SOCKET, SO_RCVBUF, (int)conf->receive_buffer,
		    "SO_RCVBUF");
	}
}

static int check_unix(const struct tcp_conf *conf, struct pst_setup *setup,
                      const struct pst_socket_plan *plan)
{
	bool is_unix = plan->family == PST_FAMILY_UNIX;
	const struct {
		const char *option;
		bool given;
		bool wants_unix;
	} rules[] = {
		{"mode", conf->mode != NULL, true},
		{"owner", conf->owner != NULL, true},
		{"source", conf->source != NULL, false},
		{"family", conf->family != PST_FAMILY_ANY, false},
		{"v6only", conf->v6only, false},
		{"user_timeout", conf->user_timeout != 0, false},
	};
	int failed = PST_OK;
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (rules[i].given && rules[i].wants_unix != is_unix) {
			pst_error(setup, rules[i].option,
			          "applies to %s sockets, and this one is %s; "
			          "remove it",
			          is_unix ? "TCP" : "Unix",
			          is_unix ? "a Unix socket" : "TCP");
			failed = PST_CONFIG;
		}
	}
	return failed;
}

static int place_from_url(struct pst_setup *setup, struct pst_socket_plan *plan)
{
	const struct pst_url *url = setup->url;
	const char *fault;

	if (strcmp(url->scheme, "unix") == 0) {
		fault = tcp_path_fault(url->path);
		if (fault != NULL) {
			pst_error(setup, NULL, "\"%s\": %s", url->text, fault);
			return PST_CONFIG;
		}
		plan->family = PST_FAMILY_UNIX;
		plan->path = url->path;
		return PST_OK;
	}
	if (url->port == 0) {
		pst_error(setup, NULL, "\"%s\" names no port; write host:port",
		          url->text);
		return PST_CONFIG;
	}
	if (url->host[0] == '*') {
		pst_error(
			setup, NULL,
			"\"%s\" stands for many hosts and names no address to "
			"listen on; write tcp = { bind = \"0.0.0.0:%u\"; }",
			url->text, url->port);
		return PST_CONFIG;
	}
	plan->family =
		url->host_is_address
			? tcp_address_family(url->host, strlen(url->host))
			: (uint32_t)PST_FAMILY_ANY;
	plan->host = url->host;
	plan->port = url->port;
	return PST_OK;
}

static int place(const struct tcp_conf *conf, struct pst_setup *setup,
                 struct pst_socket_plan *plan)
{
	bool accept = setup->role == PST_ACCEPT;

	if (conf->has_socket) {
		plan->family = conf->socket.family;
		plan->host = conf->socket.host;
		plan->port = conf->socket.port;
		plan->path = plan->family == PST_FAMILY_UNIX ? conf->socket.path
		                                             : NULL;
		return PST_OK;
	}
	if (setup->url != NULL) {
		return place_from_url(setup, plan);
	}
	pst_error(setup, accept ? "bind" : "address",
	          "missing: a pipeline written as layers must say where its "
	          "socket is; write tcp = { %s; }",
	          accept ? "bind = \"0.0.0.0:9000\""
	                 : "address = \"host:9000\"");
	return PST_CONFIG;
}

static int check_family(const struct tcp_conf *conf, struct pst_setup *setup,
                        struct pst_socket_plan *plan)
{
	if (conf->family == PST_FAMILY_ANY || plan->family == PST_FAMILY_UNIX) {
		return PST_OK;
	}
	if (plan->family != PST_FAMILY_ANY && plan->family != conf->family) {
		pst_error(setup, "family",
		          "\"%s\" contradicts the address \"%s\"; remove one",
		          tcp_families[conf->family], plan->host);
		return PST_CONFIG;
	}
	plan->family = conf->family;
	return PST_OK;
}

int tcp_plan(const void *state, struct pst_setup *setup,
             struct pst_socket_plan *plan)
{
	const struct tcp_conf *conf = state;
	int failed = 0;

	plan->mode = UINT32_MAX;
	if (place(conf, setup, plan) != PST_OK) {
		return PST_CONFIG;
	}
	failed |= check_unix(conf, setup, plan);
	failed |= check_family(conf, setup, plan);
	if (plan->family == PST_FAMILY_UNIX && setup->role == PST_ACCEPT) {
		plan->mode = conf->mode_bits;
		plan->owner = conf->owner;
	}
	plan->source = conf->source;
	plan->backlog = (uint32_t)conf->backlog;
	plan->v6only = conf->v6only;
	add_options(conf, plan);
	return failed != 0 ? PST_CONFIG : PST_OK;
}
