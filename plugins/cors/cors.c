/* SPDX-License-Identifier: MIT */
/* The layer `cors`: which other sites may use what stands above it, from a
 * browser (Fetch 3.2). It looks at one request and one response, and leaves. */
#include "cors.h"

#include <penstock/hop.h>
#include <penstock/plugin.h>

#ifndef PST_VERSION
#define PST_VERSION "0.1"
#endif

enum phase {
	BEGUN = 0,
	REQUEST,  /* waits for the request's head */
	RESPONSE, /* waits for the response's */
	ANSWERED  /* the exchange was ours: what comes is dropped */
};

struct cors {
	uint8_t phase;
	bool told; /* "cors.origin" may read the response */
};

enum metric {
	PREFLIGHTS = 0,
	REFUSED
};

static bool hop_is_secure(struct pst_instance *me)
{
	struct pst_hop hop = {.size = sizeof(hop)};

	return pst_hop_of(me, PST_ACCEPT, &hop) == PST_OK &&
	       pst_hop_is_secure(&hop);
}

static enum pst_step no_memory(struct pst_instance *me)
{
	pst_fail(me, PST_CLASS_INTERNAL, 0, "out of memory");
	return PST_STEP_ERROR;
}

/* -- answers of our own -------------------------------------------------- */

static int put_refusal(struct pst_instance *me, struct pst_io *io,
                       unsigned status, const char *text, bool headless)
{
	struct pst_slice *head =
		cors_refusal_head(me, status, strlen(text) + 1);
	int result = PST_OK;

	if (head == NULL) {
		return PST_MEMORY;
	}
	head->flags |= headless ? (uint32_t)PST_EOM : 0;
	pst_put(me, io->tx_out, head);
	if (!headless) {
		result = pst_write(me, io->tx_out, text, strlen(text), 0);
	}
	if (!headless && result == PST_OK) {
		result = pst_write(me, io->tx_out, "\n", 1, PST_EOM);
	}
	if (result == PST_OK) {
		pst_end(me, io->tx_out, PST_END_CLEAN, PST_CLASS_CLEAN);
	}
	return result;
}

static enum pst_step refuse(struct pst_instance *me, struct pst_io *io,
                            const struct pst_head *request, unsigned status,
                            const char *text)
{
	bool headless = pst_head_equals(request, request->method, "HEAD");

	pst_count(me, REFUSED, 1);
	if (put_refusal(me, io, status, text, headless) != PST_OK) {
		return no_memory(me);
	}
	pst_fail(me, PST_CLASS_POLICY, status, "refused with %u: %s", status,
	         text);
	return PST_STEP_ERROR;
}

static void drop(struct pst_instance *me, struct pst_queue *q)
{
	while (pst_peek(q) != NULL) {
		pst_slice_free(me, pst_take(me, q));
	}
}

static enum pst_step answer_preflight(struct pst_instance *me,
                                      struct pst_io *io,
                                      const struct pst_head *request,
                                      const struct cors_judgement *j)
{
	struct cors *st = me->state;
	struct pst_slice *head = cors_preflight_head(me, request, j);

	if (head == NULL) {
		return no_memory(me);
	}
	pst_count(me, PREFLIGHTS, 1);
	pst_put(me, io->tx_out, head);
	pst_end(me, io->tx_out, PST_END_CLEAN, PST_CLASS_CLEAN);
	pst_end(me, io->rx_out, PST_END_CLEAN, PST_CLASS_CLEAN);
	st->phase = ANSWERED;
	drop(me, io->rx_in);
	return PST_STEP_OK;
}

/* -- the request --------------------------------------------------------- */

static enum pst_step pass_request(struct pst_instance *me, struct pst_io *io)
{
	struct cors *st = me->state;

	st->phase = RESPONSE;
	pst_pass(me, io->rx_out, io->rx_in);
	return PST_STEP_OK;
}

static enum pst_step act(struct pst_instance *me, struct pst_io *io,
                         const struct pst_head *request,
                         const struct cors_judgement *j)
{
	const struct cors_conf *c = me->conf;
	struct cors *st = me->state;

	switch (j->verdict) {
	case CORS_NONE:
	case CORS_SAME:
		return pass_request(me, io);
	case CORS_ALLOWED:
		st->told = true;
		return pass_request(me, io);
	case CORS_PREFLIGHT:
		return answer_preflight(me, io, request, j);
	case CORS_STRANGER:
	case CORS_METHOD:
		break;
	case CORS_BROKEN:
		return refuse(me, io, request, 400, j->fault);
	}
	if (c->foreign == CORS_PASS) {
		return j->preflight ? answer_preflight(me, io, request, j)
		                    : pass_request(me, io);
	}
	return refuse(me, io, request, 403,
	              j->verdict == CORS_METHOD
	                      ? "this method is not for other sites"
	                      : "this origin is not allowed");
}

static int note_origin(struct pst_instance *me, const struct pst_head *request,
                       const struct cors_judgement *j)
{
	if (j->origin == NULL || j->verdict == CORS_BROKEN) {
		return PST_OK;
	}
	return pst_attribute_set(me, "cors.origin",
	                         pst_head_text(request, j->origin->value),
	                         j->origin->value.length, PST_CLAIMED);
}

static enum pst_step request(struct pst_instance *me, struct pst_io *io)
{
	const struct pst_slice *s = pst_peek(io->rx_in);
	const struct pst_head *head;
	struct cors_judgement j;

	if (s == NULL) {
		pst_pass(me, io->rx_out, io->rx_in);
		return PST_STEP_OK;
	}
	head = (const struct pst_head *)(const void *)s->data;
	if ((s->flags & PST_HEAD) == 0 || head->kind != PST_HEAD_REQUEST) {
		pst_fail(me, PST_CLASS_INTERNAL, 0,
		         "an exchange without a request's head");
		return PST_STEP_ERROR;
	}
	j = cors_judge(me->conf, head, hop_is_secure(me));
	if (note_origin(me, head, &j) != PST_OK) {
		return no_memory(me);
	}
	return act(me, io, head, &j);
}

/* -- the response -------------------------------------------------------- */

/* 101 and 2xx to CONNECT open what CORS says nothing about. */
static enum pst_step final_head(struct pst_instance *me, struct pst_io *io,
                                struct pst_slice *s)
{
	const struct pst_head *h = (const void *)s->data;
	const struct cors *st = me->state;
	struct pst_slice *made;

	if (h->upgrade_by != PST_UPGRADE_NONE && h->status < 300) {
		pst_put(me, io->tx_out, s);
		return PST_STEP_TRANSPARENT;
	}
	made = cors_response_head(
		me, s,
		st->told ? pst_attribute_get(me, "cors.origin", NULL) : NULL);
	pst_slice_free(me, s);
	if (made == NULL) {
		return no_memory(me);
	}
	pst_put(me, io->tx_out, made);
	return PST_STEP_TRANSPARENT;
}

static enum pst_step response(struct pst_instance *me, struct pst_io *io)
{
	const struct pst_head *h;
	struct pst_slice *s;

	while ((s = pst_peek(io->tx_in)) != NULL) {
		if ((s->flags & (PST_HEAD | PST_CONTROL)) == 0) {
			break; /* http has words for a body without a head */
		}
		s = pst_take(me, io->tx_in);
		h = (const void *)s->data;
		if ((s->flags & PST_HEAD) != 0 &&
		    h->kind == PST_HEAD_RESPONSE) {
			return final_head(me, io, s);
		}
		pst_put(me, io->tx_out, s);
	}
	pst_pass(me, io->tx_out, io->tx_in);
	return PST_STEP_OK;
}

static enum pst_step step(struct pst_instance *me, struct pst_io *io)
{
	struct cors *st = me->state;
	enum pst_step result = PST_STEP_OK;

	switch ((enum phase)st->phase) {
	case BEGUN:
		st->phase = REQUEST;
		return PST_STEP_UP;
	case REQUEST:
		result = request(me, io);
		return result == PST_STEP_OK && st->phase == RESPONSE
		               ? response(me, io)
		               : result;
	case RESPONSE:
		pst_pass(me, io->rx_out, io->rx_in);
		return response(me, io);
	case ANSWERED:
		drop(me, io->rx_in);
		drop(me, io->tx_in);
		break;
	}
	return result;
}

static const struct pst_attribute attributes[] = {
	{"cors.origin", PST_ATTRIBUTE_LOG, 0,
         "The client's Origin, as it says."},
	{NULL, 0, 0, NULL},
};

static const struct pst_metric metrics[] = {
	[PREFLIGHTS] = {.name = "preflights", .help = "Preflights answered."},
	[REFUSED] = {.name = "refused",
                     .help = "Requests refused for their origin."},
	{.name = NULL},
};

static const struct pst_layer cors = {
	.size = sizeof(cors),
	.roles = PST_ACCEPT,
	.id = "cors",
	.help = "Says which other sites may use a service from a browser.",
	.below = PST_SHAPE_EXCHANGES,
	.above = PST_SHAPE_EXCHANGES,
	.provides = PST_PROVIDES_HALF_CLOSE,
	.state_size = sizeof(struct cors),
	.conf_size = sizeof(struct cors_conf),
	.options = cors_options,
	.metrics = metrics,
	.attributes = attributes,
	.option_stride = sizeof(struct pst_option),
	.metric_stride = sizeof(struct pst_metric),
	.attribute_stride = sizeof(struct pst_attribute),
	.conf_init = cors_conf_init,
	.conf_finish = cors_conf_finish,
	.conf_explain = cors_conf_explain,
	.step = step,
};

static const void *get(const char *extension, uint32_t n)
{
	return n == 0 && strcmp(extension, PST_EXTENSION_LAYER) == 0 ? &cors
	                                                             : NULL;
}

PST_PLUGIN_NOTE("layer:cors");

PST_EXPORT const struct pst_plugin PST_PLUGIN_SYMBOL = {
	.magic = PST_MAGIC,
	.size = sizeof(struct pst_plugin),
	.abi = PST_ABI,
	.name = "cors",
	.version = PST_VERSION,
	.license = "MIT",
	.get = get,
};
