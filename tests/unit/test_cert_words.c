/* SPDX-License-Identifier: MIT */
/* penstock-cert: what a user writes, and what is refused with a sentence. */
#include "cert/cert_words.h"
#include "pst_test.h"

static char why[CERT_WHY_MAX];

static bool takes(const char *text, unsigned type, const char *as)
{
	struct cert_name name;

	return CHECK_INT(cert_name_parse(text, &name, why), PST_OK) &&
	       CHECK_INT(name.type, type) && CHECK_STR(name.text, as);
}

/* Refused, with these words in the sentence. */
static bool refuses(const char *text, const char *words)
{
	struct cert_name name;

	why[0] = '\0';
	return CHECK_INT(cert_name_parse(text, &name, why), PST_INVALID) &&
	       CHECK_STR(strstr(why, words) == NULL ? why : words, words);
}

static void hosts_are_dns_names_in_lower_case(void)
{
	takes("gw.example.com", GNUTLS_SAN_DNSNAME, "gw.example.com");
	takes("GW.Example.COM.", GNUTLS_SAN_DNSNAME, "gw.example.com");
	takes("localhost", GNUTLS_SAN_DNSNAME, "localhost");
	takes("a_b.example", GNUTLS_SAN_DNSNAME, "a_b.example");
}

static void a_wildcard_is_the_whole_first_of_three_labels(void)
{
	takes("*.example.com", GNUTLS_SAN_DNSNAME, "*.example.com");
	takes("*.B\xc3\xbc"
	      "cher.example",
	      GNUTLS_SAN_DNSNAME, "*.xn--bcher-kva.example");
	refuses("*", "whole first label");
	refuses("*.com", "whole first label");
	refuses("g*.example.com", "whole first label");
	refuses("gw.*.com", "whole first label");
	refuses("*.*.com", "whole first label");
	refuses("*.192.0.2.1", "IP address with a wildcard");
	refuses("*..com", "empty label");
}

static void international_names_become_a_labels(void)
{
	takes("b\xc3\xbc"
	      "cher.example",
	      GNUTLS_SAN_DNSNAME, "xn--bcher-kva.example");
	takes("xn--bcher-kva.example", GNUTLS_SAN_DNSNAME,
	      "xn--bcher-kva.example");
	refuses("\xff\xfe.example", "international");
}

static void addresses_are_ip_names(void)
{
	struct cert_name name;

	takes("192.0.2.1", GNUTLS_SAN_IPADDRESS, "192.0.2.1");
	takes("2001:DB8:0::1", GNUTLS_SAN_IPADDRESS, "2001:db8::1");
	CHECK_INT(cert_name_parse("192.0.2.1", &name, why), PST_OK);
	CHECK_INT(name.address_length, 4);
	CHECK_MEM(name.address, "\xc0\x00\x02\x01", 4);
	CHECK_INT(cert_name_parse("::1", &name, why), PST_OK);
	CHECK_INT(name.address_length, 16);
}

static void mail_addresses_and_uris_are_told_apart(void)
{
	takes("alice@Example.com", GNUTLS_SAN_RFC822NAME, "alice@example.com");
	takes("spiffe://example.com/alice", GNUTLS_SAN_URI,
	      "spiffe://example.com/alice");
	takes("urn:uuid:1-2-3", GNUTLS_SAN_URI, "urn:uuid:1-2-3");
	refuses("@example.com", "e-mail");
	refuses("a b@example.com", "e-mail");
	refuses("a@b@example.com", "e-mail");
	refuses("alice@", "empty");
	refuses("alice@exa mple.com", "neither");
	refuses("urn:a b", "URI");
	refuses("https://a.example/<x>", "URI");
}

static void a_name_with_a_port_says_what_to_give(void)
{
	refuses("gw.example.com:9000",
	        "has a port; give the host alone: gw.example.com");
}

static void what_is_no_name_is_refused(void)
{
	char longer[600];

	refuses("", "empty");
	refuses("a..b", "empty label");
	refuses("a b", "neither a host name");
	refuses("gw\n.example", "neither a host name");
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	refuses(longer, "longer than 511");
	longer[400] = '\0';
	refuses(longer, "longer than 253");
}

static void kinds_of_keys(void)
{
	struct cert_key_kind kind;

	CHECK_INT(cert_key_kind_parse("ecdsa:p256", &kind), PST_OK);
	CHECK_INT(kind.algorithm, GNUTLS_PK_ECDSA);
	CHECK_INT(GNUTLS_BITS_TO_CURVE(kind.bits), GNUTLS_ECC_CURVE_SECP256R1);
	CHECK_INT(cert_key_kind_parse("ecdsa:p384", &kind), PST_OK);
	CHECK_INT(GNUTLS_BITS_TO_CURVE(kind.bits), GNUTLS_ECC_CURVE_SECP384R1);
	CHECK_INT(cert_key_kind_parse("ed25519", &kind), PST_OK);
	CHECK_INT(kind.algorithm, GNUTLS_PK_EDDSA_ED25519);
	CHECK_INT(cert_key_kind_parse("rsa:2048", &kind), PST_OK);
	CHECK_INT(kind.bits, 2048);
	CHECK_INT(cert_key_kind_parse("rsa", &kind), PST_OK);
	CHECK_INT(kind.bits, 3072);
}

static void other_kinds_of_keys_are_refused(void)
{
	static const char *const wrong[] = {
		"",      "rsa:1024",   "rsa:",     "dsa",
		"ECDSA", "ecdsa:p224", "rsa:2048 "};
	struct cert_key_kind kind;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		CHECK_INT(cert_key_kind_parse(wrong[i], &kind), PST_INVALID);
	}
}

static void days_are_a_number_in_range(void)
{
	static const char *const wrong[] = {
		"",      "0",          "-1", "+1", "1.5", "36501",
		"99999", "4294967297", "3d", " 3", "0x10"};
	unsigned days;
	size_t i;

	CHECK_INT(cert_days_parse("1", &days), PST_OK);
	CHECK_INT(days, 1);
	CHECK_INT(cert_days_parse("36500", &days), PST_OK);
	CHECK_INT(days, 36500);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		CHECK_INT(cert_days_parse(wrong[i], &days), PST_INVALID);
	}
}

static void url(const char *text, const char *host, const char *port, bool http)
{
	struct cert_url u;

	if (CHECK_INT(cert_url_parse(text, &u, why), PST_OK)) {
		CHECK_STR(u.host, host);
		CHECK_STR(u.port, port);
		CHECK_INT(u.http, http);
	}
}

static void urls_have_a_host_and_a_port(void)
{
	url("wss://gw.example.com/quotes?x=1", "gw.example.com", "443", true);
	url("HTTPS://gw.example.com:9000", "gw.example.com", "9000", true);
	url("tls://[2001:db8::1]:61617", "2001:db8::1", "61617", false);
	url("ssl://broker:61617", "broker", "61617", false);
	url("gw.example.com:443", "gw.example.com", "443", false);
	url("wss://b\xc3\xbc"
	    "cher.example/",
	    "xn--bcher-kva.example", "443", true);
}

static void no_url(const char *text, const char *words)
{
	struct cert_url u;

	why[0] = '\0';
	CHECK_INT(cert_url_parse(text, &u, why), PST_INVALID);
	CHECK_STR(strstr(why, words) == NULL ? why : words, words);
}

static void wrong_urls_are_refused_in_words(void)
{
	char longer[700] = "wss://";

	no_url("ws://gw.example.com/", "ws:// has no TLS");
	no_url("tls://broker", "has no port");
	no_url("broker", "has no port");
	no_url("wss://", "is no URL");
	no_url("wss://:443", "is no URL");
	no_url("wss://user@gw:443/", "is no URL");
	no_url("wss://gw:0", "is no URL");
	no_url("wss://gw:65536", "is no URL");
	no_url("wss://gw:12ab", "is no URL");
	no_url("wss://[::1", "is no URL");
	no_url("wss://[::1]x", "is no URL");
	no_url("://x", "has no TLS");
	memset(longer + 6, 'a', sizeof(longer) - 7);
	no_url(longer, "is no URL");
}

static void an_address_replaces_host_and_port(void)
{
	struct cert_url u;

	CHECK_INT(cert_url_parse("wss://gw.example.com/", &u, why), PST_OK);
	CHECK_INT(cert_address_parse("127.0.0.1:9000", &u), PST_OK);
	CHECK_STR(u.host, "127.0.0.1");
	CHECK_STR(u.port, "9000");
	CHECK_INT(cert_address_parse("[::1]:9", &u), PST_OK);
	CHECK_STR(u.host, "::1");
	CHECK_INT(cert_address_parse("127.0.0.1", &u), PST_INVALID);
	CHECK_INT(cert_address_parse(":9000", &u), PST_INVALID);
}

static void file_names_have_no_strange_bytes(void)
{
	static const char *const pairs[][2] = {
		{"gw.example.com", "gw.example.com"},
		{"*.example.com", "_.example.com"},
		{"alice@example.com", "alice@example.com"},
		{"2001:db8::1", "2001_db8__1"},
		{"../etc/x", "_._etc_x"},
		{"-rf", "_rf"},
		{"", "certificate"},
	};
	char stem[128];
	size_t i;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		cert_stem(pairs[i][0], stem, sizeof(stem));
		CHECK_STR(stem, pairs[i][1]);
	}
}

static CU_TestInfo tests[] = {
	TEST(hosts_are_dns_names_in_lower_case),
	TEST(a_wildcard_is_the_whole_first_of_three_labels),
	TEST(international_names_become_a_labels),
	TEST(addresses_are_ip_names),
	TEST(mail_addresses_and_uris_are_told_apart),
	TEST(a_name_with_a_port_says_what_to_give),
	TEST(what_is_no_name_is_refused),
	TEST(kinds_of_keys),
	TEST(other_kinds_of_keys_are_refused),
	TEST(days_are_a_number_in_range),
	TEST(urls_have_a_host_and_a_port),
	TEST(wrong_urls_are_refused_in_words),
	TEST(an_address_replaces_host_and_port),
	TEST(file_names_have_no_strange_bytes),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
