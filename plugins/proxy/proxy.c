/* SPDX-License-Identifier: MIT */
/* The service `proxy`: joins each front stream to a back stream, trying the
 * connect pipelines in order. */
#include "proxy.h"

#include "proxy_error.h"

#include <penstock/plugin.h>
#include <string.h>

#ifndef PST_VERSION
#define PST_VERSION "0.1"
#endif

int proxy_connect(struct pst_instance *me, uint32_t index)
{
	proxy_of(me)->index = index;
	return pst_service_connect(me, index);
}

static const struct pst_slice *request_of(const struct pst_io *io)
{
	const struct pst_slice *s = pst_peek(io->rx_in);

	return s == NULL || (s->flags & PST_HEAD) == 0 ? NULL : s;
}

/* Returns true when a back stream is to be asked for at once. */
static bool take_request(struct pst_instance *me, const struct pst_slice *s)
{
	const struct pst_head *h =
		(const struct pst_head *)(const void *)s->data;

	proxy_of(me)->exchange = true;
	if (!proxy_request_offer(me, h)) {
		return false;
	}
	proxy_response_offer(me, h);
	return !proxy_buffer_begin(me, s);
}

static int offer(struct pst_instance *me, struct pst_io *io)
{
	const struct pst_slice *request = request_of(io);

	if (request != NULL && !take_request(me, request)) {
		return PST_OK;
	}
	if (proxy_connect(me, 0) != 0) {
		proxy_refuse(me);
	}
	return PST_OK;
}

static int accept_and_join(struct pst_instance *me)
{
	struct pst_answer answer = {.size = sizeof(answer), .accept = 1};
	int result;

	if (!proxy_of(me)->answered) {
		proxy_add_response(me, &answer);
		pst_service_answer(me, &answer);
	}
	result = pst_service_join(me);
	if (result != 0) {
		pst_fail(me, PST_CLASS_INTERNAL, 0,
		         "the back stream cannot be joined");
	}
	return result;
}

static int try_next(struct pst_instance *me, uint32_t index)
{
	if (proxy_connect(me, index) == 0) {
		pst_count(me, PROXY_NEXT, 1);
		return PST_OK;
	}
	if (proxy_of(me)->answered) {
		return PST_IO; /* the exchange is lost */
	}
	proxy_refuse(me);
	return PST_OK;
}

static int back(struct pst_instance *me, uint32_t index, enum pst_back what)
{
	switch (what) {
	case PST_BACK_UP:
		proxy_of(me)->up = true;
		return accept_and_join(me);
	case PST_BACK_REFUSED:
		return try_next(me, index + 1);
	}
	return PST_OK;
}

static struct pst_slice *head(struct pst_instance *me, enum pst_role from,
                              struct pst_slice *slice)
{
	return from == PST_ACCEPT ? proxy_request(me, slice)
	                          : proxy_response(me, slice);
}

static void close_session(struct pst_instance *me, enum pst_close why)
{
	(void)why;
	proxy_response_close(me);
}

static const struct pst_metric metrics[] = {
	[PROXY_REFUSED] = {.name = "refused",
                           .help = "Streams refused for want of a back-end."},
	[PROXY_NEXT] = {.name = "next_tried",
                        .help = "Times a further connect pipeline was tried."},
	[PROXY_REFUSED_REQUESTS] = {.name = "refused_requests",
                                    .help = "Requests refused for what they "
                                            "are."},
	[PROXY_LOST] = {.name = "lost",
                        .help = "Exchanges whose back-end failed, or was too "
                                "slow, before its response."},
	{.name = NULL},
};

static const struct pst_service proxy = {
	.size = sizeof(proxy),
	.flags = PST_SERVICE_CONNECTS,
	.id = "proxy",
	.help = "Joins each front stream to a back stream.",
	.shapes = PST_SHAPE_BYTES | PST_SHAPE_MESSAGES | PST_SHAPE_EXCHANGES,
	.metrics = metrics,
	.metric_stride = sizeof(struct pst_metric),
	.state_size = sizeof(struct proxy),
	.conf_size = sizeof(struct proxy_conf),
	.options = proxy_options,
	.option_stride = sizeof(struct pst_option),
	.conf_init = proxy_conf_init,
	.conf_finish = proxy_conf_finish,
	.conf_explain = proxy_conf_explain,
	.offer = offer,
	.back = back,
	.step = proxy_buffer_step,
	.close = close_session,
	.head = head,
	.lost = proxy_lost,
};

static const void *get(const char *extension, uint32_t n)
{
	return n == 0 && strcmp(extension, PST_EXTENSION_SERVICE) == 0 ? &proxy
	                                                               : NULL;
}

PST_PLUGIN_NOTE("service:proxy");

PST_EXPORT const struct pst_plugin PST_PLUGIN_SYMBOL = {
	.magic = PST_MAGIC,
	.size = sizeof(struct pst_plugin),
	.abi = PST_ABI,
	.name = "proxy",
	.version = PST_VERSION,
	.license = "MIT",
	.get = get,
};
