/* SPDX-License-Identifier: MIT */
/* Which certificate is shown: by name, by what the peer takes, by issuer. */
#include "test_tls_id_kit.h"

#include "tls_select.h"

/* What a client sees that asks for `name` with `options` on top. */
static const char *seen(const char *const *front, const char *name,
                        const char *option, const char *value)
{
	return id_shake(id_kit(PST_ACCEPT, front),
	                id_kit(PST_CONNECT,
	                       LIST("verify", "off", "server_name",
	                            name == NULL ? "" : name, option, value)));
}

#define BY_NAME(front, name)       seen(front, name, "min_version", "1.2")
#define SEES(front, name, subject) CHECK_STR(BY_NAME(LIST front, name), subject)

static void the_name_decides(void)
{
	SEES(("identity", "@a", "identity", "@b"), "a.example.com", "CN=a");
	SEES(("identity", "@a", "identity", "@b"), "b.example.com", "CN=b");
	SEES(("identity", "@b", "identity", "@a"), "a.example.com", "CN=a");
	SEES(("identity", "@b", SERVES("a")), "b.example.com", "CN=b");
}

static void an_exact_name_goes_before_a_wildcard(void)
{
	SEES(("identity", "@wild", "identity", "@a"), "a.example.com", "CN=a");
	SEES(("identity", "@a", "identity", "@wild"), "x.example.com",
	     "CN=wild");
}

static void a_wildcard_stands_for_one_label(void)
{
	SEES(("identity", "@a", "identity", "@wild"), "x.y.example.com",
	     "CN=a");
	SEES(("identity", "@a", "identity", "@wild"), "example.com", "CN=a");
}

static void no_name_or_an_unknown_one_gets_the_default(void)
{
	SEES(("identity", "@b", "identity", "@a"), "z.example.org", "CN=b");
	SEES(("identity", "@b", "identity", "@a"), "192.0.2.77", "CN=b");
	SEES(("identity", "@b", "identity", "@a", "default_certificate",
	      "A.example.com"),
	     "z.example.org", "CN=a");
	SEES(("identity", "@b", "identity", "@a", "default_certificate",
	      "a.example.com"),
	     "192.0.2.77", "CN=a");
	SEES(("identity", "@a", "identity", "@b", "default_certificate",
	      "192.0.2.9"),
	     "z.example.org", "CN=b");
	SEES(("identity", "@a", "identity", "@wild", "default_certificate",
	      "*.example.com"),
	     "z.example.org", "CN=wild");
	id_more.host = "b.example.com";
	SEES(("identity", "@a", "identity", "@b"), "z.example.org", "CN=b");
	SEES(("identity", "@a", "identity", "@b", "default_certificate",
	      "a.example.com"),
	     "z.example.org", "CN=a");
	id_more.host = NULL;
	SEES(("identity", "@nameless", "identity", "@b"), "z.example.org",
	     "CN=nameless");
}

/* Likewise what it sees at this address. */
static const char *seen_at(const char *const *front, const char *address,
                           const char *name)
{
	struct pst_kit *accept = id_kit(PST_ACCEPT, front);

	pst_kit_set_local(accept, address);
	return id_shake(accept, id_kit(PST_CONNECT, LIST("verify", "off",
	                                                 "server_name", name)));
}

static void no_name_gets_the_address_that_was_reached(void)
{
	const char *const two[] = {"identity", "@a", "identity", "@b", NULL};
	const char *const three[] = {
		"identity",      "@a", "identity", "@b", "default_certificate",
		"a.example.com", NULL};

	CHECK_STR(seen_at(two, "192.0.2.9", "192.0.2.77"), "CN=b");
	CHECK_STR(seen_at(two, "2001:db8::9", "192.0.2.77"), "CN=b");
	CHECK_STR(seen_at(two, "192.0.2.1", "192.0.2.77"), "CN=a");
	CHECK_STR(seen_at(two, NULL, "192.0.2.77"), "CN=a");
	CHECK_STR(seen_at(three, "192.0.2.9", "192.0.2.77"), "CN=b");
	CHECK_STR(seen_at(two, "192.0.2.9", "a.example.com"), "CN=a");
	CHECK_STR(seen_at(two, "192.0.2.9", "z.example.org"), "CN=a");
}

/* Likewise a client that speaks TLS 1.2 with one suite. */
static const char *seen_1_2(const char *const *front, const char *suite)
{
	return id_shake(id_kit(PST_ACCEPT, front),
	                id_kit(PST_CONNECT, LIST("verify", "off", "server_name",
	                                         "a.example.com", "max_version",
	                                         "1.2", "ciphers", suite)));
}

static void the_keys_that_a_client_takes_decide(void)
{
	const char *const front[] = {"identity", "@a-rsa", "identity", "@a",
	                             NULL};

	CHECK_STR(seen(front, "a.example.com", "max_version", "1.3"), "CN=a");
	CHECK_STR(seen(front, "a.example.com", "signature_algorithms",
	               "rsa_pss_rsae_sha256"),
	          "CN=a-rsa");
	CHECK_STR(seen(front, "a.example.com", "signature_algorithms",
	               "ecdsa_secp256r1_sha256"),
	          "CN=a");
	CHECK_STR(seen(LIST("identity", "@a-rsa", "identity", "@a", "identity",
	                    "@a-ed"),
	               "a.example.com", "signature_algorithms", "ed25519"),
	          "CN=a-ed");
	CHECK_STR(seen(front, "a.example.com", "max_version", "1.2"), "CN=a");
	CHECK_STR(seen_1_2(front, "ECDHE-RSA-AES128-GCM-SHA256"), "CN=a-rsa");
	CHECK_STR(seen_1_2(front, "ECDHE-ECDSA-AES128-GCM-SHA256"), "CN=a");
}

static void our_own_suites_and_signatures_count_too(void)
{
	CHECK_STR(BY_NAME(LIST("identity", "@a", "identity", "@a-rsa",
	                       "max_version", "1.2", "ciphers",
	                       "ECDHE-RSA-AES128-GCM-SHA256"),
	                  "a.example.com"),
	          "CN=a-rsa");
	CHECK_STR(BY_NAME(LIST("identity", "@a", "identity", "@a-rsa",
	                       "signature_algorithms", "rsa_pss_rsae_sha256"),
	                  "a.example.com"),
	          "CN=a-rsa");
}

/* RFC 8422 5.1.1: in TLS 1.2 the list of groups is one of curves, too. */
static void a_curve_that_the_client_lists_is_better(void)
{
	const char *const front[] = {"identity",
	                             "@b",
	                             "identity",
	                             "@a-rsa",
	                             "default_certificate",
	                             "b.example.com",
	                             NULL};

	CHECK_STR(id_shake(id_kit(PST_ACCEPT, front),
	                   id_kit(PST_CONNECT,
	                          LIST("verify", "off", "server_name",
	                               "b.example.com", "max_version", "1.2",
	                               "groups", "x25519", "groups",
	                               "secp256r1"))),
	          "CN=b");
	id_text("two/1.pem", id_cert(ID_A)->pem);
	id_text("two/1.key", id_cert(ID_A)->key_pem);
	id_text("two/2.pem", id_cert(ID_A_RSA)->pem);
	id_text("two/2.key", id_cert(ID_A_RSA)->key_pem);
	CHECK_STR(id_shake(id_kit(PST_ACCEPT, LIST("identity", "two/")),
	                   id_kit(PST_CONNECT,
	                          LIST("verify", "off", "server_name",
	                               "a.example.com", "max_version", "1.2",
	                               "groups", "secp384r1"))),
	          "CN=a-rsa");
	id_forget_files();
}

static void what_has_expired_comes_last(void)
{
	SEES(("identity", "@old", "identity", "@a"), "a.example.com", "CN=a");
	SEES(("identity", "@old", "identity", "@a-rsa"), "a.example.com",
	     "CN=a-rsa");
	SEES(("identity", "@old"), "a.example.com", "CN=old");
}

static void a_wildcard_with_the_right_key_serves(void)
{
	CHECK_STR(seen(LIST("identity", "@a-rsa", "identity", "@wild"),
	               "a.example.com", "signature_algorithms",
	               "ecdsa_secp256r1_sha256"),
	          "CN=wild");
}

static void no_key_that_the_client_takes_is_said(void)
{
	CHECK_STR(seen(LIST("identity", "@b", "identity", "@a-rsa"),
	               "b.example.com", "signature_algorithms",
	               "rsa_pss_rsae_sha256"),
	          "");
	CHECK(strstr(id_failure,
	             "of these keys: RSA; the certificates for "
	             "b.example.com have these: ECDSA P-384") != NULL);
	CHECK_STR(seen(LIST("identity", "@b"), "b.example.com",
	               "signature_algorithms", "rsa_pss_rsae_sha256"),
	          "");
	CHECK(id_failure[0] != '\0');
}

/* -- the hello --------------------------------------------------------------- */

/* Two suites and two groups, behind version and random. */
static const uint8_t hello_end[] = {2,    9, 9, 0, 4,  0xc0, 0x2b, 0,
                                    0x9c, 1, 0, 0, 10, 0,    10,   0,
                                    6,    0, 4, 0, 29, 0,    24};

enum {
	HELLO = 34 + sizeof(hello_end)
};

static void make_hello(uint8_t out[HELLO])
{
	memset(out, 3, 34);
	memcpy(out + 34, hello_end, sizeof(hello_end));
}

static void a_hello_says_which_keys_are_taken(void)
{
	struct tls_own own = {.count = 0};
	uint8_t whole[HELLO];
	struct tls_offer offer;
	size_t length;

	make_hello(whole);
	tls_suites_add(&own.suites, tls_suite_by_code(0xc02b));
	for (length = 0; length <= HELLO; length++) {
		gnutls_datum_t message = {malloc(length + 1), (unsigned)length};

		memcpy(message.data, whole, length);
		tls_offer_read(&offer, &own, &message);
		free(message.data);
	}
	CHECK_INT(offer.kinds, TLS_KINDS_ECDSA | TLS_KINDS_EDDSA);
	CHECK_INT(offer.curves, TLS_KIND_P384);
	CHECK(!offer.static_rsa); /* it is not ours */
	tls_suites_add(&own.suites, tls_suite_by_code(0x009c));
	tls_offer_read(&offer, &own, &(gnutls_datum_t){whole, HELLO});
	CHECK(offer.static_rsa);
}

static void hellos_of_noise_do_no_harm(void)
{
	struct tls_own own = {.count = 0};
	uint32_t seed = 4711;
	int round, i;

	tls_suites_add(&own.suites, tls_suite_by_code(0xc02b));
	for (round = 0; round < 3000; round++) {
		uint8_t *copy = malloc(HELLO);
		struct tls_offer offer;

		make_hello(copy);
		for (i = 0; i < 3; i++) {
			seed = seed * 1664525 + 1013904223;
			copy[34 + (seed >> 16) % sizeof(hello_end)] =
				(uint8_t)(seed >> 8);
		}
		tls_offer_read(&offer, &own, &(gnutls_datum_t){copy, HELLO});
		CHECK((offer.kinds & TLS_KINDS_RSA) == 0);
		free(copy);
	}
}

/* -- this end is the client -------------------------------------------------- */

static const char *shown_to(const char *ca, const char *const *more,
                            const char *const *back)
{
	const char *front[16] = {SERVES("a"), "client_auth", "request",
	                         "client_trust", ca};
	size_t n = 8;

	while (*more != NULL) {
		front[n++] = *more++;
	}
	id_shake(id_kit(PST_ACCEPT, front), id_kit(PST_CONNECT, back));
	return id_client;
}

#define CLIENT(...) \
	LIST("verify", "off", "server_name", "a.example.com", __VA_ARGS__)

static void a_back_end_gets_what_its_issuers_made(void)
{
	const char *const both[] = {"verify",   "off",      "server_name",
	                            "x.org",    "identity", "@alice",
	                            "identity", "@bob",     NULL};
	const char *const none[] = {NULL};

	CHECK_STR(shown_to("ca.pem", none, both), "CN=alice");
	CHECK_STR(shown_to("ca2.pem", none, both), "CN=bob");
	CHECK_STR(shown_to("ca2.pem", LIST("max_version", "1.2"), both),
	          "CN=bob");
}

static void a_back_end_gets_a_key_that_it_takes(void)
{
	CHECK_STR(
		shown_to("ca2.pem",
	                 LIST("signature_algorithms", "ecdsa_secp256r1_sha256"),
	                 CLIENT("identity", "@carol", "identity", "@bob")),
		"CN=bob");
	CHECK_STR(shown_to("ca2.pem", LIST("max_version", "1.2"),
	                   CLIENT("identity", "@carol")),
	          "CN=carol");
}

static void a_key_of_the_wrong_kind_is_never_shown(void)
{
	struct pst_kit *back =
		id_kit(PST_CONNECT, CLIENT("identity", "@carol"));
	struct pst_kit *front =
		id_kit(PST_ACCEPT,
	               LIST(SERVES("a"), "client_auth", "request",
	                    "client_trust", "ca2.pem", "signature_algorithms",
	                    "ecdsa_secp256r1_sha256"));
	struct pst_kit *const both[] = {front, back};

	pst_kit_pair(front, back);
	pst_kit_run_all(both, 2);
	CHECK_INT(pst_kit_ups(front), 1);
	CHECK(pst_kit_attribute(front, "tls.peer.subject", NULL) == NULL);
	CHECK(pst_kit_logged(back, "ours have these: RSA; none is shown"));
	CHECK_INT(pst_kit_destroy(front), 0);
	CHECK_INT(pst_kit_destroy(back), 0);
}

static const struct pst_kit_resource resources[] = {
	{"identities", "a", LIST(SERVES("a"))},
	{"identities", "a-rsa", LIST(SERVES("a-rsa"))},
	{"identities", "a-ed", LIST(SERVES("a-ed"))},
	{"identities", "b", LIST(SERVES("b"))},
	{"identities", "wild", LIST(SERVES("wild"))},
	{"identities", "old", LIST(SERVES("old"))},
	{"identities", "nameless", LIST(SERVES("nameless"))},
	{"identities", "alice", LIST(SERVES("alice"))},
	{"identities", "bob", LIST(SERVES("bob"))},
	{"identities", "carol", LIST(SERVES("carol"))},
};

static void make(void)
{
	id_make();
	id_more.resources = resources;
	id_more.resource_count = sizeof(resources) / sizeof(resources[0]);
}

static CU_TestInfo tests[] = {
	TEST(the_name_decides),
	TEST(an_exact_name_goes_before_a_wildcard),
	TEST(a_wildcard_stands_for_one_label),
	TEST(no_name_or_an_unknown_one_gets_the_default),
	TEST(no_name_gets_the_address_that_was_reached),
	TEST(the_keys_that_a_client_takes_decide),
	TEST(our_own_suites_and_signatures_count_too),
	TEST(a_curve_that_the_client_lists_is_better),
	TEST(what_has_expired_comes_last),
	TEST(a_wildcard_with_the_right_key_serves),
	TEST(no_key_that_the_client_takes_is_said),
	TEST(a_hello_says_which_keys_are_taken),
	TEST(hellos_of_noise_do_no_harm),
	TEST(a_back_end_gets_what_its_issuers_made),
	TEST(a_back_end_gets_a_key_that_it_takes),
	TEST(a_key_of_the_wrong_kind_is_never_shown),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN_WITHIN(tests, make, id_finish)
