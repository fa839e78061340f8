/* SPDX-License-Identifier: MIT */
/* The key that seals a place's tickets: a master secret, bound to its rules. */
#include "tls_conf.h"

#include <gnutls/crypto.h>
#include <penstock/plugin.h>
#include <penstock/resource.h>
#include <string.h>

static const char label[] = "penstock tls ticket 1";

/* Settings that say who this end is, or how tickets are made: they decide
 * nothing about a client. Two hosts may differ in them and share tickets; what
 * is not named here goes into the key; "sni" does as the names it stands for. */
static const char *const no_rules[] = {
	"identity",
	"certificate",
	"chain",
	"private_key",
	"keystore",
	"password_file",
	"directory",
	"signer",
	"default_certificate",
	"tickets",
	"ticket_key",
	"ticket_lifetime",
	"heavy",
	"default",
	"sni",
	"strict_permissions",
};

struct canon {
	gnutls_hash_hd_t hash;
	int failed;
};

static void add_number(struct canon *c, uint64_t value)
{
	uint8_t bytes[8];
	size_t i;

	for (i = 0; i < sizeof(bytes); i++) {
		bytes[i] = (uint8_t)(value >> (56 - 8 * i));
	}
	c->failed |= gnutls_hash(c->hash, bytes, sizeof(bytes));
}

static void add_bytes(struct canon *c, const void *data, size_t length)
{
	add_number(c, length);
	if (length != 0) {
		c->failed |= gnutls_hash(c->hash, data, length);
	}
}

static void add_text(struct canon *c, const char *text)
{
	add_bytes(c, text, text == NULL ? 0 : strlen(text));
}

/* Contents count, not where they lie. */
static void add_file(struct canon *c, const struct pst_file *file)
{
	add_bytes(c, file->data, file->data == NULL ? 0 : file->length);
}

static void add_rows(struct canon *c, const struct pst_option *rows,
                     const void *conf, uint32_t roles);

static const struct pst_resource *resource(const char *id)
{
	const struct pst_resource *r;
	uint32_t n;

	for (n = 0;
	     (r = PST_PLUGIN_SYMBOL.get(PST_EXTENSION_RESOURCE, n)) != NULL;
	     n++) {
		if (strcmp(r->id, id) == 0) {
			return r;
		}
	}
	return NULL;
}

static void add_refs(struct canon *c, const struct pst_option *row,
                     const struct pst_refs *refs)
{
	const struct pst_resource *kind = resource(row->kind);
	size_t i;

	add_number(c, refs->count);
	for (i = 0; i < refs->count && kind != NULL; i++) {
		add_rows(c, kind->options, refs->item[i].conf, 0);
	}
}

static void add_list(struct canon *c, const struct pst_list *list)
{
	size_t i;

	add_number(c, list->count);
	for (i = 0; i < list->count; i++) {
		add_text(c, list->item[i]);
	}
}

static void add_files(struct canon *c, const struct pst_files *files)
{
	size_t i;

	add_number(c, files->count);
	for (i = 0; i < files->count; i++) {
		add_file(c, &files->item[i]);
	}
}

static void add_value(struct canon *c, const struct pst_option *row,
                      const void *member)
{
	switch ((enum pst_option_type)row->type) {
	case PST_OPTION_STRING:
		add_text(c, *(const char *const *)member);
		return;
	case PST_OPTION_BOOL:
		add_number(c, *(const bool *)member ? 1 : 0);
		return;
	case PST_OPTION_ENUM:
		add_number(c, *(const uint32_t *)member);
		return;
	case PST_OPTION_INT:
	case PST_OPTION_SIZE:
	case PST_OPTION_TIME:
		add_number(c, *(const uint64_t *)member);
		return;
	case PST_OPTION_FILE:
		add_file(c, member);
		return;
	case PST_OPTION_FILES:
		add_files(c, member);
		return;
	case PST_OPTION_LIST:
		add_list(c, member);
		return;
	case PST_OPTION_REFS:
		add_refs(c, row, member);
		return;
	}
}

static bool is_rule(const struct pst_option *row)
{
	size_t i;

	for (i = 0; i < sizeof(no_rules) / sizeof(no_rules[0]); i++) {
		if (strcmp(no_rules[i], row->name) == 0) {
			return false;
		}
	}
	return (row->flags & PST_OPTION_ELSEWHERE) == 0;
}

/* Values of all rows for `roles` (0: all rows, of a resource). */
static void add_rows(struct canon *c, const struct pst_option *rows,
                     const void *conf, uint32_t roles)
{
	const struct pst_option *row;

	for (row = rows; row->name != NULL; row++) {
		if (roles == 0 ? (row->flags & PST_OPTION_ELSEWHERE) == 0
		               : (row->flags & roles) != 0 && is_rule(row)) {
			add_text(c, row->name);
			add_value(c, row, (const char *)conf + row->offset);
		}
	}
}

/* The URL's host stands for a list of names that is not there. */
static void add_names(struct canon *c, const struct tls_route *route)
{
	uint32_t i;

	add_number(c, route->name_count);
	for (i = 0; i < route->name_count; i++) {
		add_text(c, route->names[i]);
	}
}

int tls_ticket_derive(const struct tls_conf *conf, const uint8_t *master,
                      size_t length, uint8_t key_out[TLS_TICKET_KEY])
{
	uint8_t text[sizeof(label) + 32];
	struct canon c = {.failed = 0};
	int ret = gnutls_hash_init(&c.hash, GNUTLS_DIG_SHA256);

	if (ret != 0) {
		return ret;
	}
	add_rows(&c, tls_options, conf, PST_OPTION_ACCEPT);
	add_names(&c, &conf->route);
	memcpy(text, label, sizeof(label));
	gnutls_hash_deinit(c.hash, text + sizeof(label));
	if (c.failed != 0) {
		return c.failed;
	}
	return gnutls_hmac_fast(GNUTLS_MAC_SHA512, master, length, text,
	                        sizeof(text), key_out);
}
