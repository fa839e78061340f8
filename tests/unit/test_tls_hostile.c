/* SPDX-License-Identifier: MIT */
/* The layer `tls` against peers that do what it never would: other protocols,
 * old versions, floods, and what TLS allows but few expect. */
#include "test_tls_raw.h"

static const char *const serve[] = {"certificate", "gw", "private_key",
                                    "gw.key", NULL};

static bool says(struct pst_kit *k, const char *text)
{
	bool found = strstr(pst_kit_fail_text(k), text) != NULL;

	if (!CHECK(found)) {
		printf("    wanted: %s\n    said: %s\n", text,
		       pst_kit_fail_text(k));
	}
	return found;
}

/* Feed an accept kit `bytes` in slices of `each`; it must fail so. */
static void refuses(const char *bytes, size_t length, size_t each,
                    enum pst_class why, unsigned alert, const char *text)
{
	struct pst_kit *k = world_kit(PST_ACCEPT, serve, NULL);
	uint8_t sent[16] = {0};

	pst_kit_drip(pst_kit_rx_in(k), bytes, length, each);
	CHECK(pst_kit_failed(k));
	CHECK_INT(pst_kit_fail_class(k), why);
	CHECK_INT(pst_kit_fail_code(k), alert);
	says(k, text);
	CHECK_INT(pst_kit_read(pst_kit_tx_out(k), sent, sizeof(sent)), 7);
	CHECK_INT(sent[0], 21);
	CHECK_INT(sent[5], 2);
	CHECK_INT(sent[6], alert);
	CHECK_INT(pst_kit_heavies(k), 0);
	CHECK_INT(pst_kit_destroy(k), 0);
}

#define REFUSES(bytes, each, why, alert, text) \
	refuses(bytes, sizeof(bytes) - 1, each, why, alert, text)

/* Feed an accept kit a request; returns what it answers. */
static const char *answer_to(const char *request, size_t each)
{
	static char answer[400];
	struct pst_kit *k = world_kit(PST_ACCEPT, serve, NULL);

	pst_kit_drip(pst_kit_rx_in(k), request, strlen(request), each);
	CHECK(pst_kit_failed(k));
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_PROTOCOL);
	says(k, "the client speaks plain HTTP; this port speaks TLS");
	memset(answer, 0, sizeof(answer));
	pst_kit_read(pst_kit_tx_out(k), answer, sizeof(answer) - 1);
	CHECK_INT(pst_kit_heavies(k), 0);
	CHECK_INT(pst_kit_destroy(k), 0);
	return answer;
}

static void plain_http_is_told(void)
{
	size_t each;

	for (each = 1; each < 20; each++) {
		const char *answer =
			answer_to("GET / HTTP/1.1\r\nHost: x\r\n\r\n", each);

		CHECK(strncmp(answer, "HTTP/1.1 400 Bad Request\r\n", 26) == 0);
		CHECK(strstr(answer, "\r\n\r\nThis port speaks TLS") != NULL);
	}
	CHECK(strstr(answer_to("HEAD / HTTP/1.0\r\n\r\n", 9), "This port") ==
	      NULL);
	CHECK_INT(answer_to("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 9)[0], 21);
}

static void other_plain_protocols_are_told(void)
{
	REFUSES("EHLO mail.example.com\r\n", 5, PST_CLASS_PROTOCOL, 10,
	        "plain text; this port speaks TLS");
	REFUSES("SSH-2.0-OpenSSH_9\r\n", 3, PST_CLASS_PROTOCOL, 10,
	        "plain text; this port speaks TLS from the first byte");
	REFUSES("\x80\x2e\x01\x00\x02\x00\x15", 1, PST_CLASS_PROTOCOL, 70,
	        "SSL 2");
	REFUSES("\x00\x01\x02", 1, PST_CLASS_PROTOCOL, 10,
	        "does not speak TLS: its first bytes belong to no handshake");
	REFUSES("\x16\x03\x01\xff\xff", 2, PST_CLASS_PROTOCOL, 22,
	        "a record that is longer than");
}

static void a_back_end_that_speaks_http_is_told(void)
{
	static const char *const options[] = {"trust", "ca", NULL};
	static const char answer[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
	struct pst_kit *k = world_kit(PST_CONNECT, options, &world_url);

	pst_kit_run(k);
	pst_kit_feed(pst_kit_rx_in(k), answer, sizeof(answer) - 1);
	pst_kit_run(k);
	CHECK(pst_kit_failed(k));
	says(k, "the back-end speaks plain HTTP; this connection speaks TLS");
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_peer_that_goes_early_is_told(void)
{
	struct pst_kit *k = world_kit(PST_ACCEPT, serve, NULL);

	pst_kit_end(pst_kit_rx_in(k), PST_END_CLEAN, PST_CLASS_CLEAN);
	pst_kit_run(k);
	says(k, "the client closed the connection before it said anything");
	CHECK_INT(pst_kit_waiting(pst_kit_tx_out(k)), 0);
	CHECK_INT(pst_kit_destroy(k), 0);
	k = world_kit(PST_ACCEPT, serve, NULL);
	pst_kit_feed(pst_kit_rx_in(k), "\x16\x03\x01\x02", 4);
	pst_kit_run(k);
	CHECK(!pst_kit_failed(k));
	pst_kit_end(pst_kit_rx_in(k), PST_END_RESET, PST_CLASS_CLEAN);
	pst_kit_run(k);
	says(k, "the client reset the connection in the middle of the TLS "
	        "handshake");
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_TRUNCATED);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_back_end_that_never_came_keeps_its_reason(void)
{
	static const char *const options[] = {"trust", "ca", NULL};
	struct pst_kit *k = world_kit(PST_CONNECT, options, &world_url);

	pst_kit_end(pst_kit_rx_in(k), PST_END_RESET, PST_CLASS_UNREACHABLE);
	pst_kit_run(k);
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_UNREACHABLE);
	CHECK_INT(pst_kit_heavies(k), 0);
	CHECK_INT(pst_kit_destroy(k), 0);
}

/* A handshake message of type 1 that claims `claims` bytes, in records of one
 * byte each, for ever. */
static size_t drip_hello(struct pst_kit *k, size_t claims, size_t records)
{
	static const uint8_t start[] = {22, 3, 1, 0, 4, 1};
	uint8_t head[9];
	size_t i;

	memcpy(head, start, sizeof(start));
	head[6] = (uint8_t)(claims >> 16);
	head[7] = (uint8_t)(claims >> 8);
	head[8] = (uint8_t)claims;
	pst_kit_feed(pst_kit_rx_in(k), head, sizeof(head));
	for (i = 0; i < records && !pst_kit_failed(k); i++) {
		pst_kit_feed(pst_kit_rx_in(k), "\x16\x03\x01\x00\x01\x03", 6);
		pst_kit_run(k);
	}
	return i;
}

static void a_handshake_without_end_is_ended(void)
{
	struct pst_kit *k = world_kit(PST_ACCEPT, serve, NULL);

	CHECK(drip_hello(k, 60000, 2000) < 600);
	CHECK(pst_kit_failed(k));
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_TOO_BIG);
	says(k, "a handshake without end");
	CHECK_INT(pst_kit_destroy(k), 0);
}

/* A hello that claims `claims` bytes and has them. Returns how many records it
 * took until the end. */
static int send_hello(struct pst_kit *k, size_t claims)
{
	static char part[5 + 16384] = "\x16\x03\x01\x40";
	char first[] = "\x16\x03\x01\x00\x04\x01\x00\x00\x00";
	int i;

	first[6] = (char)(claims >> 16);
	first[7] = (char)(claims >> 8);
	first[8] = (char)claims;
	pst_kit_feed(pst_kit_rx_in(k), first, sizeof(first) - 1);
	pst_kit_run(k);
	for (i = 0; i < 40 && !pst_kit_failed(k); i++) {
		pst_kit_feed(pst_kit_rx_in(k), part, sizeof(part));
		pst_kit_run(k);
	}
	return i;
}

static void an_oversized_handshake_message_is_refused(void)
{
	static const char *const ask[] = {
		"certificate",  "gw",          "private_key",
		"gw.key",       "client_auth", "request",
		"client_trust", "ca",          NULL};
	struct pst_kit *k = world_kit(PST_ACCEPT, ask, NULL);

	CHECK_INT(send_hello(k, 5 * 16384), 5);
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_TOO_BIG);
	says(k, "a handshake message of more than 65536 bytes");
	CHECK_INT(pst_kit_destroy(k), 0);
	k = world_kit(PST_ACCEPT, ask, NULL);
	CHECK_INT(send_hello(k, 0xffffff), 16);
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_TOO_BIG);
	says(k, "a handshake without end");
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_client_without_certificate_may_say_less(void)
{
	struct pst_kit *k = world_kit(PST_ACCEPT, serve, NULL);

	CHECK_INT(send_hello(k, 0xffffff), 4);
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_TOO_BIG);
	says(k, "a handshake without end: 65565 bytes");
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_malformed_hello_is_refused(void)
{
	static const char hello[] = "\x16\x03\x01\x00\x06\x01\x00\x00\x02"
				    "\x03\x03";
	struct pst_kit *k = world_kit(PST_ACCEPT, serve, NULL);

	pst_kit_feed(pst_kit_rx_in(k), hello, sizeof(hello) - 1);
	pst_kit_run(k);
	CHECK(pst_kit_failed(k));
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_PROTOCOL);
	says(k, "the client broke the TLS protocol in the handshake");
	CHECK_INT(pst_kit_waiting(pst_kit_tx_out(k)), 7);
	CHECK_INT(pst_kit_destroy(k), 0);
}

/* One handshake with a client of `priority`, which must fail so. */
static void fails(const char *priority, unsigned alert, const char *text)
{
	struct raw r;

	raw_open(&r, PST_ACCEPT, priority, 0, NULL);
	raw_shake(&r);
	CHECK(pst_kit_failed(r.kit));
	CHECK_INT(pst_kit_fail_class(r.kit), PST_CLASS_REFUSED);
	CHECK_INT(pst_kit_fail_code(r.kit), alert);
	CHECK_INT(gnutls_alert_get(r.session), alert);
	says(r.kit, text);
	raw_close(&r);
}

static void old_clients_are_told_what_they_lack(void)
{
	fails("NORMAL:-VERS-ALL:+VERS-TLS1.1", 70,
	      "the client offers TLS 1.1 only; services.test.min_version is "
	      "1.2");
	fails("NORMAL:-VERS-ALL:+VERS-TLS1.0", 70, "offers TLS 1.0 only;");
	fails("NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-CBC:"
	      "-KX-ALL:+ECDHE-RSA:+ECDHE-ECDSA",
	      40, "no common cipher suite: the client offers TLS_ECDHE_");
	fails("NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+RSA", 40,
	      "; services.test.ciphers allows TLS_ECDHE_ECDSA_WITH_AES_128_");
	fails("NORMAL:-VERS-ALL:+VERS-TLS1.3:-GROUP-ALL:+GROUP-FFDHE2048", 40,
	      "no common group for the key exchange: the client offers "
	      "ffdhe2048; services.test.groups allows X25519, P-256, P-384, "
	      "P-521");
	fails("NORMAL:-VERS-ALL:+VERS-TLS1.2:-GROUP-ALL:+GROUP-FFDHE2048", 40,
	      "no common group for the key exchange: the client offers "
	      "ffdhe2048");
	fails("NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+ECDHE-RSA", 40,
	      "no certificate here has a key that suits the client, which "
	      "offers TLS_ECDHE_RSA_WITH_");
	fails("NORMAL:-VERS-ALL:+VERS-TLS1.3:-SIGN-ALL:"
	      "+SIGN-RSA-PSS-RSAE-SHA256",
	      40,
	      "and signatures rsa_pss_rsae_sha256; add one with another kind "
	      "of key (services.test.identity)");
	fails("NORMAL:-VERS-ALL:+VERS-TLS1.2:-SIGN-ALL:+SIGN-RSA-SHA256", 40,
	      "no certificate here has a key that suits the client");
	fails("NORMAL:-VERS-ALL:+VERS-TLS1.3:-SIGN-ALL:+SIGN-ECDSA-SHA1:"
	      "+SIGN-RSA-SHA1",
	      40, "no common signature algorithm: the client takes ");
}

static void a_client_of_an_old_back_end_says_what_it_wants(void)
{
	struct raw r;

	raw_open(&r, PST_CONNECT, "NORMAL:-VERS-ALL:+VERS-TLS1.1", 0, NULL);
	raw_shake(&r);
	gnutls_alert_send(r.session, GNUTLS_AL_FATAL,
	                  GNUTLS_A_PROTOCOL_VERSION);
	pst_kit_run(r.kit);
	CHECK(pst_kit_failed(r.kit));
	says(r.kit, "the back-end ended the handshake with alert 70 "
	            "protocol_version (it allows none of the TLS versions");
	raw_close(&r);
}

static void strange_alerts_are_told_by_number(void)
{
	static const char *const options[] = {"trust", "ca", NULL};
	struct pst_kit *k = world_kit(PST_CONNECT, options, &world_url);

	pst_kit_run(k);
	pst_kit_discard(pst_kit_tx_out(k));
	pst_kit_feed(pst_kit_rx_in(k), "\x15\x03\x03\x00\x02\x02\xc8", 7);
	pst_kit_run(k);
	says(k, "ended the handshake with alert 200 unknown");
	CHECK_INT(pst_kit_waiting(pst_kit_tx_out(k)), 0);
	CHECK_INT(pst_kit_destroy(k), 0);
}

/* Clients of OpenSSL reject a certificate like this. */
static void a_plain_alert_in_the_middle_of_tls_1_3_is_understood(void)
{
	struct raw r;
	uint8_t hello[1024];
	size_t n;

	raw_open(&r, PST_ACCEPT, "NORMAL:-VERS-ALL:+VERS-TLS1.3", 0, NULL);
	(void)gnutls_handshake(r.session);
	pst_kit_run(r.kit);
	n = pst_kit_read(pst_kit_tx_out(r.kit), hello, sizeof(hello));
	CHECK(n > 500);
	pst_kit_feed(pst_kit_rx_in(r.kit),
	             "\x14\x03\x03\x00\x01\x01\x15\x03\x03\x00\x02\x02\x30",
	             13);
	pst_kit_run(r.kit);
	CHECK_INT(pst_kit_fail_code(r.kit), 48);
	says(r.kit, "the client ended the handshake with alert 48 unknown_ca");
	CHECK_INT(pst_kit_waiting(pst_kit_tx_out(r.kit)), 0);
	raw_close(&r);
}

static char big[40000];

static void new_keys_and_data_pass(void)
{
	static char got[sizeof(big)];
	struct raw r;
	int i;

	raw_open(&r, PST_ACCEPT, "NORMAL:-VERS-ALL:+VERS-TLS1.3", 0, NULL);
	CHECK_INT(raw_shake(&r), 0);
	for (i = 0; i < 3; i++) {
		CHECK_INT(gnutls_session_key_update(r.session, GNUTLS_KU_PEER),
		          0);
		raw_send(&r, big, sizeof(big));
		CHECK(pst_kit_reads(pst_kit_rx_out(r.kit), big, sizeof(big)));
		pst_kit_feed(pst_kit_tx_in(r.kit), big, sizeof(big));
		CHECK_INT(raw_receive(&r, got, sizeof(got)), sizeof(got));
		CHECK_MEM(got, big, sizeof(big));
	}
	CHECK(!pst_kit_failed(r.kit));
	raw_close(&r);
}

static void data_right_behind_new_keys_is_not_left_lying(void)
{
	struct raw r;

	raw_open(&r, PST_ACCEPT, "NORMAL:-VERS-ALL:+VERS-TLS1.3", 0, NULL);
	CHECK_INT(raw_shake(&r), 0);
	CHECK_INT(gnutls_session_key_update(r.session, 0), 0);
	CHECK_INT(gnutls_record_send(r.session, "abc", 3), 3);
	CHECK_INT(gnutls_session_key_update(r.session, 0), 0);
	CHECK_INT(gnutls_record_send(r.session, "def", 3), 3);
	pst_kit_step(r.kit);
	CHECK(pst_kit_reads(pst_kit_rx_out(r.kit), "abcdef", 6));
	raw_close(&r);
}

static void tickets_from_a_back_end_are_no_data(void)
{
	gnutls_datum_t key;
	struct raw r;

	raw_open(&r, PST_CONNECT, "NORMAL:-VERS-ALL:+VERS-TLS1.3",
	         GNUTLS_NO_AUTO_SEND_TICKET, NULL);
	CHECK_INT(gnutls_session_ticket_key_generate(&key), 0);
	CHECK_INT(gnutls_session_ticket_enable_server(r.session, &key), 0);
	CHECK_INT(raw_shake(&r), 0);
	(void)gnutls_session_ticket_send(r.session, 2, 0);
	raw_send(&r, "data", 4);
	CHECK(pst_kit_reads(pst_kit_rx_out(r.kit), "data", 4));
	gnutls_memset(key.data, 0, key.size);
	gnutls_free(key.data);
	raw_close(&r);
}

static void a_flood_of_key_updates_ends(void)
{
	struct raw r;
	char none[1];
	size_t i;

	raw_open(&r, PST_ACCEPT, "NORMAL:-VERS-ALL:+VERS-TLS1.3", 0, NULL);
	CHECK_INT(raw_shake(&r), 0);
	CHECK_INT(raw_receive(&r, none, 1), 0); /* tickets */
	pst_kit_limit(pst_kit_tx_out(r.kit), 1);
	pst_kit_stall(pst_kit_tx_out(r.kit), true);
	for (i = 0; i < 2000 && !pst_kit_failed(r.kit); i++) {
		gnutls_session_key_update(r.session, GNUTLS_KU_PEER);
		pst_kit_run(r.kit);
		/* GnuTLS answers with the next data, and not before */
		CHECK(pst_kit_failed(r.kit) ||
		      pst_kit_waiting(pst_kit_tx_out(r.kit)) == 0);
	}
	CHECK(pst_kit_failed(r.kit));
	CHECK_INT(pst_kit_fail_class(r.kit), PST_CLASS_PROTOCOL);
	says(r.kit, "sends key updates or empty records without end");
	raw_close(&r);
}

static void renegotiation_is_refused(void)
{
	struct raw r;

	raw_open(&r, PST_ACCEPT, "NORMAL:-VERS-ALL:+VERS-TLS1.2", 0, NULL);
	CHECK_INT(raw_shake(&r), 0);
	(void)gnutls_handshake(r.session);
	pst_kit_run(r.kit);
	CHECK(pst_kit_failed(r.kit));
	CHECK_INT(pst_kit_fail_class(r.kit), PST_CLASS_POLICY);
	says(r.kit, "the client asks to negotiate anew within the connection");
	raw_close(&r);
}

static void a_back_ends_wish_to_renegotiate_is_refused(void)
{
	struct raw r;

	raw_open(&r, PST_CONNECT, "NORMAL:-VERS-ALL:+VERS-TLS1.2", 0, NULL);
	CHECK_INT(raw_shake(&r), 0);
	CHECK_INT(gnutls_rehandshake(r.session), 0);
	pst_kit_run(r.kit);
	CHECK(pst_kit_failed(r.kit));
	says(r.kit, "the back-end asks to negotiate anew");
	raw_close(&r);
}

static void plain_bytes_after_the_handshake_are_refused(void)
{
	struct raw r;

	raw_open(&r, PST_ACCEPT, "NORMAL", 0, NULL);
	CHECK_INT(raw_shake(&r), 0);
	pst_kit_feed(pst_kit_rx_in(r.kit), "GET / HTTP/1.1\r\n", 16);
	pst_kit_run(r.kit);
	CHECK(pst_kit_failed(r.kit));
	CHECK_INT(pst_kit_fail_class(r.kit), PST_CLASS_PROTOCOL);
	says(r.kit, "the client broke the TLS protocol:");
	CHECK(pst_kit_waiting(pst_kit_tx_out(r.kit)) != 0); /* an alert */
	raw_close(&r);
}

static void what_came_before_a_bad_record_is_delivered(void)
{
	struct raw r;

	raw_open(&r, PST_ACCEPT, "NORMAL", 0, NULL);
	CHECK_INT(raw_shake(&r), 0);
	CHECK_INT(gnutls_record_send(r.session, "good", 4), 4);
	pst_kit_feed(pst_kit_rx_in(r.kit),
	             "\x17\x03\x03\x00\x14"
	             "bad bad bad bad bad!",
	             25);
	pst_kit_run(r.kit);
	CHECK(pst_kit_failed(r.kit));
	CHECK(pst_kit_reads(pst_kit_rx_out(r.kit), "good", 4));
	CHECK_INT(pst_kit_ended(pst_kit_rx_out(r.kit)), PST_END_RESET);
	raw_close(&r);
}

static void empty_records_are_nothing(void)
{
	struct raw r;
	int i;

	raw_open(&r, PST_ACCEPT, "NORMAL:-VERS-ALL:+VERS-TLS1.2", 0, NULL);
	CHECK_INT(raw_shake(&r), 0);
	for (i = 0; i < 5; i++) {
		(void)gnutls_record_send(r.session, "", 0);
	}
	CHECK_INT(gnutls_record_send(r.session, "x", 1), 1);
	pst_kit_run(r.kit);
	CHECK(!pst_kit_failed(r.kit));
	CHECK(pst_kit_reads(pst_kit_rx_out(r.kit), "x", 1));
	raw_close(&r);
}

static void key_updates_after_our_end_are_harmless(void)
{
	struct raw r;

	raw_open(&r, PST_ACCEPT, "NORMAL:-VERS-ALL:+VERS-TLS1.3", 0, NULL);
	CHECK_INT(raw_shake(&r), 0);
	pst_kit_end(pst_kit_tx_in(r.kit), PST_END_CLEAN, PST_CLASS_CLEAN);
	pst_kit_run(r.kit);
	CHECK_INT(gnutls_session_key_update(r.session, GNUTLS_KU_PEER), 0);
	raw_send(&r, "late", 4);
	CHECK(!pst_kit_failed(r.kit));
	CHECK(pst_kit_reads(pst_kit_rx_out(r.kit), "late", 4));
	raw_close(&r);
}

static void all_groups_and_suites_shake_hands(void)
{
	static const char *const priorities[] = {
		"NORMAL:-VERS-ALL:+VERS-TLS1.3:-GROUP-ALL:+GROUP-X25519",
		"NORMAL:-VERS-ALL:+VERS-TLS1.3:-GROUP-ALL:+GROUP-SECP256R1",
		"NORMAL:-VERS-ALL:+VERS-TLS1.3:-GROUP-ALL:+GROUP-SECP384R1",
		"NORMAL:-VERS-ALL:+VERS-TLS1.2:-GROUP-ALL:+GROUP-SECP521R1",
		"NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-256-GCM",
		"NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+CHACHA20-POLY1305",
		"NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-GCM",
	};
	size_t i;

	for (i = 0; i < sizeof(priorities) / sizeof(priorities[0]); i++) {
		struct raw r;

		raw_open(&r, PST_ACCEPT, priorities[i], 0, NULL);
		CHECK_INT(raw_shake(&r), 0);
		CHECK_INT(pst_kit_ups(r.kit), 1);
		CHECK(strncmp(pst_kit_attribute(r.kit, "tls.cipher", NULL),
		              "TLS_", 4) == 0);
		raw_close(&r);
		raw_open(&r, PST_CONNECT, priorities[i], 0, NULL);
		CHECK_INT(raw_shake(&r), 0);
		CHECK_INT(pst_kit_ups(r.kit), 1);
		raw_close(&r);
	}
}

static void bytes_that_grow_wild_never_crash(void)
{
	uint32_t seed = 12345;
	int round;

	for (round = 0; round < 300; round++) {
		struct raw r;
		uint8_t noise[64];
		size_t i;

		raw_open(&r, round % 2 ? PST_ACCEPT : PST_CONNECT, "NORMAL", 0,
		         NULL);
		if (round % 3 != 0) {
			raw_shake(&r);
		}
		for (i = 0; i < sizeof(noise); i++) {
			seed = seed * 1664525u + 1013904223u;
			noise[i] = (uint8_t)(seed >> 24);
		}
		noise[0] = (uint8_t)(20 + round % 5);
		noise[1] = 3;
		noise[2] = 3;
		noise[3] = 0;
		noise[4] = (uint8_t)(round % 59);
		pst_kit_feed(pst_kit_rx_in(r.kit), noise, sizeof(noise));
		pst_kit_run(r.kit);
		pst_kit_end(pst_kit_rx_in(r.kit), PST_END_CLEAN,
		            PST_CLASS_CLEAN);
		pst_kit_run(r.kit);
		raw_close(&r);
	}
}

static void make(void)
{
	size_t i;

	for (i = 0; i < sizeof(big); i++) {
		big[i] = (char)(i % 251);
	}
	world_make();
}

static CU_TestInfo tests[] = {
	TEST(plain_http_is_told),
	TEST(other_plain_protocols_are_told),
	TEST(a_back_end_that_speaks_http_is_told),
	TEST(a_peer_that_goes_early_is_told),
	TEST(a_back_end_that_never_came_keeps_its_reason),
	TEST(a_handshake_without_end_is_ended),
	TEST(an_oversized_handshake_message_is_refused),
	TEST(a_client_without_certificate_may_say_less),
	TEST(a_malformed_hello_is_refused),
	TEST(old_clients_are_told_what_they_lack),
	TEST(a_client_of_an_old_back_end_says_what_it_wants),
	TEST(strange_alerts_are_told_by_number),
	TEST(a_plain_alert_in_the_middle_of_tls_1_3_is_understood),
	TEST(new_keys_and_data_pass),
	TEST(data_right_behind_new_keys_is_not_left_lying),
	TEST(tickets_from_a_back_end_are_no_data),
	TEST(a_flood_of_key_updates_ends),
	TEST(renegotiation_is_refused),
	TEST(a_back_ends_wish_to_renegotiate_is_refused),
	TEST(plain_bytes_after_the_handshake_are_refused),
	TEST(what_came_before_a_bad_record_is_delivered),
	TEST(empty_records_are_nothing),
	TEST(key_updates_after_our_end_are_harmless),
	TEST(all_groups_and_suites_shake_hands),
	TEST(bytes_that_grow_wild_never_crash),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN_WITHIN(tests, make, world_finish)
