/* SPDX-License-Identifier: MIT */
/* What an opening carries from hop to hop: paths, fields, cookies,
 * subprotocols, refusals. */
#include "kit_check.h"
#include "ws_kit.h"

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

/* -- the back-end's request -------------------------------------------- */

/* What a client asked for, as the accepting hop tells it. */
static struct pst_kit *asking(const char *const *options, const char *path,
                              const char *const *fields)
{
	const struct pst_kit_head client = {
		.kind = PST_HEAD_REQUEST,
		.method = "GET",
		.authority = "front.example:8443",
		.path = path,
		.fields = fields,
	};
	struct pst_kit *k = ws_kit(PST_CONNECT, options);

	CHECK(pst_kit_ready(k));
	CHECK_INT(pst_kit_tell_head(k, PST_TOLD_REQUEST, &client), 0);
	pst_kit_run(k);
	return k;
}

static void path_becomes(const char *const *options, const char *path,
                         const char *wanted)
{
	struct pst_kit *k = asking(options, path, NULL);
	struct pst_slice *s = pst_kit_take(pst_kit_tx_out(k));
	const struct pst_head *h = s == NULL ? NULL : pst_kit_head_of(s);

	if (CHECK(h != NULL) && !CHECK(pst_kit_span_is(h, h->path, wanted))) {
		printf("    %s became %.*s, not %s\n", path,
		       (int)h->path.length, pst_head_text(h, h->path), wanted);
	}
	pst_kit_free(s);
	ws_done(k);
}

static void paths_and_queries_follow_the_rule(void)
{
	path_becomes(NULL, "/quotes/eur?x=1", "/chat");
	path_becomes(LIST("forward_query", "true"), "/quotes?x=1&y",
	             "/chat?x=1&y");
	path_becomes(LIST("forward_query", "true"), "/quotes", "/chat");
	path_becomes(LIST("forward_query", "true", "path", "/a?b=c"), "/q?x",
	             "/a?b=c&x");
	path_becomes(LIST("forward_path", "/"), "/quotes/eur",
	             "/chat/quotes/eur");
	path_becomes(LIST("forward_path", "/quotes"), "/quotes/eur?x=1",
	             "/chat/eur");
	path_becomes(LIST("forward_path", "/quotes/"), "/quotes", "/chat");
	path_becomes(LIST("forward_path", "/quotes"), "/quotesX", "/chat");
	path_becomes(LIST("forward_path", "/quotes", "path", "/"),
	             "/quotes/eur", "/eur");
	path_becomes(LIST("forward_path", "/", "path", "/"), "/", "/");
}

static void expect_request_field(const char *const *options,
                                 const char *const *fields, const char *name,
                                 const char *value)
{
	struct pst_kit *k = asking(options, "/", fields);
	struct pst_slice *s = pst_kit_take(pst_kit_tx_out(k));
	const struct pst_head *h = s == NULL ? NULL : pst_kit_head_of(s);

	if (CHECK(h != NULL) && !CHECK(pst_kit_field_is(h, name, value))) {
		printf("    %s is not %s\n", name, value);
	}
	pst_kit_free(s);
	ws_done(k);
}

static void fields_go_over_by_rule(void)
{
	const char *const *client =
		LIST("Authorization", "Basic x", "X-App-One", "1", "X-App-Two",
	             "2", "X-Other", "3", "Origin", "https://a.example");

	expect_request_field(NULL, client, "Authorization", NULL);
	expect_request_field(LIST("forward_fields", "authorization"), client,
	                     "Authorization", "Basic x");
	expect_request_field(LIST("forward_fields", "X-App-*"), client,
	                     "X-App-Two", "2");
	expect_request_field(LIST("forward_fields", "X-App-*"), client,
	                     "X-Other", NULL);
	expect_request_field(LIST("forward_fields", "Origin=X-Origin"), client,
	                     "X-Origin", "https://a.example");
	expect_request_field(LIST("forward_fields", "Origin=X-Origin"), client,
	                     "Origin", NULL);
	expect_request_field(LIST("set_fields", "X-Gateway: yes, it is"),
	                     client, "X-Gateway", "yes, it is");
	expect_request_field(LIST("forward_fields", "*"), client, "X-Other",
	                     "3");
}

static void what_is_set_replaces_what_the_client_says(void)
{
	const char *const *client =
		LIST("X-Role", "admin", "x-role", "root", "X-Rol", "1");
	const char *const *options =
		LIST("forward_fields", "*", "set_fields", "x-ROLE: guest");
	struct pst_kit *k = asking(options, "/", client);
	struct pst_slice *s = pst_kit_take(pst_kit_tx_out(k));
	const struct pst_head *h = s == NULL ? NULL : pst_kit_head_of(s);

	if (CHECK(h != NULL)) {
		CHECK_INT(pst_head_count(h, "X-Role"), 1);
		CHECK(pst_kit_field_is(h, "X-Role", "guest"));
		CHECK(pst_kit_field_is(h, "X-Rol", "1"));
	}
	pst_kit_free(s);
	ws_done(k);
}

static void what_belongs_to_a_hop_stays_there(void)
{
	const char *const *client = LIST("Sec-WebSocket-Extensions", "x",
	                                 "Sec-WebSocket-Foo", "y", "X-A", "1");

	expect_request_field(LIST("forward_fields", "*"), client,
	                     "Sec-WebSocket-Extensions", NULL);
	expect_request_field(LIST("forward_fields", "*"), client,
	                     "Sec-WebSocket-Foo", NULL);
	expect_request_field(LIST("forward_fields", "*"), client, "X-A", "1");
}

static void a_rule_for_all_fields_is_none_for_cookies(void)
{
	const char *const *client = LIST("Cookie", "a=1; b=2", "X-A", "1");

	expect_request_field(LIST("forward_fields", "*"), client, "Cookie",
	                     NULL);
	expect_request_field(
		LIST("forward_fields", "*", "forward_cookies", "b"), client,
		"Cookie", "b=2");
	expect_request_field(LIST("forward_fields", "Cookie"), client, "Cookie",
	                     "a=1; b=2");
}

static void cookies_go_over_by_name(void)
{
	const char *const *client =
		LIST("Cookie", "a=1; b=2;c=3", "Cookie", "d=4");

	expect_request_field(NULL, client, "Cookie", NULL);
	expect_request_field(LIST("forward_cookies", "b"), client, "Cookie",
	                     "b=2");
	expect_request_field(LIST("forward_cookies", "*"), client, "Cookie",
	                     "a=1; b=2; c=3; d=4");
	expect_request_field(LIST("forward_cookies", "B"), client, "Cookie",
	                     NULL);
}

static void the_host_goes_over_when_asked(void)
{
	struct pst_kit *k = asking(LIST("forward_host", "true"), "/", NULL);
	struct pst_slice *s = pst_kit_take(pst_kit_tx_out(k));
	const struct pst_head *h = s == NULL ? NULL : pst_kit_head_of(s);

	CHECK(h != NULL &&
	      pst_kit_span_is(h, h->authority, "front.example:8443"));
	pst_kit_free(s);
	ws_done(k);
}

/* -- subprotocols ------------------------------------------------------ */

static void subprotocols_are_forwarded_and_renamed(void)
{
	const char *const *client = LIST("Sec-WebSocket-Protocol", "mqtt, amqp",
	                                 "Sec-WebSocket-Protocol", "stomp");

	expect_request_field(NULL, client, "Sec-WebSocket-Protocol", NULL);
	expect_request_field(LIST("subprotocols", "own"), client,
	                     "Sec-WebSocket-Protocol", "own");
	expect_request_field(LIST("forward_subprotocols", "true"), client,
	                     "Sec-WebSocket-Protocol", "mqtt, amqp, stomp");
	expect_request_field(LIST("forward_subprotocols", "true",
	                          "subprotocol_map", "amqp=amqp-v1"),
	                     client, "Sec-WebSocket-Protocol",
	                     "mqtt, amqp-v1, stomp");
}

static const struct pst_head *told(struct pst_kit *k, enum pst_told what)
{
	return pst_kit_told(k, what, NULL);
}

static void the_back_ends_choice_is_told_in_the_clients_words(void)
{
	struct pst_kit *k =
		asking(LIST("forward_subprotocols", "true", "subprotocol_map",
	                    "amqp=amqp-v1"),
	               "/", LIST("Sec-WebSocket-Protocol", "mqtt, amqp"));
	const struct pst_head *h;

	ws_feed_response(k, LIST("Sec-WebSocket-Protocol", "amqp-v1"));
	pst_kit_run(k);
	CHECK_INT(pst_kit_ups(k), 1);
	CHECK_STR(pst_kit_attribute(k, "ws.subprotocol", NULL), "amqp-v1");
	h = told(k, PST_TOLD_RESPONSE);
	CHECK(h != NULL &&
	      pst_kit_field_is(h, "Sec-WebSocket-Protocol", "amqp"));
	ws_done(k);
}

static void a_choice_that_was_not_offered_is_an_error(void)
{
	struct pst_kit *k =
		asking(LIST("forward_subprotocols", "true", "subprotocol_map",
	                    "amqp=amqp-v1"),
	               "/", LIST("Sec-WebSocket-Protocol", "mqtt, amqp"));

	ws_feed_response(k, LIST("Sec-WebSocket-Protocol", "amqp"));
	pst_kit_run(k);
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_PROTOCOL);
	ws_done(k);
}

static struct pst_kit *asked(const char *const *options, const char *protocols)
{
	struct pst_kit *k = ws_kit(PST_ACCEPT, options);

	CHECK(pst_kit_ready(k));
	ws_feed_request(k, protocols == NULL ? NULL
	                                     : LIST("Sec-WebSocket-Protocol",
	                                            protocols, "X-A", "1"));
	pst_kit_run(k);
	return k;
}

static void answer(struct pst_kit *k, const char *const *fields)
{
	const struct pst_kit_head h = {
		.kind = PST_HEAD_RESPONSE, .status = 101, .fields = fields};

	pst_kit_feed_control(pst_kit_tx_in(k), PST_CONTROL_ANSWER,
	                     PST_CLASS_CLEAN, 0, NULL);
	CHECK_INT(pst_kit_feed_kit_head(pst_kit_tx_in(k), &h, 0), 0);
	pst_kit_run(k);
}

static void chosen_is(const char *const *options, const char *offered,
                      const char *const *from_back, const char *wanted)
{
	struct pst_kit *k = asked(options, offered);
	struct pst_slice *s;
	const struct pst_head *h;

	answer(k, from_back);
	CHECK_INT(pst_kit_ups(k), 1);
	s = pst_kit_take(pst_kit_tx_out(k));
	h = s == NULL ? NULL : pst_kit_head_of(s);
	CHECK(h != NULL &&
	      pst_kit_field_is(h, "Sec-WebSocket-Protocol", wanted));
	pst_kit_free(s);
	ws_done(k);
}

static void whose_order_counts_is_set(void)
{
	const char *const *none = LIST("X-B", "2");

	chosen_is(LIST("subprotocols", "b", "subprotocols", "a"), "a, b", none,
	          "a");
	chosen_is(LIST("subprotocols", "b", "subprotocols", "a",
	               "subprotocol_choice", "server"),
	          "a, b", none, "b");
	chosen_is(LIST("subprotocol_choice", "back-end"), "a, b",
	          LIST("Sec-WebSocket-Protocol", "b"), "b");
	chosen_is(LIST("subprotocol_choice", "back-end"), "a, b", none, NULL);
	chosen_is(LIST("subprotocol_choice", "back-end"), "a, b",
	          LIST("Sec-WebSocket-Protocol", "c"), NULL);
	chosen_is(LIST("subprotocols", "a"), "a, b",
	          LIST("Sec-WebSocket-Protocol", "b"), "a");
}

static void a_missing_subprotocol_is_refused_when_required(void)
{
	static const char *const rows[][2] = {
		{"client", "z"}, {"client", NULL}, {"back-end", NULL}};
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		struct pst_kit *k =
			asked(LIST("subprotocols", "a", "require_subprotocol",
		                   "true", "subprotocol_choice", rows[i][0]),
		              rows[i][1]);

		CHECK(pst_kit_failed(k));
		CHECK_INT(pst_kit_fail_code(k), 400);
		ws_done(k);
	}
}

static void the_request_is_told_without_what_is_the_hops_own(void)
{
	struct pst_kit *k = asked(LIST("subprotocols", "b"), "a, b");
	const struct pst_head *h = told(k, PST_TOLD_REQUEST);

	if (CHECK(h != NULL)) {
		CHECK(pst_kit_span_is(h, h->authority, "front.example"));
		CHECK(pst_kit_span_is(h, h->path, "/chat"));
		CHECK(pst_kit_field_is(h, "X-A", "1"));
		CHECK(pst_kit_field_is(h, "Sec-WebSocket-Key", NULL));
		CHECK(pst_kit_field_is(h, "Sec-WebSocket-Protocol", "b"));
	}
	ws_done(k);
}

/* -- answers ----------------------------------------------------------- */

static void fields_of_the_101_come_back_by_rule(void)
{
	struct pst_kit *k =
		asking(LIST("return_fields", "Set-Cookie", "return_fields",
	                    "X-Trace=X-Back-Trace"),
	               "/", NULL);
	const struct pst_head *h;

	ws_feed_response(
		k, LIST("Set-Cookie", "a=b", "X-Trace", "7", "Server", "none"));
	pst_kit_run(k);
	h = told(k, PST_TOLD_RESPONSE);
	if (CHECK(h != NULL)) {
		CHECK(pst_kit_field_is(h, "Set-Cookie", "a=b"));
		CHECK(pst_kit_field_is(h, "X-Back-Trace", "7"));
		CHECK(pst_kit_field_is(h, "X-Trace", NULL));
		CHECK(pst_kit_field_is(h, "Server", NULL));
		CHECK(pst_kit_field_is(h, "Sec-WebSocket-Accept", NULL));
	}
	ws_done(k);
}

static void feed_refusal(struct pst_kit *k, const char *body, bool whole)
{
	const struct pst_kit_head h = {
		.kind = PST_HEAD_RESPONSE,
		.version = 11,
		.status = 401,
		.body = PST_BODY_UNKNOWN,
		.fields = LIST("WWW-Authenticate", "Basic"),
	};

	ws_drop_slice(pst_kit_tx_out(k));
	CHECK_INT(pst_kit_feed_kit_head(pst_kit_rx_in(k), &h, 0), 0);
	pst_kit_run(k);
	CHECK(!pst_kit_failed(k)); /* the body is to come */
	pst_kit_feed_slice(pst_kit_rx_in(k), body, strlen(body),
	                   whole ? (uint32_t)PST_EOM : 0);
	pst_kit_run(k);
}

static void a_refusal_is_told_whole(void)
{
	struct pst_kit *k = asking(NULL, "/", NULL);
	const struct pst_head *h;
	const char *body;
	size_t length;

	feed_refusal(k, "go away", true);
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_REFUSED);
	CHECK_INT(pst_kit_fail_code(k), 401);
	h = told(k, PST_TOLD_RESPONSE);
	if (CHECK(h != NULL)) {
		CHECK_INT(h->status, 401);
		CHECK_INT(h->body_length, 7);
		CHECK(pst_kit_field_is(h, "WWW-Authenticate", "Basic"));
	}
	body = pst_kit_told(k, PST_TOLD_BODY, &length);
	CHECK_INT(length, 7);
	CHECK(body != NULL && memcmp(body, "go away", 7) == 0);
	ws_done(k);
}

static void a_refusal_that_is_cut_is_told_as_far_as_it_came(void)
{
	struct pst_kit *k = asking(NULL, "/", NULL);
	const struct pst_head *h;

	feed_refusal(k, "go", false);
	CHECK(!pst_kit_failed(k));
	pst_kit_end(pst_kit_rx_in(k), PST_END_CUT, PST_CLASS_TRUNCATED);
	pst_kit_run(k);
	CHECK(pst_kit_failed(k));
	h = told(k, PST_TOLD_RESPONSE);
	CHECK(h != NULL && h->body_length == 2);
	ws_done(k);
}

static void an_endless_refusal_is_told_without_its_body(void)
{
	static char part[8001];
	struct pst_kit *k = asking(NULL, "/", NULL);
	const struct pst_head *h;
	int i;

	memset(part, 'x', 8000);
	feed_refusal(k, part, false);
	for (i = 0; i < 20; i++) {
		pst_kit_feed_slice(pst_kit_rx_in(k), part, 8000,
		                   i == 19 ? (uint32_t)PST_EOM : 0);
		pst_kit_run(k);
	}
	h = told(k, PST_TOLD_RESPONSE);
	CHECK(h != NULL && h->body_length == 0);
	CHECK(pst_kit_told(k, PST_TOLD_BODY, NULL) == NULL);
	ws_done(k);
}

static void a_client_gets_the_back_ends_refusal(void)
{
	const struct pst_kit_head refusal = {
		.kind = PST_HEAD_RESPONSE,
		.status = 401,
		.body = PST_BODY_LENGTH,
		.body_length = 7,
		.fields = LIST("WWW-Authenticate", "Basic"),
	};
	struct pst_kit *k = asked(NULL, NULL);
	const struct pst_head *h;
	struct pst_slice *s;

	pst_kit_feed_kit_head(pst_kit_tx_in(k), &refusal, 0);
	pst_kit_feed_slice(pst_kit_tx_in(k), "go away", 7, PST_EOM);
	pst_kit_end(pst_kit_tx_in(k), PST_END_RESET, PST_CLASS_REFUSED);
	pst_kit_run(k);
	CHECK_INT(pst_kit_ups(k), 0);
	CHECK_INT(pst_kit_fail_code(k), 401);
	s = pst_kit_take(pst_kit_tx_out(k));
	h = s == NULL ? NULL : pst_kit_head_of(s);
	CHECK(h != NULL && h->status == 401 &&
	      pst_kit_field_is(h, "WWW-Authenticate", "Basic"));
	pst_kit_free(s);
	s = pst_kit_take(pst_kit_tx_out(k));
	CHECK(s != NULL && s->length == 7 && (s->flags & PST_EOM) != 0);
	pst_kit_free(s);
	ws_expect_end(pst_kit_tx_out(k), PST_END_CLEAN);
	ws_done(k);
}

/* -- settings ---------------------------------------------------------- */

static void wrong_rules_are_refused(void)
{
	static const struct {
		const char *option, *value, *says;
	} rows[] = {
		{"forward_fields", "a b", "names no field"},
		{"forward_fields", "=X", "names no field"},
		{"forward_fields", "X=", "behind the \"=\""},
		{"forward_fields", "X-*=Y", "one by one"},
		{"forward_fields", "Host", "each hop has for itself"},
		{"forward_fields", "X=Upgrade", "each hop has for itself"},
		{"forward_fields", "Sec-WebSocket-Key",
	         "each hop has for itself"},
		{"return_fields", "Connection", "each hop has for itself"},
		{"set_fields", "no colon", "is no field"},
		{"set_fields", "Bad Name: x", "is no field"},
		{"set_fields", "Host: x", "each hop has for itself"},
		{"subprotocol_map", "a", "maps no subprotocol"},
		{"subprotocol_map", "a=b", "maps nothing without"},
		{"forward_path", "x", "is not a path"},
	};
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		struct pst_kit *k = ws_kit(PST_CONNECT,
		                           LIST(rows[i].option, rows[i].value));

		CHECK_REFUSED(k, rows[i].option, rows[i].says);
	}
}

static void a_request_has_one_cookie_field(void)
{
	static const char *const rows[][2] = {{"forward_fields", "cookie"},
	                                      {"forward_fields", "Cookie=X"},
	                                      {"set_fields", "Cookie: a=b"}};
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		struct pst_kit *k =
			ws_kit(PST_CONNECT, LIST("forward_cookies", "*",
		                                 rows[i][0], rows[i][1]));

		CHECK(pst_kit_diagnosed(k, "forward_cookies", "has one"));
		ws_done(k);
	}
}

static void memory_that_runs_out_fails_cleanly(void)
{
	unsigned n;

	for (n = 1; n < 12; n++) {
		struct pst_kit *k =
			ws_kit(PST_ACCEPT, LIST("subprotocol_choice",
		                                "back-end", "deflate", "true"));

		ws_feed_request(k, LIST("Sec-WebSocket-Protocol", "a, b"));
		pst_kit_fail_memory(k, n);
		pst_kit_run(k);
		ws_done(k);
	}
}

static CU_TestInfo tests[] = {
	TEST(paths_and_queries_follow_the_rule),
	TEST(fields_go_over_by_rule),
	TEST(what_is_set_replaces_what_the_client_says),
	TEST(what_belongs_to_a_hop_stays_there),
	TEST(a_rule_for_all_fields_is_none_for_cookies),
	TEST(cookies_go_over_by_name),
	TEST(the_host_goes_over_when_asked),
	TEST(subprotocols_are_forwarded_and_renamed),
	TEST(the_back_ends_choice_is_told_in_the_clients_words),
	TEST(a_choice_that_was_not_offered_is_an_error),
	TEST(whose_order_counts_is_set),
	TEST(a_missing_subprotocol_is_refused_when_required),
	TEST(the_request_is_told_without_what_is_the_hops_own),
	TEST(fields_of_the_101_come_back_by_rule),
	TEST(a_refusal_is_told_whole),
	TEST(a_refusal_that_is_cut_is_told_as_far_as_it_came),
	TEST(an_endless_refusal_is_told_without_its_body),
	TEST(a_client_gets_the_back_ends_refusal),
	TEST(wrong_rules_are_refused),
	TEST(a_request_has_one_cookie_field),
	TEST(memory_that_runs_out_fails_cleanly),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
