/* SPDX-License-Identifier: MIT */
/* The layer `cors`: whom it lets in, what it answers, what it writes. */
#include "pst_test.h"

#include <penstock/origin.h>
#include <penstock/plugin.h>
#include <penstock/testkit.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define A        "https://a.example"

static const struct pst_hop plain = {
	.size = sizeof(plain), .layers = "tcp, http", .path = "/", .host = ""};
static const struct pst_hop secure = {.size = sizeof(secure),
                                      .provides = PST_PROVIDES_SECURE,
                                      .layers = "tcp, tls, http",
                                      .path = "/",
                                      .host = ""};

static struct pst_kit *kit_on(const struct pst_hop *hop,
                              const char *const *options)
{
	struct pst_kit_params p = {
		.layer = pst_plugin.get(PST_EXTENSION_LAYER, 0),
		.role = PST_ACCEPT,
		.options = options,
		.front = hop,
	};
	struct pst_kit *k = pst_kit_create(&p);

	if (pst_kit_ready(k)) {
		pst_kit_run(k);
	}
	return k;
}

static struct pst_kit *kit(const char *const *options)
{
	return kit_on(&secure, options);
}

static struct pst_kit *kit_for_a(void)
{
	static const char *const options[] = {"origins", A, NULL};

	return kit(options);
}

static void ask(struct pst_kit *k, const char *method,
                const char *const *fields)
{
	const struct pst_kit_head head = {.kind = PST_HEAD_REQUEST,
	                                  .method = method,
	                                  .authority = "gw.example",
	                                  .path = "/",
	                                  .fields = fields};

	CHECK(pst_kit_ready(k));
	CHECK_INT(pst_kit_feed_kit_head(pst_kit_rx_in(k), &head, PST_EOM), 0);
	pst_kit_end(pst_kit_rx_in(k), PST_END_CLEAN, PST_CLASS_CLEAN);
	pst_kit_run(k);
}

static void ask_from(struct pst_kit *k, const char *method, const char *origin)
{
	const char *const fields[] = {"Origin", origin, NULL};

	ask(k, method, origin == NULL ? NULL : fields);
}

static bool passed(struct pst_kit *k)
{
	struct pst_slice *s = pst_kit_take(pst_kit_rx_out(k));
	bool is = s != NULL && pst_kit_head_of(s) != NULL &&
	          pst_kit_head_of(s)->kind == PST_HEAD_REQUEST;

	if (s != NULL) {
		pst_kit_free(s);
	}
	return is;
}

static void give(struct pst_kit *k, uint16_t status, const char *const *fields)
{
	const struct pst_kit_head head = {.kind = status < 200 && status != 101
	                                                  ? PST_HEAD_INTERIM
	                                                  : PST_HEAD_RESPONSE,
	                                  .status = status,
	                                  .body = PST_BODY_UNKNOWN,
	                                  .fields = fields};

	CHECK_INT(pst_kit_feed_kit_head(pst_kit_tx_in(k), &head, 0), 0);
	pst_kit_run(k);
}

/** The next head that was sent, taken; valid until the next call. */
static const struct pst_head *sent(struct pst_kit *k, uint32_t *flags_out)
{
	static uint64_t copy[4096];
	struct pst_slice *s = pst_kit_take(pst_kit_tx_out(k));
	const struct pst_head *h = s == NULL ? NULL : pst_kit_head_of(s);

	if (flags_out != NULL) {
		*flags_out = s == NULL ? 0 : s->flags;
	}
	if (h != NULL) {
		CHECK(pst_kit_head_ok(s->data, s->length));
		memcpy(copy, h, s->length);
		h = (const struct pst_head *)(const void *)copy;
	}
	if (s != NULL) {
		pst_kit_free(s);
	}
	return h;
}

static bool sends_status(struct pst_kit *k, unsigned status)
{
	const struct pst_head *h = sent(k, NULL);

	return CHECK(h != NULL) && CHECK_INT(h->status, status);
}

static void is_field(const struct pst_head *h, const char *name,
                     const char *value)
{
	if (h != NULL && !CHECK(pst_kit_field_is(h, name, value))) {
		printf("\n  %s is not %s\n", name,
		       value == NULL ? "missing" : value);
	}
}

static void is_clean(struct pst_kit *k)
{
	CHECK_INT(pst_kit_destroy(k), 0);
}

/* -- origins ------------------------------------------------------------ */

static void origins_have_one_form(void)
{
	static const char *const good[] = {
		"null",          "https://a",          "http://a.b:8080",
		"https://[::1]", "https://[::1]:8443", "moz-extension://1-2_3",
		"HTTP://A",      "https://127.0.0.1",  "a+b-c.1://x:65535",
	};
	static const char *const bad[] = {
		"",
		"*",
		"NULL",
		"Null",
		"a",
		"https",
		"https://",
		"https:/a",
		"://a",
		"1://a",
		"https://a/",
		"https://a/b",
		"https://a:",
		"https://a:0",
		"https://a:65536",
		"https://a:123456",
		"https://a:8x",
		"https://a b",
		"https://a https://b",
		"https://a, https://b",
		"https://u@a",
		"https://*.a",
		"https://.a.b",
		"https://[::1",
		"https://[]",
		"https://[::g]",
		"https://a?b",
		"https://a#b",
		"https://a\\b",
		"https://a\x7f",
		"https://\xc3\xa4",
		"file://",
		" https://a",
		"https://a ",
	};
	size_t i;

	for (i = 0; i < COUNT(good); i++) {
		if (!CHECK(pst_origin_ok(good[i], strlen(good[i])))) {
			printf("\n  %s\n", good[i]);
		}
	}
	for (i = 0; i < COUNT(bad); i++) {
		if (!CHECK(!pst_origin_ok(bad[i], strlen(bad[i])))) {
			printf("\n  %s\n", bad[i]);
		}
	}
	CHECK(!pst_origin_ok("https://a\0b", 11));
}

static void patterns_let_in_whom_they_name(void)
{
	static const struct {
		const char *pattern, *origin;
		bool listed;
	} rows[] = {
		{"*", A, true},
		{"*", "null", false},
		{"null", "null", true},
		{"null", "https://null", false},
		{A, A, true},
		{A, "https://A.Example", true},
		{A, "http://a.example", false},
		{A, "https://a.example:8443", false},
		{A, "https://a.example.evil.example", false},
		{A, "https://xa.example", false},
		{"https://*.a.example", "https://x.a.example", true},
		{"https://*.a.example", "https://x.y.a.example", true},
		{"https://*.a.example", A, false},
		{"https://*.a.example", "https://x.a.example:1", false},
		{"https://*.a.example", "https://evil/.a.example", false},
		{"https://*.a.example", "https://xa.example", false},
		{"http://localhost:*", "http://localhost:3000", true},
		{"http://localhost:*", "http://localhost", false},
		{"http://localhost:*", "http://localhost.evil:1", false},
		{"https://*", "https://x", true},
		{"https://*", "http://x", false},
		{"*://a.example", A, true},
		{"https://pr-*.a.example", "https://pr-7.a.example", true},
		{"https://pr-*.a.example", "https://x.a.example", false},
	};
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		const struct pst_list one = {1, &rows[i].pattern};

		CHECK(pst_origin_fault(rows[i].pattern) == NULL);
		if (!CHECK_INT(pst_origin_listed(rows[i].origin,
		                                 strlen(rows[i].origin), &one),
		               rows[i].listed)) {
			printf("\n  %s %s\n", rows[i].pattern, rows[i].origin);
		}
	}
}

static void patterns_that_let_strangers_in_are_refused(void)
{
	static const struct {
		const char *item, *word;
	} rows[] = {
		{"", "not an origin"},
		{"a.example", "not an origin"},
		{"//a", "not an origin"},
		{"https://", "no host"},
		{"https://:443", "no host"},
		{"https://a/", "a path"},
		{"https://a/b", "a path"},
		{"https://a b", "forbidden character"},
		{"https://\xc3\xa4", "forbidden character"},
		{"https://a:x", "a port"},
		{"https://a:0", "a port"},
		{"https://a:1*", "a port"},
		{"https://a?b", "a port"},
		{"https://a:443", "usual port"},
		{"http://a:80", "usual port"},
		{"https://*.a:443", "usual port"},
		{"https://a*", "strangers"},
		{"https://a.*", "strangers"},
		{"https://*a.example", "strangers"},
		{"https://*-app.example", "strangers"},
		{"https://**", "strangers"},
		{"http*://a", "not an origin"},
	};
	const char *fault;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		fault = pst_origin_fault(rows[i].item);
		if (!CHECK(fault != NULL &&
		           strstr(fault, rows[i].word) != NULL)) {
			printf("\n  %s: %s\n", rows[i].item,
			       fault == NULL ? "nothing" : fault);
		}
	}
	CHECK(pst_origin_fault("https://a:80") == NULL);
	CHECK(pst_origin_fault("http://a:443") == NULL);
	CHECK(pst_origin_fault("https://[::1]:8443") == NULL);
}

static void own_pages_are_known_by_scheme_and_authority(void)
{
	static const struct {
		const char *authority, *origin;
		bool secure, plain;
	} rows[] = {
		{"gw.example", "https://gw.example", true, true},
		{"gw.example", "http://gw.example", false, true},
		{"GW.example", "https://gw.Example", true, true},
		{"gw.example:443", "https://gw.example", true, true},
		{"gw.example:80", "http://gw.example", false, true},
		{"gw.example:80", "https://gw.example", false, false},
		{"gw.example:8443", "https://gw.example:8443", true, true},
		{"gw.example:8443", "https://gw.example", false, false},
		{"gw.example", "https://gw.example:8443", false, false},
		{"gw.example", "https://gw.example.evil", false, false},
		{"gw.example", "https://x.gw.example", false, false},
		{"gw.example", "null", false, false},
		{"gw.example", "ftp://gw.example", false, false},
		{"[::1]:8443", "https://[::1]:8443", true, true},
		{"", "https://", false, false},
		{"", "https://a", false, false},
	};
	uint64_t record[64];
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		const struct pst_kit_head from = {.kind = PST_HEAD_REQUEST,
		                                  .method = "GET",
		                                  .authority =
		                                          rows[i].authority,
		                                  .path = "/"};
		const struct pst_head *h = (const void *)record;
		const char *o = rows[i].origin;

		CHECK(pst_kit_build_head(&from, record, sizeof(record)) > 0);
		if (!CHECK_INT(pst_origin_same(h, o, strlen(o), true),
		               rows[i].secure) ||
		    !CHECK_INT(pst_origin_same(h, o, strlen(o), false),
		               rows[i].plain)) {
			printf("\n  %s %s\n", rows[i].authority, o);
		}
	}
}

/* -- requests ----------------------------------------------------------- */

static void who_may_come_in(void)
{
	static const struct {
		const char *origins, *method, *origin;
		unsigned refused; /* with this status; 0: served */
		const char *reader;
	} rows[] = {
		{NULL, "GET", NULL, 0, NULL},
		{NULL, "DELETE", NULL, 0, NULL},
		{NULL, "POST", "https://gw.example", 0, NULL},
		{NULL, "DELETE", "https://gw.example", 0, NULL},
		{NULL, "POST", "http://gw.example", 403, NULL},
		{NULL, "GET", A, 403, NULL},
		{NULL, "GET", "null", 403, NULL},
		{A, "GET", A, 0, A},
		{A, "HEAD", A, 0, A},
		{A, "POST", A, 0, A},
		{A, "DELETE", A, 403, NULL},
		{A, "get", A, 403, NULL},
		{A, "GET", "https://b.example", 403, NULL},
		{A, "HEAD", "https://b.example", 403, NULL},
		{A, "GET", "null", 403, NULL},
		{"null", "GET", "null", 0, "null"},
		{"*", "GET", "https://b.example", 0, "https://b.example"},
		{"*", "GET", "null", 403, NULL},
		{"*", "GET", "*", 400, NULL},
		{"*", "GET", "", 400, NULL},
		{"*", "GET", "a", 400, NULL},
		{"*", "GET", "https://a https://b", 400, NULL},
		{"*", "GET", "https://gw.example/", 400, NULL},
	};
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		const char *const options[] = {"origins", rows[i].origins,
		                               NULL};
		struct pst_kit *k =
			kit(rows[i].origins == NULL ? NULL : options);
		const struct pst_head *h;

		ask_from(k, rows[i].method, rows[i].origin);
		CHECK_INT(passed(k), rows[i].refused == 0);
		if (rows[i].refused == 0) {
			give(k, 200, NULL);
		}
		h = sent(k, NULL);
		if (!CHECK(h != NULL) ||
		    !CHECK_INT(h->status,
		               rows[i].refused == 0 ? 200 : rows[i].refused)) {
			printf("\n  %s %s\n", rows[i].method, rows[i].origin);
		}
		is_field(h, "Access-Control-Allow-Origin", rows[i].reader);
		is_field(h, "Vary", "Origin");
		is_clean(k);
	}
}

static void a_refusal_says_why_and_to_whom(void)
{
	struct pst_kit *k = kit_for_a();
	enum pst_provenance how;
	const struct pst_head *h;

	ask_from(k, "GET", "https://b.example");
	h = sent(k, NULL);
	is_field(h, "Content-Type", "text/plain; charset=utf-8");
	CHECK_INT(h->body, PST_BODY_LENGTH);
	CHECK_INT(h->body_length, 27);
	CHECK(pst_kit_reads(pst_kit_tx_out(k), "this origin is not allowed\n",
	                    27));
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_CLEAN);
	CHECK(pst_kit_failed(k));
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_POLICY);
	CHECK_INT(pst_kit_fail_code(k), 403);
	CHECK_STR(pst_kit_attribute(k, "cors.origin", &how),
	          "https://b.example");
	CHECK_INT(how, PST_CLAIMED);
	CHECK_INT(pst_kit_metric(k, "refused"), 1);
	is_clean(k);
}

static void a_refused_head_request_gets_no_body(void)
{
	struct pst_kit *k = kit_for_a();
	uint32_t flags;

	ask_from(k, "HEAD", "https://b.example");
	CHECK_INT(sent(k, &flags)->body_length, 27);
	CHECK_INT(flags, PST_HEAD | PST_EOM);
	CHECK_INT(pst_kit_waiting(pst_kit_tx_out(k)), 0);
	is_clean(k);
}

static void strangers_may_pass_without_a_word(void)
{
	static const char *const options[] = {"origins", A, "foreign_origins",
	                                      "pass", NULL};
	static const char *const rows[][2] = {
		{"GET", "https://b.example"}, {"DELETE", A}, {"GET", "null"}};
	const struct pst_head *h;
	struct pst_kit *k;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		k = kit(options);
		ask_from(k, rows[i][0], rows[i][1]);
		CHECK(passed(k));
		give(k, 200, NULL);
		h = sent(k, NULL);
		is_field(h, "Access-Control-Allow-Origin", NULL);
		is_field(h, "Vary", "Origin");
		is_clean(k);
	}
	k = kit(options);
	ask_from(k, "GET", "no origin");
	CHECK(!passed(k));
	CHECK(sends_status(k, 400));
	is_clean(k);
}

static void two_origins_are_none(void)
{
	static const char *const fields[] = {"Origin", A, "Origin", A, NULL};
	struct pst_kit *k = kit_for_a();

	ask(k, "GET", fields);
	CHECK(!passed(k));
	CHECK(sends_status(k, 400));
	is_clean(k);
}

static void on_a_plain_hop_the_own_site_may_be_secure_in_front(void)
{
	struct pst_kit *k = kit_on(&plain, NULL);

	ask_from(k, "POST", "https://gw.example");
	CHECK(passed(k));
	is_clean(k);
	k = kit_on(&plain, NULL);
	ask_from(k, "POST", "http://gw.example");
	CHECK(passed(k));
	is_clean(k);
	k = kit_on(&plain, NULL);
	ask_from(k, "POST", "https://gw.example:8443");
	CHECK(!passed(k));
	is_clean(k);
}

static void a_claim_of_security_counts_as_one(void)
{
	struct pst_hop claimed = plain;
	struct pst_kit *k;

	claimed.provides = PST_PROVIDES_CLAIMED;
	k = kit_on(&claimed, NULL);
	ask_from(k, "POST", "http://gw.example");
	CHECK(!passed(k));
	is_clean(k);
}

static void a_body_passes_behind_its_head(void)
{
	const struct pst_kit_head head = {.kind = PST_HEAD_REQUEST,
	                                  .method = "POST",
	                                  .authority = "gw.example",
	                                  .path = "/",
	                                  .body = PST_BODY_UNKNOWN};
	struct pst_kit *k = kit_for_a();

	CHECK_INT(pst_kit_feed_kit_head(pst_kit_rx_in(k), &head, 0), 0);
	pst_kit_run(k);
	CHECK(passed(k));
	pst_kit_feed(pst_kit_rx_in(k), "one", 3);
	pst_kit_run(k);
	CHECK(pst_kit_reads(pst_kit_rx_out(k), "one", 3));
	pst_kit_feed_slice(pst_kit_rx_in(k), "two", 3, PST_EOM);
	pst_kit_end(pst_kit_rx_in(k), PST_END_CLEAN, PST_CLASS_CLEAN);
	pst_kit_run(k);
	CHECK(pst_kit_reads(pst_kit_rx_out(k), "two", 3));
	CHECK_INT(pst_kit_ended(pst_kit_rx_out(k)), PST_END_CLEAN);
	is_clean(k);
}

static void without_a_request_there_is_nothing_to_judge(void)
{
	struct pst_kit *k = kit_for_a();

	pst_kit_end(pst_kit_rx_in(k), PST_END_RESET, PST_CLASS_TRUNCATED);
	pst_kit_run(k);
	CHECK_INT(pst_kit_ended(pst_kit_rx_out(k)), PST_END_RESET);
	is_clean(k);
	k = kit_for_a();
	pst_kit_feed(pst_kit_rx_in(k), "body", 4);
	pst_kit_run(k);
	CHECK(pst_kit_failed(k));
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_INTERNAL);
	is_clean(k);
}

/* -- preflights ---------------------------------------------------------- */

static const char *const options_all[] = {"origins",
                                          A,
                                          "allow_methods",
                                          "GET",
                                          "allow_methods",
                                          "PUT",
                                          "allow_headers",
                                          "X-One",
                                          "allow_headers",
                                          "X-Two",
                                          "max_age",
                                          "10m",
                                          "expose_headers",
                                          "X-Three",
                                          "allow_credentials",
                                          "true",
                                          NULL};

static void preflight(struct pst_kit *k, const char *origin, const char *method,
                      const char *headers)
{
	const char *const fields[] = {
		"Origin",
		origin,
		"Access-Control-Request-Method",
		method,
		headers == NULL ? NULL : "Access-Control-Request-Headers",
		headers,
		NULL};

	ask(k, "OPTIONS", fields);
}

static void a_preflight_is_answered_with_the_terms(void)
{
	struct pst_kit *k = kit(options_all);
	const struct pst_head *h;
	uint32_t flags;

	preflight(k, A, "PUT", "x-one");
	CHECK(!passed(k));
	h = sent(k, &flags);
	CHECK_INT(h->status, 204);
	CHECK_INT(flags, PST_HEAD | PST_EOM);
	is_field(h, "Access-Control-Allow-Origin", A);
	is_field(h, "Access-Control-Allow-Credentials", "true");
	is_field(h, "Access-Control-Allow-Methods", "GET, PUT");
	is_field(h, "Access-Control-Allow-Headers", "X-One, X-Two");
	is_field(h, "Access-Control-Max-Age", "600");
	is_field(h, "Access-Control-Expose-Headers", NULL);
	is_field(h, "Vary", "Origin");
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_CLEAN);
	CHECK_INT(pst_kit_ended(pst_kit_rx_out(k)), PST_END_CLEAN);
	CHECK(!pst_kit_failed(k));
	CHECK_INT(pst_kit_metric(k, "preflights"), 1);
	is_clean(k);
}

static void without_settings_the_terms_are_the_safe_ones(void)
{
	struct pst_kit *k = kit_for_a();
	const struct pst_head *h;

	preflight(k, A, "PUT", "x-one");
	h = sent(k, NULL);
	is_field(h, "Access-Control-Allow-Origin", A);
	is_field(h, "Access-Control-Allow-Credentials", NULL);
	is_field(h, "Access-Control-Allow-Methods", "GET, HEAD, POST");
	is_field(h, "Access-Control-Allow-Headers", NULL);
	is_field(h, "Access-Control-Max-Age", "5");
	is_clean(k);
}

static void any_header_is_answered_with_those_asked_for(void)
{
	static const char *const options[] = {
		"origins", A, "allow_headers", "*", "allow_methods", "*", NULL};
	struct pst_kit *k = kit(options);
	const struct pst_head *h;

	preflight(k, A, "DELETE", "x-one,x-two");
	h = sent(k, NULL);
	is_field(h, "Access-Control-Allow-Headers", "x-one,x-two");
	is_field(h, "Access-Control-Allow-Methods", "*");
	is_field(h, "Vary", "Origin, Access-Control-Request-Headers");
	is_clean(k);
	k = kit(options);
	preflight(k, A, "DELETE", NULL);
	is_field(sent(k, NULL), "Access-Control-Allow-Headers", NULL);
	is_clean(k);
	k = kit(options);
	ask_from(k, "DELETE", A);
	CHECK(passed(k));
	is_clean(k);
}

static void strangers_get_no_terms(void)
{
	static const char *const options[] = {"origins", A, "foreign_origins",
	                                      "pass", NULL};
	struct pst_kit *k = kit_for_a();
	const struct pst_head *h;

	preflight(k, "https://b.example", "GET", NULL);
	CHECK(sends_status(k, 403));
	is_clean(k);
	k = kit(options);
	preflight(k, "https://b.example", "GET", NULL);
	CHECK(!passed(k));
	h = sent(k, NULL);
	CHECK_INT(h->status, 204);
	is_field(h, "Access-Control-Allow-Origin", NULL);
	is_field(h, "Access-Control-Allow-Methods", NULL);
	is_field(h, "Vary", "Origin");
	is_clean(k);
}

static void broken_preflights_are_refused(void)
{
	static const char *const rows[][9] = {
		{"Access-Control-Request-Method", ""},
		{"Access-Control-Request-Method", "A B"},
		{"Access-Control-Request-Method", "GET",
	         "Access-Control-Request-Method", "GET"},
		{"Access-Control-Request-Method", "GET",
	         "Access-Control-Request-Headers", "x:y"},
		{"Access-Control-Request-Method", "GET",
	         "Access-Control-Request-Headers", ":x"},
		{"Access-Control-Request-Method", "GET",
	         "Access-Control-Request-Headers", "x",
	         "Access-Control-Request-Headers", "y"},
	};
	size_t i, n;

	for (i = 0; i < COUNT(rows); i++) {
		const char *fields[12] = {"Origin", A};
		struct pst_kit *k = kit_for_a();

		for (n = 0; rows[i][n] != NULL; n++) {
			fields[n + 2] = rows[i][n];
		}
		ask(k, "OPTIONS", fields);
		CHECK(!passed(k));
		CHECK(sends_status(k, 400));
		is_clean(k);
	}
}

static void what_is_no_preflight_is_the_services(void)
{
	static const char *const method[] = {
		"Origin", A, "Access-Control-Request-Method", "GET", NULL};
	static const char *const none[] = {"Access-Control-Request-Method",
	                                   "GET", NULL};
	static const char *const own[] = {"Origin", "https://gw.example", NULL};
	struct pst_kit *k = kit_for_a();

	ask(k, "POST", method);
	CHECK(passed(k));
	is_clean(k);
	k = kit_for_a();
	ask(k, "OPTIONS", none);
	CHECK(passed(k));
	is_clean(k);
	k = kit_for_a();
	ask(k, "OPTIONS", own);
	CHECK(passed(k));
	is_clean(k);
}

static void after_its_answer_it_drops_what_comes(void)
{
	const char *const fields[] = {
		"Origin", A, "Access-Control-Request-Method", "GET", NULL};
	const struct pst_kit_head head = {.kind = PST_HEAD_REQUEST,
	                                  .method = "OPTIONS",
	                                  .authority = "gw.example",
	                                  .path = "/",
	                                  .body = PST_BODY_UNKNOWN,
	                                  .fields = fields};
	struct pst_kit *k = kit_for_a();

	CHECK_INT(pst_kit_feed_kit_head(pst_kit_rx_in(k), &head, 0), 0);
	pst_kit_feed(pst_kit_rx_in(k), "body", 4);
	pst_kit_run(k);
	CHECK(sends_status(k, 204));
	pst_kit_feed_slice(pst_kit_rx_in(k), "more", 4, PST_EOM);
	pst_kit_end(pst_kit_tx_in(k), PST_END_RESET, PST_CLASS_CLEAN);
	pst_kit_run(k);
	CHECK_INT(pst_kit_waiting(pst_kit_rx_in(k)), 0);
	is_clean(k);
}

/* -- responses ------------------------------------------------------------ */

static void the_response_says_who_may_read_it(void)
{
	struct pst_kit *k = kit(options_all);
	const struct pst_head *h;

	ask_from(k, "GET", A);
	CHECK(passed(k));
	CHECK(!pst_kit_left(k));
	give(k, 200, NULL);
	h = sent(k, NULL);
	is_field(h, "Access-Control-Allow-Origin", A);
	is_field(h, "Access-Control-Allow-Credentials", "true");
	is_field(h, "Access-Control-Expose-Headers", "X-Three");
	is_field(h, "Access-Control-Allow-Methods", NULL);
	is_field(h, "Access-Control-Max-Age", NULL);
	CHECK(pst_kit_left(k));
	is_clean(k);
}

static void what_the_service_says_of_it_is_replaced(void)
{
	static const char *const fields[] = {"Access-Control-Allow-Origin",
	                                     "*",
	                                     "access-control-allow-credentials",
	                                     "true",
	                                     "Access-Control-Expose-Headers",
	                                     "Secret",
	                                     "X-Kept",
	                                     "yes",
	                                     NULL};
	static const char *const origins[] = {A, "https://gw.example", NULL};
	size_t i;

	for (i = 0; i < COUNT(origins); i++) {
		struct pst_kit *k = kit_for_a();
		const struct pst_head *h;

		ask_from(k, "GET", origins[i]);
		give(k, 404, fields);
		h = sent(k, NULL);
		CHECK_INT(h->status, 404);
		is_field(h, "Access-Control-Allow-Origin", i == 0 ? A : NULL);
		is_field(h, "Access-Control-Allow-Credentials", NULL);
		is_field(h, "Access-Control-Expose-Headers", NULL);
		is_field(h, "X-Kept", "yes");
		is_clean(k);
	}
}

static void vary_is_one_list_with_origin_in_it(void)
{
	static const struct {
		const char *fields[5];
		const char *vary;
	} rows[] = {
		{{NULL}, "Origin"},
		{{"Vary", "Accept", NULL}, "Accept, Origin"},
		{{"Vary", "Accept", "vary", "A-b , c", NULL},
	         "Accept, A-b , c, Origin"},
		{{"Vary", "Accept, origin", NULL}, "Accept, origin"},
		{{"Vary", "ORIGIN", "Vary", "X", NULL}, "ORIGIN, X"},
		{{"Vary", "Origins", NULL}, "Origins, Origin"},
		{{"Vary", "X-Origin", NULL}, "X-Origin, Origin"},
		{{"Vary", "*", NULL}, "*"},
		{{"Vary", "", NULL}, "Origin"},
		{{"Vary", "", "Vary", "X", NULL}, "X, Origin"},
	};
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		struct pst_kit *k = kit_for_a();

		ask_from(k, "GET", NULL);
		give(k, 200, rows[i].fields);
		is_field(sent(k, NULL), "Vary", rows[i].vary);
		is_clean(k);
	}
}

static void all_of_a_head_is_kept(void)
{
	const struct pst_kit_head head = {.kind = PST_HEAD_RESPONSE,
	                                  .status = 426,
	                                  .body = PST_BODY_LENGTH,
	                                  .body_length = 5,
	                                  .upgrade_by = PST_UPGRADE_FIELD,
	                                  .upgrade = "websocket",
	                                  .reason = "Do"};
	struct pst_kit *k = kit_for_a();
	const struct pst_head *h;
	uint32_t flags;

	ask_from(k, "GET", A);
	CHECK_INT(pst_kit_feed_kit_head(pst_kit_tx_in(k), &head, PST_EOM), 0);
	pst_kit_run(k);
	h = sent(k, &flags);
	CHECK_INT(h->status, 426);
	CHECK_INT(h->body, PST_BODY_LENGTH);
	CHECK_INT(h->body_length, 5);
	CHECK_INT(h->upgrade_by, PST_UPGRADE_FIELD);
	CHECK(pst_kit_span_is(h, h->upgrade, "websocket"));
	CHECK(pst_kit_span_is(h, h->reason, "Do"));
	CHECK_INT(flags, PST_HEAD | PST_EOM);
	is_field(h, "Access-Control-Allow-Origin", A);
	is_clean(k);
}

static void interim_responses_and_upgrades_stay_as_they_are(void)
{
	static const char *const fields[] = {"Link", "</a>", NULL};
	const struct pst_kit_head switching = {.kind = PST_HEAD_RESPONSE,
	                                       .status = 101,
	                                       .upgrade_by = PST_UPGRADE_FIELD,
	                                       .upgrade = "websocket"};
	struct pst_kit *k = kit_for_a();
	const struct pst_head *h;

	ask_from(k, "GET", A);
	give(k, 103, fields);
	h = sent(k, NULL);
	CHECK_INT(h->status, 103);
	is_field(h, "Vary", NULL);
	CHECK(!pst_kit_left(k));
	CHECK_INT(pst_kit_feed_kit_head(pst_kit_tx_in(k), &switching, 0), 0);
	pst_kit_run(k);
	h = sent(k, NULL);
	CHECK_INT(h->status, 101);
	is_field(h, "Access-Control-Allow-Origin", NULL);
	is_field(h, "Vary", NULL);
	CHECK(pst_kit_left(k));
	is_clean(k);
}

static void a_refusal_of_the_service_goes_on(void)
{
	struct pst_kit *k = kit_for_a();

	ask_from(k, "GET", A);
	pst_kit_end(pst_kit_tx_in(k), PST_END_RESET, PST_CLASS_UNREACHABLE);
	pst_kit_run(k);
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_RESET);
	CHECK_INT(pst_kit_end_class(pst_kit_tx_out(k)), PST_CLASS_UNREACHABLE);
	is_clean(k);
}

static void lost_memory_fails_the_exchange(void)
{
	unsigned n;

	for (n = 1; n < 4; n++) {
		struct pst_kit *k = kit_for_a();

		pst_kit_fail_memory(k, n);
		ask_from(k, "GET", "https://b.example");
		CHECK(pst_kit_failed(k));
		is_clean(k);
		k = kit_for_a();
		pst_kit_fail_memory(k, n);
		preflight(k, A, "GET", NULL);
		CHECK(n > 2 || pst_kit_failed(k));
		is_clean(k);
	}
	for (n = 1; n < 3; n++) {
		static const char *const vary[] = {"Vary", "X", NULL};
		struct pst_kit *k = kit_for_a();

		ask_from(k, "GET", A);
		pst_kit_fail_memory(k, n);
		give(k, 200, vary);
		CHECK(pst_kit_failed(k));
		is_clean(k);
	}
}

/* -- settings --------------------------------------------------------------- */

static void wrong_settings_say_what_to_do(void)
{
	static const struct {
		const char *options[5];
		const char *option, *word;
	} rows[] = {
		{{"origins", "a.example"}, "origins", "not an origin"},
		{{"origins", "https://a*"}, "origins", "strangers"},
		{{"origins", A, "origins", "HTTPS://A.example"},
	         "origins",
	         "twice"},
		{{"origins", "*", "allow_credentials", "true"},
	         "origins",
	         "list the sites"},
		{{"origins", "null", "allow_credentials", "true"},
	         "origins",
	         "sandboxed frame"},
		{{"origins", "https://*", "allow_credentials", "true"},
	         "origins",
	         "list the sites"},
		{{"origins", "*://*:*", "allow_credentials", "true"},
	         "origins",
	         "list the sites"},
		{{"allow_methods", "get"}, "allow_methods", "write \"GET\""},
		{{"allow_methods", "TRACE"}, "allow_methods", "no browser"},
		{{"allow_methods", "connect"}, "allow_methods", "no browser"},
		{{"allow_methods", "GET, PUT"},
	         "allow_methods",
	         "one name per item"},
		{{"allow_methods", "GET", "allow_methods", "GET"},
	         "allow_methods",
	         "twice"},
		{{"allow_methods", "GET", "allow_methods", "*"},
	         "allow_methods",
	         "remove the others"},
		{{"allow_methods", "*", "allow_credentials", "true"},
	         "allow_methods",
	         "list the names"},
		{{"allow_headers", "X:"}, "allow_headers", "not a name"},
		{{"allow_headers", ""}, "allow_headers", "not a name"},
		{{"allow_headers", "X-A", "allow_headers", "x-a"},
	         "allow_headers",
	         "twice"},
		{{"allow_headers", "*", "allow_credentials", "true"},
	         "allow_headers",
	         "list the names"},
		{{"expose_headers", "*", "allow_credentials", "true"},
	         "expose_headers",
	         "list the names"},
		{{"expose_headers", "a b"}, "expose_headers", "not a name"},
		{{"max_age", "1500ms"}, "max_age", "whole number of seconds"},
		{{"max_age", "2d"}, "max_age", ""},
		{{"foreign_origins", "deny"}, "foreign_origins", ""},
		{{"allow_origin", "*"}, "allow_origin", "use origins"},
		{{"allow_origins", "*"}, "allow_origins", "use origins"},
		{{"allowed_origins", "*"}, "allowed_origins", "use origins"},
		{{"allowed_methods", "*"}, "allowed_methods", "allow_methods"},
		{{"allowed_headers", "*"}, "allowed_headers", "allow_headers"},
		{{"exposed_headers", "*"}, "exposed_headers", "expose_headers"},
		{{"maximum_age", "1"}, "maximum_age", "max_age"},
	};
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		struct pst_kit *k = kit(rows[i].options);

		if (!CHECK(!pst_kit_ready(k)) ||
		    !CHECK(pst_kit_diagnosed(k, rows[i].option,
		                             rows[i].word))) {
			printf("\n  %s: %s\n", rows[i].option,
			       pst_kit_diagnosis(k, 0));
		}
		is_clean(k);
	}
}

static void names_open_to_anybody_are_warned_of_with_credentials(void)
{
	static const struct {
		const char *origin;
		bool warned;
	} rows[] = {
		{"https://*.com", true},        {"https://*.COM:8443", true},
		{"https://*.com:*", true},      {"*://*.com", true},
		{"https://pr-*.com", true},     {"https://*.*.com", true},
		{"https://*.a.example", false}, {"https://*.a.com:*", false},
		{"https://a.com", false},       {"https://a.com:*", false},
		{"*://a.com", false},           {"https://*.localhost", false},
		{"https://*.LAN:8443", false},  {"https://*.internal:*", false},
		{"https://*.internals", true},
	};
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		const char *const with[] = {"origins", rows[i].origin,
		                            "allow_credentials", "true", NULL};
		const char *const without[] = {"origins", rows[i].origin, NULL};
		struct pst_kit *k = kit(with);

		CHECK(pst_kit_ready(k));
		if (!CHECK_INT(
			    pst_kit_diagnosed(k, "origins", "sold to anybody"),
			    rows[i].warned)) {
			printf("\n  %s\n", rows[i].origin);
		}
		is_clean(k);
		k = kit(without);
		CHECK(pst_kit_ready(k));
		CHECK(pst_kit_diagnosis(k, 0) == NULL);
		is_clean(k);
	}
}

static void all_that_is_wrong_is_told_at_once(void)
{
	static const char *const options[] = {"origins",
	                                      "a",
	                                      "allow_methods",
	                                      "get",
	                                      "max_age",
	                                      "1500ms",
	                                      "allow_headers",
	                                      ":",
	                                      "expose_headers",
	                                      "?",
	                                      NULL};
	struct pst_kit *k = kit(options);

	CHECK(pst_kit_diagnosed(k, "origins", ""));
	CHECK(pst_kit_diagnosed(k, "allow_methods", ""));
	CHECK(pst_kit_diagnosed(k, "allow_headers", ""));
	CHECK(pst_kit_diagnosed(k, "expose_headers", ""));
	CHECK(pst_kit_diagnosed(k, "max_age", ""));
	is_clean(k);
}

static void explain_says_what_no_origins_means(void)
{
	struct pst_kit *k = kit(NULL);

	pst_kit_explain(k);
	CHECK(pst_kit_diagnosed(k, "other sites", "none"));
	is_clean(k);
	k = kit_for_a();
	pst_kit_explain(k);
	CHECK(!pst_kit_diagnosed(k, "other sites", ""));
	CHECK(pst_kit_diagnosed(k, "methods", "GET, HEAD, POST"));
	is_clean(k);
	k = kit(options_all);
	pst_kit_explain(k);
	CHECK(!pst_kit_diagnosed(k, "methods", ""));
	is_clean(k);
}

static CU_TestInfo tests[] = {
	TEST(origins_have_one_form),
	TEST(patterns_let_in_whom_they_name),
	TEST(patterns_that_let_strangers_in_are_refused),
	TEST(own_pages_are_known_by_scheme_and_authority),
	TEST(who_may_come_in),
	TEST(a_refusal_says_why_and_to_whom),
	TEST(a_refused_head_request_gets_no_body),
	TEST(strangers_may_pass_without_a_word),
	TEST(two_origins_are_none),
	TEST(on_a_plain_hop_the_own_site_may_be_secure_in_front),
	TEST(a_claim_of_security_counts_as_one),
	TEST(a_body_passes_behind_its_head),
	TEST(without_a_request_there_is_nothing_to_judge),
	TEST(a_preflight_is_answered_with_the_terms),
	TEST(without_settings_the_terms_are_the_safe_ones),
	TEST(any_header_is_answered_with_those_asked_for),
	TEST(strangers_get_no_terms),
	TEST(broken_preflights_are_refused),
	TEST(what_is_no_preflight_is_the_services),
	TEST(after_its_answer_it_drops_what_comes),
	TEST(the_response_says_who_may_read_it),
	TEST(what_the_service_says_of_it_is_replaced),
	TEST(vary_is_one_list_with_origin_in_it),
	TEST(all_of_a_head_is_kept),
	TEST(interim_responses_and_upgrades_stay_as_they_are),
	TEST(a_refusal_of_the_service_goes_on),
	TEST(lost_memory_fails_the_exchange),
	TEST(wrong_settings_say_what_to_do),
	TEST(names_open_to_anybody_are_warned_of_with_credentials),
	TEST(all_that_is_wrong_is_told_at_once),
	TEST(explain_says_what_no_origins_means),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
