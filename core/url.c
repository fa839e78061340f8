/* SPDX-License-Identifier: MIT */
/* URLs of pipelines, read strictly. */
#include "url.h"

#include <arpa/inet.h>
#include <penstock/text.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define HOST_MAX  253 /* RFC 1035 2.3.4, as text */
#define LABEL_MAX 63

/* A part of the text. */
struct part {
	const char *at;
	size_t length;
};

struct parts {
	struct part host, port, path, query;
	bool bracketed, has_port, has_query;
};

PST_PRINTF(2, 3)
static int refuse(char error[URL_ERROR_MAX], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(error, URL_ERROR_MAX, fmt, ap);
	va_end(ap);
	return PST_CONFIG;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

int url_scheme(const char *text, const char *example,
               char scheme_out[URL_SCHEME_MAX], char error[URL_ERROR_MAX])
{
	size_t i, n = strcspn(text, ":/?#[]@");

	if (text[0] == '\0') {
		return refuse(error, "is empty; write e.g. %s://host:port",
		              example);
	}
	if (strncmp(text + n, "://", 3) != 0) {
		return refuse(error, "has no scheme; write e.g. %s://host:port",
		              example);
	}
	if (n == 0 || n >= URL_SCHEME_MAX || !is_letter(text[0])) {
		return refuse(error,
		              "has no valid scheme in front of \"://\"; write "
		              "e.g. %s://host:port",
		              example);
	}
	for (i = 0; i < n; i++) {
		if (!is_letter(text[i]) && !is_digit(text[i]) &&
		    strchr("+.-", text[i]) == NULL) {
			return refuse(error,
			              "has a scheme with '%c' in it; a scheme "
			              "has letters, digits, + - and . only",
			              text[i]);
		}
		scheme_out[i] = lower(text[i]);
	}
	scheme_out[n] = '\0';
	return PST_OK;
}

/* RFC 3986 2: what may stand in a URL as it is. */
static int check_bytes(const char *text, char error[URL_ERROR_MAX])
{
	static const char marks[] = "-._~:/?#[]@!$&'()*+,;=%";
	size_t i;

	for (i = 0; text[i] != '\0'; i++) {
		if (text[i] == ' ') {
			return refuse(error, "has a space in it; write %%20, "
			                     "or remove it");
		}
		if (!is_letter(text[i]) && !is_digit(text[i]) &&
		    strchr(marks, text[i]) == NULL) {
			return refuse(error,
			              "has the byte 0x%02x at position %zu, "
			              "which no URL may have; write %%%02X",
			              (unsigned char)text[i], i + 1,
			              (unsigned char)text[i]);
		}
	}
	return PST_OK;
}

static int check_percent(struct part p, char error[URL_ERROR_MAX])
{
	size_t i;

	for (i = 0; i < p.length; i++) {
		if (p.at[i] == '[' || p.at[i] == ']') {
			return refuse(error,
			              "has '%c' in its path; write %%%02X",
			              p.at[i], (unsigned)p.at[i]);
		}
		if (p.at[i] != '%') {
			continue;
		}
		if (p.length - i < 3 || pst_hex_digit(p.at[i + 1]) < 0 ||
		    pst_hex_digit(p.at[i + 2]) < 0) {
			return refuse(error, "has a %% without two hexadecimal "
			                     "digits after it; write %%25");
		}
		if (p.at[i + 1] == '0' && p.at[i + 2] == '0') {
			return refuse(error, "has a NUL byte (%%00) in it; "
			                     "remove it");
		}
	}
	return PST_OK;
}

/* Segments that mean another path would let a prefix match the wrong one. */
static int check_dots(struct part p, char error[URL_ERROR_MAX])
{
	size_t i, start = 1;

	for (i = 1; i <= p.length; i++) {
		size_t n = i - start;

		if (i < p.length && p.at[i] != '/') {
			continue;
		}
		if ((n == 1 && p.at[start] == '.') ||
		    (n == 2 && memcmp(p.at + start, "..", 2) == 0)) {
			return refuse(error, "has \".\" or \"..\" in its path; "
			                     "write the path without them");
		}
		start = i + 1;
	}
	return PST_OK;
}

static int split_tail(const char *rest, struct parts *out,
                      char error[URL_ERROR_MAX])
{
	size_t n = strcspn(rest, "?#");

	out->path.at = rest;
	out->path.length = n;
	out->has_query = rest[n] == '?';
	out->query.at = rest + n + (out->has_query ? 1 : 0);
	out->query.length = strcspn(out->query.at, "#");
	if (out->query.at[out->query.length] == '#') {
		return refuse(error, "has a fragment (#...); a fragment means "
		                     "nothing here, remove it");
	}
	return PST_OK;
}

static int split_brackets(struct part a, struct parts *out,
                          char error[URL_ERROR_MAX])
{
	const char *close = memchr(a.at, ']', a.length);
	size_t used;

	if (close == NULL) {
		return refuse(error, "has a '[' without a ']'; write an IPv6 "
		                     "address as [::1]");
	}
	out->bracketed = true;
	out->host.at = a.at + 1;
	out->host.length = (size_t)(close - a.at) - 1;
	used = out->host.length + 2;
	if (used == a.length) {
		return PST_OK;
	}
	if (a.at[used] != ':') {
		return refuse(error, "has something other than :port behind "
		                     "the ']'");
	}
	out->has_port = true;
	out->port.at = a.at + used + 1;
	out->port.length = a.length - used - 1;
	return PST_OK;
}

static int split_authority(struct part a, struct parts *out,
                           char error[URL_ERROR_MAX])
{
	const char *colon;

	if (memchr(a.at, '@', a.length) != NULL) {
		return refuse(error, "has a user or password (in front of the "
		                     "'@'); they are not used, remove them");
	}
	if (a.length > 0 && a.at[0] == '[') {
		return split_brackets(a, out, error);
	}
	out->host = a;
	colon = memchr(a.at, ':', a.length);
	if (colon == NULL) {
		return PST_OK;
	}
	out->host.length = (size_t)(colon - a.at);
	out->port.at = colon + 1;
	out->port.length = a.length - out->host.length - 1;
	out->has_port = true;
	if (memchr(out->port.at, ':', out->port.length) != NULL) {
		return refuse(error, "has more than one ':' in host and port; "
		                     "an IPv6 address needs brackets: "
		                     "[::1]:9000");
	}
	return PST_OK;
}

static int parse_port(const struct parts *p, const struct pst_scheme *scheme,
                      uint16_t *port_out, char error[URL_ERROR_MAX])
{
	unsigned long port = 0;
	size_t i;

	if (!p->has_port) {
		*port_out = (uint16_t)scheme->default_port;
		if ((scheme->flags & PST_SCHEME_NEEDS_PORT) != 0) {
			return refuse(error,
			              "has no port, and %s has no usual one; "
			              "write %s://%s%.*s%s:PORT",
			              scheme->name, scheme->name,
			              p->bracketed ? "[" : "",
			              (int)p->host.length, p->host.at,
			              p->bracketed ? "]" : "");
		}
		return PST_OK;
	}
	if (p->port.length == 0) {
		return refuse(error, "has a ':' but no port behind it; write "
		                     "the port, or remove the ':'");
	}
	for (i = 0; i < p->port.length && is_digit(p->port.at[i]); i++) {
		port = port * 10 + (unsigned long)(p->port.at[i] - '0');
		port = port > 65536 ? 65536 : port;
	}
	if (i < p->port.length || port == 0 || port > 65535 ||
	    p->port.at[0] == '0') {
		return refuse(error,
		              "has the port \"%.*s\"; a port is a number from "
		              "1 to 65535",
		              (int)(p->port.length > 20 ? 20 : p->port.length),
		              p->port.at);
	}
	*port_out = (uint16_t)port;
	return PST_OK;
}

/* RFC 1123 2.1, and '_', which internal names have. */
static int check_name(const char *host, char error[URL_ERROR_MAX])
{
	size_t i, start = 0, length = strlen(host);

	for (i = 0; i <= length; i++) {
		if (host[i] != '.' && host[i] != '\0') {
			if (!is_letter(host[i]) && !is_digit(host[i]) &&
			    host[i] != '-' && host[i] != '_') {
				return refuse(error,
				              "has '%c' in its host; a host "
				              "has letters, digits, - and . "
				              "only, and perhaps *. in front",
				              host[i]);
			}
			continue;
		}
		if ((i == start && host[i] == '.') || i - start > LABEL_MAX ||
		    (i > start && (host[start] == '-' || host[i - 1] == '-'))) {
			return refuse(error,
			              "has a host with an empty or too long "
			              "part, or one with - at its end");
		}
		start = i + 1;
	}
	return PST_OK;
}

/* A name whose last label is a number is taken for an IPv4 address. */
static bool ends_in_number(const char *host)
{
	const char *last = strrchr(host, '.');

	last = last == NULL ? host : last + 1;
	return *last != '\0' && strspn(last, "0123456789") == strlen(last);
}

static int parse_address(bool bracketed, char *host, bool *is_address_out,
                         char error[URL_ERROR_MAX])
{
	struct in6_addr six;
	struct in_addr four;

	*is_address_out = true;
	if (bracketed) {
		if (inet_pton(AF_INET6, host, &six) != 1) {
			return refuse(error,
			              "has \"%.64s\" in brackets, which is not "
			              "an IPv6 address",
			              host);
		}
		inet_ntop(AF_INET6, &six, host, INET6_ADDRSTRLEN);
		return PST_OK;
	}
	if (inet_pton(AF_INET, host, &four) == 1) {
		return PST_OK;
	}
	if (ends_in_number(host)) {
		return refuse(error,
		              "has the host \"%.64s\", which is neither a name "
		              "nor an IPv4 address",
		              host);
	}
	*is_address_out = false;
	return check_name(host, error);
}

/* "*.example.com": all hosts below a name. */
static int parse_wildcard(char *host, char error[URL_ERROR_MAX])
{
	struct in_addr four;

	if (inet_pton(AF_INET, host + 2, &four) == 1 ||
	    ends_in_number(host + 2)) {
		return refuse(error,
		              "has \"*.\" in front of something that is no "
		              "name; nothing is below an address");
	}
	return check_name(host + 2, error);
}

static int parse_host(const struct parts *p, struct arena *memory,
                      struct pst_url *url, char error[URL_ERROR_MAX])
{
	char host[HOST_MAX + INET6_ADDRSTRLEN + 1];
	bool is_address = false;
	size_t i;
	int result;

	if (p->host.length == 0) {
		return refuse(error, "has no host; write scheme://host, with "
		                     "0.0.0.0 or [::] for every address");
	}
	if (p->host.length > HOST_MAX) {
		return refuse(error, "has a host of more than %d bytes",
		              HOST_MAX);
	}
	for (i = 0; i < p->host.length; i++) {
		host[i] = lower(p->host.at[i]);
	}
	host[i] = '\0';
	result =
		strncmp(host, "*.", 2) == 0
			? parse_wildcard(host, error)
			: parse_address(p->bracketed, host, &is_address, error);
	if (result != PST_OK) {
		return result;
	}
	url->host_is_address = is_address ? 1 : 0;
	url->host = arena_string(memory, host);
	return url->host == NULL ? PST_MEMORY : PST_OK;
}

static int check_path(const struct parts *p, char error[URL_ERROR_MAX])
{
	int result = check_percent(p->path, error);

	if (result == PST_OK) {
		result = check_percent(p->query, error);
	}
	if (result == PST_OK && p->path.length > 0) {
		result = check_dots(p->path, error);
	}
	return result;
}

static int parse_path_only(const struct parts *p, struct part authority,
                           const struct pst_scheme *scheme,
                           struct arena *memory, struct pst_url *url,
                           char error[URL_ERROR_MAX])
{
	if (authority.length != 0) {
		return refuse(error,
		              "has a host, but %s names a path only; write "
		              "%s:///path, with three slashes",
		              scheme->name, scheme->name);
	}
	if (p->path.length < 2 || p->path.at[p->path.length - 1] == '/') {
		return refuse(error, "has no path of a file; write %s:///path",
		              scheme->name);
	}
	if (p->has_query || memchr(p->path.at, '%', p->path.length) != NULL) {
		return refuse(error,
		              "has a '?' or '%%' in it; %s takes the "
		              "path of a file as it is",
		              scheme->name);
	}
	url->host = arena_string(memory, "");
	url->port = 0;
	return url->host == NULL ? PST_MEMORY : PST_OK;
}

static int parse_network(const struct parts *p, const struct pst_scheme *scheme,
                         struct arena *memory, struct pst_url *url,
                         char error[URL_ERROR_MAX])
{
	int result = parse_host(p, memory, url, error);

	if (result == PST_OK) {
		result = parse_port(p, scheme, &url->port, error);
	}
	return result;
}

static int copy_rest(const struct parts *p, const char *text,
                     const struct pst_scheme *scheme, struct arena *memory,
                     struct pst_url *url)
{
	url->scheme = arena_string(memory, scheme->name);
	url->text = arena_string(memory, text);
	url->path = p->path.length == 0
	                    ? arena_string(memory, "/")
	                    : arena_copy(memory, p->path.at, p->path.length);
	url->query = arena_copy(memory, p->query.at, p->query.length);
	return url->scheme == NULL || url->text == NULL || url->path == NULL ||
	                       url->query == NULL
	               ? PST_MEMORY
	               : PST_OK;
}

int url_parse(const char *text, const struct pst_scheme *scheme,
              struct arena *memory, struct pst_url *url_out,
              char error[URL_ERROR_MAX])
{
	const char *rest = strstr(text, "://");
	struct pst_url url;
	struct part authority;
	struct parts p;
	int result;

	memset(&p, 0, sizeof(p));
	memset(&url, 0, sizeof(url));
	if (rest == NULL) {
		return refuse(error, "has no scheme");
	}
	authority.at = rest + 3;
	authority.length = strcspn(authority.at, "/?#");
	result = check_bytes(text, error);
	if (result == PST_OK) {
		result = split_tail(authority.at + authority.length, &p, error);
	}
	if (result == PST_OK) {
		result = check_path(&p, error);
	}
	if (result != PST_OK) {
		return result;
	}
	if ((scheme->flags & PST_SCHEME_PATH_ONLY) != 0) {
		result = parse_path_only(&p, authority, scheme, memory, &url,
		                         error);
	} else {
		result = split_authority(authority, &p, error);
		if (result == PST_OK) {
			result = parse_network(&p, scheme, memory, &url, error);
		}
	}
	if (result == PST_OK) {
		result = copy_rest(&p, text, scheme, memory, &url);
	}
	if (result == PST_OK) {
		*url_out = url;
	}
	return result;
}
