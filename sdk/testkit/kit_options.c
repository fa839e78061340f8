/* SPDX-License-Identifier: MIT */
/* Fill a conf from names and values by its option table. */
#include "kit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/** The value of one option: all that were given, or the default. */
struct given {
	const char *value[64];
	size_t count;
};

void *kit_keep(struct pst_kit *k, void *block)
{
	void **bigger =
		realloc(k->blocks, (k->block_count + 1) * sizeof(*k->blocks));

	if (bigger == NULL) {
		fputs("testkit: memory ran out\n", stderr);
		abort();
	}
	k->blocks = bigger;
	k->blocks[k->block_count++] = block;
	return block;
}

PST_PRINTF(3, 4)
static int complain(const struct kit_fill *f, const char *option,
                    const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	kit_diagnose(f->k, f->prefix, option, text);
	return PST_CONFIG;
}

static int bad(const struct kit_fill *f, const struct pst_option *o,
               const char *value, const char *wanted)
{
	return complain(f, o->name, "\"%s\" is not %s", value, wanted);
}

static int parse_bool(const struct kit_fill *f, const struct pst_option *o,
                      const char *value, bool *out)
{
	static const char *const yes[] = {"true", "yes", "on", "1"};
	static const char *const no[] = {"false", "no", "off", "0"};
	size_t i;

	for (i = 0; i < 4; i++) {
		if (strcmp(value, yes[i]) == 0) {
			*out = true;
			return 0;
		}
		if (strcmp(value, no[i]) == 0) {
			*out = false;
			return 0;
		}
	}
	return bad(f, o, value, "true or false");
}

/** What a unit multiplies by; 0: unknown. */
static int64_t unit_of(uint32_t type, const char *unit)
{
	static const struct {
		const char *name;
		uint32_t type;
		int64_t by;
	} units[] = {{"", PST_OPTION_INT, 1},
	             {"", PST_OPTION_SIZE, 1},
	             {"k", PST_OPTION_SIZE, 1024},
	             {"m", PST_OPTION_SIZE, 1048576},
	             {"g", PST_OPTION_SIZE, 1073741824},
	             {"", PST_OPTION_TIME, 1},
	             {"ms", PST_OPTION_TIME, 1},
	             {"s", PST_OPTION_TIME, 1000},
	             {"m", PST_OPTION_TIME, 60000},
	             {"h", PST_OPTION_TIME, 3600000},
	             {"d", PST_OPTION_TIME, 86400000}};
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (units[i].type == type && strcmp(units[i].name, unit) == 0) {
			return units[i].by;
		}
	}
	return 0;
}

static int parse_number(const struct kit_fill *f, const struct pst_option *o,
                        const char *value, int64_t *out)
{
	char *end;
	int64_t n, by;

	errno = 0;
	n = strtoll(value, &end, 10);
	by = unit_of(o->type, end);
	if (end == value || errno != 0 || by == 0 ||
	    __builtin_mul_overflow(n, by, &n)) {
		return bad(f, o, value, "a number with a known unit");
	}
	if ((o->min != 0 || o->max != 0) && (n < o->min || n > o->max)) {
		return bad(f, o, value, "within the range");
	}
	if (o->type != PST_OPTION_INT && n < 0) {
		return bad(f, o, value, "0 or more");
	}
	*out = n;
	return 0;
}

static int parse_enum(const struct kit_fill *f, const struct pst_option *o,
                      const char *value, uint32_t *out)
{
	uint32_t i;

	for (i = 0; o->choices[i] != NULL; i++) {
		if (strcmp(o->choices[i], value) == 0) {
			*out = i;
			return 0;
		}
	}
	return bad(f, o, value, "one of the choices");
}

static int parse_file(const struct kit_fill *f, const struct pst_option *o,
                      const char *value, struct pst_file *out)
{
	if (!kit_file(f->k, value, out)) {
		return bad(f, o, value, "a readable file");
	}
	if ((o->flags & PST_OPTION_SECRET) != 0 &&
	    !kit_secret_ok(f->k, f->prefix, o->name, out)) {
		return PST_CONFIG;
	}
	return 0;
}

static int fill_files(const struct kit_fill *f, const struct pst_option *o,
                      const struct given *g, struct pst_files *out)
{
	size_t i;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < g->count; i++) {
		if (!kit_files(f->k, g->value[i], out)) {
			return bad(f, o, g->value[i],
			           "a readable file or folder");
		}
	}
	for (i = 0; i < out->count; i++) {
		if ((o->flags & PST_OPTION_SECRET) != 0 &&
		    !kit_secret_ok(f->k, f->prefix, o->name, &out->item[i])) {
			return PST_CONFIG;
		}
	}
	return 0;
}

static int fill_refs(const struct kit_fill *f, const struct pst_option *o,
                     const struct given *g, struct pst_refs *out)
{
	struct pst_ref *item = kit_alloc((g->count + 1) * sizeof(*item));
	const struct kit_resource *r;
	size_t i;
	int err = 0;

	out->item = kit_keep(f->k, item);
	out->count = 0;
	for (i = 0; i < g->count; i++) {
		r = kit_refer(f, o, g->value[i]);
		if (r == NULL) {
			err = PST_CONFIG;
			continue;
		}
		item[out->count].name =
			strpbrk(r->key, "@./") == NULL ? r->key : NULL;
		item[out->count++].conf = r->conf;
	}
	return err;
}

static void fill_list(const struct kit_fill *f, const struct given *g,
                      struct pst_list *out)
{
	const char **item = kit_alloc(g->count * sizeof(*item));
	size_t i;

	for (i = 0; i < g->count; i++) {
		item[i] = kit_keep(f->k,
		                   kit_text(g->value[i], strlen(g->value[i])));
	}
	out->item = kit_keep(f->k, item);
	out->count = g->count;
}

static int fill_one(const struct kit_fill *f, const struct pst_option *o,
                    const struct given *g)
{
	void *at = (char *)f->conf + o->offset;
	const char *value = g->value[g->count - 1];
	int64_t n = 0;
	int err = 0;

	switch ((enum pst_option_type)o->type) {
	case PST_OPTION_STRING:
		*(const char **)at =
			kit_keep(f->k, kit_text(value, strlen(value)));
		return 0;
	case PST_OPTION_BOOL:
		return parse_bool(f, o, value, at);
	case PST_OPTION_INT:
		return parse_number(f, o, value, at);
	case PST_OPTION_SIZE:
	case PST_OPTION_TIME:
		err = parse_number(f, o, value, &n);
		*(uint64_t *)at = (uint64_t)n;
		return err;
	case PST_OPTION_ENUM:
		return parse_enum(f, o, value, at);
	case PST_OPTION_FILE:
		return parse_file(f, o, value, at);
	case PST_OPTION_LIST:
		fill_list(f, g, at);
		return 0;
	case PST_OPTION_FILES:
		return fill_files(f, o, g, at);
	case PST_OPTION_REFS:
		return fill_refs(f, o, g, at);
	}
	return PST_INVALID;
}

/** A row that names no hop is valid on both. */
static bool applies(const struct kit_fill *f, const struct pst_option *o)
{
	return f->hops == 0 || (o->flags & PST_BOTH_HOPS) == 0 ||
	       (o->flags & f->hops) != 0;
}

static bool takes_many(const struct pst_option *o)
{
	return o->type == PST_OPTION_LIST || o->type == PST_OPTION_FILES ||
	       o->type == PST_OPTION_REFS;
}

static int collect(const struct kit_fill *f, const struct pst_option *o,
                   struct given *g)
{
	const char *const *at = f->given;

	g->count = 0;
	for (; at != NULL && *at != NULL; at += 2) {
		if (strcmp(*at, o->name) != 0) {
			continue;
		}
		if (g->count == sizeof(g->value) / sizeof(g->value[0]) ||
		    (g->count != 0 && !takes_many(o))) {
			return bad(f, o, at[1], "allowed twice");
		}
		g->value[g->count++] = at[1];
	}
	if (g->count != 0 && !applies(f, o)) {
		return bad(f, o, g->value[0], "valid on this hop");
	}
	if (g->count == 0 && (o->flags & PST_OPTION_REQUIRED) != 0 &&
	    applies(f, o)) {
		return complain(f, o->name, "is required");
	}
	if (o->type == PST_OPTION_REFS && !applies(f, o)) {
		return 0;
	}
	if (g->count == 0 && o->initial != NULL) {
		g->value[g->count++] = o->initial;
	}
	return 0;
}

static const struct pst_option *option_at(const struct kit_fill *f, uint32_t n)
{
	const char *at = (const char *)f->rows;
	const struct pst_option *o;

	if (at == NULL) {
		return NULL;
	}
	o = (const struct pst_option *)(const void *)(at +
	                                              (size_t)n * f->stride);
	return o->name == NULL ? NULL : o;
}

/** An option may have a row for each hop; the other hop's says nothing here. */
static int is_for_other_hop(const struct kit_fill *f,
                            const struct pst_option *o)
{
	const struct pst_option *twin;
	uint32_t i;

	if (applies(f, o)) {
		return 0;
	}
	for (i = 0; (twin = option_at(f, i)) != NULL; i++) {
		if (strcmp(twin->name, o->name) == 0 && applies(f, twin)) {
			return 1;
		}
	}
	return 0;
}

static int check_name(const struct kit_fill *f, const char *name)
{
	const struct pst_option *o;
	uint32_t i;

	for (i = 0; (o = option_at(f, i)) != NULL; i++) {
		if (strcmp(o->name, name) != 0) {
			continue;
		}
		return (o->flags & PST_OPTION_ELSEWHERE) == 0
		               ? 0
		               : complain(f, name, "no setting here; %s",
		                          o->help);
	}
	return complain(f, name, "unknown option");
}

static int check_names(const struct kit_fill *f)
{
	const char *const *at = f->given;
	int err = 0;

	for (; at != NULL && *at != NULL; at += 2) {
		if (check_name(f, *at) != 0) {
			err = PST_CONFIG;
		}
	}
	return err;
}

int kit_options_fill(const struct kit_fill *f)
{
	const struct pst_option *o;
	struct given g;
	int err = check_names(f);
	uint32_t i;

	for (i = 0; (o = option_at(f, i)) != NULL; i++) {
		if (is_for_other_hop(f, o) ||
		    (o->flags & PST_OPTION_ELSEWHERE) != 0) {
			continue;
		}
		if (collect(f, o, &g) != 0 ||
		    (g.count != 0 && fill_one(f, o, &g) != 0)) {
			err = PST_CONFIG;
		}
	}
	return err;
}
