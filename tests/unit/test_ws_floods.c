/* SPDX-License-Identifier: MIT */
/* Very many tiny things and very large ones: what is held stays bounded, and
 * twice as much takes twice the steps. */
#include "ws_kit.h"

#define LIST(...)  ((const char *const[]){__VA_ARGS__, NULL})
#define EXTENSIONS "Sec-WebSocket-Extensions"

enum {
	KIB = 1024,
	MIB = 1024 * KIB,
	LARGE = 64 /* MiB; outside, it is 1 GiB */
};

static const char *const plain[] = {"max_message", "0", NULL};
static const char *const packed[] = {"max_message",   "0", "deflate", "true",
                                     "deflate_ratio", "0", NULL};

static size_t steps_of(struct ws_pair *p)
{
	return pst_kit_run(p->front) + pst_kit_run(p->back);
}

/* -- tiny fragments ---------------------------------------------------- */

/* Frames of one byte each, of one text, in blocks. */
struct crumbs {
	uint8_t *block;
	size_t one, count;
};

static void crumbs_init(struct crumbs *c, size_t count)
{
	size_t i;

	c->count = count;
	c->block = malloc(count * 8);
	c->one = ws_frame_to(PST_ACCEPT, c->block, 0x00, "a", 1);
	for (i = 1; i < count; i++) {
		memcpy(c->block + i * c->one, c->block, c->one);
	}
}

/* Steps that `total` bytes of text take, one byte a fragment. */
static size_t steps_of_crumbs(size_t total, struct crumbs *c)
{
	struct pst_kit *k = ws_accepted(plain);
	size_t steps = 0, got = 0, n;
	uint8_t buffer[16 * KIB];

	c->block[0] = 0x01; /* of the first block, the first */
	while (got < total) {
		pst_kit_feed(pst_kit_rx_in(k), c->block, c->count * c->one);
		steps += pst_kit_run(k);
		c->block[0] = 0x00;
		CHECK(pst_kit_waiting(pst_kit_rx_out(k)) <= c->count);
		while ((n = pst_kit_read(pst_kit_rx_out(k), buffer,
		                         sizeof(buffer))) != 0) {
			got += n;
		}
		if (!CHECK(!pst_kit_failed(k))) {
			break;
		}
	}
	ws_feed_frame(k, 0x80, "", 0);
	pst_kit_run(k);
	CHECK_INT(got, total);
	CHECK(pst_kit_peek(pst_kit_rx_out(k)) != NULL &&
	      (pst_kit_peek(pst_kit_rx_out(k))->flags & PST_EOM) != 0);
	ws_done(k);
	return steps;
}

static void text_in_one_byte_fragments_is_linear(void)
{
	struct crumbs c;
	size_t small, large;

	crumbs_init(&c, 2 * KIB);
	small = steps_of_crumbs(MIB / 8, &c);
	large = steps_of_crumbs(2 * MIB, &c);
	CHECK(large <= 17 * small);
	free(c.block);
}

static void one_byte_fragments_above_a_full_queue_stay_below(void)
{
	struct pst_kit *k = ws_accepted(plain);
	struct crumbs c;
	int i;

	crumbs_init(&c, 2 * KIB);
	c.block[0] = 0x01;
	pst_kit_limit(pst_kit_rx_out(k), 4 * KIB);
	pst_kit_stall(pst_kit_rx_out(k), true);
	for (i = 0; i < 8; i++) {
		pst_kit_feed(pst_kit_rx_in(k), c.block, c.count * c.one);
		c.block[0] = 0x00;
		pst_kit_run(k);
	}
	CHECK_INT(pst_kit_waiting(pst_kit_rx_out(k)), 4 * KIB);
	CHECK_INT(pst_kit_waiting(pst_kit_rx_in(k)), 12 * KIB * c.one);
	free(c.block);
	ws_done(k);
}

static void compressed_text_in_one_byte_fragments_is_linear(void)
{
	/* "Hello", again and again: RFC 7692 7.2.3.1, then from the window */
	static const uint8_t hello[] = {0xf2, 0x48, 0xcd, 0xc9,
	                                0xc9, 0x07, 0x00};
	struct pst_kit *k = ws_kit(PST_ACCEPT, packed);
	uint8_t frames[16 * sizeof(hello)];
	size_t steps = 0, n, i;
	int turn;

	ws_feed_request(k, LIST(EXTENSIONS, "permessage-deflate"));
	pst_kit_run(k);
	pst_kit_feed_control(pst_kit_tx_in(k), PST_CONTROL_ANSWER,
	                     PST_CLASS_CLEAN, 0, NULL);
	pst_kit_run(k);
	for (turn = 0; turn < 2000; turn++) {
		for (i = n = 0; i < sizeof(hello); i++) {
			n += ws_frame_to(PST_ACCEPT, frames + n,
			                 (uint8_t)((i == 0 ? 0x41 : 0x00) |
			                           (i == 6 ? 0x80 : 0x00)),
			                 hello + i, 1);
		}
		pst_kit_feed(pst_kit_rx_in(k), frames, n);
		steps += pst_kit_run(k);
		ws_expect_message(k, PST_TEXT, "Hello", 5);
	}
	CHECK(steps <= 3u * 2000);
	ws_done(k);
}

/* -- tiny messages ----------------------------------------------------- */

static size_t steps_of_tiny(size_t count, const char *const *options)
{
	struct pst_kit *k = ws_accepted(options);
	uint8_t *frames = malloc(count * 8);
	size_t n = 0, steps, i;
	struct pst_slice *s;

	for (i = 0; i < count; i++) {
		n += ws_frame_to(PST_ACCEPT, frames + n, 0x81, "x", 1);
	}
	pst_kit_feed(pst_kit_rx_in(k), frames, n);
	free(frames);
	steps = pst_kit_run(k);
	for (i = 0; (s = pst_kit_take(pst_kit_rx_out(k))) != NULL; i++) {
		CHECK_INT(s->flags & (PST_TEXT | PST_EOM), PST_TEXT | PST_EOM);
		pst_kit_free(s);
	}
	CHECK_INT(i, count);
	ws_done(k);
	return steps;
}

static void a_hundred_thousand_messages_in_one_read_are_linear(void)
{
	size_t some = steps_of_tiny(10000, plain);

	CHECK(steps_of_tiny(100000, plain) <= 10 * some + 2);
}

/* A message of nothing at all is the smallest of its kind. */
static void a_hundred_thousand_tiny_messages_leave(void)
{
	static const char *const *const options[] = {plain, packed};
	size_t o, i, j;

	for (o = 0; o < COUNT(options); o++) {
		struct ws_pair p;
		size_t steps = 0, got = 0;
		struct pst_slice *s;

		ws_pair_open(&p, options[o], options[o]);
		for (i = 0; i < 100; i++) {
			for (j = 0; j < 1000; j++) {
				pst_kit_feed_message(pst_kit_tx_in(p.front),
				                     "x", j % 2, PST_TEXT);
			}
			steps += steps_of(&p) + steps_of(&p);
			while ((s = pst_kit_take(pst_kit_rx_out(p.back))) !=
			       NULL) {
				got += (s->flags & PST_EOM) != 0;
				pst_kit_free(s);
			}
		}
		CHECK_INT(got, 100000);
		CHECK(steps < 100 * 20);
		ws_pair_done(&p);
	}
}

/* -- large messages ---------------------------------------------------- */

static void feed_block(struct ws_pair *p, const uint8_t *block, bool last)
{
	pst_kit_feed_slice(pst_kit_tx_in(p->front), block, MIB,
	                   PST_TEXT | (last ? (uint32_t)PST_EOM : 0));
}

/* One message over both ends; more than `held` bytes wait nowhere. */
static void stream_message(const char *const *options, size_t blocks,
                           size_t held)
{
	uint8_t *block = malloc(MIB);
	size_t got = 0, most = 0, i, waits;
	struct pst_slice *s;
	struct ws_pair p;
	bool ended = false;

	memset(block, 'a', MIB);
	ws_pair_open(&p, options, options);
	for (i = 0; i < blocks; i++) {
		feed_block(&p, block, i + 1 == blocks);
		while (steps_of(&p) != 0 &&
		       (s = pst_kit_peek(pst_kit_rx_out(p.back))) != NULL) {
			waits = pst_kit_waiting(pst_kit_rx_out(p.back)) +
			        pst_kit_waiting(pst_kit_rx_in(p.back));
			most = waits > most ? waits : most;
			while ((s = pst_kit_take(pst_kit_rx_out(p.back))) !=
			       NULL) {
				got += s->length;
				ended = (s->flags & PST_EOM) != 0;
				pst_kit_free(s);
			}
		}
	}
	CHECK_INT(got, blocks * MIB);
	CHECK(ended);
	CHECK(most <= held);
	CHECK(!pst_kit_failed(p.front) && !pst_kit_failed(p.back));
	free(block);
	ws_pair_done(&p);
}

static void a_large_message_streams(void)
{
	stream_message(plain, LARGE, 2 * MIB);
}

static void a_large_message_streams_compressed(void)
{
	const char *const options[] = {
		"max_message",   "0", "deflate", "true", "deflate_ratio", "0",
		"deflate_level", "1", NULL};

	stream_message(options, LARGE, 2 * MIB);
}

static CU_TestInfo tests[] = {
	TEST(text_in_one_byte_fragments_is_linear),
	TEST(one_byte_fragments_above_a_full_queue_stay_below),
	TEST(compressed_text_in_one_byte_fragments_is_linear),
	TEST(a_hundred_thousand_messages_in_one_read_are_linear),
	TEST(a_hundred_thousand_tiny_messages_leave),
	TEST(a_large_message_streams),
	TEST(a_large_message_streams_compressed),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
