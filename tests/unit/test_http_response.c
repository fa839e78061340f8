/* SPDX-License-Identifier: MIT */
/* Response heads and trailers of HTTP/1.1. */
#include "test_http_heads.h"

static int64_t response(const char *text, const struct h1_asked *asked,
                        struct h1_message *m, const struct pst_head **h_out,
                        struct h1_error *err)
{
	static uint64_t record[2048];
	static const struct h1_asked nothing;
	struct h1_scan scan = {.kind = H1_RESPONSE};
	struct pst_head_builder b;
	char whole[4096];
	int n = snprintf(whole, sizeof(whole), "%s\r\n", text);
	int64_t r =
		h1_scan(&scan, (const uint8_t *)whole, (size_t)n, &limits, err);

	if (r < 0) {
		return r;
	}
	pst_head_begin(&b, record, sizeof(record), PST_HEAD_RESPONSE);
	*h_out = b.head;
	return h1_parse_response((const uint8_t *)whole, (size_t)r, &limits,
	                         asked == NULL ? &nothing : asked, &b, m, err);
}

static const struct outcome responses[] = {
	OK("plain", "HTTP/1.1 200 OK\r\n"),
	OK("no reason", "HTTP/1.1 200 \r\n"),
	OK("no reason and no space", "HTTP/1.1 200\r\n"),
	OK("HTTP/1.0", "HTTP/1.0 200 OK\r\n"),
	OK("unknown status", "HTTP/1.1 599 What\r\n"),
	OK("reason above ASCII", "HTTP/1.1 200 \xe4\r\n"),
	BAD("status of two digits", "HTTP/1.1 20 OK\r\n", 502, "status"),
	BAD("status of four digits", "HTTP/1.1 2000 OK\r\n", 502, "status"),
	BAD("status 099", "HTTP/1.1 099 OK\r\n", 502, "status"),
	BAD("status 600", "HTTP/1.1 600 OK\r\n", 502, "status"),
	BAD("status with sign", "HTTP/1.1 +20 OK\r\n", 502, "status"),
	BAD("two spaces", "HTTP/1.1  200 OK\r\n", 502, "status"),
	BAD("version 2", "HTTP/2.0 200 OK\r\n", 502, "version"),
	BAD("ICY", "ICY 200 OK\r\n", 502, "version"),
	BAD("something else", "220 mail.example ESMTP\r\n", 502, "version"),
	BAD("reason with control byte", "HTTP/1.1 200 a\x01\r\n", 502,
            "control byte"),
	BAD("empty line first", "\r\nHTTP/1.1 200 OK\r\n", 502, "begin"),
	BAD("folded line", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n", 400,
            "white space"),
	BAD("length twice",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n",
            400, "repeated"),
	BAD("length and chunked",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
            "Transfer-Encoding: chunked\r\n",
            400, "together"),
	BAD("chunked with HTTP/1.0",
            "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n", 400,
            "HTTP/1.0"),
	BAD("101 that nobody asked for",
            "HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: websocket\r\n",
            502, "not asked for"),
};

static void each_response_of_the_table_has_its_outcome(void)
{
	size_t i;

	for (i = 0; i < sizeof(responses) / sizeof(responses[0]); i++) {
		const struct outcome *o = &responses[i];
		const struct pst_head *h;
		struct h1_error err = {0, "(none)"};
		struct h1_message m;
		int64_t r = response(o->text, NULL, &m, &h, &err);

		check_outcome(o, r, &err);
	}
}

static void another_protocol_is_known_by_its_first_bytes(void)
{
	static const uint8_t greeting[] = "220 mail.example ESMTP";
	struct h1_scan scan = {.kind = H1_RESPONSE};
	struct h1_error err;

	CHECK_INT(h1_scan(&scan, greeting, 1, &limits, &err), PST_PROTO);
	memset(&scan, 0, sizeof(scan));
	scan.kind = H1_RESPONSE;
	CHECK_INT(h1_scan(&scan, (const uint8_t *)"HTTP", 4, &limits, &err),
	          PST_AGAIN);
	CHECK_INT(h1_scan(&scan, (const uint8_t *)"/2", 2, &limits, &err),
	          PST_PROTO);
}

static void the_end_of_a_response_follows_rfc_9112_6_3(void)
{
	struct h1_asked asked = {.head = true};
	const struct pst_head *h;
	struct h1_message m;
	struct h1_error err;

	CHECK(response("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n", &asked, &m,
	               &h, &err) > 0);
	CHECK_INT(h->body, PST_BODY_LENGTH);
	CHECK(response("HTTP/1.1 200 OK\r\n", &asked, &m, &h, &err) > 0);
	CHECK_INT(h->body, PST_BODY_NONE);
	CHECK(m.keep_alive && !m.until_close);
	CHECK(response("HTTP/1.1 204 X\r\nContent-Length: 7\r\n", NULL, &m, &h,
	               &err) > 0);
	CHECK_INT(h->body, PST_BODY_NONE);
	CHECK(!m.keep_alive);
	CHECK(response("HTTP/1.1 304 X\r\nContent-Length: 7\r\n", NULL, &m, &h,
	               &err) > 0);
	CHECK_INT(h->body_length, 7);
	CHECK(response("HTTP/1.1 200 OK\r\n", NULL, &m, &h, &err) > 0);
	CHECK_INT(h->body, PST_BODY_UNKNOWN);
	CHECK(m.until_close && !m.keep_alive);
	CHECK(response("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n",
	               NULL, &m, &h, &err) > 0);
	CHECK(m.chunked && !m.until_close && m.keep_alive);
	CHECK(response("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", NULL, &m, &h,
	               &err) > 0);
	CHECK_INT(h->body, PST_BODY_NONE);
	CHECK(response("HTTP/1.1 103 Early\r\nLink: x\r\n", NULL, &m, &h,
	               &err) > 0);
	CHECK_INT(h->kind, PST_HEAD_INTERIM);
}

static void granted_upgrade_must_be_the_one_asked_for(void)
{
	const struct h1_asked asked = {.upgrade = {"websocket", 9}};
	const struct h1_asked several = {.upgrade = {"h2c,websocket", 13}};
	const struct h1_asked tunnel = {.connect = true};
	const struct pst_head *h;
	struct h1_message m;
	struct h1_error err;

	CHECK(response("HTTP/1.1 101 X\r\nConnection: Upgrade\r\n"
	               "Upgrade: WebSocket\r\nX-A: b\r\n",
	               &asked, &m, &h, &err) > 0);
	CHECK_INT(h->kind, PST_HEAD_RESPONSE);
	CHECK_INT(h->upgrade_by, PST_UPGRADE_FIELD);
	CHECK(span_is(h, h->upgrade, "WebSocket"));
	CHECK_INT(h->field_count, 1);
	CHECK_INT(response("HTTP/1.1 101 X\r\nConnection: Upgrade\r\n"
	                   "Upgrade: h2c\r\n",
	                   &asked, &m, &h, &err),
	          PST_PROTO);
	CHECK_INT(response("HTTP/1.1 101 X\r\nConnection: Upgrade\r\n"
	                   "Upgrade: websocket, h2c\r\n",
	                   &asked, &m, &h, &err),
	          PST_PROTO);
	CHECK_INT(response("HTTP/1.0 101 X\r\nConnection: Upgrade\r\n"
	                   "Upgrade: websocket\r\n",
	                   &asked, &m, &h, &err),
	          PST_PROTO);
	CHECK(response("HTTP/1.1 101 X\r\nConnection: Upgrade\r\n"
	               "Upgrade: websocket\r\n",
	               &several, &m, &h, &err) > 0);
	CHECK(span_is(h, h->upgrade, "websocket"));
	CHECK_INT(response("HTTP/1.1 101 X\r\nUpgrade: websocket\r\n", &asked,
	                   &m, &h, &err),
	          PST_PROTO);
	CHECK(response("HTTP/1.1 200 X\r\nContent-Length: 4\r\n", &tunnel, &m,
	               &h, &err) > 0);
	CHECK_INT(h->upgrade_by, PST_UPGRADE_CONNECT);
	CHECK_INT(h->body, PST_BODY_NONE);
	CHECK(response("HTTP/1.1 403 X\r\nContent-Length: 4\r\n", &tunnel, &m,
	               &h, &err) > 0);
	CHECK_INT(h->upgrade_by, PST_UPGRADE_NONE);
	CHECK_INT(h->body_length, 4);
}

static void space_before_the_colon_is_taken_out(void)
{
	const struct h1_asked asked = {.head = false};
	const struct pst_head *h;
	struct h1_message m;
	struct h1_error err;

	CHECK(response("HTTP/1.1 200 X\r\nContent-Length \t : 4\r\n"
	               "X-A : b\r\n",
	               &asked, &m, &h, &err) > 0);
	CHECK_INT(h->body_length, 4);
	CHECK_INT(h->field_count, 1);
	CHECK(span_is(h, h->field[0].name, "X-A"));
	CHECK(span_is(h, h->field[0].value, "b"));
	CHECK_INT(response("HTTP/1.1 200 X\r\n : 4\r\n", &asked, &m, &h, &err),
	          PST_PROTO);
	CHECK_INT(
		response("HTTP/1.1 200 X\r\nX A: 4\r\n", &asked, &m, &h, &err),
		PST_PROTO);
}

static void protocols_of_426_are_kept(void)
{
	const struct h1_asked asked = {.head = false};
	const struct pst_head *h;
	struct h1_message m;
	struct h1_error err;

	CHECK(response("HTTP/1.1 426 X\r\nConnection: Upgrade\r\n"
	               "Upgrade: h2c, websocket\r\nContent-Length: 4\r\n",
	               &asked, &m, &h, &err) > 0);
	CHECK_INT(h->upgrade_by, PST_UPGRADE_FIELD);
	CHECK(span_is(h, h->upgrade, "h2c,websocket"));
	CHECK_INT(h->body_length, 4);
	CHECK(response("HTTP/1.1 200 X\r\nConnection: Upgrade\r\n"
	               "Upgrade: websocket\r\nContent-Length: 4\r\n",
	               &asked, &m, &h, &err) > 0);
	CHECK_INT(h->upgrade_by, PST_UPGRADE_NONE);
}

static void trailers_lose_what_frames(void)
{
	const char text[] = "X: 1\r\nContent-Length: 5\r\nHost: a\r\n"
			    "Transfer-Encoding: chunked\r\nIf-Match: *\r\n"
			    "Cookie: a=b\r\nX-Forwarded-For: a\r\n"
			    "AUTHORIZATION: x\r\nIf: 1\r\nX-Forwarded: 1\r\n"
			    "\r\n";
	uint64_t record[256];
	struct h1_scan scan = {.kind = H1_TRAILERS};
	struct pst_head_builder b;
	struct h1_error err;

	CHECK_INT(h1_scan(&scan, (const uint8_t *)text, sizeof(text) - 1,
	                  &limits, &err),
	          sizeof(text) - 1);
	pst_head_begin(&b, record, sizeof(record), PST_HEAD_TRAILERS);
	CHECK(h1_parse_trailers((const uint8_t *)text, sizeof(text) - 1,
	                        &limits, &b, &err) > 0);
	CHECK_INT(b.head->field_count, 3); /* X, If, X-Forwarded */
	memset(&scan, 0, sizeof(scan));
	scan.kind = H1_TRAILERS;
	CHECK_INT(h1_scan(&scan, (const uint8_t *)"\r\nX", 3, &limits, &err),
	          2);
}

/* clang-format off */
static CU_TestInfo tests[] = {
	TEST(each_response_of_the_table_has_its_outcome),
	TEST(another_protocol_is_known_by_its_first_bytes),
	TEST(the_end_of_a_response_follows_rfc_9112_6_3),
	TEST(granted_upgrade_must_be_the_one_asked_for),
	TEST(space_before_the_colon_is_taken_out),
	TEST(protocols_of_426_are_kept),
	TEST(trailers_lose_what_frames),
	CU_TEST_INFO_NULL,
};
/* clang-format on */

PST_TEST_MAIN(tests)
