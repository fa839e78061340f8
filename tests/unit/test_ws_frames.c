/* SPDX-License-Identifier: MIT */
/* The layer `ws` moving frames: what it takes, what it sends, what it answers
 * to what is broken. */
#include "ws_kit.h"

/* A frame in a table: first byte, payload. */
struct piece {
	uint8_t first;
	const char *payload;
	size_t length;
};

#define P(first, text)                        \
	{                                     \
		first, text, sizeof(text) - 1 \
	}

#define PIECES 6

static size_t count_pieces(const struct piece *p)
{
	size_t n = 0;

	while (n < PIECES && p[n].payload != NULL) {
		n++;
	}
	return n;
}

static size_t join(enum pst_role role, const struct piece *p, uint8_t *out)
{
	size_t n = 0, i;

	for (i = 0; i < count_pieces(p); i++) {
		n += ws_frame_to(role, out + n, p[i].first, p[i].payload,
		                 p[i].length);
	}
	return n;
}

static void feed(struct pst_kit *k, const uint8_t *data, size_t length,
                 size_t part)
{
	if (part == 0) {
		pst_kit_feed(pst_kit_rx_in(k), data, length);
		pst_kit_run(k);
	} else {
		pst_kit_drip(pst_kit_rx_in(k), data, length, part);
	}
}

static const enum pst_role roles[] = {PST_ACCEPT, PST_CONNECT};
static const size_t parts[] = {0, 1, 2, 3, 7};

/* Frames that must be answered with exactly this Close, after `delivered`. */
static const struct {
	uint16_t code;
	const char *delivered;
	struct piece in[PIECES];
} broken[] = {
	/* reserved bits and opcodes */
	{1002, "", {P(0xc1, "Hello")}},
	{1002, "", {P(0xa1, "Hello")}},
	{1002, "", {P(0x92, "Hello")}},
	{1002, "", {P(0xc0, "")}},
	{1002, "", {P(0xc8, "")}},
	{1002, "", {P(0xb9, "")}},
	{1002, "", {P(0x83, "")}},
	{1002, "", {P(0x84, "x")}},
	{1002, "", {P(0x85, "")}},
	{1002, "", {P(0x86, "")}},
	{1002, "", {P(0x87, "x")}},
	{1002, "", {P(0x8b, "")}},
	{1002, "", {P(0x8c, "x")}},
	{1002, "", {P(0x8d, "")}},
	{1002, "", {P(0x8e, "")}},
	{1002, "", {P(0x8f, "x")}},
	{1002, "ok", {P(0x82, "ok"), P(0x83, "")}},
	/* control frames */
	{1002, "", {P(0x08, "")}},
	{1002, "", {P(0x09, "part")}},
	{1002, "", {P(0x0a, "")}},
	{1002, "", {P(0x09, "part"), P(0x80, "rest")}},
	/* fragments */
	{1002, "", {P(0x80, "")}},
	{1002, "", {P(0x80, "orphan")}},
	{1002, "", {P(0x00, "orphan")}},
	{1002, "whole", {P(0x81, "whole"), P(0x80, "orphan")}},
	{1002, "part", {P(0x01, "part"), P(0x81, "new")}},
	{1002, "part", {P(0x02, "part"), P(0x82, "new")}},
	{1002, "part", {P(0x02, "part"), P(0x01, "new")}},
	{1002, "ab", {P(0x02, "a"), P(0x80, "b"), P(0x80, "c")}},
	{1002, "", {P(0x01, ""), P(0x02, "")}},
	/* text */
	{1007, "", {P(0x81, "\xff")}},
	{1007, "", {P(0x81, "\x80")}},
	{1007, "", {P(0x81, "\xc0\xaf")}},
	{1007, NULL, {P(0x81, "\xe0\x80\x80")}},
	{1007, NULL, {P(0x81, "\xed\xa0\x80")}},
	{1007, NULL, {P(0x81, "\xf4\x90\x80\x80")}},
	{1007, "", {P(0x81, "\xf8\x88\x80\x80\x80")}},
	{1007, NULL, {P(0x81, "\xe2\x82")}},
	{1007, NULL, {P(0x81, "Hello \xf0\x9f\x98")}},
	{1007, "ok", {P(0x01, "ok"), P(0x80, "\xff")}},
	{1007, NULL, {P(0x01, "\xe2\x82"), P(0x80, "")}},
	{1007, NULL, {P(0x01, "\xe2"), P(0x00, "\x82"), P(0x80, "")}},
	{1007, NULL, {P(0x01, "\xe2"), P(0x80, "x")}},
	{1007, NULL, {P(0x01, "\xf0\x9f"), P(0x89, ""), P(0x80, "\x98")}},
	/* Close */
	{1002, "", {P(0x88, "\x03")}},
	{1002, "", {P(0x88, "\x00\x00")}},
	{1002, "", {P(0x88, "\x03\xe7")}},
	{1002, "", {P(0x88, "\x03\xec")}},
	{1002, "", {P(0x88, "\x03\xed")}},
	{1002, "", {P(0x88, "\x03\xee")}},
	{1002, "", {P(0x88, "\x03\xf7")}},
	{1002, "", {P(0x88, "\x03\xf8")}},
	{1002, "", {P(0x88, "\x07\xd0")}},
	{1002, "", {P(0x88, "\x0b\xb7")}},
	{1002, "", {P(0x88, "\x13\x88")}},
	{1002, "", {P(0x88, "\xff\xff")}},
	{1007, "", {P(0x88, "\x03\xe8\xff")}},
	{1007, "", {P(0x88, "\x03\xe8\xe2\x82")}},
	{1002, "x", {P(0x82, "x"), P(0x88, "\x01\x01")}},
};

static void expect_broken(enum pst_role role, size_t row, size_t part)
{
	struct pst_kit *k = ws_open(role, NULL);
	uint8_t in[256], got[256];
	size_t n = join(role, broken[row].in, in);
	struct ws_sent sent;
	struct ws_close c = {0};
	bool ok;

	feed(k, in, n, part);
	ok = CHECK(pst_kit_failed(k));
	ok = CHECK_INT(pst_kit_fail_code(k), broken[row].code) && ok;
	ok = CHECK_INT(pst_kit_fail_class(k), PST_CLASS_PROTOCOL) && ok;
	if (broken[row].delivered != NULL) {
		n = pst_kit_read(pst_kit_rx_out(k), got, sizeof(got));
		ok = CHECK_INT(n, strlen(broken[row].delivered)) && ok;
		ok = CHECK(strncmp((char *)got, broken[row].delivered, n) ==
		           0) &&
		     ok;
	}
	do {
		sent.frame.opcode = 0;
		ok = CHECK(ws_take_frame(k, &sent)) && ok;
	} while (sent.frame.opcode == WS_PONG);
	ok = CHECK_INT(ws_close_parse(sent.payload, sent.length, &c), 0) && ok;
	ok = CHECK_INT(c.code, broken[row].code) && ok;
	ws_expect_silence(k);
	ws_expect_end(pst_kit_tx_out(k), PST_END_CLEAN);
	pst_kit_discard(pst_kit_rx_out(k));
	ws_expect_end(pst_kit_rx_out(k), PST_END_RESET);
	if (!ok) {
		printf("\n  row %zu, role %d, part %zu\n", row, (int)role,
		       part);
	}
	ws_done(k);
}

static void broken_frames_get_their_close_code(void)
{
	size_t row, r, p;

	for (row = 0; row < COUNT(broken); row++) {
		for (r = 0; r < COUNT(roles); r++) {
			for (p = 0; p < COUNT(parts); p++) {
				expect_broken(roles[r], row, parts[p]);
			}
		}
	}
}

/* Raw headers that no well-meaning builder makes, to an accepting end. */
static void broken_headers_get_1002(void)
{
	static const struct {
		const char *data;
		size_t length;
	} rows[] = {
		{"\x81\x05Hello", 7},
		{"\x89\x00", 2},
		{"\x88\x02\x03\xe8", 4},
		{"\x82\xfe\x00\x7d", 4},
		{"\x82\xff\x00\x00\x00\x00\x00\x00\xff\xff", 10},
		{"\x82\xff\x80\x00\x00\x00\x00\x00\x00\x00", 10},
		{"\x89\xfe\x00\x7e", 4},
		{"\x88\xff\x00", 3},
		{"GET / HTTP/1.1\r\n", 16},
	};
	size_t i, p;

	for (i = 0; i < COUNT(rows); i++) {
		for (p = 0; p < COUNT(parts); p++) {
			struct pst_kit *k = ws_accepted(NULL);

			feed(k, (const uint8_t *)rows[i].data, rows[i].length,
			     parts[p]);
			CHECK(pst_kit_failed(k));
			ws_expect_close(k, 1002, NULL);
			ws_expect_end(pst_kit_tx_out(k), PST_END_CLEAN);
			ws_done(k);
		}
	}
}

static void a_masked_frame_from_a_server_gets_1002(void)
{
	struct pst_kit *k = ws_connected(NULL);

	feed(k, (const uint8_t *)"\x81\x80", 2, 0);
	CHECK(pst_kit_failed(k));
	ws_expect_close(k, 1002, "frame from a server is masked");
	ws_done(k);
}

static void messages_arrive_whole_however_they_are_cut(void)
{
	static const struct {
		uint32_t type;
		const char *message;
		struct piece in[PIECES];
	} rows[] = {
		{PST_TEXT, "Hello", {P(0x81, "Hello")}},
		{PST_BINARY, "\xff\xfe", {P(0x82, "\xff\xfe")}},
		{PST_TEXT, "", {P(0x81, "")}},
		{PST_BINARY, "", {P(0x82, "")}},
		{PST_TEXT, "Hello", {P(0x01, "Hel"), P(0x80, "lo")}},
		{PST_TEXT, "Hello", {P(0x01, ""), P(0x80, "Hello")}},
		{PST_TEXT, "Hello", {P(0x01, "Hello"), P(0x80, "")}},
		{PST_BINARY, "", {P(0x02, ""), P(0x00, ""), P(0x80, "")}},
		{PST_TEXT,
	         "\xe2\x82\xac",
	         {P(0x01, "\xe2"), P(0x00, "\x82"), P(0x80, "\xac")}},
		{PST_BINARY,
	         "abcd",
	         {P(0x02, "a"), P(0x00, "b"), P(0x00, "c"), P(0x80, "d")}},
		{PST_TEXT,
	         "ab",
	         {P(0x01, "a"), P(0x8a, "unasked"), P(0x80, "b")}},
	};
	uint8_t in[256];
	size_t i, r, p, n;

	for (i = 0; i < COUNT(rows); i++) {
		for (r = 0; r < COUNT(roles); r++) {
			for (p = 0; p < COUNT(parts); p++) {
				struct pst_kit *k = ws_open(roles[r], NULL);

				n = join(roles[r], rows[i].in, in);
				feed(k, in, n, parts[p]);
				ws_expect_message(k, rows[i].type,
				                  rows[i].message,
				                  strlen(rows[i].message));
				CHECK(!pst_kit_failed(k));
				ws_expect_silence(k);
				ws_done(k);
			}
		}
	}
}

static void long_messages_of_every_length_form_arrive(void)
{
	static const size_t lengths[] = {125,   126,   127,   128,
	                                 65535, 65536, 65537, 131072};
	uint8_t *data = malloc(131072);
	size_t i, r, p;

	for (i = 0; i < 131072; i++) {
		data[i] = (uint8_t)(i * 31 >> 3);
	}
	for (i = 0; i < COUNT(lengths); i++) {
		for (r = 0; r < COUNT(roles); r++) {
			for (p = 0; p < 2; p++) {
				struct pst_kit *k = ws_open(roles[r], NULL);

				pst_kit_split(pst_kit_rx_in(k),
				              p == 0 ? 0 : 1021, 7);
				ws_feed_frame(k, 0x82, data, lengths[i]);
				pst_kit_run(k);
				ws_expect_message(k, PST_BINARY, data,
				                  lengths[i]);
				ws_done(k);
			}
		}
	}
	free(data);
}

static void pings_are_answered_also_inside_a_message(void)
{
	char payload[125];
	size_t r, p;

	memset(payload, 'p', sizeof(payload));
	for (r = 0; r < COUNT(roles); r++) {
		for (p = 0; p < COUNT(parts); p++) {
			struct pst_kit *k = ws_open(roles[r], NULL);
			uint8_t in[512];
			size_t n = 0;

			n += ws_frame_to(roles[r], in + n, 0x01, "a", 1);
			n += ws_frame_to(roles[r], in + n, 0x89, payload, 125);
			n += ws_frame_to(roles[r], in + n, 0x89, "", 0);
			n += ws_frame_to(roles[r], in + n, 0x80, "b", 1);
			feed(k, in, n, parts[p]);
			ws_expect_frame(k, 0x8a, payload, 125);
			ws_expect_frame(k, 0x8a, "", 0);
			ws_expect_message(k, PST_TEXT, "ab", 2);
			CHECK_INT(pst_kit_metric(k, "pings_received"), 2);
			ws_done(k);
		}
	}
}

static void pongs_are_dropped_and_counted(void)
{
	struct pst_kit *k = ws_accepted(NULL);

	ws_feed_frame(k, 0x8a, "who asked", 9);
	pst_kit_run(k);
	ws_expect_silence(k);
	CHECK(pst_kit_peek(pst_kit_rx_out(k)) == NULL);
	CHECK_INT(pst_kit_metric(k, "pongs_received"), 1);
	ws_done(k);
}

static void a_flood_of_pings_holds_one_answer(void)
{
	struct pst_kit *k = ws_accepted(NULL);
	char text[16];
	int i;

	pst_kit_limit(pst_kit_tx_out(k), 256);
	pst_kit_stall(pst_kit_tx_out(k), true);
	for (i = 0; i < 5000; i++) {
		snprintf(text, sizeof(text), "%04d", i);
		ws_feed_frame(k, 0x89, text, 4);
		pst_kit_run(k);
	}
	CHECK_INT(pst_kit_waiting(pst_kit_rx_in(k)), 0);
	CHECK(pst_kit_waiting(pst_kit_tx_out(k)) < 300);
	pst_kit_stall(pst_kit_tx_out(k), false);
	pst_kit_run(k);
	while (pst_kit_waiting(pst_kit_tx_out(k)) > 6) {
		struct ws_sent sent;

		if (!CHECK(ws_take_frame(k, &sent))) {
			break;
		}
		CHECK_INT(sent.frame.opcode, WS_PONG);
	}
	ws_expect_frame(k, 0x8a, "4999", 4);
	ws_done(k);
}

static void messages_leave_as_frames_of_their_type(void)
{
	size_t r;

	for (r = 0; r < COUNT(roles); r++) {
		struct pst_kit *k = ws_open(roles[r], NULL);
		struct pst_kit_port *tx = pst_kit_tx_in(k);

		pst_kit_feed_message(tx, "text", 4, PST_TEXT);
		pst_kit_feed_message(tx, "\xff", 1, PST_BINARY);
		pst_kit_feed_message(tx, "plain", 5, 0);
		pst_kit_feed_message(tx, "", 0, PST_TEXT);
		pst_kit_feed_message(tx, "", 0, PST_BINARY);
		pst_kit_run(k);
		ws_expect_frame(k, 0x81, "text", 4);
		ws_expect_frame(k, 0x82, "\xff", 1);
		ws_expect_frame(k, 0x82, "plain", 5);
		ws_expect_frame(k, 0x81, "", 0);
		ws_expect_frame(k, 0x82, "", 0);
		ws_expect_silence(k);
		ws_done(k);
	}
}

static void a_message_in_slices_is_one_frame_when_it_is_all_there(void)
{
	size_t r;

	for (r = 0; r < COUNT(roles); r++) {
		struct pst_kit *k = ws_open(roles[r], NULL);
		struct pst_kit_port *tx = pst_kit_tx_in(k);

		pst_kit_feed_slice(tx, "", 0, PST_TEXT);
		pst_kit_feed_slice(tx, "a", 1, PST_TEXT);
		pst_kit_feed_slice(tx, "", 0, PST_TEXT);
		pst_kit_feed_slice(tx, "bc", 2, PST_TEXT);
		pst_kit_feed_slice(tx, "", 0, PST_TEXT | PST_EOM);
		pst_kit_feed_slice(tx, "", 0, PST_BINARY);
		pst_kit_feed_slice(tx, "", 0, PST_BINARY | PST_EOM);
		pst_kit_run(k);
		ws_expect_frame(k, 0x81, "abc", 3);
		ws_expect_frame(k, 0x82, "", 0);
		ws_expect_silence(k);
		ws_done(k);
	}
}

static void an_unfinished_message_leaves_in_fragments(void)
{
	size_t r;

	for (r = 0; r < COUNT(roles); r++) {
		struct pst_kit *k = ws_open(roles[r], NULL);
		struct pst_kit_port *tx = pst_kit_tx_in(k);

		pst_kit_feed_slice(tx, "one", 3, PST_TEXT);
		pst_kit_run(k);
		ws_expect_frame(k, 0x01, "one", 3);
		pst_kit_feed_slice(tx, "", 0, PST_TEXT);
		pst_kit_run(k);
		ws_expect_silence(k);
		pst_kit_feed_slice(tx, "two", 3, PST_TEXT);
		pst_kit_run(k);
		ws_expect_frame(k, 0x00, "two", 3);
		ws_feed_frame(k, 0x89, "ping", 4);
		pst_kit_run(k);
		ws_expect_frame(k, 0x8a, "ping", 4);
		pst_kit_feed_slice(tx, "", 0, PST_TEXT | PST_EOM);
		pst_kit_feed_message(tx, "next", 4, PST_BINARY);
		pst_kit_run(k);
		ws_expect_frame(k, 0x80, "", 0);
		ws_expect_frame(k, 0x82, "next", 4);
		ws_done(k);
	}
}

static void pings_and_pongs_from_above_are_sent(void)
{
	struct pst_kit *k = ws_connected(NULL);

	pst_kit_feed_control(pst_kit_tx_in(k), PST_CONTROL_PING,
	                     PST_CLASS_CLEAN, 0, "hi");
	pst_kit_feed_control(pst_kit_tx_in(k), PST_CONTROL_PONG,
	                     PST_CLASS_CLEAN, 0, NULL);
	pst_kit_run(k);
	ws_expect_frame(k, 0x89, "hi", 2);
	ws_expect_frame(k, 0x8a, "", 0);
	CHECK_INT(pst_kit_metric(k, "pings_sent"), 1);
	ws_done(k);
}

static void headers_go_into_headroom_or_into_a_slice_of_their_own(void)
{
	static const uint32_t rooms[] = {0, 1, 2, 4, 6, 14, 64};
	static const size_t lengths[] = {1, 125, 126, 200};
	char data[200];
	size_t r, i, j;

	memset(data, 'd', sizeof(data));
	for (r = 0; r < COUNT(roles); r++) {
		for (i = 0; i < COUNT(rooms); i++) {
			for (j = 0; j < COUNT(lengths); j++) {
				struct pst_kit *k = ws_open(roles[r], NULL);

				pst_kit_headroom(pst_kit_tx_in(k), rooms[i]);
				pst_kit_feed_message(pst_kit_tx_in(k), data,
				                     lengths[j], PST_BINARY);
				pst_kit_run(k);
				ws_expect_frame(k, 0x82, data, lengths[j]);
				ws_done(k);
			}
		}
	}
}

static void shared_slices_are_never_written_to(void)
{
	size_t r;

	for (r = 0; r < COUNT(roles); r++) {
		struct pst_kit *k = ws_open(roles[r], NULL);
		uint8_t in[64];
		size_t n = ws_frame_to(roles[r], in, 0x81, "shared", 6);

		pst_kit_feed_slice(pst_kit_tx_in(k), "shared", 6,
		                   PST_TEXT | PST_EOM | PST_SHARED);
		pst_kit_feed_slice(pst_kit_rx_in(k), in, n, PST_SHARED);
		pst_kit_run(k);
		ws_expect_frame(k, 0x81, "shared", 6);
		ws_expect_message(k, PST_TEXT, "shared", 6);
		ws_done(k);
	}
}

static void masks_differ_from_frame_to_frame(void)
{
	struct pst_kit *k = ws_connected(NULL);
	uint32_t keys[40];
	struct ws_sent sent;
	size_t i, j, same = 0;

	for (i = 0; i < COUNT(keys); i++) {
		pst_kit_feed_message(pst_kit_tx_in(k), "x", 1, PST_TEXT);
		pst_kit_run(k);
		if (!CHECK(ws_take_frame(k, &sent))) {
			break;
		}
		keys[i] = sent.frame.key;
		for (j = 0; j < i; j++) {
			same += keys[i] == keys[j];
		}
	}
	CHECK(same < 3);
	ws_done(k);
}

static void too_large_messages_get_1009_before_they_are_read(void)
{
	static const char *const options[] = {"max_message", "10", NULL};
	size_t r;

	for (r = 0; r < COUNT(roles); r++) {
		struct pst_kit *k = ws_open(roles[r], options);
		uint8_t in[64];
		size_t n;

		n = ws_frame_to(roles[r], in, 0x82, "0123456789", 10);
		feed(k, in, n, 0);
		ws_expect_message(k, PST_BINARY, "0123456789", 10);
		n = ws_frame_to(roles[r], in, 0x82, "0123456789a", 11);
		feed(k, in, n - 11, 0);
		CHECK(pst_kit_failed(k));
		CHECK_INT(pst_kit_fail_class(k), PST_CLASS_TOO_BIG);
		ws_expect_close(k, 1009, "message exceeds max_message");
		ws_expect_end(pst_kit_tx_out(k), PST_END_CLEAN);
		ws_done(k);
	}
}

static void each_message_counts_by_itself(void)
{
	static const char *const options[] = {"max_message", "10", NULL};
	struct pst_kit *k = ws_accepted(options);
	int i;

	for (i = 0; i < 3; i++) {
		ws_feed_frame(k, 0x82, "0123456789", 10);
		pst_kit_run(k);
		ws_expect_message(k, PST_BINARY, "0123456789", 10);
		ws_feed_frame(k, 0x01, "01234", 5);
		ws_feed_frame(k, 0x80, "56789", 5);
		pst_kit_run(k);
		ws_expect_message(k, PST_TEXT, "0123456789", 10);
	}
	CHECK(!pst_kit_failed(k));
	ws_done(k);
}

static void a_message_in_fragments_counts_as_a_whole(void)
{
	static const char *const options[] = {"max_message", "10", NULL};
	struct pst_kit *k = ws_accepted(options);

	ws_feed_frame(k, 0x02, "01234", 5);
	ws_feed_frame(k, 0x00, "56789", 5);
	ws_feed_frame(k, 0x89, "does not count", 14);
	ws_feed_frame(k, 0x00, "", 0);
	pst_kit_run(k);
	CHECK(!pst_kit_failed(k));
	pst_kit_discard(pst_kit_tx_out(k));
	ws_feed_frame(k, 0x80, "a", 1);
	pst_kit_run(k);
	CHECK(pst_kit_failed(k));
	ws_expect_close(k, 1009, NULL);
	ws_done(k);
}

static void the_default_limit_is_128k(void)
{
	struct pst_kit *k = ws_accepted(NULL);
	uint8_t header[WS_HEADER_MAX];
	struct ws_frame f = {.length = 131073,
	                     .opcode = WS_BINARY,
	                     .fin = true,
	                     .masked = true};

	feed(k, header, ws_frame_build(&f, header), 0);
	CHECK_INT(pst_kit_fail_code(k), 1009);
	ws_done(k);
}

static void zero_lifts_the_limit(void)
{
	static const char *const options[] = {"max_message", "0", NULL};
	struct pst_kit *k = ws_accepted(options);
	uint8_t header[WS_HEADER_MAX];
	struct ws_frame f = {
		.length = INT64_MAX, .opcode = WS_BINARY, .masked = true};
	int i;

	feed(k, header, ws_frame_build(&f, header), 0);
	for (i = 0; i < 100; i++) {
		feed(k, header, sizeof(header), 0);
	}
	CHECK(!pst_kit_failed(k));
	CHECK_INT(pst_kit_waiting(pst_kit_rx_out(k)), 1400);
	ws_done(k);
}

static void max_frame_limits_frames(void)
{
	static const char *const options[] = {"max_frame", "4", NULL};
	struct pst_kit *k = ws_accepted(options);

	ws_feed_frame(k, 0x02, "1234", 4);
	ws_feed_frame(k, 0x80, "5678", 4);
	pst_kit_run(k);
	ws_expect_message(k, PST_BINARY, "12345678", 8);
	ws_feed_frame(k, 0x82, "12345", 5);
	pst_kit_run(k);
	ws_expect_close(k, 1009, "frame exceeds max_frame");
	ws_done(k);
}

static void a_stalled_reader_stops_the_layer(void)
{
	struct pst_kit *k = ws_accepted(NULL);
	char data[1000];
	int i;

	memset(data, 'x', sizeof(data));
	pst_kit_limit(pst_kit_rx_out(k), 4000);
	pst_kit_stall(pst_kit_rx_out(k), true);
	for (i = 0; i < 40; i++) {
		ws_feed_frame(k, 0x82, data, sizeof(data));
	}
	pst_kit_run(k);
	CHECK(pst_kit_waiting(pst_kit_rx_out(k)) <= 5000);
	CHECK(pst_kit_waiting(pst_kit_rx_in(k)) >= 35000);
	pst_kit_stall(pst_kit_rx_out(k), false);
	pst_kit_run(k);
	CHECK_INT(pst_kit_waiting(pst_kit_rx_in(k)), 0);
	CHECK_INT(pst_kit_waiting(pst_kit_rx_out(k)), 40000);
	ws_done(k);
}

static void a_stalled_writer_stops_the_layer(void)
{
	struct pst_kit *k = ws_accepted(NULL);
	char data[1000];
	int i;

	memset(data, 'x', sizeof(data));
	pst_kit_limit(pst_kit_tx_out(k), 4000);
	pst_kit_stall(pst_kit_tx_out(k), true);
	for (i = 0; i < 40; i++) {
		pst_kit_feed_message(pst_kit_tx_in(k), data, sizeof(data),
		                     PST_BINARY);
	}
	pst_kit_run(k);
	CHECK(pst_kit_waiting(pst_kit_tx_out(k)) <= 5020);
	CHECK(pst_kit_waiting(pst_kit_tx_in(k)) >= 35000);
	pst_kit_stall(pst_kit_tx_out(k), false);
	pst_kit_run(k);
	CHECK_INT(pst_kit_waiting(pst_kit_tx_out(k)), 40 * 1004);
	ws_done(k);
}

static void memory_that_runs_out_fails_cleanly(void)
{
	unsigned n, r;

	for (n = 1; n < 12; n++) {
		for (r = 0; r < COUNT(roles); r++) {
			struct pst_kit *k = ws_open(roles[r], NULL);

			pst_kit_headroom(pst_kit_tx_in(k), 0);
			pst_kit_split(pst_kit_rx_in(k), 3, 0);
			ws_feed_frame(k, 0x01, "Hello", 5);
			ws_feed_frame(k, 0x89, "ping", 4);
			ws_feed_frame(k, 0x80, "", 0);
			pst_kit_feed_slice(pst_kit_tx_in(k), "shared", 6,
			                   PST_TEXT | PST_EOM | PST_SHARED);
			pst_kit_feed_control(pst_kit_tx_in(k),
			                     PST_CONTROL_CLOSE, PST_CLASS_CLEAN,
			                     1000, "bye");
			pst_kit_fail_memory(k, n);
			pst_kit_run(k);
			ws_done(k);
		}
	}
}

static CU_TestInfo tests[] = {
	TEST(broken_frames_get_their_close_code),
	TEST(broken_headers_get_1002),
	TEST(a_masked_frame_from_a_server_gets_1002),
	TEST(messages_arrive_whole_however_they_are_cut),
	TEST(long_messages_of_every_length_form_arrive),
	TEST(pings_are_answered_also_inside_a_message),
	TEST(pongs_are_dropped_and_counted),
	TEST(a_flood_of_pings_holds_one_answer),
	TEST(messages_leave_as_frames_of_their_type),
	TEST(a_message_in_slices_is_one_frame_when_it_is_all_there),
	TEST(an_unfinished_message_leaves_in_fragments),
	TEST(pings_and_pongs_from_above_are_sent),
	TEST(headers_go_into_headroom_or_into_a_slice_of_their_own),
	TEST(shared_slices_are_never_written_to),
	TEST(masks_differ_from_frame_to_frame),
	TEST(too_large_messages_get_1009_before_they_are_read),
	TEST(each_message_counts_by_itself),
	TEST(a_message_in_fragments_counts_as_a_whole),
	TEST(the_default_limit_is_128k),
	TEST(zero_lifts_the_limit),
	TEST(max_frame_limits_frames),
	TEST(a_stalled_reader_stops_the_layer),
	TEST(a_stalled_writer_stops_the_layer),
	TEST(memory_that_runs_out_fails_cleanly),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
