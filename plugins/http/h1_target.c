/* SPDX-License-Identifier: MIT */
/* Request targets and authorities: RFC 9112 3.2, RFC 3986. */
#include "h1_target.h"

#include <arpa/inet.h>

/* Letters, digits, "-", ".", "_" and "~": RFC 3986 2.3. */
static bool is_name_char(uint8_t c)
{
	static const uint32_t set[8] = {
		0x00000000u, 0x03ff6000u, 0x87fffffeu, 0x47fffffeu, 0, 0, 0, 0};

	return (set[c >> 5] >> (c & 31) & 1) != 0;
}

/* Eight bytes that are letters, digits, "-" and ".", as in most names. */
static bool is_name_word(uint64_t w)
{
	/* the highest bit of each byte says yes: nothing carries over it */
	uint64_t low = w & pst_each(0x7f), folded = low | pst_each(0x20);
	uint64_t letter = (folded + pst_each(0x80 - 'a')) &
	                  ~(folded + pst_each(0x80 - 'z' - 1));
	uint64_t other = (low + pst_each(0x80 - '-')) &
	                 ~(low + pst_each(0x80 - '9' - 1)) &
	                 ((low ^ pst_each('/')) + pst_each(0x7f));

	return ((letter | other) & ~w & pst_each(0x80)) == pst_each(0x80);
}

/* Bytes of the bracketed IPv6 address at the front of `t`; 0: none. */
static size_t ipv6_length(struct h1_text t)
{
	const char *close = (const char *)memchr(t.p, ']', t.n);
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address;
	size_t n = close == NULL ? 0 : (size_t)(close - t.p) - 1;

	if (n == 0 || n >= sizeof(text) || memchr(t.p, 0, n + 1) != NULL) {
		return 0;
	}
	memcpy(text, t.p + 1, n);
	text[n] = '\0';
	return inet_pton(AF_INET6, text, &address) == 1 ? n + 2 : 0;
}

/* Bytes of the host at the front of `t`; 0 when there is none. */
static size_t host_length(struct h1_text t)
{
	size_t i = 0;

	if (t.n != 0 && t.p[0] == '[') {
		return ipv6_length(t);
	}
	while (t.n - i >= sizeof(uint64_t) && is_name_word(pst_word(t.p + i))) {
		i += sizeof(uint64_t);
	}
	while (i < t.n && is_name_char((uint8_t)t.p[i])) {
		i++;
	}
	return i;
}

bool h1_authority_parse(struct h1_text text, struct h1_text *authority_out,
                        unsigned *port_out)
{
	size_t host = host_length(text), i;
	unsigned port = 0;

	if (host == 0 || host > 255) {
		return false;
	}
	*port_out = 0;
	*authority_out = h1_text_of(text.p, host);
	if (host == text.n) {
		return true;
	}
	if (text.p[host] != ':' || text.n - host > 6) {
		return false;
	}
	for (i = host + 1; i < text.n; i++) {
		if (!h1_is_digit((uint8_t)text.p[i])) {
			return false;
		}
		port = port * 10 + (unsigned)(text.p[i] - '0');
	}
	if (text.n > host + 1) {
		*authority_out = text;
	}
	*port_out = port;
	return port <= 65535 && (port != 0 || text.n == host + 1);
}

static bool is_path_char(uint8_t c)
{
	return c > ' ' && c < 0x7f && c != '"' && c != '#' && c != '<' &&
	       c != '>' && c != '\\';
}

static bool is_query_char(uint8_t c)
{
	return c > ' ' && c < 0x7f && c != '#';
}

/* Path and query; the path may be empty. */
static bool path_ok(struct h1_text t)
{
	size_t i;

	for (i = 0; i < t.n && t.p[i] != '?'; i++) {
		if (!is_path_char((uint8_t)t.p[i])) {
			return false;
		}
		if (t.p[i] == '%' &&
		    (t.n - i < 3 || pst_hex_digit(t.p[i + 1]) < 0 ||
		     pst_hex_digit(t.p[i + 2]) < 0)) {
			return false;
		}
	}
	for (; i < t.n; i++) {
		if (!is_query_char((uint8_t)t.p[i])) {
			return false;
		}
	}
	return true;
}

static int parse_authority_form(struct h1_text target, struct h1_target *out,
                                struct h1_error *err)
{
	unsigned port;

	out->form = H1_FORM_AUTHORITY;
	if (!h1_authority_parse(target, &out->authority, &port) || port == 0) {
		return h1_refuse(err, PST_PROTO, 400,
		                 "CONNECT needs host:port as its target");
	}
	return PST_OK;
}

/* The scheme before "://"; empty when the target has none of ours. */
static struct h1_text target_scheme(struct h1_text t)
{
	size_t i;

	for (i = 0; i < t.n && pst_is_token_char((uint8_t)t.p[i]); i++) {
	}
	if (t.n - i < 3 || memcmp(t.p + i, "://", 3) != 0) {
		i = 0;
	}
	return h1_text_of(t.p, i);
}

static int parse_absolute_form(struct h1_text target, struct h1_target *out,
                               struct h1_error *err)
{
	struct h1_text rest;
	unsigned port;
	size_t i;

	out->form = H1_FORM_ABSOLUTE;
	out->scheme = target_scheme(target);
	if (!h1_text_is(out->scheme, "http") &&
	    !h1_text_is(out->scheme, "https")) {
		return h1_refuse(err, PST_PROTO, 400,
		                 "the target is neither a path nor an http or "
		                 "https URL");
	}
	rest.p = target.p + out->scheme.n + 3;
	rest.n = target.n - out->scheme.n - 3;
	for (i = 0; i < rest.n && rest.p[i] != '/' && rest.p[i] != '?'; i++) {
	}
	/* RFC 9110 4.2.4: user information is an error */
	if (!h1_authority_parse(h1_text_of(rest.p, i), &out->authority,
	                        &port)) {
		return h1_refuse(err, PST_PROTO, 400,
		                 "the target names no valid host");
	}
	out->path = h1_text_of(rest.p + i, rest.n - i);
	return PST_OK;
}

int h1_target_parse(struct h1_text method, struct h1_text target,
                    struct h1_target *target_out, struct h1_error *err_out)
{
	bool connect = h1_text_equal(method, "CONNECT");
	int r;

	memset(target_out, 0, sizeof(*target_out));
	if (connect) {
		return parse_authority_form(target, target_out, err_out);
	}
	if (h1_text_equal(target, "*")) {
		if (!h1_text_equal(method, "OPTIONS")) {
			return h1_refuse(err_out, PST_PROTO, 400,
			                 "only OPTIONS may ask for *");
		}
		target_out->form = H1_FORM_ASTERISK;
		target_out->path = target;
		return PST_OK;
	}
	if (target.n != 0 && target.p[0] == '/') {
		target_out->form = H1_FORM_ORIGIN;
		target_out->path = target;
	} else {
		r = parse_absolute_form(target, target_out, err_out);
		if (r != PST_OK) {
			return r;
		}
	}
	if (!path_ok(target_out->path)) {
		return h1_refuse(err_out, PST_PROTO, 400,
		                 "the target has a byte that a URL must not "
		                 "have, or a broken percent code");
	}
	return PST_OK;
}
