/* SPDX-License-Identifier: MIT */
/* The proven identity of a client as fields, and what a client forged. */
#include "http_identity.h"
#include "kit_check.h"
#include "test_http_kit.h"

#define END         ((const char *)NULL)
#define LIST(...)   ((const char *const[]){__VA_ARGS__, END})
#define FIELD(text) "identity_fields", text
#define SUBJECT     "Client-Cert-Subject: tls.peer.subject"

static struct pst_kit *with(const char *const *options)
{
	return http_kit(PST_ACCEPT, options, NULL);
}

static const struct pst_head *request(struct pst_kit *k, const char *text)
{
	const struct pst_head *h;
	uint32_t flags;

	receive(k, text);
	h = next_head(k, pst_kit_streams(k) - 1, &flags);
	CHECK(h != NULL && pst_kit_head_ok(h, h->size));
	return h;
}

static void a_proven_attribute_is_sent_on(void)
{
	struct pst_kit *k =
		with(LIST(FIELD(SUBJECT), FIELD("X-Serial: tls.peer.serial")));
	const struct pst_head *h;

	pst_kit_preset(k, "tls.peer.subject", "CN=alice,O=\"x\"", PST_PROVEN);
	h = request(k, "GET /a?b HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n");
	CHECK(pst_kit_field_is(h, "client-cert-subject", "CN=alice,O=\"x\""));
	CHECK(pst_kit_field_is(h, "x-serial", NULL));
	CHECK(pst_kit_field_is(h, "a", "b"));
	CHECK(pst_kit_span_is(h, h->method, "GET"));
	CHECK(pst_kit_span_is(h, h->path, "/a?b"));
	CHECK(pst_kit_span_is(h, h->authority, "x"));
	CHECK_INT(h->version, 11);
	CHECK_INT(h->field_count, 2);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_claimed_attribute_is_not(void)
{
	struct pst_kit *k = with(LIST(FIELD(SUBJECT)));
	const struct pst_head *h;

	pst_kit_preset(k, "tls.peer.subject", "CN=mallory", PST_CLAIMED);
	h = request(k, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	CHECK_INT(h->field_count, 0);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void what_a_client_forged_is_dropped(void)
{
	static const char *const forged[] = {
		"Client-Cert-Subject", "client-cert-subject",
		"CLIENT_CERT_SUBJECT", "Client_Cert-Subject",
		"client.cert.subject", "Client-Cert_SUBJECT",
	};
	size_t i;

	for (i = 0; i < 2 * sizeof(forged) / sizeof(forged[0]); i++) {
		struct pst_kit *k = with(LIST(FIELD(SUBJECT)));
		const struct pst_head *h;
		char text[200];
		bool known = i % 2 != 0;

		if (known) {
			pst_kit_preset(k, "tls.peer.subject", "CN=alice",
			               PST_PROVEN);
		}
		snprintf(text, sizeof(text),
		         "GET / HTTP/1.1\r\n%s: CN=root\r\nHost: x\r\n"
		         "%s: CN=root\r\nConnection: client-cert-subject\r\n"
		         "\r\n",
		         forged[i / 2], forged[i / 2]);
		h = request(k, text);
		CHECK(pst_kit_field_is(h, "client-cert-subject",
		                       known ? "CN=alice" : NULL));
		CHECK_INT(h->field_count, known ? 1 : 0);
		CHECK_INT(pst_kit_destroy(k), 0);
	}
}

static void trailers_are_no_way_in(void)
{
	struct pst_kit *k = with(LIST(FIELD(SUBJECT)));
	const struct pst_head *h;
	uint32_t flags;

	pst_kit_preset(k, "tls.peer.subject", "CN=alice", PST_PROVEN);
	h = request(k, "POST / HTTP/1.1\r\nHost: x\r\n"
	               "Transfer-Encoding: chunked\r\n\r\n"
	               "0\r\nClient_Cert_Subject: CN=root\r\nSum: 1\r\n\r\n");
	CHECK_INT(h->body, PST_BODY_UNKNOWN);
	h = next_head(k, 0, &flags);
	CHECK(h != NULL && h->kind == PST_HEAD_TRAILERS);
	CHECK(pst_kit_field_is(h, "sum", "1"));
	CHECK_INT(h->field_count, 1);
	CHECK((flags & PST_EOM) != 0);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void each_request_of_a_connection_is_told(void)
{
	struct pst_kit *k = with(LIST(FIELD(SUBJECT)));
	unsigned n;

	pst_kit_preset(k, "tls.peer.subject", "CN=alice", PST_PROVEN);
	for (n = 0; n < 3; n++) {
		const struct pst_head *h =
			request(k, "GET / HTTP/1.1\r\nHost: x\r\n"
		                   "Client-Cert-Subject: CN=root\r\n\r\n");

		CHECK_INT(pst_kit_streams(k), n + 1);
		CHECK(pst_kit_field_is(h, "client-cert-subject", "CN=alice"));
		give_ok(k, n);
		pst_kit_run(k);
		(void)sent(k);
	}
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void what_does_not_belong_into_a_field_is_masked(void)
{
	struct pst_kit *k = with(LIST(FIELD("X: acme.text")));
	const struct pst_head *h;

	pst_kit_preset(k, "acme.text", "a\r\nB: c\x01\xc3\xbc", PST_PROVEN);
	h = request(k, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	CHECK(pst_kit_field_is(h, "x", "a??B: c???"));
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_long_value_fits(void)
{
	struct pst_kit *k =
		with(LIST(FIELD("Client-Cert: tls.peer.certificate")));
	const struct pst_head *h;
	char value[6001];

	memset(value, 'A', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	pst_kit_preset(k, "tls.peer.certificate", value, PST_PROVEN);
	h = request(k, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	CHECK(pst_kit_field_is(h, "client-cert", value));
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void without_the_setting_nothing_changes(void)
{
	struct pst_kit *k = with(NULL);
	const struct pst_head *h;

	pst_kit_preset(k, "tls.peer.subject", "CN=alice", PST_PROVEN);
	h = request(k, "GET / HTTP/1.1\r\nHost: x\r\n"
	               "Client-Cert-Subject: CN=root\r\n\r\n");
	CHECK(pst_kit_field_is(h, "client-cert-subject", "CN=root"));
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void settings_that_make_no_sense_are_refused(void)
{
	static const char *const bad[] = {
		"",
		"X",
		"X:",
		": tls.peer.subject",
		"X Y: tls.peer.subject",
		"X: subject",
		"X: tls.peer.subject extra",
		"X: tls.peer.Subject",
		"Host: tls.peer.subject",
		"Content-Length: tls.peer.subject",
		"connection: tls.peer.subject",
		"Transfer-Encoding: tls.peer.subject",
	};
	struct pst_kit *k;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		k = with(LIST(FIELD(bad[i])));
		CHECK_REFUSED(k, "identity_fields", bad[i]);
	}
	k = with(LIST(FIELD("X-Y: tls.peer.subject"),
	              FIELD("x_y: tls.peer.serial")));
	CHECK_REFUSED(k, "identity_fields", "a second time");
}

static CU_TestInfo tests[] = {
	TEST(a_proven_attribute_is_sent_on),
	TEST(a_claimed_attribute_is_not),
	TEST(what_a_client_forged_is_dropped),
	TEST(trailers_are_no_way_in),
	TEST(each_request_of_a_connection_is_told),
	TEST(what_does_not_belong_into_a_field_is_masked),
	TEST(a_long_value_fits),
	TEST(without_the_setting_nothing_changes),
	TEST(settings_that_make_no_sense_are_refused),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
