/* SPDX-License-Identifier: MIT */
/* Heads: the start of an exchange as one flat record (RFC 9110), alike for
 * HTTP/1.1 and HTTP/2. Framing exists only as members, so nothing above the
 * http layer can express a smuggled request. */
#ifndef PENSTOCK_HEAD_H
#define PENSTOCK_HEAD_H

#include <penstock/result.h>
#include <penstock/text.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

enum pst_head_kind {
	PST_HEAD_REQUEST = 1,
	PST_HEAD_INTERIM,  /* 1xx other than 101 */
	PST_HEAD_RESPONSE, /* final, and 101 */
	PST_HEAD_TRAILERS
};

/*
 * A response of status 426 names the protocol to change to in `upgrade`, with
 * upgrade_by FIELD; the http layer writes the Upgrade field.
 */

enum pst_body {
	PST_BODY_NONE = 0, /* no body: the direction ends with the head */
	PST_BODY_LENGTH,   /* exactly body_length bytes follow */
	PST_BODY_UNKNOWN   /* bytes follow until EOM */
};

/** How an upgrade is asked for or granted. A request that asks for one has no EOM
 *  before it is answered: whoever does not make the upgrade must not wait for it. */
enum pst_upgrade {
	PST_UPGRADE_NONE = 0,
	PST_UPGRADE_FIELD,  /* HTTP/1.1: Upgrade field, 101 */
	PST_UPGRADE_CONNECT /* RFC 8441 extended CONNECT, 200 */
};

/** `length` bytes at offset `at` from the start of the record. */
struct pst_span {
	uint32_t at;
	uint32_t length;
};

struct pst_field {
	struct pst_span name; /* as received; compare without case */
	struct pst_span value; /* without surrounding white space */
};

/**
 * One head. A HEAD slice holds exactly one; a direction of an exchange is
 * [interim...] head, payload slices, [trailers], and EOM is set on its last
 * slice, be it a head, payload or trailers.
 *
 * Connection and what it names, Keep-Alive, Proxy-Connection,
 * Transfer-Encoding, Content-Length, Upgrade, TE, Trailer, Host and
 * pseudo-headers never appear as fields: they are the members here, or are
 * the http layer's own business.
 */
struct pst_head {
	uint32_t size;       /* bytes of the whole record */
	uint8_t kind;        /* enum pst_head_kind */
	uint8_t body;        /* enum pst_body */
	uint8_t upgrade_by;  /* enum pst_upgrade */
	uint8_t reserved0;
	uint16_t status;     /* responses: 100..599 */
	uint16_t version;    /* of the peer's HTTP: 10, 11, 20; 0 when built here */
	uint32_t field_count;
	uint64_t body_length; /* bytes, with PST_BODY_LENGTH */
	struct pst_span method;
	struct pst_span scheme;    /* empty unless the target named one */
	struct pst_span authority; /* host[:port]: RFC 9110 7.2 */
	struct pst_span path;      /* path and query; "*" for OPTIONS * */
	struct pst_span upgrade;   /* token, "websocket"; requests: "a,b" */
	struct pst_span reason;    /* responses; may be empty */
	struct pst_field field[];  /* field_count of them, then the bytes */
};

/** Room that a record of `fields` fields and `text` bytes needs. */
static inline size_t pst_head_room(size_t fields, size_t text)
{
	return sizeof(struct pst_head) + fields * sizeof(struct pst_field) + text;
}

/** The bytes of a span; not terminated. */
static inline const char *pst_head_text(const struct pst_head *h,
					struct pst_span s)
{
	return (const char *)h + s.at;
}

/** Bytes of the path without the query: a query may carry what nobody but the
 *  two ends should read, and chooses nothing. */
static inline size_t pst_head_path_length(const struct pst_head *h)
{
	const char *path = pst_head_text(h, h->path);
	const void *query = h->path.length == 0
				    ? NULL
				    : memchr(path, '?', h->path.length);

	return query == NULL ? h->path.length
			     : (size_t)((const char *)query - path);
}

/** True when the span equals `text` without regard to ASCII case. */
static inline bool pst_head_is(const struct pst_head *h, struct pst_span s,
			       const char *text)
{
	return strlen(text) == s.length &&
	       pst_text_same(pst_head_text(h, s), text, s.length);
}

/** True when the span equals `text`, case included: methods (RFC 9110 9.1). */
static inline bool pst_head_equals(const struct pst_head *h, struct pst_span s,
                                   const char *text)
{
	return strlen(text) == s.length &&
	       memcmp(pst_head_text(h, s), text, s.length) == 0;
}

/** The next field named `name` after index `*at_io` (start with 0), which is
 *  moved behind it; NULL when there is none. */
static inline const struct pst_field *
pst_head_find(const struct pst_head *h, const char *name, uint32_t *at_io)
{
	while (*at_io < h->field_count) {
		const struct pst_field *f = &h->field[(*at_io)++];

		if (pst_head_is(h, f->name, name)) {
			return f;
		}
	}
	return NULL;
}

/** How often the field `name` occurs. */
static inline uint32_t pst_head_count(const struct pst_head *h,
				      const char *name)
{
	uint32_t at = 0, n = 0;

	while (pst_head_find(h, name, &at) != NULL) {
		n++;
	}
	return n;
}

/**
 * A head under construction in memory of the caller.
 *
 * buffer[capacity]  8-byte aligned, lent until the builder is finished
 * Fields fill it from the front, text from the back; finish joins them. The
 * first failure sticks: only pst_head_finish need be checked.
 */
struct pst_head_builder {
	struct pst_head *head;
	uint32_t capacity;
	uint32_t text_at; /* lowest byte of text used so far */
	int failure;      /* enum pst_result */
	uint32_t reserved;
};

/** Begin a head of `kind`. `capacity` may be too small: finish says so. */
static inline void pst_head_begin(struct pst_head_builder *b, void *buffer,
				  size_t capacity, enum pst_head_kind kind)
{
	b->head = (struct pst_head *)buffer;
	b->capacity = capacity > UINT32_MAX ? UINT32_MAX : (uint32_t)capacity;
	b->text_at = b->capacity;
	b->failure = PST_OK;
	b->reserved = 0;
	if (b->capacity < sizeof(struct pst_head)) {
		b->failure = PST_LIMIT;
		return;
	}
	memset(b->head, 0, sizeof(struct pst_head));
	b->head->kind = (uint8_t)kind;
}

static inline bool pst_head_char_ok(uint8_t c)
{
	return c != '\r' && c != '\n' && c != '\0';
}

static inline bool pst_head_word_ok(uint64_t w)
{
	return !pst_any_below(w, '\r' + 1);
}

/** True when `text` has no CR, LF or NUL. */
static inline bool pst_head_text_ok(const char *text, size_t length)
{
	return pst_text_all(text, length, pst_head_word_ok, pst_head_char_ok);
}

/** Copy text[length] in and set `*span_out`, without a look at it: for a caller
 *  that knows it to have no CR, LF and NUL. */
static inline void pst_head_put(struct pst_head_builder *b,
				struct pst_span *span_out, const char *text,
				size_t length)
{
	size_t used;

	if (b->failure != PST_OK) {
		return;
	}
	used = pst_head_room(b->head->field_count, 0);
	if (length > b->text_at || b->text_at - length < used) {
		b->failure = PST_LIMIT;
		return;
	}
	b->text_at -= (uint32_t)length;
	if (length != 0) { /* then text may be NULL */
		memcpy((char *)b->head + b->text_at, text, length);
	}
	span_out->at = b->text_at;
	span_out->length = (uint32_t)length;
}

/** Copy text[length] in and set `*span_out`. Refuses CR, LF and NUL. */
static inline void pst_head_set(struct pst_head_builder *b,
				struct pst_span *span_out, const char *text,
				size_t length)
{
	if (b->failure == PST_OK && !pst_head_text_ok(text, length)) {
		b->failure = PST_PROTO;
	}
	pst_head_put(b, span_out, text, length);
}

/** Append a field, without a look at it: for a caller that knows the name to be
 *  a token, and the value to have no CR, LF and NUL. */
static inline void pst_head_put_field(struct pst_head_builder *b,
				      const char *name, size_t name_length,
				      const char *value, size_t value_length)
{
	struct pst_field *f;
	size_t used;

	if (b->failure != PST_OK) {
		return;
	}
	used = pst_head_room(b->head->field_count + 1, 0);
	if (b->text_at < used || name_length > b->text_at - used ||
	    value_length > b->text_at - used - name_length) {
		b->failure = PST_LIMIT;
		return;
	}
	f = &b->head->field[b->head->field_count++];
	b->text_at -= (uint32_t)name_length;
	memcpy((char *)b->head + b->text_at, name, name_length);
	f->name.at = b->text_at;
	f->name.length = (uint32_t)name_length;
	b->text_at -= (uint32_t)value_length;
	if (value_length != 0) { /* then value may be NULL */
		memcpy((char *)b->head + b->text_at, value, value_length);
	}
	f->value.at = b->text_at;
	f->value.length = (uint32_t)value_length;
}

/** Append a field. Refuses a name that is not a token and a value with CR, LF
 *  or NUL. Whether the name is one that only members may carry is checked
 *  by the http layer, which knows which those are. */
static inline void pst_head_add(struct pst_head_builder *b, const char *name,
				size_t name_length, const char *value,
				size_t value_length)
{
	if (b->failure == PST_OK && (!pst_is_token(name, name_length) ||
				     !pst_head_text_ok(value, value_length))) {
		b->failure = PST_PROTO;
	}
	pst_head_put_field(b, name, name_length, value, value_length);
}

static inline void pst_head_shift(struct pst_span *s, uint32_t by)
{
	if (s->length != 0) {
		s->at -= by;
	} else {
		s->at = 0;
	}
}

/** Join fields and text. Returns the record's size in bytes, or the first
 *  failure: PST_PROTO (a forbidden byte) or PST_LIMIT (capacity). */
PST_MUST_CHECK static inline int64_t
pst_head_finish(struct pst_head_builder *b)
{
	struct pst_head *h = b->head;
	uint32_t front, text, by, i;

	if (b->failure != PST_OK) {
		return b->failure;
	}
	front = (uint32_t)pst_head_room(h->field_count, 0);
	text = b->capacity - b->text_at;
	by = b->text_at - front;
	memmove((char *)h + front, (char *)h + b->text_at, text);
	pst_head_shift(&h->method, by);
	pst_head_shift(&h->scheme, by);
	pst_head_shift(&h->authority, by);
	pst_head_shift(&h->path, by);
	pst_head_shift(&h->upgrade, by);
	pst_head_shift(&h->reason, by);
	for (i = 0; i < h->field_count; i++) {
		pst_head_shift(&h->field[i].name, by);
		pst_head_shift(&h->field[i].value, by);
	}
	h->size = front + text;
	return h->size;
}

#ifdef __cplusplus
}
#endif
#endif
