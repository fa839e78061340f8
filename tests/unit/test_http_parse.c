/* SPDX-License-Identifier: MIT */
/* Request heads of HTTP/1.1: a table of malformed and unusual ones, each with its exact
 * outcome. */
#include "h1_shown.h"
#include "test_http_heads.h"

#include <stdlib.h>

static const struct outcome requests[] = {
	/* request lines */
	OK("plain", "GET / HTTP/1.1\r\n" H),
	OK("one empty line first", "\r\nGET / HTTP/1.1\r\n" H),
	BAD("two empty lines first", "\r\n\r\nGET / HTTP/1.1\r\n" H, 400,
            "empty lines"),
	OK("unknown method", "BREW / HTTP/1.1\r\n" H),
	OK("method with odd token characters",
           "M-S!#$%&'*+.^_`|~ / HTTP/1.1\r\n" H),
	OK("lower case method is another method", "get / HTTP/1.1\r\n" H),
	BAD("method with parenthesis", "GE(T / HTTP/1.1\r\n" H, 400, "token"),
	BAD("no method", " / HTTP/1.1\r\n" H, 400, "begin with a method"),
	BAD("space before the method", " GET / HTTP/1.1\r\n" H, 400,
            "begin with a method"),
	BAD("tab instead of space", "GET\t/ HTTP/1.1\r\n" H, 400,
            "method, target and version"),
	BAD("two spaces after the method", "GET  / HTTP/1.1\r\n" H, 400,
            "HTTP version"),
	BAD("two spaces before the version", "GET /  HTTP/1.1\r\n" H, 400,
            "HTTP version"),
	BAD("space after the version", "GET / HTTP/1.1 \r\n" H, 400,
            "HTTP version"),
	BAD("space within the target", "GET /a b HTTP/1.1\r\n" H, 400,
            "HTTP version"),
	BAD("no version: HTTP/0.9", "GET /\r\n" H, 400,
            "method, target and version"),
	BAD("only a method", "GET\r\n" H, 400, "method, target and version"),
	BAD("lower case version", "GET / http/1.1\r\n" H, 400, "HTTP version"),
	BAD("version of one digit", "GET / HTTP/1\r\n" H, 400, "HTTP version"),
	BAD("version of three digits", "GET / HTTP/1.10\r\n" H, 400,
            "HTTP version"),
	BAD("version with a letter", "GET / HTTP/1.x\r\n" H, 400,
            "HTTP version"),
	BAD("another protocol", "GET / HTCPCP/1.1\r\n" H, 400, "HTTP version"),
	OK("later minor version", "GET / HTTP/1.2\r\n" H),
	ANOTHER("version 0.9", "GET / HTTP/0.9\r\n" H, 505, "not of HTTP/1"),
	ANOTHER("version 2.0", "GET / HTTP/2.0\r\n" H, 505, "not of HTTP/1"),
	ANOTHER("version 3.0", "GET / HTTP/3.0\r\n" H, 505, "not of HTTP/1"),
	ANOTHER("HTTP/2 preface", "PRI * HTTP/2.0\r\n", 505, "HTTP/2"),
	BAD("TLS ClientHello", "\x16\x03\x01\x02\r\n", 400,
            "the client speaks TLS; this port speaks plain HTTP"),
	BAD("binary", "\x05\x01\r\n", 400, "begin with a method"),
	BAD("bare LF after the request line", "GET / HTTP/1.1\n" H, 400,
            "without CR"),
	BAD("CR within the request line", "GET /\r HTTP/1.1\r\n" H, 400, ""),
	BAD("CR CR LF", "GET / HTTP/1.1\r\r\n" H, 400, "HTTP version"),

	/* targets */
	OK("query", "GET /a?b=c&d HTTP/1.1\r\n" H),
	OK("percent code", "GET /a%2Fb HTTP/1.1\r\n" H),
	OK("bytes that browsers leave alone",
           "GET /a|b[]^`{}?x={\"y\"} HTTP/1.1\r\n" H),
	OK("odd percent sign in the query", "GET /?100% HTTP/1.1\r\n" H),
	BAD("broken percent code", "GET /a%2 HTTP/1.1\r\n" H, 400, "percent"),
	BAD("percent code that is none", "GET /%zz HTTP/1.1\r\n" H, 400,
            "percent"),
	BAD("fragment", "GET /a#b HTTP/1.1\r\n" H, 400, "must not have"),
	BAD("fragment after the query", "GET /a?b#c HTTP/1.1\r\n" H, 400,
            "must not have"),
	BAD("backslash", "GET /a\\b HTTP/1.1\r\n" H, 400, "must not have"),
	BAD("bytes above ASCII", "GET /\xc3\xa4 HTTP/1.1\r\n" H, 400,
            "must not have"),
	BAD("DEL", "GET /\x7f HTTP/1.1\r\n" H, 400, "must not have"),
	BAD("relative path", "GET a/b HTTP/1.1\r\n" H, 400, "neither"),
	BAD("query alone", "GET ?a HTTP/1.1\r\n" H, 400, "neither"),
	OK("absolute form", "GET http://b.example/x HTTP/1.1\r\n" H),
	OK("absolute form without path", "GET http://b.example HTTP/1.1\r\n" H),
	OK("absolute form, upper case scheme",
           "GET HTTP://b.example/ HTTP/1.1\r\n" H),
	BAD("absolute form of another scheme", "GET ftp://b/ HTTP/1.1\r\n" H,
            400, "neither"),
	BAD("absolute form with user", "GET http://u:p@b/ HTTP/1.1\r\n" H, 400,
            "no valid host"),
	BAD("absolute form without host", "GET http:///x HTTP/1.1\r\n" H, 400,
            "no valid host"),
	BAD("absolute form with a broken port",
            "GET http://b:0x1/ HTTP/1.1\r\n" H, 400, "no valid host"),
	BAD("absolute form but no Host", "GET http://b/ HTTP/1.1\r\n", 400,
            "Host is missing"),
	OK("asterisk form", "OPTIONS * HTTP/1.1\r\n" H),
	BAD("asterisk with GET", "GET * HTTP/1.1\r\n" H, 400, "OPTIONS"),
	OK("authority form", "CONNECT b.example:443 HTTP/1.1\r\n" H),
	BAD("CONNECT without port", "CONNECT b.example HTTP/1.1\r\n" H, 400,
            "host:port"),
	BAD("CONNECT with empty port", "CONNECT b.example: HTTP/1.1\r\n" H, 400,
            "host:port"),
	BAD("CONNECT to port 0", "CONNECT b.example:0 HTTP/1.1\r\n" H, 400,
            "host:port"),
	BAD("CONNECT to a path", "CONNECT / HTTP/1.1\r\n" H, 400, "host:port"),
	BAD("CONNECT to a URL", "CONNECT http://b:1/ HTTP/1.1\r\n" H, 400,
            "host:port"),
	BAD("authority form with GET", "GET b.example:443 HTTP/1.1\r\n" H, 400,
            "neither"),
	BAD("CONNECT with a body",
            "CONNECT b:1 HTTP/1.1\r\n" H "Content-Length: 3\r\n", 400,
            "must not have a body"),

	BAD("TRACE with a body",
            "TRACE / HTTP/1.1\r\n" H "Content-Length: 3\r\n", 400,
            "must not have a body"),
	OK("TRACE", "TRACE / HTTP/1.1\r\n" H),
	BAD("POST with HTTP/1.0 and no length", "POST / HTTP/1.0\r\n" H, 411,
            "needs Content-Length"),
	BAD("PUT with HTTP/1.0 and no length", "PUT / HTTP/1.0\r\n" H, 411,
            "needs Content-Length"),
	OK("POST with HTTP/1.0 and length 0",
           "POST / HTTP/1.0\r\n" H "Content-Length: 0\r\n"),
	OK("POST without length", "POST / HTTP/1.1\r\n" H),

	/* Host */
	BAD("no Host", "GET / HTTP/1.1\r\n", 400, "missing"),
	OK("no Host with HTTP/1.0", "GET / HTTP/1.0\r\n"),
	BAD("two Hosts", "GET / HTTP/1.1\r\n" H H, 400, "repeated"),
	BAD("two Hosts with HTTP/1.0", "GET / HTTP/1.0\r\n" H H, 400,
            "repeated"),
	OK("empty Host", "GET / HTTP/1.1\r\nHost:\r\n"),
	OK("Host with port", "GET / HTTP/1.1\r\nHost: a.example:8080\r\n"),
	OK("Host with empty port", "GET / HTTP/1.1\r\nHost: a.example:\r\n"),
	OK("Host IPv4", "GET / HTTP/1.1\r\nHost: 127.0.0.1:80\r\n"),
	OK("Host IPv6", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n"),
	BAD("Host IPv6 without brackets", "GET / HTTP/1.1\r\nHost: ::1\r\n",
            400, "not valid"),
	BAD("Host with broken IPv6", "GET / HTTP/1.1\r\nHost: [::g]\r\n", 400,
            "not valid"),
	BAD("Host with open bracket", "GET / HTTP/1.1\r\nHost: [::1\r\n", 400,
            "not valid"),
	BAD("Host with port 65536", "GET / HTTP/1.1\r\nHost: a:65536\r\n", 400,
            "not valid"),
	BAD("Host with port 0", "GET / HTTP/1.1\r\nHost: a:0\r\n", 400,
            "not valid"),
	BAD("Host with letters for a port", "GET / HTTP/1.1\r\nHost: a:b\r\n",
            400, "not valid"),
	BAD("Host with path", "GET / HTTP/1.1\r\nHost: a/b\r\n", 400,
            "not valid"),
	BAD("Host with user", "GET / HTTP/1.1\r\nHost: u@a\r\n", 400,
            "not valid"),
	BAD("Host with space", "GET / HTTP/1.1\r\nHost: a b\r\n", 400,
            "not valid"),
	BAD("Host as a list", "GET / HTTP/1.1\r\nHost: a, b\r\n", 400,
            "not valid"),

	/* field lines */
	OK("value without space", GET "X:1\r\n"),
	OK("value with white space around", GET "X: \t 1 \t \r\n"),
	OK("empty value", GET "X:\r\n"),
	OK("value above ASCII", GET "X: \xe4\r\n"),
	OK("tab within a value", GET "X: a\tb\r\n"),
	BAD("space before the colon", GET "X : 1\r\n", 400, "token"),
	BAD("tab before the colon", GET "X\t: 1\r\n", 400, "token"),
	BAD("no colon", GET "X\r\n", 400, "no colon"),
	BAD("no name", GET ": 1\r\n", 400, "token"),
	BAD("name with space", GET "X Y: 1\r\n", 400, "token"),
	BAD("name above ASCII", GET "\xe4: 1\r\n", 400, "token"),
	BAD("name with a slash", GET "X/Y: 1\r\n", 400, "token"),
	BAD("folded line", GET "X: 1\r\n 2\r\n", 400, "white space"),
	BAD("line folded with tab", GET "X: 1\r\n\t2\r\n", 400, "white space"),
	BAD("white space before the first field",
            "GET / HTTP/1.1\r\n Host: a\r\n", 400, "white space"),
	BAD("line of white space", GET " \r\nX: 1\r\n", 400, "white space"),
	BAD("CR within a value", GET "X: a\rb\r\n", 400, "control byte"),
	BAD("control byte within a value", GET "X: a\x01\r\n", 400,
            "control byte"),
	BAD("DEL within a value", GET "X: \x7f\r\n", 400, "control byte"),
	BAD("bare LF after a field", GET "X: 1\nY: 2\r\n", 400, "without CR"),

	/* framing */
	OK("length", GET "Content-Length: 5\r\n"),
	OK("length zero", GET "Content-Length: 0\r\n"),
	OK("length with leading zeros", GET "Content-Length: 0005\r\n"),
	OK("length with white space around", GET "Content-Length:  5 \r\n"),
	BAD("negative length", GET "Content-Length: -5\r\n", 400, "plain"),
	BAD("length with plus", GET "Content-Length: +5\r\n", 400, "plain"),
	BAD("hexadecimal length", GET "Content-Length: 0x5\r\n", 400, "plain"),
	BAD("length with fraction", GET "Content-Length: 5.0\r\n", 400,
            "plain"),
	BAD("empty length", GET "Content-Length:\r\n", 400, "plain"),
	BAD("length of two words", GET "Content-Length: 5 5\r\n", 400, "plain"),
	BAD("length as a list of equals", GET "Content-Length: 5, 5\r\n", 400,
            "plain"),
	BAD("length twice, equal",
            GET "Content-Length: 5\r\nContent-Length: 5\r\n", 400, "repeated"),
	BAD("length twice, different",
            GET "Content-Length: 5\r\ncontent-length: 6\r\n", 400, "repeated"),
	{"length beyond 63 bits", GET "Content-Length: 9223372036854775808\r\n",
         PST_LIMIT, 413, "beyond"},
	{"length beyond 64 bits",
         GET "Content-Length: 18446744073709551621\r\n", PST_LIMIT, 413,
         "beyond"},
	OK("chunked", GET "Transfer-Encoding: chunked\r\n"),
	OK("chunked in upper case", GET "Transfer-Encoding: CHUNKED\r\n"),
	BAD("chunked and length",
            GET "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400,
            "together"),
	BAD("length and chunked, the other way",
            GET "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", 400,
            "together"),
	BAD("chunked with HTTP/1.0",
            "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n", 400,
            "HTTP/1.0"),
	BAD("coding twice",
            GET "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            400, "repeated"),
	BAD("identity", GET "Transfer-Encoding: identity\r\n", 400,
            "not chunked"),
	BAD("another coding alone", GET "Transfer-Encoding: gzip\r\n", 400,
            "not chunked"),
	ANOTHER("another coding and chunked",
                GET "Transfer-Encoding: gzip, chunked\r\n", 501, "other than"),
	BAD("chunked not last", GET "Transfer-Encoding: chunked, gzip\r\n", 400,
            "not chunked"),
	BAD("chunked twice in one field",
            GET "Transfer-Encoding: chunked, chunked\r\n", 400, "not chunked"),
	BAD("chunked with comma", GET "Transfer-Encoding: chunked,\r\n", 400,
            "not chunked"),
	BAD("chunked with parameter", GET "Transfer-Encoding: chunked;q=1\r\n",
            400, "not chunked"),
	BAD("almost chunked", GET "Transfer-Encoding: xchunked\r\n", 400,
            "not chunked"),
	BAD("chunked in quotes", GET "Transfer-Encoding: \"chunked\"\r\n", 400,
            "not chunked"),
	BAD("chunked behind vertical tab",
            GET "Transfer-Encoding: \x0b"
                "chunked\r\n",
            400, "control byte"),
	BAD("empty coding", GET "Transfer-Encoding:\r\n", 400, "not chunked"),

	/* others */
	OK("expects 100-continue", GET "Expect: 100-Continue\r\n"),
	ANOTHER("expects something else", GET "Expect: 200-ok\r\n", 417,
                "100-continue"),
	OK("HTTP/1.0 cannot expect", "GET / HTTP/1.0\r\nExpect: x\r\n"),
	OK("Connection with empty elements", GET "Connection: ,close, ,\r\n"),
	BAD("Connection with no token", GET "Connection: a b\r\n", 400,
            "tokens"),
};

/* Scan as the layer does, then parse. */
static int64_t parse(const char *text, size_t n, struct pst_head_builder *b,
                     struct h1_message *message, struct h1_error *err)
{
	static uint64_t record[8192];
	struct h1_scan scan = {.kind = H1_REQUEST};
	int64_t length = h1_scan(&scan, (const uint8_t *)text, n, &limits, err);

	if (length < 0) {
		return length;
	}
	CHECK_INT(length, n);
	CHECK(h1_record_room(&scan, n) <= sizeof(record));
	pst_head_begin(b, record, h1_record_room(&scan, n), PST_HEAD_REQUEST);
	return h1_parse_request((const uint8_t *)text, n, &limits, b, message,
	                        err);
}

static const struct pst_head *head_in(const char *text,
                                      struct h1_message *message)
{
	static struct pst_head_builder b;
	struct h1_error err = {0, "none"};
	char whole[4096];
	int n = snprintf(whole, sizeof(whole), "%s\r\n", text);
	int64_t r = parse(whole, (size_t)n, &b, message, &err);

	if (r < 0) {
		fprintf(stderr, "%s: %s\n", text, err.text);
	}
	CHECK(r > 0);
	return b.head;
}

static const struct pst_head *head_of(const char *text)
{
	struct h1_message message;

	return head_in(text, &message);
}

static void check_request(const struct outcome *o)
{
	char text[4096];
	struct pst_head_builder b;
	struct h1_message message;
	struct h1_error err = {0, "(none)"};
	int n = snprintf(text, sizeof(text), "%s\r\n", o->text);
	int64_t r = parse(text, (size_t)n, &b, &message, &err);

	check_outcome(o, r, &err);
}

static bool may_stand_in_a_host(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c != '\0' && strchr("-._~", c));
}

static void a_byte_of_a_host_counts_wherever_it_stands(void)
{
	char host[] = "shop-7.example.test0:8080";
	const size_t name = sizeof(host) - sizeof(":8080");
	struct h1_text authority;
	unsigned port;
	size_t at;
	int c;

	for (at = 0; at < name; at++) {
		const char was = host[at];

		for (c = 0; c < 256; c++) {
			/* these begin a port and an address */
			if (c == ':' || (c == '[' && at == 0)) {
				continue;
			}
			host[at] = (char)c;
			CHECK(h1_authority_parse(
				      h1_text_of(host, sizeof(host) - 1),
				      &authority,
				      &port) == may_stand_in_a_host(c));
		}
		host[at] = was;
	}
	CHECK(h1_authority_parse(h1_text_of(host, sizeof(host) - 1), &authority,
	                         &port));
	CHECK_INT(port, 8080);
}

static void each_request_of_the_table_has_its_outcome(void)
{
	size_t i, n = sizeof(requests) / sizeof(requests[0]);

	CHECK(n >= 80);
	for (i = 0; i < n; i++) {
		check_request(&requests[i]);
	}
}

static void nul_is_refused_wherever_it_stands(void)
{
	const char text[] = "GET /a HTTP/1.1\r\nHost: a\r\nX: yz\r\n\r\n";
	size_t i;

	for (i = 0; i < sizeof(text) - 1; i++) {
		char copy[sizeof(text)];
		struct pst_head_builder b;
		struct h1_message message;
		struct h1_error err;

		memcpy(copy, text, sizeof(text));
		copy[i] = '\0';
		CHECK(parse(copy, sizeof(text) - 1, &b, &message, &err) < 0);
	}
}

static void every_prefix_asks_for_more(void)
{
	const char text[] = "POST /a?b HTTP/1.1\r\nHost: a\r\nX: yz\r\n\r\n";
	size_t i;

	for (i = 0; i < sizeof(text) - 1; i++) {
		uint64_t record[128];
		struct h1_scan scan = {.kind = H1_REQUEST};
		struct pst_head_builder b;
		struct h1_message message;
		struct h1_error err;
		uint8_t *exact = malloc(i + 1);

		memcpy(exact, text, i);
		CHECK_INT(h1_scan(&scan, exact, i, &limits, &err), PST_AGAIN);
		pst_head_begin(&b, record, sizeof(record), PST_HEAD_REQUEST);
		CHECK_INT(
			h1_parse_request(exact, i, &limits, &b, &message, &err),
			PST_AGAIN);
		free(exact);
	}
}

static void scan_finds_the_end_in_any_pieces(void)
{
	const char text[] = "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nGET /2";
	size_t size, length = sizeof(text) - 1 - 6;

	for (size = 1; size < sizeof(text); size++) {
		struct h1_scan scan = {.kind = H1_REQUEST};
		struct h1_error err;
		int64_t r = PST_AGAIN;
		size_t at;

		for (at = 0; at < sizeof(text) - 1 && r == PST_AGAIN;) {
			size_t n = sizeof(text) - 1 - at;

			n = n < size ? n : size;
			r = h1_scan(&scan, (const uint8_t *)text + at, n,
			            &limits, &err);
			at += n;
		}
		CHECK_INT(r, length);
		CHECK_INT(scan.lines, 3);
	}
}

/* Scan `text` but for its last byte, and then that one. */
static unsigned too_long(const char *text, size_t n)
{
	struct h1_scan scan = {.kind = H1_REQUEST};
	struct h1_error err = {0, NULL};

	CHECK_INT(h1_scan(&scan, (const uint8_t *)text, n - 1, &limits, &err),
	          PST_AGAIN);
	CHECK_INT(
		h1_scan(&scan, (const uint8_t *)text + n - 1, 1, &limits, &err),
		PST_LIMIT);
	return err.status;
}

static void long_request_line_is_414(void)
{
	static char text[8193];

	memset(text, 'a', sizeof(text));
	memcpy(text, "GET /", 5);
	CHECK_INT(too_long(text, sizeof(text)), 414);
	memset(text, 'a', sizeof(text));
	text[8191] = ' ';
	CHECK_INT(too_long(text, sizeof(text)), 414);
}

static void long_method_is_501(void)
{
	static char text[8193];
	struct h1_scan scan = {.kind = H1_REQUEST};
	struct h1_error err;

	memset(text, 'a', sizeof(text));
	CHECK_INT(too_long(text, sizeof(text)), 501);
	text[8192] = ' ';
	CHECK_INT(too_long(text, sizeof(text)), 501);
	CHECK_INT(h1_scan(&scan, (const uint8_t *)text, sizeof(text), &limits,
	                  &err),
	          PST_LIMIT);
	CHECK_INT(err.status, 501);
}

static void long_field_line_is_431(void)
{
	static char text[20000];
	struct h1_scan scan = {.kind = H1_REQUEST};
	struct h1_error err;
	int n = snprintf(text, sizeof(text), "%sX: ", GET);

	memset(text + n, 'a', 8192);
	CHECK_INT(h1_scan(&scan, (const uint8_t *)text, (size_t)n + 8192,
	                  &limits, &err),
	          PST_LIMIT);
	CHECK_INT(err.status, 431);
}

static void long_head_is_431(void)
{
	struct h1_scan scan = {.kind = H1_REQUEST};
	struct h1_error err;
	int64_t r = h1_scan(&scan, (const uint8_t *)GET, strlen(GET), &limits,
	                    &err);
	unsigned lines = 0;

	while (r == PST_AGAIN && lines++ < 20000) {
		r = h1_scan(&scan, (const uint8_t *)"X: 1\r\n", 6, &limits,
		            &err);
	}
	CHECK_INT(r, PST_LIMIT);
	CHECK_INT(err.status, 431);
	CHECK(scan.seen <= limits.max_head);
}

static void one_field_too_many_is_431(void)
{
	static char text[4096];
	struct pst_head_builder b;
	struct h1_message message;
	struct h1_error err;
	size_t n, i;

	for (i = 99; i <= 100; i++) {
		size_t k;

		n = (size_t)snprintf(text, sizeof(text), "%s", GET);
		for (k = 0; k < i; k++) {
			n += (size_t)snprintf(text + n, sizeof(text) - n,
			                      "X: 1\r\n");
		}
		n += (size_t)snprintf(text + n, sizeof(text) - n, "\r\n");
		if (i == 99) {
			CHECK(parse(text, n, &b, &message, &err) > 0);
		} else {
			CHECK_INT(parse(text, n, &b, &message, &err),
			          PST_LIMIT);
			CHECK_INT(err.status, 431);
		}
	}
}

static void own_fields_never_reach_the_head(void)
{
	const struct pst_head *h = head_of(
		GET "Connection: x-mine, keep-alive\r\nX-Mine: 1\r\n"
		    "x-MINE: 2\r\nKeep-Alive: 5\r\nProxy-Connection: close\r\n"
		    "TE: trailers\r\nTrailer: y\r\nUpgrade: z\r\n"
		    "Content-Length: 3\r\nAccept: all\r\n");

	CHECK_INT(h->field_count, 1);
	CHECK(pst_head_is(h, h->field[0].name, "accept"));
	CHECK(span_is(h, h->field[0].name, "Accept"));
	CHECK(span_is(h, h->field[0].value, "all"));
	CHECK_INT(h->body, PST_BODY_LENGTH);
	CHECK_INT(h->body_length, 3);
	CHECK_INT(h->upgrade_by, PST_UPGRADE_NONE);
}

static void http_1_0_cannot_pass_an_expectation_on(void)
{
	const struct pst_head *h =
		head_of("GET / HTTP/1.0\r\nExpect: 100-continue\r\n");

	CHECK_INT(h->field_count, 0);
	h = head_of(GET "Expect: 100-continue\r\n");
	CHECK_INT(h->field_count, 1);
}

static void heads_carry_what_was_asked(void)
{
	const struct pst_head *h =
		head_of("PUT /p/q?r=s HTTP/1.1\r\nhOsT: A.Example:8080\r\n"
	                "Transfer-Encoding: chunked\r\nX:  v w \r\n");

	CHECK_INT(h->kind, PST_HEAD_REQUEST);
	CHECK_INT(h->version, 11);
	CHECK(span_is(h, h->method, "PUT"));
	CHECK(span_is(h, h->path, "/p/q?r=s"));
	CHECK(span_is(h, h->authority, "a.example:8080"));
	CHECK(span_is(h, h->scheme, ""));
	CHECK_INT(h->body, PST_BODY_UNKNOWN);
	CHECK(span_is(h, h->field[0].value, "v w"));
}

static void the_target_wins_over_host(void)
{
	const struct pst_head *h =
		head_of("GET HTTPS://B.Example:?q HTTP/1.1\r\nHost: other\r\n");

	CHECK(span_is(h, h->scheme, "https"));
	CHECK(span_is(h, h->authority, "b.example"));
	CHECK(span_is(h, h->path, "/?q"));
	h = head_of("OPTIONS http://b HTTP/1.1\r\nHost: b\r\n");
	CHECK(span_is(h, h->path, "*"));
	h = head_of("GET http://b HTTP/1.1\r\nHost: b\r\n");
	CHECK(span_is(h, h->path, "/"));
}

static void connect_is_an_upgrade_without_token(void)
{
	struct h1_message message;
	const struct pst_head *h = head_in(
		"CONNECT B.example:443 HTTP/1.1\r\nHost: x\r\n", &message);

	CHECK(message.connect);
	CHECK_INT(h->upgrade_by, PST_UPGRADE_CONNECT);
	CHECK_INT(h->upgrade.length, 0);
	CHECK(span_is(h, h->authority, "b.example:443"));
	CHECK(span_is(h, h->path, ""));
}

static void upgrade_needs_both_fields_and_no_body(void)
{
	const struct pst_head *h =
		head_of(GET "Connection: keep-alive, Upgrade\r\n"
	                    "Upgrade: websocket, X/2\r\n");

	CHECK_INT(h->upgrade_by, PST_UPGRADE_FIELD);
	CHECK(span_is(h, h->upgrade, "websocket,X/2"));
	h = head_of(GET "Upgrade: websocket\r\n");
	CHECK_INT(h->upgrade_by, PST_UPGRADE_NONE);
	h = head_of(GET "Connection: upgrade\r\n");
	CHECK_INT(h->upgrade_by, PST_UPGRADE_NONE);
	h = head_of(GET "Connection: upgrade\r\nUpgrade: a b\r\n");
	CHECK_INT(h->upgrade_by, PST_UPGRADE_NONE);
	h = head_of(GET "Connection: upgrade\r\nUpgrade: websocket\r\n"
	                "Content-Length: 1\r\n");
	CHECK_INT(h->upgrade_by, PST_UPGRADE_NONE);
	h = head_of("GET / HTTP/1.0\r\nConnection: upgrade\r\n"
	            "Upgrade: websocket\r\n");
	CHECK_INT(h->upgrade_by, PST_UPGRADE_NONE);
}

static void all_protocols_of_an_upgrade_are_known(void)
{
	const struct pst_head *h =
		head_of(GET "Upgrade: , h2c ,websocket\r\n"
	                    "Connection: upgrade\r\nUpgrade: X/2\r\n");

	CHECK(span_is(h, h->upgrade, "websocket,X/2"));
	CHECK_INT(h->field_count, 0);
	h = head_of(GET "Connection: upgrade\r\nUpgrade: H2C\r\n");
	CHECK_INT(h->upgrade_by, PST_UPGRADE_NONE);
	h = head_of(GET "Connection: upgrade\r\nUpgrade: websocket, a b\r\n");
	CHECK_INT(h->upgrade_by, PST_UPGRADE_NONE);
	h = head_of(GET "Connection: upgrade\r\nUpgrade: "
	                "0123456789012345678901234567890123456789"
	                "0123456789012345678901234567890123456789"
	                ", websocket\r\n");
	CHECK(span_is(h, h->upgrade, "websocket"));
}

static void persistence_hangs_on_version_and_connection(void)
{
	struct h1_message m;

	head_in(GET, &m);
	CHECK(m.keep_alive);
	head_in(GET "Connection: Close\r\n", &m);
	CHECK(!m.keep_alive);
	head_in(GET "Connection: keep-alive\r\nConnection: close\r\n", &m);
	CHECK(!m.keep_alive);
	head_in("GET / HTTP/1.0\r\n", &m);
	CHECK(!m.keep_alive);
	head_in("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n", &m);
	CHECK(m.keep_alive);
}

static void small_records_are_refused_not_overrun(void)
{
	const char text[] = GET "Accept: something long\r\n\r\n";
	size_t size;

	for (size = 0; size < 200; size += 8) {
		void *exact = malloc(size == 0 ? 1 : size);
		struct pst_head_builder b;
		struct h1_message m;
		struct h1_error err;
		int64_t r;

		pst_head_begin(&b, exact, size, PST_HEAD_REQUEST);
		r = h1_parse_request((const uint8_t *)text, sizeof(text) - 1,
		                     &limits, &b, &m, &err);
		CHECK(r == PST_LIMIT || r <= (int64_t)size);
		free(exact);
	}
}

static void a_byte_of_a_value_counts_wherever_it_stands(void)
{
	char text[20];
	size_t length, at;
	unsigned c;

	for (length = 1; length <= sizeof(text); length++) {
		for (at = 0; at < length; at++) {
			for (c = 0; c < 256; c++) {
				memset(text, c % 2 == 0 ? 'x' : '\t', length);
				text[at] = (char)c;
				CHECK(h1_is_value(h1_text_of(text, length)) ==
				      h1_is_value_char((uint8_t)c));
			}
		}
	}
}

/* A letter more, less, or another one is another name. */
static void own_names_are_known_in_any_case_and_no_others(void)
{
	static const char *const names[] = {"Connection",
	                                    "KEEP-ALIVE",
	                                    "proxy-connection",
	                                    "Transfer-Encoding",
	                                    "content-LENGTH",
	                                    "Upgrade",
	                                    "TE",
	                                    "trailer",
	                                    "HOST",
	                                    "Expect",
	                                    "dATE"};
	unsigned i;

	for (i = 0; i < H1_OTHER; i++) {
		char text[32] = "";
		size_t n = strlen(names[i]), at;

		memcpy(text, names[i], n);
		CHECK_INT(h1_name_of(h1_text_of(text, n)), i);
		CHECK_INT(h1_name_of(h1_text_of(text, n - 1)), H1_OTHER);
		text[n] = 's';
		CHECK_INT(h1_name_of(h1_text_of(text, n + 1)), H1_OTHER);
		for (at = 0; at < n; at++) {
			text[at] = '_';
			CHECK_INT(h1_name_of(h1_text_of(text, n)), H1_OTHER);
			text[at] = names[i][at];
		}
	}
	CHECK_INT(h1_name_of(h1_text_of(NULL, 0)), H1_OTHER);
}

/* -- what the log may show ------------------------------------------------- */

static void the_log_shows_a_request_line_without_what_may_be_secret(void)
{
	static const struct {
		const char *from, *shown;
	} lines[] = {
		{"GET /a HTTP/1.1\r\nHost : x\r\n", "GET /a HTTP/1.1"},
		{"\r\nGET /a HTTP/1.1\r\n", "GET /a HTTP/1.1"},
		{"GET /a HTTP/2.0\n", "GET /a HTTP/2.0"},
		{"GET /a?k=s HTTP/1.1\r\n", "GET /a HTTP/1.1"},
		{"GET /a#k HTTP/1.1\r\n", "GET /a HTTP/1.1"},
		{"GET /a?k=s t HTTP/1.1\r\n", "GET /a HTTP/1.1"},
		{"GET /a?k=s", "GET /a"},
		{"GET /a", "GET /a"},
		{"GET /a b\r\n", "GET /a b"},
		{"GET a HTTP/1.1\r\n", "GET a HTTP/1.1"},
		{"OPTIONS * HTTP/3\r\n", "OPTIONS * HTTP/3"},
		{"GET http://h/a?k HTTP/1.1\r\n", "GET http://h/a HTTP/1.1"},
		{"GET http://h?k HTTP/1.1\r\n", "GET http://h HTTP/1.1"},
		{"GET http://u:s@h/a HTTP/1.1\r\n",
	         "GET http://[...] HTTP/1.1"},
		{"GET http://u:s?t@h/a HTTP/1.1\r\n",
	         "GET http://[...] HTTP/1.1"},
		{"GET http://u:s@h", "GET http://[...]"},
		{"GET /a@b HTTP/1.2\r\n", "GET /a@b HTTP/1.2"},
		{"CONNECT h HTTP/1.1\r\n", "CONNECT h HTTP/1.1"},
		{"CONNECT u:s@h:1 HTTP/1.1\r\n", "CONNECT [...] HTTP/1.1"},
		{"GET /\x1b[m HTTP/1.1\r\n", "GET /\x1b[m HTTP/1.1"},
		{"GET\r\n", "GET"},
		{"GET \r\n", "GET"},
		{"AUTH user secret\r\n", "AUTH"},
		{"AUTH HTTP/secret\r\n", "AUTH  HTTP/secret"},
		{" GET / HTTP/1.1\r\n", ""},
		{"\x16\x03\x01", ""},
		{"\r\n", ""},
		{"", ""},
	};
	char out[H1_SHOWN_MAX];
	size_t i, n;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		size_t length = strlen(lines[i].from);
		uint8_t *exact = malloc(length + 1);

		CU_ASSERT_PTR_NOT_NULL_FATAL(exact);
		memcpy(exact, lines[i].from, length);
		n = h1_shown(exact, length, out);
		free(exact);
		out[n < sizeof(out) ? n : 0] = '\0';
		CHECK_STR(out, lines[i].shown);
	}
}

static void the_log_shows_no_more_of_a_line_than_fits(void)
{
	uint8_t line[2000];
	char out[H1_SHOWN_MAX];

	memset(line, 'a', sizeof(line));
	CHECK_INT(h1_shown(line, sizeof(line), out), H1_SHOWN_MAX);
	memcpy(line, "GET /", 5);
	memcpy(line + sizeof(line) - 10, " HTTP/1.1\r", 10);
	CHECK_INT(h1_shown(line, sizeof(line), out), H1_SHOWN_MAX);
	CHECK(memcmp(out, "GET /aaa", 8) == 0);
}

/* clang-format off */
static CU_TestInfo tests[] = {
	TEST(own_names_are_known_in_any_case_and_no_others),
	TEST(a_byte_of_a_value_counts_wherever_it_stands),
	TEST(a_byte_of_a_host_counts_wherever_it_stands),
	TEST(each_request_of_the_table_has_its_outcome),
	TEST(nul_is_refused_wherever_it_stands),
	TEST(every_prefix_asks_for_more),
	TEST(scan_finds_the_end_in_any_pieces),
	TEST(long_request_line_is_414),
	TEST(long_method_is_501),
	TEST(long_field_line_is_431),
	TEST(long_head_is_431),
	TEST(one_field_too_many_is_431),
	TEST(own_fields_never_reach_the_head),
	TEST(http_1_0_cannot_pass_an_expectation_on),
	TEST(heads_carry_what_was_asked),
	TEST(the_target_wins_over_host),
	TEST(connect_is_an_upgrade_without_token),
	TEST(upgrade_needs_both_fields_and_no_body),
	TEST(all_protocols_of_an_upgrade_are_known),
	TEST(persistence_hangs_on_version_and_connection),
	TEST(small_records_are_refused_not_overrun),
	TEST(the_log_shows_a_request_line_without_what_may_be_secret),
	TEST(the_log_shows_no_more_of_a_line_than_fits),
	CU_TEST_INFO_NULL,
};
/* clang-format on */

PST_TEST_MAIN(tests)
