/* SPDX-License-Identifier: MIT */
/* Settings of the service `proxy`: the option rows. */
#include "proxy_conf.h"

const struct pst_option proxy_options[] = {
	/* requests */
	/* responses */
	{.name = NULL},
};

int proxy_conf_init(void *conf, struct pst_setup *setup)
{
	int request = proxy_request_conf_init(conf, setup);
	int response = proxy_response_conf_init(conf, setup);

	return request != PST_OK ? request : response;
}

void proxy_conf_finish(void *conf)
{
	proxy_request_conf_finish(conf);
	proxy_response_conf_finish(conf);
}

void proxy_conf_explain(const void *conf, struct pst_setup *setup)
{
	proxy_request_conf_explain(conf, setup);
	proxy_response_conf_explain(conf, setup);
}
