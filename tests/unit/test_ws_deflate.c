/* SPDX-License-Identifier: MIT */
/* permessage-deflate (RFC 7692): what is agreed on, and what is sent. */
#include "kit_check.h"
#include "ws_kit.h"

#include <zlib.h>

#define EXTENSIONS "Sec-WebSocket-Extensions"
#define PMD        "permessage-deflate"

static uint64_t memory[512];

static const struct pst_head *head_with(enum pst_head_kind kind,
                                        const char *extensions)
{
	const char *const fields[] = {EXTENSIONS, extensions, NULL};
	const struct pst_kit_head h = {
		.kind = kind,
		.version = 11,
		.method = "GET",
		.authority = "a",
		.path = "/",
		.status = 101,
		.fields = extensions == NULL ? fields + 2 : fields,
	};

	CHECK(pst_kit_build_head(&h, memory, sizeof(memory)) > 0);
	return (const struct pst_head *)(const void *)memory;
}

static struct ws_deflate terms(uint8_t send, bool send_forgets, uint8_t receive,
                               bool receive_forgets)
{
	return (struct ws_deflate){{send, send_forgets},
	                           {receive, receive_forgets}};
}

static uint32_t next(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* -- negotiation ------------------------------------------------------- */

static void servers_answer_offers(void)
{
	static const struct {
		const char *offer, *answer;
	} rows[] = {
		{PMD, PMD},
		{"Permessage-Deflate", PMD},
		{PMD "; client_max_window_bits", PMD},
		{PMD "; client_max_window_bits=10",
	         PMD "; client_max_window_bits=10"},
		{PMD "; client_max_window_bits=\"10\"",
	         PMD "; client_max_window_bits=10"},
		{PMD ";server_max_window_bits=9",
	         PMD "; server_max_window_bits=9"},
		{PMD "; server_max_window_bits=8",
	         PMD "; server_max_window_bits=8"},
		{PMD "; server_no_context_takeover",
	         PMD "; server_no_context_takeover"},
		{PMD "; client_no_context_takeover",
	         PMD "; client_no_context_takeover"},
		{PMD "; foo, " PMD, PMD},
		{"x-other, " PMD "; server_max_window_bits=7, " PMD, PMD},
		{NULL, NULL},
		{"", NULL},
		{"x-webkit-deflate-frame", NULL},
		{PMD "; foo", NULL},
		{PMD "; server_max_window_bits", NULL},
		{PMD "; server_max_window_bits=16", NULL},
		{PMD "; server_max_window_bits=7", NULL},
		{PMD "; server_max_window_bits=09", NULL},
		{PMD "; server_max_window_bits=", NULL},
		{PMD "; server_max_window_bits=1a", NULL},
		{PMD "; client_max_window_bits=0", NULL},
		{PMD "; client_max_window_bits=\"", NULL},
		{PMD "; server_no_context_takeover=1", NULL},
		{PMD "; server_no_context_takeover; "
	             "server_no_context_takeover",
	         NULL},
		{PMD "; client_max_window_bits; client_max_window_bits=9",
	         NULL},
		{PMD ";", NULL},
		{PMD "; ;", NULL},
	};
	const struct ws_deflate want = terms(15, false, 15, false);
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		char text[WS_DEFLATE_TEXT] = "";
		struct ws_deflate agreed;
		bool met = ws_deflate_choose(
			head_with(PST_HEAD_REQUEST, rows[i].offer), &want,
			&agreed, text);

		if (!CHECK_INT(met, rows[i].answer != NULL)) {
			printf("    offer: %s\n", rows[i].offer);
		}
		if (met) {
			CHECK_STR(text, rows[i].answer);
		}
	}
}

static void servers_hold_to_their_settings(void)
{
	const struct ws_deflate want = terms(11, true, 10, true);
	char text[WS_DEFLATE_TEXT];
	struct ws_deflate agreed;

	CHECK(!ws_deflate_choose(head_with(PST_HEAD_REQUEST, PMD), &want,
	                         &agreed, text));
	CHECK(ws_deflate_choose(
		head_with(PST_HEAD_REQUEST, PMD "; client_max_window_bits"),
		&want, &agreed, text));
	CHECK_STR(text, PMD "; server_no_context_takeover; "
	                    "client_no_context_takeover; "
	                    "server_max_window_bits=11; "
	                    "client_max_window_bits=10");
	CHECK_INT(agreed.send.bits, 11);
	CHECK_INT(agreed.receive.bits, 10);
	CHECK(agreed.send.forgets && agreed.receive.forgets);
}

static void clients_offer_their_settings(void)
{
	const struct ws_deflate plain = terms(15, false, 15, false);
	const struct ws_deflate narrow = terms(9, true, 10, true);
	char text[WS_DEFLATE_TEXT];

	CHECK_INT(ws_deflate_offer(&plain, text),
	          strlen(PMD "; client_max_window_bits"));
	CHECK_STR(text, PMD "; client_max_window_bits");
	ws_deflate_offer(&narrow, text);
	CHECK_STR(text, PMD "; client_max_window_bits=9; "
	                    "server_max_window_bits=10; "
	                    "client_no_context_takeover; "
	                    "server_no_context_takeover");
}

static void clients_judge_responses(void)
{
	static const struct ws_deflate plain = {{15, false}, {15, false}};
	static const struct ws_deflate narrow = {{10, false}, {10, true}};
	static const struct {
		const struct ws_deflate *want;
		int result;
		const char *response;
	} rows[] = {
		{&plain, 0, NULL},
		{&plain, 1, PMD},
		{&plain, 1, PMD "; client_max_window_bits=8"},
		{&plain, 1, PMD "; server_max_window_bits=8"},
		{&plain, 1, PMD "; client_no_context_takeover"},
		{&plain, PST_PROTO, PMD ", " PMD},
		{&plain, PST_PROTO, PMD "; foo"},
		{&plain, PST_PROTO, "foo"},
		{&plain, PST_PROTO, PMD "; server_max_window_bits"},
		{&plain, PST_PROTO, PMD "; client_max_window_bits=16"},
		{&plain, PST_PROTO, PMD "; client_max_window_bits"},
		{&narrow, PST_PROTO, PMD},
		{&narrow, PST_PROTO,
	         PMD "; server_max_window_bits=11; "
	             "server_no_context_takeover"},
		{&narrow, PST_PROTO, PMD "; server_max_window_bits=10"},
		{&narrow, PST_PROTO,
	         PMD "; server_max_window_bits=10; "
	             "server_no_context_takeover; client_max_window_bits=11"},
		{&narrow, 1,
	         PMD "; server_max_window_bits=9; "
	             "server_no_context_takeover; client_max_window_bits=9"},
		{NULL, PST_PROTO, PMD},
		{NULL, 0, NULL},
	};
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		struct ws_deflate agreed;
		const char *why = NULL;
		int r = ws_deflate_confirm(
			head_with(PST_HEAD_RESPONSE, rows[i].response),
			rows[i].want, &agreed, &why);

		if (!CHECK_INT(r, rows[i].result)) {
			printf("    response: %s\n", rows[i].response);
		}
		CHECK(r != PST_PROTO || why != NULL);
	}
}

/* -- one end ----------------------------------------------------------- */

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

static struct pst_kit *accepted(const char *const *options, const char *offer)
{
	struct pst_kit *k = ws_kit(PST_ACCEPT, options);

	CHECK(pst_kit_ready(k));
	ws_feed_request(k, LIST(EXTENSIONS, offer));
	pst_kit_run(k);
	pst_kit_feed_control(pst_kit_tx_in(k), PST_CONTROL_ANSWER,
	                     PST_CLASS_CLEAN, 0, NULL);
	pst_kit_run(k);
	CHECK_INT(pst_kit_ups(k), 1);
	return k;
}

static struct pst_kit *packed(const char *const *options)
{
	struct pst_kit *k = accepted(options, PMD);
	struct pst_slice *s = pst_kit_take(pst_kit_tx_out(k));
	const struct pst_field *f;

	if (CHECK(s != NULL)) {
		f = ws_only_field(pst_kit_head_of(s), EXTENSIONS);
		CHECK(f != NULL);
		pst_kit_free(s);
	}
	return k;
}

#define ON LIST("deflate", "true")

static void without_the_option_nothing_is_agreed(void)
{
	struct pst_kit *k = accepted(NULL, PMD);
	struct pst_slice *s = pst_kit_take(pst_kit_tx_out(k));

	CHECK(s != NULL &&
	      ws_only_field(pst_kit_head_of(s), EXTENSIONS) == NULL);
	pst_kit_free(s);
	ws_feed_frame(k, 0xc1, "\xf2\x48\xcd\xc9\xc9\x07\x00", 7);
	pst_kit_run(k);
	ws_expect_close(k, 1002, NULL);
	ws_done(k);
}

/* RFC 7692 7.2.3.1 to 7.2.3.6. */
static void the_examples_of_the_standard_are_read(void)
{
	struct pst_kit *k = packed(ON);

	ws_feed_frame(k, 0xc1, "\xf2\x48\xcd\xc9\xc9\x07\x00", 7);
	pst_kit_run(k);
	ws_expect_message(k, PST_TEXT, "Hello", 5);
	ws_feed_frame(k, 0xc1, "\xf2\x00\x11\x00\x00", 5); /* the window */
	pst_kit_run(k);
	ws_expect_message(k, PST_TEXT, "Hello", 5);
	ws_feed_frame(k, 0x41, "\xf2\x48\xcd", 3); /* in two fragments */
	ws_feed_frame(k, 0x80, "\xc9\xc9\x07\x00", 4);
	pst_kit_run(k);
	ws_expect_message(k, PST_TEXT, "Hello", 5);
	ws_feed_frame(k, 0xc1, "\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00",
	              11); /* not compressed */
	pst_kit_run(k);
	ws_expect_message(k, PST_TEXT, "Hello", 5);
	ws_feed_frame(k, 0xc1, "\xf3\x48\xcd\xc9\xc9\x07\x00\x00",
	              8); /* BFINAL */
	pst_kit_run(k);
	ws_expect_message(k, PST_TEXT, "Hello", 5);
	ws_feed_frame(k, 0xc1,
	              "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00",
	              13); /* two blocks */
	pst_kit_run(k);
	ws_expect_message(k, PST_TEXT, "Hello", 5);
	ws_feed_frame(k, 0xc1, "\x00", 1); /* empty */
	pst_kit_run(k);
	ws_expect_message(k, PST_TEXT, "", 0);
	ws_feed_frame(k, 0x81, "plain", 5);
	pst_kit_run(k);
	ws_expect_message(k, PST_TEXT, "plain", 5);
	ws_done(k);
}

static void fails_with(const char *const *options, uint8_t first,
                       const void *payload, size_t length, uint16_t code,
                       const char *text)
{
	struct pst_kit *k = packed(options);

	ws_feed_frame(k, first, payload, length);
	pst_kit_run(k);
	ws_expect_close(k, code, text);
	CHECK(pst_kit_failed(k));
	ws_done(k);
}

static void broken_data_gets_1007(void)
{
	fails_with(ON, 0xc2, "\xff\xff\xff", 3, 1007,
	           "compressed data is broken");
	fails_with(ON, 0xc2, "\xf2\x48\xcd", 3, 1007, NULL); /* cut */
	fails_with(ON, 0xc2, "", 0, 1007, NULL);
	/* a distance that reaches in front of the first byte */
	fails_with(ON, 0xc2, "\xf2\x00\x11\x00\x00", 5, 1007, NULL);
}

static void endless_final_blocks_get_1007(void)
{
	uint8_t finals[200];
	size_t i;

	for (i = 0; i < sizeof(finals); i += 2) {
		finals[i] = 3; /* an empty block, and the last */
		finals[i + 1] = 0;
	}
	fails_with(ON, 0xc2, finals, sizeof(finals), 1007, NULL);
}

static void inflated_text_must_be_utf8(void)
{
	/* a stored block with 0xff */
	fails_with(ON, 0xc1, "\x00\x01\x00\xfe\xff\xff\x00", 7, 1007,
	           "text is not UTF-8");
	/* the first half of a character */
	fails_with(ON, 0xc1, "\x00\x01\x00\xfe\xff\xc3\x00", 7, 1007,
	           "text is not UTF-8");
}

static void only_the_first_frame_says_that_it_is_compressed(void)
{
	struct pst_kit *k = packed(ON);

	ws_feed_frame(k, 0x41, "\xf2\x48\xcd", 3);
	ws_feed_frame(k, 0xc0, "\xc9\xc9\x07\x00", 4);
	pst_kit_run(k);
	ws_expect_close(k, 1002, NULL);
	ws_done(k);
	fails_with(ON, 0xc9, "", 0, 1002, NULL);
	fails_with(ON, 0xc8, "", 0, 1002, NULL);
	fails_with(ON, 0xa1, "", 0, 1002, NULL);
	fails_with(ON, 0x91, "", 0, 1002, NULL);
}

/* What `length` zeros become. Returns the length without the tail. */
static size_t bomb(uint8_t *out, size_t room, size_t length)
{
	uint8_t *zeros = calloc(1, length);
	z_stream z = {0};
	size_t n;

	CHECK_INT(deflateInit2(&z, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY),
	          Z_OK);
	z.next_in = zeros;
	z.avail_in = (unsigned)length;
	z.next_out = out;
	z.avail_out = (unsigned)room;
	CHECK_INT(deflate(&z, Z_SYNC_FLUSH), Z_OK);
	n = room - z.avail_out;
	CHECK(n > 4 && z.avail_in == 0);
	deflateEnd(&z);
	free(zeros);
	return n - 4;
}

static void bombs_do_not_go_off(void)
{
	uint8_t data[20000];
	size_t n = bomb(data, sizeof(data), 4 << 20);

	fails_with(LIST("deflate", "true", "max_message", "1m", "deflate_ratio",
	                "0"),
	           0xc2, data, n, 1009, "message exceeds max_message");
	fails_with(LIST("deflate", "true", "max_message", "0"), 0xc2, data, n,
	           1009, "message inflates more than deflate_ratio");
}

static void without_a_ratio_all_is_taken(void)
{
	struct pst_kit *k = packed(LIST("deflate", "true", "max_message", "0",
	                                "deflate_ratio", "0"));
	uint8_t data[20000], *zeros = calloc(1, 1 << 20);

	ws_feed_frame(k, 0xc2, data, bomb(data, sizeof(data), 1 << 20));
	pst_kit_run(k);
	ws_expect_message(k, PST_BINARY, zeros, 1 << 20);
	free(zeros);
	ws_done(k);
}

static void short_messages_are_sent_as_they_are(void)
{
	char long_text[100];
	struct pst_kit *k = packed(ON);
	struct ws_sent sent;

	memset(long_text, 'a', sizeof(long_text));
	pst_kit_feed_message(pst_kit_tx_in(k), "Hello", 5, PST_TEXT);
	pst_kit_run(k);
	ws_expect_frame(k, 0x81, "Hello", 5);
	pst_kit_feed_message(pst_kit_tx_in(k), long_text, 100, PST_TEXT);
	pst_kit_run(k);
	CHECK(ws_take_frame(k, &sent) && sent.frame.compressed &&
	      sent.length < 20);
	ws_done(k);
	k = packed(LIST("deflate", "true", "deflate_min", "0"));
	pst_kit_feed_message(pst_kit_tx_in(k), "Hello", 5, PST_TEXT);
	pst_kit_run(k);
	ws_expect_frame(k, 0xc1, "\xf2\x48\xcd\xc9\xc9\x07\x00", 7);
	pst_kit_feed_message(pst_kit_tx_in(k), "", 0, PST_TEXT);
	pst_kit_run(k);
	ws_expect_frame(k, 0xc1, "\x00", 1);
	ws_done(k);
}

/* Length of the n-th sending of one text. */
static size_t sent_length(const char *const *options, unsigned n)
{
	static const char text[] =
		"the quick brown fox jumps over the lazy dog, and so on and on";
	struct pst_kit *k = packed(options);
	struct ws_sent sent = {.length = 0};
	unsigned i;

	for (i = 0; i <= n; i++) {
		pst_kit_feed_message(pst_kit_tx_in(k), text, sizeof(text) - 1,
		                     PST_TEXT);
		pst_kit_run(k);
		CHECK(ws_take_frame(k, &sent));
	}
	ws_done(k);
	return sent.length;
}

static void context_is_kept_or_not_as_set(void)
{
	const char *const *keeps = LIST("deflate", "true", "deflate_min", "0");
	const char *const *forgets = LIST("deflate", "true", "deflate_min", "0",
	                                  "deflate_context", "false");

	CHECK(sent_length(keeps, 1) < sent_length(keeps, 0) / 2);
	CHECK_INT(sent_length(forgets, 1), sent_length(forgets, 0));
}

static void a_small_window_finds_less(void)
{
	static const char *const rows[] = {"9", "15"};
	size_t length[2], i, n;

	for (i = 0; i < 2; i++) {
		struct pst_kit *k = packed(LIST(
			"deflate", "true", "deflate_window_bits", rows[i]));
		uint32_t seed = 3;
		char text[6000];

		for (n = 0; n < sizeof(text); n++) { /* repeats after 2000 */
			text[n] = n < 2000 ? (char)('a' + next(&seed) % 26)
			                   : text[n - 2000];
		}
		pst_kit_feed_message(pst_kit_tx_in(k), text, sizeof(text),
		                     PST_TEXT);
		pst_kit_run(k);
		length[i] = pst_kit_waiting(pst_kit_tx_out(k));
		while (pst_kit_peek(pst_kit_tx_out(k)) != NULL) {
			ws_drop_slice(pst_kit_tx_out(k));
		}
		ws_done(k);
	}
	CHECK(length[1] < length[0] / 2);
}

static void settings_that_take_too_much_are_an_error(void)
{
	struct pst_kit *k = ws_kit(
		PST_ACCEPT, LIST("deflate", "true", "deflate_memory", "100k"));

	CHECK_REFUSED(k, "deflate_memory", "lower");
	k = ws_kit(PST_ACCEPT, LIST("deflate", "true", "deflate_memory", "100k",
	                            "deflate_window_bits", "11",
	                            "deflate_memory_level", "5"));
	CHECK(pst_kit_ready(k));
	ws_done(k);
}

/* -- two ends ---------------------------------------------------------- */

static void fill(uint8_t *data, size_t length, uint32_t *seed, bool text)
{
	size_t i;

	for (i = 0; i < length; i++) {
		data[i] = (uint8_t)(text ? 'a' + next(seed) % 4 : next(seed));
	}
}

static void exchange(struct ws_pair *p, uint32_t *seed, unsigned turn)
{
	static uint8_t data[100000];
	bool text = turn % 3 != 0;
	uint32_t type = text ? PST_TEXT : PST_BINARY;
	struct pst_kit *from = turn % 2 ? p->front : p->back;
	struct pst_kit *to = turn % 2 ? p->back : p->front;
	size_t n = next(seed) % (turn % 5 == 0 ? 100000 : 3000);

	fill(data, n, seed, text);
	pst_kit_feed_message(pst_kit_tx_in(from), data, n, type);
	ws_pair_run(p);
	ws_expect_message(to, type, data, n);
}

static void what_is_sent_arrives_whatever_was_agreed(void)
{
	static const char *const rows[][9] = {
		{"deflate", "true"},
		{"deflate", "true", "deflate_min", "0", "deflate_context",
	         "false"},
		{"deflate", "true", "deflate_peer_context", "false"},
		{"deflate", "true", "deflate_window_bits", "9",
	         "deflate_peer_window_bits", "9"},
		{"deflate", "true", "deflate_level", "1",
	         "deflate_memory_level", "1"},
	};
	static const size_t splits[] = {0, 1, 7, 1000};
	size_t i, k;
	uint32_t seed = 1;
	unsigned turn;

	for (i = 0; i < COUNT(rows); i++) {
		for (k = 0; k < COUNT(splits); k++) {
			struct ws_pair p;

			ws_pair_open(&p, rows[i], rows[i]);
			pst_kit_split(pst_kit_rx_in(p.front), splits[k], 5);
			pst_kit_split(pst_kit_rx_in(p.back), splits[k], 9);
			for (turn = 0; turn < 12; turn++) {
				exchange(&p, &seed, turn);
			}
			ws_pair_done(&p);
		}
	}
}

static void one_end_without_it_speaks_plainly(void)
{
	uint32_t seed = 7;
	struct ws_pair p;
	unsigned turn;

	ws_pair_open(&p, ON, NULL);
	for (turn = 0; turn < 6; turn++) {
		exchange(&p, &seed, turn);
	}
	ws_pair_done(&p);
}

/* Parts of a message go out at once, although they are compressed. */
static void streams_do_not_wait_for_the_end(void)
{
	struct ws_pair p;
	size_t got = 0;
	int i;

	ws_pair_open(&p, ON, ON);
	for (i = 0; i < 1000; i++) {
		pst_kit_feed_slice(pst_kit_tx_in(p.front), "abcdefgh", 8,
		                   PST_TEXT | (i == 999 ? PST_EOM : 0));
		ws_pair_run(&p);
		while (pst_kit_peek(pst_kit_rx_out(p.back)) != NULL) {
			struct pst_slice *s =
				pst_kit_take(pst_kit_rx_out(p.back));

			got += s->length;
			pst_kit_free(s);
		}
		CHECK_INT(got, 8 * ((size_t)i + 1));
	}
	ws_pair_done(&p);
}

static CU_TestInfo tests[] = {
	TEST(servers_answer_offers),
	TEST(servers_hold_to_their_settings),
	TEST(clients_offer_their_settings),
	TEST(clients_judge_responses),
	TEST(without_the_option_nothing_is_agreed),
	TEST(the_examples_of_the_standard_are_read),
	TEST(broken_data_gets_1007),
	TEST(endless_final_blocks_get_1007),
	TEST(inflated_text_must_be_utf8),
	TEST(only_the_first_frame_says_that_it_is_compressed),
	TEST(bombs_do_not_go_off),
	TEST(without_a_ratio_all_is_taken),
	TEST(short_messages_are_sent_as_they_are),
	TEST(context_is_kept_or_not_as_set),
	TEST(a_small_window_finds_less),
	TEST(settings_that_take_too_much_are_an_error),
	TEST(what_is_sent_arrives_whatever_was_agreed),
	TEST(one_end_without_it_speaks_plainly),
	TEST(streams_do_not_wait_for_the_end),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
