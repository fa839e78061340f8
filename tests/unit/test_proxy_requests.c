/* SPDX-License-Identifier: MIT */
/* The service `proxy`: what requests become on their way to the back-end. */
#include "kit_check.h"
#include "proxy_kit.h"

static void check_refused(const struct world *w,
                          const struct pst_kit_head *head, unsigned status)
{
	struct pst_kit *k = offer(w, head);
	const struct pst_answer *a = pst_kit_answer(k);

	CHECK_INT(pst_kit_connects(k), 0);
	if (CHECK(a != NULL) && CHECK_INT(a->accept, 0) &&
	    CHECK(a->head != NULL)) {
		CHECK_INT(a->head->status, status);
	}
	CHECK_INT(pst_kit_destroy(k), 0);
}

/* -- paths and Host ------------------------------------------------------ */

static void check_target(const struct world *w, const char *path,
                         const char *want_path, const char *want_host)
{
	struct pst_kit_head head = get(path, NULL);
	struct pst_kit *k = offer(w, &head);
	struct pst_slice *s = pass(k, &head);
	const struct pst_head *h = pst_kit_head_of(s);

	if (CHECK(h != NULL)) {
		CHECK(pst_kit_head_ok(h, s->length));
		CHECK(pst_kit_span_is(h, h->path, want_path));
		CHECK(pst_kit_span_is(h, h->authority, want_host));
		CHECK(pst_kit_span_is(h, h->method, "GET"));
	}
	pst_kit_free(s);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void the_accept_path_becomes_the_connect_path(void)
{
	const struct world w = {0}, bare = {.url = &bare_url};

	check_target(&w, "/a", "/x/", "gw.test");
	check_target(&w, "/a/b?c=/a", "/x/b?c=/a", "gw.test");
	check_target(&w, "/a?", "/x/?", "gw.test");
	check_target(&bare, "/a/b?c", "/a/b?c", "gw.test");
}

static void host_is_kept_or_the_urls_or_fixed(void)
{
	static const char *const keep[] = {"host", "keep", NULL};
	static const char *const back[] = {"host", "back", NULL};
	static const char *const fixed[] = {"host", "other.test:81", NULL};

	check_target(&(struct world){.options = keep}, "/a", "/x/", "gw.test");
	check_target(&(struct world){.options = back}, "/a", "/x/",
	             "Back:8080");
	check_target(&(struct world){.options = fixed}, "/a", "/x/",
	             "other.test:81");
}

static void odd_paths_are_refused_before_anybody_is_asked(void)
{
	static const char *const paths[] = {"/a/../admin",   "/a/%2e%2e/admin",
	                                    "/a/..%2fadmin", "/a//b",
	                                    "/a/%61",        "/a/%00"};
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct pst_kit_head head = get(paths[i], NULL);

		check_refused(&(struct world){0}, &head, 400);
	}
}

static void odd_paths_pass_when_they_are_allowed(void)
{
	static const char *const all[] = {
		"allow_in_path", "dots",          "allow_in_path",
		"slashes",       "allow_in_path", "empty",
		"allow_in_path", "letters",       NULL};
	const struct world w = {.options = all};

	check_target(&w, "/a/b/../c//d%2fe%65", "/x/b/../c//d%2fe%65",
	             "gw.test");
}

/* -- Via, Max-Forwards, TRACE -------------------------------------------- */

/* What Via says of this gateway, on the heap. */
static char *own_via(const struct world *w)
{
	struct pst_kit_head head = get("/a", NULL);
	struct pst_kit *k = offer(w, &head);
	struct pst_slice *s = pass(k, &head);
	const struct pst_head *h = pst_kit_head_of(s);
	const struct pst_field *f;
	uint32_t at = 0;
	char *text = NULL;

	f = h == NULL ? NULL : pst_head_find(h, "Via", &at);
	if (f != NULL) {
		text = strndup(pst_head_text(h, f->value), f->value.length);
	}
	pst_kit_free(s);
	CHECK_INT(pst_kit_destroy(k), 0);
	return text;
}

static void via_names_the_version_and_the_pseudonym(void)
{
	static const char *const options[] = {"via", "edge", NULL};
	char *a = own_via(&(struct world){0});
	char *b = own_via(&(struct world){.options = options});

	if (CHECK(a != NULL) && CHECK(b != NULL)) {
		CHECK_MEM(a, "1.1 penstock-", 13);
		CHECK_INT(strlen(a), 13 + 8);
		CHECK_MEM(b, "1.1 edge-", 9);
	}
	free(a);
	free(b);
}

static void via_off_is_silent_and_sees_no_loop(void)
{
	static const char *const off[] = {"via", "off", NULL};

	check_field(&(struct world){.options = off}, NULL, "Via", NULL);
}

static void ones_own_name_in_via_is_a_loop(void)
{
	char *via = own_via(&(struct world){0}), list[128];
	const char *fields[] = {"Via", "1.0 fred", "Via", list, NULL};
	struct pst_kit_head head = get("/a", fields);

	if (!CHECK(via != NULL)) {
		return;
	}
	snprintf(list, sizeof(list), "1.1 x, %s (comment)", via);
	check_refused(&(struct world){0}, &head, 508);
	/* somebody else's name only begins like it */
	snprintf(list, sizeof(list), "%s0, 1.1 penstock-00000000", via);
	check_target(&(struct world){0}, "/a", "/x/", "gw.test");
	/* or ends like it */
	snprintf(list, sizeof(list), "1.1 x%s", strchr(via, ' ') + 1);
	check_target(&(struct world){0}, "/a", "/x/", "gw.test");
	free(via);
}

static void max_forwards_is_counted_for_options_only(void)
{
	static const char *const three[] = {"Max-Forwards", "3", NULL};
	struct pst_kit_head head = get("/a", three);
	struct pst_kit *k;
	struct pst_slice *s;

	check_field(&(struct world){0}, three, "Max-Forwards", "3");
	head.method = "OPTIONS";
	k = offer(&(struct world){0}, &head);
	s = pass(k, &head);
	CHECK(pst_kit_field_is(pst_kit_head_of(s), "Max-Forwards", "2"));
	pst_kit_free(s);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void options_with_no_forwards_left_is_answered_here(void)
{
	static const char *const none[] = {"Max-Forwards", "0", NULL};
	static const char *const bad[] = {"Max-Forwards", "x", NULL};
	static const char *const two[] = {"Max-Forwards", "1", "Max-Forwards",
	                                  "2", NULL};
	struct pst_kit_head head = get("/a", none);

	head.method = "OPTIONS";
	check_refused(&(struct world){0}, &head, 204);
	head.fields = bad;
	check_refused(&(struct world){0}, &head, 400);
	head.fields = two;
	check_refused(&(struct world){0}, &head, 400);
}

static void trace_is_refused_unless_it_may_pass(void)
{
	static const char *const pass_it[] = {"trace", "pass", NULL};
	static const char *const none[] = {"Max-Forwards", "0", NULL};
	struct pst_kit_head head = get("/a", NULL);
	struct pst_kit *k;

	head.method = "TRACE";
	check_refused(&(struct world){0}, &head, 405);
	k = offer(&(struct world){.options = pass_it}, &head);
	CHECK_INT(pst_kit_connects(k), 1);
	CHECK_INT(pst_kit_destroy(k), 0);
	head.fields = none;
	check_refused(&(struct world){.options = pass_it}, &head, 405);
}

static void framing_in_disguise_is_not_passed_on(void)
{
	static const char *const names[] = {"Content_Length", "content.length",
	                                    "Transfer_Encoding",
	                                    "TRANSFER~ENCODING"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *const fields[] = {names[i], "5", NULL};

		check_field(&(struct world){0}, fields, names[i], NULL);
	}
	for (i = 0; i < 2; i++) {
		static const char *const others[] = {"Content-Lengthy",
		                                     "Contentslength"};
		const char *const fields[] = {others[i], "5", NULL};

		check_field(&(struct world){0}, fields, others[i], "5");
	}
}

/* -- rules --------------------------------------------------------------- */

static void rules_have_the_last_word(void)
{
	static const char *const rules[] = {"set_request_fields",
	                                    "X-Env: prod",
	                                    "set_request_fields",
	                                    "X-Forwarded-Proto: https",
	                                    "add_request_fields",
	                                    "X-More: 1",
	                                    "add_request_fields",
	                                    "X-Tab:a\tb",
	                                    "remove_request_fields",
	                                    "X-Debug*",
	                                    "remove_request_fields",
	                                    "X-Forwarded-Host",
	                                    "remove_request_fields",
	                                    "Via",
	                                    NULL};
	static const char *const sent[] = {
		"x-env",  "dev",        "X_Env", "dev",    "X-Debug",
		"1",      "X-Debug-Me", "1",     "X-More", "0",
		"Accept", "*/*",        NULL};
	const struct world w = {.options = rules};

	check_field(&w, sent, "X-Env", "prod");
	check_field(&w, sent, "X_Env", NULL);
	check_field(&w, sent, "X-Debug", NULL);
	check_field(&w, sent, "X-Debug-Me", NULL);
	check_field(&w, sent, "X-Forwarded-Proto", "https");
	check_field(&w, sent, "X-Forwarded-Host", NULL);
	check_field(&w, sent, "Via", NULL);
	check_field(&w, sent, "Accept", "*/*");
	check_field(&w, sent, "X-Tab", "a\tb");
	check_field(&w, NULL, "X-More", "1");
}

static void fields_for_the_next_proxy_stop_here(void)
{
	static const char *const sent[] = {"Proxy-Authorization",
	                                   "Basic eA==",
	                                   "Proxy",
	                                   "http://evil.test",
	                                   "Authorization",
	                                   "Basic eA==",
	                                   NULL};
	const struct world w = {0};

	check_field(&w, sent, "Proxy-Authorization", NULL);
	check_field(&w, sent, "Proxy", NULL);
	check_field(&w, sent, "Authorization", "Basic eA==");
}

static void trailers_obey_the_rules(void)
{
	static const char *const rules[] = {"set_request_fields", "X-Env: prod",
	                                    NULL};
	static const char *const sent[] = {
		"X-Env",           "dev",     "X-Sum", "1",
		"X-Forwarded-For", "1.2.3.4", NULL};
	struct pst_kit_head head = get("/a", NULL);
	struct pst_kit *k = offer(&(struct world){.options = rules}, &head);
	const struct pst_kit_head trailers = {.kind = PST_HEAD_TRAILERS,
	                                      .fields = sent};
	struct pst_slice *s = pass(k, &trailers);
	const struct pst_head *h = pst_kit_head_of(s);

	if (CHECK(h != NULL)) {
		CHECK_INT(h->kind, PST_HEAD_TRAILERS);
		CHECK_INT(h->field_count, 1);
		CHECK(pst_kit_field_is(h, "X-Sum", "1"));
	}
	pst_kit_free(s);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void members_of_a_head_survive(void)
{
	static const char *const fields[] = {"A", "1", "B", "", NULL};
	struct pst_kit_head head = get("/a", fields);
	struct pst_kit *k;
	struct pst_slice *s;
	const struct pst_head *h;

	head.method = "POST";
	head.body = PST_BODY_LENGTH;
	head.body_length = 77;
	head.upgrade_by = PST_UPGRADE_FIELD;
	head.upgrade = "websocket";
	k = offer(&(struct world){0}, &head);
	s = pass(k, &head);
	h = pst_kit_head_of(s);
	if (CHECK(h != NULL)) {
		CHECK_INT(h->kind, PST_HEAD_REQUEST);
		CHECK_INT(h->body, PST_BODY_LENGTH);
		CHECK_INT(h->body_length, 77);
		CHECK_INT(h->upgrade_by, PST_UPGRADE_FIELD);
		CHECK(pst_kit_span_is(h, h->upgrade, "websocket"));
		CHECK(pst_kit_span_is(h, h->method, "POST"));
		CHECK(pst_kit_field_is(h, "A", "1"));
		CHECK(pst_kit_field_is(h, "B", ""));
	}
	pst_kit_free(s);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_large_head_is_rewritten_whole(void)
{
	static char big[3000];
	static const char *const trust[] = {"trusted_peers", "0.0.0.0/0", NULL};
	const char *fields[] = {"X-Forwarded-For", big, "X-Big", big, NULL};
	struct pst_kit_head head = get("/a", fields);
	struct pst_kit *k;
	struct pst_slice *s;
	const struct pst_head *h;

	memset(big, 'x', sizeof(big) - 1);
	k = offer(&(struct world){.options = trust}, &head);
	s = pass(k, &head);
	h = pst_kit_head_of(s);
	if (CHECK(h != NULL)) {
		uint32_t at = 0;
		const struct pst_field *f =
			pst_head_find(h, "X-Forwarded-For", &at);

		CHECK(pst_kit_field_is(h, "X-Big", big));
		CHECK(f != NULL && f->value.length == sizeof(big) - 1 + 2 + 9);
	}
	pst_kit_free(s);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_head_without_memory_fails(void)
{
	struct pst_kit_head head = get("/a", NULL);
	struct pst_kit *k = offer(&(struct world){0}, &head);

	pst_kit_back(k, 0, PST_BACK_UP);
	pst_kit_fail_memory(k, 1);
	CHECK(pst_kit_pass_head(k, PST_ACCEPT, &head) == NULL);
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_INTERNAL);
	CHECK_INT(pst_kit_destroy(k), 0);
}

/* -- settings ------------------------------------------------------------ */

static void bad_settings_are_told_apart(void)
{
	static const struct {
		const char *option, *value, *words;
	} rows[] = {
		{"host", "a b", "is no host"},
		{"host", "", "is no host"},
		{"host", "a/b", "is no host"},
		{"allow_in_path", "all", "none of dots"},
		{"via", "two words", "no pseudonym"},
		{"via", "", "no pseudonym"},
		{"trusted_peers", "10.0.0.1/8", "bits behind its prefix"},
		{"trusted_peers", "10.0.0.0/33", "number of bits"},
		{"trusted_peers", "10.0.0.0/", "number of bits"},
		{"trusted_peers", "10.0.0.0/8x", "number of bits"},
		{"trusted_peers", "10.0.0", "is no address"},
		{"trusted_peers", "localhost", "is no address"},
		{"trusted_peers", "::ffff:1.2.3.4", "IPv4 address"},
		{"trusted_peers", "", "is no address"},
		{"set_request_fields", "X-Env", "is not \"Name: value\""},
		{"set_request_fields", ": x", "is not \"Name: value\""},
		{"set_request_fields", "A B: x", "is not \"Name: value\""},
		{"set_request_fields", "X: a\nb", "control character"},
		{"set_request_fields", "X: a ", "white space"},
		{"set_request_fields", "Host: x", "HTTP itself needs"},
		{"set_request_fields", "Content-Length: 1",
	         "HTTP itself needs"},
		{"add_request_fields", "transfer_encoding: chunked",
	         "HTTP itself needs"},
		{"add_request_fields", "Connection: close",
	         "HTTP itself needs"},
		{"remove_request_fields", "Host", "HTTP itself needs"},
		{"remove_request_fields", "X*Y", "not the name"},
		{"remove_request_fields", "*", "not the name"},
		{"remove_request_fields", "X: y", "not the name"},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *const options[] = {rows[i].option, rows[i].value,
		                               NULL};
		struct pst_kit *k = make(&(struct world){.options = options});

		CHECK_REFUSED(k, rows[i].option, rows[i].words);
	}
}

static void a_field_is_set_once(void)
{
	static const char *const twice[] = {"set_request_fields", "X-A: 1",
	                                    "set_request_fields", "x_a: 2",
	                                    NULL};
	struct pst_kit *k = make(&(struct world){.options = twice});

	CHECK_REFUSED(k, "set_request_fields", "second time");
}

static void a_query_in_the_connect_url_is_an_error(void)
{
	struct pst_kit *k = make(&(struct world){.url = &query_url});

	CHECK_REFUSED(k, NULL, "has a query");
}

static CU_TestInfo tests[] = {
	TEST(the_accept_path_becomes_the_connect_path),
	TEST(host_is_kept_or_the_urls_or_fixed),
	TEST(odd_paths_are_refused_before_anybody_is_asked),
	TEST(odd_paths_pass_when_they_are_allowed),
	TEST(via_names_the_version_and_the_pseudonym),
	TEST(via_off_is_silent_and_sees_no_loop),
	TEST(ones_own_name_in_via_is_a_loop),
	TEST(max_forwards_is_counted_for_options_only),
	TEST(options_with_no_forwards_left_is_answered_here),
	TEST(trace_is_refused_unless_it_may_pass),
	TEST(rules_have_the_last_word),
	TEST(fields_for_the_next_proxy_stop_here),
	TEST(trailers_obey_the_rules),
	TEST(members_of_a_head_survive),
	TEST(a_large_head_is_rewritten_whole),
	TEST(a_head_without_memory_fails),
	TEST(bad_settings_are_told_apart),
	TEST(a_field_is_set_once),
	TEST(a_query_in_the_connect_url_is_an_error),
	TEST(framing_in_disguise_is_not_passed_on),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
