/* SPDX-License-Identifier: MIT */
/* How much and how fast: rates, fragments that are sent, text that goes out,
 * and names of settings elsewhere. */
#include "kit_check.h"
#include "ws_kit.h"

#include <penstock/option.h>

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

static const enum pst_role roles[] = {PST_ACCEPT, PST_CONNECT};

static void feed(struct pst_kit *k, uint8_t first, const void *payload,
                 size_t length)
{
	ws_feed_frame(k, first, payload, length);
	pst_kit_run(k);
}

static size_t received(struct pst_kit *k)
{
	return pst_kit_waiting(pst_kit_rx_out(k));
}

/* -- buckets ----------------------------------------------------------- */

static void a_bucket_holds_what_comes_in_a_second(void)
{
	struct ws_bucket b;

	ws_bucket_init(&b, 10, 1000);
	CHECK(ws_bucket_take(&b, 10, 10, 1000));
	CHECK(!ws_bucket_take(&b, 10, 1, 1000));
	CHECK_INT(ws_bucket_wait(&b, 10, 1000), 200);
	CHECK_INT(ws_bucket_wait(&b, 10, 1199), 1);
	CHECK_INT(ws_bucket_wait(&b, 10, 1200), 0);
	CHECK(ws_bucket_take(&b, 10, 1, 1200));
	CHECK(ws_bucket_take(&b, 10, 10, 900000)); /* full, and no more */
	CHECK(!ws_bucket_take(&b, 10, 1, 900000));
}

static void what_is_owed_is_paid_first(void)
{
	struct ws_bucket b;

	ws_bucket_init(&b, 100, 0);
	CHECK(!ws_bucket_take(&b, 100, 1100, 0));
	CHECK_INT(ws_bucket_wait(&b, 100, 0), 10010);
	CHECK_INT(ws_bucket_wait(&b, 100, 10009), 1);
	CHECK_INT(ws_bucket_wait(&b, 100, 10010), 0);
}

static void the_largest_rate_does_not_overflow(void)
{
	struct ws_bucket b;

	ws_bucket_init(&b, WS_RATE_MAX, 0);
	CHECK(ws_bucket_take(&b, WS_RATE_MAX, UINT32_MAX, UINT64_MAX / 2));
	CHECK_INT(ws_bucket_wait(&b, WS_RATE_MAX, UINT64_MAX / 2), 0);
	CHECK(ws_bucket_take(&b, WS_RATE_MAX, WS_RATE_MAX, UINT64_MAX - 1));
}

/* -- rates ------------------------------------------------------------- */

static void messages_above_the_rate_wait(void)
{
	size_t r;
	int i;

	for (r = 0; r < COUNT(roles); r++) {
		struct pst_kit *k =
			ws_open(roles[r], LIST("max_message_rate", "5"));
		char one;

		for (i = 0; i < 12; i++) {
			one = (char)('a' + i);
			ws_feed_frame(k, 0x81, &one, 1);
		}
		pst_kit_run(k);
		CHECK_INT(received(k), 5);
		CHECK_INT(pst_kit_timer(k, WS_TIMER_RATE), 200);
		pst_kit_advance(k, 199);
		CHECK_INT(received(k), 5);
		pst_kit_advance(k, 1);
		CHECK_INT(received(k), 6);
		pst_kit_advance(k, 1200);
		CHECK(pst_kit_reads(pst_kit_rx_out(k), "abcdefghijkl", 12));
		CHECK(!pst_kit_failed(k));
		ws_expect_silence(k);
		ws_done(k);
	}
}

static void fragments_are_one_message(void)
{
	struct pst_kit *k = ws_accepted(LIST("max_message_rate", "1"));

	ws_feed_frame(k, 0x01, "a", 1);
	ws_feed_frame(k, 0x89, "", 0);
	ws_feed_frame(k, 0x00, "b", 1);
	ws_feed_frame(k, 0x80, "c", 1);
	ws_feed_frame(k, 0x81, "next", 4);
	pst_kit_run(k);
	ws_expect_message(k, PST_TEXT, "abc", 3);
	CHECK_INT(received(k), 0);
	pst_kit_advance(k, 1000);
	ws_expect_message(k, PST_TEXT, "next", 4);
	ws_done(k);
}

static void bytes_above_the_rate_wait(void)
{
	char *data = calloc(1, 10000);
	size_t r;
	int i;

	for (r = 0; r < COUNT(roles); r++) {
		struct pst_kit *k =
			ws_open(roles[r], LIST("max_byte_rate", "1000"));

		feed(k, 0x82, data, 10000);
		for (i = 0; i < 9; i++) { /* of a second's bytes, one more */
			CHECK(received(k) >= (size_t)i * 1000);
			CHECK(received(k) <= (size_t)i * 1000 + 2000);
			CHECK(pst_kit_waiting(pst_kit_rx_in(k)) != 0);
			pst_kit_advance(k, 1000);
		}
		pst_kit_advance(k, 1100);
		ws_expect_message(k, PST_BINARY, data, 10000);
		ws_done(k);
	}
	free(data);
}

static void bytes_of_all_frames_count(void)
{
	static const struct {
		uint8_t first, rest;
	} rows[] = {{0x89, 0x89}, {0x8a, 0x8a}, {0x02, 0x00}};
	size_t i;
	int j;

	for (i = 0; i < COUNT(rows); i++) {
		struct pst_kit *k = ws_accepted(LIST("max_byte_rate", "60"));

		for (j = 0; j < 100; j++) { /* 6 bytes each */
			ws_feed_frame(k, j == 0 ? rows[i].first : rows[i].rest,
			              "", 0);
		}
		pst_kit_run(k);
		CHECK_INT(pst_kit_waiting(pst_kit_rx_in(k)), 540);
		pst_kit_advance(k, 1000);
		CHECK_INT(pst_kit_waiting(pst_kit_rx_in(k)), 480);
		ws_done(k);
	}
}

static void excess_can_close_with_1008(void)
{
	struct pst_kit *k = ws_accepted(
		LIST("max_message_rate", "2", "rate_excess", "close"));

	ws_feed_frame(k, 0x81, "a", 1);
	feed(k, 0x81, "b", 1);
	CHECK(!pst_kit_failed(k));
	pst_kit_advance(k, 500);
	feed(k, 0x81, "c", 1);
	CHECK(!pst_kit_failed(k));
	feed(k, 0x81, "d", 1);
	CHECK(pst_kit_failed(k));
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_POLICY);
	CHECK(pst_kit_reads(pst_kit_rx_out(k), "abc", 3));
	ws_expect_close(k, 1008, "more messages than max_message_rate");
	ws_expect_end(pst_kit_tx_out(k), PST_END_CLEAN);
	ws_done(k);
	k = ws_accepted(LIST("max_byte_rate", "16", "rate_excess", "close"));
	feed(k, 0x81, "0123456789", 10); /* and a header of 6 */
	CHECK(!pst_kit_failed(k));
	feed(k, 0x89, "", 0);
	ws_expect_frame(k, 0x8a, "", 0);
	ws_expect_close(k, 1008, "more bytes than max_byte_rate");
	ws_done(k);
}

static void who_waits_is_not_silent(void)
{
	struct pst_kit *k = ws_accepted(
		LIST("max_message_rate", "1", "inactivity_timeout", "2s"));
	int i;

	for (i = 0; i < 10; i++) {
		ws_feed_frame(k, 0x82, "x", 1);
	}
	pst_kit_run(k);
	pst_kit_advance(k, 8500);
	CHECK(!pst_kit_failed(k));
	ws_expect_silence(k);
	CHECK_INT(received(k), 9);
	ws_done(k);
}

static void what_waits_is_delivered_behind_an_end_too(void)
{
	struct pst_kit *k = ws_accepted(LIST("max_message_rate", "1"));

	ws_feed_frame(k, 0x82, "a", 1);
	ws_feed_frame(k, 0x82, "b", 1);
	ws_feed_frame(k, 0x88, "\x03\xe8", 2);
	pst_kit_end(pst_kit_rx_in(k), PST_END_CLEAN, PST_CLASS_CLEAN);
	pst_kit_run(k);
	CHECK_INT(received(k), 1);
	pst_kit_advance(k, 2000);
	ws_expect_message(k, PST_BINARY, "a", 1);
	ws_expect_message(k, PST_BINARY, "b", 1);
	ws_expect_told(k, 1000, PST_CLASS_CLEAN, "");
	CHECK(!pst_kit_failed(k));
	ws_done(k);
}

/* -- two ends with compression ----------------------------------------- */

static void inflated_bytes_count(void)
{
	enum {
		LENGTH = 1000000
	};
	char *data = calloc(1, LENGTH);
	struct ws_pair p;
	int i;

	ws_pair_open(&p, LIST("deflate", "true"),
	             LIST("deflate", "true", "max_message", "0",
	                  "deflate_ratio", "0", "max_byte_rate", "100k"));
	pst_kit_feed_message(pst_kit_tx_in(p.front), data, LENGTH, PST_BINARY);
	ws_pair_run(&p);
	CHECK(received(p.back) < 130000);
	pst_kit_advance(p.back, 1000);
	CHECK(received(p.back) < 230000);
	for (i = 0; i < 10; i++) {
		pst_kit_advance(p.back, 1000);
	}
	ws_expect_message(p.back, PST_BINARY, data, LENGTH);
	free(data);
	ws_pair_done(&p);
}

/* -- fragments --------------------------------------------------------- */

static void messages_leave_in_fragments_of_the_size(void)
{
	size_t r;

	for (r = 0; r < COUNT(roles); r++) {
		struct pst_kit *k =
			ws_open(roles[r], LIST("fragment_size", "4"));
		struct pst_kit_port *tx = pst_kit_tx_in(k);

		pst_kit_feed_message(tx, "0123456789", 10, PST_TEXT);
		pst_kit_feed_message(tx, "01234567", 8, PST_BINARY);
		pst_kit_feed_message(tx, "0123", 4, PST_BINARY);
		pst_kit_feed_message(tx, "", 0, PST_TEXT);
		pst_kit_run(k);
		ws_expect_frame(k, 0x01, "0123", 4);
		ws_expect_frame(k, 0x00, "4567", 4);
		ws_expect_frame(k, 0x80, "89", 2);
		ws_expect_frame(k, 0x02, "0123", 4);
		ws_expect_frame(k, 0x80, "4567", 4);
		ws_expect_frame(k, 0x82, "0123", 4);
		ws_expect_frame(k, 0x81, "", 0);
		ws_expect_silence(k);
		ws_done(k);
	}
}

static void fragments_do_not_follow_slices(void)
{
	size_t r;

	for (r = 0; r < COUNT(roles); r++) {
		struct pst_kit *k =
			ws_open(roles[r], LIST("fragment_size", "4"));
		struct pst_kit_port *tx = pst_kit_tx_in(k);

		pst_kit_headroom(tx, r == 0 ? 0 : 64);
		pst_kit_feed_slice(tx, "ab", 2, PST_TEXT);
		pst_kit_feed_slice(tx, "", 0, PST_TEXT);
		pst_kit_feed_slice(tx, "cde", 3, PST_TEXT | PST_SHARED);
		pst_kit_feed_slice(tx, "\xe2\x82\xac", 3, PST_TEXT);
		pst_kit_feed_slice(tx, "", 0, PST_TEXT | PST_EOM);
		pst_kit_feed_message(tx, "next", 4, PST_BINARY);
		pst_kit_run(k);
		ws_expect_frame(k, 0x01, "abcd", 4);
		ws_expect_frame(k, 0x80, "e\xe2\x82\xac", 4);
		ws_expect_frame(k, 0x82, "next", 4);
		ws_done(k);
	}
}

static void control_frames_go_between_fragments(void)
{
	struct pst_kit *k = ws_accepted(LIST("fragment_size", "2"));

	pst_kit_limit(pst_kit_tx_out(k), 8);
	pst_kit_stall(pst_kit_tx_out(k), true);
	pst_kit_feed_message(pst_kit_tx_in(k), "abcdef", 6, PST_TEXT);
	pst_kit_run(k);
	ws_feed_frame(k, 0x89, "", 0);
	pst_kit_run(k);
	pst_kit_stall(pst_kit_tx_out(k), false);
	pst_kit_run(k);
	ws_expect_frame(k, 0x01, "ab", 2);
	ws_expect_frame(k, 0x00, "cd", 2);
	ws_expect_frame(k, 0x8a, "", 0);
	ws_expect_frame(k, 0x80, "ef", 2);
	ws_done(k);
}

static void take_up(struct pst_kit *k, struct pst_slice *s)
{
	pst_kit_feed_slice(pst_kit_rx_in(k), s->data, s->length, 0);
	pst_kit_free(s);
}

/* Frames of what a compressing end sent; each is checked and handed on. */
static unsigned frames_of(struct ws_pair *p, size_t most)
{
	uint8_t wire[20000];
	size_t n = 0, at = 0;
	unsigned frames = 0;
	struct pst_slice *s;

	while ((s = pst_kit_take(pst_kit_tx_out(p->back))) != NULL) {
		CHECK(n + s->length <= sizeof(wire));
		memcpy(wire + n, s->data, s->length);
		n += s->length;
		take_up(p->front, s);
	}
	while (at < n) {
		struct ws_frame f;
		const char *why;
		int size = ws_frame_parse(wire + at, n - at,
		                          WS_FRAME_COMPRESSED, &f, &why);

		if (!CHECK(size > 0)) {
			break;
		}
		CHECK(f.length <= most);
		CHECK_INT(f.opcode, frames == 0 ? WS_TEXT : WS_CONTINUATION);
		CHECK_INT(f.compressed, frames == 0);
		at += (size_t)size + (size_t)f.length;
		CHECK_INT(f.fin, at == n);
		frames++;
	}
	return frames;
}

static void compressed_messages_leave_in_fragments_too(void)
{
	static const char *const sizes[] = {"1", "7", "100", "20000"};
	uint32_t seed = 5;
	char text[9000];
	size_t i;

	for (i = 0; i < sizeof(text); i++) {
		seed = seed * 1103515245 + 12345;
		text[i] = (char)('a' + (seed >> 16) % 9);
	}
	for (i = 0; i < COUNT(sizes); i++) {
		size_t most = strtoul(sizes[i], NULL, 10);
		struct ws_pair p;
		unsigned frames;

		ws_pair_open(
			&p, LIST("deflate", "true"),
			LIST("deflate", "true", "fragment_size", sizes[i]));
		pst_kit_link(pst_kit_tx_out(p.back), NULL);
		pst_kit_limit(pst_kit_tx_out(p.back), 1 << 20);
		pst_kit_feed_message(pst_kit_tx_in(p.back), text, 2000,
		                     PST_TEXT);
		pst_kit_run(p.back);
		frames = frames_of(&p, most);
		CHECK(most > 2000 ? frames == 1 : frames > 500 / most);
		pst_kit_run(p.front);
		ws_expect_message(p.front, PST_TEXT, text, 2000);
		ws_pair_done(&p);
	}
}

static void short_messages_that_are_not_compressed_are_cut_too(void)
{
	struct ws_pair p;

	ws_pair_open(&p, LIST("deflate", "true"),
	             LIST("deflate", "true", "fragment_size", "4"));
	pst_kit_link(pst_kit_tx_out(p.back), NULL);
	pst_kit_feed_message(pst_kit_tx_in(p.back), "\xe2\x82\xac\xe2\x82\xac",
	                     6, PST_TEXT);
	pst_kit_run(p.back);
	ws_expect_frame(p.back, 0x01, "\xe2\x82\xac\xe2", 4);
	ws_expect_frame(p.back, 0x80, "\x82\xac", 2);
	ws_pair_done(&p);
}

/* -- text that goes out ------------------------------------------------ */

static const char euro[] = "\xe2\x82\xac";

static void only_utf8_goes_out_as_text(void)
{
	static const struct {
		const char *slice[3];
		bool ends;
	} rows[] = {
		{{"\xff"}, true},          {{"ok", "\xc0\xaf"}, false},
		{{"ok \xe2\x82"}, true},   {{"ok", "\xe2\x82", ""}, true},
		{{"\xed\xa0\x80"}, false}, {{"\xf4\x90\x80\x80"}, true},
	};
	size_t i, r, j;

	for (i = 0; i < COUNT(rows) * 2; i++) {
		for (r = 0; r < COUNT(roles); r++) {
			struct pst_kit *k =
				ws_open(roles[r], LIST("fragment_size",
			                               i % 2 ? "2" : "0"));
			struct pst_kit_port *tx = pst_kit_tx_in(k);
			const char *const *slice = rows[i / 2].slice;
			struct ws_sent sent;
			uint8_t opcode = 0;

			for (j = 0; j < 3 && slice[j] != NULL; j++) {
				bool last = j == 2 || slice[j + 1] == NULL;

				pst_kit_feed_slice(
					tx, slice[j], strlen(slice[j]),
					PST_TEXT | (last && rows[i / 2].ends
				                            ? (uint32_t)PST_EOM
				                            : 0));
			}
			pst_kit_run(k);
			CHECK(pst_kit_failed(k));
			CHECK_INT(pst_kit_fail_code(k), 1011);
			while (opcode != WS_CLOSE && ws_take_frame(k, &sent)) {
				opcode = sent.frame.opcode;
				CHECK(opcode == WS_CLOSE || !sent.frame.fin);
			}
			CHECK_INT(opcode, WS_CLOSE);
			CHECK_INT(sent.payload[0] << 8 | sent.payload[1], 1011);
			ws_expect_silence(k);
			ws_expect_end(pst_kit_tx_out(k), PST_END_CLEAN);
			ws_done(k);
		}
	}
}

static void characters_may_be_cut_between_slices_and_fragments(void)
{
	struct pst_kit *k = ws_accepted(NULL);
	struct pst_kit_port *tx = pst_kit_tx_in(k);
	int i;

	for (i = 0; i < 3; i++) {
		pst_kit_feed_slice(tx, euro + i, 1,
		                   PST_TEXT | (i == 2 ? (uint32_t)PST_EOM : 0));
		pst_kit_run(k);
		ws_expect_frame(
			k, (uint8_t)((i == 0 ? 1 : 0) | (i == 2 ? 128 : 0)),
			euro + i, 1);
	}
	pst_kit_feed_message(tx, "\xff", 1, PST_BINARY);
	pst_kit_feed_message(tx, euro, 3, PST_TEXT);
	pst_kit_run(k);
	ws_expect_frame(k, 0x82, "\xff", 1);
	ws_expect_frame(k, 0x81, euro, 3);
	CHECK(!pst_kit_failed(k));
	ws_done(k);
}

static void text_is_judged_before_it_is_compressed(void)
{
	char text[200];
	struct ws_pair p;

	memset(text, 'a', sizeof(text));
	text[150] = '\xff';
	ws_pair_open(&p, LIST("deflate", "true"), LIST("deflate", "true"));
	pst_kit_feed_message(pst_kit_tx_in(p.back), text, sizeof(text),
	                     PST_TEXT);
	ws_pair_run(&p);
	CHECK(pst_kit_failed(p.back));
	CHECK_INT(received(p.front), 0);
	ws_expect_told(p.front, 1011, PST_CLASS_INTERNAL,
	               "text to be sent is not UTF-8");
	ws_pair_done(&p);
}

/* -- names ------------------------------------------------------------- */

static const struct pst_option *option_named(const char *name, size_t length)
{
	const struct pst_option *o;

	for (o = ws_options; o->name != NULL; o++) {
		if (strlen(o->name) == length &&
		    strncmp(o->name, name, length) == 0 &&
		    (o->flags & PST_OPTION_ELSEWHERE) == 0) {
			return o;
		}
	}
	return NULL;
}

/* "use NAME": NAME must be a setting here, or of the hop, or of tcp. */
static bool is_advice(const char *help)
{
	const char *name = help + 4;

	if (strncmp(help, "remove it: ", 11) == 0) {
		return true;
	}
	if (strncmp(help, "use ", 4) != 0) {
		return false;
	}
	return strncmp(name, "opening_timeout of the hop", 26) == 0 ||
	       strncmp(name, "nodelay in the group \"tcp\"", 26) == 0 ||
	       option_named(name, strspn(name, "abcdefghijklmnopqrstuvwxyz_"));
}

static void names_of_other_gateways_are_answered(void)
{
	static const char *const known[] = {
		"ws_maximum_message_size",
		"ws_inactivity_timeout",
		"max_frame_size",
		"max_message_size",
		"auto_fragment_size",
		"auto_ping_interval",
		"auto_ping_timeout",
		"auto_ping_size",
		"auto_ping_restart_on_any_traffic",
		"open_handshake_timeout",
		"close_handshake_timeout",
		"validate_utf8",
		"mask_server_frames",
		"require_masked_client_frames",
		"apply_mask",
		"fail_by_drop",
		"echo_close_codereason",
		"tcp_nodelay",
		"compression",
		"allowed_origins",
		"allow_null_origin",
		"require_websocket_subprotocol",
		"enable_webstatus",
	};
	const struct pst_option *o;
	size_t found = 0, i;

	for (o = ws_options; o->name != NULL; o++) {
		struct pst_kit *k;

		if ((o->flags & PST_OPTION_ELSEWHERE) == 0) {
			continue;
		}
		for (i = 0; i < COUNT(known); i++) {
			found += strcmp(known[i], o->name) == 0 ? 1 : 0;
		}
		if (!CHECK(is_advice(o->help))) {
			printf("    %s: %s\n", o->name, o->help);
		}
		k = ws_kit(PST_ACCEPT, LIST(o->name, "1"));
		CHECK_REFUSED(k, o->name, o->help);
	}
	CHECK_INT(found, COUNT(known));
}

static CU_TestInfo tests[] = {
	TEST(a_bucket_holds_what_comes_in_a_second),
	TEST(what_is_owed_is_paid_first),
	TEST(the_largest_rate_does_not_overflow),
	TEST(messages_above_the_rate_wait),
	TEST(fragments_are_one_message),
	TEST(bytes_above_the_rate_wait),
	TEST(bytes_of_all_frames_count),
	TEST(excess_can_close_with_1008),
	TEST(who_waits_is_not_silent),
	TEST(what_waits_is_delivered_behind_an_end_too),
	TEST(inflated_bytes_count),
	TEST(messages_leave_in_fragments_of_the_size),
	TEST(fragments_do_not_follow_slices),
	TEST(control_frames_go_between_fragments),
	TEST(compressed_messages_leave_in_fragments_too),
	TEST(short_messages_that_are_not_compressed_are_cut_too),
	TEST(only_utf8_goes_out_as_text),
	TEST(characters_may_be_cut_between_slices_and_fragments),
	TEST(text_is_judged_before_it_is_compressed),
	TEST(names_of_other_gateways_are_answered),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
