/* SPDX-License-Identifier: MIT */
/* How long a connection to a back-end is kept: the option, and Keep-Alive. */
#include "test_http_kit.h"

#define ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"

static const struct pst_kit_head get = {.kind = PST_HEAD_REQUEST,
                                        .method = "GET",
                                        .authority = "a.example",
                                        .path = "/"};

/* A connection whose exchange was answered with these fields. */
static void exchange(struct pst_kit *k, const char *fields)
{
	int n = pst_kit_stream_open(k);

	CHECK(n >= 0);
	if (n < 0) {
		return;
	}
	give_head(k, (unsigned)n, &get, PST_EOM);
	pst_kit_discard(pst_kit_tx_out(k));
	receive(k, ANSWER);
	receive(k, fields);
	receive(k, "\r\n");
	CHECK(pst_kit_stream_done(k, (unsigned)n));
	pst_kit_discard(pst_kit_stream_rx_out(k, (unsigned)n));
	pst_kit_stream_close(k, (unsigned)n);
}

static struct pst_kit *kept(const char *timeout, const char *fields)
{
	const char *const options[] = {"keep_timeout", timeout, NULL};
	struct pst_kit *k = http_kit(PST_CONNECT, options, NULL);

	exchange(k, fields);
	return k;
}

/* It ends after `ms` and not before; 0: at once. */
static void ends_after(struct pst_kit *k, uint64_t ms)
{
	if (ms != 0) {
		pst_kit_advance(k, ms - 1);
		CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_OPEN);
		pst_kit_advance(k, 1);
	}
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_CLEAN);
	CHECK_INT(pst_kit_stream_open(k), PST_AGAIN);
	CHECK_INT(pst_kit_metric(k, "back_kept"), 0);
	FINISH(k);
}

static void a_grant_is_left_before_it_ends(void)
{
	static const struct {
		const char *set, *fields;
		uint64_t ms;
	} rows[] = {
		{"1h", "Keep-Alive: timeout=5\r\n", 4000},
		{"1h", "Connection: keep-alive\r\nKeep-Alive: timeout=60\r\n",
	         59000},
		{"1h", "Keep-Alive: timeout=2\r\n", 1000},
		{"1h", "Keep-Alive: timeout=1\r\n", 500},
		{"0", "Keep-Alive: timeout=5\r\n", 4000},
		{"1h", "Keep-Alive: max=100, Timeout=7\r\n", 6000},
		{"1h", "Keep-Alive: timeout=9\r\nkeep-alive: timeout=6\r\n",
	         5000},
		/* our own time is shorter */
		{"3s", "Keep-Alive: timeout=5\r\n", 3000},
		{"3s", "Keep-Alive: timeout=99999999999999999999\r\n", 3000},
		/* nothing that is understood */
		{"3s", "Keep-Alive: timeout\r\n", 3000},
		{"3s", "Keep-Alive: timeout=\r\n", 3000},
		{"3s", "Keep-Alive: timeout=-1, max=x\r\n", 3000},
		{"3s", "Keep-Alive: timeouts=1, max=1\r\n", 3000},
		{"3s", "Keep-Alive:\r\n", 3000},
		/* none at all */
		{"1h", "Keep-Alive: timeout=0\r\n", 0},
		{"1h", "Keep-Alive: timeout=5, max=0\r\n", 0},
		{"0", "Keep-Alive: max=0\r\n", 0},
		{"1h", "Keep-Alive: timeout=5\r\nConnection: close\r\n", 0},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ends_after(kept(rows[i].set, rows[i].fields), rows[i].ms);
	}
}

static void a_grant_holds_until_another_is_made(void)
{
	struct pst_kit *k = kept("1h", "Keep-Alive: timeout=5, max=3\r\n");

	pst_kit_advance(k, 3999);
	exchange(k, "");
	ends_after(k, 4000);
	k = kept("1h", "Keep-Alive: timeout=5, max=2\r\n");
	exchange(k, "Keep-Alive: timeout=10, max=1\r\n");
	pst_kit_advance(k, 8000);
	exchange(k, "Keep-Alive: timeout=10, max=0\r\n");
	ends_after(k, 0);
}

static void the_field_goes_no_further(void)
{
	struct pst_kit *k = http_kit(PST_CONNECT, NULL, NULL);
	struct pst_slice *s;

	CHECK_INT(pst_kit_stream_open(k), 0);
	give_head(k, 0, &get, PST_EOM);
	receive(k, ANSWER "Keep-Alive: timeout=5\r\nX: y\r\n\r\n");
	s = pst_kit_take(pst_kit_stream_rx_out(k, 0));
	CHECK(s != NULL);
	if (s != NULL) {
		CHECK(pst_kit_field_is(pst_kit_head_of(s), "keep-alive", NULL));
		CHECK(pst_kit_field_is(pst_kit_head_of(s), "X", "y"));
		pst_kit_free(s);
	}
	FINISH(k);
}

/* clang-format off */
static CU_TestInfo tests[] = {
	TEST(a_grant_is_left_before_it_ends),
	TEST(a_grant_holds_until_another_is_made),
	TEST(the_field_goes_no_further),
	CU_TEST_INFO_NULL,
};
/* clang-format on */

PST_TEST_MAIN(tests)
