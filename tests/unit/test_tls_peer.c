/* SPDX-License-Identifier: MIT */
/* The layer `tls`: who may stay, what both ends agree on, and the sentence when
 * they do not. */
#include "test_tls_world.h"

#include <unistd.h>

#define SERVES(cert) "certificate", cert, "private_key", cert ".key"

/* Let the front serve with these options and the back connect with those. Each
 * text must be in that end's sentence; NULL: that end must be up. */
struct meeting {
	const char *const *front;
	const char *const *back;
	const char *front_says, *back_says;
	unsigned alert; /* that the failing end sends */
};

static void check_end(struct pst_kit *k, const char *says)
{
	if (says == NULL) {
		CHECK_INT(pst_kit_ups(k), 1);
		CHECK(!pst_kit_failed(k));
		CHECK_STR(pst_kit_fail_text(k), "");
		return;
	}
	CHECK(pst_kit_failed(k));
	if (!CHECK(strstr(pst_kit_fail_text(k), says) != NULL)) {
		printf("    wanted: %s\n    said: %s\n", says,
		       pst_kit_fail_text(k));
	}
}

static void meet(const struct meeting *m)
{
	struct world_pair p;

	world_pair(&p, m->front, m->back);
	world_run(&p);
	/* in TLS 1.3 one end may be up before it hears of its refusal */
	pst_kit_feed(pst_kit_tx_in(p.back), "x", 1);
	world_run(&p);
	check_end(p.front, m->front_says);
	check_end(p.back, m->back_says);
	if (m->alert != 0) {
		CHECK_INT(pst_kit_fail_code(p.front), m->alert);
		CHECK_INT(pst_kit_fail_code(p.back), m->alert);
	}
	world_part(&p);
}

static const char *const old[] = {"max_version", "1.2", NULL};

static void the_wrong_name_is_refused_and_names_are_told(void)
{
	static const char *const back[] = {"server_name", "db.example.com",
	                                   NULL};
	struct meeting m = {
		.back = back,
		.front_says = "alert 42 bad_certificate",
		.back_says = "is not for db.example.com; the names in it "
			     "(subjectAltName) are: gw.example.com, "
			     "*.wild.example.com, 192.0.2.7, 2001:db8::7",
		.alert = 42,
	};

	meet(&m);
}

static void a_common_name_is_no_name(void)
{
	static const char *const front[] = {SERVES("cn"), NULL};
	struct meeting m = {
		.front = front,
		.front_says = "bad_certificate",
		.back_says = "are: none",
		.alert = 42,
	};

	meet(&m);
}

static void a_wildcard_stands_for_one_label(void)
{
	static const char *const one[] = {"server_name", "a.wild.example.com",
	                                  NULL};
	static const char *const two[] = {"server_name", "a.b.wild.example.com",
	                                  NULL};
	struct meeting m = {.back = one};

	meet(&m);
	m.back = two;
	m.front_says = "bad_certificate";
	m.back_says = "is not for a.b.wild.example.com";
	meet(&m);
}

static void an_address_is_found_and_not_asked_for(void)
{
	static const char *const back[] = {"server_name", "192.0.2.7", NULL};
	static const char *const six[] = {"server_name", "2001:DB8:0::7", NULL};
	static const char *const wrong[] = {"server_name", "192.0.2.8", NULL};
	struct meeting m = {.back = six};
	struct world_pair p;

	world_pair(&p, NULL, back);
	world_run(&p);
	CHECK_INT(pst_kit_ups(p.back), 1);
	CHECK(pst_kit_attribute(p.front, "tls.sni", NULL) == NULL);
	CHECK(pst_kit_attribute(p.back, "tls.sni", NULL) == NULL);
	world_part(&p);
	meet(&m);
	m.back = wrong;
	m.front_says = "bad_certificate";
	m.back_says = "is not for 192.0.2.8";
	meet(&m);
}

static void an_expired_certificate_is_refused_with_its_date(void)
{
	static const char *const front[] = {SERVES("expired"), NULL};
	struct meeting m = {
		.front = front,
		.front_says = "alert 45 certificate_expired",
		.back_says = "a certificate of the back-end (CN=old) expired "
			     "on 2",
		.alert = 45,
	};

	meet(&m);
}

static void a_certificate_of_tomorrow_is_refused(void)
{
	static const char *const front[] = {SERVES("future"), NULL};
	struct meeting m = {
		.front = front,
		.front_says = "bad_certificate",
		.back_says = "(CN=young) is not valid before 2",
		.alert = 42,
	};

	meet(&m);
}

static void an_unknown_issuer_is_refused_and_named(void)
{
	static const char *const front[] = {SERVES("other"), NULL};
	struct meeting m = {
		.front = front,
		.front_says = "alert 48 unknown_ca (it does not trust",
		.back_says =
			"(CN=stranger) is not trusted: it was issued by "
			"CN=Other CA, and no "
			"chain leads from there to services.test.trust: ca",
		.alert = 48,
	};

	meet(&m);
}

static void a_self_signed_certificate_is_refused(void)
{
	static const char *const front[] = {SERVES("self"), NULL};
	struct meeting m = {
		.front = front,
		.front_says = "unknown_ca",
		.back_says = "(CN=self) is self-signed and not in "
			     "services.test.trust: "
			     "ca",
		.alert = 48,
	};

	meet(&m);
}

static void a_self_signed_certificate_can_be_trusted_itself(void)
{
	static const char *const front[] = {SERVES("self"), NULL};
	static const char *const back[] = {"trust", "self", NULL};
	struct meeting m = {.front = front, .back = back};

	meet(&m);
}

static void the_systems_store_does_not_know_our_authority(void)
{
	static const char *const both[] = {"trust", "other-ca", "trust",
	                                   "system", NULL};
	struct meeting m = {
		.back = both,
		.front_says = "unknown_ca",
		.back_says = "to services.test.trust: other-ca (other-ca) and "
			     "system (the "
			     "system's store)",
		.alert = 48,
	};

	if (access("/etc/ssl/certs/ca-certificates.crt", R_OK) == 0) {
		meet(&m);
	}
}

static void verify_off_takes_anybody_and_claims_only(void)
{
	static const char *const front[] = {SERVES("self"), NULL};
	static const char *const back[] = {"verify", "off", NULL};
	enum pst_provenance how = PST_PROVEN;
	struct world_pair p;

	world_pair(&p, front, back);
	world_run(&p);
	check_end(p.back, NULL);
	CHECK_STR(pst_kit_attribute(p.back, "tls.peer.subject", &how),
	          "CN=self");
	CHECK_INT(how, PST_CLAIMED);
	world_part(&p);
}

static void a_verified_peer_is_proven(void)
{
	enum pst_provenance how = PST_CLAIMED;
	struct world_pair p;

	world_pair(&p, NULL, NULL);
	world_run(&p);
	CHECK_STR(pst_kit_attribute(p.back, "tls.peer.subject", &how),
	          "CN=gateway");
	CHECK_INT(how, PST_PROVEN);
	CHECK_INT(
		strlen(pst_kit_attribute(p.back, "tls.peer.fingerprint", &how)),
		64);
	CHECK(pst_kit_attribute(p.front, "tls.peer.subject", NULL) == NULL);
	world_part(&p);
}

static void a_certificate_for_clients_serves_nobody(void)
{
	static const char *const front[] = {SERVES("client"), NULL};
	static const char *const back[] = {"server_name", "x.example.com",
	                                   NULL};
	struct meeting m = {
		.front = front,
		.back = back,
		.front_says = "alert 43 unsupported_certificate",
		.back_says = "not made for TLS servers (extended key usage)",
		.alert = 43,
	};

	meet(&m);
}

static const char *const require[] = {"client_auth", "require", "client_trust",
                                      "ca", NULL};

static void a_required_certificate_that_is_missing(void)
{
	static const char *const require_old[] = {
		"client_auth", "require", "client_trust", "ca", "max_version",
		"1.2",         NULL};
	struct meeting m = {
		.front = require,
		.front_says = "the client shows no certificate",
		.back_says = "alert 116 certificate_required (it wants a "
			     "certificate",
		.alert = 116,
	};

	meet(&m);
	m.front = require_old;
	m.back_says = "alert 40 handshake_failure";
	m.alert = 40;
	meet(&m);
}

static void a_requested_certificate_may_be_missing(void)
{
	static const char *const request[] = {"client_auth", "request",
	                                      "client_trust", "ca", NULL};
	struct meeting m = {.front = request};

	meet(&m);
	m.back = old;
	meet(&m);
}

static void a_clients_certificate_is_proven(void)
{
	static const char *const back[] = {SERVES("client"), NULL};
	enum pst_provenance how = PST_CLAIMED;
	struct world_pair p;

	world_pair(&p, require, back);
	world_run(&p);
	check_end(p.front, NULL);
	CHECK_STR(pst_kit_attribute(p.front, "tls.peer.subject", &how),
	          "CN=alice");
	CHECK_INT(how, PST_PROVEN);
	world_part(&p);
}

static void a_clients_certificate_must_be_one_that_is_trusted(void)
{
	static const char *const request[] = {"client_auth", "request",
	                                      "client_trust", "ca", NULL};
	static const char *const stranger[] = {SERVES("other"), NULL};
	static const char *const server[] = {SERVES("gw"), NULL};
	struct meeting m = {
		.front = request,
		.back = stranger,
		.front_says = "the certificate of the client (CN=stranger) is "
			      "not trusted: it was issued by CN=Other CA",
		.back_says = "unknown_ca",
		.alert = 48,
	};

	meet(&m);
	m.back = server;
	m.front_says = "not made for TLS clients";
	m.back_says = "unsupported_certificate";
	m.alert = 43;
	meet(&m);
}

static void versions_without_overlap_are_told(void)
{
	static const char *const new[] = {"min_version", "1.3", NULL};
	struct meeting m = {
		.front = new,
		.back = old,
		.front_says = "the client offers TLS 1.2 only; "
			      "services.test.min_version is 1.3",
		.back_says = "alert 70 protocol_version",
		.alert = 70,
	};

	meet(&m);
	m.front = old;
	m.back = new;
	m.front_says = "the client offers TLS 1.3 only; "
		       "services.test.max_version is 1.2";
	meet(&m);
}

static void an_rsa_key_serves_both_versions(void)
{
	static const char *const rsa[] = {SERVES("rsa"), NULL};
	struct meeting m = {.front = rsa};

	meet(&m);
	m.back = old;
	meet(&m);
}

static void alpn_agrees_on_the_servers_first(void)
{
	static const char *const front[] = {"alpn", "mqtt", "alpn", "http/1.1",
	                                    NULL};
	static const char *const back[] = {"alpn", "http/1.1", "alpn", "mqtt",
	                                   NULL};
	struct world_pair p;

	world_pair(&p, front, back);
	world_run(&p);
	CHECK_STR(pst_kit_attribute(p.front, "tls.alpn", NULL), "mqtt");
	CHECK_STR(pst_kit_attribute(p.back, "tls.alpn", NULL), "mqtt");
	world_part(&p);
}

static void alpn_without_a_common_protocol_is_refused(void)
{
	static const char *const front[] = {"alpn", "mqtt", NULL};
	static const char *const back[] = {"alpn", "h2", NULL};
	struct meeting m = {
		.front = front,
		.back = back,
		.front_says = "the client offers by ALPN h2; "
			      "services.test.alpn is mqtt",
		.back_says = "alert 120 no_application_protocol",
		.alert = 120,
	};

	meet(&m);
	m.back = NULL; /* who offers nothing is not asked */
	m.front_says = NULL;
	m.back_says = NULL;
	m.alert = 0;
	meet(&m);
}

static void the_name_asked_for_is_known_also_after_a_failure(void)
{
	static const char *const back[] = {"server_name", "db.example.com",
	                                   NULL};
	static const char *const new[] = {"min_version", "1.3", NULL};
	enum pst_provenance how = PST_PROVEN;
	struct world_pair p;

	world_pair(&p, NULL, back);
	world_run(&p);
	CHECK(pst_kit_failed(p.front));
	CHECK_STR(pst_kit_attribute(p.front, "tls.sni", &how),
	          "db.example.com");
	CHECK_INT(how, PST_CLAIMED);
	world_part(&p);
	world_pair(&p, new, old);
	world_run(&p);
	CHECK_STR(pst_kit_attribute(p.front, "tls.sni", &how),
	          "gw.example.com");
	CHECK_INT(pst_kit_metric(p.front, "handshakes_failed"), 1);
	world_part(&p);
}

static void a_chain_with_an_intermediate_holds(void)
{
	struct tinyca_spec middle_spec = {.cn = "Middle", .ca = true};
	struct tinyca_spec leaf_spec = {.cn = "leaf",
	                                .dns = {"gw.example.com"}};
	static const char *const front[] = {"certificate", "chain",
	                                    "private_key", "chain.key", NULL};
	static const char *const alone[] = {"certificate", "leaf",
	                                    "private_key", "chain.key", NULL};
	struct meeting m = {.front = front};
	struct tinyca_cert middle, leaf;
	char *chain;

	middle_spec.issuer = world_cert(WORLD_CA);
	tinyca_make(&middle, &middle_spec);
	leaf_spec.issuer = &middle;
	tinyca_make(&leaf, &leaf_spec);
	chain = tinyca_join(leaf.pem, middle.pem);
	world_file("chain", chain, strlen(chain));
	world_file("leaf", leaf.pem, strlen(leaf.pem));
	world_file("chain.key", leaf.key_pem, strlen(leaf.key_pem));
	meet(&m);
	m.front = alone;
	m.front_says = "unknown_ca";
	m.back_says = "(CN=leaf) is not trusted: it was issued by CN=Middle, "
		      "and no chain";
	meet(&m);
	free(chain);
	tinyca_finish(&leaf);
	tinyca_finish(&middle);
}

static CU_TestInfo tests[] = {
	TEST(the_wrong_name_is_refused_and_names_are_told),
	TEST(a_common_name_is_no_name),
	TEST(a_wildcard_stands_for_one_label),
	TEST(an_address_is_found_and_not_asked_for),
	TEST(an_expired_certificate_is_refused_with_its_date),
	TEST(a_certificate_of_tomorrow_is_refused),
	TEST(an_unknown_issuer_is_refused_and_named),
	TEST(a_self_signed_certificate_is_refused),
	TEST(a_self_signed_certificate_can_be_trusted_itself),
	TEST(the_systems_store_does_not_know_our_authority),
	TEST(verify_off_takes_anybody_and_claims_only),
	TEST(a_verified_peer_is_proven),
	TEST(a_certificate_for_clients_serves_nobody),
	TEST(a_required_certificate_that_is_missing),
	TEST(a_requested_certificate_may_be_missing),
	TEST(a_clients_certificate_is_proven),
	TEST(a_clients_certificate_must_be_one_that_is_trusted),
	TEST(versions_without_overlap_are_told),
	TEST(an_rsa_key_serves_both_versions),
	TEST(alpn_agrees_on_the_servers_first),
	TEST(alpn_without_a_common_protocol_is_refused),
	TEST(the_name_asked_for_is_known_also_after_a_failure),
	TEST(a_chain_with_an_intermediate_holds),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN_WITHIN(tests, world_make, world_finish)
