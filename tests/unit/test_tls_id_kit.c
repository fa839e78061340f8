/* SPDX-License-Identifier: MIT */
/* Identities of many sorts, and kits of `tls` that use them. */
#include "test_tls_id_kit.h"

#include "tls_identity.h"
#include "tls_names.h"

enum {
	OWN_FILES = 24
};

static struct tinyca_cert certs[ID_COUNT];
static struct pst_kit_file files[2 * ID_COUNT + OWN_FILES];
static char names[2 * ID_COUNT][24];
static size_t file_count;

struct id_more id_more;
char id_client[200], id_failure[600];

static const struct {
	const char *name;
	int issuer; /* -1: itself */
	struct tinyca_spec spec;
} all[ID_COUNT] = {
	[ID_CA] = {"ca", -1, {.cn = "First CA", .ca = true}},
	[ID_CA2] = {"ca2", -1, {.cn = "Second CA", .ca = true}},
	[ID_MIDDLE] = {"middle", ID_CA, {.cn = "Middle CA", .ca = true}},
	[ID_LEAF] = {"leaf",
                     ID_MIDDLE,
                     {.cn = "leaf", .dns = {"leaf.example.com"}}},
	[ID_A] = {"a", ID_CA, {.cn = "a", .dns = {"a.example.com"}}},
	[ID_A_RSA] = {"a-rsa",
                      ID_CA,
                      {.cn = "a-rsa", .dns = {"a.example.com"}, .rsa = true}},
	[ID_A_ED] = {"a-ed",
                     ID_CA,
                     {.cn = "a-ed",
                      .dns = {"a.example.com"},
                      .curve = GNUTLS_ECC_CURVE_ED25519}},
	[ID_B] = {"b",
                  ID_CA,
                  {.cn = "b",
                   .dns = {"B.Example.com"},
                   .ip = {"192.0.2.9", "2001:db8::9"},
                   .curve = GNUTLS_ECC_CURVE_SECP384R1}},
	[ID_WILD] = {"wild", ID_CA, {.cn = "wild", .dns = {"*.example.com"}}},
	[ID_OLD] = {"old",
                    ID_CA,
                    {.cn = "old",
                     .dns = {"a.example.com"},
                     .from_days = -30,
                     .until_days = -1}},
	[ID_NAMELESS] = {"nameless", ID_CA, {.cn = "nameless"}},
	[ID_ALICE] = {"alice", ID_CA, {.cn = "alice"}},
	[ID_BOB] = {"bob", ID_CA2, {.cn = "bob"}},
	[ID_CAROL] = {"carol", ID_CA2, {.cn = "carol", .rsa = true}},
};

void id_file(const char *name, const void *data, size_t length, uint32_t mode)
{
	size_t i = 0;

	while (i < file_count && strcmp(files[i].name, name) != 0) {
		i++;
	}
	if (i == sizeof(files) / sizeof(files[0])) {
		fputs("too many files\n", stderr);
		exit(99);
	}
	files[i] = (struct pst_kit_file){
		.name = name, .data = data, .length = length, .mode = mode};
	file_count += i == file_count ? 1 : 0;
}

void id_text(const char *name, const char *text)
{
	id_file(name, text, strlen(text), 0);
}

void id_forget_files(void)
{
	file_count = 2 * ID_COUNT;
}

void id_make(void)
{
	int i;

	for (i = 0; i < ID_COUNT; i++) {
		struct tinyca_spec spec = all[i].spec;

		spec.issuer = all[i].issuer < 0 ? NULL : &certs[all[i].issuer];
		tinyca_make(&certs[i], &spec);
		snprintf(names[file_count], sizeof(names[0]), "%s.pem",
		         all[i].name);
		id_text(names[file_count], certs[i].pem);
		snprintf(names[file_count], sizeof(names[0]), "%s.key",
		         all[i].name);
		id_text(names[file_count], certs[i].key_pem);
	}
}

void id_finish(void)
{
	int i;

	for (i = 0; i < ID_COUNT; i++) {
		tinyca_finish(&certs[i]);
	}
}

const struct tinyca_cert *id_cert(enum id_cert which)
{
	return &certs[which];
}

/* Every kind of resource that the plugin offers. */
static size_t all_kinds(const struct pst_resource **kinds, size_t most)
{
	size_t n = 0;

	while (n < most &&
	       (kinds[n] = PST_PLUGIN_SYMBOL.get(PST_EXTENSION_RESOURCE,
	                                         (uint32_t)n)) != NULL) {
		n++;
	}
	return n;
}

static uint8_t is_address(const char *host)
{
	struct tls_name name;
	const char *why;

	return host != NULL && tls_name_parse(host, &name, &why) == PST_OK &&
	       name.address_length != 0;
}

struct pst_kit *id_kit(enum pst_role role, const char *const *options)
{
	const struct pst_resource *kinds[8];
	struct pst_url url = {.scheme = "tls",
	                      .host = id_more.host,
	                      .path = "/",
	                      .query = "",
	                      .text = "tls://the.url:1",
	                      .port = 1,
	                      .host_is_address = is_address(id_more.host)};
	struct pst_kit_params p = {
		.layer = PST_PLUGIN_SYMBOL.get(PST_EXTENSION_LAYER, 0),
		.role = role,
		.options = options,
		.files = files,
		.file_count = file_count,
		.kinds = kinds,
		.kind_count = all_kinds(kinds, 8),
		.resources = id_more.resources,
		.resource_count = id_more.resource_count,
		.offers = id_more.offers,
		.offer_count = id_more.offer_count,
		.setup_flags = id_more.setup_flags,
		.strict = id_more.strict,
		.url = id_more.host == NULL || role == PST_CONNECT ? NULL
	                                                           : &url,
	};

	return pst_kit_create(&p);
}

static void says(struct pst_kit *k, bool ready, const char *option,
                 const char *text)
{
	CHECK(pst_kit_ready(k) == ready);
	if (!CHECK(pst_kit_diagnosed(k, option, text))) {
		printf("    wanted: %s: %s\n    said: %s\n", option, text,
		       pst_kit_diagnosis(k, 0));
	}
	CHECK_INT(pst_kit_destroy(k), 0);
}

void id_refused(enum pst_role role, const char *const *options,
                const char *option, const char *text)
{
	says(id_kit(role, options), false, option, text);
}

void id_warned(const char *const *options, const char *option, const char *text)
{
	says(id_kit(PST_ACCEPT, options), true, option, text);
}

void id_fine(const char *const *options)
{
	struct pst_kit *k = id_kit(PST_ACCEPT, options);

	CHECK(pst_kit_ready(k));
	if (!CHECK(pst_kit_diagnosis(k, 0) == NULL)) {
		printf("    said: %s\n", pst_kit_diagnosis(k, 0));
	}
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void copy_attribute(struct pst_kit *k, char *out, size_t size)
{
	const char *subject = pst_kit_attribute(k, "tls.peer.subject", NULL);

	snprintf(out, size, "%s", subject == NULL ? "" : subject);
}

const char *id_shake(struct pst_kit *front, struct pst_kit *back)
{
	static char shown[200];
	struct pst_kit *const both[] = {front, back};

	shown[0] = '\0';
	id_client[0] = '\0';
	id_failure[0] = '\0';
	if (!CHECK(pst_kit_ready(front)) || !CHECK(pst_kit_ready(back))) {
		printf("    said: %s, %s\n", pst_kit_diagnosis(front, 0),
		       pst_kit_diagnosis(back, 0));
	} else {
		pst_kit_pair(front, back);
		pst_kit_run_all(both, 2);
		if (pst_kit_ups(front) == 1 && pst_kit_ups(back) == 1) {
			copy_attribute(back, shown, sizeof(shown));
			copy_attribute(front, id_client, sizeof(id_client));
		} else if (pst_kit_failed(front)) {
			snprintf(id_failure, sizeof(id_failure), "%s",
			         pst_kit_fail_text(front));
		}
	}
	CHECK_INT(pst_kit_destroy(front), 0);
	CHECK_INT(pst_kit_destroy(back), 0);
	return shown;
}
