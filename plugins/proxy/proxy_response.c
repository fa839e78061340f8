/* SPDX-License-Identifier: MIT */
/* What the service `proxy` does to responses. */
#include "proxy.h"

struct pst_slice *proxy_response(struct pst_instance *me,
                                 struct pst_slice *head)
{
	(void)me;
	return head;
}

int proxy_response_conf_init(struct proxy_conf *c, struct pst_setup *setup)
{
	(void)c;
	(void)setup;
	return PST_OK;
}

void proxy_response_conf_finish(struct proxy_conf *c)
{
	(void)c;
}

void proxy_response_conf_explain(const struct proxy_conf *c,
                                 struct pst_setup *setup)
{
	(void)c;
	(void)setup;
}
