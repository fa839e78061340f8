/* SPDX-License-Identifier: MIT */
/* From authority and path of a request to the route that serves it. */
#include "route_match.h"

#include "route_path.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define HOST_SIZE    256
#define MEANING_SIZE 1024 /* bytes of a path that needs no memory */

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static int canonical_ipv6(const char *text, size_t length, char host[HOST_SIZE])
{
	char address[INET6_ADDRSTRLEN];
	struct in6_addr six;

	if (length == 0 || length >= sizeof(address)) {
		return PST_INVALID;
	}
	memcpy(address, text, length);
	address[length] = '\0';
	if (inet_pton(AF_INET6, address, &six) != 1 ||
	    inet_ntop(AF_INET6, &six, host, HOST_SIZE) == NULL) {
		return PST_INVALID;
	}
	return PST_OK;
}

/* RFC 3986 3.2.3: a port may be empty. */
static bool is_port(const char *text, size_t length)
{
	size_t i;

	if (length == 0) {
		return true;
	}
	for (i = 1; i < length; i++) {
		if (text[i] < '0' || text[i] > '9') {
			return false;
		}
	}
	return text[0] == ':' && length <= 6;
}

static bool is_host_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
	       c == '.' || c == '_';
}

int route_match_host(const char *authority, size_t length, char host[HOST_SIZE])
{
	const char *end;
	size_t n, i;

	if (length != 0 && authority[0] == '[') {
		end = memchr(authority, ']', length);
		if (end == NULL ||
		    !is_port(end + 1, length - (size_t)(end + 1 - authority))) {
			return PST_INVALID;
		}
		return canonical_ipv6(authority + 1,
		                      (size_t)(end - authority) - 1, host);
	}
	end = memchr(authority, ':', length);
	n = end == NULL ? length : (size_t)(end - authority);
	if (!is_port(authority + n, length - n) || n >= HOST_SIZE) {
		return PST_INVALID;
	}
	if (n > 1 && authority[n - 1] == '.') {
		n--; /* the root's dot */
	}
	for (i = 0; i < n; i++) {
		host[i] = lower(authority[i]);
		if (!is_host_char(host[i])) {
			return PST_INVALID;
		}
	}
	host[n] = '\0';
	return PST_OK;
}

int route_match_pattern(const char *text, char host[HOST_SIZE])
{
	size_t length;

	if (strncmp(text, "*.", 2) != 0) {
		return route_match_host(text, strlen(text), host);
	}
	if (text[2] == '[' || text[2] == '.' ||
	    route_match_host(text + 2, strlen(text + 2), host) != PST_OK) {
		return PST_INVALID;
	}
	length = strlen(host);
	if (length == 0 || length + 2 >= HOST_SIZE) {
		return PST_INVALID;
	}
	memmove(host + 2, host, length + 1);
	memcpy(host, "*.", 2);
	return PST_OK;
}

/* `prefix` covers whole segments of path[length]. */
static bool covers(const char *prefix, const char *path, size_t length)
{
	size_t n = strlen(prefix);

	if (n == 1) { /* "/" */
		return true;
	}
	return length >= n && memcmp(prefix, path, n) == 0 &&
	       (length == n || path[n] == '/');
}

/* The first route of `host`; routes are sorted by host. */
static unsigned first_of(const struct sni_node *node, const char *host)
{
	unsigned low = 0, high = node->route_count;

	while (low < high) {
		unsigned middle = low + (high - low) / 2;

		if (strcmp(node->routes[middle].host, host) < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

/* Of the host of routes[i], its first; the longest path comes first. */
static const struct route *search_from(const struct sni_node *node, unsigned i,
                                       const char *path, size_t length)
{
	const char *host = node->routes[i].host;

	do {
		const struct route *r = &node->routes[i];

		if (covers(r->path, path, length)) {
			return r;
		}
		i++;
	} while (i < node->route_count &&
	         strcmp(node->routes[i].host, host) == 0);
	return NULL;
}

static const struct route *search(const struct sni_node *node, const char *host,
                                  const char *path, size_t length,
                                  bool *served_out)
{
	unsigned i = first_of(node, host);

	*served_out = i < node->route_count &&
	              strcmp(node->routes[i].host, host) == 0;
	return *served_out ? search_from(node, i, path, length) : NULL;
}

/* Most nodes serve one host, and most clients write it as it is: then nothing
 * has to be made canonical to find it. */
static bool names_first(const struct sni_node *node, const char *authority,
                        size_t length)
{
	const char *host = node->route_count == 0 ? "" : node->routes[0].host;
	size_t n = strlen(host);

	return n != 0 && n <= length && memcmp(host, authority, n) == 0 &&
	       host[0] != '*' && memchr(host, ':', n) == NULL &&
	       is_port(authority + n, length - n);
}

/* "*" sorts behind "" and in front of all that a host begins with. */
static bool has_wildcards(const struct sni_node *node)
{
	unsigned i = first_of(node, "*");

	return i < node->route_count && node->routes[i].host[0] == '*';
}

static int compare_host(const void *host, const void *item)
{
	return strcmp(host, *(const char *const *)item);
}

static bool is_elsewhere(const struct sni_node *node, const char *host)
{
	return node->elsewhere_count != 0 &&
	       bsearch(host, node->elsewhere, node->elsewhere_count,
	               sizeof(*node->elsewhere), compare_host) != NULL;
}

/* For "a.b.c" "*.b.c", then "*.c". Writes to `host`. `*away_out`: another node
 * has a better claim to it. */
static const struct route *search_wildcards(const struct sni_node *node,
                                            char *host, const char *path,
                                            size_t length, bool *served_io,
                                            bool *away_out)
{
	const struct route *r;
	bool served;
	char *dot;

	*away_out = false;
	if (!has_wildcards(node)) {
		return NULL;
	}
	*away_out = !*served_io && is_elsewhere(node, host);
	for (dot = strchr(host, '.'); dot != NULL && !*away_out;
	     dot = strchr(dot + 1, '.')) {
		if (dot == host || dot[-1] == '.') {
			continue; /* nothing stands where the star would */
		}
		dot[-1] = '*';
		r = search(node, dot - 1, path, length, &served);
		*served_io |= served;
		if (r != NULL) {
			return r;
		}
		*away_out = !*served_io && is_elsewhere(node, dot - 1);
	}
	return NULL;
}

/* As route_match, by what a path means. */
static int match(const struct sni_node *node, const char *authority,
                 size_t authority_length, const char *path, size_t path_length,
                 const struct route **route_out)
{
	const struct route *route = NULL;
	bool host_served = false, any_served, away = false;
	char host[HOST_SIZE];

	if (names_first(node, authority, authority_length)) {
		route = search_from(node, 0, path, path_length);
	}
	if (route == NULL && authority_length != 0 &&
	    route_match_host(authority, authority_length, host) == PST_OK &&
	    host[0] != '\0') {
		route = search(node, host, path, path_length, &host_served);
		if (route == NULL) {
			route = search_wildcards(node, host, path, path_length,
			                         &host_served, &away);
		}
	}
	if (route == NULL && !away) {
		route = search(node, "", path, path_length, &any_served);
		host_served |= any_served;
	}
	*route_out = route;
	if (route != NULL) {
		return PST_OK;
	}
	return host_served || authority_length == 0 || node->route_count == 0
	               ? PST_NO_ROUTE
	               : PST_MISDIRECTED;
}

int route_match(const struct sni_node *node, const char *authority,
                size_t authority_length, const char *path, size_t path_length,
                const struct route **route_out)
{
	const char *query =
		path_length == 0 ? NULL : memchr(path, '?', path_length);
	char near[MEANING_SIZE], *meaning = near;
	int result;

	if (query != NULL) {
		path_length = (size_t)(query - path);
	}
	if (route_path_is_plain(path, path_length)) {
		return match(node, authority, authority_length, path,
		             path_length, route_out);
	}
	if (path_length >= sizeof(near)) {
		meaning = malloc(path_length + 1);
	}
	if (meaning == NULL) {
		*route_out = NULL;
		return PST_MEMORY;
	}
	path_length = route_path_meaning(path, path_length, meaning);
	result = match(node, authority, authority_length, meaning, path_length,
	               route_out);
	if (meaning != near) {
		free(meaning);
	}
	return result;
}

int route_match_tunnel(const struct sni_node *node,
                       const struct route **route_out)
{
	*route_out = node->tunnel;
	return node->tunnel == NULL ? PST_UNSUPPORTED : PST_OK;
}
