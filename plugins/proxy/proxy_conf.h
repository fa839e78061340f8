/* SPDX-License-Identifier: MIT */
/* Settings of the service `proxy`. */
#ifndef PROXY_CONF_H
#define PROXY_CONF_H

#include <penstock/option.h>
#include <penstock/setup.h>
#include <stdbool.h>

struct proxy_conf {
	/* requests */
	uint64_t reserved;
	/* responses */
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
