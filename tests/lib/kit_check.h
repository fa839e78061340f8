/* SPDX-License-Identifier: MIT */
/* Checks of what a test kit holds. */
#ifndef TESTS_KIT_CHECK_H
#define TESTS_KIT_CHECK_H

#include "pst_test.h"

#include <penstock/testkit.h>

/** The kit's options were refused, with this said of `option` (NULL: of any).
 *  Ends the kit, which must leave nothing. */
#define CHECK_REFUSED(kit, option, text) \
	pst_check_refused((kit), (option), (text), __FILE__, __LINE__)

__attribute__((unused)) static void pst_check_refused(struct pst_kit *k,
                                                      const char *option,
                                                      const char *text,
                                                      const char *file,
                                                      unsigned line)
{
	const char *first = pst_kit_diagnosis(k, 0);
	char said[1024];

	pst_check(!pst_kit_ready(k), file, line, "the options are refused");
	snprintf(said, sizeof(said), "%.100s: \"%.300s\": said was \"%.500s\"",
	         option == NULL ? "any option" : option, text,
	         first == NULL ? "nothing" : first);
	pst_check(pst_kit_diagnosed(k, option, text), file, line, said);
	pst_check_int(pst_kit_destroy(k), 0, file, line, "what is left");
}

#endif
