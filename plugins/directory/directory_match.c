/* SPDX-License-Identifier: MIT */
/* What a request's fields say of a representation. */
#include "directory_match.h"

#include "directory_date.h"

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

static const char *skip_space(const char *p, const char *end)
{
	while (p != end && is_space(*p)) {
		p++;
	}
	return p;
}

/* RFC 9110 8.8.3: the end of the entity tag at p; NULL: none stands there. */
static const char *tag_end(const char *p, const char *end)
{
	if (end - p >= 2 && p[0] == 'W' && p[1] == '/') {
		p += 2;
	}
	if (p == end || *p++ != '"') {
		return NULL;
	}
	while (p != end && *p != '"') {
		if ((uint8_t)*p < 0x21 || *p == 0x7f) {
			return NULL;
		}
		p++;
	}
	return p == end ? NULL : p + 1;
}

static bool same_tag(const char *p, size_t n, const char *tag, bool strong)
{
	bool weak = n >= 2 && p[0] == 'W', own_weak = tag[0] == 'W';

	if (strong && (weak || own_weak)) {
		return false;
	}
	p += weak ? 2 : 0;
	n -= weak ? 2 : 0;
	tag += own_weak ? 2 : 0;
	return strlen(tag) == n && memcmp(p, tag, n) == 0;
}

/* One field's list of tags. What is malformed matches nothing from there on. */
static bool in_list(const char *p, const char *end, const char *tag,
                    bool strong)
{
	while (p != end) {
		const char *stop;

		p = skip_space(p, end);
		if (p != end && *p == ',') {
			p++;
			continue;
		}
		stop = tag_end(p, end);
		if (stop == NULL) {
			return false;
		}
		if (same_tag(p, (size_t)(stop - p), tag, strong)) {
			return true;
		}
		p = skip_space(stop, end);
		if (p != end && *p != ',') {
			return false;
		}
	}
	return false;
}

static bool tag_field(const struct pst_head *request, const char *name,
                      const char *tag, bool strong)
{
	const struct pst_field *f;
	uint32_t at = 0;

	while ((f = pst_head_find(request, name, &at)) != NULL) {
		const char *p = pst_head_text(request, f->value);

		if (pst_head_is(request, f->value, "*") ||
		    in_list(p, p + f->value.length, tag, strong)) {
			return true;
		}
	}
	return false;
}

/* A date that stands there once and is one. */
static bool date_field(const struct pst_head *request, const char *name,
                       int64_t now, int64_t *when_out)
{
	uint32_t at = 0;
	const struct pst_field *f = pst_head_find(request, name, &at);

	return f != NULL && pst_head_count(request, name) == 1 &&
	       directory_date_read(pst_head_text(request, f->value),
	                           f->value.length, now, when_out) == PST_OK;
}

unsigned directory_match(const struct pst_head *request,
                         const struct directory_seen *seen)
{
	int64_t when;

	if (pst_head_count(request, "If-Match") != 0) {
		if (!tag_field(request, "If-Match", seen->tag, true)) {
			return 412;
		}
	} else if (date_field(request, "If-Unmodified-Since", seen->now,
	                      &when) &&
	           seen->modified > when) {
		return 412;
	}
	if (pst_head_count(request, "If-None-Match") != 0) {
		return tag_field(request, "If-None-Match", seen->tag, false)
		               ? 304
		               : 0;
	}
	if (date_field(request, "If-Modified-Since", seen->now, &when) &&
	    seen->modified <= when) {
		return 304;
	}
	return 0;
}

bool directory_match_range(const struct pst_head *request,
                           const struct directory_seen *seen)
{
	uint32_t at = 0;
	const struct pst_field *f = pst_head_find(request, "If-Range", &at);
	const char *p;
	int64_t when;

	if (f == NULL) {
		return true;
	}
	if (pst_head_count(request, "If-Range") != 1) {
		return false;
	}
	p = pst_head_text(request, f->value);
	if (tag_end(p, p + f->value.length) == p + f->value.length) {
		return same_tag(p, f->value.length, seen->tag, true);
	}
	/* RFC 9110 8.8.2.2: strong when it is older than this second */
	return date_field(request, "If-Range", seen->now, &when) &&
	       when == seen->modified && seen->modified < seen->now;
}

/* RFC 9110 12.4.2: "0.5" in thousandths; -1: no weight. */
static int weight(const char *p, const char *end)
{
	int value, scale = 100;

	if (p == end || (*p != '0' && *p != '1')) {
		return -1;
	}
	value = (*p++ - '0') * 1000;
	if (p == end) {
		return value;
	}
	if (*p++ != '.' || end - p > 3) {
		return -1;
	}
	for (; p != end; p++, scale /= 10) {
		if (*p < '0' || *p > '9') {
			return -1;
		}
		value += (*p - '0') * scale;
	}
	return value > 1000 ? -1 : value;
}

struct span {
	const char *p, *end;
};

static struct span trimmed(const char *p, const char *end)
{
	struct span s = {skip_space(p, end), end};

	while (s.end != s.p && is_space(s.end[-1])) {
		s.end--;
	}
	return s;
}

static bool named(struct span s, const char *name)
{
	size_t n = strlen(name), i;

	if ((size_t)(s.end - s.p) != n) {
		return false;
	}
	for (i = 0; i < n; i++) {
		if (pst_ascii_lower((uint8_t)s.p[i]) != (uint8_t)name[i]) {
			return false;
		}
	}
	return true;
}

/* One member "gzip;q=0.8": its weight, when it is about `coding`; else -1. A
 * weight that is none makes the coding unwanted. */
static int member(struct span s, const char *coding)
{
	const char *semi = memchr(s.p, ';', (size_t)(s.end - s.p));
	struct span name = trimmed(s.p, semi == NULL ? s.end : semi);
	struct span q;
	int value;

	if (!named(name, coding)) {
		return -1;
	}
	if (semi == NULL) {
		return 1000;
	}
	q = trimmed(semi + 1, s.end);
	if (q.end - q.p < 2 || pst_ascii_lower((uint8_t)q.p[0]) != 'q' ||
	    q.p[1] != '=') {
		return 0;
	}
	value = weight(q.p + 2, q.end);
	return value < 0 ? 0 : value;
}

static int coding_weight(const struct pst_head *request, const char *coding)
{
	const struct pst_field *f;
	uint32_t at = 0;

	while ((f = pst_head_find(request, "Accept-Encoding", &at)) != NULL) {
		const char *p = pst_head_text(request, f->value);
		const char *end = p + f->value.length;

		while (p != end) {
			const char *comma = memchr(p, ',', (size_t)(end - p));
			const char *stop = comma == NULL ? end : comma;
			int value = member(trimmed(p, stop), coding);

			if (value >= 0) {
				return value;
			}
			p = comma == NULL ? end : comma + 1;
		}
	}
	return -1;
}

unsigned directory_match_coding(const struct pst_head *request,
                                const char *coding)
{
	int value = coding_weight(request, coding);

	if (value < 0 && strcmp(coding, "gzip") == 0) {
		value = coding_weight(request, "x-gzip"); /* 8.4.1.3 */
	}
	if (value < 0) {
		value = coding_weight(request, "*");
		if (strcmp(coding, "identity") == 0 && value != 0) {
			value = 1;
		}
	}
	return value < 0 ? 0 : (unsigned)value;
}
