/* SPDX-License-Identifier: MIT */
/* The service `proxy`: joins each front stream to a back stream, trying the
 * connect pipelines in order. */
#include <penstock/opening.h>
#include <penstock/plugin.h>
#include <penstock/service.h>
#include <string.h>

#ifndef PST_VERSION
#define PST_VERSION "0.1"
#endif

enum metric {
	METRIC_REFUSED,
	METRIC_NEXT
};

/* What we would not accept from the back-end (its certificate, its protocol) is
 * no fault of the client: to it the back-end cannot be reached. */
static enum pst_class for_client(enum pst_class why)
{
	return why == PST_CLASS_POLICY || why == PST_CLASS_PROTOCOL ||
	                       why == PST_CLASS_CLEAN
	               ? PST_CLASS_UNREACHABLE
	               : why;
}

/* How the back-end answered the opening, when it has words of its own. */
static void add_response(struct pst_instance *me, struct pst_answer *answer)
{
	size_t length;

	answer->head = pst_told(me, PST_TOLD_RESPONSE, &length);
	answer->head_length = (uint32_t)length;
	if (answer->head == NULL || answer->accept != 0) {
		return;
	}
	answer->body = pst_told(me, PST_TOLD_BODY, &length);
	answer->body_length = (uint32_t)length;
}

static int refuse(struct pst_instance *me)
{
	struct pst_answer answer = {.size = sizeof(answer)};

	answer.reason = pst_reason(me, &answer.text);
	if (answer.reason == PST_CLASS_CLEAN) {
		answer.text = "no connect pipeline could be tried";
	}
	answer.reason = for_client(answer.reason);
	add_response(me, &answer);
	pst_count(me, METRIC_REFUSED, 1);
	pst_service_answer(me, &answer);
	return PST_OK;
}

static int offer(struct pst_instance *me, struct pst_io *io)
{
	(void)io;
	return pst_service_connect(me, 0) == 0 ? PST_OK : refuse(me);
}

static int accept_and_join(struct pst_instance *me)
{
	struct pst_answer answer = {.size = sizeof(answer), .accept = 1};
	int result;

	add_response(me, &answer);

	pst_service_answer(me, &answer);
	result = pst_service_join(me);
	if (result != 0) {
		pst_fail(me, PST_CLASS_INTERNAL, 0,
		         "the back stream cannot be joined");
	}
	return result;
}

static int back(struct pst_instance *me, uint32_t index, enum pst_back what)
{
	switch (what) {
	case PST_BACK_UP:
		return accept_and_join(me);
	case PST_BACK_REFUSED:
		if (pst_service_connect(me, index + 1) != 0) {
			return refuse(me);
		}
		pst_count(me, METRIC_NEXT, 1);
		return PST_OK;
	}
	return PST_OK;
}

static const struct pst_metric metrics[] = {
	[METRIC_REFUSED] = {.name = "refused",
                            .help = "Streams refused for want of a back-end."},
	[METRIC_NEXT] = {.name = "next_tried",
                         .help = "Times a further connect pipeline was tried."},
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
	.offer = offer,
	.back = back,
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
