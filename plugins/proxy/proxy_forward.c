/* SPDX-License-Identifier: MIT */
/* Who asked, told to the back-end: Forwarded (RFC 7239) and X-Forwarded-*. */
#include "proxy_forward.h"

struct name {
	const char *text;
	size_t length;
};

#define NAME(text)                     \
	{                              \
		text, sizeof(text) - 1 \
	}

static const struct name forwarded = NAME("Forwarded");
static const struct name x_for = NAME("X-Forwarded-For");
static const struct name x_proto = NAME("X-Forwarded-Proto");
static const struct name x_host = NAME("X-Forwarded-Host");
static const struct name x_port = NAME("X-Forwarded-Port");

static bool is_ours(enum proxy_forward_how how)
{
	return how == PROXY_FORWARD_APPEND || how == PROXY_FORWARD_REPLACE;
}

bool proxy_forward_is_needed(const struct proxy_forward_rules *rules)
{
	return is_ours(rules->forwarded) || is_ours(rules->x_forwarded);
}

static bool keeps(const struct proxy_forward *f, enum proxy_forward_how how)
{
	return how == PROXY_FORWARD_APPEND && f->trusted;
}

/* X-Forwarded-Proto, X-Forwarded-Ssl, X_Forwarded_For, X-Real-IP ... */
static bool is_x_forwarded(const char *name, size_t length)
{
	static const char family[] = "x-forwarded";

	return (length >= sizeof(family) - 1 &&
	        proxy_same_name(name, sizeof(family) - 1, family,
	                        sizeof(family) - 1)) ||
	       proxy_same_name(name, length, "x-real-ip", 9);
}

/* Words joined by anything but "-": some back-ends could not tell it from the
 * real one. */
static bool is_disguised(const char *name, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++) {
		uint8_t c = pst_ascii_lower((uint8_t)name[i]);

		if (c != '-' && (c < 'a' || c > 'z') && (c < '0' || c > '9')) {
			return true;
		}
	}
	return false;
}

static bool drop_x_forwarded(const struct proxy_forward *f,
                             const struct pst_head *request,
                             const struct pst_field *field)
{
	const char *name = pst_head_text(request, field->name);

	if (f->rules->x_forwarded == PROXY_FORWARD_PASS) {
		return false;
	}
	return !keeps(f, f->rules->x_forwarded) ||
	       is_disguised(name, field->name.length) ||
	       pst_head_is(request, field->name, x_for.text);
}

bool proxy_forward_drop(const struct proxy_forward *f,
                        const struct pst_head *request,
                        const struct pst_field *field)
{
	const char *name = pst_head_text(request, field->name);

	if (pst_head_is(request, field->name, forwarded.text)) {
		return f->rules->forwarded != PROXY_FORWARD_PASS;
	}
	return is_x_forwarded(name, field->name.length) &&
	       drop_x_forwarded(f, request, field);
}

/* Rules may want to have none of it. */
static bool open_field(const struct proxy_forward *f, struct proxy_edit *e,
                       const struct name *name)
{
	if (proxy_fields_drop(f->rules->fields, name->text, name->length)) {
		return false;
	}
	proxy_edit_begin(e, name->text, name->length);
	return true;
}

static void more(struct proxy_edit *e, const char *text)
{
	proxy_edit_more(e, text, strlen(text));
}

/* What a trusted peer sent, as one list. */
static void put_former(const struct proxy_forward *f, struct proxy_edit *e,
                       enum proxy_forward_how how, const struct name *name)
{
	const struct pst_field *field;
	uint32_t at = 0;

	while (keeps(f, how) &&
	       (field = pst_head_find(e->old, name->text, &at)) != NULL) {
		if (field->value.length != 0) {
			proxy_edit_more(e, pst_head_text(e->old, field->value),
			                field->value.length);
			more(e, ", ");
		}
	}
}

static void put_value(const struct proxy_forward *f, struct proxy_edit *e,
                      const struct name *name, const char *value, size_t length)
{
	if (!proxy_fields_drop(f->rules->fields, name->text, name->length)) {
		proxy_edit_put(e, name->text, name->length, value, length);
	}
}

static const char *proto(const struct proxy_forward *f)
{
	return f->secure ? "https" : "http";
}

/* The port of the authority; without one the scheme's. */
static void put_port(const struct proxy_forward *f, struct proxy_edit *e)
{
	const char *port = f->secure ? "443" : "80";
	size_t at = f->host_length;

	while (at > 0 && f->host[at - 1] >= '0' && f->host[at - 1] <= '9') {
		at--;
	}
	if (at > 0 && at < f->host_length && f->host[at - 1] == ':') {
		put_value(f, e, &x_port, f->host + at, f->host_length - at);
	} else {
		put_value(f, e, &x_port, port, strlen(port));
	}
}

/* Has a trusted peer said it already? */
static bool is_said(const struct proxy_forward *f, const struct proxy_edit *e,
                    const struct name *name)
{
	return keeps(f, f->rules->x_forwarded) &&
	       pst_head_count(e->old, name->text) != 0;
}

static void put_x_forwarded(const struct proxy_forward *f, struct proxy_edit *e)
{
	bool proto_said = is_said(f, e, &x_proto);
	bool host_said = is_said(f, e, &x_host);

	if (open_field(f, e, &x_for)) {
		put_former(f, e, f->rules->x_forwarded, &x_for);
		more(e, f->peer.text);
	}
	if (!proto_said) {
		put_value(f, e, &x_proto, proto(f), strlen(proto(f)));
	}
	if (f->host_length == 0) {
		return;
	}
	if (!host_said) {
		put_value(f, e, &x_host, f->host, f->host_length);
	}
	/* ours would not go with a scheme or host that another one was asked
	 * for */
	if (!proto_said && !host_said && !is_said(f, e, &x_port)) {
		put_port(f, e);
	}
}

/* RFC 7239 4: what is no token is quoted. A host has nothing to be escaped;
 * what has is not told. */
static void put_host(const struct proxy_forward *f, struct proxy_edit *e)
{
	bool quoted = false;
	size_t i;

	for (i = 0; i < f->host_length; i++) {
		uint8_t c = (uint8_t)f->host[i];

		if (c <= ' ' || c >= 0x7f || c == '"' || c == '\\') {
			return;
		}
		quoted = quoted || !pst_is_token_char(c);
	}
	if (f->host_length != 0) {
		more(e, quoted ? ";host=\"" : ";host=");
		proxy_edit_more(e, f->host, f->host_length);
		more(e, quoted ? "\"" : "");
	}
}

static void put_forwarded(const struct proxy_forward *f, struct proxy_edit *e)
{
	bool six = f->peer.kind == PROXY_PEER_IPV6;

	if (!open_field(f, e, &forwarded)) {
		return;
	}
	put_former(f, e, f->rules->forwarded, &forwarded);
	/* RFC 7239 6.1: an IPv6 address stands in brackets, and in quotes */
	more(e, six ? "for=\"[" : "for=");
	more(e, f->peer.text);
	more(e, six ? "]\"" : "");
	put_host(f, e);
	more(e, ";proto=");
	more(e, proto(f));
}

void proxy_forward_put(const struct proxy_forward *f, struct proxy_edit *e)
{
	if (is_ours(f->rules->x_forwarded)) {
		put_x_forwarded(f, e);
	}
	if (is_ours(f->rules->forwarded)) {
		put_forwarded(f, e);
	}
}

size_t proxy_forward_room(const struct proxy_forward *f)
{
	size_t room = 0;

	if (is_ours(f->rules->x_forwarded)) {
		room += pst_head_room(4, 128) - pst_head_room(0, 0) +
		        f->host_length;
	}
	if (is_ours(f->rules->forwarded)) {
		room += pst_head_room(1, 96) - pst_head_room(0, 0) +
		        f->host_length;
	}
	return room;
}
