/* SPDX-License-Identifier: MIT */
/* The layer `ws` until it is open, in both roles, and its settings. */
#include "kit_check.h"
#include "ws_kit.h"

static const struct pst_head *sent_head(struct pst_slice *s)
{
	return s != NULL ? pst_kit_head_of(s) : NULL;
}

static void an_accepted_request_is_offered_and_then_answered(void)
{
	struct pst_kit *k = ws_kit(PST_ACCEPT, NULL);
	struct pst_slice *s;
	const struct pst_head *h;

	ws_feed_request(k, NULL);
	pst_kit_run(k);
	CHECK_INT(pst_kit_offers(k), 1);
	CHECK_INT(pst_kit_ups(k), 0);
	CHECK(pst_kit_peek(pst_kit_tx_out(k)) == NULL);
	pst_kit_feed_control(pst_kit_tx_in(k), PST_CONTROL_ANSWER,
	                     PST_CLASS_CLEAN, 0, NULL);
	pst_kit_run(k);
	CHECK_INT(pst_kit_ups(k), 1);
	s = pst_kit_take(pst_kit_tx_out(k));
	h = sent_head(s);
	if (CHECK(h != NULL)) {
		CHECK_INT(s->flags, PST_HEAD);
		CHECK_INT(h->kind, PST_HEAD_RESPONSE);
		CHECK_INT(h->status, 101);
		CHECK_INT(h->upgrade_by, PST_UPGRADE_FIELD);
		CHECK(pst_kit_span_is(h, h->upgrade, "websocket"));
		CHECK(pst_kit_field_is(h, "Sec-WebSocket-Accept",
		                       "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
		CHECK(pst_kit_field_is(h, "Sec-WebSocket-Protocol", NULL));
		CHECK(pst_kit_field_is(h, "Sec-WebSocket-Extensions", NULL));
	}
	pst_kit_free(s);
	ws_done(k);
}

static void the_answers_fields_go_into_the_101_but_for_our_own(void)
{
	static const char *const fields[] = {
		"Set-Cookie", "a=b",    "sec-websocket-accept",
		"nonsense",   "X-Back", "1",
		NULL};
	const struct pst_kit_head extra = {
		.kind = PST_HEAD_RESPONSE, .status = 101, .fields = fields};
	struct pst_kit *k = ws_kit(PST_ACCEPT, NULL);
	struct pst_slice *s;
	const struct pst_head *h;

	ws_feed_request(k, NULL);
	pst_kit_run(k);
	pst_kit_feed_control(pst_kit_tx_in(k), PST_CONTROL_ANSWER,
	                     PST_CLASS_CLEAN, 0, NULL);
	pst_kit_feed_kit_head(pst_kit_tx_in(k), &extra, 0);
	pst_kit_run(k);
	s = pst_kit_take(pst_kit_tx_out(k));
	h = sent_head(s);
	if (CHECK(h != NULL)) {
		CHECK(pst_kit_field_is(h, "Set-Cookie", "a=b"));
		CHECK(pst_kit_field_is(h, "X-Back", "1"));
		CHECK(pst_kit_field_is(h, "Sec-WebSocket-Accept",
		                       "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
	}
	pst_kit_free(s);
	ws_done(k);
}

static void data_behind_both_heads_is_taken_at_once(void)
{
	struct pst_kit *k = ws_kit(PST_ACCEPT, NULL);
	uint8_t frame[32];

	ws_feed_request(k, NULL);
	pst_kit_feed(pst_kit_rx_in(k), frame,
	             ws_frame_to(PST_ACCEPT, frame, 0x81, "early", 5));
	pst_kit_run(k);
	CHECK(pst_kit_peek(pst_kit_rx_out(k)) == NULL);
	pst_kit_feed_control(pst_kit_tx_in(k), PST_CONTROL_ANSWER,
	                     PST_CLASS_CLEAN, 0, NULL);
	pst_kit_feed_message(pst_kit_tx_in(k), "first", 5, PST_BINARY);
	pst_kit_run(k);
	ws_drop_slice(pst_kit_tx_out(k));
	ws_expect_frame(k, 0x82, "first", 5);
	ws_expect_message(k, PST_TEXT, "early", 5);
	ws_done(k);
}

static void subprotocols_are_chosen_from_the_list(void)
{
	static const char *const options[] = {"subprotocols", "mqtt",
	                                      "subprotocols", "chat", NULL};
	static const char *const asked[] = {"Sec-WebSocket-Protocol",
	                                    "stomp, chat, mqtt", NULL};
	struct pst_kit *k = ws_kit(PST_ACCEPT, options);
	struct pst_slice *s;
	const struct pst_head *h;
	enum pst_provenance how;

	ws_feed_request(k, asked);
	pst_kit_run(k);
	CHECK_STR(pst_kit_attribute(k, "ws.subprotocol", &how), "chat");
	CHECK_INT(how, PST_PROVEN);
	pst_kit_feed_control(pst_kit_tx_in(k), PST_CONTROL_ANSWER,
	                     PST_CLASS_CLEAN, 0, NULL);
	pst_kit_run(k);
	s = pst_kit_take(pst_kit_tx_out(k));
	h = sent_head(s);
	CHECK(h != NULL &&
	      pst_kit_field_is(h, "Sec-WebSocket-Protocol", "chat"));
	pst_kit_free(s);
	ws_done(k);
}

static void without_a_list_no_subprotocol_is_chosen(void)
{
	static const char *const asked[] = {"Sec-WebSocket-Protocol", "mqtt",
	                                    NULL};
	struct pst_kit *k = ws_kit(PST_ACCEPT, NULL);
	struct pst_slice *s;
	const struct pst_head *h;

	ws_feed_request(k, asked);
	pst_kit_run(k);
	pst_kit_feed_control(pst_kit_tx_in(k), PST_CONTROL_ANSWER,
	                     PST_CLASS_CLEAN, 0, NULL);
	pst_kit_run(k);
	s = pst_kit_take(pst_kit_tx_out(k));
	h = sent_head(s);
	CHECK(h != NULL && pst_kit_field_is(h, "Sec-WebSocket-Protocol", NULL));
	pst_kit_free(s);
	ws_done(k);
}

/* A refused opening: its status, and fields that must be there. */
static void expect_refusal(struct pst_kit *k, uint16_t status, const char *name,
                           const char *value)
{
	struct pst_slice *s;
	const struct pst_head *h;
	char body[256];
	size_t n;

	pst_kit_run(k);
	CHECK(pst_kit_failed(k));
	CHECK_INT(pst_kit_fail_code(k), status);
	CHECK_INT(pst_kit_offers(k), 0);
	s = pst_kit_take(pst_kit_tx_out(k));
	h = sent_head(s);
	if (CHECK(h != NULL)) {
		CHECK_INT(h->kind, PST_HEAD_RESPONSE);
		CHECK_INT(h->status, status);
		CHECK(pst_kit_field_is(h, "Content-Type", "text/plain"));
		CHECK(name == NULL || pst_kit_field_is(h, name, value));
		CHECK_INT(h->body, PST_BODY_LENGTH);
		n = pst_kit_read(pst_kit_tx_out(k), body, sizeof(body));
		CHECK_INT(n, h->body_length);
		CHECK(n > 1 && body[n - 1] == '\n');
		if (status == 426) {
			CHECK(pst_kit_span_is(h, h->upgrade, "websocket"));
			CHECK_INT(h->upgrade_by, PST_UPGRADE_FIELD);
		} else {
			CHECK_INT(h->upgrade_by, PST_UPGRADE_NONE);
		}
	}
	pst_kit_free(s);
	ws_expect_end(pst_kit_tx_out(k), PST_END_CLEAN);
	ws_expect_end(pst_kit_rx_out(k), PST_END_RESET);
	ws_done(k);
}

static void refuse_request(const struct pst_kit_head *h, uint16_t status,
                           const char *name, const char *value)
{
	static const char *const options[] = {"origins", "https://good.example",
	                                      NULL};
	struct pst_kit *k = ws_kit(PST_ACCEPT, options);

	pst_kit_feed_kit_head(pst_kit_rx_in(k), h, PST_EOM);
	expect_refusal(k, status, name, value);
}

static void bad_requests_get_a_response_and_nothing_else(void)
{
	const char *fields[] = {"Sec-WebSocket-Version",
	                        "13",
	                        "Sec-WebSocket-Key",
	                        WS_TEST_KEY,
	                        "Origin",
	                        "https://good.example",
	                        NULL};
	const struct pst_kit_head good = ws_request(fields);
	struct pst_kit_head h = good;

	h.upgrade = NULL;
	h.upgrade_by = PST_UPGRADE_NONE;
	refuse_request(&h, 426, "Sec-WebSocket-Version", "13");
	h = good;
	h.method = "POST";
	refuse_request(&h, 405, "Allow", "GET");
	h = good;
	fields[1] = "12";
	refuse_request(&h, 426, "Sec-WebSocket-Version", "13");
	fields[1] = "13";
	fields[3] = "short";
	refuse_request(&h, 400, NULL, NULL);
	fields[3] = WS_TEST_KEY;
	fields[5] = "https://evil.example";
	refuse_request(&h, 403, NULL, NULL);
}

static void the_origin_is_a_claim(void)
{
	static const char *const extra[] = {"Origin", "https://a.example",
	                                    NULL};
	struct pst_kit *k = ws_kit(PST_ACCEPT, NULL);
	enum pst_provenance how;

	ws_feed_request(k, extra);
	pst_kit_run(k);
	CHECK_STR(pst_kit_attribute(k, "ws.origin", &how), "https://a.example");
	CHECK_INT(how, PST_CLAIMED);
	ws_done(k);
}

static void a_refused_service_is_passed_down_with_its_class(void)
{
	static const enum pst_end ends[] = {PST_END_RESET, PST_END_CUT};
	size_t i;

	for (i = 0; i < COUNT(ends); i++) {
		struct pst_kit *k = ws_kit(PST_ACCEPT, NULL);

		ws_feed_request(k, NULL);
		pst_kit_run(k);
		pst_kit_end(pst_kit_tx_in(k), ends[i], PST_CLASS_UNREACHABLE);
		pst_kit_run(k);
		CHECK(pst_kit_peek(pst_kit_tx_out(k)) == NULL);
		ws_expect_end(pst_kit_tx_out(k), PST_END_RESET);
		CHECK_INT(pst_kit_end_class(pst_kit_tx_out(k)),
		          PST_CLASS_UNREACHABLE);
		CHECK(!pst_kit_failed(k));
		pst_kit_feed(pst_kit_rx_in(k), "dropped", 7);
		pst_kit_run(k);
		CHECK_INT(pst_kit_waiting(pst_kit_rx_in(k)), 0);
		ws_done(k);
	}
}

static void a_client_that_leaves_before_the_answer_is_truncated(void)
{
	struct pst_kit *k = ws_kit(PST_ACCEPT, NULL);

	ws_feed_request(k, NULL);
	pst_kit_run(k);
	pst_kit_end(pst_kit_rx_in(k), PST_END_CUT, PST_CLASS_TRUNCATED);
	pst_kit_run(k);
	CHECK(pst_kit_failed(k));
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_TRUNCATED);
	ws_done(k);
}

static void a_stream_without_a_head_fails(void)
{
	struct pst_kit *k = ws_kit(PST_ACCEPT, NULL);

	pst_kit_end(pst_kit_rx_in(k), PST_END_CLEAN, PST_CLASS_CLEAN);
	pst_kit_run(k);
	CHECK(pst_kit_failed(k));
	ws_done(k);
	k = ws_kit(PST_CONNECT, NULL);
	pst_kit_end(pst_kit_rx_in(k), PST_END_RESET, PST_CLASS_UNREACHABLE);
	pst_kit_run(k);
	CHECK(pst_kit_failed(k));
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_UNREACHABLE);
	ws_done(k);
}

/* The request that a connecting end sends with these options and URL. */
static void expect_request(const struct pst_url *url,
                           const char *const *options, const char *authority,
                           const char *path, const char *protocols)
{
	const struct pst_kit_params params = {
		.layer = PST_PLUGIN_SYMBOL.get(PST_EXTENSION_LAYER, 0),
		.role = PST_CONNECT,
		.options = options,
		.url = url,
	};
	struct pst_kit *k = pst_kit_create(&params);
	struct pst_slice *s;
	const struct pst_head *h;

	CHECK(pst_kit_ready(k));
	pst_kit_run(k);
	s = pst_kit_take(pst_kit_tx_out(k));
	h = sent_head(s);
	if (CHECK(h != NULL)) {
		CHECK_INT(s->flags, PST_HEAD | PST_EOM);
		CHECK_INT(h->kind, PST_HEAD_REQUEST);
		CHECK_INT(h->body, PST_BODY_NONE);
		CHECK_INT(h->upgrade_by, PST_UPGRADE_FIELD);
		CHECK(pst_kit_span_is(h, h->method, "GET"));
		CHECK(pst_kit_span_is(h, h->authority, authority));
		CHECK(pst_kit_span_is(h, h->path, path));
		CHECK(pst_kit_span_is(h, h->upgrade, "websocket"));
		CHECK(pst_kit_field_is(h, "Sec-WebSocket-Version", "13"));
		CHECK_INT(pst_head_count(h, "Sec-WebSocket-Key"), 1);
		CHECK(pst_kit_field_is(h, "Sec-WebSocket-Protocol", protocols));
		CHECK(pst_kit_field_is(h, "Origin", NULL));
	}
	pst_kit_free(s);
	ws_done(k);
}

static void the_request_is_made_from_url_and_options(void)
{
	static const char *const list[] = {"subprotocols", "mqtt",
	                                   "subprotocols", "chat", NULL};
	static const char *const own[] = {"host", "other.example:8080", "path",
	                                  "/x?y", NULL};
	struct pst_url url = ws_test_url;

	expect_request(&url, NULL, "back.example", "/chat", NULL);
	url.port = 8080;
	url.query = "a=b&c";
	expect_request(&url, list, "back.example:8080", "/chat?a=b&c",
	               "mqtt, chat");
	url.scheme = "wss";
	url.port = 443;
	expect_request(&url, NULL, "back.example", "/chat?a=b&c", NULL);
	url.port = 80;
	url.host = "::1";
	url.host_is_address = 1;
	expect_request(&url, NULL, "[::1]:80", "/chat?a=b&c", NULL);
	url.scheme = "acme";
	expect_request(&url, NULL, "[::1]:80", "/chat?a=b&c", NULL);
	expect_request(&url, own, "other.example:8080", "/x?y", NULL);
	expect_request(NULL, own, "other.example:8080", "/x?y", NULL);
	{
		static const char *const host[] = {"host", "h", NULL};

		expect_request(NULL, host, "h", "/", NULL);
	}
}

static void two_requests_have_different_keys(void)
{
	char keys[2][WS_KEY_LENGTH] = {"", ""};
	int i;

	for (i = 0; i < 2; i++) {
		struct pst_kit *k = ws_kit(PST_CONNECT, NULL);
		const struct pst_field *f;
		const struct pst_head *h;
		struct pst_slice *s;

		pst_kit_run(k);
		s = pst_kit_take(pst_kit_tx_out(k));
		h = sent_head(s);
		f = h != NULL ? ws_only_field(h, "Sec-WebSocket-Key") : NULL;
		if (CHECK(f != NULL)) {
			memcpy(keys[i], pst_head_text(h, f->value),
			       WS_KEY_LENGTH);
		}
		pst_kit_free(s);
		ws_done(k);
	}
	CHECK(memcmp(keys[0], keys[1], WS_KEY_LENGTH) != 0);
}

static void a_response_opens_and_its_subprotocol_is_learned(void)
{
	static const char *const options[] = {"subprotocols", "mqtt",
	                                      "subprotocols", "chat", NULL};
	static const char *const extra[] = {"Sec-WebSocket-Protocol", "chat",
	                                    NULL};
	static const struct pst_kit_head interim = {
		.kind = PST_HEAD_INTERIM, .status = 103, .version = 11};
	struct pst_kit *k = ws_kit(PST_CONNECT, options);

	pst_kit_run(k);
	pst_kit_feed_kit_head(pst_kit_rx_in(k), &interim, 0);
	pst_kit_feed_kit_head(pst_kit_rx_in(k), &interim, 0);
	pst_kit_run(k);
	CHECK_INT(pst_kit_ups(k), 0);
	ws_feed_response(k, extra);
	pst_kit_run(k);
	CHECK_INT(pst_kit_ups(k), 1);
	CHECK_STR(pst_kit_attribute(k, "ws.subprotocol", NULL), "chat");
	ws_done(k);
}

static void another_status_is_a_refusal_with_that_status(void)
{
	static const uint16_t statuses[] = {200, 302, 401, 403, 404, 426, 503};
	size_t i;

	for (i = 0; i < COUNT(statuses); i++) {
		const struct pst_kit_head h = {.kind = PST_HEAD_RESPONSE,
		                               .status = statuses[i],
		                               .version = 11};
		struct pst_kit *k = ws_kit(PST_CONNECT, NULL);

		pst_kit_run(k);
		pst_kit_discard(pst_kit_tx_out(k));
		pst_kit_feed_kit_head(pst_kit_rx_in(k), &h, PST_EOM);
		pst_kit_run(k);
		CHECK(pst_kit_failed(k));
		CHECK_INT(pst_kit_ups(k), 0);
		CHECK_INT(pst_kit_fail_class(k), PST_CLASS_REFUSED);
		CHECK_INT(pst_kit_fail_code(k), statuses[i]);
		ws_done(k);
	}
}

static void a_wrong_101_is_a_protocol_error(void)
{
	static const char *const extra[] = {"Sec-WebSocket-Protocol", "mqtt",
	                                    NULL};
	struct pst_kit *k = ws_kit(PST_CONNECT, NULL);

	pst_kit_run(k);
	ws_feed_response(k, extra);
	pst_kit_run(k);
	CHECK(pst_kit_failed(k));
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_PROTOCOL);
	CHECK_INT(pst_kit_fail_code(k), 1002);
	CHECK(strstr(pst_kit_fail_text(k), "was not offered") != NULL);
	ws_expect_silence(k);
	ws_done(k);
}

static void data_waits_until_the_response_came(void)
{
	struct pst_kit *k = ws_kit(PST_CONNECT, NULL);

	pst_kit_feed_message(pst_kit_tx_in(k), "wait", 4, PST_TEXT);
	pst_kit_run(k);
	ws_feed_response(k, NULL);
	ws_expect_silence(k);
	pst_kit_run(k);
	ws_expect_frame(k, 0x81, "wait", 4);
	ws_done(k);
}

static void a_cancelled_connect_resets(void)
{
	struct pst_kit *k = ws_kit(PST_CONNECT, NULL);

	pst_kit_run(k);
	pst_kit_discard(pst_kit_tx_out(k));
	pst_kit_end(pst_kit_tx_in(k), PST_END_RESET, PST_CLASS_GOING_AWAY);
	pst_kit_run(k);
	ws_expect_end(pst_kit_tx_out(k), PST_END_RESET);
	ws_done(k);
}

static void memory_that_runs_out_while_opening_fails_cleanly(void)
{
	unsigned n;

	for (n = 1; n < 4; n++) {
		struct pst_kit *k = ws_kit(PST_CONNECT, NULL);

		pst_kit_fail_memory(k, n);
		pst_kit_run(k);
		CHECK_INT(pst_kit_failed(k), n == 1);
		ws_done(k);
		k = ws_kit(PST_ACCEPT, NULL);
		ws_feed_request(k, NULL);
		pst_kit_run(k);
		pst_kit_fail_memory(k, n);
		pst_kit_feed_control(pst_kit_tx_in(k), PST_CONTROL_ANSWER,
		                     PST_CLASS_CLEAN, 0, NULL);
		pst_kit_run(k);
		CHECK_INT(pst_kit_failed(k), n == 1);
		ws_done(k);
	}
}

static void expect_diagnosis(enum pst_role role, const struct pst_url *url,
                             const char *const *options, const char *option,
                             const char *text)
{
	const struct pst_kit_params params = {
		.layer = PST_PLUGIN_SYMBOL.get(PST_EXTENSION_LAYER, 0),
		.role = role,
		.options = options,
		.url = url,
	};
	struct pst_kit *k = pst_kit_create(&params);

	CHECK_REFUSED(k, option, text);
}

static void wrong_settings_are_refused(void)
{
	static const struct {
		enum pst_role role;
		const char *options[6];
		const char *option;
		const char *text;
	} rows[] = {
		{PST_ACCEPT, {"subprotocols", "a b"}, "subprotocols", "token"},
		{PST_ACCEPT, {"subprotocols", ""}, "subprotocols", "token"},
		{PST_CONNECT,
	         {"subprotocols", "a", "subprotocols", "a"},
	         "subprotocols",
	         "twice"},
		{PST_ACCEPT,
	         {"origins", "example.com"},
	         "origins",
	         "not an origin"},
		{PST_ACCEPT, {"origins", "https://a/"}, "origins", "path"},
		{PST_ACCEPT, {"origins", "https://"}, "origins", "no host"},
		{PST_ACCEPT,
	         {"origins", "https://a b"},
	         "origins",
	         "forbidden"},
		{PST_ACCEPT,
	         {"max_message", "1k", "max_frame", "2k"},
	         "max_frame",
	         "larger than max_message"},
		{PST_CONNECT, {"host", "a b"}, "host", "not a host"},
		{PST_CONNECT, {"host", ""}, "host", "not a host"},
		{PST_CONNECT, {"host", "a/b"}, "host", "not a host"},
		{PST_CONNECT, {"path", "x"}, "path", "not a path"},
		{PST_CONNECT, {"path", "/a b"}, "path", "not a path"},
		{PST_CONNECT, {"path", "/a#b"}, "path", "not a path"},
		{PST_CONNECT, {"path", "/\xc3\xa4"}, "path", "not a path"},
	};
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		expect_diagnosis(rows[i].role, &ws_test_url, rows[i].options,
		                 rows[i].option, rows[i].text);
	}
	expect_diagnosis(PST_CONNECT, NULL, NULL, "host", "missing");
}

static void explain_shows_the_request(void)
{
	struct pst_kit *k = ws_kit(PST_CONNECT, NULL);

	pst_kit_explain(k);
	CHECK(pst_kit_diagnosed(k, "request", "GET /chat at back.example"));
	ws_done(k);
}

static void an_idle_connection_holds_little(void)
{
	CHECK(sizeof(struct ws_state) <= 200);
}

static CU_TestInfo tests[] = {
	TEST(an_accepted_request_is_offered_and_then_answered),
	TEST(the_answers_fields_go_into_the_101_but_for_our_own),
	TEST(data_behind_both_heads_is_taken_at_once),
	TEST(subprotocols_are_chosen_from_the_list),
	TEST(without_a_list_no_subprotocol_is_chosen),
	TEST(bad_requests_get_a_response_and_nothing_else),
	TEST(the_origin_is_a_claim),
	TEST(a_refused_service_is_passed_down_with_its_class),
	TEST(a_client_that_leaves_before_the_answer_is_truncated),
	TEST(a_stream_without_a_head_fails),
	TEST(the_request_is_made_from_url_and_options),
	TEST(two_requests_have_different_keys),
	TEST(a_response_opens_and_its_subprotocol_is_learned),
	TEST(another_status_is_a_refusal_with_that_status),
	TEST(a_wrong_101_is_a_protocol_error),
	TEST(data_waits_until_the_response_came),
	TEST(a_cancelled_connect_resets),
	TEST(memory_that_runs_out_while_opening_fails_cleanly),
	TEST(wrong_settings_are_refused),
	TEST(explain_shows_the_request),
	TEST(an_idle_connection_holds_little),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
