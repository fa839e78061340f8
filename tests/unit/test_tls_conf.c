/* SPDX-License-Identifier: MIT */
/* The settings of `tls`: each fault in words, and what explain tells. */
#include "test_tls_world.h"

#include "tls_conf.h"

#define SERVES(cert) "certificate", cert, "private_key", cert ".key"
#define END          ((const char *)NULL)

static struct pst_kit *kit;

static void refused(enum pst_role role, const char *const *options,
                    const struct pst_url *url, const char *option,
                    const char *text)
{
	kit = world_kit(role, options, url);
	CHECK(!pst_kit_ready(kit));
	if (!CHECK(pst_kit_diagnosed(kit, option, text))) {
		printf("    wanted: %s: %s\n    said: %s\n", option, text,
		       pst_kit_diagnosis(kit, 0));
	}
	CHECK_INT(pst_kit_destroy(kit), 0);
}

static void warned(enum pst_role role, const char *const *options,
                   const struct pst_url *url, const char *option,
                   const char *text)
{
	kit = world_kit(role, options, url);
	CHECK(pst_kit_ready(kit));
	if (!CHECK(pst_kit_diagnosed(kit, option, text))) {
		printf("    wanted: %s: %s\n    said: %s\n", option, text,
		       pst_kit_diagnosis(kit, 0));
	}
	CHECK_INT(pst_kit_destroy(kit), 0);
}

static void fine(enum pst_role role, const char *const *options,
                 const struct pst_url *url)
{
	kit = world_kit(role, options, url);
	CHECK(pst_kit_ready(kit));
	if (!CHECK(pst_kit_diagnosis(kit, 0) == NULL)) {
		printf("    said: %s\n", pst_kit_diagnosis(kit, 0));
	}
	CHECK_INT(pst_kit_destroy(kit), 0);
}

#define LIST(...) ((const char *const[]){__VA_ARGS__, END})

static void good_settings_say_nothing(void)
{
	fine(PST_ACCEPT, LIST(SERVES("gw")), &world_url);
	fine(PST_ACCEPT, LIST(SERVES("gw")), NULL);
	fine(PST_CONNECT, LIST("trust", "ca"), &world_url);
	fine(PST_CONNECT, LIST("trust", "ca", SERVES("client")), &world_url);
	fine(PST_CONNECT, LIST("trust", "ca", "server_name", "x.example."),
	     NULL);
}

static void a_lifetime_of_no_tickets_is_told(void)
{
	fine(PST_ACCEPT, LIST(SERVES("gw"), "tickets", "0"), NULL);
	fine(PST_ACCEPT, LIST(SERVES("gw"), "ticket_lifetime", "1h"), NULL);
	warned(PST_ACCEPT,
	       LIST(SERVES("gw"), "tickets", "0", "ticket_lifetime", "1h"),
	       NULL, "ticket_lifetime", "is not used, since tickets is 0");
}

static void accept_needs_a_certificate(void)
{
	refused(PST_ACCEPT, LIST("min_version", "1.2"), &world_url, NULL,
	        "set certificate and private_key");
}

static void certificate_and_key_belong_together(void)
{
	refused(PST_ACCEPT, LIST("certificate", "gw"), NULL, "certificate",
	        "has no private_key");
	refused(PST_CONNECT, LIST("private_key", "gw.key", "trust", "ca"),
	        &world_url, "private_key", "has no certificate");
	refused(PST_ACCEPT,
	        LIST("certificate", "gw", "private_key", "client.key"), NULL,
	        "private_key", "client.key is not the key of");
}

static void a_certificate_that_is_none(void)
{
	world_file("empty", "", 0);
	world_file("text", "hello\n", 6);
	world_file("der", "\x30\x82\x01\x02", 4);
	world_file("broken",
	           "-----BEGIN CERTIFICATE-----\nAAAA\n"
	           "-----END CERTIFICATE-----\n",
	           58);
	refused(PST_ACCEPT,
	        LIST("certificate", "empty", "private_key", "gw.key"), NULL,
	        "certificate", "empty is empty");
	refused(PST_ACCEPT,
	        LIST("certificate", "text", "private_key", "gw.key"), NULL,
	        "certificate", "text has no PEM certificate in it");
	refused(PST_ACCEPT, LIST("certificate", "der", "private_key", "gw.key"),
	        NULL, "certificate", "is DER, not PEM");
	refused(PST_ACCEPT,
	        LIST("certificate", "gw.key", "private_key", "gw.key"), NULL,
	        "certificate", "holds a private key and no certificate");
	refused(PST_ACCEPT,
	        LIST("certificate", "broken", "private_key", "gw.key"), NULL,
	        "certificate", "broken: a certificate in it cannot be read");
}

static void a_key_that_is_none(void)
{
	world_file("empty", "", 0);
	world_file("text", "hello\n", 6);
	refused(PST_ACCEPT, LIST("certificate", "gw", "private_key", "empty"),
	        NULL, "private_key", "empty is empty");
	refused(PST_ACCEPT, LIST("certificate", "gw", "private_key", "text"),
	        NULL, "private_key", "text has no PEM private key in it");
	refused(PST_ACCEPT, LIST("certificate", "gw", "private_key", "gw"),
	        NULL, "private_key", "in it, but a certificate");
}

static void an_encrypted_key_needs_its_password(void)
{
	char *locked = tinyca_locked_key(world_cert(WORLD_GW), "open sesame");

	world_file("locked", locked, strlen(locked));
	world_file("good", "open sesame\nsecond line\n", 24);
	world_file("bad", "open barley\n", 12);
	world_file("none", "\n", 1);
	fine(PST_ACCEPT,
	     LIST("certificate", "gw", "private_key", "locked", "password_file",
	          "good"),
	     &world_url);
	refused(PST_ACCEPT, LIST("certificate", "gw", "private_key", "locked"),
	        NULL, "private_key", "locked is encrypted; set password_file");
	refused(PST_ACCEPT,
	        LIST("certificate", "gw", "private_key", "locked",
	             "password_file", "bad"),
	        NULL, "password_file", "in bad does not open locked");
	refused(PST_ACCEPT,
	        LIST("certificate", "gw", "private_key", "locked",
	             "password_file", "none"),
	        NULL, "password_file", "none has no password");
	warned(PST_ACCEPT, LIST(SERVES("gw"), "password_file", "good"), NULL,
	       "password_file", "is not encrypted");
	refused(PST_CONNECT, LIST("trust", "ca", "password_file", "good"),
	        &world_url, "password_file", "no private_key");
	free(locked);
	world_file("locked", "", 0);
}

static void a_trust_file_must_hold_a_certificate(void)
{
	world_file("./empty", "", 0);
	world_file("./text", "hello\n", 6);
	refused(PST_CONNECT, LIST("trust", "./text"), &world_url,
	        "trusts../text.certificates",
	        "text has no PEM certificate in it");
	refused(PST_CONNECT, LIST("trust", "./empty"), &world_url,
	        "trusts../empty.certificates", "empty is empty");
	refused(PST_CONNECT, LIST("trust", "ca.key"), &world_url,
	        "trusts.ca.key.certificates", "holds a private key");
	refused(PST_ACCEPT,
	        LIST(SERVES("gw"), "client_auth", "require", "client_trust",
	             "./text"),
	        NULL, "trusts../text.certificates",
	        "text has no PEM certificate");
}

static void client_auth_and_client_trust_need_each_other(void)
{
	refused(PST_ACCEPT, LIST(SERVES("gw"), "client_auth", "request"), NULL,
	        "client_auth", "set client_trust");
	refused(PST_ACCEPT, LIST(SERVES("gw"), "client_trust", "ca"), NULL,
	        "client_trust", "set client_auth");
	refused(PST_ACCEPT, LIST(SERVES("gw"), "peer_certificate", "true"),
	        NULL, "peer_certificate", "nobody is asked");
	refused(PST_ACCEPT, LIST(SERVES("gw"), "weak_certificates", "true"),
	        NULL, "weak_certificates", "nobody is asked");
}

static void the_urls_host_must_be_in_the_certificate(void)
{
	struct pst_url url = world_url;

	url.host = "www.example.com";
	url.text = "tls://www.example.com:9000";
	refused(PST_ACCEPT, LIST(SERVES("gw")), &url, "certificate",
	        "is not for www.example.com, the host in "
	        "tls://www.example.com:9000; the names in it (subjectAltName) "
	        "are: gw.example.com, *.wild.example.com");
	refused(PST_ACCEPT, LIST(SERVES("cn")), &world_url, "certificate",
	        "are: none");
	url.host = "192.0.2.7";
	url.host_is_address = 1;
	fine(PST_ACCEPT, LIST(SERVES("gw")), &url);
	url.host = "";
	fine(PST_ACCEPT, LIST(SERVES("gw")), &url);
}

static void times_are_warned_of(void)
{
	warned(PST_ACCEPT, LIST(SERVES("expired")), &world_url, "certificate",
	       "expired: CN=old expired on 2");
	warned(PST_ACCEPT, LIST(SERVES("future")), &world_url, "certificate",
	       "CN=young is not valid before 2");
	warned(PST_ACCEPT, LIST(SERVES("soon")), &world_url, "certificate",
	       "soon: CN=ageing ends on 2");
}

static void a_chain_out_of_order_is_warned_of(void)
{
	char *chain = tinyca_join(world_cert(WORLD_GW)->pem,
	                          world_cert(WORLD_OTHER_CA)->pem);

	world_file("odd", chain, strlen(chain));
	warned(PST_ACCEPT, LIST("certificate", "odd", "private_key", "gw.key"),
	       &world_url, "certificate",
	       "certificate 1 was not issued by number 2");
	free(chain);
	chain = tinyca_join(world_cert(WORLD_CA)->pem,
	                    world_cert(WORLD_GW)->pem);
	world_file("odd", chain, strlen(chain));
	refused(PST_ACCEPT, LIST("certificate", "odd", "private_key", "gw.key"),
	        NULL, "private_key",
	        "is not the key of the first certificate in odd");
	free(chain);
	world_file("odd", "", 0);
}

static void a_short_rsa_key_is_warned_of(void)
{
	struct tinyca_spec spec = {
		.dns = {"gw.example.com"}, .rsa = true, .bits = 1024};
	struct tinyca_cert weak;

	tinyca_make(&weak, &spec);
	world_file("weak", weak.pem, strlen(weak.pem));
	world_file("weak.key", weak.key_pem, strlen(weak.key_pem));
	warned(PST_ACCEPT, LIST(SERVES("weak")), &world_url, "certificate",
	       "an RSA key of 1024 bits");
	tinyca_finish(&weak);
	world_file("weak", "", 0);
	world_file("weak.key", "", 0);
}

static void the_back_end_must_have_a_name(void)
{
	struct pst_url url = world_url;
	char longest[300];

	refused(PST_CONNECT, LIST("trust", "ca"), NULL, "server_name",
	        "no URL names the back-end");
	url.host = "";
	refused(PST_CONNECT, LIST("trust", "ca"), &url, "server_name",
	        "no URL names the back-end");
	refused(PST_CONNECT, LIST("trust", "ca", "server_name", ""), &world_url,
	        "server_name", "is empty");
	refused(PST_CONNECT, LIST("trust", "ca", "server_name", "a b"),
	        &world_url, "server_name", "neither a host name nor");
	refused(PST_CONNECT,
	        LIST("trust", "ca", "server_name",
	             "b\xc3\xbc"
	             "cher .example"),
	        &world_url, "server_name", "no international host name");
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	refused(PST_CONNECT, LIST("trust", "ca", "server_name", longest),
	        &world_url, "server_name", "longer than 253");
}

static void verify_off_is_warned_of(void)
{
	warned(PST_CONNECT, LIST("verify", "off"), NULL, "verify",
	       "whoever answers");
	warned(PST_CONNECT, LIST("verify", "off", "trust", "ca"), &world_url,
	       "trust", "is not used");
	warned(PST_CONNECT, LIST("verify", "off", "common_name", "true"),
	       &world_url, "common_name", "is not used");
}

static void alpn_names_have_limits(void)
{
	refused(PST_ACCEPT, LIST(SERVES("gw"), "alpn", ""), NULL, "alpn",
	        "1 to 32 bytes");
	refused(PST_ACCEPT,
	        LIST(SERVES("gw"), "alpn", "a-name-with-more-than-32-bytes-xx"),
	        NULL, "alpn", "1 to 32 bytes");
	refused(PST_ACCEPT,
	        LIST(SERVES("gw"), "alpn", "1", "alpn", "2", "alpn", "3",
	             "alpn", "4", "alpn", "5", "alpn", "6", "alpn", "7", "alpn",
	             "8", "alpn", "9"),
	        NULL, "alpn", "9 protocols; at most 8");
}

static void all_errors_come_at_once(void)
{
	kit = world_kit(PST_ACCEPT,
	                LIST("certificate", "gw", "min_version", "1.3",
	                     "max_version", "1.2", "client_auth", "require"),
	                NULL);
	CHECK(pst_kit_diagnosed(kit, "certificate", "private_key"));
	CHECK(pst_kit_diagnosed(kit, "min_version", "above"));
	CHECK(pst_kit_diagnosed(kit, "client_auth", "client_trust"));
	CHECK_INT(pst_kit_destroy(kit), 0);
}

static void explain_tells_who_shows_what(void)
{
	kit = world_kit(PST_ACCEPT,
	                LIST(SERVES("gw"), "client_auth", "require",
	                     "client_trust", "ca", "alpn", "mqtt", "alpn", "x"),
	                &world_url);
	pst_kit_explain(kit);
	CHECK(pst_kit_diagnosed(kit, "certificate", "gw, 1 in the chain"));
	CHECK(pst_kit_diagnosed(kit, "subject", "CN=gateway"));
	CHECK(pst_kit_diagnosed(kit, "names", "gw.example.com, *.wild"));
	CHECK(pst_kit_diagnosed(kit, "issuer", "CN=Test CA"));
	CHECK(pst_kit_diagnosed(kit, "valid until", "UTC"));
	CHECK(pst_kit_diagnosed(kit, "key", "256 bits"));
	CHECK(pst_kit_diagnosed(kit, "fingerprint", "sha256:"));
	CHECK(pst_kit_diagnosed(kit, "clients", "must show"));
	CHECK(pst_kit_diagnosed(kit, "trust", "ca (ca), 1 certificate"));
	CHECK(pst_kit_diagnosed(kit, "versions", "TLS 1.2 to 1.3"));
	CHECK(pst_kit_diagnosed(kit, "alpn", "mqtt, x"));
	CHECK_INT(pst_kit_destroy(kit), 0);
}

static void explain_tells_whom_it_trusts(void)
{
	kit = world_kit(PST_CONNECT, LIST("trust", "ca"), &world_url);
	pst_kit_explain(kit);
	CHECK(pst_kit_diagnosed(kit, "certificate", "none"));
	CHECK(pst_kit_diagnosed(kit, "verify", "the name gw.example.com"));
	CHECK_INT(pst_kit_destroy(kit), 0);
	kit = world_kit(PST_CONNECT, LIST("verify", "off"), &world_url);
	pst_kit_explain(kit);
	CHECK(pst_kit_diagnosed(kit, "verify", "off"));
	CHECK_INT(pst_kit_destroy(kit), 0);
}

static uint32_t provides(enum pst_role role, const char *const *options)
{
	uint32_t bits = 0;

	kit = world_kit(role, options, role == PST_ACCEPT ? NULL : &world_url);
	CHECK(pst_kit_ready(kit));
	if (pst_kit_ready(kit)) {
		bits = world_layer()->conf_provides(pst_kit_instance(kit)->conf,
		                                    role);
	}
	CHECK_INT(pst_kit_destroy(kit), 0);
	return bits;
}

static void authenticated_is_promised_only_when_it_is_so(void)
{
	uint32_t plain = PST_PROVIDES_SECURE | PST_PROVIDES_HALF_CLOSE;
	uint32_t named = plain | PST_PROVIDES_AUTHENTICATED;

	CHECK_INT(provides(PST_ACCEPT, LIST(SERVES("gw"))), plain);
	CHECK_INT(provides(PST_ACCEPT, LIST(SERVES("gw"), "client_auth",
	                                    "request", "client_trust", "ca")),
	          plain);
	CHECK_INT(provides(PST_ACCEPT, LIST(SERVES("gw"), "client_auth",
	                                    "require", "client_trust", "ca")),
	          named);
	CHECK_INT(provides(PST_CONNECT, LIST("trust", "ca")), named);
	CHECK_INT(provides(PST_CONNECT, LIST("verify", "off")), plain);
}

static CU_TestInfo tests[] = {
	TEST(good_settings_say_nothing),
	TEST(a_lifetime_of_no_tickets_is_told),
	TEST(accept_needs_a_certificate),
	TEST(certificate_and_key_belong_together),
	TEST(a_certificate_that_is_none),
	TEST(a_key_that_is_none),
	TEST(an_encrypted_key_needs_its_password),
	TEST(a_trust_file_must_hold_a_certificate),
	TEST(client_auth_and_client_trust_need_each_other),
	TEST(the_urls_host_must_be_in_the_certificate),
	TEST(times_are_warned_of),
	TEST(a_chain_out_of_order_is_warned_of),
	TEST(a_short_rsa_key_is_warned_of),
	TEST(the_back_end_must_have_a_name),
	TEST(verify_off_is_warned_of),
	TEST(alpn_names_have_limits),
	TEST(all_errors_come_at_once),
	TEST(explain_tells_who_shows_what),
	TEST(explain_tells_whom_it_trusts),
	TEST(authenticated_is_promised_only_when_it_is_so),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN_WITHIN(tests, world_make, world_finish)
