/* SPDX-License-Identifier: MIT */
/* Name and path cases: chains that must hold and chains that must not, shown by
 * a back-end and by a client. */
#include "test_tls_world.h"

enum {
	LINKS = 4
};

/* A certificate in a chain, issued by the one before it. */
enum link_is {
	TRUSTED = 1, /* in the file that the other end trusts */
	UNSHOWN = 2  /* not sent along */
};

enum hops {
	BACK = 1,  /* a back-end shows it */
	FRONT = 2, /* a client shows it */
	BOTH = 3
};

struct path {
	const char *name;
	const char *says; /* NULL: the chain holds */
	unsigned alert;
	enum hops hops; /* 0: both */
	struct link {
		struct tinyca_spec spec;
		unsigned is;
	} link[LINKS];
};

/* clang-format off */
#define ROOT(...)   {{.cn = "Root", .ca = true, __VA_ARGS__}, TRUSTED | UNSHOWN}
#define MIDDLE(...) {{.cn = "Middle", .ca = true, __VA_ARGS__}, 0}
#define LEAF(...)   {{.cn = "leaf", .dns = {"gw.example.com"}, __VA_ARGS__}, 0}
#define OWN(...)    {{__VA_ARGS__}, 0}
/* clang-format on */

#define RSA_1024 .rsa = true, .bits = 1024
#define PASSED   .from_days = -9, .until_days = -2
#define COMING   .from_days = 2, .until_days = 9

static const struct path paths[] = {
	{"a leaf below its root", NULL, 0, 0, {ROOT(), LEAF()}},
	{"an intermediate", NULL, 0, 0, {ROOT(), MIDDLE(), LEAF()}},
	{"the root is sent too",
         NULL,
         0,
         0,
         {{{.cn = "Root", .ca = true}, TRUSTED}, MIDDLE(), LEAF()}},
	{"a root without key usage",
         NULL,
         0,
         0,
         {ROOT(.any_usage = true), LEAF()}},
	{"a root of version 1",
         NULL,
         0,
         0,
         {{{.cn = "Root", .version_1 = true}, TRUSTED | UNSHOWN}, LEAF()}},
	{"a root signed with SHA-1",
         NULL,
         0,
         0,
         {ROOT(.rsa = true, .hash = GNUTLS_DIG_SHA1), LEAF()}},
	{"the path length that is allowed",
         NULL,
         0,
         0,
         {ROOT(), MIDDLE(.bounded = true), LEAF()}},
	{"any purpose", NULL, 0, 0, {ROOT(), LEAF(.purpose = "2.5.29.37.0")}},
	{"both purposes",
         NULL,
         0,
         0,
         {ROOT(), LEAF(.for_servers = true, .for_clients = true)}},
	{"names within constraints",
         NULL,
         0,
         0,
         {ROOT(), MIDDLE(.permit_dns = {"example.com"}), LEAF()}},
	{"names beside an exclusion",
         NULL,
         0,
         0,
         {ROOT(), MIDDLE(.exclude_dns = {"example.org"}), LEAF()}},
	{"a URI within constraints",
         NULL,
         0,
         0,
         {ROOT(), MIDDLE(.permit_uri = ".example.com"),
          LEAF(.uri = {"https://a.example.com:1/x"})}},
	{"an address of mail within constraints",
         NULL,
         0,
         0,
         {ROOT(), MIDDLE(.permit_email = "example.com"),
          LEAF(.email = {"a@example.com"})}},
	{"an IP address within constraints",
         NULL,
         0,
         0,
         {ROOT(), MIDDLE(.permit_ip = "192.0.2.0/24"),
          LEAF(.ip = {"192.0.2.7"})}},
	{"itself, trusted",
         NULL,
         0,
         0,
         {{{.cn = "self", .dns = {"gw.example.com"}}, TRUSTED}}},
	{"itself, trusted, an authority's",
         NULL,
         0,
         0,
         {{{.cn = "self", .dns = {"gw.example.com"}, .ca = true}, TRUSTED}}},
	{"a leaf, trusted alone",
         NULL,
         0,
         0,
         {{{.cn = "Root", .ca = true}, UNSHOWN},
          {{.cn = "leaf", .dns = {"gw.example.com"}}, TRUSTED}}},

	{"an intermediate is missing",
         "issued by CN=Middle, and no chain",
         48,
         0,
         {ROOT(), {{.cn = "Middle", .ca = true}, UNSHOWN}, LEAF()}},
	{"self-signed and unknown",
         "is self-signed and not in",
         48,
         0,
         {OWN(.cn = "self", .dns = {"gw.example.com"})}},
	{"issued by what is no authority's",
         "issued with one that is no authority's",
         48,
         0,
         {ROOT(), {{.cn = "Middle"}, 0}, LEAF()}},
	{"issued by a trusted leaf",
         "issued with one that is no authority's",
         48,
         0,
         {{{.cn = "leaf"}, TRUSTED}, LEAF()}},
	{"an intermediate of version 1",
         "issued with one that is no authority's",
         48,
         0,
         {ROOT(), {{.cn = "Middle", .version_1 = true}, 0}, LEAF()}},
	{"a leaf of version 1",
         "X.509 version 1",
         43,
         0,
         {ROOT(), OWN(.cn = "leaf", .version_1 = true)}},
	{"an authority's as a leaf",
         "it is an authority's",
         43,
         0,
         {ROOT(), LEAF(.ca = true)}},
	{"the path length is exceeded",
         "may not issue it",
         42,
         0,
         {ROOT(),
          MIDDLE(.bounded = true),
          {{.cn = "Below", .ca = true}, 0},
          LEAF()}},
	{"the root's path length is exceeded",
         "may not issue it",
         42,
         0,
         {ROOT(.bounded = true), MIDDLE(), LEAF()}},
	{"expired", "(CN=leaf) expired on", 45, 0, {ROOT(), LEAF(PASSED)}},
	{"an expired intermediate",
         "(CN=Middle) expired on",
         45,
         0,
         {ROOT(), MIDDLE(PASSED), LEAF()}},
	{"an expired root", "has expired", 45, 0, {ROOT(PASSED), LEAF()}},
	{"expired itself, trusted",
         "(CN=self) expired on",
         45,
         0,
         {{{.cn = "self", .dns = {"gw.example.com"}, PASSED}, TRUSTED}}},
	{"not yet valid",
         "(CN=leaf) is not valid before",
         42,
         0,
         {ROOT(), LEAF(COMING)}},
	{"for clients only",
         "not made for TLS servers",
         43,
         BACK,
         {ROOT(), LEAF(.for_clients = true)}},
	{"for servers only",
         "not made for TLS clients",
         43,
         FRONT,
         {ROOT(), LEAF(.for_servers = true)}},
	{"to sign code",
         "not made for TLS",
         43,
         0,
         {ROOT(), LEAF(.purpose = "1.3.6.1.5.5.7.3.3")}},
	{"an intermediate to sign code",
         "not made for TLS",
         43,
         0,
         {ROOT(), MIDDLE(.purpose = "1.3.6.1.5.5.7.3.3"), LEAF()}},
	{"a root to sign code",
         "not made for TLS",
         43,
         0,
         {ROOT(.purpose = "1.3.6.1.5.5.7.3.3"), LEAF()}},
	{"names out of constraints",
         "name constraints",
         42,
         0,
         {ROOT(), MIDDLE(.permit_dns = {"example.org"}), LEAF()}},
	{"names out of a root's constraints",
         "name constraints",
         42,
         0,
         {ROOT(.permit_dns = {"example.org"}), LEAF()}},
	{"names within an exclusion",
         "name constraints",
         42,
         0,
         {ROOT(), MIDDLE(.exclude_dns = {"example.com"}), LEAF()}},
	{"one of two names out of constraints",
         "name constraints",
         42,
         0,
         {ROOT(), MIDDLE(.permit_dns = {"example.com"}),
          OWN(.cn = "leaf", .dns = {"gw.example.com", "gw.example.org"})}},
	{"a wildcard over an exclusion",
         "name constraints",
         42,
         BACK,
         {ROOT(), MIDDLE(.exclude_dns = {"gw.example.com"}),
          OWN(.cn = "leaf", .dns = {"*.example.com"})}},
	{"a URI out of constraints",
         "name constraints",
         42,
         0,
         {ROOT(), MIDDLE(.permit_uri = ".example.com"),
          LEAF(.uri = {"https://a.example.org/"})}},
	{"a URI without a host under constraints",
         "name constraints",
         42,
         0,
         {ROOT(), MIDDLE(.permit_uri = "example.com"),
          LEAF(.uri = {"urn:example.com"})}},
	{"an address of mail out of constraints",
         "name constraints",
         42,
         0,
         {ROOT(), MIDDLE(.permit_email = "example.com"),
          LEAF(.email = {"a@example.org"})}},
	{"an IP address out of constraints",
         "name constraints",
         42,
         0,
         {ROOT(), MIDDLE(.permit_ip = "192.0.2.0/24"),
          LEAF(.ip = {"192.0.3.7"})}},
	{"an unknown critical extension",
         "unknown critical extension",
         42,
         0,
         {ROOT(), LEAF(.critical = "1.2.3.4.5")}},
	{"an intermediate with an unknown critical extension",
         "unknown critical extension",
         42,
         0,
         {ROOT(), MIDDLE(.critical = "1.2.3.4.5"), LEAF()}},
	{"signed with SHA-1",
         "SHA-1 or MD5",
         42,
         0,
         {ROOT(.rsa = true), LEAF(.hash = GNUTLS_DIG_SHA1)}},
	{"signed with MD5",
         "SHA-1 or MD5",
         42,
         0,
         {ROOT(.rsa = true), LEAF(.hash = GNUTLS_DIG_MD5)}},
	{"RSA of 1024 bits",
         "an RSA key of 1024 bits",
         43,
         0,
         {ROOT(), LEAF(RSA_1024)}},
	{"an intermediate with RSA of 1024 bits",
         "an RSA key of 1024 bits",
         43,
         0,
         {ROOT(), MIDDLE(RSA_1024), LEAF()}},
	{"a root with RSA of 1024 bits",
         "too short",
         42,
         0,
         {ROOT(RSA_1024), LEAF()}},
};

static const char *const shows[] = {"certificate", "path.pem", "private_key",
                                    "path.key", NULL};

/* The texts of a case; they live as long as its kits. */
struct texts {
	char *shown, *trusted;
};

static void add(char **text_io, const char *pem, bool in_front)
{
	char *old = *text_io;

	*text_io = in_front ? tinyca_join(pem, old) : tinyca_join(old, pem);
	free(old);
}

static size_t make_chain(const struct path *path, struct tinyca_cert *certs,
                         struct texts *texts)
{
	size_t n;

	texts->shown = tinyca_join("", "");
	texts->trusted = tinyca_join("", "");
	for (n = 0; n < LINKS && path->link[n].spec.cn != NULL; n++) {
		struct tinyca_spec spec = path->link[n].spec;

		spec.issuer = n == 0 ? NULL : &certs[n - 1];
		tinyca_make(&certs[n], &spec);
		if ((path->link[n].is & UNSHOWN) == 0) {
			add(&texts->shown, certs[n].pem, true);
		}
		if ((path->link[n].is & TRUSTED) != 0) {
			add(&texts->trusted, certs[n].pem, false);
		}
	}
	if (texts->trusted[0] == '\0') {
		add(&texts->trusted, world_cert(WORLD_OTHER_CA)->pem, false);
	}
	world_file("path.pem", texts->shown, strlen(texts->shown));
	world_file("path.key", certs[n - 1].key_pem,
	           strlen(certs[n - 1].key_pem));
	world_file("root.pem", texts->trusted, strlen(texts->trusted));
	return n;
}

/* The end that judges must say so, or both must be up. */
static void judge(const struct path *path, enum hops hop)
{
	static const char *const trust[] = {"trust", "root.pem", NULL};
	static const char *const ask[] = {"client_auth", "require",
	                                  "client_trust", "root.pem", NULL};
	struct world_pair p;
	struct pst_kit *end;
	bool ok;

	world_pair(&p, hop == BACK ? shows : ask, hop == BACK ? trust : shows);
	world_run(&p);
	end = hop == BACK ? p.back : p.front;
	if (path->says == NULL) {
		ok = CHECK_INT(pst_kit_ups(end), 1) &&
		     CHECK(!pst_kit_failed(end)) &&
		     CHECK_STR(
			     pst_kit_attribute(end, "tls.peer.verified", NULL),
			     "yes");
	} else {
		ok = CHECK(pst_kit_failed(end)) &&
		     CHECK(strstr(pst_kit_fail_text(end), path->says) !=
		           NULL) &&
		     CHECK_INT(pst_kit_fail_code(end), path->alert);
	}
	if (!ok) {
		printf("    %s, shown by a %s: %s\n", path->name,
		       hop == BACK ? "back-end" : "client",
		       pst_kit_fail_text(end));
	}
	world_part(&p);
}

static void judge_all(enum hops hop, bool good)
{
	size_t i, n;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct tinyca_cert certs[LINKS];
		struct texts texts;

		if ((paths[i].hops != 0 && (paths[i].hops & hop) == 0) ||
		    (paths[i].says == NULL) != good) {
			continue;
		}
		n = make_chain(&paths[i], certs, &texts);
		judge(&paths[i], hop);
		free(texts.shown);
		free(texts.trusted);
		while (n-- > 0) {
			tinyca_finish(&certs[n]);
		}
	}
}

static void every_good_chain_of_a_back_end_is_accepted(void)
{
	judge_all(BACK, true);
}

static void every_bad_chain_of_a_back_end_is_refused(void)
{
	judge_all(BACK, false);
}

static void every_good_chain_of_a_client_is_accepted(void)
{
	judge_all(FRONT, true);
}

static void every_bad_chain_of_a_client_is_refused(void)
{
	judge_all(FRONT, false);
}

/* What weak_certificates lets in, and what it does not. */
static void weak_certificates_come_in_when_asked_for(void)
{
	static const struct {
		struct path path;
		bool ok;
	} weak[] = {
		{{"",
	          NULL,
	          0,
	          0,
	          {ROOT(.rsa = true), LEAF(.hash = GNUTLS_DIG_SHA1)}},
	         true},
		{{"", NULL, 0, 0, {ROOT(), LEAF(RSA_1024)}}, true},
		{{"",
	          NULL,
	          0,
	          0,
	          {ROOT(.rsa = true), LEAF(.hash = GNUTLS_DIG_MD5)}},
	         false},
		{{"", NULL, 0, 0, {ROOT(), LEAF(.rsa = true, .bits = 768)}},
	         false},
	};
	static const char *const trust[] = {"trust", "root.pem",
	                                    "weak_certificates", "true", NULL};
	size_t i, n;

	for (i = 0; i < sizeof(weak) / sizeof(weak[0]); i++) {
		struct tinyca_cert certs[LINKS];
		struct world_pair p;
		struct texts texts;

		n = make_chain(&weak[i].path, certs, &texts);
		world_pair(&p, shows, trust);
		CHECK(pst_kit_diagnosed(p.back, "weak_certificates",
		                        "can be forged"));
		world_run(&p);
		if (!CHECK_INT(pst_kit_ups(p.back), weak[i].ok)) {
			printf("    case %zu: %s\n", i,
			       pst_kit_fail_text(p.back));
		}
		world_part(&p);
		free(texts.shown);
		free(texts.trusted);
		while (n-- > 0) {
			tinyca_finish(&certs[n]);
		}
	}
}

/* -- names ------------------------------------------------------------- */

struct name_case {
	const char *dns, *ip, *cn; /* in the certificate */
	const char *wanted;
	bool ok, with_cn;
};

static const struct name_case names[] = {
	{"a.example.com", NULL, NULL, "a.example.com", true, false},
	{"A.EXAMPLE.com", NULL, NULL, "a.Example.com.", true, false},
	{"*.example.com", NULL, NULL, "a.example.com", true, false},
	{"*.b.example.com", NULL, NULL, "a.b.example.com", true, false},
	{NULL, "192.0.2.7", NULL, "192.0.2.7", true, false},
	{NULL, "2001:db8::7", NULL, "2001:DB8:0:0::7", true, false},
	{"xn--bcher-kva.example", NULL, NULL, "xn--bcher-kva.example", true,
         false},
	{"xn--bcher-kva.example", NULL, NULL,
         "b\xc3\xbc"
         "cher.example",
         true, false},
	{"XN--BCHER-KVA.example", NULL, NULL,
         "B\xc3\x9c"
         "CHER.example",
         true, false},
	{"*.xn--bcher-kva.example", NULL, NULL,
         "a.b\xc3\xbc"
         "cher.example",
         true, false},
	{NULL, NULL, "a.example.com", "a.example.com", true, true},
	{NULL, NULL, "*.example.com", "a.example.com", true, true},

	{"b.example.com", NULL, NULL, "a.example.com", false, false},
	{"example.com", NULL, NULL, "a.example.com", false, false},
	{"*.example.com", NULL, NULL, "example.com", false, false},
	{"*.example.com", NULL, NULL, "a.b.example.com", false, false},
	{"w*.example.com", NULL, NULL, "ww.example.com", false, false},
	{"*w.example.com", NULL, NULL, "ww.example.com", false, false},
	{"w*w.example.com", NULL, NULL, "wxw.example.com", false, false},
	{"a.*.example.com", NULL, NULL, "a.b.example.com", false, false},
	{"*.*.example.com", NULL, NULL, "a.b.example.com", false, false},
	{"*.com", NULL, NULL, "example.com", false, false},
	{"*", NULL, NULL, "localhost", false, false},
	{"*.", NULL, NULL, "localhost", false, false},
	{"xn--*.example", NULL, NULL, "xn--bcher-kva.example", false, false},
	{"192.0.2.7", NULL, NULL, "192.0.2.7", false, false},
	{"*.0.2.7", NULL, NULL, "192.0.2.7", false, false},
	{NULL, "192.0.2.8", NULL, "192.0.2.7", false, false},
	{NULL, "::ffff:192.0.2.7", NULL, "192.0.2.7", false, false},
	{NULL, NULL, "a.example.com", "a.example.com", false, false},
	{"b.example.com", NULL, "a.example.com", "a.example.com", false, true},
	{NULL, "192.0.2.7", "a.example.com", "a.example.com", false, true},
	{NULL, NULL, "192.0.2.7", "192.0.2.7", false, true},
	{NULL, NULL, "w*.example.com", "ww.example.com", false, true},
};

static void a_name_is_found_or_not(void)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct name_case *c = &names[i];
		struct tinyca_spec spec = {.cn = c->cn,
		                           .dns = {c->dns},
		                           .ip = {c->ip},
		                           .issuer = world_cert(WORLD_CA)};
		const char *const trust[] = {
			"trust",   "ca",          "verify_name",
			c->wanted, "common_name", c->with_cn ? "true" : "false",
			NULL};
		struct tinyca_cert cert;
		struct world_pair p;

		tinyca_make(&cert, &spec);
		world_file("path.pem", cert.pem, strlen(cert.pem));
		world_file("path.key", cert.key_pem, strlen(cert.key_pem));
		world_pair(&p, shows, trust);
		world_run(&p);
		if (!CHECK_INT(pst_kit_ups(p.back), c->ok) ||
		    !CHECK_INT(pst_kit_fail_code(p.back), c->ok ? 0 : 42)) {
			printf("    case %zu: %s\n", i,
			       pst_kit_fail_text(p.back));
		}
		/* whoever is looked for, the URL's host is asked for */
		CHECK_STR(pst_kit_attribute(p.front, "tls.sni", NULL),
		          "gw.example.com");
		world_part(&p);
		tinyca_finish(&cert);
	}
}

static CU_TestInfo tests[] = {
	TEST(every_good_chain_of_a_back_end_is_accepted),
	TEST(every_bad_chain_of_a_back_end_is_refused),
	TEST(every_good_chain_of_a_client_is_accepted),
	TEST(every_bad_chain_of_a_client_is_refused),
	TEST(weak_certificates_come_in_when_asked_for),
	TEST(a_name_is_found_or_not),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN_WITHIN(tests, world_make, world_finish)
