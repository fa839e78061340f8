/* SPDX-License-Identifier: MIT */
/* The http layer's connect side, and both sides back to back. */
#include "test_http_kit.h"

static const struct pst_url url = {.scheme = "http",
                                   .host = "b.example",
                                   .path = "/",
                                   .query = "",
                                   .text = "http://B.example:8080/x",
                                   .port = 8080};

static const struct pst_kit_head get = {.kind = PST_HEAD_REQUEST,
                                        .method = "GET",
                                        .authority = "a.example",
                                        .path = "/p?q"};
static const struct pst_kit_head put = {.kind = PST_HEAD_REQUEST,
                                        .method = "PUT",
                                        .authority = "a.example",
                                        .path = "/",
                                        .body = PST_BODY_UNKNOWN};

#define SENT "GET /p?q HTTP/1.1\r\nHost: a.example\r\n\r\n"

static struct pst_kit *back(void)
{
	struct pst_kit *k = http_kit(PST_CONNECT, NULL, &url);

	CHECK_INT(pst_kit_stream_open(k), 0);
	pst_kit_run(k);
	return k;
}

/* A back that has asked. */
static struct pst_kit *asked(void)
{
	struct pst_kit *k = back();

	give_head(k, 0, &get, PST_EOM);
	CHECK_STR(sent(k), SENT);
	return k;
}

static enum pst_end above_ends(struct pst_kit *k)
{
	pst_kit_discard(pst_kit_stream_rx_out(k, 0));
	return pst_kit_ended(pst_kit_stream_rx_out(k, 0));
}

/* -- requests ---------------------------------------------------------------- */

static void a_request_is_written_with_the_heads_authority(void)
{
	struct pst_kit *k = asked();

	CHECK_INT(pst_kit_ups(k), 1);
	CHECK(!pst_kit_stream_done(k, 0));
	FINISH(k);
}

static void without_authority_the_urls_is_sent(void)
{
	struct pst_kit_head h = get;
	struct pst_kit *k = back();

	h.authority = "";
	give_head(k, 0, &h, PST_EOM);
	CHECK_STR(sent(k), "GET /p?q HTTP/1.1\r\nHost: B.example:8080\r\n\r\n");
	FINISH(k);
}

static void the_option_host_wins_over_all(void)
{
	static const char *const options[] = {"host", "c.example:1", NULL};
	struct pst_kit *k = http_kit(PST_CONNECT, options, &url);

	CHECK_INT(pst_kit_stream_open(k), 0);
	give_head(k, 0, &get, PST_EOM);
	CHECK_STR(sent(k), "GET /p?q HTTP/1.1\r\nHost: c.example:1\r\n\r\n");
	FINISH(k);
}

static void a_request_body_is_framed_as_its_head_says(void)
{
	struct pst_kit_head h = put;
	struct pst_kit *k = back();

	give_head(k, 0, &put, 0);
	give(k, 0, "hel", 0);
	give(k, 0, "lo", PST_EOM);
	CHECK_STR(sent(k), "PUT / HTTP/1.1\r\nHost: a.example\r\n"
	                   "Transfer-Encoding: chunked\r\n\r\n"
	                   "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n");
	FINISH(k);
	k = back();
	h.body = PST_BODY_LENGTH;
	h.body_length = 5;
	give_head(k, 0, &h, 0);
	give(k, 0, "hello", PST_EOM);
	CHECK_STR(sent(k), "PUT / HTTP/1.1\r\nHost: a.example\r\n"
	                   "Content-Length: 5\r\n\r\nhello");
	FINISH(k);
	k = back();
	h.body = PST_BODY_NONE;
	give_head(k, 0, &h, PST_EOM);
	CHECK_STR(sent(k), "PUT / HTTP/1.1\r\nHost: a.example\r\n"
	                   "Content-Length: 0\r\n\r\n");
	FINISH(k);
}

static void a_request_that_is_cut_resets_the_connection(void)
{
	struct pst_kit *k = back();

	give_head(k, 0, &put, 0);
	give(k, 0, "hel", 0);
	break_off(k, 0, PST_CLASS_TRUNCATED);
	CHECK(pst_kit_failed(k));
	CHECK(strstr(sent(k), "0\r\n\r\n") == NULL);
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_RESET);
	CHECK_INT(above_ends(k), PST_END_RESET);
	FINISH(k);
	k = back();
	break_off(k, 0, PST_CLASS_GOING_AWAY);
	CHECK(pst_kit_failed(k));
	CHECK_STR(sent(k), "");
	FINISH(k);
}

static void a_request_that_cannot_be_written_fails(void)
{
	struct pst_kit_head h = get;
	struct pst_kit *k = back();

	h.path = "/a b";
	give_head(k, 0, &h, PST_EOM);
	CHECK(pst_kit_failed(k));
	CHECK_STR(sent(k), "");
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_INTERNAL);
	FINISH(k);
	k = back();
	give(k, 0, "body without head", 0);
	CHECK(pst_kit_failed(k));
	FINISH(k);
}

/* -- responses ---------------------------------------------------------------- */

static void check_body(struct pst_kit *k, const char *want)
{
	char body[64];
	bool eom;
	size_t n = body_of(k, 0, body, sizeof(body), &eom);

	CHECK_INT(n, strlen(want));
	CHECK_MEM(body, want, n);
	CHECK(eom);
	CHECK_INT(pst_kit_ended(pst_kit_stream_rx_out(k, 0)), PST_END_CLEAN);
}

#define CHUNKED \
	"HTTP/1.1 201 Made\r\nX: y\r\nTransfer-Encoding: chunked\r\n\r\n"
#define EMPTY "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"

static void a_response_comes_up_in_any_framing(void)
{
	static const char *const texts[] = {
		"HTTP/1.1 201 Made\r\nX: y\r\nContent-Length: 5\r\n\r\nhello",
		CHUNKED "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
		"HTTP/1.1 201 Made\r\nX: y\r\n\r\nhello",
		"HTTP/1.0 201 Made\r\nX: y\r\n\r\nhello"};
	size_t i, size;

	for (i = 0; i < 4; i++) {
		for (size = 1; size < 80; size += 13) {
			struct pst_kit *k = asked();
			const struct pst_head *h;
			uint32_t flags;

			pst_kit_drip(pst_kit_rx_in(k), texts[i],
			             strlen(texts[i]), size);
			if (i >= 2) {
				hang_up(k, PST_END_CLEAN);
			}
			h = next_head(k, 0, &flags);
			CHECK_INT(flags, PST_HEAD);
			CHECK_INT(h->status, 201);
			CHECK(pst_kit_span_is(h, h->reason, "Made"));
			CHECK(pst_kit_field_is(h, "X", "y"));
			CHECK_INT(h->body,
			          i == 0 ? PST_BODY_LENGTH : PST_BODY_UNKNOWN);
			check_body(k, "hello");
			CHECK(pst_kit_stream_done(k, 0));
			FINISH(k);
		}
	}
}

static void responses_without_body_end_with_their_head(void)
{
	static const char *const texts[] = {
		"HTTP/1.1 204 X\r\n\r\n",
		"HTTP/1.1 304 X\r\nContent-Length: 7\r\n\r\n",
		"HTTP/1.1 200 X\r\nContent-Length: 0\r\n\r\n"};
	size_t i;

	for (i = 0; i < 3; i++) {
		struct pst_kit *k = asked();
		uint32_t flags;

		receive(k, texts[i]);
		CHECK(next_head(k, 0, &flags) != NULL);
		CHECK_INT(flags, PST_HEAD | PST_EOM);
		CHECK(pst_kit_stream_done(k, 0));
		FINISH(k);
	}
}

static void a_response_to_head_has_no_body(void)
{
	struct pst_kit_head h = get;
	struct pst_kit *k = back();
	uint32_t flags;

	h.method = "HEAD";
	give_head(k, 0, &h, PST_EOM);
	receive(k, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
	CHECK_INT(next_head(k, 0, &flags)->body_length, 5);
	CHECK_INT(flags, PST_HEAD | PST_EOM);
	CHECK(pst_kit_stream_done(k, 0));
	FINISH(k);
}

static void head_in_lower_case_is_another_method(void)
{
	struct pst_kit_head h = get;
	struct pst_kit *k = back();
	uint32_t flags;

	h.method = "head";
	give_head(k, 0, &h, PST_EOM);
	receive(k, "HTTP/1.1 405 No\r\nContent-Length: 2\r\n\r\nno");
	CHECK(next_head(k, 0, &flags) != NULL);
	check_body(k, "no");
	FINISH(k);
	k = back();
	h.method = "Connect";
	give_head(k, 0, &h, PST_EOM);
	CHECK(!pst_kit_failed(k));
	FINISH(k);
}

static void interim_responses_come_before_the_final_one(void)
{
	struct pst_kit *k = asked();
	uint32_t flags;

	receive(k, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\n"
	           "Link: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n"
	           "\r\n");
	CHECK_INT(next_head(k, 0, &flags)->kind, PST_HEAD_INTERIM);
	CHECK_INT(flags, PST_HEAD);
	CHECK_INT(next_head(k, 0, &flags)->status, 103);
	CHECK_INT(next_head(k, 0, &flags)->kind, PST_HEAD_RESPONSE);
	CHECK_INT(flags, PST_HEAD | PST_EOM);
	FINISH(k);
}

static void an_early_response_is_passed_and_the_rest_dropped(void)
{
	struct pst_kit *k = back();
	uint32_t flags;

	give_head(k, 0, &put, 0);
	give(k, 0, "hel", 0);
	sent(k);
	receive(k, "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
	CHECK_INT(next_head(k, 0, &flags)->status, 413);
	CHECK_INT(above_ends(k), PST_END_CLEAN);
	give(k, 0, "lo", 0);
	CHECK_STR(sent(k), "");
	CHECK(!pst_kit_stream_done(k, 0));
	break_off(k, 0, PST_CLASS_CLEAN);
	CHECK(pst_kit_stream_done(k, 0));
	CHECK(!pst_kit_failed(k));
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_CLEAN);
	FINISH(k);
}

static void check_broken(const char *text, enum pst_end end, enum pst_class why)
{
	struct pst_kit *k = asked();

	receive(k, text);
	if (end != PST_END_OPEN) {
		hang_up(k, end);
	}
	CHECK(pst_kit_failed(k));
	CHECK_INT(pst_kit_fail_class(k), why);
	CHECK_INT(above_ends(k), PST_END_RESET);
	CHECK_INT(pst_kit_end_class(pst_kit_stream_rx_out(k, 0)), why);
	FINISH(k);
}

static void responses_that_stop_short_are_truncated(void)
{
	check_broken("", PST_END_CLEAN, PST_CLASS_TRUNCATED);
	check_broken("", PST_END_CUT, PST_CLASS_TRUNCATED);
	check_broken("", PST_END_RESET, PST_CLASS_UNREACHABLE);
	check_broken("HTTP/1.1 200", PST_END_CLEAN, PST_CLASS_TRUNCATED);
	check_broken("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
	             PST_END_CLEAN, PST_CLASS_TRUNCATED);
	check_broken("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	             "5\r\nhello\r\n",
	             PST_END_CLEAN, PST_CLASS_TRUNCATED);
	check_broken("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	             "0\r\nX: ",
	             PST_END_CLEAN, PST_CLASS_TRUNCATED);
	check_broken("HTTP/1.1 200 OK\r\n\r\nhello", PST_END_CUT,
	             PST_CLASS_TRUNCATED);
}

static void responses_that_break_rules_are_protocol_errors(void)
{
	check_broken("SSH-2.0-x\r\n\r\n", PST_END_OPEN, PST_CLASS_PROTOCOL);
	check_broken("HTTP/1.1 200 OK\nX: y\r\n\r\n", PST_END_OPEN,
	             PST_CLASS_PROTOCOL);
	check_broken("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
	             "Transfer-Encoding: chunked\r\n\r\n",
	             PST_END_OPEN, PST_CLASS_PROTOCOL);
	check_broken("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	             "zz\r\n",
	             PST_END_OPEN, PST_CLASS_PROTOCOL);
	check_broken("HTTP/1.1 101 X\r\nConnection: upgrade\r\n"
	             "Upgrade: websocket\r\n\r\n",
	             PST_END_OPEN, PST_CLASS_PROTOCOL);
}

static void a_silent_back_end_times_out(void)
{
	static const char *const options[] = {"response_timeout", "3s", NULL};
	struct pst_kit *k = http_kit(PST_CONNECT, options, &url);

	CHECK_INT(pst_kit_stream_open(k), 0);
	pst_kit_advance(k, 10000);
	give_head(k, 0, &get, PST_EOM);
	pst_kit_advance(k, 2999);
	CHECK(!pst_kit_failed(k));
	pst_kit_advance(k, 1);
	CHECK(pst_kit_failed(k));
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_TIMEOUT);
	CHECK_INT(pst_kit_end_class(pst_kit_stream_rx_out(k, 0)),
	          PST_CLASS_TIMEOUT);
	FINISH(k);
}

static void a_head_in_time_stops_the_clock(void)
{
	struct pst_kit *k = asked();

	receive(k, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
	pst_kit_advance(k, 1000000);
	CHECK(!pst_kit_failed(k));
	FINISH(k);
}

/* -- connections ------------------------------------------------------------------ */

static void a_connection_serves_one_exchange_after_another(void)
{
	struct pst_kit *k = asked();

	CHECK_INT(pst_kit_stream_open(k), PST_AGAIN);
	receive(k, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
	CHECK(pst_kit_stream_done(k, 0));
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_OPEN);
	CHECK(pst_kit_stream_open(k) >= 0);
	give_head(k, pst_kit_streams(k) - 1, &get, PST_EOM);
	CHECK_STR(sent(k), SENT);
	FINISH(k);
}

/* A back that asks for the second time. */
static struct pst_kit *asked_again(const struct pst_kit_head *h,
                                   const char *const *options, unsigned *n_out)
{
	struct pst_kit *k = http_kit(PST_CONNECT, options, &url);

	CHECK_INT(pst_kit_stream_open(k), 0);
	give_head(k, 0, &get, PST_EOM);
	receive(k, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	CHECK_INT(pst_kit_metric(k, "back_fresh"), 1);
	CHECK_INT(pst_kit_metric(k, "back_kept"), 1);
	CHECK(pst_kit_stream_open(k) >= 0);
	CHECK_INT(pst_kit_metric(k, "back_reused"), 1);
	CHECK_INT(pst_kit_metric(k, "back_kept"), 0);
	*n_out = pst_kit_streams(k) - 1;
	give_head(k, *n_out, h, PST_EOM);
	sent(k);
	return k;
}

static void a_request_that_may_be_repeated_is_left_to_the_core(void)
{
	static const char *const methods[] = {"GET",  "HEAD",   "OPTIONS",
	                                      "PUT",  "DELETE", "TRACE",
	                                      "POST", "PATCH",  "get"};
	size_t i;

	for (i = 0; i < 9; i++) {
		struct pst_kit_head h = get;
		struct pst_kit_port *rx;
		struct pst_kit *k;
		unsigned n;

		h.method = methods[i];
		k = asked_again(&h, NULL, &n);
		hang_up(k, PST_END_CLEAN);
		CHECK(pst_kit_failed(k));
		CHECK_INT(pst_kit_stream_done(k, n), i >= 6);
		FINISH(k);
		/* after one byte, none is */
		k = asked_again(&h, NULL, &n);
		rx = pst_kit_stream_rx_out(k, n);
		receive(k, "H");
		hang_up(k, PST_END_CLEAN);
		CHECK_INT(pst_kit_ended(rx), PST_END_RESET);
		FINISH(k);
	}
}

static void a_connection_waits_for_keep_timeout(void)
{
	static const char *const options[] = {"keep_timeout", "7s", NULL};
	struct pst_kit *k;
	unsigned n;

	k = asked_again(&get, options, &n);
	receive(k, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	pst_kit_advance(k, 6999);
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_OPEN);
	CHECK_INT(pst_kit_metric(k, "back_kept"), 1);
	pst_kit_advance(k, 1);
	pst_kit_run(k);
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_CLEAN);
	CHECK_INT(pst_kit_metric(k, "back_kept"), 0);
	CHECK_INT(pst_kit_stream_open(k), PST_AGAIN);
	FINISH(k);
}

static void a_connection_that_cannot_go_on_is_closed(void)
{
	static const char *const texts[] = {
		EMPTY "Connection: close\r\n\r\n",
		"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 204 X\r\nContent-Length: 5\r\n\r\nhello",
		"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nmore"};
	size_t i;

	for (i = 0; i < 4; i++) {
		struct pst_kit *k = asked();

		receive(k, texts[i]);
		CHECK(pst_kit_stream_done(k, 0));
		CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_CLEAN);
		CHECK(!pst_kit_failed(k));
		CHECK_INT(pst_kit_stream_open(k), PST_AGAIN);
		FINISH(k);
	}
}

static void who_proved_a_connection_has_it_alone(void)
{
	static const struct {
		const char *name, *value;
		bool kept;
	} rows[] = {
		{"Authorization", "NTLM TlRMTVNTUAAB", false},
		{"authorization", "ntlm TlRMTVNTUAAB", false},
		{"Authorization", "Negotiate YIIFWgYGKwYB", false},
		{"Authorization", "Negotiate", false},
		{"Authorization", "Basic dTpw", true},
		{"Authorization", "Negotiated x", true},
		{"Authorization", "", true},
		{"X-Authorization", "NTLM TlRMTVNTUAAB", true},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *const fields[] = {"Accept", "*", rows[i].name,
		                              rows[i].value, NULL};
		const struct pst_kit_head request = {.kind = PST_HEAD_REQUEST,
		                                     .method = "GET",
		                                     .authority = "a.example",
		                                     .path = "/",
		                                     .fields = fields};
		struct pst_kit *k = back();

		give_head(k, 0, &request, PST_EOM);
		CHECK((strstr(sent(k), "Connection: close\r\n") == NULL) ==
		      rows[i].kept);
		receive(k, EMPTY "\r\n");
		CHECK(pst_kit_stream_done(k, 0));
		pst_kit_discard(pst_kit_stream_rx_out(k, 0));
		CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)),
		          rows[i].kept ? PST_END_OPEN : PST_END_CLEAN);
		CHECK(!pst_kit_failed(k));
		FINISH(k);
	}
}

static void an_idle_connection_follows_its_peer(void)
{
	struct pst_kit *k = asked();

	receive(k, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	hang_up(k, PST_END_CLEAN);
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_CLEAN);
	CHECK(!pst_kit_failed(k));
	FINISH(k);
}

static void a_back_end_that_speaks_first_is_refused(void)
{
	struct pst_kit *k = back();

	receive(k, "220 mail.example ESMTP\r\n");
	CHECK(pst_kit_failed(k));
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_PROTOCOL);
	FINISH(k);
}

static void a_connection_that_fails_tells_the_stream_why(void)
{
	struct pst_kit *k = back();

	hang_up(k, PST_END_RESET);
	CHECK(pst_kit_failed(k));
	CHECK_INT(above_ends(k), PST_END_RESET);
	CHECK_INT(pst_kit_end_class(pst_kit_stream_rx_out(k, 0)),
	          PST_CLASS_UNREACHABLE);
	FINISH(k);
}

static void an_exchange_given_up_takes_the_connection_down(void)
{
	struct pst_kit *k = asked();

	pst_kit_stream_close(k, 0);
	pst_kit_run(k);
	CHECK(pst_kit_failed(k));
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_RESET);
	FINISH(k);
}

/* -- upgrades ----------------------------------------------------------------------- */

static const struct pst_kit_head ask = {.kind = PST_HEAD_REQUEST,
                                        .method = "GET",
                                        .authority = "a",
                                        .path = "/",
                                        .upgrade_by = PST_UPGRADE_FIELD,
                                        .upgrade = "websocket"};

static void a_granted_upgrade_leaves_after_the_head(void)
{
	struct pst_kit *k = back();
	const struct pst_head *h;
	uint32_t flags;

	give_head(k, 0, &ask, 0);
	CHECK_STR(sent(k), "GET / HTTP/1.1\r\nHost: a\r\n"
	                   "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
	receive(k, "HTTP/1.1 101 Go\r\nConnection: upgrade\r\n"
	           "Upgrade: websocket\r\nX: y\r\n\r\nfirst bytes");
	CHECK(pst_kit_left(k));
	h = next_head(k, 0, &flags);
	CHECK_INT(flags, PST_HEAD);
	CHECK_INT(h->status, 101);
	CHECK_INT(h->upgrade_by, PST_UPGRADE_FIELD);
	CHECK(pst_kit_reads(pst_kit_stream_rx_out(k, 0), "first bytes", 11));
	give(k, 0, "pong", 0);
	CHECK_STR(sent(k), "pong");
	FINISH(k);
}

static void who_proved_a_connection_may_upgrade_it(void)
{
	const char *const fields[] = {"Authorization", "Negotiate YII", NULL};
	struct pst_kit_head request = ask;
	struct pst_kit *k = back();

	request.fields = fields;
	give_head(k, 0, &request, 0);
	CHECK(strstr(sent(k), "Connection: Upgrade\r\n") != NULL);
	FINISH(k);
}

static void a_refused_upgrade_comes_up_as_a_response(void)
{
	struct pst_kit *k = back();
	uint32_t flags;

	give_head(k, 0, &ask, 0);
	receive(k, "HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno");
	CHECK_INT(next_head(k, 0, &flags)->status, 403);
	check_body(k, "no");
	CHECK(pst_kit_stream_done(k, 0));
	CHECK(!pst_kit_left(k));
	FINISH(k);
}

static void an_upgrade_without_answer_times_out(void)
{
	struct pst_kit *k = back();

	give_head(k, 0, &ask, 0);
	pst_kit_advance(k, 60000);
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_TIMEOUT);
	FINISH(k);
}

/* -- memory, and both sides ------------------------------------------------------------ */

static void every_allocation_may_fail(void)
{
	unsigned n, failed = 0;

	for (n = 1; n < 30; n++) {
		struct pst_kit *k = back();

		pst_kit_fail_memory(k, n);
		pst_kit_headroom(pst_kit_stream_tx_in(k, 0), 0);
		give_head(k, 0, &put, 0);
		if (!pst_kit_failed(k)) {
			give(k, 0, "hello", PST_EOM);
		}
		pst_kit_split(pst_kit_rx_in(k), 9, 0);
		receive(k, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
		           "\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n");
		failed += pst_kit_failed(k);
		FINISH(k);
	}
	CHECK(failed >= 5 && failed < 29);
}

/* What arrives above `from` is given to the stream above `to`. */
static void shuttle(struct pst_kit *from, struct pst_kit *to)
{
	struct pst_kit_port *p = pst_kit_stream_rx_out(from, 0);
	struct pst_kit_port *q = pst_kit_stream_tx_in(to, 0);
	struct pst_slice *s;

	while ((s = pst_kit_take(p)) != NULL) {
		if ((s->flags & PST_HEAD) != 0) {
			pst_kit_feed_head(q, pst_kit_head_of(s),
			                  s->flags & PST_EOM);
		} else {
			pst_kit_feed_slice(q, s->data, s->length, s->flags);
		}
		pst_kit_free(s);
	}
}

static void both_sides_understand_each_other(void)
{
	static char big[300000], got[300000];
	struct pst_kit *f = front(), *b = back();
	struct pst_kit *kits[2] = {f, b};
	const struct pst_kit_head ok = {.kind = PST_HEAD_RESPONSE,
	                                .status = 200,
	                                .body = PST_BODY_UNKNOWN};
	uint32_t flags;
	size_t i;
	bool eom;

	for (i = 0; i < sizeof(big); i++) {
		big[i] = (char)(i * i >> 3);
	}
	pst_kit_pair(f, b);
	pst_kit_feed_kit_head(pst_kit_stream_tx_in(b, 0), &put, 0);
	pst_kit_split(pst_kit_stream_tx_in(b, 0), 7000, 1);
	pst_kit_feed_message(pst_kit_stream_tx_in(b, 0), big, sizeof(big), 0);
	pst_kit_run_all(kits, 2);
	CHECK_INT(pst_kit_streams(f), 1);
	CHECK_INT(next_head(f, 0, &flags)->body, PST_BODY_UNKNOWN);
	/* the service above the front gives the body back */
	pst_kit_feed_kit_head(pst_kit_stream_tx_in(f, 0), &ok, 0);
	shuttle(f, f);
	pst_kit_run_all(kits, 2);
	CHECK_INT(next_head(b, 0, &flags)->status, 200);
	CHECK_INT(body_of(b, 0, got, sizeof(got), &eom), sizeof(big));
	CHECK_MEM(got, big, sizeof(big));
	CHECK(eom);
	CHECK(pst_kit_stream_done(f, 0));
	CHECK(pst_kit_stream_done(b, 0));
	FINISH(f);
	FINISH(b);
}

/* clang-format off */
static CU_TestInfo tests[] = {
	TEST(a_request_is_written_with_the_heads_authority),
	TEST(without_authority_the_urls_is_sent),
	TEST(the_option_host_wins_over_all),
	TEST(a_request_body_is_framed_as_its_head_says),
	TEST(a_request_that_is_cut_resets_the_connection),
	TEST(a_request_that_cannot_be_written_fails),
	TEST(a_response_comes_up_in_any_framing),
	TEST(responses_without_body_end_with_their_head),
	TEST(a_response_to_head_has_no_body),
	TEST(head_in_lower_case_is_another_method),
	TEST(interim_responses_come_before_the_final_one),
	TEST(an_early_response_is_passed_and_the_rest_dropped),
	TEST(responses_that_stop_short_are_truncated),
	TEST(responses_that_break_rules_are_protocol_errors),
	TEST(a_silent_back_end_times_out),
	TEST(a_head_in_time_stops_the_clock),
	TEST(a_connection_serves_one_exchange_after_another),
	TEST(a_request_that_may_be_repeated_is_left_to_the_core),
	TEST(a_connection_waits_for_keep_timeout),
	TEST(a_connection_that_cannot_go_on_is_closed),
	TEST(who_proved_a_connection_has_it_alone),
	TEST(an_idle_connection_follows_its_peer),
	TEST(a_back_end_that_speaks_first_is_refused),
	TEST(a_connection_that_fails_tells_the_stream_why),
	TEST(an_exchange_given_up_takes_the_connection_down),
	TEST(a_granted_upgrade_leaves_after_the_head),
	TEST(who_proved_a_connection_may_upgrade_it),
	TEST(a_refused_upgrade_comes_up_as_a_response),
	TEST(an_upgrade_without_answer_times_out),
	TEST(every_allocation_may_fail),
	TEST(both_sides_understand_each_other),
	CU_TEST_INFO_NULL,
};
/* clang-format on */

PST_TEST_MAIN(tests)
