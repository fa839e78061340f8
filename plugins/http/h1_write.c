/* SPDX-License-Identifier: MIT */
/* From struct pst_head to the bytes of an HTTP/1.1 head, framing put in. */
#include "h1_write.h"

#include "h1_fields.h"

/* The first failure sticks. */
struct writer {
	uint8_t *at, *end;
	int failure;
};

/* The next `n` bytes, or NULL. */
static inline uint8_t *claim(struct writer *w, size_t n)
{
	uint8_t *at = w->at;

	if (w->failure != PST_OK) {
		return NULL;
	}
	if (n > (size_t)(w->end - at)) {
		w->failure = PST_LIMIT;
		return NULL;
	}
	w->at += n;
	return at;
}

static void put(struct writer *w, const char *p, size_t n)
{
	uint8_t *at = claim(w, n);

	if (at != NULL && n != 0) {
		memcpy(at, p, n);
	}
}

/* inline: the length of a literal is known, and copying it is a few moves */
static inline void put_string(struct writer *w, const char *s)
{
	size_t n = strlen(s);
	uint8_t *at = claim(w, n);

	if (at != NULL) {
		memcpy(at, s, n);
	}
}

static void put_number(struct writer *w, uint64_t v)
{
	char text[20];
	size_t at = sizeof(text);

	do {
		text[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v != 0);
	put(w, text + at, sizeof(text) - at);
}

static void need(struct writer *w, bool ok)
{
	if (!ok && w->failure == PST_OK) {
		w->failure = PST_INVALID;
	}
}

static struct h1_text text_of(const struct pst_head *h, struct pst_span s)
{
	return h1_text_of(pst_head_text(h, s), s.length);
}

static void put_token(struct writer *w, struct h1_text t)
{
	need(w, h1_is_token(t));
	put(w, t.p, t.n);
}

static bool is_visible(uint8_t c)
{
	return c > ' ' && c < 0x7f;
}

static bool is_visible_word(uint64_t w)
{
	return !pst_any_below(w, ' ' + 1) && (w & pst_each(0x80)) == 0 &&
	       !pst_any_below(w ^ pst_each(0x7f), 1);
}

/* A target, an authority or a protocol: visible ASCII without spaces. */
static void put_visible(struct writer *w, struct h1_text t)
{
	need(w, pst_text_all(t.p, t.n, is_visible_word, is_visible));
	put(w, t.p, t.n);
}

static void put_value(struct writer *w, struct h1_text t)
{
	need(w, h1_is_value(t));
	put(w, t.p, t.n);
}

/* Most of a head are field lines: each is put at once. */
static inline void put_field(struct writer *w, struct h1_text name,
                             struct h1_text value)
{
	uint8_t *at = claim(w, name.n + value.n + 4);

	if (at == NULL) {
		return;
	}
	memcpy(at, name.p, name.n);
	at += name.n;
	*at++ = ':';
	*at++ = ' ';
	if (value.n != 0) {
		memcpy(at, value.p, value.n);
		at += value.n;
	}
	*at++ = '\r';
	*at++ = '\n';
}

static inline void put_line(struct writer *w, const char *name,
                            const char *value)
{
	put_field(w, h1_text_of(name, strlen(name)),
	          h1_text_of(value, strlen(value)));
}

static void put_fields(struct writer *w, const struct pst_head *h)
{
	uint32_t i;

	for (i = 0; i < h->field_count; i++) {
		struct h1_text name = text_of(h, h->field[i].name);
		struct h1_text value = text_of(h, h->field[i].value);

		if (h1_name_of(name) <= H1_LAST_OWN) {
			continue;
		}
		need(w, h1_is_token(name) && h1_is_value(value));
		put_field(w, name, value);
	}
}

static void put_request_line(struct writer *w, const struct pst_head *h,
                             const struct h1_extra *extra)
{
	struct h1_text path = text_of(h, h->path);

	put_token(w, text_of(h, h->method));
	put_string(w, " ");
	if (h->upgrade_by == PST_UPGRADE_CONNECT) {
		/* RFC 8441 has no HTTP/1.1 form */
		need(w, h->upgrade.length == 0 && h->authority.length != 0);
		path = text_of(h, h->authority);
	} else {
		need(w, path.n == 0 || path.p[0] == '/' ||
		                h1_text_equal(path, "*"));
		need(w, !pst_head_equals(h, h->method, "CONNECT"));
	}
	put_visible(w, path);
	put_string(w, path.n == 0 ? "/ HTTP/1.1\r\nHost: "
	                          : " HTTP/1.1\r\nHost: ");
	if (extra->host != NULL) {
		put_visible(w, h1_text_of(extra->host, strlen(extra->host)));
	} else {
		put_visible(w, text_of(h, h->authority));
	}
	put_string(w, "\r\n");
}

static void put_status_line(struct writer *w, const struct pst_head *h,
                            const struct h1_extra *extra)
{
	need(w, h->status >= 100 && h->status <= 599);
	put_string(w, "HTTP/1.1 ");
	put_number(w, h->status);
	put_string(w, " ");
	if (h->reason.length != 0 || extra->phrase == NULL) {
		put_value(w, text_of(h, h->reason));
	} else {
		put_string(w, extra->phrase);
	}
	put_string(w, "\r\n");
	if (extra->date != NULL && pst_head_count(h, "date") == 0) {
		put_line(w, "Date", extra->date);
	}
}

static void put_framing(struct writer *w, const struct pst_head *h,
                        const struct h1_extra *extra)
{
	if (h->upgrade_by == PST_UPGRADE_FIELD && h->upgrade.length != 0) {
		put_line(w, "Connection",
		         extra->connection != NULL ? "close, Upgrade"
		                                   : "Upgrade");
		put_string(w, "Upgrade: ");
		put_visible(w, text_of(h, h->upgrade));
		put_string(w, "\r\n");
	} else if (extra->connection != NULL) {
		put_line(w, "Connection", extra->connection);
	}
	switch (extra->delimit) {
	case H1_DELIMIT_LENGTH:
		put_string(w, "Content-Length: ");
		put_number(w, extra->length);
		put_string(w, "\r\n");
		break;
	case H1_DELIMIT_CHUNKED:
		put_line(w, "Transfer-Encoding", "chunked");
		break;
	case H1_DELIMIT_NONE:
	case H1_DELIMIT_CLOSE:
		break;
	}
}

static size_t text_room(const char *s)
{
	return s == NULL ? 0 : strlen(s);
}

size_t h1_write_room(const struct pst_head *h, const struct h1_extra *extra)
{
	/* 256: the fixed words of all lines that put_* write; each field has
	 * colon, space and CRLF */
	return 256 + h->size + (size_t)h->field_count * 4 +
	       text_room(extra->connection) + text_room(extra->host) +
	       text_room(extra->date) + text_room(extra->phrase);
}

static int64_t finish(const struct writer *w, const uint8_t *out)
{
	return w->failure != PST_OK ? (int64_t)w->failure : w->at - out;
}

int64_t h1_write(const struct pst_head *h, const struct h1_extra *extra,
                 uint8_t *out, size_t room)
{
	struct writer w = {out, out + room, PST_OK};

	switch ((enum pst_head_kind)h->kind) {
	case PST_HEAD_REQUEST:
		put_request_line(&w, h, extra);
		break;
	case PST_HEAD_INTERIM:
		need(&w, h->status < 200 && h->status != 101);
		put_status_line(&w, h, extra);
		break;
	case PST_HEAD_RESPONSE:
		need(&w, h->status >= 200 || h->status == 101);
		put_status_line(&w, h, extra);
		break;
	case PST_HEAD_TRAILERS:
		need(&w, false);
		break;
	}
	put_framing(&w, h, extra);
	put_fields(&w, h);
	put_string(&w, "\r\n");
	return finish(&w, out);
}

int64_t h1_write_last_chunk(const struct pst_head *h, uint8_t *out, size_t room)
{
	struct writer w = {out, out + room, PST_OK};

	put_string(&w, "0\r\n");
	if (h != NULL) {
		put_fields(&w, h);
	}
	put_string(&w, "\r\n");
	return finish(&w, out);
}

enum h1_delimit h1_delimit_response(const struct pst_head *h, unsigned version,
                                    bool asked_head, uint64_t *length_out)
{
	*length_out = h->body == PST_BODY_LENGTH ? h->body_length : 0;
	if (h->status < 200 || h->status == 204) {
		return H1_DELIMIT_NONE;
	}
	if (asked_head || h->status == 304) {
		return h->body == PST_BODY_LENGTH ? H1_DELIMIT_LENGTH
		                                  : H1_DELIMIT_NONE;
	}
	if (h->body != PST_BODY_UNKNOWN) {
		return H1_DELIMIT_LENGTH;
	}
	return version >= 11 ? H1_DELIMIT_CHUNKED : H1_DELIMIT_CLOSE;
}

enum h1_delimit h1_delimit_request(const struct pst_head *h,
                                   uint64_t *length_out)
{
	*length_out = h->body == PST_BODY_LENGTH ? h->body_length : 0;
	if (h->body == PST_BODY_UNKNOWN) {
		return H1_DELIMIT_CHUNKED;
	}
	/* a method that means content says so when there is none */
	if (h->body == PST_BODY_LENGTH ||
	    pst_head_equals(h, h->method, "POST") ||
	    pst_head_equals(h, h->method, "PUT") ||
	    pst_head_equals(h, h->method, "PATCH")) {
		return H1_DELIMIT_LENGTH;
	}
	return H1_DELIMIT_NONE;
}
