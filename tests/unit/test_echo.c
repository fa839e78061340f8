/* SPDX-License-Identifier: MIT */
/* The service `echo`, in each shape. */
#include "pst_test.h"

#include <penstock/plugin.h>
#include <penstock/testkit.h>

static struct pst_kit *kit_of(uint32_t shape)
{
	struct pst_kit_params p = {
		.service = pst_plugin.get(PST_EXTENSION_SERVICE, 0),
		.below = shape};
	struct pst_kit *k = pst_kit_create(&p);

	CHECK(pst_kit_ready(k));
	return k;
}

static void offer(struct pst_kit *k)
{
	CHECK_INT(pst_kit_offer(k), 0);
	if (CHECK(pst_kit_answer(k) != NULL)) {
		CHECK_INT(pst_kit_answer(k)->accept, 1);
	}
	pst_kit_run(k);
}

static void bytes_come_back_and_end_cleanly(void)
{
	struct pst_kit *k = kit_of(PST_SHAPE_BYTES);

	offer(k);
	pst_kit_split(pst_kit_rx_in(k), 3, 5);
	pst_kit_feed(pst_kit_rx_in(k), "hello, world", 12);
	pst_kit_run(k);
	CHECK(pst_kit_reads(pst_kit_tx_out(k), "hello, world", 12));
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_OPEN);
	pst_kit_end(pst_kit_rx_in(k), PST_END_CLEAN, PST_CLASS_CLEAN);
	pst_kit_run(k);
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_CLEAN);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_cut_is_answered_with_a_reset(void)
{
	struct pst_kit *k = kit_of(PST_SHAPE_BYTES);

	offer(k);
	pst_kit_feed(pst_kit_rx_in(k), "part", 4);
	pst_kit_end(pst_kit_rx_in(k), PST_END_CUT, PST_CLASS_TRUNCATED);
	pst_kit_run(k);
	CHECK(pst_kit_reads(pst_kit_tx_out(k), "part", 4));
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_RESET);
	CHECK_INT(pst_kit_end_class(pst_kit_tx_out(k)), PST_CLASS_TRUNCATED);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_stalled_client_stops_the_echo(void)
{
	struct pst_kit *k = kit_of(PST_SHAPE_BYTES);
	char data[100];

	memset(data, 'x', sizeof(data));
	offer(k);
	pst_kit_stall(pst_kit_tx_out(k), true);
	pst_kit_limit(pst_kit_tx_out(k), 10);
	pst_kit_split(pst_kit_rx_in(k), 7, 0);
	pst_kit_feed(pst_kit_rx_in(k), data, sizeof(data));
	pst_kit_run(k);
	CHECK_INT(pst_kit_waiting(pst_kit_tx_out(k)), 14);
	CHECK_INT(pst_kit_waiting(pst_kit_rx_in(k)), 86);
	pst_kit_stall(pst_kit_tx_out(k), false);
	pst_kit_run(k);
	CHECK(pst_kit_reads(pst_kit_tx_out(k), data, sizeof(data)));
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void messages_come_back_with_their_kind_and_close(void)
{
	struct pst_kit *k = kit_of(PST_SHAPE_MESSAGES);
	struct pst_kit_port *out = pst_kit_tx_out(k);
	const struct pst_control *c;
	struct pst_slice *s;

	offer(k);
	pst_kit_feed_message(pst_kit_rx_in(k), "text", 4, PST_TEXT);
	pst_kit_feed_message(pst_kit_rx_in(k), "", 0, PST_BINARY);
	pst_kit_feed_control(pst_kit_rx_in(k), PST_CONTROL_CLOSE,
	                     PST_CLASS_GOING_AWAY, 4001, "bye");
	pst_kit_end(pst_kit_rx_in(k), PST_END_CLEAN, PST_CLASS_CLEAN);
	pst_kit_run(k);
	s = pst_kit_take(out);
	CHECK_INT(s->flags, PST_TEXT | PST_EOM);
	CHECK_MEM(s->data, "text", 4);
	pst_kit_free(s);
	s = pst_kit_take(out);
	CHECK_INT(s->flags, PST_BINARY | PST_EOM);
	CHECK_INT(s->length, 0);
	pst_kit_free(s);
	s = pst_kit_take(out);
	c = pst_kit_control_of(s);
	if (CHECK(c != NULL)) {
		CHECK_INT(c->kind, PST_CONTROL_CLOSE);
		CHECK_INT(c->code, 4001);
		CHECK_MEM(c->text, "bye", 3);
	}
	pst_kit_free(s);
	CHECK_INT(pst_kit_ended(out), PST_END_CLEAN);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_ping_comes_back_as_a_pong(void)
{
	struct pst_kit *k = kit_of(PST_SHAPE_MESSAGES);
	const struct pst_control *c;

	offer(k);
	pst_kit_feed_control(pst_kit_rx_in(k), PST_CONTROL_PONG, 0, 0, "no");
	pst_kit_feed_control(pst_kit_rx_in(k), PST_CONTROL_PING, 0, 0, "yes");
	pst_kit_run(k);
	c = pst_kit_control_of(pst_kit_peek(pst_kit_tx_out(k)));
	if (CHECK(c != NULL)) {
		CHECK_INT(c->kind, PST_CONTROL_PONG);
		CHECK_MEM(c->text, "yes", 3);
	}
	CHECK_INT(pst_kit_destroy(k), 0);
}

/* -- exchanges --------------------------------------------------------------- */

static const char *const fields[] = {"Content-Type", "text/x-test", "Cookie",
                                     "secret", NULL};
static const char *const expecting[] = {"Expect", "100-continue", NULL};

static void request(struct pst_kit *k, const char *method, enum pst_body body,
                    uint64_t length, const char *const *lines, uint32_t flags)
{
	const struct pst_kit_head head = {.kind = PST_HEAD_REQUEST,
	                                  .method = method,
	                                  .path = "/",
	                                  .body = body,
	                                  .body_length = length,
	                                  .fields = lines};

	CHECK_INT(pst_kit_feed_kit_head(pst_kit_rx_in(k), &head, flags), 0);
}

/** Take a head with that status; returns its slice. */
static struct pst_slice *response(struct pst_kit *k, unsigned status,
                                  uint32_t flags)
{
	struct pst_slice *s = pst_kit_take(pst_kit_tx_out(k));
	const struct pst_head *h = pst_kit_head_of(s);

	if (CHECK(h != NULL)) {
		CHECK_INT(h->status, status);
		CHECK_INT(s->flags, PST_HEAD | flags);
	}
	return s;
}

static void a_posted_body_is_the_response(void)
{
	struct pst_kit *k = kit_of(PST_SHAPE_EXCHANGES);
	const struct pst_head *h;
	struct pst_slice *s;

	request(k, "POST", PST_BODY_LENGTH, 5, fields, 0);
	offer(k);
	pst_kit_feed_message(pst_kit_rx_in(k), "hello", 5, 0);
	pst_kit_end(pst_kit_rx_in(k), PST_END_CLEAN, PST_CLASS_CLEAN);
	pst_kit_run(k);
	s = response(k, 200, 0);
	h = pst_kit_head_of(s);
	CHECK_INT(h->body, PST_BODY_LENGTH);
	CHECK_INT(h->body_length, 5);
	CHECK(pst_kit_field_is(h, "content-type", "text/x-test"));
	CHECK(pst_kit_field_is(h, "cookie", NULL));
	pst_kit_free(s);
	CHECK_INT(pst_kit_peek(pst_kit_tx_out(k))->flags, PST_EOM);
	CHECK(pst_kit_reads(pst_kit_tx_out(k), "hello", 5));
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_CLEAN);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_get_gets_an_empty_body(void)
{
	struct pst_kit *k = kit_of(PST_SHAPE_EXCHANGES);
	struct pst_slice *s;

	request(k, "GET", PST_BODY_NONE, 0, NULL, PST_EOM);
	pst_kit_end(pst_kit_rx_in(k), PST_END_CLEAN, PST_CLASS_CLEAN);
	offer(k);
	s = response(k, 200, PST_EOM);
	CHECK_INT(pst_kit_head_of(s)->body, PST_BODY_LENGTH);
	CHECK_INT(pst_kit_head_of(s)->body_length, 0);
	pst_kit_free(s);
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_CLEAN);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_head_request_gets_no_body(void)
{
	struct pst_kit *k = kit_of(PST_SHAPE_EXCHANGES);

	request(k, "HEAD", PST_BODY_LENGTH, 3, NULL, 0);
	offer(k);
	pst_kit_feed_message(pst_kit_rx_in(k), "abc", 3, 0);
	pst_kit_run(k);
	pst_kit_free(response(k, 200, PST_EOM));
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_CLEAN);
	CHECK_INT(pst_kit_waiting(pst_kit_rx_in(k)), 0);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_client_that_asks_first_is_told_to_go_on(void)
{
	struct pst_kit *k = kit_of(PST_SHAPE_EXCHANGES);

	request(k, "PUT", PST_BODY_UNKNOWN, 0, expecting, 0);
	offer(k);
	pst_kit_free(response(k, 100, 0));
	pst_kit_free(response(k, 200, 0));
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void trailers_are_dropped_but_end_the_body(void)
{
	const struct pst_kit_head trailers = {.kind = PST_HEAD_TRAILERS,
	                                      .fields = fields};
	struct pst_kit *k = kit_of(PST_SHAPE_EXCHANGES);
	struct pst_slice *s;

	request(k, "PUT", PST_BODY_UNKNOWN, 0, NULL, 0);
	offer(k);
	pst_kit_feed_slice(pst_kit_rx_in(k), "abc", 3, 0);
	CHECK_INT(pst_kit_feed_kit_head(pst_kit_rx_in(k), &trailers, PST_EOM),
	          0);
	pst_kit_run(k);
	pst_kit_free(response(k, 200, 0));
	s = pst_kit_take(pst_kit_tx_out(k));
	CHECK_MEM(s->data, "abc", 3);
	pst_kit_free(s);
	s = pst_kit_take(pst_kit_tx_out(k));
	CHECK_INT(s->flags, PST_EOM);
	CHECK_INT(s->length, 0);
	pst_kit_free(s);
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_CLEAN);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_truncated_request_resets_the_response(void)
{
	struct pst_kit *k = kit_of(PST_SHAPE_EXCHANGES);

	request(k, "PUT", PST_BODY_LENGTH, 9, NULL, 0);
	offer(k);
	pst_kit_feed(pst_kit_rx_in(k), "abc", 3);
	pst_kit_end(pst_kit_rx_in(k), PST_END_RESET, PST_CLASS_TRUNCATED);
	pst_kit_run(k);
	pst_kit_discard(pst_kit_tx_out(k));
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_RESET);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void out_of_memory_is_a_failure(void)
{
	struct pst_kit *k = kit_of(PST_SHAPE_EXCHANGES);

	request(k, "GET", PST_BODY_NONE, 0, NULL, PST_EOM);
	pst_kit_fail_memory(k, 1);
	CHECK_INT(pst_kit_offer(k), 0);
	pst_kit_run(k);
	CHECK(pst_kit_failed(k));
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_INTERNAL);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static CU_TestInfo tests[] = {
	TEST(bytes_come_back_and_end_cleanly),
	TEST(a_cut_is_answered_with_a_reset),
	TEST(a_stalled_client_stops_the_echo),
	TEST(messages_come_back_with_their_kind_and_close),
	TEST(a_ping_comes_back_as_a_pong),
	TEST(a_posted_body_is_the_response),
	TEST(a_get_gets_an_empty_body),
	TEST(a_head_request_gets_no_body),
	TEST(a_client_that_asks_first_is_told_to_go_on),
	TEST(trailers_are_dropped_but_end_the_body),
	TEST(a_truncated_request_resets_the_response),
	TEST(out_of_memory_is_a_failure),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
