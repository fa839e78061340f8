/* SPDX-License-Identifier: MIT */
/* URLs in responses: where the back-end leads to, as the client sees it. */
#include "proxy_location.h"

/* -- paths --------------------------------------------------------------- */

/* A prefix without the slash at its end. */
static struct proxy_text bare(const char *path)
{
	struct proxy_text t = proxy_text(path);

	if (t.length != 0 && t.at[t.length - 1] == '/') {
		t.length--;
	}
	return t;
}

/* `path` is `prefix`, or has it as its first segments. */
static bool below(struct proxy_text path, struct proxy_text prefix)
{
	return path.length >= prefix.length &&
	       memcmp(path.at, prefix.at, prefix.length) == 0 &&
	       (path.length == prefix.length ||
	        strchr("/?#;", path.at[prefix.length]) != NULL);
}

bool proxy_path_back(const struct proxy_path_map *map, const char *path,
                     size_t length, const struct proxy_sink *out)
{
	struct proxy_text p = {path, length}, from, to;

	if (map->to == NULL || length == 0 || path[0] != '/') {
		return false;
	}
	from = bare(map->to);
	to = bare(map->from);
	if (!below(p, from) || proxy_text_same(from, to) ||
	    (to.length != 0 && below(p, to))) {
		return false;
	}
	p.at += from.length;
	p.length -= from.length;
	proxy_sink_put(out, to.at, to.length);
	if (to.length == 0 && (p.length == 0 || p.at[0] != '/')) {
		proxy_sink_put(out, "/", 1);
	}
	proxy_sink_put(out, p.at, p.length);
	return true;
}

/* -- authorities --------------------------------------------------------- */

struct url {
	struct proxy_text scheme; /* length 0: none, "//host/path" */
	struct proxy_text host;   /* brackets included */
	struct proxy_text rest;   /* path, query, fragment */
	uint32_t port;            /* 0: none */
};

static uint32_t default_port(struct proxy_text scheme)
{
	return proxy_text_same(scheme, proxy_text("https")) ? 443 : 80;
}

/* Returns the length of "scheme:" without the colon; 0: there is none. */
static size_t scheme_length(struct proxy_text t)
{
	size_t i;

	for (i = 0; i < t.length && t.at[i] != ':'; i++) {
		uint8_t c = pst_ascii_lower((uint8_t)t.at[i]);
		bool letter = c >= 'a' && c <= 'z';
		bool other = (c >= '0' && c <= '9') || c == '+' || c == '-' ||
		             c == '.';

		if (!letter && (i == 0 || !other)) {
			return 0;
		}
	}
	return i < t.length ? i : 0;
}

/* Returns false when text[length] is not 0 to 65535 in digits. */
static bool read_port(const char *text, size_t length, uint32_t *port_out)
{
	uint32_t n = 0;
	size_t i;

	for (i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9' || i == 5) {
			return false;
		}
		n = n * 10 + (uint32_t)(text[i] - '0');
	}
	*port_out = n;
	return n <= UINT16_MAX;
}

/* RFC 3986 3.2 without userinfo. */
static bool read_authority(struct proxy_text t, struct proxy_text *host_out,
                           uint32_t *port_out)
{
	size_t i = t.length;

	*port_out = 0;
	if (memchr(t.at, '@', t.length) != NULL) {
		return false;
	}
	while (i > 0 && t.at[i - 1] >= '0' && t.at[i - 1] <= '9') {
		i--;
	}
	if (i > 0 && t.at[i - 1] == ':') {
		*host_out = (struct proxy_text){t.at, i - 1};
		return i > 1 && read_port(t.at + i, t.length - i, port_out);
	}
	*host_out = t;
	return t.length != 0;
}

static size_t authority_length(struct proxy_text t)
{
	size_t i = 0;

	while (i < t.length && strchr("/?#", t.at[i]) == NULL) {
		i++;
	}
	return i;
}

/* An http URL, or a reference that begins with an authority. */
static bool read_url(struct proxy_text t, struct url *out)
{
	size_t n = scheme_length(t);

	out->scheme = (struct proxy_text){t.at, n};
	if (n != 0) {
		if (!proxy_text_same(out->scheme, proxy_text("http")) &&
		    !proxy_text_same(out->scheme, proxy_text("https"))) {
			return false;
		}
		t.at += n + 1;
		t.length -= n + 1;
	}
	if (t.length < 2 || t.at[0] != '/' || t.at[1] != '/') {
		return false;
	}
	t.at += 2;
	t.length -= 2;
	n = authority_length(t);
	out->rest = (struct proxy_text){t.at + n, t.length - n};
	return read_authority((struct proxy_text){t.at, n}, &out->host,
	                      &out->port);
}

/* `host` as it stands in a URL is `name`, which has no brackets. */
static bool is_host(struct proxy_text host, const char *name)
{
	if (strchr(name, ':') != NULL) {
		if (host.length < 2 || host.at[0] != '[' ||
		    host.at[host.length - 1] != ']') {
			return false;
		}
		host.at++;
		host.length -= 2;
	}
	return proxy_text_same(host, proxy_text(name));
}

static uint32_t port_of(uint32_t port, struct proxy_text scheme)
{
	return port != 0 ? port : default_port(scheme);
}

static bool is_dialled(const struct proxy_view *v, const struct url *u)
{
	struct proxy_text scheme;

	if (v->back_scheme == NULL || v->back_host[0] == '\0') {
		return false;
	}
	scheme = proxy_text(v->back_scheme);
	return (u->scheme.length == 0 || proxy_text_same(u->scheme, scheme)) &&
	       is_host(u->host, v->back_host) &&
	       port_of(u->port, scheme) == v->back_port;
}

/* Under a name that is not its own, a back-end may know by which scheme clients
 * come. */
static bool is_asked_for(const struct proxy_view *v, const struct url *u)
{
	struct proxy_text host;
	uint32_t port;

	return read_authority(proxy_text(v->sent), &host, &port) &&
	       !is_host(host, v->back_host) && proxy_text_same(u->host, host) &&
	       port_of(u->port, u->scheme) == port_of(port, u->scheme);
}

/* -- values -------------------------------------------------------------- */

/* Paths that requests of the client can lead to, or that are the client's
 * already. */
static bool is_served(const struct proxy_path_map *map, struct proxy_text path)
{
	struct proxy_text client = bare(map->from);

	return map->to == NULL || below(path, bare(map->to)) ||
	       (client.length != 0 && below(path, client));
}

static void put_path(const struct proxy_view *v, struct proxy_text path,
                     const struct proxy_sink *out)
{
	if (!proxy_path_back(&v->map, path.at, path.length, out)) {
		proxy_sink_put(out, path.at, path.length);
	}
}

/* A URL of the back-end's; its path is not empty. */
static bool put_url(const struct proxy_view *v, const struct url *u,
                    struct proxy_text path, const struct proxy_sink *out)
{
	bool known =
		is_asked_for(v, u) &&
		proxy_text_same(proxy_text(v->sent), proxy_text(v->authority));

	if (!known && !is_served(&v->map, path)) {
		return false;
	}
	if (u->scheme.length != 0) {
		proxy_sink_text(out, v->scheme);
		proxy_sink_text(out, ":");
	}
	proxy_sink_text(out, "//");
	proxy_sink_text(out, v->authority);
	put_path(v, path, out);
	return true;
}

/* Writes what stands before a URL as soon as there is a new one. */
struct framed {
	const struct proxy_sink *out;
	struct proxy_text before, more;
};

static void put_framed(void *to, const char *text, size_t length)
{
	struct framed *f = to;

	proxy_sink_put(f->out, f->before.at, f->before.length);
	proxy_sink_put(f->out, f->more.at, f->more.length);
	f->before.length = 0;
	f->more.length = 0;
	proxy_sink_put(f->out, text, length);
}

/* "/v1//x" is a path, and "//x" would be a host; so is "/\x" to browsers, which
 * also overlook tabs. */
static bool would_be_host(const struct proxy_path_map *map,
                          struct proxy_text path)
{
	size_t i = map->to == NULL ? 0 : bare(map->to).length;

	if (bare(map->from).length != 0 || i >= path.length) {
		return false;
	}
	for (i++; i < path.length && path.at[i] == '\t'; i++) {
	}
	return i < path.length && (path.at[i] == '/' || path.at[i] == '\\');
}

static bool path_reference(const struct proxy_view *v, struct proxy_text path,
                           const struct proxy_sink *out)
{
	struct framed f = {out, {"//", 2}, proxy_text(v->authority)};
	const struct proxy_sink sink = {put_framed, &f};

	if (!would_be_host(&v->map, path)) {
		return proxy_path_back(&v->map, path.at, path.length, out);
	}
	return f.more.length != 0 &&
	       proxy_path_back(&v->map, path.at, path.length, &sink);
}

bool proxy_location(const struct proxy_view *v, const char *value,
                    size_t length, const struct proxy_sink *out)
{
	struct proxy_text t = {value, length};
	struct url u;

	if (length != 0 && value[0] == '/' &&
	    (length == 1 || value[1] != '/')) {
		return path_reference(v, t, out);
	}
	if (v->authority[0] == '\0' || !read_url(t, &u) ||
	    (!is_dialled(v, &u) && !is_asked_for(v, &u))) {
		return false;
	}
	if (u.rest.length != 0 && u.rest.at[0] == '/') {
		return put_url(v, &u, u.rest, out);
	}
	/* "http://host?query" is short for "http://host/?query" */
	if (!put_url(v, &u, proxy_text("/"), out)) {
		return false;
	}
	proxy_sink_put(out, u.rest.at, u.rest.length);
	return true;
}

static size_t skip_blanks(struct proxy_text t, size_t at)
{
	while (at < t.length && (t.at[at] == ' ' || t.at[at] == '\t')) {
		at++;
	}
	return at;
}

/* Where the URL of a Refresh begins: behind "5; url=" and a quote; t.length:
 * there is none. */
static size_t refresh_url(struct proxy_text t)
{
	size_t i = 0;

	while (i < t.length &&
	       ((t.at[i] >= '0' && t.at[i] <= '9') || t.at[i] == '.')) {
		i++;
	}
	i = skip_blanks(t, i);
	if (i == t.length || (t.at[i] != ';' && t.at[i] != ',')) {
		return t.length;
	}
	i = skip_blanks(t, i + 1);
	if (t.length - i < 4 ||
	    !proxy_text_same((struct proxy_text){t.at + i, 3},
	                     proxy_text("url"))) {
		return t.length;
	}
	i = skip_blanks(t, i + 3);
	if (i == t.length || t.at[i] != '=') {
		return t.length;
	}
	i = skip_blanks(t, i + 1);
	return i < t.length && (t.at[i] == '"' || t.at[i] == '\'') ? i + 1 : i;
}

bool proxy_refresh(const struct proxy_view *v, const char *value, size_t length,
                   const struct proxy_sink *out)
{
	struct proxy_text t = {value, length};
	size_t at = refresh_url(t), end = length;
	struct framed f = {out, {value, at}, {NULL, 0}};
	const struct proxy_sink sink = {put_framed, &f};
	const char *quote;

	if (at == length) {
		return false;
	}
	if (value[at - 1] == '"' || value[at - 1] == '\'') {
		quote = memchr(value + at, value[at - 1], length - at);
		end = quote == NULL ? length : (size_t)(quote - value);
	}
	if (!proxy_location(v, value + at, end - at, &sink)) {
		return false;
	}
	proxy_sink_put(out, value + end, length - end);
	return true;
}
