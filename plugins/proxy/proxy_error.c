/* SPDX-License-Identifier: MIT */
/* Answers of the service `proxy` itself. */
#include "proxy_error.h"

#include "proxy.h"

#include <stdio.h>
#include <string.h>

/* What we would not accept from the back-end (its certificate, its protocol) is
 * no fault of the client: to it the back-end cannot be reached. */
static enum pst_class for_client(enum pst_class why)
{
	return why == PST_CLASS_POLICY || why == PST_CLASS_PROTOCOL ||
	                       why == PST_CLASS_CLEAN
	               ? PST_CLASS_UNREACHABLE
	               : why;
}

void proxy_add_response(struct pst_instance *me, struct pst_answer *answer)
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

void proxy_refuse(struct pst_instance *me)
{
	struct pst_answer answer = {.size = sizeof(answer)};

	answer.reason = pst_reason(me, &answer.text);
	if (answer.reason == PST_CLASS_CLEAN) {
		answer.text = "no connect pipeline could be tried";
	}
	answer.reason = for_client(answer.reason);
	proxy_add_response(me, &answer);
	pst_count(me, PROXY_REFUSED, 1);
	proxy_answer(me, &answer);
}

void proxy_refuse_request(struct pst_instance *me, unsigned status,
                          enum pst_class why, const char *text)
{
	static const char type[] = "text/plain; charset=utf-8";
	struct pst_answer answer = {
		.size = sizeof(answer), .reason = why, .text = text};
	struct pst_head_builder b;
	uint64_t memory[64];
	char body[256];
	int64_t size;
	int length = snprintf(body, sizeof(body), "%u: %s\n", status, text);

	pst_head_begin(&b, memory, sizeof(memory), PST_HEAD_RESPONSE);
	b.head->status = (uint16_t)status;
	b.head->body = PST_BODY_LENGTH;
	b.head->body_length = strnlen(body, sizeof(body));
	pst_head_add(&b, "Content-Type", 12, type, sizeof(type) - 1);
	size = pst_head_finish(&b);
	if (size > 0 && length > 0) {
		answer.head = b.head;
		answer.head_length = (uint32_t)size;
		answer.body = body;
		answer.body_length = (uint32_t)b.head->body_length;
	}
	pst_count(me, PROXY_REFUSED_REQUESTS, 1);
	proxy_answer(me, &answer);
}
