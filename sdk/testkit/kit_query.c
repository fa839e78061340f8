/* SPDX-License-Identifier: MIT */
/* What a test may ask a kit, and the few things it may set. */
#include "kit.h"

bool pst_kit_ready(const struct pst_kit *k)
{
	return k->phase != KIT_NEW;
}

struct pst_instance *pst_kit_instance(struct pst_kit *k)
{
	return &k->me;
}

void pst_kit_drain(struct pst_kit *k)
{
	k->drain = true;
}

void pst_kit_fail_memory(struct pst_kit *k, unsigned n)
{
	k->fail_at = n;
}

void pst_kit_set_wall_clock(struct pst_kit *k, int64_t seconds)
{
	k->wall = seconds;
}

unsigned pst_kit_ups(const struct pst_kit *k)
{
	return k->ups;
}

unsigned pst_kit_offers(const struct pst_kit *k)
{
	return k->offers;
}

unsigned pst_kit_heavies(const struct pst_kit *k)
{
	return k->heavies;
}

bool pst_kit_left(const struct pst_kit *k)
{
	return k->phase == KIT_LEFT;
}

bool pst_kit_failed(const struct pst_kit *k)
{
	return k->phase == KIT_FAILED || (k->phase == KIT_NEW && k->has_failed);
}

enum pst_class pst_kit_fail_class(const struct pst_kit *k)
{
	return k->fail_class;
}

unsigned pst_kit_fail_code(const struct pst_kit *k)
{
	return k->fail_code;
}

const char *pst_kit_fail_text(const struct pst_kit *k)
{
	return k->fail_text;
}

uint64_t pst_kit_timer(const struct pst_kit *k, unsigned id)
{
	return id >= KIT_TIMERS || k->due[id] == UINT64_MAX
	               ? UINT64_MAX
	               : k->due[id] - k->now_ms;
}

static const char *text_at(const struct kit_texts *t, unsigned n)
{
	return n < t->count ? t->item[n] : NULL;
}

bool pst_kit_logged(const struct pst_kit *k, const char *text)
{
	unsigned i;

	for (i = 0; i < k->logs.count; i++) {
		if (strstr(k->logs.item[i], text) != NULL) {
			return true;
		}
	}
	return false;
}

const char *pst_kit_diagnosis(const struct pst_kit *k, unsigned n)
{
	return text_at(&k->diagnoses, n);
}

bool pst_kit_diagnosed(const struct pst_kit *k, const char *option,
                       const char *text)
{
	size_t length = option == NULL ? 0 : strlen(option);
	const char *line;
	unsigned i;

	for (i = 0; (line = pst_kit_diagnosis(k, i)) != NULL; i++) {
		if (option != NULL && (strncmp(line, option, length) != 0 ||
		                       line[length] != ':')) {
			continue;
		}
		if (strstr(line + length, text) != NULL) {
			return true;
		}
	}
	return false;
}

void pst_kit_explain(struct pst_kit *k)
{
	if (k->conf_made && k->params.layer != NULL &&
	    k->params.layer->conf_explain != NULL) {
		k->params.layer->conf_explain(k->conf, &k->setup.s);
	}
	if (k->conf_made && k->params.service != NULL &&
	    k->params.service->conf_explain != NULL) {
		k->params.service->conf_explain(k->conf, &k->setup.s);
	}
	kit_resources_explain(k);
}

const char *pst_kit_expiry(const struct pst_kit *k, unsigned n,
                           int64_t *when_out)
{
	if (n < k->expiries.count && when_out != NULL) {
		*when_out = k->expiry[n];
	}
	return text_at(&k->expiries, n);
}

unsigned pst_kit_violations(const struct pst_kit *k)
{
	return k->violations.count;
}

const char *pst_kit_violation(const struct pst_kit *k, unsigned n)
{
	return text_at(&k->violations, n);
}

void pst_kit_set_local(struct pst_kit *k, const char *address)
{
	k->local = address;
}

void pst_kit_set_route(struct pst_kit *k, int result)
{
	k->route_result = result;
}

unsigned pst_kit_streams(const struct pst_kit *k)
{
	return k->stream_count;
}

bool pst_kit_stream_done(const struct pst_kit *k, unsigned n)
{
	return k->streams[n]->done;
}

void pst_kit_set_connect(struct pst_kit *k, int result)
{
	k->connect_result = result;
}

unsigned pst_kit_connects(const struct pst_kit *k)
{
	return k->connect_count;
}

uint32_t pst_kit_connect_index(const struct pst_kit *k, unsigned n)
{
	return n < k->connect_count ? k->connects[n] : UINT32_MAX;
}

const struct pst_answer *pst_kit_answer(const struct pst_kit *k)
{
	return k->answered ? &k->answer : NULL;
}

bool pst_kit_joined(const struct pst_kit *k)
{
	return k->joined;
}

const struct pst_head *pst_kit_response(const struct pst_kit *k,
                                        const void **body_out,
                                        size_t *length_out)
{
	if (body_out != NULL) {
		*body_out = k->response_body;
	}
	if (length_out != NULL) {
		*length_out = k->response_length;
	}
	return k->response_head;
}

uint64_t pst_kit_hold(const struct pst_kit *k)
{
	return k->hold;
}
