/* SPDX-License-Identifier: MIT */
/* Error pages: files whose names say for which statuses they are. */
#ifndef PROXY_PAGES_H
#define PROXY_PAGES_H

#include <penstock/option.h>
#include <penstock/setup.h>
#include <stdbool.h>

enum {
	PROXY_PAGE_MAX = 64 * 1024 /* bytes */
};

struct proxy_page {
	unsigned from, to;         /* statuses */
	const char *type;          /* media type */
	const struct pst_file *file; /* borrowed while the conf lives */
};

struct proxy_pages {
	struct proxy_page *page; /* owned */
	size_t count;
};

/** Make pages of files named "502.html", "5xx.txt" and the like. Reports at
 *  the option "error_pages". Returns 0, PST_CONFIG or PST_MEMORY. */
PST_MUST_CHECK int proxy_pages_make(struct proxy_pages *pages,
                                    const struct pst_files *files,
                                    struct pst_setup *setup);
void proxy_pages_finish(struct proxy_pages *pages);

/** The page for `status`, one for all of its hundred last; NULL: none. */
const struct proxy_page *proxy_pages_find(const struct proxy_pages *pages,
                                          unsigned status);

#endif
