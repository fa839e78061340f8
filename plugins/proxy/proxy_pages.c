/* SPDX-License-Identifier: MIT */
/* Error pages: files whose names say for which statuses they are. */
#include "proxy_pages.h"

#include <stdlib.h>
#include <string.h>

struct type {
	const char *end, *name;
};

static const struct type types[] = {
	{".html", "text/html; charset=utf-8"},
	{".htm", "text/html; charset=utf-8"},
	{".txt", "text/plain; charset=utf-8"},
	{".json", "application/json"},
	{".xml", "application/xml"},
};

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

static const char *type_of(const char *end)
{
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(types[i].end, end) == 0) {
			return types[i].name;
		}
	}
	return NULL;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "502" or "5xx" in front of a name. */
static bool read_status(const char *name, struct proxy_page *out)
{
	unsigned hundred;

	if (name[0] != '4' && name[0] != '5') {
		return false;
	}
	hundred = (unsigned)(name[0] - '0') * 100;
	if (strncmp(name + 1, "xx", 2) == 0) {
		out->from = hundred;
		out->to = hundred + 99;
		return true;
	}
	if (!is_digit(name[1]) || !is_digit(name[2])) {
		return false;
	}
	out->from = hundred + (unsigned)(name[1] - '0') * 10 +
	            (unsigned)(name[2] - '0');
	out->to = out->from;
	return true;
}

static int read_page(const struct pst_file *file, struct pst_setup *setup,
                     struct proxy_page *out)
{
	const char *name = name_of(file->path);

	out->file = file;
	if (!read_status(name, out) ||
	    (out->type = type_of(name + 3)) == NULL) {
		pst_error(setup, "error_pages",
		          "\"%s\" does not say for which status it is; name it "
		          "\"502.html\", or \"5xx.html\" for all of a hundred, "
		          "with .html, .htm, .txt, .json or .xml",
		          file->path);
		return PST_CONFIG;
	}
	if (file->length > PROXY_PAGE_MAX) {
		pst_error(setup, "error_pages",
		          "\"%s\" has %zu bytes, and an error page has at most "
		          "%d; make it shorter",
		          file->path, file->length, PROXY_PAGE_MAX);
		return PST_CONFIG;
	}
	return PST_OK;
}

static bool same_statuses(const struct proxy_page *a,
                          const struct proxy_page *b)
{
	return a->from == b->from && a->to == b->to;
}

static int check_twice(const struct proxy_pages *pages,
                       const struct proxy_page *page, struct pst_setup *setup)
{
	size_t i;

	for (i = 0; i < pages->count; i++) {
		if (same_statuses(&pages->page[i], page)) {
			pst_error(setup, "error_pages",
			          "\"%s\" and \"%s\" are for the same status; "
			          "leave one of them out",
			          pages->page[i].file->path, page->file->path);
			return PST_CONFIG;
		}
	}
	return PST_OK;
}

int proxy_pages_make(struct proxy_pages *pages, const struct pst_files *files,
                     struct pst_setup *setup)
{
	int result = PST_OK;
	size_t i;

	pages->page = calloc(files->count + 1, sizeof(*pages->page));
	if (pages->page == NULL) {
		return PST_MEMORY;
	}
	for (i = 0; i < files->count; i++) {
		struct proxy_page page;

		if (read_page(&files->item[i], setup, &page) != PST_OK ||
		    check_twice(pages, &page, setup) != PST_OK) {
			result = PST_CONFIG;
			continue;
		}
		pages->page[pages->count++] = page;
	}
	return result;
}

void proxy_pages_finish(struct proxy_pages *pages)
{
	free(pages->page);
	pages->page = NULL;
	pages->count = 0;
}

const struct proxy_page *proxy_pages_find(const struct proxy_pages *pages,
                                          unsigned status)
{
	const struct proxy_page *found = NULL;
	size_t i;

	for (i = 0; i < pages->count; i++) {
		const struct proxy_page *p = &pages->page[i];

		if (status < p->from || status > p->to) {
			continue;
		}
		if (p->from == p->to) {
			return p;
		}
		found = p;
	}
	return found;
}
