/* SPDX-License-Identifier: MIT */
/* From the bytes of an HTTP/1.1 head to a struct pst_head. */
#include "h1_parse.h"

#include "h1_keep.h"

/* RFC 9112 2.3: HTTP/D.D. A later minor of 1 is understood as 1.1. Returns 10
 * or 11, PST_PROTO for no version at all, PST_UNSUPPORTED for another. */
static int parse_version(struct h1_text t)
{
	if (t.n != 8 || memcmp(t.p, "HTTP/", 5) != 0 ||
	    !h1_is_digit((uint8_t)t.p[5]) || t.p[6] != '.' ||
	    !h1_is_digit((uint8_t)t.p[7])) {
		return PST_PROTO;
	}
	if (t.p[5] != '1') {
		return PST_UNSUPPORTED;
	}
	return t.p[7] == '0' ? 10 : 11;
}

static int request_version(struct h1_text line, struct h1_text t,
                           struct h1_error *err)
{
	int version = parse_version(t);

	if (version == PST_PROTO) {
		return h1_refuse(err, PST_PROTO, 400,
		                 "the request line names no HTTP version");
	}
	if (version != PST_UNSUPPORTED) {
		return version;
	}
	/* RFC 9113 3.4: the client's connection preface */
	return h1_refuse(err, PST_UNSUPPORTED, 505,
	                 h1_text_equal(line, "PRI * HTTP/2.0")
	                         ? "the client speaks HTTP/2 without having "
	                           "agreed on it"
	                         : "the request is not of HTTP/1");
}

/* RFC 9112 3: method SP request-target SP HTTP-version, single spaces. */
static int parse_request_line(struct h1_text line, struct h1_text *method_out,
                              struct h1_target *target_out,
                              struct h1_error *err)
{
	const char *end = line.p + line.n;
	const char *first = (const char *)memchr(line.p, ' ', line.n);
	const char *second =
		first == NULL ? NULL
			      : (const char *)memchr(first + 1, ' ',
	                                             (size_t)(end - first - 1));
	int version, r;

	if (second == NULL) {
		return h1_refuse(err, PST_PROTO, 400,
		                 "the request line is not method, target and "
		                 "version");
	}
	*method_out = h1_text_of(line.p, (size_t)(first - line.p));
	if (!h1_is_token(*method_out)) {
		return h1_refuse(err, PST_PROTO, 400,
		                 "the method is not a token");
	}
	version = request_version(
		line, h1_text_of(second + 1, (size_t)(end - second - 1)), err);
	if (version < 0) {
		return version;
	}
	r = h1_target_parse(*method_out,
	                    h1_text_of(first + 1, (size_t)(second - first - 1)),
	                    target_out, err);
	return r == PST_OK ? version : r;
}

/* RFC 9112 3.2: exactly one valid Host with HTTP/1.1, at most one with 1.0;
 * empty when the client knows none. The target's own authority wins over it. */
static int find_authority(const struct h1_fields *fields, unsigned version,
                          const struct h1_target *target,
                          struct h1_text *authority_out, struct h1_error *err)
{
	uint32_t hosts = fields->seen[H1_HOST];
	struct h1_text host = {NULL, 0};
	unsigned port;

	if (hosts > 1 || (hosts == 0 && version >= 11)) {
		return h1_refuse(err, PST_PROTO, 400,
		                 hosts == 0 ? "Host is missing"
		                            : "Host is repeated");
	}
	if (hosts == 1) {
		host = fields->field[fields->first[H1_HOST]].value;
	}
	if (host.n != 0 && !h1_authority_parse(host, &host, &port)) {
		return h1_refuse(err, PST_PROTO, 400, "Host is not valid");
	}
	*authority_out = target->authority.n != 0 ? target->authority : host;
	return PST_OK;
}

static int check_expect(struct h1_fields *fields, unsigned version,
                        struct h1_message *message, struct h1_error *err)
{
	uint32_t i = fields->first[H1_EXPECT];

	if (fields->seen[H1_EXPECT] == 0) {
		return PST_OK;
	}
	for (; i < fields->count; i++) {
		struct h1_field *f = &fields->field[i];

		if (f->known != H1_EXPECT) {
			continue;
		}
		if (version < 11) {
			/* RFC 9110 10.1.1: ignored, so not passed on either */
			f->hop = true;
			continue;
		}
		if (!h1_text_is(f->value, "100-continue")) {
			return h1_refuse(err, PST_UNSUPPORTED, 417,
			                 "Expect is not 100-continue");
		}
		message->expect = true;
	}
	return PST_OK;
}

static bool is_protocol(struct h1_text t)
{
	const char *slash = (const char *)memchr(t.p, '/', t.n);
	size_t name = slash == NULL ? t.n : (size_t)(slash - t.p);

	return h1_is_token(h1_text_of(t.p, name)) &&
	       (slash == NULL ||
	        h1_is_token(h1_text_of(slash + 1, t.n - name - 1)));
}

/* The protocols of all Upgrade fields, "a,b", in the order of preference. One
 * that is malformed leaves none; those that do not fit, and `but`, are left
 * out. */
static struct h1_text upgrades(const struct h1_fields *fields, const char *but,
                               char out[H1_UPGRADE_MAX])
{
	struct h1_text list, item, all = {out, 0};
	uint32_t i;

	for (i = 0; fields->upgrade && i < fields->count; i++) {
		list = fields->field[i].value;
		while (fields->field[i].known == H1_UPGRADE &&
		       h1_list_next(&list, &item)) {
			if (!is_protocol(item)) {
				return h1_text_of(out, 0);
			}
			if (all.n + item.n + 2 > H1_UPGRADE_MAX ||
			    h1_text_is(item, but)) {
				continue;
			}
			if (all.n != 0) {
				out[all.n++] = ',';
			}
			memcpy(out + all.n, item.p, item.n);
			all.n += item.n;
		}
	}
	return all;
}

static bool is_listed(struct h1_text protocol, struct h1_text list)
{
	struct h1_text item;

	while (h1_list_next(&list, &item)) {
		if (h1_text_same(item, protocol)) {
			return true;
		}
	}
	return false;
}

/* RFC 9110 7.8: what is switched to was asked for, each of it. */
static bool were_asked(struct h1_text granted, struct h1_text asked)
{
	struct h1_text item;

	if (granted.n == 0) {
		return false;
	}
	while (h1_list_next(&granted, &item)) {
		if (!is_listed(item, asked)) {
			return false;
		}
	}
	return true;
}

static bool persists(const struct h1_fields *fields, unsigned version)
{
	return !fields->close && (version >= 11 || fields->keep_alive);
}

/* What goes in was judged by its own rule, more strictly than by the builder's:
 * tokens, a target and an authority without spaces, a reason phrase. */
static void set_text(struct pst_head_builder *b, struct pst_span *span_out,
                     struct h1_text t)
{
	if (t.n != 0) {
		pst_head_put(b, span_out, t.p, t.n);
	}
}

static void set_lower(struct pst_head_builder *b, struct pst_span *span_out,
                      struct h1_text t)
{
	set_text(b, span_out, t);
	if (b->failure == PST_OK) {
		pst_text_lower((char *)b->head + span_out->at,
		               span_out->length);
	}
}

/* RFC 9112 3.2.1, 3.2.4: an absolute form without a path means "/", or "*"
 * for OPTIONS without a query. */
static void set_path(struct pst_head_builder *b, struct h1_text method,
                     const struct h1_target *target)
{
	struct h1_text path = target->path;
	char slashed[2] = "/";

	if (target->form == H1_FORM_AUTHORITY) {
		return;
	}
	if (path.n == 0) {
		slashed[0] = h1_text_equal(method, "OPTIONS") ? '*' : '/';
		pst_head_put(b, &b->head->path, slashed, 1);
		return;
	}
	pst_head_put(b, &b->head->path, path.p, path.n);
	if (path.p[0] == '?') {
		struct pst_span query = b->head->path;

		/* the builder puts each text in front of the one before */
		pst_head_put(b, &b->head->path, slashed, 1);
		b->head->path.length += query.length;
	}
}

static void set_request_body(struct pst_head *h,
                             const struct h1_framing *framing)
{
	if (framing->chunked) {
		h->body = PST_BODY_UNKNOWN;
	} else if (framing->length != 0) {
		h->body = PST_BODY_LENGTH;
		h->body_length = framing->length;
	}
}

static int64_t build_request(const struct h1_fields *fields,
                             struct h1_text method,
                             const struct h1_target *target,
                             struct h1_text authority,
                             const struct h1_framing *framing,
                             struct pst_head_builder *b)
{
	struct pst_head *h = b->head;
	char protocols[H1_UPGRADE_MAX];
	struct h1_text upgrade = upgrades(fields, "h2c", protocols);

	set_text(b, &h->method, method);
	set_lower(b, &h->scheme, target->scheme);
	set_lower(b, &h->authority, authority);
	set_path(b, method, target);
	set_request_body(h, framing);
	if (target->form == H1_FORM_AUTHORITY) {
		h->upgrade_by = PST_UPGRADE_CONNECT;
	} else if (upgrade.n != 0 && h->version >= 11 &&
	           h->body == PST_BODY_NONE) {
		h->upgrade_by = PST_UPGRADE_FIELD;
		set_text(b, &h->upgrade, upgrade);
	}
	h1_fields_add(fields, b);
	return pst_head_finish(b);
}

/* The first line of buf[len], its end in `*at_out`; one empty line before a
 * request is skipped. */
static int first_line(const char *at, const char *end, bool skip,
                      struct h1_text *line_out, const char **at_out,
                      struct h1_error *err)
{
	ptrdiff_t n = h1_line(at, end);

	if (n == 0 && skip) {
		at += 2;
		n = h1_line(at, end);
	}
	if (n < 0) {
		return h1_refuse(err, (int)n, 400,
		                 n == PST_AGAIN ? "the head does not end"
		                                : "a line ends without CR");
	}
	*line_out = h1_text_of(at, (size_t)n);
	*at_out = at + n + 2;
	return PST_OK;
}

static int begin(const struct pst_head_builder *b, struct h1_message *message,
                 struct h1_error *err)
{
	memset(message, 0, sizeof(*message));
	return h1_refuse(err, b->failure, 500,
	                 "the head does not fit into its record");
}

/* What the method says about the body. */
static int check_body(struct h1_text method, unsigned version,
                      const struct h1_framing *framing, struct h1_error *err)
{
	bool body = framing->chunked || framing->length != 0;

	if (body && h1_text_equal(method, "CONNECT")) {
		return h1_refuse(err, PST_PROTO, 400,
		                 "CONNECT must not have a body");
	}
	/* RFC 9110 9.3.8 */
	if (body && h1_text_equal(method, "TRACE")) {
		return h1_refuse(err, PST_PROTO, 400,
		                 "TRACE must not have a body");
	}
	/* RFC 1945 7.2.2: nothing else tells where its body would end */
	if (version < 11 && !framing->has_length &&
	    (h1_text_equal(method, "POST") || h1_text_equal(method, "PUT"))) {
		return h1_refuse(err, PST_PROTO, 411,
		                 "HTTP/1.0 needs Content-Length with this "
		                 "method");
	}
	return PST_OK;
}

int64_t h1_parse_request(const uint8_t *buf, size_t len,
                         const struct h1_limits *limits,
                         struct pst_head_builder *b,
                         struct h1_message *message_out,
                         struct h1_error *err_out)
{
	const char *at = (const char *)buf, *end = at + len;
	struct h1_text line, method, authority;
	struct h1_target target;
	struct h1_framing framing;
	struct h1_fields fields;
	int version, r;

	r = begin(b, message_out, err_out);
	if (r != PST_OK) {
		return r;
	}
	r = first_line(at, end, true, &line, &at, err_out);
	if (r != PST_OK) {
		return r;
	}
	version = parse_request_line(line, &method, &target, err_out);
	if (version < 0) {
		return version;
	}
	if ((r = h1_fields_parse(&at, end, false, limits, &fields, err_out)) <
	            0 ||
	    (r = find_authority(&fields, (unsigned)version, &target, &authority,
	                        err_out)) < 0 ||
	    (r = h1_framing_parse(&fields, (unsigned)version, &framing,
	                          err_out)) < 0 ||
	    (r = check_expect(&fields, (unsigned)version, message_out,
	                      err_out)) < 0) {
		return r;
	}
	message_out->keep_alive = persists(&fields, (unsigned)version);
	message_out->chunked = framing.chunked;
	message_out->has_length = framing.has_length;
	message_out->head = h1_text_equal(method, "HEAD");
	message_out->connect = target.form == H1_FORM_AUTHORITY;
	r = check_body(method, (unsigned)version, &framing, err_out);
	if (r != PST_OK) {
		return r;
	}
	b->head->version = (uint16_t)version;
	return build_request(&fields, method, &target, authority, &framing, b);
}

/* RFC 9112 4: HTTP-version SP status SP [reason]. The second space may be
 * absent with the reason: it is often forgotten and cannot be misread. */
static int parse_status_line(struct h1_text line, unsigned *status_out,
                             struct h1_text *reason_out, struct h1_error *err)
{
	const uint8_t *p = (const uint8_t *)line.p;
	int version = PST_PROTO;
	size_t i;

	if (line.n >= 8) {
		version = parse_version(h1_text_of(line.p, 8));
	}
	if (version < 0) {
		return h1_refuse(err, PST_PROTO, 502,
		                 "the response does not begin with an HTTP/1 "
		                 "version");
	}
	if (line.n < 12 || p[8] != ' ' || p[9] < '1' || p[9] > '5' ||
	    !h1_is_digit(p[10]) || !h1_is_digit(p[11]) ||
	    (line.n > 12 && p[12] != ' ')) {
		return h1_refuse(err, PST_PROTO, 502,
		                 "the response has no valid status");
	}
	for (i = 13; i < line.n; i++) {
		if (!h1_is_value_char(p[i])) {
			return h1_refuse(
				err, PST_PROTO, 502,
				"the reason phrase has a control byte");
		}
	}
	*status_out = (unsigned)(p[9] - '0') * 100 +
	              (unsigned)(p[10] - '0') * 10 + (unsigned)(p[11] - '0');
	*reason_out = line.n > 13 ? h1_text_of(line.p + 13, line.n - 13)
	                          : h1_text_of(line.p, 0);
	return version;
}

/* RFC 9112 6.3, in its order. */
static void set_response_body(struct pst_head *h,
                              const struct h1_framing *framing,
                              const struct h1_asked *asked,
                              struct h1_message *message)
{
	if (h->status < 200 || h->status == 204 ||
	    (asked->connect && h->status < 300)) {
		if (framing->chunked || framing->length != 0) {
			message->keep_alive = false;
		}
		return;
	}
	if (asked->head || h->status == 304) {
		if (framing->has_length) {
			h->body = PST_BODY_LENGTH;
			h->body_length = framing->length;
		}
		return;
	}
	message->chunked = framing->chunked;
	if (framing->chunked) {
		h->body = PST_BODY_UNKNOWN;
	} else if (!framing->has_length) {
		h->body = PST_BODY_UNKNOWN;
		message->until_close = true;
		message->keep_alive = false;
	} else if (framing->length != 0) {
		h->body = PST_BODY_LENGTH;
		h->body_length = framing->length;
	}
}

/* 101 must grant what was asked for; 200 to CONNECT grants the tunnel. */
static int set_granted(const struct h1_fields *fields,
                       const struct h1_asked *asked, struct pst_head_builder *b,
                       struct h1_error *err)
{
	char protocols[H1_UPGRADE_MAX];
	struct h1_text upgrade = upgrades(fields, "", protocols);
	struct pst_head *h = b->head;

	if (h->status == 101) {
		/* RFC 9110 7.8, 15.2: HTTP/1.0 knows neither */
		if (h->version < 11) {
			return h1_refuse(err, PST_PROTO, 502,
			                 "101 comes with HTTP/1.0");
		}
		if (!were_asked(upgrade, asked->upgrade)) {
			return h1_refuse(err, PST_PROTO, 502,
			                 "101 grants a protocol that was not "
			                 "asked for");
		}
		h->upgrade_by = PST_UPGRADE_FIELD;
		set_text(b, &h->upgrade, upgrade);
	} else if (asked->connect && h->status >= 200 && h->status < 300) {
		h->upgrade_by = PST_UPGRADE_CONNECT;
	} else if (h->status == 426 && upgrade.n != 0) {
		/* RFC 9110 15.5.22 */
		h->upgrade_by = PST_UPGRADE_FIELD;
		set_text(b, &h->upgrade, upgrade);
	}
	return PST_OK;
}

static void set_keeping(struct h1_message *m, const struct h1_fields *fields)
{
	const struct h1_keep keep = h1_keep_read(fields);

	m->keep_for = keep.timeout;
	m->keep_alive = m->keep_alive && keep.timeout != 0 && keep.max != 0;
}

int64_t h1_parse_response(const uint8_t *buf, size_t len,
                          const struct h1_limits *limits,
                          const struct h1_asked *asked,
                          struct pst_head_builder *b,
                          struct h1_message *message_out,
                          struct h1_error *err_out)
{
	const char *at = (const char *)buf, *end = at + len;
	struct h1_text line, reason;
	struct h1_framing framing;
	struct h1_fields fields;
	struct pst_head *h = b->head;
	unsigned status;
	int version, r;

	r = begin(b, message_out, err_out);
	if (r != PST_OK) {
		return r;
	}
	r = first_line(at, end, false, &line, &at, err_out);
	if (r != PST_OK) {
		return r;
	}
	version = parse_status_line(line, &status, &reason, err_out);
	if (version < 0) {
		return version;
	}
	/* RFC 9112 5.1: white space before the colon is taken out */
	if ((r = h1_fields_parse(&at, end, true, limits, &fields, err_out)) <
	            0 ||
	    (r = h1_framing_parse(&fields, (unsigned)version, &framing,
	                          err_out)) < 0) {
		return r;
	}
	h->version = (uint16_t)version;
	h->status = (uint16_t)status;
	if (status < 200 && status != 101) {
		h->kind = PST_HEAD_INTERIM;
	}
	message_out->has_length = framing.has_length;
	message_out->keep_alive = persists(&fields, (unsigned)version);
	set_keeping(message_out, &fields);
	set_response_body(h, &framing, asked, message_out);
	r = set_granted(&fields, asked, b, err_out);
	if (r != PST_OK) {
		return r;
	}
	set_text(b, &h->reason, reason);
	h1_fields_add(&fields, b);
	return pst_head_finish(b);
}

int64_t h1_parse_trailers(const uint8_t *buf, size_t len,
                          const struct h1_limits *limits,
                          struct pst_head_builder *b, struct h1_error *err_out)
{
	const char *at = (const char *)buf;
	struct h1_fields fields;
	int r = b->failure;

	if (r == PST_OK) {
		r = h1_fields_parse(&at, at + len, false, limits, &fields,
		                    err_out);
	}
	if (r != PST_OK) {
		return r;
	}
	h1_fields_sift(&fields);
	h1_fields_add(&fields, b);
	return pst_head_finish(b);
}
