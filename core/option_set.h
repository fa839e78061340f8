/* SPDX-License-Identifier: MIT */
/* One value into one member; for options.c only. */
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

/** Parse, check and store what is given, or report what is wrong with it. */
void option_set(struct fill *f, const struct given *g);

#endif
