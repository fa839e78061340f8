/* SPDX-License-Identifier: MIT */
/* Where a redirect leads: checking templates, and filling them in. */
#include "redirect_target.h"

#include <arpa/inet.h>

static const char host_word[] = "{host}";
static const char path_word[] = "{path}";
static const char rest_word[] = "{rest}";
static const char query_word[] = "{query}";

enum {
	WORD = sizeof(host_word) - 1 /* of host, path and rest alike */
};

static bool begins(const char *text, const char *word)
{
	return strncmp(text, word, strlen(word)) == 0;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_host_char(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_';
}

/* RFC 3986 2.2, 2.3: what stands for itself behind the authority. */
static bool is_url_char(char c)
{
	return c > ' ' && c < 0x7f && strchr("\"#<>\\^`{|}", c) == NULL;
}

/** Length of "[address]" in front of text[length]; 0 when it is none. */
static size_t bracket_length(const char *text, size_t length)
{
	char address[INET6_ADDRSTRLEN];
	struct in6_addr six;
	size_t i;

	for (i = 1; i < length && i < sizeof(address) && text[i] != ']'; i++) {
		address[i - 1] = text[i];
	}
	address[i - 1] = '\0';
	return i < length && text[i] == ']' &&
	                       inet_pton(AF_INET6, address, &six) == 1
	               ? i + 1
	               : 0;
}

/** Length of the host in front of text[length]: a name, an IPv4 address or an
 *  IPv6 address in brackets; 0 when there is none. */
static size_t host_length(const char *text, size_t length)
{
	size_t i = 0;

	if (length != 0 && text[0] == '[') {
		return bracket_length(text, length);
	}
	while (i < length && is_host_char(text[i])) {
		i++;
	}
	return i;
}

/** Length of ":port" in front of text[length]; 0 when it is malformed. */
static size_t port_length(const char *text, size_t length)
{
	unsigned port = 0;
	size_t i;

	for (i = 1; i < length && i < 7 && is_digit(text[i]); i++) {
		port = port * 10 + (unsigned)(text[i] - '0');
	}
	return i < 7 && port <= 65535 && (port != 0 || i == 1) ? i : 0;
}

bool redirect_host_ok(const char *text)
{
	size_t n = strlen(text);

	return n != 0 && host_length(text, n) == n;
}

/* -- checking ------------------------------------------------------------ */

static const char *check_origin(const char **at_io)
{
	const char *at = *at_io;
	size_t n;

	if (!begins(at, "http://") && !begins(at, "https://")) {
		return "it begins with neither https://, http:// nor a path";
	}
	at = strchr(at, ':') + 3;
	n = begins(at, host_word) ? WORD : host_length(at, strlen(at));
	at += n;
	if (n == 0) {
		return "it names no host";
	}
	if (*at == ':') {
		n = port_length(at, strlen(at));
		if (n < 2) {
			return "its port is not a number from 1 to 65535";
		}
		at += n;
	}
	if (*at != '/' && *at != '?' && *at != '\0' && !begins(at, path_word) &&
	    !begins(at, query_word)) {
		return "its host is neither {host} alone nor a name or an "
		       "address";
	}
	*at_io = at;
	return NULL;
}

static const char *check_word(const char *at, bool rest, bool in_query,
                              size_t *length_out)
{
	*length_out = WORD;
	if (begins(at, query_word)) {
		*length_out = sizeof(query_word) - 1;
		if (in_query) {
			return "it has a \"?\" of its own and {query}";
		}
		return at[*length_out] == '\0' ? NULL
		                               : "{query} is not at its end";
	}
	if (begins(at, rest_word) && !rest) {
		return "there is no {rest}: no pattern ends with *";
	}
	if (!begins(at, path_word) && !begins(at, rest_word)) {
		return "of words in braces there are {host}, {path}, {rest} "
		       "and {query}, and {host} only behind ://";
	}
	return in_query ? "nothing of a request may stand behind its \"?\""
	                : NULL;
}

static const char *check_path(const char *at, bool rest)
{
	const char *why = NULL;
	bool in_query = false;
	size_t n;

	for (; *at != '\0' && why == NULL; at += n) {
		n = 1;
		if (*at == '{') {
			why = check_word(at, rest, in_query, &n);
		} else if (!is_url_char(*at)) {
			why = *at == '#' ? "a fragment cannot be sent on"
			                 : "it has a byte that no URL has";
		} else if (*at == '%' && (pst_hex_digit(at[1]) < 0 || pst_hex_digit(at[2]) < 0)) {
			why = "it has a broken percent code";
		}
		in_query = in_query || *at == '?';
	}
	return why;
}

const char *redirect_target_check(const char *text, bool rest)
{
	const char *at = text;
	const char *why;

	if (begins(text, "//")) {
		return "it begins with //, which names a host";
	}
	if (*text != '/' && !begins(text, path_word)) {
		why = check_origin(&at);
		if (why != NULL) {
			return why;
		}
	}
	if (strlen(text) > REDIRECT_URL_MAX / 2) {
		return "it is too long";
	}
	return check_path(at, rest);
}

bool redirect_target_needs_host(const char *text)
{
	return strstr(text, host_word) != NULL;
}

/* -- requests ------------------------------------------------------------ */

static int read_host(const struct pst_head *head, struct redirect_request *out)
{
	const char *text = pst_head_text(head, head->authority);
	size_t length = head->authority.length;
	size_t n = host_length(text, length);

	if (length != 0 && n == 0) {
		return PST_PROTO;
	}
	if (n < length && (text[n] != ':' ||
	                   port_length(text + n, length - n) != length - n)) {
		return PST_PROTO;
	}
	out->host = text;
	out->host_length = n;
	return PST_OK;
}

int redirect_request_read(const struct pst_head *head,
                          struct redirect_request *out)
{
	const char *path = pst_head_text(head, head->path);
	size_t length = pst_head_path_length(head);

	memset(out, 0, sizeof(*out));
	if (length < head->path.length) {
		out->query = path + length;
		out->query_length = head->path.length - length;
	}
	out->path = path;
	out->path_length = length;
	if (length == 0 || path[0] != '/') { /* OPTIONS *, http://host?query */
		out->path = "/";
		out->path_length = 1;
	}
	return read_host(head, out);
}

/* -- filling in ---------------------------------------------------------- */

struct writer {
	char *url;
	size_t n;
	bool rooted; /* there is no origin */
	bool full;
};

/* RFC 3986 4.2: a reference that begins with // would name a host. */
static void put(struct writer *w, char c)
{
	if (w->rooted && w->n == 1 && c == '/') {
		return;
	}
	if (w->n == REDIRECT_URL_MAX) {
		w->full = true;
		return;
	}
	w->url[w->n++] = c;
}

static void put_encoded(struct writer *w, const char *text, size_t length)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t i;

	for (i = 0; i < length; i++) {
		uint8_t c = (uint8_t)text[i];

		if (is_url_char(text[i])) {
			put(w, text[i]);
			continue;
		}
		put(w, '%');
		put(w, hex[c >> 4]);
		put(w, hex[c & 15]);
	}
}

static size_t put_word(struct writer *w, const char *word,
                       const struct redirect_request *r)
{
	if (begins(word, host_word)) {
		size_t i;

		for (i = 0; i < r->host_length; i++) {
			put(w, r->host[i]);
		}
	} else if (begins(word, path_word)) {
		put_encoded(w, r->path, r->path_length);
	} else if (begins(word, rest_word)) {
		put_encoded(w, r->rest, r->rest_length);
	} else {
		return sizeof(query_word) - 1;
	}
	return WORD;
}

int redirect_target_fill(const char *text,
                         const struct redirect_request *request,
                         char url[REDIRECT_URL_MAX])
{
	struct writer w = {.url = url, .rooted = !begins(text, "http")};
	const char *own = strchr(text, '?');
	const char *at = text;

	while (*at != '\0') {
		if (*at == '{') {
			at += put_word(&w, at, request);
		} else if (*at != '?' || at[1] != '\0') {
			put(&w, *at++);
		} else {
			at++;
		}
	}
	if (own == NULL) {
		put_encoded(&w, request->query, request->query_length);
	}
	return w.full ? PST_LIMIT : (int)w.n;
}
