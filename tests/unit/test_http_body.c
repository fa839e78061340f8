/* SPDX-License-Identifier: MIT */
/* The chunked coding, the writing of heads, statuses and dates. */
#include "h1_body.h"
#include "h1_parse.h"
#include "h1_write.h"
#include "http_status.h"

#include "pst_test.h"

#include <time.h>

/* Decode text[n] fed in pieces of `size` (0: random by `seed`). Returns the last
 * result; the data goes to out, the bytes behind the last chunk's line to
 * *rest_out. */
static int decode(const char *text, size_t n, size_t size, unsigned seed,
                  char *out, size_t *out_length, size_t *rest_out)
{
	struct h1_chunks c;
	size_t at = 0;
	int r = PST_AGAIN;

	memset(&c, 0, sizeof(c));
	*out_length = 0;
	while (at < n && c.state != H1_CHUNK_END) {
		size_t piece = size, used = 0, end;
		uint8_t *exact;

		if (size == 0) {
			seed = seed * 1103515245u + 12345u;
			piece = 1 + (seed >> 16) % 7;
		}
		end = at + piece < n ? at + piece : n;
		exact = malloc(end - at);
		memcpy(exact, text + at, end - at);
		if (c.state == H1_CHUNK_DATA) {
			used = end - at < c.left ? end - at : (size_t)c.left;
			memcpy(out + *out_length, exact, used);
			*out_length += used;
			h1_chunks_took(&c, used);
			r = PST_AGAIN;
		} else {
			struct h1_error err;

			r = h1_chunks_read(&c, exact, end - at, &used, &err);
		}
		free(exact);
		if (r != PST_OK && r != PST_AGAIN) {
			return r;
		}
		at += used;
	}
	*rest_out = n - at;
	return c.state == H1_CHUNK_END ? PST_OK : PST_AGAIN;
}

struct chunked {
	const char *text;
	int result;
	const char *data;
};

static const struct chunked table[] = {
	{"0\r\n", PST_OK, ""},
	{"000000000000000\r\n", PST_OK, ""},
	{"5\r\nhello\r\n0\r\n", PST_OK, "hello"},
	{"5\r\nhello\r\n6\r\n world\r\n0\r\n", PST_OK, "hello world"},
	{"A\r\n0123456789\r\n0\r\n", PST_OK, "0123456789"},
	{"00a\r\n0123456789\r\n0\r\n", PST_OK, "0123456789"},
	{"2;x\r\nok\r\n0\r\n", PST_OK, "ok"},
	{"2;x=y\r\nok\r\n0;last\r\n", PST_OK, "ok"},
	{"2;x=y;z\r\nok\r\n0\r\n", PST_OK, "ok"},
	{"2 ; x = y\r\nok\r\n0\r\n", PST_OK, "ok"},
	{"2;x=\"a;\\\"b\"\r\nok\r\n0\r\n", PST_OK, "ok"},
	{"2;x=\"\"\r\nok\r\n0\r\n", PST_OK, "ok"},
	{"\r\n", PST_PROTO, NULL},
	{" 5\r\nhello\r\n", PST_PROTO, NULL},
	{"5 \r\nhello\r\n", PST_PROTO, NULL},
	{"5\t\r\nhello\r\n", PST_PROTO, NULL},
	{"+5\r\nhello\r\n", PST_PROTO, NULL},
	{"-5\r\nhello\r\n", PST_PROTO, NULL},
	{"0x5\r\nhello\r\n", PST_PROTO, NULL},
	{"5g\r\nhello\r\n", PST_PROTO, NULL},
	{"g\r\nhello\r\n", PST_PROTO, NULL},
	{"5_0\r\nhello\r\n", PST_PROTO, NULL},
	{"5\nhello\r\n", PST_PROTO, NULL},
	{"5\rhello\r\n", PST_PROTO, NULL},
	{"5\r\r\nhello\r\n", PST_PROTO, NULL},
	{"5\r\nhello\n0\r\n", PST_PROTO, NULL},
	{"5\r\nhello0\r\n", PST_PROTO, NULL},
	{"5\r\nhello!\r\n0\r\n", PST_PROTO, NULL},
	{"5\r\nhello\r0\r\n", PST_PROTO, NULL},
	{"1000000000000000\r\n", PST_PROTO, NULL},
	{"ffffffffffffffffffffffff\r\n", PST_PROTO, NULL},
	{"2;\r\nok\r\n", PST_PROTO, NULL},
	{"2;=y\r\nok\r\n", PST_PROTO, NULL},
	{"2;x=\r\nok\r\n", PST_PROTO, NULL},
	{"2;x y\r\nok\r\n", PST_PROTO, NULL},
	{"2;x \r\nok\r\n", PST_PROTO, NULL},
	{"2;x\nok\r\n", PST_PROTO, NULL},
	{"2;x=\"\n\"\r\nok\r\n", PST_PROTO, NULL},
	{"2;x=\"a\r\nok\r\n", PST_PROTO, NULL},
	{"2;x=\"a\"b\r\nok\r\n", PST_PROTO, NULL},
	{"2;x=\"\\\r\"\r\nok\r\n", PST_PROTO, NULL},
	{"2;\x01\r\nok\r\n", PST_PROTO, NULL},
	{"5", PST_AGAIN, ""},
	{"5\r\nhel", PST_AGAIN, "hel"},
};

static void each_chunked_body_has_its_outcome_in_any_pieces(void)
{
	size_t i, size;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct chunked *t = &table[i];

		for (size = 0; size < 24; size++) {
			char out[64];
			size_t n = 0, rest = 0;
			int r = decode(t->text, strlen(t->text), size,
			               (unsigned)(i * 31), out, &n, &rest);

			if (r != t->result) {
				fprintf(stderr, "chunked %zu in %zu\n", i,
				        size);
			}
			CHECK_INT(r, t->result);
			if (t->data != NULL) {
				CHECK_INT(n, strlen(t->data));
				CHECK_MEM(out, t->data, n);
			}
			if (r == PST_OK) {
				CHECK_INT(rest, 0);
			}
		}
	}
}

static void nul_in_a_chunk_line_is_refused(void)
{
	const char text[] = "2;ab=cd\r\nok\r\n0\r\n";
	char copy[sizeof(text)], out[64];
	size_t i, n, rest;

	for (i = 0; i < sizeof(text) - 1; i++) {
		if (i == 9 || i == 10) { /* the data */
			continue;
		}
		memcpy(copy, text, sizeof(text));
		copy[i] = '\0';
		CHECK_INT(decode(copy, sizeof(text) - 1, 3, 0, out, &n, &rest),
		          PST_PROTO);
	}
}

static void bytes_behind_the_last_chunk_are_left_alone(void)
{
	char out[64];
	size_t n, rest;

	CHECK_INT(decode("1\r\na\r\n0\r\nX: y\r\n\r\n", 17, 100, 0, out, &n,
	                 &rest),
	          PST_OK);
	CHECK_INT(rest, 8);
}

static void endless_extensions_are_refused(void)
{
	static const uint8_t x[64] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
				     "xxxxxxxxxxxxxxxxxxxxxx"
				     "x";
	struct h1_chunks c;
	struct h1_error err;
	size_t used, total = 0;
	int r;

	memset(&c, 0, sizeof(c));
	CHECK_INT(h1_chunks_read(&c, (const uint8_t *)"1;", 2, &used, &err),
	          PST_AGAIN);
	do {
		r = h1_chunks_read(&c, x, sizeof(x), &used, &err);
		total += sizeof(x);
	} while (r == PST_AGAIN && total < 100000);
	CHECK_INT(r, PST_LIMIT);
	CHECK(total <= H1_CHUNK_LINE_MAX + sizeof(x));
}

static void many_small_extensions_are_refused(void)
{
	static const char chunk[] = "1;abcdefghijklmnop\r\nx\r\n";
	struct h1_chunks c;
	struct h1_error err;
	unsigned chunks = 0;
	size_t used;
	int r = PST_OK;

	memset(&c, 0, sizeof(c));
	while (chunks < 100000) {
		r = h1_chunks_read(&c, (const uint8_t *)chunk, 20, &used, &err);
		if (r != PST_OK) {
			break;
		}
		CHECK_INT(used, 20);
		h1_chunks_took(&c, 1);
		r = h1_chunks_read(&c, (const uint8_t *)chunk + 21, 2, &used,
		                   &err);
		CHECK_INT(r, PST_AGAIN);
		chunks++;
	}
	CHECK_INT(r, PST_LIMIT);
}

static void chunk_heads_are_the_shortest(void)
{
	static const struct {
		uint32_t n;
		const char *text;
	} heads[] = {{1, "1\r\n"},
	             {15, "f\r\n"},
	             {16, "10\r\n"},
	             {0x4000, "4000\r\n"},
	             {0x10000000, "10000000\r\n"},
	             {UINT32_MAX, "ffffffff\r\n"}};
	size_t i;

	for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		uint8_t out[H1_CHUNK_HEAD_MAX];
		uint32_t n = h1_chunk_head(heads[i].n, out);

		CHECK_INT(n, strlen(heads[i].text));
		CHECK_MEM(out, heads[i].text, n);
	}
}

/* -- heads onto the wire --------------------------------------------------- */

static uint64_t record[512];

static struct pst_head_builder begin(enum pst_head_kind kind)
{
	struct pst_head_builder b;

	pst_head_begin(&b, record, sizeof(record), kind);
	return b;
}

static void set(struct pst_head_builder *b, struct pst_span *s,
                const char *text)
{
	pst_head_set(b, s, text, strlen(text));
}

static void add(struct pst_head_builder *b, const char *name, const char *value)
{
	pst_head_add(b, name, strlen(name), value, strlen(value));
}

/* What is written, or NULL; checks that h1_write_room suffices exactly. */
static const char *written(struct pst_head_builder *b,
                           const struct h1_extra *extra)
{
	static char text[4096];
	const struct pst_head *h = b->head;
	size_t room;
	uint8_t *exact;
	int64_t n;

	CHECK(pst_head_finish(b) > 0);
	room = h1_write_room(h, extra);
	exact = malloc(room);
	n = h1_write(h, extra, exact, room);
	if (n >= 0) {
		memcpy(text, exact, (size_t)n);
		text[n] = '\0';
	}
	free(exact);
	if (n > 0) {
		exact = malloc((size_t)n);
		CHECK_INT(h1_write(h, extra, exact, (size_t)n), n);
		CHECK_INT(h1_write(h, extra, exact, (size_t)n - 1), PST_LIMIT);
		free(exact);
	}
	return n < 0 ? NULL : text;
}

static struct pst_head_builder request(const char *method, const char *path)
{
	struct pst_head_builder b = begin(PST_HEAD_REQUEST);

	set(&b, &b.head->method, method);
	set(&b, &b.head->authority, "a.example");
	set(&b, &b.head->path, path);
	return b;
}

static void requests_are_written_with_host_first(void)
{
	struct pst_head_builder b = request("GET", "/x?y");
	struct h1_extra extra = {.connection = "close"};

	add(&b, "Accept", "z");
	CHECK_STR(written(&b, &extra),
	          "GET /x?y HTTP/1.1\r\nHost: a.example\r\n"
	          "Connection: close\r\nAccept: z\r\n\r\n");
	b = request("GET", "");
	extra.connection = NULL;
	extra.host = "other:1";
	CHECK_STR(written(&b, &extra),
	          "GET / HTTP/1.1\r\nHost: other:1\r\n\r\n");
}

static void fields_that_frame_are_left_out(void)
{
	struct pst_head_builder b = request("POST", "/");
	const struct h1_extra extra = {.delimit = H1_DELIMIT_CHUNKED};

	add(&b, "Content-Length", "5");
	add(&b, "transfer-encoding", "gzip");
	add(&b, "Connection", "x");
	add(&b, "HOST", "evil");
	add(&b, "Upgrade", "x");
	add(&b, "Keep-Alive", "x");
	add(&b, "TE", "x");
	add(&b, "Trailer", "x");
	add(&b, "Proxy-Connection", "x");
	add(&b, "X", "");
	CHECK_STR(written(&b, &extra), "POST / HTTP/1.1\r\nHost: a.example\r\n"
	                               "Transfer-Encoding: chunked\r\n"
	                               "X: \r\n\r\n");
}

static void upgrades_are_written_as_two_fields(void)
{
	struct pst_head_builder b = request("GET", "/");
	const struct h1_extra extra = {.delimit = H1_DELIMIT_NONE};

	b.head->upgrade_by = PST_UPGRADE_FIELD;
	set(&b, &b.head->upgrade, "websocket");
	CHECK_STR(written(&b, &extra), "GET / HTTP/1.1\r\nHost: a.example\r\n"
	                               "Connection: Upgrade\r\n"
	                               "Upgrade: websocket\r\n\r\n");
}

static void connect_is_written_in_authority_form(void)
{
	struct pst_head_builder b = begin(PST_HEAD_REQUEST);
	const struct h1_extra extra = {.delimit = H1_DELIMIT_NONE};

	set(&b, &b.head->method, "CONNECT");
	set(&b, &b.head->authority, "a:1");
	b.head->upgrade_by = PST_UPGRADE_CONNECT;
	CHECK_STR(written(&b, &extra),
	          "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n");
}

static void responses_take_phrase_and_date(void)
{
	struct pst_head_builder b = begin(PST_HEAD_RESPONSE);
	const struct h1_extra extra = {.delimit = H1_DELIMIT_LENGTH,
	                               .length = 18446744073709551615u,
	                               .date = "D",
	                               .phrase = "OK"};

	b.head->status = 200;
	CHECK_STR(written(&b, &extra),
	          "HTTP/1.1 200 OK\r\nDate: D\r\n"
	          "Content-Length: 18446744073709551615\r\n\r\n");
	b = begin(PST_HEAD_RESPONSE);
	b.head->status = 299;
	set(&b, &b.head->reason, "Mine");
	add(&b, "date", "E");
	CHECK_STR(written(&b, &extra),
	          "HTTP/1.1 299 Mine\r\n"
	          "Content-Length: 18446744073709551615\r\ndate: E\r\n\r\n");
}

static void heads_that_would_smuggle_are_not_written(void)
{
	const struct h1_extra extra = {.delimit = H1_DELIMIT_NONE};
	struct pst_head_builder b = request("GET", "/a HTTP/1.1");

	CHECK(written(&b, &extra) == NULL);
	b = request("G ET", "/");
	CHECK(written(&b, &extra) == NULL);
	b = request("", "/");
	CHECK(written(&b, &extra) == NULL);
	b = request("GET", "http://x/");
	CHECK(written(&b, &extra) == NULL);
	b = request("GET", "/\xe4");
	CHECK(written(&b, &extra) == NULL);
	b = request("CONNECT", "/");
	CHECK(written(&b, &extra) == NULL);
	b = request("CONNECT", "/");
	b.head->upgrade_by = PST_UPGRADE_CONNECT;
	set(&b, &b.head->upgrade, "websocket");
	CHECK(written(&b, &extra) == NULL);
	b = begin(PST_HEAD_RESPONSE);
	b.head->status = 1000;
	CHECK(written(&b, &extra) == NULL);
	b = begin(PST_HEAD_RESPONSE);
	b.head->status = 199;
	CHECK(written(&b, &extra) == NULL);
	b = begin(PST_HEAD_TRAILERS);
	CHECK(written(&b, &extra) == NULL);
}

static void bytes_changed_behind_the_builder_are_caught(void)
{
	struct pst_head_builder b = request("GET", "/");
	const struct h1_extra extra = {.delimit = H1_DELIMIT_NONE};
	uint8_t out[1024];
	char *value;

	add(&b, "X", "ab");
	CHECK(pst_head_finish(&b) > 0);
	value = (char *)b.head + b.head->field[0].value.at;
	value[1] = '\n';
	CHECK_INT(h1_write(b.head, &extra, out, sizeof(out)), PST_INVALID);
	value[1] = 'b';
	value = (char *)b.head + b.head->field[0].name.at;
	value[0] = ':';
	CHECK_INT(h1_write(b.head, &extra, out, sizeof(out)), PST_INVALID);
}

static void last_chunk_carries_trailers(void)
{
	struct pst_head_builder b = begin(PST_HEAD_TRAILERS);
	uint8_t out[128];

	add(&b, "X", "1");
	add(&b, "Content-Length", "1");
	CHECK(pst_head_finish(&b) > 0);
	CHECK_INT(h1_write_last_chunk(b.head, out, sizeof(out)), 11);
	CHECK_MEM(out, "0\r\nX: 1\r\n\r\n", 11);
	CHECK_INT(h1_write_last_chunk(NULL, out, sizeof(out)), 5);
	CHECK_MEM(out, "0\r\n\r\n", 5);
}

static void framing_of_responses_follows_status_and_peer(void)
{
	struct pst_head h;
	uint64_t n;

	memset(&h, 0, sizeof(h));
	h.status = 200;
	CHECK_INT(h1_delimit_response(&h, 11, false, &n), H1_DELIMIT_LENGTH);
	CHECK_INT(n, 0);
	CHECK_INT(h1_delimit_response(&h, 11, true, &n), H1_DELIMIT_NONE);
	h.body = PST_BODY_LENGTH;
	h.body_length = 9;
	CHECK_INT(h1_delimit_response(&h, 11, true, &n), H1_DELIMIT_LENGTH);
	CHECK_INT(n, 9);
	h.body = PST_BODY_UNKNOWN;
	CHECK_INT(h1_delimit_response(&h, 11, false, &n), H1_DELIMIT_CHUNKED);
	CHECK_INT(h1_delimit_response(&h, 10, false, &n), H1_DELIMIT_CLOSE);
	CHECK_INT(h1_delimit_response(&h, 10, true, &n), H1_DELIMIT_NONE);
	h.status = 204;
	CHECK_INT(h1_delimit_response(&h, 11, false, &n), H1_DELIMIT_NONE);
	h.status = 304;
	CHECK_INT(h1_delimit_response(&h, 11, false, &n), H1_DELIMIT_NONE);
}

static void framing_of_requests_follows_method_and_body(void)
{
	struct pst_head_builder b = request("GET", "/");
	uint64_t n;

	CHECK_INT(h1_delimit_request(b.head, &n), H1_DELIMIT_NONE);
	b = request("POST", "/");
	CHECK_INT(h1_delimit_request(b.head, &n), H1_DELIMIT_LENGTH);
	CHECK_INT(n, 0);
	b.head->body = PST_BODY_UNKNOWN;
	CHECK_INT(h1_delimit_request(b.head, &n), H1_DELIMIT_CHUNKED);
}

/* -- statuses ---------------------------------------------------------------- */

static void each_class_has_its_status(void)
{
	static const unsigned want[PST_CLASS_COUNT] = {
		[PST_CLASS_CLEAN] = 500,       [PST_CLASS_GOING_AWAY] = 503,
		[PST_CLASS_REFUSED] = 502,     [PST_CLASS_POLICY] = 403,
		[PST_CLASS_UNREACHABLE] = 502, [PST_CLASS_TIMEOUT] = 504,
		[PST_CLASS_OVERLOAD] = 503,    [PST_CLASS_TOO_BIG] = 413,
		[PST_CLASS_PROTOCOL] = 502,    [PST_CLASS_TRUNCATED] = 502,
		[PST_CLASS_INTERNAL] = 500,
	};
	unsigned i;

	for (i = 0; i < PST_CLASS_COUNT; i++) {
		CHECK_INT(http_class_status((enum pst_class)i), want[i]);
		CHECK(http_class_text((enum pst_class)i)[0] != '\0');
	}
}

static void routes_that_fail_have_their_status(void)
{
	const char *text;

	CHECK_INT(http_route_status(PST_NO_ROUTE, &text), 404);
	CHECK_INT(http_route_status(PST_MISDIRECTED, &text), 421);
	CHECK_INT(http_route_status(PST_LIMIT, &text), 503);
	CHECK_INT(http_route_status(PST_MEMORY, &text), 503);
	CHECK_INT(http_route_status(PST_UNSUPPORTED, &text), 501);
	CHECK_INT(http_route_status(PST_INVALID, &text), 500);
}

static void phrases_fall_back_to_their_hundred(void)
{
	CHECK_STR(http_status_phrase(404), "Not Found");
	CHECK_STR(http_status_phrase(499), "Bad Request");
	CHECK_STR(http_status_phrase(299), "OK");
	CHECK_STR(http_status_phrase(511), "Network Authentication Required");
	CHECK_STR(http_status_phrase(700), "Unknown");
}

static void dates_are_of_rfc_9110(void)
{
	char out[HTTP_DATE_SIZE];

	http_date(784111777, out);
	CHECK_STR(out, "Sun, 06 Nov 1994 08:49:37 GMT");
	http_date(0, out);
	CHECK_STR(out, "Thu, 01 Jan 1970 00:00:00 GMT");
	http_date(INT64_MAX, out);
	CHECK_STR(out, "Thu, 01 Jan 1970 00:00:00 GMT");
	http_date(INT64_MIN, out);
	CHECK_STR(out, "Thu, 01 Jan 1970 00:00:00 GMT");
}

/* Each day of some years, leap years and ends of centuries among them. */
static void dates_are_those_of_the_calendar(void)
{
	static const int years[] = {1900, 1969, 1970, 1999, 2000,
	                            2024, 2100, 2400, 9999};
	size_t i;
	int day;

	for (i = 0; i < sizeof(years) / sizeof(years[0]); i++) {
		for (day = 1; day <= 366; day++) {
			struct tm tm = {.tm_year = years[i] - 1900,
			                .tm_mday = day,
			                .tm_hour = 23,
			                .tm_min = day % 60,
			                .tm_sec = 59};
			time_t when = timegm(&tm);
			char out[HTTP_DATE_SIZE], expected[64];

			if (tm.tm_year + 1900 > 9999) {
				continue;
			}
			CHECK(strftime(expected, sizeof(expected),
			               "%a, %d %b %Y %H:%M:%S GMT", &tm) != 0);
			http_date(when, out);
			CHECK_STR(out, expected);
		}
	}
}

/* clang-format off */
static CU_TestInfo tests[] = {
	TEST(each_chunked_body_has_its_outcome_in_any_pieces),
	TEST(nul_in_a_chunk_line_is_refused),
	TEST(bytes_behind_the_last_chunk_are_left_alone),
	TEST(endless_extensions_are_refused),
	TEST(many_small_extensions_are_refused),
	TEST(chunk_heads_are_the_shortest),
	TEST(requests_are_written_with_host_first),
	TEST(fields_that_frame_are_left_out),
	TEST(upgrades_are_written_as_two_fields),
	TEST(connect_is_written_in_authority_form),
	TEST(responses_take_phrase_and_date),
	TEST(heads_that_would_smuggle_are_not_written),
	TEST(bytes_changed_behind_the_builder_are_caught),
	TEST(last_chunk_carries_trailers),
	TEST(framing_of_responses_follows_status_and_peer),
	TEST(framing_of_requests_follows_method_and_body),
	TEST(each_class_has_its_status),
	TEST(routes_that_fail_have_their_status),
	TEST(phrases_fall_back_to_their_hundred),
	TEST(dates_are_of_rfc_9110),
	TEST(dates_are_those_of_the_calendar),
	CU_TEST_INFO_NULL,
};
/* clang-format on */

PST_TEST_MAIN(tests)
