/* SPDX-License-Identifier: MIT */
/* The option reference, generated from the option tables. */
#ifndef CORE_MANUAL_H
#define CORE_MANUAL_H

#include "registry.h"

#include <stdio.h>

/** Write the reference of the core's own settings and of everything that `r`
 *  offers, ids in alphabetical order, as man(7) source. */
void manual_print(FILE *out, struct registry *r);
/** One section: the rows of one table under its title. */
void manual_table(FILE *out, const char *title, const char *help,
                  const struct pst_option *rows, uint32_t stride);

#endif
