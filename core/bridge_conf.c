/* SPDX-License-Identifier: MIT */
/* How a hop of messages meets one of bytes: its settings, read and checked. */
#include "bridge_conf.h"

#include "options.h"
#include "pipeline.h"
#include "pipeline_check.h"
#include "utf8.h"

#include <penstock/text.h>
#include <string.h>

/* -- delimiters -------------------------------------------------------- */

/* The byte that an escape stands for, or -1. */
static int escaped(const char **text_io)
{
	const char *p = *text_io;
	int high, low;

	*text_io += 1;
	switch (*p) {
	case '0':
		return '\0';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case '\\':
		return '\\';
	case 'x':
		high = pst_hex_digit(p[1]);
		low = high < 0 ? -1 : pst_hex_digit(p[2]);
		*text_io += 2;
		return low < 0 ? -1 : high * 16 + low;
	default:
		return -1;
	}
}

static void find_backs(struct bridge_mark *m)
{
	size_t i, k = 0;

	for (i = 1; i < m->length; i++) {
		while (k != 0 && m->bytes[k] != m->bytes[i]) {
			k = m->back[k - 1];
		}
		k += m->bytes[k] == m->bytes[i];
		m->back[i] = (uint8_t)k;
	}
}

int bridge_mark_parse(const char *text, struct bridge_mark *mark_out)
{
	memset(mark_out, 0, sizeof(*mark_out));
	while (*text != '\0') {
		int c = (uint8_t)*text++;

		if (c == '\\') {
			c = escaped(&text);
		}
		if (c < 0 || mark_out->length == BRIDGE_MARK_MAX) {
			return PST_INVALID;
		}
		mark_out->bytes[mark_out->length++] = (uint8_t)c;
	}
	find_backs(mark_out);
	return mark_out->length == 0 ? PST_INVALID : PST_OK;
}

/* -- one hop ----------------------------------------------------------- */

/* Is this member of struct pipeline one of its bridge's? */
static bool is_bridges(const struct pst_option *row)
{
	return row->offset >= offsetof(struct pipeline, bridge) &&
	       row->offset < offsetof(struct pipeline, bridge) +
	                             sizeof(struct hop_bridge);
}

/* Where the setting with this member was written; NULL: nowhere. */
static const struct option_origin *origin_of(const struct pipeline *p,
                                             size_t offset)
{
	struct pst_option row;
	unsigned i;

	for (i = 0; options_row(p->hop->rows, p->hop->stride, i, &row); i++) {
		if (row.offset == offset && p->hop->origins[i].file != NULL) {
			return &p->hop->origins[i];
		}
	}
	return NULL;
}

static int refuse(const struct build *b, const struct option_origin *o,
                  const char *text, const char *what)
{
	diag_add(b->diag, PST_LOG_ERROR, o->file, o->line, o->path,
	         "\"%.100s\" %s", text, what);
	return PST_CONFIG;
}

static int read_mark(const struct build *b, const struct pipeline *p,
                     size_t offset, const char *text,
                     const struct bridge_mark **mark_out)
{
	struct bridge_mark *m;

	*mark_out = NULL;
	if (text == NULL || text[0] == '\0') {
		return PST_OK;
	}
	m = arena_alloc(b->memory, sizeof(*m));
	if (m == NULL) {
		return PST_MEMORY;
	}
	if (bridge_mark_parse(text, m) != PST_OK) {
		return refuse(
			b, origin_of(p, offset), text,
			"is not a delimiter: 1 to 64 bytes, among which "
			"\\ stands for itself as \\\\ and begins \\0, \\n, "
			"\\r, \\t and \\x00 to \\xff");
	}
	*mark_out = m;
	return PST_OK;
}

static int check_marks(const struct build *b, const struct pipeline *p)
{
	const struct hop_bridge *r = &p->bridge;
	const struct option_origin *mode =
		origin_of(p, offsetof(struct pipeline, bridge.delimiter_mode));

	if (r->delimiter == NULL && mode != NULL && !mode->shared) {
		return refuse(b, mode,
		              r->delimiter_mode == BRIDGE_STRIP ? "strip"
		                                                : "keep",
		              "says what becomes of message_delimiter, and "
		              "there is none; set that too, or remove this");
	}
	if (r->delimiter != NULL && r->bytes_as == BRIDGE_TEXT &&
	    !utf8_valid(r->delimiter->bytes, r->delimiter->length)) {
		return refuse(b,
		              origin_of(p, offsetof(struct pipeline,
		                                    bridge.delimiter_text)),
		              r->delimiter_text,
		              "is not UTF-8, so no text can contain it; with "
		              "bytes_as = \"text\" choose another");
	}
	return PST_OK;
}

int bridge_conf_read(const struct build *b, struct pipeline *p)
{
	struct hop_bridge *r = &p->bridge;
	int one = read_mark(b, p,
	                    offsetof(struct pipeline, bridge.delimiter_text),
	                    r->delimiter_text, &r->delimiter);
	int two = read_mark(b, p, offsetof(struct pipeline, bridge.append_text),
	                    r->append_text, &r->append);

	if (one == PST_MEMORY || two == PST_MEMORY) {
		return PST_MEMORY;
	}
	return one != PST_OK || two != PST_OK ? PST_CONFIG : check_marks(b, p);
}

/* -- both hops --------------------------------------------------------- */

static bool has_bytes(const struct service_conf *s, const struct pipeline *p)
{
	return p->top == PST_SHAPE_BYTES ||
	       (p->role == PST_ACCEPT && p->top == PST_SHAPE_EXCHANGES &&
	        service_tunnels(s));
}

/* The other side of `p` that it is bridged with; NULL: none. */
static const struct pipeline *bytes_beside(const struct service_conf *s,
                                           const struct pipeline *p)
{
	struct pipeline **others =
		p->role == PST_ACCEPT ? s->connect : s->accept;
	unsigned n = p->role == PST_ACCEPT ? s->connect_count : s->accept_count;
	unsigned i;

	for (i = 0; i < n; i++) {
		if (has_bytes(s, others[i])) {
			return others[i];
		}
	}
	return NULL;
}

static int refuse_rule(const struct build *b, const struct service_conf *s,
                       const struct pipeline *p, const struct pst_option *row,
                       const struct option_origin *o)
{
	if (p->top != PST_SHAPE_MESSAGES) {
		diag_add(b->diag, PST_LOG_ERROR, o->file, o->line, o->path,
		         "%s says how bytes and messages meet, and stands on "
		         "the hop that has the messages; %s offers %s: %s",
		         row->name, p->description, shape_name(p->top),
		         "move it to the other hop, or remove it");
	} else if (s->connect_count == 0) {
		diag_add(b->diag, PST_LOG_ERROR, o->file, o->line, o->path,
		         "%s says how bytes and messages meet, and a service "
		         "of type \"%s\" without connect joins no hops; remove "
		         "it",
		         row->name, s->type->id);
	} else {
		diag_add(b->diag, PST_LOG_ERROR, o->file, o->line, o->path,
		         "%s says how bytes and messages meet, and here "
		         "messages meet %s, which are passed on as they are; "
		         "remove it",
		         row->name,
		         shape_name(p->role == PST_ACCEPT ? s->connect[0]->top
		                                          : s->accept[0]->top));
	}
	return PST_CONFIG;
}

static int check_hop(const struct build *b, const struct service_conf *s,
                     struct pipeline *p)
{
	struct pst_option row;
	int result = PST_OK;
	unsigned i;

	p->bridges = p->top == PST_SHAPE_MESSAGES && bytes_beside(s, p) != NULL;
	for (i = 0;
	     !p->bridges && options_row(p->hop->rows, p->hop->stride, i, &row);
	     i++) {
		const struct option_origin *o = &p->hop->origins[i];

		if (is_bridges(&row) && o->file != NULL && !o->shared) {
			result = refuse_rule(b, s, p, &row, o);
		}
	}
	return result;
}

int bridge_conf_check(const struct build *b, const struct service_conf *s)
{
	int result = PST_OK;
	unsigned i;

	for (i = 0; i < s->accept_count; i++) {
		if (check_hop(b, s, s->accept[i]) != PST_OK) {
			result = PST_CONFIG;
		}
	}
	for (i = 0; i < s->connect_count; i++) {
		if (check_hop(b, s, s->connect[i]) != PST_OK) {
			result = PST_CONFIG;
		}
	}
	return result;
}
