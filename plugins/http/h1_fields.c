/* SPDX-License-Identifier: MIT */
/* The field section of a head, and the framing that it asks for: RFC 9112 5
 * and 6. */
#include "h1_fields.h"

#define OWN(text)                      \
	{                              \
		text, sizeof(text) - 1 \
	}

static const struct h1_text own_names[H1_OTHER] = {
	[H1_CONNECTION] = OWN("connection"),
	[H1_KEEP_ALIVE] = OWN("keep-alive"),
	[H1_PROXY_CONNECTION] = OWN("proxy-connection"),
	[H1_TRANSFER_ENCODING] = OWN("transfer-encoding"),
	[H1_CONTENT_LENGTH] = OWN("content-length"),
	[H1_UPGRADE] = OWN("upgrade"),
	[H1_TE] = OWN("te"),
	[H1_TRAILER] = OWN("trailer"),
	[H1_HOST] = OWN("host"),
	[H1_EXPECT] = OWN("expect"),
	[H1_DATE] = OWN("date"),
};

/* The only one that a name of this length and first letter can be. */
static enum h1_name candidate(struct h1_text name, char first)
{
	switch (name.n) {
	case 2:
		return H1_TE;
	case 4:
		return first == 'h' ? H1_HOST : H1_DATE;
	case 6:
		return H1_EXPECT;
	case 7:
		return first == 'u' ? H1_UPGRADE : H1_TRAILER;
	case 10:
		return first == 'c' ? H1_CONNECTION : H1_KEEP_ALIVE;
	case 14:
		return H1_CONTENT_LENGTH;
	case 16:
		return H1_PROXY_CONNECTION;
	case 17:
		return H1_TRANSFER_ENCODING;
	default:
		return H1_OTHER;
	}
}

enum h1_name h1_name_of(struct h1_text name)
{
	char first =
		name.n == 0 ? '\0' : (char)pst_ascii_lower((uint8_t)name.p[0]);
	enum h1_name known = candidate(name, first);

	return known != H1_OTHER && own_names[known].p[0] == first &&
	                       h1_text_same(name, own_names[known])
	               ? known
	               : H1_OTHER;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

static struct h1_text trim(struct h1_text t)
{
	while (t.n != 0 && is_space(t.p[0])) {
		t.p++;
		t.n--;
	}
	while (t.n != 0 && is_space(t.p[t.n - 1])) {
		t.n--;
	}
	return t;
}

bool h1_list_next(struct h1_text *list_io, struct h1_text *item_out)
{
	while (list_io->n != 0) {
		const char *comma =
			(const char *)memchr(list_io->p, ',', list_io->n);
		size_t n = comma == NULL ? list_io->n
		                         : (size_t)(comma - list_io->p);
		struct h1_text item = trim(h1_text_of(list_io->p, n));

		n += comma != NULL;
		list_io->p += n;
		list_io->n -= n;
		if (item.n != 0) {
			*item_out = item;
			return true;
		}
	}
	return false;
}

static int parse_line(struct h1_text line, bool spaced, struct h1_field *f,
                      struct h1_error *err)
{
	const char *colon;

	/* RFC 9112 5.2: a gateway refuses obs-fold */
	if (is_space(line.p[0])) {
		return h1_refuse(err, PST_PROTO, 400,
		                 "a field line begins with white space");
	}
	colon = (const char *)memchr(line.p, ':', line.n);
	if (colon == NULL) {
		return h1_refuse(err, PST_PROTO, 400,
		                 "a field line has no colon");
	}
	f->name = h1_text_of(line.p, (size_t)(colon - line.p));
	while (spaced && f->name.n != 0 && is_space(f->name.p[f->name.n - 1])) {
		f->name.n--;
	}
	if (!h1_is_token(f->name)) {
		/* RFC 9112 5.1: white space before the colon among it */
		return h1_refuse(err, PST_PROTO, 400,
		                 "a field name is not a token");
	}
	f->value = trim(
		h1_text_of(colon + 1, (size_t)(line.p + line.n - colon - 1)));
	if (!h1_is_value(f->value)) {
		return h1_refuse(err, PST_PROTO, 400,
		                 "a field value has a control byte");
	}
	f->known = h1_name_of(f->name);
	f->hop = false;
	return PST_OK;
}

static void mark_hop(struct h1_fields *fields, struct h1_text name)
{
	uint32_t i;

	for (i = 0; i < fields->count; i++) {
		if (h1_text_same(fields->field[i].name, name)) {
			fields->field[i].hop = true;
		}
	}
}

static int parse_connection(struct h1_fields *fields, struct h1_error *err)
{
	unsigned options = 0;
	uint32_t i = fields->first[H1_CONNECTION];

	if (fields->seen[H1_CONNECTION] == 0) {
		return PST_OK;
	}
	for (; i < fields->count; i++) {
		struct h1_text list = fields->field[i].value, item;

		if (fields->field[i].known != H1_CONNECTION) {
			continue;
		}
		while (h1_list_next(&list, &item)) {
			if (!h1_is_token(item) ||
			    ++options > H1_CONNECTION_OPTIONS_MAX) {
				return h1_refuse(err, PST_PROTO, 400,
				                 "Connection is not a short "
				                 "list of tokens");
			}
			if (h1_text_is(item, "close")) {
				fields->close = true;
			} else if (h1_text_is(item, "keep-alive")) {
				fields->keep_alive = true;
			} else if (h1_text_is(item, "upgrade")) {
				fields->upgrade = true;
			} else {
				mark_hop(fields, item);
			}
		}
	}
	return PST_OK;
}

static void note(struct h1_fields *fields, enum h1_name known)
{
	if (fields->seen[known]++ == 0) {
		fields->first[known] = fields->count;
	}
	fields->count++;
}

int h1_fields_parse(const char **at_io, const char *end, bool spaced,
                    const struct h1_limits *limits,
                    struct h1_fields *fields_out, struct h1_error *err_out)
{
	const char *at = *at_io;

	/* all but field[], which is large and filled as needed */
	memset(fields_out, 0, offsetof(struct h1_fields, field));
	for (;;) {
		ptrdiff_t n = h1_line(at, end);
		struct h1_field *f = &fields_out->field[fields_out->count];
		int r;

		if (n < 0) {
			return h1_refuse(err_out, (int)n, 400,
			                 n == PST_AGAIN
			                         ? "the head does not end"
			                         : "a line ends without CR");
		}
		if (n == 0) {
			break;
		}
		if (fields_out->count == limits->max_fields ||
		    fields_out->count == H1_FIELDS_MAX) {
			return h1_refuse(err_out, PST_LIMIT, 431,
			                 "the head has too many fields");
		}
		r = parse_line(h1_text_of(at, (size_t)n), spaced, f, err_out);
		if (r != PST_OK) {
			return r;
		}
		note(fields_out, f->known);
		at += n + 2;
	}
	*at_io = at + 2;
	return parse_connection(fields_out, err_out);
}

static int parse_length(struct h1_text t, uint64_t *length_out,
                        struct h1_error *err)
{
	uint64_t length = 0;
	bool huge = false;
	size_t i;

	for (i = 0; i < t.n; i++) {
		if (!h1_is_digit((uint8_t)t.p[i])) {
			break;
		}
		huge = huge || length > (uint64_t)INT64_MAX / 10 - 1;
		length = huge ? 0 : length * 10 + (uint64_t)(t.p[i] - '0');
	}
	if (t.n == 0 || i < t.n) {
		return h1_refuse(err, PST_PROTO, 400,
		                 "Content-Length is not one plain number");
	}
	if (huge) {
		return h1_refuse(err, PST_LIMIT, 413,
		                 "Content-Length is beyond all limits");
	}
	*length_out = length;
	return PST_OK;
}

/* RFC 9112 6.1, 6.3: chunked must come last and once; we know no other. */
static int parse_coding(struct h1_text t, struct h1_error *err)
{
	struct h1_text item = {NULL, 0}, list = t;
	unsigned count = 0, chunked = 0;

	while (h1_list_next(&list, &item)) {
		count++;
		chunked += h1_text_is(item, "chunked");
	}
	if (count == 1 && chunked == 1 && h1_text_is(t, "chunked")) {
		return PST_OK;
	}
	if (count > 1 && chunked == 1 && h1_text_is(item, "chunked")) {
		return h1_refuse(err, PST_UNSUPPORTED, 501,
		                 "Transfer-Encoding names a coding other than "
		                 "chunked");
	}
	return h1_refuse(err, PST_PROTO, 400,
	                 "Transfer-Encoding is not chunked");
}

int h1_framing_parse(const struct h1_fields *fields, unsigned version,
                     struct h1_framing *framing_out, struct h1_error *err_out)
{
	uint32_t lengths = fields->seen[H1_CONTENT_LENGTH];
	uint32_t codings = fields->seen[H1_TRANSFER_ENCODING];
	struct h1_text value;
	int r;

	memset(framing_out, 0, sizeof(*framing_out));
	if (lengths > 1 || codings > 1) {
		return h1_refuse(err_out, PST_PROTO, 400,
		                 "Content-Length or Transfer-Encoding is "
		                 "repeated");
	}
	if (codings != 0) {
		if (lengths != 0) {
			return h1_refuse(err_out, PST_PROTO, 400,
			                 "Content-Length and Transfer-Encoding "
			                 "stand together");
		}
		/* RFC 9112 6.1: faulty framing */
		if (version < 11) {
			return h1_refuse(err_out, PST_PROTO, 400,
			                 "HTTP/1.0 has no Transfer-Encoding");
		}
		value = fields->field[fields->first[H1_TRANSFER_ENCODING]]
		                .value;
		r = parse_coding(value, err_out);
		framing_out->chunked = r == PST_OK;
		return r;
	}
	if (lengths == 0) {
		return PST_OK;
	}
	value = fields->field[fields->first[H1_CONTENT_LENGTH]].value;
	r = parse_length(value, &framing_out->length, err_out);
	framing_out->has_length = r == PST_OK;
	return r;
}

static bool is_late(struct h1_text name)
{
	static const char *const late[] = {"age",
	                                   "authorization",
	                                   "cache-control",
	                                   "content-encoding",
	                                   "content-range",
	                                   "content-type",
	                                   "cookie",
	                                   "date",
	                                   "expect",
	                                   "expires",
	                                   "forwarded",
	                                   "location",
	                                   "max-forwards",
	                                   "pragma",
	                                   "proxy-authenticate",
	                                   "proxy-authorization",
	                                   "range",
	                                   "retry-after",
	                                   "set-cookie",
	                                   "vary",
	                                   "via",
	                                   "warning",
	                                   "www-authenticate",
	                                   "x-real-ip"};
	static const char *const families[] = {"if-", "x-forwarded-"};
	size_t i, n;

	for (i = 0; i < sizeof(late) / sizeof(late[0]); i++) {
		if (h1_text_is(name, late[i])) {
			return true;
		}
	}
	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		n = strlen(families[i]);
		if (name.n > n &&
		    h1_text_is(h1_text_of(name.p, n), families[i])) {
			return true;
		}
	}
	return false;
}

void h1_fields_sift(struct h1_fields *fields)
{
	uint32_t i;

	for (i = 0; i < fields->count; i++) {
		if (is_late(fields->field[i].name)) {
			fields->field[i].hop = true;
		}
	}
}

/* parse_line has judged names and values, more strictly than the builder. */
void h1_fields_add(const struct h1_fields *fields, struct pst_head_builder *b)
{
	uint32_t i;

	for (i = 0; i < fields->count; i++) {
		const struct h1_field *f = &fields->field[i];

		if (f->known > H1_LAST_OWN && !f->hop) {
			pst_head_put_field(b, f->name.p, f->name.n, f->value.p,
			                   f->value.n);
		}
	}
}
