/* SPDX-License-Identifier: MIT */
/* What is malformed, judged by a second reading of RFC 6455: every header,
 * every length, every close code, every order of a few frames. */
#include "ws_kit.h"

static const enum pst_role roles[] = {PST_ACCEPT, PST_CONNECT};

/* Bits by their places in the figure of 5.2. */
struct figure {
	bool fin, rsv1, rsv2, rsv3, mask;
	unsigned opcode, length;
};

static struct figure figure_of(unsigned first, unsigned second)
{
	return (struct figure){
		.fin = first >> 7 & 1,
		.rsv1 = first >> 6 & 1,
		.rsv2 = first >> 5 & 1,
		.rsv3 = first >> 4 & 1,
		.opcode = first & 0xf,
		.mask = second >> 7 & 1,
		.length = second & 0x7f,
	};
}

static bool figure_allowed(const struct figure *f, unsigned take)
{
	bool control = f->opcode == 8 || f->opcode == 9 || f->opcode == 10;
	bool starts = f->opcode == 1 || f->opcode == 2;

	if (f->rsv2 || f->rsv3 ||
	    (f->rsv1 && !(starts && (take & WS_FRAME_COMPRESSED) != 0))) {
		return false;
	}
	if (!control && !starts && f->opcode != 0) {
		return false;
	}
	if (control && (!f->fin || f->length > 125)) {
		return false;
	}
	return f->mask == ((take & WS_FRAME_MASKED) != 0);
}

/* A whole header that begins with these two bytes, the length in its form. */
static size_t complete(uint8_t *out, unsigned first, unsigned second)
{
	size_t n = 2;

	memset(out, 0, WS_HEADER_MAX);
	out[0] = (uint8_t)first;
	out[1] = (uint8_t)second;
	if ((second & 0x7f) == 126) {
		out[n + 1] = 200;
		n += 2;
	} else if ((second & 0x7f) == 127) {
		out[n + 5] = 1; /* 65536 */
		n += 8;
	}
	return n + ((second & 0x80) != 0 ? 4 : 0);
}

static void every_pair_of_first_bytes_is_judged(void)
{
	uint8_t header[WS_HEADER_MAX];
	unsigned first, second, take, wrong = 0;
	struct ws_frame f;
	const char *why;

	for (first = 0; first < 256; first++) {
		for (second = 0; second < 256; second++) {
			struct figure fig = figure_of(first, second);
			size_t n = complete(header, first, second);

			for (take = 0; take < 4; take++) {
				int r = ws_frame_parse(header, n, take, &f,
				                       &why);
				int want = figure_allowed(&fig, take)
				                   ? (int)n
				                   : PST_PROTO;

				wrong += r != want;
				wrong += r > 0 && (f.opcode != fig.opcode ||
				                   f.fin != fig.fin ||
				                   f.compressed != fig.rsv1);
				wrong += (r == PST_PROTO) != (why != NULL);
			}
		}
	}
	CHECK_INT(wrong, 0);
}

static void every_cut_of_a_header_waits_or_fails(void)
{
	uint8_t header[WS_HEADER_MAX];
	unsigned first, second, take, wrong = 0;
	struct ws_frame f;
	const char *why;

	for (first = 0; first < 256; first += 3) {
		for (second = 0; second < 256; second++) {
			size_t n = complete(header, first, second), cut;

			for (cut = 0; cut < n * 4; cut++) {
				int all, part;

				take = cut & 3;
				all = ws_frame_parse(header, n, take, &f, &why);
				part = ws_frame_parse(header, cut / 4, take, &f,
				                      &why);
				/* no header is complete before its end, and no
				 * good one is refused on the way */
				wrong += part > 0 ||
				         (part == PST_PROTO && all > 0);
			}
		}
	}
	CHECK_INT(wrong, 0);
}

static int parse_length(uint64_t length, unsigned bytes)
{
	uint8_t header[WS_HEADER_MAX] = {0x82};
	struct ws_frame f = {0};
	const char *why;
	unsigned i;
	int r;

	header[1] = bytes == 8 ? 127 : 126;
	for (i = 0; i < bytes; i++) {
		header[2 + i] = (uint8_t)(length >> (8 * (bytes - 1 - i)));
	}
	r = ws_frame_parse(header, 2 + bytes, 0, &f, &why);
	return r > 0 && f.length != length ? -1000 : r;
}

static void lengths_have_one_form_each(void)
{
	static const struct {
		uint64_t length;
		bool good;
	} rows[] = {
		{0, false},
		{125, false},
		{126, false},
		{65535, false},
		{65536, true},
		{UINT32_MAX, true},
		{(uint64_t)UINT32_MAX + 1, true},
		{INT64_MAX, true},
		{(uint64_t)INT64_MAX + 1, false},
		{UINT64_MAX, false},
	};
	unsigned length, wrong = 0;
	size_t i;

	for (length = 0; length < 65536; length++) {
		wrong += parse_length(length, 2) !=
		         (length < 126 ? PST_PROTO : 4);
		wrong += parse_length(length, 8) != PST_PROTO;
	}
	CHECK_INT(wrong, 0);
	for (i = 0; i < COUNT(rows); i++) {
		CHECK_INT(parse_length(rows[i].length, 8),
		          rows[i].good ? 10 : PST_PROTO);
	}
}

/* 7.4.1, 7.4.2, and IANA's list of codes, as it may stand in a frame. */
static bool code_allowed(unsigned code)
{
	switch (code) {
	case 1000:
	case 1001:
	case 1002:
	case 1003:
	case 1007:
	case 1008:
	case 1009:
	case 1010:
	case 1011:
	case 1012:
	case 1013:
	case 1014:
		return true;
	default:
		return code >= 3000 && code < 5000;
	}
}

static void every_close_code_is_judged(void)
{
	unsigned code, wrong = 0;
	struct ws_close c;

	for (code = 0; code < 65536; code++) {
		const uint8_t payload[] = {(uint8_t)(code >> 8), (uint8_t)code,
		                           'w', 'h', 'y'};
		uint16_t fault = ws_close_parse(payload, 5, &c);

		wrong += fault != (code_allowed(code) ? 0 : 1002);
		wrong += fault == 0 && (c.code != code || c.length != 3);
		wrong += ws_close_parse(payload, 2, &c) != fault;
	}
	CHECK_INT(wrong, 0);
	CHECK_INT(ws_close_parse(NULL, 0, &c), 0);
	CHECK_INT(ws_close_parse((const uint8_t *)"\x03", 1, &c), 1002);
}

/* The frames that orders are made of. */
static const uint8_t firsts[] = {0x81, 0x01, 0x82, 0x02,
                                 0x80, 0x00, 0x89, 0x8a};

/* Which frame of the order must fail (5.4); the count when none. */
static size_t first_fault(const uint8_t *order, size_t count)
{
	bool inside = false;
	size_t i;

	for (i = 0; i < count; i++) {
		unsigned opcode = order[i] & 15;

		if (opcode >= 8) {
			continue;
		}
		if ((opcode == 0) != inside) {
			break;
		}
		inside = (order[i] & 0x80) == 0;
	}
	return i;
}

static size_t pings_before(const uint8_t *order, size_t end)
{
	size_t i, n = 0;

	for (i = 0; i < end; i++) {
		n += order[i] == 0x89;
	}
	return n;
}

/* All at once, or each by itself. */
static bool play_order(enum pst_role role, const uint8_t *order, size_t count,
                       bool at_once)
{
	struct pst_kit *k = ws_open(role, NULL);
	size_t fault = first_fault(order, count), i;
	bool ok = true, closed = false;
	size_t pongs = 0;
	struct ws_sent sent;

	for (i = 0; i < count; i++) {
		ws_feed_frame(k, order[i], "ab", 2);
		if (!at_once) {
			pst_kit_run(k);
			ok = ok && pst_kit_failed(k) == (i >= fault);
		}
	}
	pst_kit_run(k);
	ok = ok && pst_kit_failed(k) == (fault < count);
	while (pst_kit_waiting(pst_kit_tx_out(k)) != 0 &&
	       ws_take_frame(k, &sent)) {
		ok = ok && !closed;
		closed = sent.frame.opcode == WS_CLOSE;
		pongs += sent.frame.opcode == WS_PONG;
		ok = ok && (!closed || (sent.payload[0] == 1002 >> 8 &&
		                        sent.payload[1] == (1002 & 255)));
	}
	ok = ok && closed == (fault < count);
	/* of pings that came at once the newest may be answered alone (5.5.3) */
	ok = ok && (at_once ? (pongs != 0) == (pings_before(order, fault) != 0)
	                    : pongs == pings_before(order, fault));
	ws_done(k);
	return ok;
}

static void every_order_of_four_frames_is_judged(void)
{
	const size_t n = COUNT(firsts);
	unsigned wrong = 0;
	size_t i, j, r;

	for (i = 0; i < n * n * n * n; i++) {
		uint8_t order[4];
		size_t rest = i;

		for (j = 0; j < COUNT(order); j++) {
			order[j] = firsts[rest % n];
			rest /= n;
		}
		for (r = 0; r < COUNT(roles); r++) {
			bool ok = play_order(roles[r], order, 4, i % 2 == 0);

			if (!ok) {
				printf("\n  role %d, frames %02x %02x %02x "
				       "%02x\n",
				       (int)roles[r], order[0], order[1],
				       order[2], order[3]);
			}
			wrong += !ok;
		}
	}
	CHECK_INT(wrong, 0);
}

/* As above, but through the layer: the answer is a Close with 1002. */
static void every_first_byte_gets_its_answer(void)
{
	unsigned first;
	size_t r;

	for (first = 0; first < 256; first++) {
		for (r = 0; r < COUNT(roles); r++) {
			enum pst_role role = roles[r];
			bool client = role == PST_ACCEPT;
			struct figure f = figure_of(first, client ? 0x82 : 2);
			bool good = f.opcode != 0 &&
			            figure_allowed(&f, client ? WS_FRAME_MASKED
			                                      : 0);
			struct pst_kit *k = ws_open(role, NULL);

			ws_feed_frame(k, (uint8_t)first, "\x03\xe8", 2);
			pst_kit_run(k);
			if (f.opcode == 1 && f.fin && good) {
				ws_expect_close(k, 1007, NULL);
			} else if (!good) {
				ws_expect_close(k, 1002, NULL);
				CHECK_INT(pst_kit_fail_code(k), 1002);
			} else {
				CHECK(!pst_kit_failed(k));
			}
			ws_done(k);
		}
	}
}

static CU_TestInfo tests[] = {
	TEST(every_pair_of_first_bytes_is_judged),
	TEST(every_cut_of_a_header_waits_or_fails),
	TEST(lengths_have_one_form_each),
	TEST(every_close_code_is_judged),
	TEST(every_order_of_four_frames_is_judged),
	TEST(every_first_byte_gets_its_answer),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
