/* SPDX-License-Identifier: MIT */
/* Settings of the endpoint `tcp`, and the socket plan made from them. */
#ifndef TCP_CONF_H
#define TCP_CONF_H

#include "tcp_address.h"

/** One place's settings: option rows first, then what is derived. */
struct tcp_conf {
	const char *bind;
	const char *address;
	const char *source;
	const char *mode;
	const char *owner;
	int64_t backlog;
	int64_t keepalive_count;
	uint64_t keepalive_idle;
	uint64_t keepalive_interval;
	uint64_t user_timeout;
	uint64_t send_buffer;
	uint64_t receive_buffer;
	uint32_t family; /* enum pst_family */
	bool nodelay;
	bool keepalive;
	bool v6only;
	bool has_socket; /* `socket` was given by bind or address */
	uint32_t mode_bits;
	struct tcp_address socket;
};

extern const struct pst_option tcp_options[];
extern const char *const tcp_families[]; /* by enum pst_family */

/** As pst_endpoint: check the options and take the addresses apart. */
int tcp_conf_init(void *conf, struct pst_setup *setup);
/** As pst_endpoint: fill in where and with what options the socket is made. */
int tcp_plan(const void *conf, struct pst_setup *setup,
             struct pst_socket_plan *plan_out);

#endif
