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

static void *keep(struct pst_kit *k, void *block)
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

static int bad(struct pst_kit *k, const struct pst_option *o, const char *value,
               const char *wanted)
{
	kit_option_error(k, o->name, "\"%s\" is not %s", value, wanted);
	return PST_CONFIG;
}

static int parse_bool(struct pst_kit *k, const struct pst_option *o,
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
	return bad(k, o, value, "true or false");
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

static int parse_number(struct pst_kit *k, const struct pst_option *o,
                        const char *value, int64_t *out)
{
	char *end;
	int64_t n, by;

	errno = 0;
	n = strtoll(value, &end, 10);
	by = unit_of(o->type, end);
	if (end == value || errno != 0 || by == 0 ||
	    __builtin_mul_overflow(n, by, &n)) {
		return bad(k, o, value, "a number with a known unit");
	}
	if ((o->min != 0 || o->max != 0) && (n < o->min || n > o->max)) {
		return bad(k, o, value, "within the range");
	}
	if (o->type != PST_OPTION_INT && n < 0) {
		return bad(k, o, value, "0 or more");
	}
	*out = n;
	return 0;
}

static int parse_enum(struct pst_kit *k, const struct pst_option *o,
                      const char *value, uint32_t *out)
{
	uint32_t i;

	for (i = 0; o->choices[i] != NULL; i++) {
		if (strcmp(o->choices[i], value) == 0) {
			*out = i;
			return 0;
		}
	}
	return bad(k, o, value, "one of the choices");
}

static int read_path(struct pst_kit *k, const struct pst_option *o,
                     const char *path, struct pst_file *out)
{
	FILE *f = fopen(path, "rb");
	size_t length = 0, capacity = 4096, got;
	uint8_t *data;

	if (f == NULL) {
		return bad(k, o, path, "a readable file");
	}
	data = kit_alloc(capacity + 1);
	while ((got = fread(data + length, 1, capacity - length, f)) != 0) {
		length += got;
		if (length == capacity) {
			uint8_t *bigger = kit_alloc(capacity * 2 + 1);

			memcpy(bigger, data, length);
			free(data);
			data = bigger;
			capacity *= 2;
		}
	}
	fclose(f);
	data[length] = 0;
	out->data = keep(k, data);
	out->length = length;
	return 0;
}

static int parse_file(struct pst_kit *k, const struct pst_option *o,
                      const char *value, struct pst_file *out)
{
	size_t i;

	out->path = keep(k, kit_text(value, strlen(value)));
	for (i = 0; i < k->params.file_count; i++) {
		const struct pst_kit_file *f = &k->params.files[i];

		if (strcmp(f->name, value) == 0) {
			out->data = keep(k, kit_text(f->data, f->length));
			out->length = f->length;
			return 0;
		}
	}
	return read_path(k, o, value, out);
}

static void fill_list(struct pst_kit *k, const struct given *g,
                      struct pst_list *out)
{
	const char **item = kit_alloc(g->count * sizeof(*item));
	size_t i;

	for (i = 0; i < g->count; i++) {
		item[i] = keep(k, kit_text(g->value[i], strlen(g->value[i])));
	}
	out->item = keep(k, item);
	out->count = g->count;
}

static int fill_one(struct pst_kit *k, const struct pst_option *o,
                    const struct given *g)
{
	void *at = (char *)k->conf + o->offset;
	const char *value = g->value[g->count - 1];
	int64_t n = 0;
	int err = 0;

	switch ((enum pst_option_type)o->type) {
	case PST_OPTION_STRING:
		*(const char **)at = keep(k, kit_text(value, strlen(value)));
		return 0;
	case PST_OPTION_BOOL:
		return parse_bool(k, o, value, at);
	case PST_OPTION_INT:
		return parse_number(k, o, value, at);
	case PST_OPTION_SIZE:
	case PST_OPTION_TIME:
		err = parse_number(k, o, value, &n);
		*(uint64_t *)at = (uint64_t)n;
		return err;
	case PST_OPTION_ENUM:
		return parse_enum(k, o, value, at);
	case PST_OPTION_FILE:
		return parse_file(k, o, value, at);
	case PST_OPTION_LIST:
		fill_list(k, g, at);
		return 0;
	}
	return PST_INVALID;
}

/** A row that names no hop is valid on both. */
static bool applies(const struct pst_kit *k, const struct pst_option *o)
{
	uint32_t hop = k->me.role == PST_ACCEPT ? PST_OPTION_ACCEPT
	                                        : PST_OPTION_CONNECT;

	return k->params.layer == NULL || (o->flags & PST_BOTH_HOPS) == 0 ||
	       (o->flags & hop) != 0;
}

static int collect(struct pst_kit *k, const struct pst_option *o,
                   struct given *g)
{
	const char *const *at = k->params.options;

	g->count = 0;
	for (; at != NULL && *at != NULL; at += 2) {
		if (strcmp(*at, o->name) != 0) {
			continue;
		}
		if (g->count == sizeof(g->value) / sizeof(g->value[0]) ||
		    (g->count != 0 && o->type != PST_OPTION_LIST)) {
			return bad(k, o, at[1], "allowed twice");
		}
		g->value[g->count++] = at[1];
	}
	if (g->count != 0 && !applies(k, o)) {
		return bad(k, o, g->value[0], "valid on this hop");
	}
	if (g->count == 0 && (o->flags & PST_OPTION_REQUIRED) != 0 &&
	    applies(k, o)) {
		kit_option_error(k, o->name, "is required");
		return PST_CONFIG;
	}
	if (g->count == 0 && o->initial != NULL) {
		g->value[g->count++] = o->initial;
	}
	return 0;
}

static const struct pst_option *option_at(const struct pst_kit *k, uint32_t n)
{
	const char *at = (const char *)k->options;
	const struct pst_option *o;

	if (at == NULL) {
		return NULL;
	}
	o = (const struct pst_option *)(const void *)(at +
	                                              (size_t)n *
	                                                      k->option_stride);
	return o->name == NULL ? NULL : o;
}

/** An option may have a row for each hop; the other hop's says nothing here. */
static int is_for_other_hop(const struct pst_kit *k, const struct pst_option *o)
{
	const struct pst_option *twin;
	uint32_t i;

	if (applies(k, o)) {
		return 0;
	}
	for (i = 0; (twin = option_at(k, i)) != NULL; i++) {
		if (strcmp(twin->name, o->name) == 0 && applies(k, twin)) {
			return 1;
		}
	}
	return 0;
}

static int check_names(struct pst_kit *k)
{
	const char *const *at = k->params.options;
	int err = 0;

	for (; at != NULL && *at != NULL; at += 2) {
		const struct pst_option *o;
		uint32_t i;

		for (i = 0; (o = option_at(k, i)) != NULL; i++) {
			if (strcmp(o->name, *at) == 0) {
				break;
			}
		}
		if (o == NULL) {
			kit_option_error(k, *at, "unknown option");
			err = PST_CONFIG;
		}
	}
	return err;
}

int kit_options_fill(struct pst_kit *k)
{
	const struct pst_option *o;
	struct given g;
	int err = check_names(k);
	uint32_t i;

	for (i = 0; (o = option_at(k, i)) != NULL; i++) {
		if (is_for_other_hop(k, o)) {
			continue;
		}
		if (collect(k, o, &g) != 0 ||
		    (g.count != 0 && fill_one(k, o, &g) != 0)) {
			err = PST_CONFIG;
		}
	}
	return err;
}
