/* SPDX-License-Identifier: MIT */
/* The service `tunnel`: CONNECT to what is listed, and to nothing else. Names
 * that clients send are compared, never resolved. */
#include "tunnel.h"

#include <penstock/head.h>
#include <penstock/plugin.h>
#include <stdio.h>

#ifndef PST_VERSION
#define PST_VERSION "0.1"
#endif

enum metric {
	METRIC_OPENED,
	METRIC_NOT_LISTED,
	METRIC_REFUSED,
	METRIC_NEXT
};

struct tunnel {
	const struct tunnel_target *next; /* to try; borrowed from the conf */
	size_t left;                      /* of the same name, from there */
};

static void refuse(struct pst_instance *me, enum pst_class why,
                   const char *text)
{
	const struct pst_answer answer = {
		.size = sizeof(answer), .reason = why, .text = text};

	pst_service_answer(me, &answer);
}

/* -- back-ends ----------------------------------------------------------- */

/* Connect to the next pipeline of the name, or say why there is none left. */
static void try_next(struct pst_instance *me)
{
	struct tunnel *t = me->state;
	enum pst_class why;
	const char *text;

	while (t->left != 0) {
		t->left--;
		if (pst_service_connect(me, t->next++->index) == 0) {
			return;
		}
	}
	why = pst_reason(me, &text);
	pst_count(me, METRIC_REFUSED, 1);
	refuse(me, pst_class_for_client(why),
	       why == PST_CLASS_CLEAN ? "no connect pipeline could be tried"
	                              : text);
}

/* -- requests ------------------------------------------------------------ */

static int refuse_target(struct pst_instance *me, const struct pst_head *h)
{
	char text[TUNNEL_HOST_SIZE + 64];

	(void)snprintf(text, sizeof(text), "\"%.*s\" is no target of this service",
	               (int)h->authority.length,
	               pst_head_text(h, h->authority));
	pst_count(me, METRIC_NOT_LISTED, 1);
	refuse(me, PST_CLASS_POLICY, text);
	return PST_OK;
}

/* RFC 9110 15.5.6 */
static int refuse_method(struct pst_instance *me, const struct pst_head *h)
{
	static const char body[] = "here are only tunnels, by CONNECT\n";
	const bool head = pst_head_equals(h, h->method, "HEAD");
	struct pst_answer answer = {.size = sizeof(answer),
	                            .reason = PST_CLASS_POLICY,
	                            .text = "the method is not CONNECT"};
	struct pst_head_builder b;
	uint64_t record[64];
	int64_t size;

	pst_head_begin(&b, record, sizeof(record), PST_HEAD_RESPONSE);
	b.head->status = 405;
	b.head->body = PST_BODY_LENGTH;
	b.head->body_length = sizeof(body) - 1;
	pst_head_add(&b, "Allow", 5, "CONNECT", 7);
	pst_head_add(&b, "Content-Type", 12, "text/plain; charset=utf-8", 25);
	size = pst_head_finish(&b);
	if (size < 0) {
		return (int)size;
	}
	answer.head = b.head;
	answer.head_length = (uint32_t)size;
	answer.body = body;
	answer.body_length = head ? 0 : sizeof(body) - 1;
	pst_count(me, METRIC_NOT_LISTED, 1);
	pst_service_answer(me, &answer);
	return PST_OK;
}

static int offer(struct pst_instance *me, struct pst_io *io)
{
	const struct pst_slice *s = pst_peek(io->rx_in);
	const struct pst_head *h = (const void *)s->data;
	struct tunnel *t = me->state;

	/* RFC 8441: with a protocol it is no tunnel */
	if (h->upgrade_by != PST_UPGRADE_CONNECT || h->upgrade.length != 0) {
		return refuse_method(me, h);
	}
	t->left = tunnel_find(me->conf, pst_head_text(h, h->authority),
	                      h->authority.length, &t->next);
	if (t->left == 0) {
		return refuse_target(me, h);
	}
	try_next(me);
	return PST_OK;
}

/* -- the tunnel ---------------------------------------------------------- */

static int open_tunnel(struct pst_instance *me)
{
	struct pst_answer answer = {.size = sizeof(answer), .accept = 1};
	struct pst_head_builder b;
	uint64_t record[32];
	int64_t size;
	int result;

	pst_head_begin(&b, record, sizeof(record), PST_HEAD_RESPONSE);
	b.head->status = 200;
	b.head->upgrade_by = PST_UPGRADE_CONNECT;
	pst_head_set(&b, &b.head->reason, "Connection established", 22);
	size = pst_head_finish(&b);
	if (size < 0) {
		return (int)size;
	}
	answer.head = b.head;
	answer.head_length = (uint32_t)size;
	pst_count(me, METRIC_OPENED, 1);
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
	const struct tunnel *t = me->state;

	(void)index;
	if (what == PST_BACK_UP) {
		return open_tunnel(me);
	}
	if (t->left != 0) {
		pst_count(me, METRIC_NEXT, 1);
	}
	try_next(me);
	return PST_OK;
}

static const struct pst_metric metrics[] = {
	[METRIC_OPENED] = {.name = "opened", .help = "Tunnels opened."},
	[METRIC_NOT_LISTED] = {.name = "not_listed",
                               .help = "Requests for what is not a target, or "
                                       "by another method."},
	[METRIC_REFUSED] = {.name = "refused",
                            .help = "Requests refused for want of a "
                                    "back-end."},
	[METRIC_NEXT] = {.name = "next_tried",
                         .help = "Times a further connect pipeline was tried."},
	{.name = NULL},
};

static const struct pst_service tunnel = {
	.size = sizeof(tunnel),
	.flags = PST_SERVICE_CONNECTS | PST_SERVICE_TUNNELS,
	.id = "tunnel",
	.help = "Opens tunnels by CONNECT, to the targets that are listed and "
		"to no other.",
	.shapes = PST_SHAPE_EXCHANGES,
	.state_size = sizeof(struct tunnel),
	.conf_size = sizeof(struct tunnel_conf),
	.options = tunnel_options,
	.option_stride = sizeof(struct pst_option),
	.metrics = metrics,
	.metric_stride = sizeof(struct pst_metric),
	.conf_init = tunnel_conf_init,
	.conf_finish = tunnel_conf_finish,
	.conf_explain = tunnel_conf_explain,
	.offer = offer,
	.back = back,
};

static const void *get(const char *extension, uint32_t n)
{
	if (n != 0) {
		return NULL;
	}
	if (strcmp(extension, PST_EXTENSION_LAYER) == 0) {
		return &tunnel_layer;
	}
	return strcmp(extension, PST_EXTENSION_SERVICE) == 0 ? &tunnel : NULL;
}

PST_PLUGIN_NOTE("service:tunnel layer:tunnel");

PST_EXPORT const struct pst_plugin PST_PLUGIN_SYMBOL = {
	.magic = PST_MAGIC,
	.size = sizeof(struct pst_plugin),
	.abi = PST_ABI,
	.name = "tunnel",
	.version = PST_VERSION,
	.license = "MIT",
	.get = get,
};
