/* SPDX-License-Identifier: MIT */
/* First bytes, records, hellos, alerts: the pure functions of `tls`. */
#include "pst_test.h"
#include "tls_alert.h"
#include "tls_hello.h"

static enum tls_first judge(const char *bytes, size_t length)
{
	return tls_first_bytes((const uint8_t *)bytes, length);
}

#define JUDGE(text) judge(text, sizeof(text) - 1)

static void first_bytes_of_tls(void)
{
	CHECK_INT(JUDGE(""), TLS_FIRST_MORE);
	CHECK_INT(JUDGE("\x16"), TLS_FIRST_MORE);
	CHECK_INT(JUDGE("\x16\x03"), TLS_FIRST_TLS);
	CHECK_INT(JUDGE("\x16\x03\x01\x02\x00\x01"), TLS_FIRST_TLS);
	CHECK_INT(JUDGE("\x15\x03"), TLS_FIRST_TLS);
	CHECK_INT(JUDGE("\x16\x02"), TLS_FIRST_OTHER);
	CHECK_INT(JUDGE("\x17\x03"), TLS_FIRST_OTHER);
	CHECK_INT(judge("\0\0\0", 3), TLS_FIRST_OTHER);
}

static void first_bytes_of_plain_protocols(void)
{
	CHECK_INT(JUDGE("GET / HTTP/1.1"), TLS_FIRST_HTTP);
	CHECK_INT(JUDGE("OPTIONS *"), TLS_FIRST_HTTP);
	CHECK_INT(JUDGE("PRI * HTTP/2.0"), TLS_FIRST_HTTP);
	CHECK_INT(JUDGE("HTTP/1.1 400"), TLS_FIRST_HTTP);
	CHECK_INT(JUDGE("SSH-2.0-x"), TLS_FIRST_TEXT);
	CHECK_INT(JUDGE("220 mail ready"), TLS_FIRST_TEXT);
	CHECK_INT(JUDGE("hello"), TLS_FIRST_TEXT);
	CHECK_INT(JUDGE("ABCDEFGHIJKLMNOP"), TLS_FIRST_TEXT);
	CHECK_INT(JUDGE("GET"), TLS_FIRST_MORE);
	CHECK_INT(JUDGE("G"), TLS_FIRST_MORE);
	CHECK_INT(JUDGE("FTPX/"), TLS_FIRST_TEXT);
}

static void first_bytes_of_ssl_2(void)
{
	CHECK_INT(JUDGE("\x80\x2e\x01\x00\x02"), TLS_FIRST_SSL2);
	CHECK_INT(JUDGE("\x80\x2e"), TLS_FIRST_MORE);
	CHECK_INT(JUDGE("\x80\x2e\x07"), TLS_FIRST_OTHER);
}

enum {
	SLICES = 64
};

/* Bytes in slices of `each`. */
static struct pst_slice slices[SLICES];

static struct pst_queue queue_of(const char *bytes, size_t length, size_t each)
{
	static uint8_t store[SLICES];
	struct pst_queue q = {.bytes = (uint32_t)length};
	size_t at, n = 0;

	memcpy(store, bytes, length);
	for (at = 0; at < length; at += each) {
		size_t part = length - at < each ? length - at : each;

		slices[n] = (struct pst_slice){.data = store + at,
		                               .length = (uint32_t)part};
		if (n == 0) {
			q.first = &slices[n];
		} else {
			slices[n - 1].next = &slices[n];
		}
		q.last = &slices[n++];
	}
	return q;
}

static void the_front_record_is_found_over_slices(void)
{
	static const char two[] = "\x16\x03\x01\0\x03"
				  "abc"
				  "\x16\x03\x01\0\x09"
				  "not all";
	struct tls_record r;
	size_t each, n;

	for (each = 1; each < 20; each++) {
		for (n = 0; n < sizeof(two); n++) {
			struct pst_queue q = queue_of(two, n, each);

			CHECK_INT(tls_record_peek(&q, &r), PST_OK);
			CHECK_INT(r.length, n < 8 ? 0 : 8);
			CHECK_INT(r.type, n < 8 ? 0 : 22);
		}
	}
}

static void an_alert_in_the_clear_is_read(void)
{
	struct pst_queue q = queue_of("\x15\x03\x03\0\x02\x02\x30", 7, 4);
	struct tls_record r;

	CHECK_INT(tls_record_peek(&q, &r), PST_OK);
	CHECK_INT(r.type, 21);
	CHECK_INT(r.length, 7);
	CHECK_INT(r.body[0], 2);
	CHECK_INT(r.body[1], 48);
}

static void a_record_too_long_is_refused(void)
{
	struct pst_queue q = queue_of("\x16\x03\x01\x48\x01", 5, 2);
	struct tls_record r;

	CHECK_INT(tls_record_peek(&q, &r), PST_PROTO);
	q = queue_of("\x16\x03\x01\x48\x00", 5, 2);
	CHECK_INT(tls_record_peek(&q, &r), PST_OK);
	CHECK_INT(r.length, 0);
	q = queue_of("\x16\x03\x01\xff", 4, 2);
	CHECK_INT(tls_record_peek(&q, &r), PST_OK);
}

static void a_prefix_is_copied_over_slices(void)
{
	struct pst_queue q = queue_of("abcdefgh", 8, 3);
	uint8_t out[16];

	CHECK_INT(tls_prefix(&q, out, 5), 5);
	CHECK_MEM(out, "abcde", 5);
	CHECK_INT(tls_prefix(&q, out, 16), 8);
	CHECK_MEM(out, "abcdefgh", 8);
	CHECK_INT(tls_prefix(&q, out, 0), 0);
}

#define R8 "rrrrrrrr"
static const char hello[] =
	"\x03\x03" R8 R8 R8 R8 "\x02id" /* version, random, session */
	"\x00\x08\x1a\x1a\x13\x01\xc0\x2f\x00\xff" /* suites */
	"\x01\x00"                                 /* compression */
	"\x00\x2f"                                 /* extensions: 47 */
	"\x00\x00\x00\x10\x00\x0e\x00\x00\x0bgw.exam.ple"
	"\x00\x0a\x00\x08\x00\x06\x2a\x2a\x00\x1d\x00\x17"
	"\x00\x2b\x00\x07\x06\x3a\x3a\x03\x04\x03\x03"
	"\x00\x05\x00\x00" /* unknown here */
	"";

static int parse(const char *msg, size_t length, struct tls_hello *out,
                 struct tls_text *sni)
{
	/* a block of its own, so that a read past the end is seen */
	uint8_t *exact = malloc(length == 0 ? 1 : length);
	static char kept[256];
	int ret;

	if (exact == NULL) {
		return PST_MEMORY;
	}
	memcpy(exact, msg, length);
	ret = tls_client_hello(exact, length, out, sni);
	if (sni->length != 0 && sni->length < sizeof(kept)) {
		memcpy(kept, sni->data, sni->length);
		sni->data = kept;
	}
	free(exact);
	return ret;
}

static void a_client_hello_is_read(void)
{
	struct tls_hello h;
	struct tls_text sni;

	CHECK_INT(parse(hello, sizeof(hello) - 1, &h, &sni), PST_OK);
	CHECK_INT(sni.length, 11);
	CHECK_MEM(sni.data, "gw.exam.ple", 11);
	CHECK_INT(h.suites.count, 2);
	CHECK_INT(h.suites.kept[0], 0x1301);
	CHECK_INT(h.suites.kept[1], 0xc02f);
	CHECK_INT(h.groups.count, 2);
	CHECK_INT(h.groups.kept[0], 29);
	CHECK_INT(h.versions.count, 2);
	CHECK_INT(h.versions.kept[0], 0x0304);
	CHECK_INT(h.versions.kept[1], 0x0303);
}

static void a_hello_without_extensions_is_read(void)
{
	struct tls_hello h;
	struct tls_text sni;

	CHECK_INT(parse(hello, 2 + 32 + 3 + 10 + 2, &h, &sni), PST_OK);
	CHECK_INT(h.versions.count, 1);
	CHECK_INT(h.versions.kept[0], 0x0303);
	CHECK_INT(sni.length, 0);
}

static void a_hello_cut_anywhere_is_refused_or_read_within_bounds(void)
{
	struct tls_hello h;
	struct tls_text sni;
	size_t n;

	for (n = 0; n < sizeof(hello) - 1; n++) {
		bool whole = n == 2 + 32 + 3 + 10 + 2;

		CHECK_INT(parse(hello, n, &h, &sni),
		          whole ? PST_OK : PST_PROTO);
	}
}

static void any_byte_of_a_hello_may_be_wrong(void)
{
	char bent[sizeof(hello)];
	struct tls_hello h;
	struct tls_text sni;
	size_t at;
	int value;

	for (at = 0; at < sizeof(hello) - 1; at++) {
		for (value = 0; value < 256; value += 15) {
			int ret;

			memcpy(bent, hello, sizeof(hello));
			bent[at] = (char)value;
			ret = parse(bent, sizeof(hello) - 1, &h, &sni);
			CHECK(ret == PST_OK || ret == PST_PROTO);
			CHECK(sni.length <= sizeof(hello));
		}
	}
}

static void only_the_first_codes_are_kept(void)
{
	char many[2 + 32 + 1 + 2 + 2000 + 2];
	struct tls_hello h;
	struct tls_text sni;
	size_t i;

	memset(many, 0, sizeof(many));
	many[35] = (char)(2000 >> 8);
	many[36] = (char)(2000 & 0xff);
	for (i = 0; i < 1000; i++) {
		many[37 + 2 * i] = (char)(i >> 8);
		many[38 + 2 * i] = (char)(i & 0xff);
	}
	many[2037] = 1;
	CHECK_INT(parse(many, sizeof(many), &h, &sni), PST_OK);
	CHECK_INT(h.suites.count, 1000 - 1); /* 0x00ff is a signal */
	CHECK_INT(h.suites.kept[3], 3);
}

/* A hello whose extensions are `extensions`. */
static unsigned marks_of(const char *extensions, size_t length)
{
	char msg[300];
	struct tls_hello h;
	struct tls_text sni;
	size_t front = 2 + 32 + 3 + 10 + 2;

	memcpy(msg, hello, front);
	msg[front] = (char)(length >> 8);
	msg[front + 1] = (char)length;
	memcpy(msg + front + 2, extensions, length);
	CHECK_INT(parse(msg, front + 2 + length, &h, &sni), PST_OK);
	return h.marks;
}

#define MARKS(extensions) marks_of(extensions, sizeof(extensions) - 1)

static void what_a_hello_lacks_or_has_twice_is_marked(void)
{
	CHECK_INT(MARKS(""), 0);
	CHECK_INT(MARKS("\0\x0a\0\4\0\2\0\x1d"), TLS_HELLO_GROUPS);
	CHECK_INT(MARKS("\0\x0a\0\2\0\0"), TLS_HELLO_GROUPS | TLS_HELLO_EMPTY);
	CHECK_INT(MARKS("\0\x0d\0\4\0\2\4\3"), TLS_HELLO_SIGNATURES);
	CHECK_INT(MARKS("\0\x33\0\0\0\x29\0\0\0\x2d\0\0"),
	          TLS_HELLO_SHARES | TLS_HELLO_PSK | TLS_HELLO_PSK_MODES);
	CHECK_INT(MARKS("\x44\x44\0\0\x44\x44\0\0"), TLS_HELLO_TWICE);
	CHECK_INT(MARKS("\0\0\0\x0a\0\x08\0\0\1a\0\0\1b"), TLS_HELLO_TWO_NAMES);
	CHECK_INT(MARKS("\0\x10\0\2\0\0"), TLS_HELLO_EMPTY);
	CHECK_INT(MARKS("\0\x10\0\3\0\1\0"), TLS_HELLO_EMPTY);
	CHECK_INT(MARKS("\0\x10\0\5\0\3\2h2"), 0);
}

static void protocols_are_read_fit_for_a_log(void)
{
	static const char body[] = "\0\x10\0\x0b\0\x09\2h2\5a\n\"b\x1b";
	char msg[200];
	struct tls_hello h;
	struct tls_text sni;
	size_t front = 2 + 32 + 3 + 10 + 2, n = sizeof(body) - 1;

	memcpy(msg, hello, front);
	msg[front] = 0;
	msg[front + 1] = (char)n;
	memcpy(msg + front + 2, body, n);
	CHECK_INT(parse(msg, front + 2 + n, &h, &sni), PST_OK);
	CHECK_STR(h.alpn, "h2, a??b?");
}

static void a_server_hello_is_read(void)
{
	static const char msg[] = "\x03\x02" R8 R8 R8 R8 "\x00\xc0\x09\x00";
	struct tls_hello h;

	CHECK_INT(tls_server_hello((const uint8_t *)msg, sizeof(msg) - 1, &h),
	          PST_OK);
	CHECK_INT(h.versions.kept[0], 0x0302);
	CHECK_INT(h.suites.kept[0], 0xc009);
	CHECK_INT(tls_server_hello((const uint8_t *)msg, 36, &h), PST_PROTO);
}

static void every_class_has_an_alert_that_says_so(void)
{
	int why;

	for (why = 0; why < PST_CLASS_COUNT; why++) {
		unsigned alert = tls_alert_of((enum pst_class)why);

		CHECK(alert != 0);
		CHECK(strcmp(tls_alert_name(alert), "unknown") != 0);
	}
	CHECK_INT(tls_alert_of(PST_CLASS_POLICY), 49);
	CHECK_INT(tls_alert_of(PST_CLASS_GOING_AWAY), 90);
	CHECK_INT(tls_alert_of(PST_CLASS_OVERLOAD), 80);
}

static void alerts_mean_classes(void)
{
	CHECK_INT(tls_class_of(48), PST_CLASS_REFUSED);
	CHECK_INT(tls_class_of(10), PST_CLASS_PROTOCOL);
	CHECK_INT(tls_class_of(90), PST_CLASS_GOING_AWAY);
	CHECK_INT(tls_class_of(200), PST_CLASS_PROTOCOL);
	CHECK_STR(tls_alert_name(200), "unknown");
	CHECK_STR(tls_alert_hint(200), "");
}

static CU_TestInfo tests[] = {
	TEST(first_bytes_of_tls),
	TEST(first_bytes_of_plain_protocols),
	TEST(first_bytes_of_ssl_2),
	TEST(the_front_record_is_found_over_slices),
	TEST(an_alert_in_the_clear_is_read),
	TEST(a_record_too_long_is_refused),
	TEST(a_prefix_is_copied_over_slices),
	TEST(a_client_hello_is_read),
	TEST(a_hello_without_extensions_is_read),
	TEST(a_hello_cut_anywhere_is_refused_or_read_within_bounds),
	TEST(any_byte_of_a_hello_may_be_wrong),
	TEST(only_the_first_codes_are_kept),
	TEST(what_a_hello_lacks_or_has_twice_is_marked),
	TEST(protocols_are_read_fit_for_a_log),
	TEST(a_server_hello_is_read),
	TEST(every_class_has_an_alert_that_says_so),
	TEST(alerts_mean_classes),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
