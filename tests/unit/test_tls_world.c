/* SPDX-License-Identifier: MIT */
/* Certificates and kits that the tests of `tls` share. */
#include "test_tls_world.h"

enum {
	OWN_FILES = 24,
	OWN_TRUSTS = 16,
	KINDS_MAX = 4,
	OPTIONS_MAX = 32
};

uint32_t world_setup_flags;

static struct pst_kit_resource own[OWN_TRUSTS];
static size_t own_count;

static struct tinyca_cert certs[WORLD_COUNT];
static struct pst_kit_file files[2 * WORLD_COUNT + OWN_FILES];
static char names[2 * WORLD_COUNT][24];
static size_t file_count;

const struct pst_url world_url = {
	.scheme = "tls",
	.host = "gw.example.com",
	.path = "/",
	.query = "",
	.text = "tls://gw.example.com:9000",
	.port = 9000,
};

static const struct {
	const char *name;
	bool by_ca;
	struct tinyca_spec spec;
} world[WORLD_COUNT] = {
	[WORLD_CA] = {"ca", false, {.cn = "Test CA", .ca = true}},
	[WORLD_GW] = {"gw",
                      true,
                      {.cn = "gateway",
                       .dns = {"gw.example.com", "*.wild.example.com"},
                       .ip = {"192.0.2.7", "2001:db8::7"},
                       .for_servers = true}},
	[WORLD_CLIENT] = {"client", true, {.cn = "alice", .for_clients = true}},
	[WORLD_EXPIRED] = {"expired",
                           true,
                           {.cn = "old",
                            .dns = {"gw.example.com"},
                            .from_days = -30,
                            .until_days = -1}},
	[WORLD_FUTURE] = {"future",
                          true,
                          {.cn = "young",
                           .dns = {"gw.example.com"},
                           .from_days = 1,
                           .until_days = 300}},
	[WORLD_SOON] = {"soon",
                        true,
                        {.cn = "ageing",
                         .dns = {"gw.example.com"},
                         .from_days = -30,
                         .until_days = 10}},
	[WORLD_CN] = {"cn", true, {.cn = "gw.example.com"}},
	[WORLD_OTHER] = {"other",
                         false,
                         {.cn = "stranger", .dns = {"gw.example.com"}}},
	[WORLD_SELF] = {"self",
                        false,
                        {.cn = "self", .dns = {"gw.example.com"}}},
	[WORLD_RSA] = {"rsa",
                       true,
                       {.cn = "rsa", .dns = {"gw.example.com"}, .rsa = true}},
	[WORLD_OTHER_CA] = {"other-ca", false, {.cn = "Other CA", .ca = true}},
};

static void make(enum world_cert which)
{
	struct tinyca_spec spec = world[which].spec;

	if (world[which].by_ca) {
		spec.issuer = &certs[WORLD_CA];
	} else if (which == WORLD_OTHER) {
		spec.issuer = &certs[WORLD_OTHER_CA];
	}
	tinyca_make(&certs[which], &spec);
	snprintf(names[file_count], sizeof(names[0]), "%s", world[which].name);
	world_file(names[file_count], certs[which].pem,
	           strlen(certs[which].pem));
	snprintf(names[file_count], sizeof(names[0]), "%s.key",
	         world[which].name);
	world_file(names[file_count], certs[which].key_pem,
	           strlen(certs[which].key_pem));
}

void world_make(void)
{
	int which;

	make(WORLD_CA);
	make(WORLD_OTHER_CA);
	for (which = WORLD_GW; which < WORLD_OTHER_CA; which++) {
		make((enum world_cert)which);
	}
}

void world_finish(void)
{
	int which;

	for (which = 0; which < WORLD_COUNT; which++) {
		tinyca_finish(&certs[which]);
	}
}

const struct tinyca_cert *world_cert(enum world_cert which)
{
	return &certs[which];
}

void world_file(const char *name, const void *data, size_t length)
{
	size_t i;

	for (i = 0; i < file_count; i++) {
		if (strcmp(files[i].name, name) == 0) {
			break;
		}
	}
	if (i == sizeof(files) / sizeof(files[0])) {
		fputs("too many files\n", stderr);
		exit(99);
	}
	files[i].name = name;
	files[i].data = data;
	files[i].length = length;
	file_count += i == file_count ? 1 : 0;
}

const struct pst_layer *world_layer(void)
{
	return PST_PLUGIN_SYMBOL.get(PST_EXTENSION_LAYER, 0);
}

/* Each certificate is a resource to trust as well, by its name. */
static size_t list_trusts(struct pst_kit_resource *list)
{
	static const char *options[WORLD_COUNT][3];
	size_t i;

	for (i = 0; i < WORLD_COUNT; i++) {
		options[i][0] = "certificates";
		options[i][1] = world[i].name;
		list[i] = (struct pst_kit_resource){"trusts", world[i].name,
		                                    options[i]};
	}
	return WORLD_COUNT;
}

static size_t list_kinds(const struct pst_resource **kinds)
{
	size_t n = 0;

	while (n < KINDS_MAX &&
	       (kinds[n] = PST_PLUGIN_SYMBOL.get(PST_EXTENSION_RESOURCE,
	                                         (uint32_t)n)) != NULL) {
		n++;
	}
	return n;
}

void world_trust(const char *name, const char *const *options)
{
	size_t i = 0;

	while (i < own_count && strcmp(own[i].name, name) != 0) {
		i++;
	}
	if (i == OWN_TRUSTS) {
		fputs("too many trusts\n", stderr);
		exit(99);
	}
	own[i] = (struct pst_kit_resource){"trusts", name, options};
	own_count += i == own_count ? 1 : 0;
}

struct pst_kit *world_kit(enum pst_role role, const char *const *options,
                          const struct pst_url *url)
{
	static struct pst_kit_resource resources[WORLD_COUNT + OWN_TRUSTS];
	static const struct pst_resource *kinds[KINDS_MAX + 1];
	struct pst_kit_params p = {
		.layer = world_layer(),
		.role = role,
		.options = options,
		.files = files,
		.file_count = file_count,
		.kinds = kinds,
		.kind_count = list_kinds(kinds),
		.resources = resources,
		.resource_count = list_trusts(resources),
		.setup_flags = world_setup_flags,
		.url = url,
	};

	memcpy(resources + WORLD_COUNT, own, own_count * sizeof(own[0]));
	p.resource_count += own_count;

	return pst_kit_create(&p);
}

static bool names_option(const char *const *options, const char *name)
{
	size_t i;

	for (i = 0; options != NULL && options[i] != NULL; i += 2) {
		if (strcmp(options[i], name) == 0) {
			return true;
		}
	}
	return false;
}

static struct pst_kit *kit_with(enum pst_role role, const char *const *defaults,
                                const char *const *options)
{
	const char *all[OPTIONS_MAX + 1];
	size_t n = 0, i;

	for (i = 0; defaults[i] != NULL; i += 2) {
		if (!names_option(options, defaults[i])) {
			all[n++] = defaults[i];
			all[n++] = defaults[i + 1];
		}
	}
	for (i = 0; options != NULL && options[i] != NULL && n < OPTIONS_MAX;
	     i++) {
		all[n++] = options[i];
	}
	all[n] = NULL;
	return world_kit(role, all, role == PST_ACCEPT ? NULL : &world_url);
}

void world_pair(struct world_pair *p, const char *const *front_options,
                const char *const *back_options)
{
	static const char *const front[] = {"certificate", "gw", "private_key",
	                                    "gw.key", NULL};
	static const char *const back[] = {"trust", "ca", NULL};

	p->front = kit_with(PST_ACCEPT, front, front_options);
	p->back = kit_with(PST_CONNECT, back, back_options);
	CHECK(pst_kit_ready(p->front));
	CHECK(pst_kit_ready(p->back));
	pst_kit_pair(p->front, p->back);
}

void world_run(struct world_pair *p)
{
	struct pst_kit *const both[] = {p->front, p->back};

	pst_kit_run_all(both, 2);
}

void world_part(struct world_pair *p)
{
	CHECK_INT(pst_kit_destroy(p->front), 0);
	CHECK_INT(pst_kit_destroy(p->back), 0);
}
