/* SPDX-License-Identifier: MIT */
/* Whom `tls` believes: the resource `trusts`, from every kind of source, and
 * lists of revoked certificates. */
#include "test_tls_world.h"

#include "tls_conf.h"

#include <unistd.h>

#define SERVES(cert) "certificate", cert, "private_key", cert ".key"
#define END          ((const char *)NULL)
#define LIST(...)    ((const char *const[]){__VA_ARGS__, END})

enum {
	DAY = 24 * 60 * 60
};

static struct pst_kit *kit;

/* A connect kit that trusts the one resource with these options. */
static void trust(const char *const *options)
{
	world_trust("it", options);
	kit = world_kit(PST_CONNECT, LIST("trust", "it"), &world_url);
}

static void check_said(const char *text)
{
	unsigned i;

	if (!CHECK(pst_kit_diagnosed(kit, NULL, text))) {
		printf("    wanted: %s\n", text);
		for (i = 0; pst_kit_diagnosis(kit, i) != NULL; i++) {
			printf("    said: %s\n", pst_kit_diagnosis(kit, i));
		}
	}
}

static void refused(const char *const *options, const char *text)
{
	trust(options);
	CHECK(!pst_kit_ready(kit));
	check_said(text);
	CHECK_INT(pst_kit_destroy(kit), 0);
}

/* What a connect hop that trusts `options` makes of the gateway's certificate,
 * or of another. NULL: it is up. */
static void meets(const char *const *front, const char *const *options,
                  const char *says, unsigned alert)
{
	struct world_pair p;

	world_pair(&p, front, options);
	world_run(&p);
	if (says == NULL) {
		if (!CHECK_INT(pst_kit_ups(p.back), 1)) {
			printf("    said: %s\n", pst_kit_fail_text(p.back));
		}
	} else {
		CHECK(pst_kit_failed(p.back));
		if (!CHECK(strstr(pst_kit_fail_text(p.back), says) != NULL)) {
			printf("    wanted: %s\n    said: %s\n", says,
			       pst_kit_fail_text(p.back));
		}
		CHECK_INT(pst_kit_fail_code(p.back), alert);
	}
	world_part(&p);
}

static unsigned trusted(const struct pst_kit *k)
{
	unsigned count = 0, i;
	const char *text;

	for (i = 0; (text = pst_kit_diagnosis(k, i)) != NULL; i++) {
		if (strncmp(text, "trust: ", 7) == 0) {
			const char *comma = strrchr(text, ',');

			count = comma == NULL ? 0 : (unsigned)atoi(comma + 2);
		}
	}
	return count;
}

static unsigned explained(const char *const *options)
{
	unsigned count;

	trust(options);
	CHECK(pst_kit_ready(kit));
	pst_kit_explain(kit);
	count = trusted(kit);
	CHECK_INT(pst_kit_destroy(kit), 0);
	return count;
}

static void a_file_a_folder_or_both(void)
{
	const char *ca = world_cert(WORLD_CA)->pem;
	const char *other = world_cert(WORLD_OTHER_CA)->pem;

	world_file("folder/a.pem", ca, strlen(ca));
	world_file("folder/b.pem", other, strlen(other));
	CHECK_INT(explained(LIST("certificates", "ca")), 1);
	CHECK_INT(explained(LIST("certificates", "folder")), 2);
	/* each once, however often it is named */
	CHECK_INT(explained(LIST("certificates", "folder", "certificates", "ca",
	                         "certificates", "other-ca")),
	          2);
	meets(NULL, LIST("trust", "folder/a.pem"), NULL, 0);
}

static void der_is_taken_as_well(void)
{
	size_t length;
	char *der = tinyca_der(world_cert(WORLD_CA), &length);

	world_file("ca.der", der, length);
	meets(NULL, LIST("trust", "ca.der"), NULL, 0);
	world_file("ca.der", der, length - 1);
	refused(LIST("certificates", "ca.der"), "is DER, but no certificate");
	world_file("ca.der", "", 0);
	free(der);
}

static void a_file_without_certificates_is_an_error(void)
{
	world_file("nothing", "hello\n", 6);
	refused(LIST("certificates", "nothing"), "has no PEM certificate");
	refused(LIST("certificates", "ca", "certificates", "nothing"),
	        "nothing has no PEM certificate");
	refused(LIST("certificates", "gw.key"), "holds a private key");
	world_file("nothing", "", 0);
	refused(LIST("certificates", "nothing"), "nothing is empty");
	world_file("nothing",
	           "-----BEGIN CERTIFICATE-----\nAAAA\n"
	           "-----END CERTIFICATE-----\n",
	           60);
	refused(LIST("certificates", "nothing"), "cannot be read");
	world_file("nothing", "-----BEGIN TRUSTED CERTIFICATE-----\n", 36);
	refused(LIST("certificates", "nothing"), "openssl x509 -in");
	refused(LIST("system", "false"), "nobody is trusted");
}

static void a_truststore_is_opened_with_its_password(void)
{
	const struct tinyca_cert *both[] = {world_cert(WORLD_CA),
	                                    world_cert(WORLD_OTHER_CA)};
	size_t length;
	char *store = tinyca_store(both, 2, "secret", &length);

	world_file("store.p12", store, length);
	world_file("good", "secret\n", 7);
	world_file("bad", "public\n", 7);
	world_trust("store",
	            LIST("keystore", "store.p12", "password_file", "good"));
	meets(NULL, LIST("trust", "store"), NULL, 0);
	CHECK_INT(explained(LIST("keystore", "store.p12", "password_file",
	                         "good")),
	          2);
	refused(LIST("keystore", "store.p12", "password_file", "bad"),
	        "password");
	refused(LIST("keystore", "ca"), "is PEM");
	refused(LIST("certificates", "store.p12"), "keystore = \"store.p12\"");
	refused(LIST("certificates", "ca", "password_file", "good"),
	        "no keystore that it could open");
	world_file("store.p12", "", 0);
	free(store);
}

static void javas_own_stores_are_refused_with_the_command(void)
{
	world_file("t.jks", "\xfe\xed\xfe\xed\0\0\0\2\0\0\0\0", 12);
	refused(LIST("certificates", "t.jks"), "keytool -importkeystore");
	refused(LIST("keystore", "t.jks"), "keytool -importkeystore");
	world_file("t.jks", "\xce\xce\xce\xce\0\0\0\2\0\0\0\0", 12);
	refused(LIST("certificates", "t.jks"), "JCEKS");
}

static void what_is_configured_elsewhere_is_named_there(void)
{
	refused(LIST("truststore", "x.jks"), "use keystore");
	kit = world_kit(PST_CONNECT, LIST("trust_system", "true"), &world_url);
	CHECK(!pst_kit_ready(kit));
	check_said("use trust = ( \"ca.pem\", \"system\" )");
	CHECK_INT(pst_kit_destroy(kit), 0);
}

static void a_certificate_that_is_no_authoritys_is_told(void)
{
	trust(LIST("certificates", "self"));
	CHECK(pst_kit_ready(kit));
	pst_kit_explain(kit);
	check_said("1 of them, no authority");
	CHECK_INT(pst_kit_destroy(kit), 0);
	/* and issues nothing */
	meets(NULL, LIST("trust", "self"), "issued by CN=Test CA", 48);
}

static void expiry_is_told_and_warned_of(void)
{
	struct tinyca_spec spec = {
		.cn = "Old", .ca = true, .from_days = -9, .until_days = -2};
	struct tinyca_cert old;
	int64_t when = 0;

	tinyca_make(&old, &spec);
	world_file("old", old.pem, strlen(old.pem));
	trust(LIST("certificates", "old"));
	CHECK(pst_kit_ready(kit));
	check_said("old: CN=Old expired on");
	CHECK(pst_kit_expiry(kit, 0, &when) == NULL); /* it has ended */
	CHECK_INT(pst_kit_destroy(kit), 0);
	trust(LIST("certificates", "ca"));
	CHECK(pst_kit_ready(kit));
	CHECK_STR(pst_kit_expiry(kit, 0, &when),
	          "trusted certificate ca (CN=Test CA)");
	CHECK_INT(when, gnutls_x509_crt_get_expiration_time(
				world_cert(WORLD_CA)->crt));
	CHECK_INT(pst_kit_destroy(kit), 0);
	tinyca_finish(&old);
}

static bool has_system(void)
{
	return access("/etc/ssl/certs/ca-certificates.crt", R_OK) == 0;
}

static void without_trust_the_systems_store_is_it(void)
{
	if (!has_system()) {
		return;
	}
	kit = world_kit(PST_CONNECT, LIST("verify", "on"), &world_url);
	CHECK(pst_kit_ready(kit));
	pst_kit_explain(kit);
	check_said("the system's store");
	CHECK(trusted(kit) > 50);
	CHECK_INT(pst_kit_destroy(kit), 0);
}

static void the_system_comes_by_word_only(void)
{
	if (!has_system()) {
		return;
	}
	CHECK_INT(explained(LIST("certificates", "ca")), 1);
	CHECK(explained(LIST("certificates", "ca", "system", "true")) > 50);
	meets(NULL, LIST("trust", "system"), "and no chain leads", 48);
	meets(NULL, LIST("trust", "ca", "trust", "system"), NULL, 0);
	kit = world_kit(PST_ACCEPT,
	                LIST(SERVES("gw"), "client_auth", "require"), NULL);
	CHECK(!pst_kit_ready(kit));
	check_said("set client_trust");
	CHECK_INT(pst_kit_destroy(kit), 0);
	kit = world_kit(PST_ACCEPT,
	                LIST(SERVES("gw"), "client_auth", "require",
	                     "client_trust", "system"),
	                NULL);
	CHECK(pst_kit_ready(kit));
	check_said("public authorities may come in");
	CHECK_INT(pst_kit_destroy(kit), 0);
}

static void several_resources_are_believed_each(void)
{
	meets(NULL, LIST("trust", "other-ca", "trust", "ca"), NULL, 0);
	meets(LIST(SERVES("other")), LIST("trust", "other-ca", "trust", "ca"),
	      NULL, 0);
	meets(LIST(SERVES("self")), LIST("trust", "other-ca", "trust", "ca"),
	      "not in services.test.trust: other-ca (other-ca) and ca (ca)",
	      48);
}

static void what_a_checker_read_is_read_when_it_is_needed(void)
{
	world_setup_flags = PST_SETUP_CHECKED;
	meets(NULL, LIST("trust", "ca"), NULL, 0);
	meets(LIST(SERVES("gw"), "client_auth", "require", "client_trust",
	           "ca"),
	      LIST("trust", "ca", SERVES("client")), NULL, 0);
	world_file("nothing", "hello\n", 6);
	world_trust("late", LIST("certificates", "nothing"));
	/* what was there to be checked is not there any more */
	meets(NULL, LIST("trust", "late"), "could not be read", 80);
	world_setup_flags = 0;
}

/* -- lists ------------------------------------------------------------- */

static char *list_of(const char *name, const struct tinyca_crl *spec)
{
	size_t length;
	char *text = tinyca_make_crl(spec, &length);

	world_file(name, text, length);
	return text;
}

static void a_revoked_back_end_is_refused(void)
{
	struct tinyca_crl spec = {.issuer = world_cert(WORLD_CA),
	                          .revoked = {world_cert(WORLD_GW)},
	                          .from_days = -1,
	                          .until_days = 9000};
	char *pem = list_of("list", &spec), *der;

	world_trust("pem", LIST("certificates", "ca", "crl", "list"));
	meets(NULL, LIST("trust", "pem"),
	      "a certificate of the back-end (CN=gateway) is revoked by list",
	      44);
	meets(LIST(SERVES("rsa")), LIST("trust", "pem"), NULL, 0);
	spec.der = true;
	der = list_of("list.der", &spec);
	world_trust("der", LIST("certificates", "ca", "crl", "list.der"));
	meets(NULL, LIST("trust", "der"), "is revoked by list.der", 44);
	/* who is trusted by another list is revoked all the same */
	meets(NULL, LIST("trust", "ca", "trust", "der"), "is revoked", 44);
	free(pem);
	free(der);
}

static void a_revoked_client_is_refused(void)
{
	struct tinyca_crl spec = {.issuer = world_cert(WORLD_CA),
	                          .revoked = {world_cert(WORLD_CLIENT)}};
	char *pem = list_of("list", &spec);
	struct world_pair p;

	world_trust("ours", LIST("certificates", "ca", "crl", "list"));
	world_pair(&p, LIST("client_auth", "request", "client_trust", "ours"),
	           LIST(SERVES("client")));
	world_run(&p);
	CHECK(pst_kit_failed(p.front));
	CHECK(strstr(pst_kit_fail_text(p.front),
	             "of the client (CN=alice) is revoked by list") != NULL);
	CHECK_INT(pst_kit_fail_code(p.front), 44);
	world_part(&p);
	free(pem);
}

static void an_authority_can_be_revoked(void)
{
	struct tinyca_spec middle_spec = {.cn = "Middle", .ca = true};
	struct tinyca_spec leaf_spec = {.cn = "leaf",
	                                .dns = {"gw.example.com"}};
	struct tinyca_cert middle, leaf;
	struct tinyca_crl spec = {.issuer = world_cert(WORLD_CA),
	                          .revoked = {&middle}};
	char *chain, *pem;

	middle_spec.issuer = world_cert(WORLD_CA);
	tinyca_make(&middle, &middle_spec);
	leaf_spec.issuer = &middle;
	tinyca_make(&leaf, &leaf_spec);
	chain = tinyca_join(leaf.pem, middle.pem);
	pem = list_of("list", &spec);
	world_file("chain.pem", chain, strlen(chain));
	world_file("chain.key", leaf.key_pem, strlen(leaf.key_pem));
	world_file("middle", middle.pem, strlen(middle.pem));
	world_trust("root", LIST("certificates", "ca", "crl", "list"));
	meets(LIST("certificate", "chain.pem", "private_key", "chain.key"),
	      LIST("trust", "root"), "(CN=Middle) is revoked", 44);
	/* nor is it trusted for being in a file */
	trust(LIST("certificates", "ca", "certificates", "middle", "crl",
	           "list"));
	CHECK(pst_kit_ready(kit));
	check_said("middle: CN=Middle is revoked by list and not trusted");
	CHECK_INT(pst_kit_destroy(kit), 0);
	free(chain);
	free(pem);
	tinyca_finish(&leaf);
	tinyca_finish(&middle);
}

static void a_list_must_be_signed_by_whom_is_trusted(void)
{
	struct tinyca_spec twin_spec = {.cn = "Test CA", .ca = true};
	struct tinyca_crl spec = {.issuer = world_cert(WORLD_OTHER_CA)};
	struct tinyca_cert twin;
	char *pem = list_of("list", &spec);

	refused(LIST("certificates", "ca", "crl", "list"),
	        "no certificate that is trusted here signed the list of "
	        "CN=Other CA");
	free(pem);
	/* the same name is not enough */
	tinyca_make(&twin, &twin_spec);
	spec.issuer = &twin;
	pem = list_of("list", &spec);
	refused(LIST("certificates", "ca", "crl", "list"),
	        "signed the list of CN=Test CA");
	free(pem);
	tinyca_finish(&twin);
	refused(LIST("certificates", "ca", "crl", "gw"),
	        "gw holds a certificate and no revocation list");
	world_file("list", "", 0);
	refused(LIST("certificates", "ca", "crl", "list"), "it is empty");
	world_file("list", "\x30\x03\x01\x01\x01", 5);
	refused(LIST("certificates", "ca", "crl", "list"),
	        "list has no revocation list in it");
}

static void an_overdue_list_refuses_unless_told(void)
{
	struct tinyca_crl spec = {.issuer = world_cert(WORLD_CA),
	                          .revoked = {world_cert(WORLD_RSA)},
	                          .from_days = -9,
	                          .until_days = -2};
	char *pem = list_of("list", &spec), *newer;
	int64_t when = 0;

	trust(LIST("certificates", "ca", "crl", "list"));
	CHECK(pst_kit_ready(kit));
	check_said("was to be renewed by");
	CHECK(pst_kit_expiry(kit, 1, &when) == NULL); /* it is over */
	CHECK_INT(pst_kit_destroy(kit), 0);

	world_trust("refuse", LIST("certificates", "ca", "crl", "list"));
	world_trust("accept", LIST("certificates", "ca", "crl", "list",
	                           "crl_overdue", "accept"));
	meets(NULL, LIST("trust", "refuse"), "nobody knows whether", 46);
	meets(NULL, LIST("trust", "accept"), NULL, 0);
	meets(LIST(SERVES("rsa")), LIST("trust", "accept"), "is revoked", 44);

	/* the kit's clock is years ahead: see pst_kit_set_wall_clock */
	spec.from_days = -1;
	spec.until_days = 9000;
	spec.revoked[0] = NULL;
	newer = list_of("newer", &spec);
	trust(LIST("certificates", "ca", "crl", "newer"));
	CHECK_STR(pst_kit_expiry(kit, 1, &when),
	          "revocation list newer (CN=Test CA)");
	CHECK(when > time(NULL));
	CHECK_INT(pst_kit_destroy(kit), 0);
	world_trust("both",
	            LIST("certificates", "ca", "crl", "list", "crl", "newer"));
	meets(NULL, LIST("trust", "both"), NULL, 0);
	free(pem);
	free(newer);
}

static void many_serials_are_looked_up(void)
{
	struct tinyca_crl spec = {
		.issuer = world_cert(WORLD_CA),
		.revoked = {world_cert(WORLD_RSA), world_cert(WORLD_CN),
	                    world_cert(WORLD_GW), world_cert(WORLD_CLIENT)},
		.from_days = -1,
		.until_days = 9000};
	char *pem = list_of("list", &spec);

	world_trust("many", LIST("certificates", "ca", "crl", "list"));
	meets(NULL, LIST("trust", "many"), "is revoked", 44);
	meets(LIST(SERVES("rsa")), LIST("trust", "many"), "is revoked", 44);
	meets(LIST(SERVES("soon")), LIST("trust", "many"), NULL, 0);
	trust(LIST("certificates", "ca", "crl", "list"));
	pst_kit_explain(kit);
	check_said("4 certificates in 1 lists");
	CHECK_INT(pst_kit_destroy(kit), 0);
	free(pem);
}

static void names_of_other_gateways_are_answered(void)
{
	static const char *const rows[][2] = {
		{"ca_certs", "use certificates"},
		{"ca_certificates", "use certificates"},
		{"file", "use certificates"},
		{"truststore", "use keystore"},
		{"disable_system_ca_pool", "leave it out"},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		refused(LIST("certificates", "ca", rows[i][0], "x"),
		        rows[i][1]);
	}
}

static CU_TestInfo tests[] = {
	TEST(names_of_other_gateways_are_answered),
	TEST(a_file_a_folder_or_both),
	TEST(der_is_taken_as_well),
	TEST(a_file_without_certificates_is_an_error),
	TEST(a_truststore_is_opened_with_its_password),
	TEST(javas_own_stores_are_refused_with_the_command),
	TEST(what_is_configured_elsewhere_is_named_there),
	TEST(a_certificate_that_is_no_authoritys_is_told),
	TEST(expiry_is_told_and_warned_of),
	TEST(without_trust_the_systems_store_is_it),
	TEST(the_system_comes_by_word_only),
	TEST(several_resources_are_believed_each),
	TEST(what_a_checker_read_is_read_when_it_is_needed),
	TEST(a_revoked_back_end_is_refused),
	TEST(a_revoked_client_is_refused),
	TEST(an_authority_can_be_revoked),
	TEST(a_list_must_be_signed_by_whom_is_trusted),
	TEST(an_overdue_list_refuses_unless_told),
	TEST(many_serials_are_looked_up),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN_WITHIN(tests, world_make, world_finish)
