/* SPDX-License-Identifier: MIT */
/* What is spoken: versions, suites, groups and signatures, and each setting of
 * them that cannot be. */
#include "test_tls_world.h"

#include "tls_conf.h"
#include "tls_groups.h"
#include "tls_near.h"

#define SERVES    "certificate", "gw", "private_key", "gw.key"
#define END       ((const char *)NULL)
#define LIST(...) ((const char *const[]){SERVES, __VA_ARGS__, END})

static struct pst_kit *kit;
static char said[2000];

static const struct tls_spoken *spoken(void)
{
	const struct tls_conf *conf = pst_kit_instance(kit)->conf;

	return &conf->spoken;
}

static void refused(const char *const *options, const char *option,
                    const char *text)
{
	kit = world_kit(PST_ACCEPT, options, NULL);
	CHECK(!pst_kit_ready(kit));
	if (!CHECK(pst_kit_diagnosed(kit, option, text))) {
		printf("    wanted: %s: %s\n    said: %s\n", option, text,
		       pst_kit_diagnosis(kit, 0));
	}
	CHECK_INT(pst_kit_destroy(kit), 0);
}

static void warned(const char *const *options, const char *option,
                   const char *text)
{
	kit = world_kit(PST_ACCEPT, options, NULL);
	CHECK(pst_kit_ready(kit));
	if (!CHECK(pst_kit_diagnosed(kit, option, text))) {
		printf("    wanted: %s: %s\n    said: %s\n", option, text,
		       pst_kit_diagnosis(kit, 0));
	}
	CHECK_INT(pst_kit_destroy(kit), 0);
}

/* The suites that come of `options`, with nothing to complain about. */
static const char *suites(const char *const *options)
{
	said[0] = '\0';
	kit = world_kit(PST_ACCEPT, options, NULL);
	if (!CHECK(pst_kit_ready(kit)) ||
	    !CHECK(pst_kit_diagnosis(kit, 0) == NULL)) {
		printf("    said: %s\n", pst_kit_diagnosis(kit, 0));
	}
	if (pst_kit_ready(kit)) {
		tls_spoken_suites(spoken(), TLS_SUITES_MAX, said, sizeof(said));
	}
	CHECK_INT(pst_kit_destroy(kit), 0);
	return said;
}

static const char *versions(const char *const *options)
{
	said[0] = '\0';
	kit = world_kit(PST_ACCEPT, options, NULL);
	if (CHECK(pst_kit_ready(kit))) {
		tls_spoken_versions(spoken(), said, sizeof(said));
	}
	CHECK_INT(pst_kit_destroy(kit), 0);
	return said;
}

static const char *groups(const char *const *options)
{
	said[0] = '\0';
	kit = world_kit(PST_ACCEPT, options, NULL);
	if (CHECK(pst_kit_ready(kit))) {
		tls_spoken_groups(spoken(), said, sizeof(said));
	}
	CHECK_INT(pst_kit_destroy(kit), 0);
	return said;
}

#define NEW_3                                              \
	"TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384, " \
	"TLS_CHACHA20_POLY1305_SHA256"

static void the_defaults_are_strict(void)
{
	CHECK_STR(suites(LIST("profile", "intermediate")),
	          NEW_3 ", TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
	                ", TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
	                ", TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"
	                ", TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
	                ", TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
	                " and TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");
	CHECK_STR(versions(LIST("profile", "intermediate")), "TLS 1.2 to 1.3");
	CHECK_STR(groups(LIST("profile", "intermediate")),
	          "X25519, P-256, P-384, P-521");
}

static void the_profiles_choose_versions(void)
{
	CHECK_STR(versions(LIST("profile", "modern")), "TLS 1.3");
	CHECK_STR(suites(LIST("profile", "modern")),
	          "TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384 and "
	          "TLS_CHACHA20_POLY1305_SHA256");
	CHECK_STR(versions(LIST("profile", "legacy")), "TLS 1.0 to 1.3");
	CHECK_STR(versions(LIST("profile", "legacy", "min_version", "1.1",
	                        "max_version", "1.2")),
	          "TLS 1.1 to 1.2");
	CHECK_STR(versions(LIST("min_version", "1.3")), "TLS 1.3");
	CHECK_STR(versions(LIST("max_version", "1.2")), "TLS 1.2");
}

static void legacy_is_warned_of(void)
{
	warned(LIST("profile", "legacy"), "profile", "known to be weak");
	kit = world_kit(PST_ACCEPT, LIST("profile", "legacy"), NULL);
	tls_spoken_suites(spoken(), TLS_SUITES_MAX, said, sizeof(said));
	CHECK(strstr(said, "TLS_RSA_WITH_AES_128_CBC_SHA") != NULL);
	CHECK(strstr(said, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA") != NULL);
	CHECK(strstr(said, "3DES") == NULL);
	CHECK_INT(pst_kit_destroy(kit), 0);
}

static void versions_have_an_order(void)
{
	refused(LIST("min_version", "1.3", "max_version", "1.2"), "min_version",
	        "1.3 is above max_version 1.2");
}

static void versions_are_written_one_way(void)
{
	refused(LIST("min_version", "TLS12"), "min_version",
	        "\"TLS12\" is not how it is written here; write \"1.2\"");
	refused(LIST("min_version", "TLSv1.2"), "min_version", "write \"1.2\"");
	refused(LIST("max_version", "tls1_3"), "max_version", "write \"1.3\"");
	refused(LIST("max_version", "TLSv1"), "max_version", "write \"1.0\"");
	refused(LIST("min_version", "SSLv3"), "min_version", "SSL is broken");
	refused(LIST("min_version", "1.9"), "min_version",
	        "\"1.9\" is not a TLS version; use \"1.2\" or \"1.3\"");
	refused(LIST("min_version", ""), "min_version", "not a TLS version");
}

static void old_versions_need_the_profile_legacy(void)
{
	refused(LIST("min_version", "1.0"), "min_version",
	        "only with profile = \"legacy\"");
	refused(LIST("max_version", "1.1"), "max_version",
	        "only with profile = \"legacy\"");
	refused(LIST("profile", "modern", "min_version", "1.2"), "min_version",
	        "use profile = \"intermediate\"");
	refused(LIST("profile", "modern", "max_version", "1.0"), "max_version",
	        "only with profile = \"legacy\"");
}

static void suites_have_names_and_numbers(void)
{
	static const char wanted[] = "TLS_AES_128_GCM_SHA256 and "
				     "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";

	CHECK_STR(suites(LIST("ciphers", "4865", "ciphers", "49195")), wanted);
	CHECK_STR(suites(LIST("ciphers", "0x1301", "ciphers", "0xC02B")),
	          wanted);
	CHECK_STR(suites(LIST("ciphers", "tls_aes_128_gcm_sha256", "ciphers",
	                      "ECDHE-ECDSA-AES128-GCM-SHA256")),
	          wanted);
	CHECK_STR(suites(LIST("ciphers", "TLS_AES_128_GCM_SHA256:"
	                                 "ecdhe-ecdsa-aes128-gcm-sha256")),
	          wanted);
	CHECK_STR(suites(LIST("ciphers", "TLS_AES_128_GCM_SHA256, "
	                                 "TLS_ECDHE_ECDSA_AES_128_GCM_SHA256")),
	          wanted);
	CHECK_STR(suites(LIST("max_version", "1.2", "ciphers",
	                      "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305")),
	          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256");
}

static void the_order_is_the_preference(void)
{
	CHECK_STR(suites(LIST("ciphers", "4867", "ciphers", "4865",
	                      "min_version", "1.3")),
	          "TLS_CHACHA20_POLY1305_SHA256 and TLS_AES_128_GCM_SHA256");
	CHECK_STR(suites(LIST("max_version", "1.2", "ciphers",
	                      "ECDHE-ECDSA-AES256-GCM-SHA384:"
	                      "ECDHE-ECDSA-AES128-GCM-SHA256")),
	          "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 and "
	          "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
	/* 1.3 says AES-128 first, 1.2 AES-256 */
	warned(LIST("ciphers", "4865:4866:ECDHE-ECDSA-AES256-GCM-SHA384:"
	                       "ECDHE-ECDSA-AES128-GCM-SHA256"),
	       "ciphers", "this order cannot be had");
}

static void extras_are_refused_and_named(void)
{
	refused(LIST("ciphers", "49199", "ciphers", "49196", "max_version",
	             "1.2"),
	        "ciphers",
	        "cannot be spoken without "
	        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 and "
	        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 as well");
	refused(LIST("ciphers", "49199", "ciphers", "49196", "max_version",
	             "1.2"),
	        "ciphers",
	        "or leave out TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384");
	refused(LIST("ciphers", "4865", "ciphers", "49196"), "ciphers",
	        "cannot be spoken without TLS_AES_256_GCM_SHA384 and "
	        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 as well");
	refused(LIST("ciphers", "49199:49196:49200:52393", "max_version",
	             "1.2"),
	        "ciphers", "cannot be spoken without");
}

static void a_version_needs_a_suite(void)
{
	refused(LIST("ciphers", "49199", "ciphers", "49196"), "ciphers",
	        "no suite for TLS 1.3, and max_version is 1.3");
	refused(LIST("ciphers", "4865"), "ciphers",
	        "no suite for TLS 1.2, and min_version is 1.2");
	refused(LIST("ciphers", "4865", "max_version", "1.2"), "ciphers",
	        "names no suite that can be used from TLS 1.2 to 1.2");
	warned(LIST("ciphers", "4865", "ciphers", "49195", "min_version",
	            "1.3"),
	       "ciphers",
	       "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 is not used");
}

static void unknown_suites_are_refused(void)
{
	refused(LIST("ciphers", "TLS_AES_129_GCM_SHA256"), "ciphers",
	        "\"TLS_AES_129_GCM_SHA256\" is not the name of a cipher suite; "
	        "did you mean \"TLS_AES_128_GCM_SHA256\"?");
	refused(LIST("ciphers", "ECDHE-RSA-AES128-GCM-SHA255"), "ciphers",
	        "did you mean \"ECDHE-RSA-AES128-GCM-SHA256\"?");
	refused(LIST("ciphers", "4870"), "ciphers", "is not the number");
	refused(LIST("ciphers", "99999999999"), "ciphers", "is not the number");
	refused(LIST("ciphers", "xyzzy"), "ciphers", "is not the name");
	refused(LIST("ciphers", ""), "ciphers", "is not the name");
	refused(LIST("ciphers", ":"), "ciphers", "is not the name");
	refused(LIST("ciphers", "HIGH"), "ciphers", "expression of OpenSSL");
	refused(LIST("ciphers", "ECDH+AESGCM:!aNULL"), "ciphers",
	        "expression of OpenSSL");
}

static void broken_suites_are_refused_with_the_reason(void)
{
	static const char *const bad[][2] = {
		{"5", "(TLS_RSA_ARCFOUR_128_SHA1) uses RC4"},
		{"10", "uses 3DES"},
		{"49159", "uses RC4"},
		{"49169", "uses RC4"},
		{"49170", "uses 3DES"},
		{"2", "encrypts nothing"},
		{"TLS_RSA_WITH_RC4_128_SHA", "uses RC4"},
		{"RC4-SHA", "uses RC4"},
		{"DES-CBC3-SHA", "uses DES"},
		{"NULL-SHA256", "encrypts nothing"},
		{"EXP-RC4-MD5", "weakened for export"},
		{"ADH-AES128-SHA", "proves nobody's name"},
		{"PSK-AES128-CBC-SHA", "keys that both ends share"},
		{"DHE-DSS-AES128-SHA", "DSA certificates"},
		{"ECDHE-ARIA128-GCM-SHA256", "is not in GnuTLS"},
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		refused(LIST("ciphers", bad[i][0]), "ciphers", bad[i][1]);
		refused(LIST("profile", "legacy", "ciphers", bad[i][0]),
		        "ciphers", bad[i][1]);
	}
}

static void weak_suites_need_the_profile_legacy(void)
{
	static const char *const weak[][2] = {
		{"47", "no forward secrecy"},
		{"53", "no forward secrecy"},
		{"60", "no forward secrecy"},
		{"156", "no forward secrecy"},
		{"157", "no forward secrecy"},
		{"49161", "no authenticated encryption"},
		{"49162", "no authenticated encryption"},
		{"49171", "no authenticated encryption"},
		{"49172", "no authenticated encryption"},
		{"49187", "no authenticated encryption"},
		{"49191", "no authenticated encryption"},
		{"4869", "64 bits only"},
	};
	size_t i;

	for (i = 0; i < sizeof(weak) / sizeof(weak[0]); i++) {
		refused(LIST("ciphers", weak[i][0]), "ciphers", weak[i][1]);
	}
	warned(LIST("profile", "legacy", "max_version", "1.2", "ciphers",
	            "49161"),
	       "profile", "weak");
}

static void suites_must_fit_the_key(void)
{
	refused(LIST("max_version", "1.2", "ciphers", "49199"), "ciphers",
	        "no suite for TLS 1.2 fits this end's keys");
	warned(LIST("max_version", "1.2", "ciphers", "49199:49195"), "ciphers",
	       "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 cannot be used: no "
	       "certificate here has an RSA key");
}

static void signatures_must_fit_the_key(void)
{
	refused(LIST("signature_algorithms", "rsa_pss_rsae_sha256"),
	        "signature_algorithms",
	        "names none that this end's keys, ECDSA or EdDSA, can make");
}

static void groups_have_many_names(void)
{
	CHECK_STR(groups(LIST("groups", "prime256v1", "groups", "X448",
	                      "groups", "FFDHE3072")),
	          "P-256, X448, ffdhe3072");
	CHECK_STR(groups(LIST("groups", "24", "groups", "29", "groups",
	                      "secp521r1", "groups", "P-521")),
	          "P-384, X25519, P-521");
	warned(LIST("groups", "ffdhe2048"), "groups", "has no curve");
	refused(LIST("groups", "X25591"), "groups",
	        "\"X25591\" is not a group; did you mean \"X25519\"?");
	refused(LIST("groups", "secp192r1"), "groups", "too small");
	refused(LIST("groups", "4588"), "groups", "(X25519MLKEM768)");
	refused(LIST("groups", ""), "groups", "is not a group");
	refused(LIST("groups", "99"), "groups", "is not a group");
}

static void signatures_have_iana_names(void)
{
	const unsigned *list;

	kit = world_kit(PST_ACCEPT,
	                LIST("signature_algorithms", "ed25519",
	                     "signature_algorithms", "rsa_pss_rsae_sha256"),
	                NULL);
	CHECK(pst_kit_ready(kit));
	if (CHECK_INT(gnutls_priority_sign_list(spoken()->priority, &list),
	              2)) {
		CHECK_INT(list[0], GNUTLS_SIGN_EDDSA_ED25519);
		CHECK_INT(list[1], GNUTLS_SIGN_RSA_PSS_RSAE_SHA256);
	}
	CHECK_INT(pst_kit_destroy(kit), 0);
	refused(LIST("signature_algorithms", "rsa_pss_rsae_sha265"),
	        "signature_algorithms",
	        "did you mean \"rsa_pss_rsae_sha256\"?");
	refused(LIST("signature_algorithms", "rsa_pkcs1_sha1"),
	        "signature_algorithms", "too weak");
}

static void put_dh(const char *name, unsigned bits)
{
	static gnutls_datum_t out[2];
	static int used;
	gnutls_dh_params_t dh;

	CHECK_INT(gnutls_dh_params_init(&dh), 0);
	if (bits == 2048) {
		gnutls_dh_params_import_raw(dh, &gnutls_ffdhe_2048_group_prime,
		                            &gnutls_ffdhe_2048_group_generator);
	} else {
		CHECK_INT(gnutls_dh_params_generate2(dh, bits), 0);
	}
	CHECK_INT(gnutls_dh_params_export2_pkcs3(dh, GNUTLS_X509_FMT_PEM,
	                                         &out[used]),
	          0);
	gnutls_dh_params_deinit(dh);
	world_file(name, out[used].data, out[used].size);
	used++;
}

static void short_dh_parameters_are_refused(void)
{
	static const char dhe[] = "DHE-RSA-AES128-GCM-SHA256";

	put_dh("dh512", 512);
	put_dh("dh2048", 2048);
	world_file("dhtext", "hello\n", 6);
	kit = world_kit(PST_ACCEPT,
	                (const char *const[]){"certificate", "rsa",
	                                      "private_key", "rsa.key",
	                                      "max_version", "1.2", "ciphers",
	                                      dhe, "dhparam", "dh2048", END},
	                NULL);
	CHECK(pst_kit_ready(kit));
	CHECK(pst_kit_diagnosis(kit, 0) == NULL);
	CHECK(pst_kit_ready(kit) && spoken()->dh != NULL);
	CHECK_INT(pst_kit_destroy(kit), 0);
	warned(LIST("dhparam", "dh2048"), "dhparam", "is not used");
	warned((const char *const[]){"certificate", "rsa", "private_key",
	                             "rsa.key", "max_version", "1.2", "ciphers",
	                             dhe, "groups", "X25519", END},
	       "groups", "add \"ffdhe2048\"");
	refused(LIST("dhparam", "dh512"), "dhparam",
	        "a prime of 512 bits, which is too short");
	refused(LIST("dhparam", "dhtext"), "dhparam",
	        "has no PEM block \"DH PARAMETERS\"");
}

static void the_servers_order_can_be_left_to_the_client(void)
{
	static const char *const own[] = {"min_version", "1.3", "ciphers",
	                                  "4867:4865", NULL};
	static const char *const other[] = {
		"min_version",   "1.3",   "ciphers", "4867:4865",
		"prefer_server", "false", NULL};
	static const char *const client[] = {"min_version", "1.3", "ciphers",
	                                     "4865:4867", NULL};
	struct world_pair p;

	world_pair(&p, own, client);
	world_run(&p);
	CHECK_STR(pst_kit_attribute(p.front, "tls.cipher", NULL),
	          "TLS_CHACHA20_POLY1305_SHA256");
	world_part(&p);
	world_pair(&p, other, client);
	world_run(&p);
	CHECK_STR(pst_kit_attribute(p.front, "tls.cipher", NULL),
	          "TLS_AES_128_GCM_SHA256");
	world_part(&p);
}

static void the_table_of_suites_agrees_with_gnutls(void)
{
	const char *name;
	uint8_t id[2];
	size_t i, known = 0;

	for (i = 0; (name = gnutls_cipher_suite_info(i, id, NULL, NULL, NULL,
	                                             NULL)) != NULL;
	     i++) {
		unsigned code = (unsigned)(id[0] << 8 | id[1]);
		const struct tls_suite *s = tls_suite_by_code(code);
		char why[TLS_SUITE_WORDS];

		if (s == NULL) {
			continue;
		}
		known++;
		CHECK(tls_suite_find(name, why, sizeof(why)) == s);
		CHECK(tls_suite_find(s->name, why, sizeof(why)) == s);
		CHECK(tls_suite_find(s->openssl, why, sizeof(why)) == s);
	}
	CHECK_INT(known, 44);
}

static void near_names_are_found(void)
{
	struct tls_near near;
	char out[80];

	tls_near_init(&near, "X2551");
	tls_near_try(&near, "P-256");
	tls_near_try(&near, "X25519");
	CHECK_STR(tls_near_hint(&near, out, sizeof(out)),
	          "; did you mean \"X25519\"?");
	tls_near_init(&near, "");
	tls_near_try(&near, "X25519");
	CHECK_STR(tls_near_hint(&near, out, sizeof(out)), "");
	CHECK_STR(tls_group_name(29, out, sizeof(out)), "X25519");
	CHECK_STR(tls_group_name(0x1234, out, sizeof(out)), "0x1234");
	CHECK_STR(tls_signature_name(0x0804, out, sizeof(out)),
	          "rsa_pss_rsae_sha256");
}

/* Each name that users of other gateways look for says what to use, and what it
 * says to use is there. */
static void names_of_other_gateways_are_answered(void)
{
	static const char *const must[] = {
		"ssl_ciphers",
		"ssl_protocols",
		"ssl_encryption",
		"ssl_verify_client",
		"verify_client",
		"truststore",
		"type",
		"key",
		"chain_certificates",
		"ca_certificates",
		"hostname",
		"public_key",
		"keys",
		"curve_preferences",
		"prefer_server_cipher_suites",
		"cipher_suites",
		"ca_certs",
		"disable_system_ca_pool",
		"enable_mtls",
		"allow_insecure_connections",
		"client_certs",
		"disabled",
	};
	const struct pst_option *o;
	size_t i, found = 0;

	for (o = tls_options; o->name != NULL; o++) {
		enum pst_role role = (o->flags & PST_OPTION_ACCEPT) != 0
		                             ? PST_ACCEPT
		                             : PST_CONNECT;
		const char *const given[] = {o->name, "x", NULL};

		if ((o->flags & PST_OPTION_ELSEWHERE) == 0) {
			continue;
		}
		for (i = 0; i < sizeof(must) / sizeof(must[0]); i++) {
			found += strcmp(must[i], o->name) == 0 ? 1 : 0;
		}
		kit = world_kit(role, given, &world_url);
		CHECK(!pst_kit_ready(kit));
		if (!CHECK(pst_kit_diagnosed(kit, o->name, o->help))) {
			printf("    of %s\n", o->name);
		}
		CHECK_INT(pst_kit_destroy(kit), 0);
	}
	CHECK_INT(found, sizeof(must) / sizeof(must[0]));
}

static const struct pst_option *option_named(const char *name, size_t length)
{
	const struct pst_option *o;

	for (o = tls_options; o->name != NULL; o++) {
		if (strlen(o->name) == length &&
		    strncmp(o->name, name, length) == 0 &&
		    (o->flags & PST_OPTION_ELSEWHERE) == 0) {
			return o;
		}
	}
	return NULL;
}

static void what_is_advised_exists(void)
{
	const struct pst_option *o;

	for (o = tls_options; o->name != NULL; o++) {
		const char *name = o->help + 4;

		if ((o->flags & PST_OPTION_ELSEWHERE) == 0 ||
		    strncmp(o->help, "use ", 4) != 0 ||
		    strncmp(o->help, "use a ", 6) == 0) {
			continue;
		}
		if (!CHECK(option_named(name,
		                        strspn(name, "abcdefghijklmnopqrstuvw"
		                                     "xyz_")) != NULL)) {
			printf("    %s: %s\n", o->name, o->help);
		}
	}
}

static CU_TestInfo tests[] = {
	TEST(names_of_other_gateways_are_answered),
	TEST(what_is_advised_exists),
	TEST(the_defaults_are_strict),
	TEST(the_profiles_choose_versions),
	TEST(legacy_is_warned_of),
	TEST(versions_have_an_order),
	TEST(versions_are_written_one_way),
	TEST(old_versions_need_the_profile_legacy),
	TEST(suites_have_names_and_numbers),
	TEST(the_order_is_the_preference),
	TEST(extras_are_refused_and_named),
	TEST(a_version_needs_a_suite),
	TEST(unknown_suites_are_refused),
	TEST(broken_suites_are_refused_with_the_reason),
	TEST(weak_suites_need_the_profile_legacy),
	TEST(suites_must_fit_the_key),
	TEST(signatures_must_fit_the_key),
	TEST(groups_have_many_names),
	TEST(signatures_have_iana_names),
	TEST(short_dh_parameters_are_refused),
	TEST(the_servers_order_can_be_left_to_the_client),
	TEST(the_table_of_suites_agrees_with_gnutls),
	TEST(near_names_are_found),
	CU_TEST_INFO_NULL,
};
PST_TEST_MAIN_WITHIN(tests, world_make, world_finish)
