/* SPDX-License-Identifier: MIT */
/* Rules about the peer beyond its chain: pins, the names of clients, what
 * becomes known of it, and what a resumed session must still fulfil. */
#include "kit_check.h"
#include "test_tls_world.h"

#include "tls_conf.h"
#include "tls_peer_globs.h"
#include "tls_peer_text.h"
#include "tls_pins.h"
#include "tls_verify_uri.h"
#include "tls_wire.h"

#define SERVES(cert) "certificate", cert, "private_key", cert ".key"
#define END          ((const char *)NULL)
#define LIST(...)    ((const char *const[]){__VA_ARGS__, END})
#define ASK(how)     "client_auth", how, "client_trust", "ca"

static const char *const nothing[] = {END};
static struct world_pair pair;

static void meet(const char *const *front, const char *const *back)
{
	world_pair(&pair, front, back);
	world_run(&pair);
}

static void check_refused(struct pst_kit *k, const char *says, unsigned alert)
{
	CHECK(pst_kit_failed(k));
	if (!CHECK(strstr(pst_kit_fail_text(k), says) != NULL)) {
		printf("    wanted: %s\n    said: %s\n", says,
		       pst_kit_fail_text(k));
	}
	CHECK_INT(pst_kit_fail_code(k), alert);
}

static void check_up(struct pst_kit *k)
{
	if (!CHECK_INT(pst_kit_ups(k), 1)) {
		printf("    said: %s\n", pst_kit_fail_text(k));
	}
}

static void part(void)
{
	world_part(&pair);
}

static void settings(enum pst_role role, const char *const *options,
                     const char *option, const char *text)
{
	struct pst_kit *k = world_kit(role, options, &world_url);

	CHECK_REFUSED(k, option, text);
}

/* -- pins -------------------------------------------------------------- */

enum form {
	HEX,
	HEX_WITH_COLONS,
	BASE64
};

static const char *pin_of(enum world_cert which, enum form form)
{
	static char text[200];
	uint8_t hash[TLS_HASH_BYTES];
	size_t used, i;

	CHECK(tls_pin_of(world_cert(which)->crt, hash));
	if (form == BASE64) {
		tls_pin_text(hash, text, sizeof(text));
		return text;
	}
	used = (size_t)sprintf(text, "sha256:");
	for (i = 0; i < sizeof(hash); i++) {
		bool colon = form == HEX_WITH_COLONS && i != 0;

		used += (size_t)sprintf(text + used, "%s%02X", colon ? ":" : "",
		                        hash[i]);
	}
	return text;
}

static void a_pin_is_needed_besides_the_chain(void)
{
	meet(NULL, LIST("trust", "ca", "pins", pin_of(WORLD_GW, BASE64)));
	check_up(pair.back);
	part();
	meet(NULL,
	     LIST("trust", "ca", "pins", pin_of(WORLD_GW, HEX_WITH_COLONS)));
	check_up(pair.back);
	part();
	meet(NULL, LIST("trust", "ca", "pins", pin_of(WORLD_GW, HEX)));
	check_up(pair.back);
	part();
	/* one of several, parted as curl does it */
	meet(NULL, LIST("trust", "ca", "pins",
	                "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=;"
	                "0000000000000000000000000000000000000000000000000000"
	                "000000000000",
	                "pins", pin_of(WORLD_GW, BASE64)));
	check_up(pair.back);
	part();
	meet(NULL, LIST("trust", "ca", "pins", pin_of(WORLD_RSA, BASE64)));
	check_refused(pair.back,
	              "the key of the back-end's certificate (CN=gateway) is "
	              "none of those in services.test.pins; it is sha256//",
	              42);
	part();
	/* a pin is no chain */
	meet(LIST(SERVES("self")),
	     LIST("trust", "ca", "pins", pin_of(WORLD_SELF, BASE64)));
	check_refused(pair.back, "self-signed", 48);
	part();
}

static void pins_alone_look_at_nothing_else(void)
{
	enum pst_provenance how = PST_CLAIMED;

	meet(LIST(SERVES("expired")),
	     LIST("verify", "pins", "server_name", "other.example", "pins",
	          pin_of(WORLD_EXPIRED, BASE64)));
	check_up(pair.back);
	CHECK_STR(pst_kit_attribute(pair.back, "tls.peer.verified", NULL),
	          "yes");
	CHECK_STR(pst_kit_attribute(pair.back, "tls.peer.subject", &how),
	          "CN=old");
	CHECK_INT(how, PST_PROVEN);
	CHECK_INT(pst_kit_metric(pair.back, "unverified"), 0);
	part();
	meet(NULL, LIST("verify", "pins", "pins", pin_of(WORLD_CA, BASE64)));
	check_refused(pair.back, "is none of those in", 42);
	part();
}

static void malformed_pins_are_errors(void)
{
	static const struct {
		const char *pin, *why;
	} bad[] = {
		{"", "is no SHA-256"},
		{"sha256:", "is no SHA-256"},
		{"sha256//", "is no SHA-256"},
		{"sha256//AAAA", "in base64"},
		{"sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	         "base64"},
		{"sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA*=",
	         "base64"},
		{"sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	         "base64"},
		{"sha256:0123", "is no SHA-256"},
		{"sha1:0123456789012345678901234567890123456789", "no SHA-256"},
		{"0123456789012345678901234567890123456789", "SHA-1"},
		{"01234567890123456789012345678901", "MD5"},
		{"0000000000000000000000000000000000000000000000000000000000000"
	         "0"
	         "0g",
	         "is no SHA-256"},
		{"0000000000000000000000000000000000000000000000000000000000000"
	         "0"
	         "0000",
	         "is no SHA-256"},
		{"sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=;",
	         "is no SHA-256"},
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		settings(PST_CONNECT, LIST("trust", "ca", "pins", bad[i].pin),
		         "pins", bad[i].why);
	}
	settings(PST_CONNECT, LIST("verify", "pins"), "verify", "needs pins");
	settings(PST_CONNECT, LIST("insecure_connections", "true"),
	         "insecure_connections", "use verify = \"off\"");
	settings(PST_CONNECT,
	         LIST("verify", "off", "pins", pin_of(WORLD_GW, BASE64)),
	         "pins", "set it to \"pins\"");
}

/* -- verify = off ------------------------------------------------------ */

static void unverified_connections_are_counted(void)
{
	meet(LIST(SERVES("self")), LIST("verify", "off"));
	check_up(pair.back);
	CHECK(pst_kit_diagnosed(pair.back, "verify", "whoever answers"));
	CHECK_INT(pst_kit_metric(pair.back, "unverified"), 1);
	CHECK_STR(pst_kit_attribute(pair.back, "tls.peer.verified", NULL),
	          "no");
	part();
	meet(NULL, NULL);
	CHECK_INT(pst_kit_metric(pair.back, "unverified"), 0);
	CHECK_INT(pst_kit_metric(pair.front, "unverified"), 0);
	part();
}

static uint32_t provides(const char *const *options)
{
	struct pst_kit *k = world_kit(PST_CONNECT, options, &world_url);
	uint32_t bits =
		tls_conf_provides(pst_kit_instance(k)->conf, PST_CONNECT);

	CHECK_INT(pst_kit_destroy(k), 0);
	return bits & PST_PROVIDES_AUTHENTICATED;
}

static void only_verified_back_ends_are_authenticated(void)
{
	CHECK(provides(LIST("trust", "ca")) != 0);
	CHECK(provides(LIST("verify", "pins", "pins",
	                    pin_of(WORLD_GW, BASE64))) != 0);
	CHECK_INT(provides(LIST("verify", "off")), 0);
}

/* -- names ------------------------------------------------------------- */

static void asked_for_and_looked_for_may_differ(void)
{
	meet(NULL, LIST("trust", "ca", "server_name", "x.example",
	                "verify_name", "192.0.2.7"));
	check_up(pair.back);
	CHECK_STR(pst_kit_attribute(pair.front, "tls.sni", NULL), "x.example");
	part();
	/* an address is looked for and not asked for */
	meet(NULL, LIST("trust", "ca", "server_name", "2001:db8::7"));
	check_up(pair.back);
	CHECK(pst_kit_attribute(pair.front, "tls.sni", NULL) == NULL);
	part();
	meet(NULL, LIST("trust", "ca", "server_name",
	                "b\xc3\xbc"
	                "cher.example",
	                "verify_name", "gw.example.com"));
	check_up(pair.back);
	CHECK_STR(pst_kit_attribute(pair.front, "tls.sni", NULL),
	          "xn--bcher-kva.example");
	part();
	settings(PST_CONNECT, LIST("trust", "ca", "verify_name", "*.a.example"),
	         "verify_name", "neither a host name");
	settings(PST_CONNECT, LIST("trust", "ca", "verify_name", "\xff\xfe"),
	         "verify_name", "no international host name");
	settings(PST_CONNECT, LIST("trust", "ca", "verify_name", ""),
	         "verify_name", "is empty");
}

/* -- clients ----------------------------------------------------------- */

static struct tinyca_cert bob;

static void make_bob(void)
{
	struct tinyca_spec spec = {
		.cn = "bob",
		.dns = {"bob.example.com"},
		.email = {"bob@Example.com"},
		.uri = {"spiffe://example.com/ns/a/sa/bob"},
		.ip = {"192.0.2.9"},
		.for_clients = true,
		.issuer = world_cert(WORLD_CA),
	};

	tinyca_make(&bob, &spec);
	world_file("bob", bob.pem, strlen(bob.pem));
	world_file("bob.key", bob.key_pem, strlen(bob.key_pem));
}

static void a_client_must_have_one_of_the_names(void)
{
	static const struct {
		const char *glob;
		bool ok;
	} globs[] = {
		{"bob.example.com", true},
		{"*.example.com", true},
		{"dns:BOB.*.com", true},
		{"bob@example.com", true},
		{"email:*@example.com", true},
		{"spiffe://example.com/ns/*/sa/bob", true},
		{"uri:spiffe://example.com/**", true},
		{"bob", false},
		{"*.com", false},
		{"*", false},
		{"BOB@example.com", false},
		{"*@*.com", true}, /* no edge in the domain of an address */
		{"spiffe://example.com/*", false},
		{"spiffe://example.com/ns/*/sa/bo", false},
		{"dns:bob@example.com", false},
		{"192.0.2.9", false},
	};
	size_t i;

	for (i = 0; i < sizeof(globs) / sizeof(globs[0]); i++) {
		meet(LIST(ASK("require"), "client_names", globs[i].glob),
		     LIST("trust", "ca", SERVES("bob")));
		if (globs[i].ok) {
			check_up(pair.front);
		} else {
			check_refused(pair.front,
			              "the client (CN=bob) is not in "
			              "services.test.client_names; its "
			              "certificate has the names "
			              "(subjectAltName) DNS:bob.example.com",
			              49);
		}
		part();
	}
	/* alice has no name at all, and her common name is none */
	meet(LIST(ASK("request"), "client_names", "alice"),
	     LIST("trust", "ca", SERVES("client")));
	check_refused(pair.front, "the names (subjectAltName) none", 49);
	part();
	meet(LIST(ASK("request"), "client_names", "alice"), NULL);
	check_up(pair.front);
	part();
}

static void a_client_must_have_one_of_the_fingerprints(void)
{
	char print[80], other[80];

	tls_fingerprint(bob.crt, print, sizeof(print));
	tls_fingerprint(world_cert(WORLD_CLIENT)->crt, other, sizeof(other));
	meet(LIST(ASK("require"), "client_fingerprints", print),
	     LIST("trust", "ca", SERVES("bob")));
	check_up(pair.front);
	part();
	meet(LIST(ASK("require"), "client_fingerprints", other),
	     LIST("trust", "ca", SERVES("bob")));
	check_refused(pair.front,
	              "is not in services.test.client_fingerprints; its "
	              "certificate has sha256:",
	              49);
	part();
	/* each setting narrows */
	meet(LIST(ASK("require"), "client_fingerprints", print, "client_names",
	          "*.example.org"),
	     LIST("trust", "ca", SERVES("bob")));
	check_refused(pair.front, "client_names", 49);
	part();
}

static void clients_rules_need_clients_certificates(void)
{
	settings(PST_ACCEPT, LIST(SERVES("gw"), "client_names", "a.example"),
	         "client_names", "set client_auth");
	settings(PST_ACCEPT,
	         LIST(SERVES("gw"), "client_fingerprints",
	              "0000000000000000000000000000000000000000000000000000000"
	              "000000000"),
	         "client_fingerprints", "set client_auth");
	settings(PST_ACCEPT,
	         LIST(SERVES("gw"), ASK("require"), "client_names", "CN=bob"),
	         "client_names", "is a subject");
	settings(PST_ACCEPT,
	         LIST(SERVES("gw"), ASK("require"), "client_fingerprints",
	              "0123456789012345678901234567890123456789"),
	         "client_fingerprints", "SHA-1");
}

static void patterns_that_cannot_match_are_errors(void)
{
	CHECK(tls_glob_fault("a.example") == NULL);
	CHECK(tls_glob_fault("uri:urn:a:b") == NULL);
	CHECK(tls_glob_fault("email:*@**") == NULL);
	CHECK(tls_glob_fault("emial:*@example.com") != NULL);
	CHECK(tls_glob_fault("ip:192.0.2.1") != NULL);
	CHECK(tls_glob_fault("dns:a.example:443") != NULL);
	CHECK(tls_glob_fault("") != NULL);
	CHECK(tls_glob_fault("dns:") != NULL);
	CHECK(tls_glob_fault("a b") != NULL);
	CHECK(tls_glob_fault("b\xc3\xbc"
	                     "cher.example") != NULL);
	CHECK(tls_glob_fault("email:bob") != NULL);
	CHECK(tls_glob_fault("***") != NULL);
	CHECK(tls_glob_fault("CN=bob") != NULL);
}

static bool fits(const char *pattern, const char *name)
{
	return tls_glob_matches(pattern, GNUTLS_SAN_URI, name, strlen(name));
}

static void stars_stop_at_edges(void)
{
	CHECK(fits("uri:a/*/c", "a/b/c"));
	CHECK(fits("uri:a/*/c", "a//c"));
	CHECK(!fits("uri:a/*/c", "a/b/b/c"));
	CHECK(fits("uri:a/**/c", "a/b/b/c"));
	CHECK(fits("uri:**/x/*", "a/x/b/x/c"));
	CHECK(!fits("uri:**/x/*", "a/x/b/x/c/"));
	CHECK(fits("uri:*a*b*", "xaxbx"));
	CHECK(!fits("uri:*a*b*", "xbxax"));
	CHECK(fits("uri:**", "anything/at:all"));
	CHECK(!fits("uri:a", "A"));
	CHECK(!tls_glob_matches("uri:**", GNUTLS_SAN_URI, "a\0b", 3));
	CHECK(!tls_glob_matches("uri:**", GNUTLS_SAN_URI, "", 0));
	CHECK(!tls_glob_matches("uri:**", GNUTLS_SAN_DNSNAME, "a", 1));
	CHECK(tls_glob_matches("*.B.c", GNUTLS_SAN_DNSNAME, "a.b.C", 5));
	CHECK(!tls_glob_matches("a@b.c", GNUTLS_SAN_RFC822NAME, "x@a@b.c", 7));
}

static bool within(const char *uri, const char *constraint)
{
	return tls_uri_is_within(uri, strlen(uri), constraint,
	                         strlen(constraint));
}

static void uris_have_hosts(void)
{
	CHECK(within("https://a.b/", "a.b"));
	CHECK(within("https://A.b:80?x", "a.B"));
	CHECK(within("https://u:p@a.b#x", "a.b"));
	CHECK(within("spiffe://a.b/c", ".b"));
	CHECK(!within("https://a.b/", ".a.b"));
	CHECK(!within("https://xa.b/", "a.b"));
	CHECK(!within("https://a.b.c/", "a.b"));
	CHECK(!within("https://c/@a.b", "a.b"));
	CHECK(!within("https://192.0.2.1/", ""));
	CHECK(!within("https://[::1]/", ""));
	CHECK(!within("urn:a.b", "a.b"));
	CHECK(!within("https:///", ""));
	CHECK(!within("", ""));
}

/* -- what becomes known ------------------------------------------------ */

static void a_proven_client_is_described(void)
{
	static const char *const keys[] = {
		"tls.peer.subject",   "tls.peer.issuer",
		"tls.peer.serial",    "tls.peer.names",
		"tls.peer.not_after", "tls.peer.fingerprint",
		"tls.peer.verified"};
	enum pst_provenance how;
	size_t i;

	meet(LIST(ASK("request")), LIST("trust", "ca", SERVES("bob")));
	check_up(pair.front);
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		how = PST_CLAIMED;
		CHECK(pst_kit_attribute(pair.front, keys[i], &how) != NULL);
		CHECK_INT(how, PST_PROVEN);
	}
	CHECK_STR(pst_kit_attribute(pair.front, "tls.peer.issuer", NULL),
	          "CN=Test CA");
	CHECK_STR(pst_kit_attribute(pair.front, "tls.peer.names", NULL),
	          "DNS:bob.example.com, email:bob@Example.com, "
	          "URI:spiffe://example.com/ns/a/sa/bob, IP:192.0.2.9");
	CHECK_STR(pst_kit_attribute(pair.front, "tls.peer.verified", NULL),
	          "yes");
	CHECK(pst_kit_attribute(pair.front, "tls.peer.certificate", NULL) ==
	      NULL);
	part();
	meet(LIST(ASK("request")), NULL);
	check_up(pair.front);
	CHECK_STR(pst_kit_attribute(pair.front, "tls.peer.verified", NULL),
	          "no");
	CHECK(pst_kit_attribute(pair.front, "tls.peer.subject", NULL) == NULL);
	part();
}

static void the_certificate_is_kept_when_asked_for(void)
{
	enum pst_provenance how = PST_CLAIMED;
	const char *value;

	meet(LIST(ASK("require"), "peer_certificate", "true"),
	     LIST("trust", "ca", SERVES("bob")));
	value = pst_kit_attribute(pair.front, "tls.peer.certificate", &how);
	CHECK_INT(how, PST_PROVEN);
	CHECK(value != NULL && strncmp(value, ":MII", 4) == 0 &&
	      value[strlen(value) - 1] == ':' &&
	      strpbrk(value, " \r\n") == NULL);
	part();
}

static void what_a_peer_wrote_cannot_forge_a_log(void)
{
	struct tinyca_spec spec = {.cn = "a\nb\x1b[0m\xc3\xbc",
	                           .raw_dns = "x, DNS:admin\n\0%",
	                           .raw_dns_length = 15,
	                           .issuer = world_cert(WORLD_CA)};
	struct tinyca_cert odd;
	char text[64];

	tinyca_make(&odd, &spec);
	world_file("odd", odd.pem, strlen(odd.pem));
	world_file("odd.key", odd.key_pem, strlen(odd.key_pem));
	meet(LIST(ASK("require")), LIST("trust", "ca", SERVES("odd")));
	check_up(pair.front);
	CHECK_STR(pst_kit_attribute(pair.front, "tls.peer.subject", NULL),
	          "CN=a\\0Ab\\1B[0m\\C3\\BC");
	CHECK_STR(pst_kit_attribute(pair.front, "tls.peer.names", NULL),
	          "DNS:x%2C%20DNS:admin%0A%00%");
	part();
	meet(LIST(ASK("require"), "client_names", "x"),
	     LIST("trust", "ca", SERVES("odd")));
	CHECK(strpbrk(pst_kit_fail_text(pair.front), "\n\x1b") == NULL);
	part();
	tinyca_finish(&odd);
	CHECK(!tls_clean(text, 4, "abcd", 4));
	CHECK_STR(text, "abc");
	CHECK(tls_clean(text, 5, "abcd", 4));
	CHECK(!tls_clean(text, 5, "ab\n", 3));
	CHECK_STR(text, "ab");
}

/* -- what clients are told --------------------------------------------- */

static unsigned authorities;

static int count_authorities(gnutls_session_t session,
                             const gnutls_datum_t *names, int count,
                             const gnutls_pk_algorithm_t *algorithms,
                             int algorithm_count, gnutls_pcert_st **pcert,
                             unsigned *pcert_count, gnutls_privkey_t *key)
{
	(void)session;
	(void)names;
	(void)algorithms;
	(void)algorithm_count;
	authorities = (unsigned)count;
	*pcert = NULL;
	*pcert_count = 0;
	*key = NULL;
	return 0;
}

static unsigned asks_for(const char *const *front)
{
	const struct tls_conf *conf;

	world_pair(&pair, front, NULL);
	conf = pst_kit_instance(pair.back)->conf;
	authorities = 0;
	gnutls_certificate_set_retrieve_function2(conf->credentials,
	                                          count_authorities);
	world_run(&pair);
	part();
	return authorities;
}

static void clients_are_told_which_authorities_count(void)
{
	CHECK_INT(asks_for(LIST(ASK("request"))), 1);
	CHECK_INT(asks_for(LIST(ASK("request"), "client_trust", "other-ca",
	                        "max_version", "1.2")),
	          2);
	CHECK_INT(asks_for(nothing), 0);
}

static void explain_tells_the_rules(void)
{
	struct pst_kit *k = world_kit(PST_ACCEPT,
	                              LIST(SERVES("gw"), ASK("require"),
	                                   "client_names", "*.example.com"),
	                              NULL);

	pst_kit_explain(k);
	CHECK(pst_kit_diagnosed(k, "clients", "must show a certificate"));
	CHECK(pst_kit_diagnosed(k, "client name", "*.example.com"));
	CHECK_INT(pst_kit_destroy(k), 0);
	k = world_kit(PST_CONNECT,
	              LIST("verify", "pins", "pins", pin_of(WORLD_GW, BASE64)),
	              &world_url);
	pst_kit_explain(k);
	CHECK(pst_kit_diagnosed(k, "verify", "pins alone"));
	CHECK(pst_kit_diagnosed(k, "pin", "sha256//"));
	CHECK_INT(pst_kit_destroy(k), 0);
}

/* -- resumed sessions -------------------------------------------------- */

static int judge_again(struct pst_kit *k, const char *says)
{
	struct tls_wire w = {.me = pst_kit_instance(k)};
	int ret;

	w.conf = w.me->conf;
	w.state = w.me->state;
	ret = tls_verify_resumed(&w);
	if (ret != 0 && !CHECK(strstr(w.trouble.text, says) != NULL)) {
		printf("    wanted: %s\n    said: %s\n", says, w.trouble.text);
	}
	CHECK_INT(w.state->verified, ret == 0);
	return ret;
}

static void who_resumes_is_judged_by_todays_lists(void)
{
	struct tinyca_crl spec = {.issuer = world_cert(WORLD_CA),
	                          .from_days = -1,
	                          .until_days = 9000};
	int64_t late = time(NULL) + (int64_t)9001 * 24 * 60 * 60;
	size_t length;
	char *list = tinyca_make_crl(&spec, &length);
	struct pst_kit *both[2];
	int i;

	world_file("list", list, length);
	world_trust("listed", LIST("certificates", "ca", "crl", "list"));
	meet(LIST("client_auth", "require", "client_trust", "listed"),
	     LIST("trust", "listed", SERVES("bob")));
	both[0] = pair.front;
	both[1] = pair.back;
	for (i = 0; i < 2; i++) {
		check_up(both[i]);
		CHECK_INT(judge_again(both[i], ""), 0);
		pst_kit_set_wall_clock(both[i], late);
		CHECK(judge_again(both[i], "nobody knows whether") != 0);
	}
	part();
	free(list);
}

static void who_resumes_is_judged_by_todays_rules(void)
{
	static const char *const other[] = {"x.example"};
	struct tls_conf *conf;

	meet(LIST(ASK("request"), "client_names", "*.example.com"),
	     LIST("trust", "ca", SERVES("bob")));
	CHECK_INT(judge_again(pair.front, ""), 0);
	conf = (struct tls_conf *)(uintptr_t)pst_kit_instance(pair.front)->conf;
	conf->peer.client_names.item = other;
	CHECK(judge_again(pair.front, "client_names") != 0);
	part();
	/* who began without a certificate has none now */
	meet(LIST(ASK("request")), NULL);
	conf = (struct tls_conf *)(uintptr_t)pst_kit_instance(pair.front)->conf;
	conf->peer.client_auth = TLS_AUTH_REQUIRE;
	CHECK(judge_again(pair.front, "shows no certificate") != 0);
	part();
}

static CU_TestInfo tests[] = {
	TEST(a_pin_is_needed_besides_the_chain),
	TEST(pins_alone_look_at_nothing_else),
	TEST(malformed_pins_are_errors),
	TEST(unverified_connections_are_counted),
	TEST(only_verified_back_ends_are_authenticated),
	TEST(asked_for_and_looked_for_may_differ),
	TEST(a_client_must_have_one_of_the_names),
	TEST(a_client_must_have_one_of_the_fingerprints),
	TEST(clients_rules_need_clients_certificates),
	TEST(patterns_that_cannot_match_are_errors),
	TEST(stars_stop_at_edges),
	TEST(uris_have_hosts),
	TEST(a_proven_client_is_described),
	TEST(the_certificate_is_kept_when_asked_for),
	TEST(what_a_peer_wrote_cannot_forge_a_log),
	TEST(clients_are_told_which_authorities_count),
	TEST(explain_tells_the_rules),
	TEST(who_resumes_is_judged_by_todays_lists),
	TEST(who_resumes_is_judged_by_todays_rules),
	CU_TEST_INFO_NULL,
};

int main(int argc, char **argv)
{
	int ret;

	(void)argc;
	world_make();
	make_bob();
	ret = pst_test_run(argv[0], tests);
	tinyca_finish(&bob);
	world_finish();
	return ret;
}
