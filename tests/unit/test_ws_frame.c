/* SPDX-License-Identifier: MIT */
/* WebSocket framing's pure parts: headers, masks, UTF-8, close bodies. */
#include "pst_test.h"
#include "ws_close.h"
#include "ws_frame.h"
#include "ws_mask.h"
#include "ws_utf8.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct bytes {
	const char *data;
	size_t length;
};

#define B(text)                        \
	{                              \
		text, sizeof(text) - 1 \
	}

static int parse(struct bytes b, bool masked, struct ws_frame *f,
                 const char **why)
{
	return ws_frame_parse((const uint8_t *)b.data, b.length, masked, f,
	                      why);
}

static void headers_are_decoded(void)
{
	static const struct {
		struct bytes in;
		bool masked;
		int size;
		uint8_t opcode;
		bool fin;
		uint64_t length;
	} rows[] = {
		{B("\x81\x05"), false, 2, WS_TEXT, true, 5},
		{B("\x01\x05"), false, 2, WS_TEXT, false, 5},
		{B("\x82\x00"), false, 2, WS_BINARY, true, 0},
		{B("\x80\x7d"), false, 2, WS_CONTINUATION, true, 125},
		{B("\x00\x01"), false, 2, WS_CONTINUATION, false, 1},
		{B("\x88\x00"), false, 2, WS_CLOSE, true, 0},
		{B("\x89\x7d"), false, 2, WS_PING, true, 125},
		{B("\x8a\x01"), false, 2, WS_PONG, true, 1},
		{B("\x82\x7e\x00\x7e"), false, 4, WS_BINARY, true, 126},
		{B("\x82\x7e\xff\xff"), false, 4, WS_BINARY, true, 65535},
		{B("\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"), false, 10,
	         WS_BINARY, true, 65536},
		{B("\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"), false, 10,
	         WS_BINARY, true, INT64_MAX},
		{B("\x81\x80\x01\x02\x03\x04"), true, 6, WS_TEXT, true, 0},
		{B("\x81\xfe\x01\x00\x01\x02\x03\x04"), true, 8, WS_TEXT, true,
	         256},
		{B("\x81\xff\x00\x00\x00\x01\x00\x00\x00\x00\x01\x02\x03\x04"),
	         true, 14, WS_TEXT, true, UINT64_C(1) << 32},
	};
	struct ws_frame f;
	const char *why;
	uint8_t again[WS_HEADER_MAX];
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		CHECK_INT(parse(rows[i].in, rows[i].masked, &f, &why),
		          rows[i].size);
		CHECK_INT(f.opcode, rows[i].opcode);
		CHECK_INT(f.fin, rows[i].fin);
		CHECK_INT(f.masked, rows[i].masked);
		CHECK(f.length == rows[i].length);
		if (f.masked) {
			CHECK_MEM(&f.key, "\x01\x02\x03\x04", 4);
		}
		CHECK_INT(ws_frame_size(f.length, f.masked), rows[i].size);
		CHECK_INT(ws_frame_build(&f, again), rows[i].size);
		CHECK_MEM(again, rows[i].in.data, rows[i].in.length);
	}
}

static void broken_headers_say_why(void)
{
	static const struct {
		struct bytes in;
		bool masked;
		const char *why;
	} rows[] = {
		/* RFC 6455 5.2: reserved bits, seen in the first byte */
		{B("\xc1"), false, "reserved bit"},
		{B("\xa1"), true, "reserved bit"},
		{B("\x91"), false, "reserved bit"},
		{B("\xf1"), false, "reserved bit"},
		{B("\x71"), false, "reserved bit"},
		{B("\xc8"), false, "reserved bit"},
		{B("\xc9\x00"), false, "reserved bit"},
		{B("\xc0\x00"), false, "reserved bit"},
		/* 11.8: opcodes 3 to 7 and 11 to 15 */
		{B("\x83"), false, "unknown opcode"},
		{B("\x84"), false, "unknown opcode"},
		{B("\x85"), true, "unknown opcode"},
		{B("\x86"), false, "unknown opcode"},
		{B("\x87"), false, "unknown opcode"},
		{B("\x8b"), false, "unknown opcode"},
		{B("\x8c"), false, "unknown opcode"},
		{B("\x8d"), false, "unknown opcode"},
		{B("\x8e"), true, "unknown opcode"},
		{B("\x8f"), false, "unknown opcode"},
		{B("\x03"), false, "unknown opcode"},
		{B("\x0b"), false, "unknown opcode"},
		/* 5.4, 5.5: control frames are whole and short */
		{B("\x08"), false, "control frame in fragments"},
		{B("\x09"), false, "control frame in fragments"},
		{B("\x0a\x80"), true, "control frame in fragments"},
		{B("\x88\x7e"), false, "longer than 125"},
		{B("\x89\x7e"), false, "longer than 125"},
		{B("\x8a\x7f"), false, "longer than 125"},
		{B("\x88\xfe"), true, "longer than 125"},
		{B("\x89\xff\x00"), true, "longer than 125"},
		/* 5.1: masking */
		{B("\x81\x00"), true, "from a client is not masked"},
		{B("\x88\x00"), true, "from a client is not masked"},
		{B("\x89\x05"), true, "from a client is not masked"},
		{B("\x00\x7f"), true, "from a client is not masked"},
		{B("\x81\x80"), false, "from a server is masked"},
		{B("\x8a\x80"), false, "from a server is masked"},
		{B("\x80\xff"), false, "from a server is masked"},
		/* 5.2: the shortest form */
		{B("\x82\x7e\x00\x00"), false, "shortest form"},
		{B("\x82\x7e\x00\x7d"), false, "shortest form"},
		{B("\x82\xfe\x00\x7d"), true, "shortest form"},
		{B("\x82\x7f\x00\x00\x00\x00\x00\x00\x00\x00"), false,
	         "shortest form"},
		{B("\x82\x7f\x00\x00\x00\x00\x00\x00\x00\x7d"), false,
	         "shortest form"},
		{B("\x82\x7f\x00\x00\x00\x00\x00\x00\x00\x7e"), false,
	         "shortest form"},
		{B("\x82\x7f\x00\x00\x00\x00\x00\x00\xff\xff"), false,
	         "shortest form"},
		{B("\x82\xff\x00\x00\x00\x00\x00\x00\xff\xff"), true,
	         "shortest form"},
		/* 5.2: the highest bit of the length */
		{B("\x82\x7f\x80\x00\x00\x00\x00\x00\x00\x00"), false, "2^63"},
		{B("\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff"), false, "2^63"},
		{B("\x82\xff\x80\x00\x00\x00\x00\x00\x00\x01"), true, "2^63"},
		/* the first fault wins */
		{B("\xc3\x80"), false, "reserved bit"},
		{B("\x83\x80"), false, "unknown opcode"},
		{B("\x09\x7e"), true, "control frame in fragments"},
	};
	struct ws_frame f;
	const char *why;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		why = NULL;
		CHECK_INT(parse(rows[i].in, rows[i].masked, &f, &why),
		          PST_PROTO);
		if (!CHECK(why != NULL && strstr(why, rows[i].why) != NULL)) {
			printf("\n  row %zu: %s\n", i, why ? why : "(none)");
		}
	}
}

static void every_prefix_of_a_good_header_asks_for_more(void)
{
	static const struct bytes headers[] = {
		B("\x81\x85\x01\x02\x03\x04"),
		B("\x82\xfe\xff\xff\x01\x02\x03\x04"),
		B("\x82\xff\x00\x00\x00\x00\x00\x01\x00\x00\x01\x02\x03\x04"),
	};
	struct ws_frame f;
	const char *why;
	size_t i, n;

	for (i = 0; i < COUNT(headers); i++) {
		for (n = 0; n < headers[i].length; n++) {
			CHECK_INT(parse((struct bytes){headers[i].data, n},
			                true, &f, &why),
			          PST_AGAIN);
		}
	}
}

static void headers_round_trip_at_each_boundary(void)
{
	static const uint64_t lengths[] = {0,          1,        125,   126,
	                                   127,        65535,    65536, 65537,
	                                   UINT32_MAX, INT64_MAX};
	uint8_t out[WS_HEADER_MAX];
	struct ws_frame in, back;
	const char *why;
	size_t i, masked, size;

	for (i = 0; i < COUNT(lengths); i++) {
		for (masked = 0; masked < 2; masked++) {
			in = (struct ws_frame){.length = lengths[i],
			                       .key = 0x12345678,
			                       .opcode = WS_BINARY,
			                       .fin = i % 2 == 0,
			                       .masked = masked != 0};
			size = ws_frame_build(&in, out);
			CHECK_INT(size, ws_frame_size(lengths[i], masked != 0));
			CHECK_INT(ws_frame_parse(out, size, masked != 0, &back,
			                         &why),
			          size);
			CHECK(back.length == in.length);
			CHECK_INT(back.fin, in.fin);
			CHECK(masked == 0 || back.key == in.key);
		}
	}
}

static void masks_fit_at_every_alignment_length_and_phase(void)
{
	const uint8_t key_bytes[4] = {0xa1, 0x5b, 0x00, 0xff};
	uint8_t plain[300], work[300];
	uint32_t key, turned;
	size_t at, length, i, cut;

	memcpy(&key, key_bytes, 4);
	for (i = 0; i < sizeof(plain); i++) {
		plain[i] = (uint8_t)(i * 7 + 3);
	}
	for (at = 0; at < 9; at++) {
		for (length = 0; length < 280; length++) {
			memcpy(work, plain, sizeof(work));
			cut = length * 5 / 7;
			turned = ws_mask(work + at, cut, key);
			ws_mask(work + at + cut, length - cut, turned);
			for (i = 0; i < sizeof(work); i++) {
				uint8_t want = plain[i];

				if (i >= at && i < at + length) {
					want ^= key_bytes[(i - at) & 3];
				}
				if (work[i] != want) {
					CHECK_INT(work[i], want);
					return;
				}
			}
		}
	}
}

static void the_mask_of_the_standard_example_fits(void)
{
	uint8_t data[] = {0x7f, 0x9f, 0x4d, 0x51, 0x58}; /* RFC 6455 5.7 */
	const uint8_t key_bytes[] = {0x37, 0xfa, 0x21, 0x3d};
	uint32_t key;

	memcpy(&key, key_bytes, 4);
	ws_mask(data, sizeof(data), key);
	CHECK_MEM(data, "Hello", 5);
}

static const struct bytes good_texts[] = {
	B(""),
	B("Hello"),
	B("\x00"),
	B("\x7f"),
	B("\xc2\x80"),
	B("\xdf\xbf"),
	B("\xe0\xa0\x80"),
	B("\xef\xbf\xbf"),
	B("\xed\x9f\xbf"),
	B("\xee\x80\x80"),
	B("\xef\xbf\xbd"),
	B("\xf0\x90\x80\x80"),
	B("\xf4\x8f\xbf\xbf"),
	B("\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5"),
	B("Hello-\xc2\xb5@\xc3\x9f\xc3\xb6\xc3\xa4\xc3\xbc\xc3\xa0\xc3\xa1-"
          "UTF-8!!"),
	B("a long run of ASCII in front, then \xf0\x9f\x98\x80 and behind "
          "more than thirty-two bytes"),
};

static const struct bytes bad_texts[] = {
	B("\x80"),
	B("\xbf"),
	B("\xc0"),
	B("\xc0\x80"),
	B("\xc1\xbf"),
	B("\xc2\x41"),
	B("\xc2\xc2\x80"),
	B("\xe0\x80\x80"),
	B("\xe0\x9f\xbf"),
	B("\xe1\x80\x41"),
	B("\xed\xa0\x80"),
	B("\xed\xbf\xbf"),
	B("\xed\xa0\x80\xed\xb0\x80"),
	B("\xf0\x80\x80\x80"),
	B("\xf0\x8f\xbf\xbf"),
	B("\xf4\x90\x80\x80"),
	B("\xf5\x80\x80\x80"),
	B("\xf8\x88\x80\x80\x80"),
	B("\xfc\x84\x80\x80\x80\x80"),
	B("\xfe"),
	B("\xff"),
	B("thirty-two bytes of plain ASCII, then a lone \x80 byte"),
	B("\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80"
          "edited"),
};

static const struct bytes cut_texts[] = {
	B("\xc2"), B("\xe0\xa0"),       B("\xf0\x90\x80"),
	B("\xf4"), B("Hello \xe2\x82"), B("\xed\x9f"),
};

static bool feed_in_parts(struct bytes b, size_t part, struct ws_utf8 *u)
{
	size_t at = 0;

	*u = (struct ws_utf8){0};
	while (at < b.length) {
		size_t n = b.length - at < part ? b.length - at : part;

		if (!ws_utf8_feed(u, (const uint8_t *)b.data + at, n)) {
			return false;
		}
		at += n;
	}
	return true;
}

static void good_texts_pass_however_they_are_cut(void)
{
	struct ws_utf8 u;
	size_t i, part;

	for (i = 0; i < COUNT(good_texts); i++) {
		for (part = 1; part < 80; part++) {
			CHECK(feed_in_parts(good_texts[i], part, &u));
			CHECK(ws_utf8_complete(&u));
		}
	}
}

static void bad_texts_fail_however_they_are_cut(void)
{
	struct ws_utf8 u;
	size_t i, part;

	for (i = 0; i < COUNT(bad_texts); i++) {
		for (part = 1; part < 80; part++) {
			CHECK(!feed_in_parts(bad_texts[i], part, &u));
		}
	}
}

static void unfinished_texts_are_not_complete(void)
{
	struct ws_utf8 u;
	size_t i, part;

	for (i = 0; i < COUNT(cut_texts); i++) {
		for (part = 1; part < 10; part++) {
			CHECK(feed_in_parts(cut_texts[i], part, &u));
			CHECK(!ws_utf8_complete(&u));
		}
	}
}

static bool reference_valid(const uint8_t *p, size_t n)
{
	size_t i = 0;

	while (i < n) {
		uint32_t value, need, least;

		if (p[i] < 0x80) {
			i++;
			continue;
		}
		if ((p[i] & 0xe0) == 0xc0) {
			need = 1, value = p[i] & 0x1f, least = 0x80;
		} else if ((p[i] & 0xf0) == 0xe0) {
			need = 2, value = p[i] & 0x0f, least = 0x800;
		} else if ((p[i] & 0xf8) == 0xf0) {
			need = 3, value = p[i] & 0x07, least = 0x10000;
		} else {
			return false;
		}
		if (i + need >= n) {
			return false;
		}
		for (i++; need != 0; need--, i++) {
			if ((p[i] & 0xc0) != 0x80) {
				return false;
			}
			value = value << 6 | (p[i] & 0x3f);
		}
		if (value < least || value > 0x10ffff ||
		    (value >= 0xd800 && value <= 0xdfff)) {
			return false;
		}
	}
	return true;
}

static void all_sequences_up_to_three_bytes_agree_with_a_decoder(void)
{
	uint8_t text[4];
	uint32_t value;

	for (value = 0; value < 1u << 24; value++) {
		text[0] = (uint8_t)(value >> 16);
		text[1] = (uint8_t)(value >> 8);
		text[2] = (uint8_t)value;
		if (ws_utf8_valid(text, 3) != reference_valid(text, 3)) {
			CHECK_INT(value, -1);
			return;
		}
	}
}

static void sequences_of_four_bytes_agree_with_a_decoder(void)
{
	uint8_t text[4];
	uint32_t a, b, c, d;

	for (a = 0xef; a < 0x100; a++) {
		for (b = 0x70; b < 0x100; b++) {
			for (c = 0x7e; c < 0xc2; c++) {
				for (d = 0x7e; d < 0xc2; d++) {
					text[0] = (uint8_t)a;
					text[1] = (uint8_t)b;
					text[2] = (uint8_t)c;
					text[3] = (uint8_t)d;
					if (ws_utf8_valid(text, 4) !=
					    reference_valid(text, 4)) {
						CHECK_INT(a << 8 | b, -1);
						return;
					}
				}
			}
		}
	}
}

static void close_bodies_are_judged(void)
{
	static const struct {
		struct bytes in;
		uint16_t fault;
		uint16_t code;
		uint8_t text;
	} rows[] = {
		{B(""), 0, WS_CODE_NONE, 0},
		{B("\x03\xe8"), 0, 1000, 0},
		{B("\x03\xe8"
	           "bye"),
	         0, 1000, 3},
		{B("\x03\xe9"), 0, 1001, 0},
		{B("\x03\xea"), 0, 1002, 0},
		{B("\x03\xeb"), 0, 1003, 0},
		{B("\x03\xef"), 0, 1007, 0},
		{B("\x03\xf0"), 0, 1008, 0},
		{B("\x03\xf1"), 0, 1009, 0},
		{B("\x03\xf2"), 0, 1010, 0},
		{B("\x03\xf3"), 0, 1011, 0},
		{B("\x03\xf4"), 0, 1012, 0},
		{B("\x03\xf5"), 0, 1013, 0},
		{B("\x03\xf6"), 0, 1014, 0},
		{B("\x0b\xb8"), 0, 3000, 0},
		{B("\x0f\x9f"), 0, 3999, 0},
		{B("\x0f\xa0"), 0, 4000, 0},
		{B("\x13\x87\xe2\x82\xac"), 0, 4999, 3},
		{B("\x03"), 1002, 0, 0},
		{B("\x00\x00"), 1002, 0, 0},
		{B("\x03\xe7"), 1002, 0, 0}, /* 999 */
		{B("\x03\xec"), 1002, 0, 0}, /* 1004 */
		{B("\x03\xed"), 1002, 0, 0}, /* 1005 */
		{B("\x03\xee"), 1002, 0, 0}, /* 1006 */
		{B("\x03\xf7"), 1002, 0, 0}, /* 1015 */
		{B("\x03\xf8"), 1002, 0, 0}, /* 1016 */
		{B("\x04\x4c"), 1002, 0, 0}, /* 1100 */
		{B("\x07\xd0"), 1002, 0, 0}, /* 2000 */
		{B("\x0b\xb7"), 1002, 0, 0}, /* 2999 */
		{B("\x13\x88"), 1002, 0, 0}, /* 5000 */
		{B("\xff\xff"), 1002, 0, 0},
		{B("\x03\xe8\xff"), 1007, 0, 0},
		{B("\x03\xe8\xc2"), 1007, 0, 0},
		{B("\x03\xe8\xed\xa0\x80"), 1007, 0, 0},
		{B("\x03\xee\xff"), 1002, 0, 0},
	};
	struct ws_close c;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		CHECK_INT(ws_close_parse((const uint8_t *)rows[i].in.data,
		                         rows[i].in.length, &c),
		          rows[i].fault);
		if (rows[i].fault == 0) {
			CHECK_INT(c.code, rows[i].code);
			CHECK_INT(c.length, rows[i].text);
		}
	}
}

static void every_class_has_a_code_that_may_be_sent(void)
{
	static const uint16_t want[PST_CLASS_COUNT] = {
		[PST_CLASS_CLEAN] = 1000,       [PST_CLASS_GOING_AWAY] = 1001,
		[PST_CLASS_REFUSED] = 1013,     [PST_CLASS_POLICY] = 1008,
		[PST_CLASS_UNREACHABLE] = 1013, [PST_CLASS_TIMEOUT] = 1001,
		[PST_CLASS_OVERLOAD] = 1013,    [PST_CLASS_TOO_BIG] = 1009,
		[PST_CLASS_PROTOCOL] = 1002,    [PST_CLASS_TRUNCATED] = 1011,
		[PST_CLASS_INTERNAL] = 1011,
	};
	int i;

	for (i = 0; i < PST_CLASS_COUNT; i++) {
		CHECK_INT(ws_close_code((enum pst_class)i), want[i]);
		CHECK(ws_close_valid(ws_close_code((enum pst_class)i)));
		CHECK((ws_close_word((enum pst_class)i)[0] == '\0') ==
		      (i == PST_CLASS_CLEAN));
	}
}

static void received_codes_have_a_class(void)
{
	static const struct {
		uint16_t code;
		enum pst_class why;
	} rows[] = {
		{WS_CODE_NONE, PST_CLASS_CLEAN}, {1000, PST_CLASS_CLEAN},
		{1001, PST_CLASS_GOING_AWAY},    {1002, PST_CLASS_PROTOCOL},
		{1003, PST_CLASS_POLICY},        {1006, PST_CLASS_TRUNCATED},
		{1007, PST_CLASS_PROTOCOL},      {1008, PST_CLASS_POLICY},
		{1009, PST_CLASS_TOO_BIG},       {1010, PST_CLASS_POLICY},
		{1011, PST_CLASS_INTERNAL},      {1012, PST_CLASS_GOING_AWAY},
		{1013, PST_CLASS_OVERLOAD},      {1014, PST_CLASS_UNREACHABLE},
		{3000, PST_CLASS_CLEAN},         {4999, PST_CLASS_CLEAN},
	};
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		CHECK_INT(ws_close_class(rows[i].code), rows[i].why);
	}
}

static CU_TestInfo tests[] = {
	TEST(headers_are_decoded),
	TEST(broken_headers_say_why),
	TEST(every_prefix_of_a_good_header_asks_for_more),
	TEST(headers_round_trip_at_each_boundary),
	TEST(masks_fit_at_every_alignment_length_and_phase),
	TEST(the_mask_of_the_standard_example_fits),
	TEST(good_texts_pass_however_they_are_cut),
	TEST(bad_texts_fail_however_they_are_cut),
	TEST(unfinished_texts_are_not_complete),
	TEST(all_sequences_up_to_three_bytes_agree_with_a_decoder),
	TEST(sequences_of_four_bytes_agree_with_a_decoder),
	TEST(close_bodies_are_judged),
	TEST(every_class_has_a_code_that_may_be_sent),
	TEST(received_codes_have_a_class),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
