/* SPDX-License-Identifier: MIT */
/* What the service `proxy` does to requests. */
#include "proxy.h"

bool proxy_request_offer(struct pst_instance *me,
                         const struct pst_head *request)
{
	(void)me;
	(void)request;
	return true;
}

struct pst_slice *proxy_request(struct pst_instance *me, struct pst_slice *head)
{
	(void)me;
	return head;
}

int proxy_request_conf_init(struct proxy_conf *c, struct pst_setup *setup)
{
	(void)c;
	(void)setup;
	return PST_OK;
}

void proxy_request_conf_finish(struct proxy_conf *c)
{
	(void)c;
}

void proxy_request_conf_explain(const struct proxy_conf *c,
                                struct pst_setup *setup)
{
	(void)c;
	(void)setup;
}
