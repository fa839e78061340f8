/* SPDX-License-Identifier: MIT */
/* When tickets are sent: at once, or with the answer to who spoke first. */
#include "test_tls_raw.h"

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TLS_1_3   "NORMAL:-VERS-ALL:+VERS-TLS1.3"

enum {
	TURNS = 50,
	PATIENCE_MS = 100
};

static unsigned tickets_seen;

static int count_tickets(gnutls_session_t s, unsigned type, unsigned when,
                         unsigned incoming, const gnutls_datum_t *msg)
{
	(void)s;
	(void)type;
	(void)when;
	(void)msg;
	tickets_seen += incoming;
	return 0;
}

/* The client's last flight and its first data arrive together. */
static void open_and_speak(struct raw *r, const char *const *options)
{
	int turns, ret = GNUTLS_E_AGAIN;

	raw_open(r, PST_ACCEPT, TLS_1_3, 0, options);
	tickets_seen = 0;
	gnutls_handshake_set_hook_function(r->session,
	                                   GNUTLS_HANDSHAKE_NEW_SESSION_TICKET,
	                                   GNUTLS_HOOK_PRE, count_tickets);
	for (turns = 0; turns < TURNS && ret != 0; turns++) {
		ret = gnutls_handshake(r->session);
		if (ret == 0) {
			raw_send(r, "ask", 3);
		}
		pst_kit_run(r->kit);
	}
	CHECK_INT(ret, 0);
	CHECK_INT(pst_kit_ups(r->kit), 1);
	CHECK(pst_kit_reads(pst_kit_rx_out(r->kit), "ask", 3));
}

static size_t leaving(const struct raw *r)
{
	return pst_kit_waiting(pst_kit_tx_out(r->kit));
}

static void answer(struct raw *r)
{
	pst_kit_feed(pst_kit_tx_in(r->kit), "told", 4);
	pst_kit_run(r->kit);
}

static void comes(struct raw *r, const char *text, unsigned tickets)
{
	char got[8];
	size_t n = raw_receive(r, got, sizeof(got));

	CHECK_INT(n, strlen(text));
	CHECK_MEM(got, text, strlen(text));
	CHECK_INT(tickets_seen, tickets);
}

static void tickets_leave_with_the_answer(void)
{
	const struct pst_slice *s;
	struct raw r;

	open_and_speak(&r, NULL);
	CHECK_INT(leaving(&r), 0);
	answer(&r);
	s = pst_kit_peek(pst_kit_tx_out(r.kit));
	if (CHECK(s != NULL)) {
		CHECK_INT(s->length, leaving(&r));
	}
	comes(&r, "told", 2);
	pst_kit_advance(r.kit, PATIENCE_MS);
	comes(&r, "", 2);
	raw_close(&r);
}

static void tickets_do_not_wait_for_ever(void)
{
	struct raw r;

	open_and_speak(&r, NULL);
	pst_kit_advance(r.kit, PATIENCE_MS - 1);
	CHECK_INT(leaving(&r), 0);
	pst_kit_advance(r.kit, 1);
	comes(&r, "", 2);
	answer(&r);
	comes(&r, "told", 2);
	raw_close(&r);
}

static void tickets_come_before_an_end_without_an_answer(void)
{
	struct raw r;
	char none[1];

	open_and_speak(&r, NULL);
	pst_kit_end(pst_kit_tx_in(r.kit), PST_END_CLEAN, PST_CLASS_CLEAN);
	pst_kit_run(r.kit);
	CHECK_INT(raw_receive(&r, none, 1), 0);
	CHECK_INT(tickets_seen, 2);
	CHECK_INT(gnutls_record_recv(r.session, none, 1), 0);
	pst_kit_advance(r.kit, PATIENCE_MS);
	CHECK_INT(leaving(&r), 0);
	raw_close(&r);
}

static void there_are_no_tickets_after_a_reset(void)
{
	struct raw r;

	open_and_speak(&r, NULL);
	pst_kit_end(pst_kit_tx_in(r.kit), PST_END_RESET, PST_CLASS_TRUNCATED);
	pst_kit_run(r.kit);
	pst_kit_advance(r.kit, PATIENCE_MS);
	CHECK_INT(leaving(&r), 0);
	raw_close(&r);
}

static void who_is_silent_gets_tickets_at_once(void)
{
	struct raw r;

	raw_open(&r, PST_ACCEPT, TLS_1_3, 0, NULL);
	CHECK_INT(raw_shake(&r), 0);
	CHECK(leaving(&r) != 0);
	raw_close(&r);
}

static void without_tickets_nothing_waits(void)
{
	struct raw r;

	open_and_speak(&r, LIST("tickets", "0"));
	pst_kit_advance(r.kit, PATIENCE_MS);
	CHECK_INT(leaving(&r), 0);
	answer(&r);
	comes(&r, "told", 0);
	raw_close(&r);
}

/* Judging a certificate is the helper's, and timers are not. */
static void who_shows_a_certificate_gets_tickets_at_once(void)
{
	struct raw r;

	open_and_speak(&r,
	               LIST("client_auth", "request", "client_trust", "ca"));
	CHECK(leaving(&r) != 0);
	comes(&r, "", 2);
	raw_close(&r);
}

static CU_TestInfo tests[] = {
	TEST(tickets_leave_with_the_answer),
	TEST(tickets_do_not_wait_for_ever),
	TEST(tickets_come_before_an_end_without_an_answer),
	TEST(there_are_no_tickets_after_a_reset),
	TEST(who_is_silent_gets_tickets_at_once),
	TEST(without_tickets_nothing_waits),
	TEST(who_shows_a_certificate_gets_tickets_at_once),
	CU_TEST_INFO_NULL,
};

int main(int argc, char **argv)
{
	int result;

	(void)argc;
	world_make();
	result = pst_test_run(argv[0], tests);
	world_finish();
	return result;
}
