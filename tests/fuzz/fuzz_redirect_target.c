/* SPDX-License-Identifier: MIT */
/* Fuzz target: templates of `redirect` and the requests that fill them; nothing
 * that a request holds leaves the origin of the template.
 *
 * Input: template, authority and path, parted by NUL. */
#include "fuzz.h"
#include "redirect_target.h"

/* Bytes of the origin, "https://host:port"; 0: a path alone. */
static size_t origin(const char *url)
{
	const char *p = strstr(url, "://");

	if (p == NULL || url[0] == '/') {
		return 0;
	}
	return (size_t)(p + 3 - url) + strcspn(p + 3, "/?#{");
}

static void check(const char *url, int length, const char *template,
                  const struct redirect_request *request)
{
	size_t n = origin(url), i;

	must(strlen(url) == (size_t)length);
	for (i = 0; url[i] != '\0'; i++) {
		must((uint8_t)url[i] > 0x20 && (uint8_t)url[i] < 0x7f &&
		     url[i] != '\\' && url[i] != '"' && url[i] != '<' &&
		     url[i] != '>');
	}
	if (n == 0) {
		must(url[0] == '/' && url[1] != '/');
		return;
	}
	must(memchr(url, '@', n) == NULL);
	if (!redirect_target_needs_host(template)) {
		must(origin(template) == n && memcmp(url, template, n) == 0);
	} else {
		const char *host = strstr(url, "://") + 3;

		must(strncmp(host, request->host, request->host_length) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[4096], url[REDIRECT_URL_MAX + 1];
	static uint64_t record[2048];
	struct redirect_request request;
	const char *template, *authority, *path;
	struct pst_head_builder b;
	size_t at = 0;
	int n;

	size = size < sizeof(text) ? size : sizeof(text) - 1;
	memcpy(text, data, size);
	text[size] = '\0';
	template = fuzz_part(text, &at, size);
	authority = fuzz_part(text, &at, size);
	path = fuzz_part(text, &at, size);
	if (redirect_target_check(template, false) != NULL || path[0] != '/') {
		return 0;
	}
	pst_head_begin(&b, record, sizeof(record), PST_HEAD_REQUEST);
	pst_head_set(&b, &b.head->method, "GET", 3);
	pst_head_set(&b, &b.head->authority, authority, strlen(authority));
	pst_head_set(&b, &b.head->path, path, strlen(path));
	if (pst_head_finish(&b) < 0 ||
	    redirect_request_read(b.head, &request) != PST_OK ||
	    (request.host_length == 0 &&
	     redirect_target_needs_host(template))) {
		return 0;
	}
	n = redirect_target_fill(template, &request, url);
	must(n > 0 || n == PST_LIMIT);
	if (n > 0) {
		must(n <= REDIRECT_URL_MAX);
		url[n] = '\0';
		check(url, n, template, &request);
	}
	return 0;
}
