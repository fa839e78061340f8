/* SPDX-License-Identifier: MIT */
/* Paths of requests: which are safe to pass on, and what they become. */
#include "proxy_path.h"

#include <penstock/text.h>
#include <stdint.h>
#include <string.h>

/* A path on its way through the decoder. */
struct reader {
	const char *at, *end;
};

/* One byte as the most willing of back-ends would read it. */
struct letter {
	uint8_t value;
	bool encoded;
	bool again;    /* encoded more than once, or as UTF-8 forbids */
	bool overlong; /* the latter */
};

/* The two digits at `p`; -1: there are none. */
static int octet(const char *p, const char *end)
{
	if (end - p < 2 || pst_hex_digit(p[0]) < 0 || pst_hex_digit(p[1]) < 0) {
		return -1;
	}
	return pst_hex_digit(p[0]) * 16 + pst_hex_digit(p[1]);
}

static struct letter next_octet(struct reader *r)
{
	struct letter l = {.value = (uint8_t)*r->at++};
	int value = l.value == '%' ? octet(r->at, r->end) : -1;
	int inner;

	if (value < 0) {
		return l;
	}
	l.encoded = true;
	while (value == '%' && (inner = octet(r->at + 2, r->end)) >= 0) {
		r->at += 2;
		value = inner;
		l.again = true;
	}
	r->at += 2;
	l.value = (uint8_t)value;
	return l;
}

/* RFC 3629 3: a character of ASCII has no longer form, yet some take it. */
static bool overlong(struct reader *r, uint8_t lead, uint8_t *value_out)
{
	struct reader ahead = *r;
	unsigned more = lead == 0xc0 || lead == 0xc1 ? 1
	                : lead == 0xe0               ? 2
	                : lead == 0xf0               ? 3
	                                             : 0;
	unsigned value = more == 1 ? lead & 1u : 0;

	if (more == 0) {
		return false;
	}
	for (; more != 0; more--) {
		struct letter l;

		if (ahead.at == ahead.end) {
			return false;
		}
		l = next_octet(&ahead);
		if (!l.encoded || (l.value & 0xc0) != 0x80) {
			return false;
		}
		value = value << 6 | (l.value & 0x3fu);
	}
	if (value >= 0x80) {
		return false;
	}
	*value_out = (uint8_t)value;
	*r = ahead;
	return true;
}

static struct letter next_letter(struct reader *r)
{
	struct letter l = next_octet(r);

	l.overlong = l.encoded && overlong(r, l.value, &l.value);
	l.again = l.again || l.overlong;
	return l;
}

static bool is_plain(uint8_t c)
{
	uint8_t l = c | 0x20;

	return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
	       c == '.' || c == '_';
}

static unsigned judge_letter(const struct letter *l)
{
	if (!l->encoded) {
		return 0;
	}
	if (l->value == '\0') {
		return PROXY_PATH_NUL;
	}
	if (l->value == '/' || l->value == '\\') {
		return PROXY_PATH_SLASHES;
	}
	return is_plain(l->value) && !l->again ? PROXY_PATH_PLAIN : 0;
}

static bool is_hex(const struct letter *l)
{
	return pst_hex_digit((char)l->value) >= 0;
}

/* "%25%2532e" is "%%32e", then "%2e": digits that are not there yet. Those that
 * are belong to the letter already. */
static bool hides(const struct letter *l, struct reader r)
{
	struct letter high, low;

	if (l->value != '%' || l->overlong) {
		return l->value == '%';
	}
	if (r.at == r.end) {
		return false;
	}
	high = next_letter(&r);
	if (r.at == r.end) {
		return false;
	}
	low = next_letter(&r);
	return is_hex(&high) && is_hex(&low);
}

/* The name of a segment, without the parameters behind it. */
struct segment {
	unsigned dots, others;
	bool named; /* within the name still */
	bool any;   /* something stands there */
};

static const struct segment no_segment = {.named = true};

static void add_letter(struct segment *s, uint8_t value)
{
	s->any = true;
	s->named = s->named && value != ';';
	if (s->named && value == '.') {
		s->dots++;
	} else if (s->named) {
		s->others++;
	}
}

static unsigned judge_segment(const struct segment *s, bool last)
{
	if (s->others == 0 && (s->dots == 1 || s->dots == 2)) {
		return PROXY_PATH_DOTS;
	}
	return s->others + s->dots == 0 && (!last || s->any) ? PROXY_PATH_EMPTY
	                                                     : 0;
}

static unsigned judge(struct reader r, unsigned allowed)
{
	struct segment s = no_segment;
	unsigned found = 0;

	while (r.at != r.end) {
		struct letter l = next_letter(&r);

		if (l.value != '/' && l.value != '\\') {
			add_letter(&s, l.value);
		} else {
			found = judge_segment(&s, false) & ~allowed;
			s = no_segment;
		}
		if (found == 0 && hides(&l, r)) {
			found = PROXY_PATH_PERCENT;
		}
		if (found == 0) {
			found = judge_letter(&l) & ~allowed;
		}
		if (found != 0) {
			return found;
		}
	}
	return judge_segment(&s, true) & ~allowed;
}

/* Nearly all paths have nothing to be judged in them. */
static bool is_ordinary(const char *path, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++) {
		if (path[i] == '%' || path[i] == ';' ||
		    (path[i] == '/' && i + 1 < length &&
		     (path[i + 1] == '/' || path[i + 1] == '.'))) {
			return false;
		}
	}
	return true;
}

unsigned proxy_path_judge(const char *path, size_t length, unsigned allowed)
{
	struct reader r = {path + 1, path + length};

	if (length == 0 || path[0] != '/' || is_ordinary(path, length)) {
		return 0;
	}
	return judge(r, allowed);
}

const char *proxy_path_words(unsigned oddity)
{
	switch ((enum proxy_path_oddity)oddity) {
	case PROXY_PATH_DOTS:
		return "the path has \".\" or \"..\" as a segment";
	case PROXY_PATH_SLASHES:
		return "the path has an encoded slash or backslash";
	case PROXY_PATH_EMPTY:
		return "the path has an empty segment";
	case PROXY_PATH_PLAIN:
		return "the path has an encoded letter, digit, dot, - or _";
	case PROXY_PATH_NUL:
		return "the path has an encoded NUL";
	case PROXY_PATH_PERCENT:
		return "the path has a % that hides a character";
	}
	return "the path is odd";
}

/* A path without the slash at its end. */
static size_t bare(const char *path)
{
	size_t n = strlen(path);

	return n != 0 && path[n - 1] == '/' ? n - 1 : n;
}

/* The next byte, decoded once. */
static int next_byte(struct reader *r)
{
	int value = *r->at == '%' ? octet(r->at + 1, r->end) : -1;

	if (value >= 0) {
		r->at += 3;
		return value;
	}
	return (unsigned char)*r->at++;
}

static bool stands_at(struct reader r, int value)
{
	return r.at != r.end && next_byte(&r) == value;
}

static void skip_parameters(struct reader *r)
{
	if (!stands_at(*r, ';')) {
		return;
	}
	while (r->at != r->end && *r->at != '?' && !stands_at(*r, '/')) {
		(void)next_byte(r);
	}
}

/* Likewise, but slashes in a row are one, with parameters between them, too: as
 * for the choice of the service. */
static int next_of_prefix(struct reader *r)
{
	int value = next_byte(r);
	struct reader ahead = *r;

	while (value == '/') {
		skip_parameters(&ahead);
		if (ahead.at == ahead.end || next_byte(&ahead) != '/') {
			break;
		}
		*r = ahead;
	}
	return value;
}

/* Bytes of path[length] that from[n] covers, however they are written; 0: it
 * is not below it. */
static size_t covered(const char *from, size_t n, const char *path,
                      size_t length)
{
	struct reader f = {from, from + n}, p = {path, path + length};

	while (f.at != f.end) {
		int wanted = next_of_prefix(&f);

		if (wanted == '/') {
			skip_parameters(&p);
		}
		if (p.at == p.end || next_of_prefix(&p) != wanted) {
			return 0;
		}
	}
	return p.at == p.end || *p.at == '?' || stands_at(p, '/') ||
	                       stands_at(p, ';')
	               ? (size_t)(p.at - path)
	               : 0;
}

void proxy_path_apply(const struct proxy_path_map *map, const char *path,
                      size_t length, size_t *head_length_out, size_t *skip_out)
{
	size_t from = bare(map->from), at = 0;

	*head_length_out = 0;
	*skip_out = 0;
	if (map->to == NULL || length == 0 || path[0] != '/') {
		return;
	}
	if (from != 0) {
		at = covered(map->from, from, path, length);
		if (at == 0) {
			return;
		}
	}
	*skip_out = at;
	*head_length_out = at == length || path[at] == '?' ? strlen(map->to)
	                                                   : bare(map->to);
	if (*head_length_out == 0 && path[at] != '/') {
		const struct reader rest = {path + at, path + length};

		/* "%2Fb", ";x": behind the slash that was taken off */
		*head_length_out = 1;
		*skip_out += stands_at(rest, '/') ? 3 : 0;
	}
}

static int depth_of(const struct segment *s)
{
	if (s->others == 0 && s->dots <= 2) {
		return s->dots == 2 ? -1 : 0;
	}
	return 1;
}

/* Does it lead above where it begins, at any place in it? */
static bool climbs(struct reader r)
{
	struct segment s = no_segment;
	int depth = 0;

	while (r.at != r.end && depth >= 0) {
		struct letter l = next_letter(&r);

		if (l.value != '/' && l.value != '\\') {
			add_letter(&s, l.value);
		} else {
			depth += depth_of(&s);
			s = no_segment;
		}
	}
	return depth + depth_of(&s) < 0;
}

bool proxy_path_stays(const char *from, const char *path, size_t length)
{
	size_t n = bare(from), at = 0;
	struct reader rest;

	if (length == 0 || path[0] != '/') {
		return true;
	}
	if (n != 0) {
		at = covered(from, n, path, length);
		if (at == 0) {
			return false;
		}
	}
	rest = (struct reader){path + at, path + length};
	return !climbs(rest);
}
