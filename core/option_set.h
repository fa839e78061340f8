/* SPDX-License-Identifier: MIT */
/* One value into one member; for options.c and the option_*.c only. */
#ifndef CORE_OPTION_SET_H
#define CORE_OPTION_SET_H

#include "options.h"

/* One table that is being filled. */
struct fill {
	const struct options_input *in;
	const struct pst_option *rows;
	uint32_t stride;
	void *conf;
	struct option_origin *origins;
	bool failed; /* something was reported */
	bool memory; /* memory ran out */
};

/* One value on its way into one member. */
struct given {
	const struct pst_option *row;
	const struct conf_value *value; /* NULL: the row's default */
	const char *text;               /* a string, or the default */
};

PST_PRINTF(3, 4)
void option_refuse(struct fill *f, const struct given *g, const char *fmt, ...);
void option_refuse_type(struct fill *f, const struct given *g);
void option_put(struct fill *f, const struct pst_option *row,
                const void *member, size_t size);

/* A list of strings, or one alone; check option_list_ok first. */
bool option_list_ok(struct fill *f, const struct given *g);
size_t option_list_count(const struct given *g);
struct given option_list_at(const struct given *g, size_t index);

void option_set_file(struct fill *f, const struct given *g);
void option_set_files(struct fill *f, const struct given *g);
void option_set_refs(struct fill *f, const struct given *g);

/** Parse, check and store what is given, or report what is wrong with it. */
void option_set(struct fill *f, const struct given *g);

#endif
