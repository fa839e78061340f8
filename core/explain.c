/* SPDX-License-Identifier: MIT */
/* `penstock explain`: each service drawn, both hops layer by layer. */
#include "explain.h"

#include "explain_tree.h"
#include "picture.h"
#include "pipeline.h"
#include "resource.h"
#include "setup.h"

#include <langinfo.h>
#include <locale.h>
#include <string.h>
#include <unistd.h>

bool explain_wants_utf8(FILE *out)
{
	bool utf8;
	locale_t place;

	if (isatty(fileno(out)) != 1) {
		return false;
	}
	place = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	if (place == (locale_t)0) {
		return false;
	}
	utf8 = strcmp(nl_langinfo_l(CODESET, place), "UTF-8") == 0;
	freelocale(place);
	return utf8;
}

/* -- words ------------------------------------------------------------- */

/* "secure, authenticated", into text[size]. */
static const char *provides_text(uint32_t provides, char *text, size_t size)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = {
		{PST_PROVIDES_SECURE, "secure"},
		{PST_PROVIDES_CLAIMED, "claimed to be secure"},
		{PST_PROVIDES_AUTHENTICATED, "authenticated"},
		{PST_PROVIDES_HALF_CLOSE, "half-close"},
		{PST_PROVIDES_MUX, "streams"},
		{PST_PROVIDES_OFFER, "asks before it opens"},
		{PST_PROVIDES_RELAY, "through another's relay"},
	};
	size_t i, at = 0;
	int n;

	snprintf(text, size, "%s", "");
	for (i = 0; i < sizeof(names) / sizeof(names[0]) && at < size; i++) {
		if ((provides & names[i].bit) == 0) {
			continue;
		}
		n = snprintf(text + at, size - at, "%s%s", at == 0 ? "" : ", ",
		             names[i].name);
		at += n < 0 ? 0 : (size_t)n;
	}
	return text;
}

/* The lowest layer whose promises hold up to the peer: behind a relay only
 * those above it do. */
static unsigned first_to_peer(const struct pipeline *p)
{
	unsigned i = p->count;

	while (i > 0 && (p->layers[i - 1].provides & PST_PROVIDES_RELAY) == 0) {
		i--;
	}
	return i;
}

/* Ids of the layers of `p` that provide `bit`, joined by "and". */
static bool layers_with(const struct pipeline *p, uint32_t bit, char *text,
                        size_t size)
{
	size_t at = 0;
	unsigned i;
	int n;

	snprintf(text, size, "%s", "");
	for (i = first_to_peer(p); i < p->count && at < size; i++) {
		if ((p->layers[i].provides & bit) == 0) {
			continue;
		}
		n = snprintf(text + at, size - at, "%s%s",
		             at == 0 ? "" : " and ", p->layers[i].id);
		at += n < 0 ? 0 : (size_t)n;
	}
	return at != 0;
}

/* -- settings ---------------------------------------------------------- */

enum {
	DEFAULTS_WIDTH = 68, /* of lines that list defaults */
	VALUE_WIDTH = 76,    /* of one value, that is set or told */
	VALUE_INDENT = 25    /* what stands in front of it */
};

/* `text` in lines that do not grow past VALUE_WIDTH where there is a space to
 * end one at. */
static void put_wrapped(FILE *out, const char *text)
{
	char line[VALUE_WIDTH + 1];
	size_t n;

	while (strlen(text) > VALUE_WIDTH) {
		for (n = VALUE_WIDTH; n > 0 && text[n] != ' '; n--) {
		}
		if (n == 0) {
			break; /* one long word, such as a path */
		}
		memcpy(line, text, n);
		line[n] = '\0';
		picture_clean(out, line);
		fprintf(out, "\n%*s", VALUE_INDENT, "");
		text += n + 1;
	}
	picture_clean(out, text);
}

static void put_setting(FILE *out, const struct pst_option *row,
                        const struct options *o, unsigned index)
{
	const struct option_origin *origin = &o->origins[index];
	char value[1024];

	if (origin->file == NULL) {
		return;
	}
	options_show(row, o->conf, value, sizeof(value));
	fprintf(out, "    %-20s ", row->name);
	put_wrapped(out, value[0] == '\0' ? "\"\"" : value);
	if (origin->shared) {
		fprintf(out, "  (defaults, line %u)", origin->line);
	}
	fputc('\n', out);
}

/* What nobody set is said in few lines: it must not hide what somebody did. */
static void put_default(FILE *out, const struct pst_option *row,
                        const struct options *o, unsigned index,
                        size_t *column_io)
{
	char value[1024];
	size_t length;

	options_show(row, o->conf, value, sizeof(value));
	if (o->origins[index].file != NULL || value[0] == '\0') {
		return;
	}
	length = strlen(row->name) + strlen(value) + 3;
	if (*column_io != 0 && *column_io + length > DEFAULTS_WIDTH) {
		fputs(",\n", out);
		*column_io = 0;
	} else if (*column_io != 0) {
		fputs(", ", out);
	}
	if (*column_io == 0) {
		fputs("    . ", out);
	}
	fprintf(out, "%s ", row->name);
	picture_clean(out, value);
	*column_io += length;
}

typedef void (*setting_fn)(FILE *out, const struct pst_option *row,
                           const struct options *o, unsigned index,
                           size_t *column_io);

/* Rows for members of a conf from offset `from` on, up to `to`. */
struct settings {
	const struct options *o;
	uint32_t role;
	size_t from, to;
};

static void each_setting(FILE *out, const struct settings *some, setting_fn put,
                         size_t *column_io)
{
	const struct options *o = some->o;
	struct pst_option row;
	unsigned i;

	for (i = 0; options_row(o->rows, o->stride, i, &row); i++) {
		uint32_t roles = row.flags & PST_BOTH_HOPS;

		if ((roles == 0 || some->role == 0 ||
		     (roles & some->role) != 0) &&
		    row.offset >= some->from && row.offset < some->to) {
			put(out, &row, o, i, column_io);
		}
	}
}

static void put_given(FILE *out, const struct pst_option *row,
                      const struct options *o, unsigned index,
                      size_t *column_io)
{
	(void)column_io;
	put_setting(out, row, o, index);
}

static void put_some(FILE *out, const struct settings *some)
{
	size_t column = 0;

	each_setting(out, some, put_given, &column);
	each_setting(out, some, put_default, &column);
	if (column != 0) {
		fputc('\n', out);
	}
}

static void put_settings(FILE *out, const struct options *o, uint32_t role)
{
	const struct settings all = {o, role, 0, SIZE_MAX};

	put_some(out, &all);
}

static void put_fact(void *owner, const char *key, const char *text)
{
	FILE *out = owner;

	fprintf(out, "    > %-18s ", key);
	put_wrapped(out, text);
	fputc('\n', out);
}

/* What a layer refers to, and what that says of itself. */
typedef void (*facts_fn)(const void *conf, struct pst_setup *setup);

/* What a plugin says about settings of its own; `facts` may be NULL. */
static void put_facts(FILE *out, struct setup *place, facts_fn facts)
{
	if (facts == NULL) {
		return;
	}
	place->explain = put_fact;
	place->explain_owner = out;
	facts(place->base.conf, &place->base);
	place->explain = NULL;
	place->explain_owner = NULL;
}

static void put_resource(FILE *out, const char *kind, const struct pst_ref *ref)
{
	const struct resource *r = resource_of(ref);

	fprintf(out, "    %s ", kind);
	picture_clean(out, r->shown);
	if (r->name != NULL) {
		fprintf(out, "  (%s:%u)", r->place->file, r->place->line);
	}
	fputc('\n', out);
	put_facts(out, r->place, r->type->conf_explain);
}

static void put_resources(FILE *out, const struct options *o, uint32_t role)
{
	struct pst_option row;
	struct pst_refs refs;
	unsigned i;
	size_t k;

	for (i = 0; options_row(o->rows, o->stride, i, &row); i++) {
		uint32_t roles = row.flags & PST_BOTH_HOPS;

		if (row.type != PST_OPTION_REFS ||
		    (row.flags & PST_OPTION_ELSEWHERE) != 0 ||
		    (roles != 0 && role != 0 && (roles & role) == 0)) {
			continue;
		}
		memcpy(&refs, (const char *)o->conf + row.offset, sizeof(refs));
		for (k = 0; k < refs.count; k++) {
			put_resource(out, row.kind, &refs.item[k]);
		}
	}
}

/* -- one hop ----------------------------------------------------------- */

static uint32_t shape_above(const struct pipeline *p, unsigned index)
{
	uint32_t shape = p->layers[0].endpoint->above;
	unsigned i;

	for (i = 1; i <= index; i++) {
		if (p->layers[i].layer->above != PST_SHAPE_NONE) {
			shape = p->layers[i].layer->above;
		}
	}
	return shape;
}

static void put_layer(FILE *out, const struct pipeline *p, unsigned i)
{
	const struct placed_layer *l = &p->layers[i];
	char provides[128];

	provides_text(l->provides, provides, sizeof(provides));
	fprintf(out, "%s: %s%s%s\n", l->id, shape_name(shape_above(p, i)),
	        provides[0] == '\0' ? "" : "; ", provides);
	put_settings(out, &l->place->options, (uint32_t)p->role);
	if (l->layer != NULL) {
		put_facts(out, l->place, l->layer->conf_explain);
	}
	put_resources(out, &l->place->options, (uint32_t)p->role);
}

static void put_hop_settings(FILE *out, const struct pipeline *p)
{
	const size_t middle = offsetof(struct pipeline, bridge);
	const struct settings limits = {p->hop, (uint32_t)p->role, 0, middle};
	const struct settings bridge = {p->hop, (uint32_t)p->role, middle,
	                                SIZE_MAX};

	fputs("limits of this hop\n", out);
	put_some(out, &limits);
	if (p->bridges) {
		fputs("\nmessages here, bytes on the other hop\n", out);
		put_some(out, &bridge);
	}
}

/* As the bytes pass: from the network up in front, and down in back. */
static int put_hop(const struct picture *pic, const struct pipeline *p)
{
	struct picture_box box;
	char provides[128], title[256];
	unsigned i;

	if (picture_box_begin(&box) != PST_OK) {
		return PST_MEMORY;
	}
	for (i = 0; i < p->count; i++) {
		put_layer(box.lines, p,
		          p->role == PST_ACCEPT ? i : p->count - 1 - i);
		fputc('\n', box.lines);
	}
	put_hop_settings(box.lines, p);
	provides_text(p->provides, provides, sizeof(provides));
	snprintf(title, sizeof(title), "%s: %s%s%s", role_name(p->role),
	         p->description, provides[0] == '\0' ? "" : "; ", provides);
	return picture_box_end(pic, &box, title);
}

/* Who may read what passes between this process and the peer. */
static void put_wire(const struct picture *pic, const struct pipeline *p)
{
	char ids[256];

	if (layers_with(p, PST_PROVIDES_CLAIMED, ids, sizeof(ids))) {
		picture_line(pic,
		             "on the wire: PLAINTEXT, which %s claims to "
		             "be secure: what stands in front must see to "
		             "it",
		             ids);
		return;
	}
	if (p->plan.family == PST_FAMILY_UNIX &&
	    !layers_with(p, PST_PROVIDES_SECURE, ids, sizeof(ids))) {
		picture_line(pic, "on this host only, in PLAINTEXT: whoever "
		                  "may open the socket takes part");
		return;
	}
	if (layers_with(p, PST_PROVIDES_SECURE, ids, sizeof(ids))) {
		picture_line(pic, "on the wire: encrypted by %s", ids);
	} else {
		picture_line(pic, "on the wire: PLAINTEXT, which everybody on "
		                  "the path can read and change");
	}
	if (layers_with(p, PST_PROVIDES_AUTHENTICATED, ids, sizeof(ids))) {
		picture_line(pic, "the %s proves who it is: checked by %s",
		             p->role == PST_ACCEPT ? "client" : "back-end",
		             ids);
	} else {
		picture_line(pic, "the %s need not prove who it is",
		             p->role == PST_ACCEPT ? "client" : "back-end");
	}
}

/* The routes on it; 0 when none is to `p`. */
static unsigned routes_beside(const struct listener *l,
                              const struct pipeline *p)
{
	unsigned i, n, count = 0;
	bool there = false;

	for (i = 0; i < l->node_count; i++) {
		const struct sni_node *node = &l->nodes[i];

		for (n = 0; n < node->route_count; n++) {
			there |= node->routes[n].pipeline == p;
			count++;
		}
	}
	return there ? count : 0;
}

static const struct listener *listener_of(const struct gateway *g,
                                          const struct pipeline *p)
{
	unsigned i;

	for (i = 0; i < g->listener_count; i++) {
		if (routes_beside(&g->listeners[i], p) != 0) {
			return &g->listeners[i];
		}
	}
	return NULL;
}

static void put_place(const struct picture *pic, const struct gateway *g,
                      const struct pipeline *p)
{
	const struct listener *l = listener_of(g, p);

	if (l == NULL) {
		return;
	}
	picture_line(pic, "to %s", l->address);
	if (p->mux >= 0) {
		picture_line(pic, "for %s%s, path %s and below",
		             p->route_host[0] == '\0' ? "any host" : "host ",
		             p->route_host, p->route_path);
	}
	if (routes_beside(l, p) > 1) {
		picture_line(pic, "shared: see the listener's tree below");
	}
}

static void put_target(const struct picture *pic, const struct pipeline *p)
{
	const struct pst_socket_plan *plan = &p->plan;

	if (plan->family == PST_FAMILY_UNIX) {
		picture_line(pic, "to unix:%s", plan->path);
	} else if (plan->host != NULL && strchr(plan->host, ':') != NULL) {
		picture_line(pic, "to [%s]:%u", plan->host, plan->port);
	} else {
		picture_line(pic, "to %s:%u",
		             plan->host == NULL ? "" : plan->host, plan->port);
	}
}

static int put_front(const struct picture *pic, const struct gateway *g,
                     const struct pipeline *p)
{
	fprintf(pic->out, "      client\n");
	if (p->url.text != NULL) {
		picture_line(pic, "%s", p->url.text);
	}
	put_place(pic, g, p);
	put_wire(pic, p);
	picture_arrow(pic);
	return put_hop(pic, p);
}

static int put_back(const struct picture *pic, const struct pipeline *p)
{
	if (put_hop(pic, p) != PST_OK) {
		return PST_MEMORY;
	}
	put_wire(pic, p);
	put_target(pic, p);
	if (p->url.text != NULL) {
		picture_line(pic, "%s", p->url.text);
	}
	picture_arrow(pic);
	fprintf(pic->out, "      back-end\n");
	return PST_OK;
}

/* -- one service ------------------------------------------------------- */

static bool any_secure(const struct service_conf *s)
{
	unsigned i;

	for (i = 0; i < s->accept_count; i++) {
		if ((s->accept[i]->provides & PST_PROVIDES_SECURE) != 0) {
			return true;
		}
	}
	for (i = 0; i < s->connect_count; i++) {
		if ((s->connect[i]->provides & PST_PROVIDES_SECURE) != 0) {
			return true;
		}
	}
	return false;
}

static int put_type(const struct picture *pic, const struct service_conf *s)
{
	struct picture_box box;
	char title[160];

	if (picture_box_begin(&box) != PST_OK) {
		return PST_MEMORY;
	}
	fprintf(box.lines, "%s\n", s->type->help);
	if (any_secure(s)) {
		fprintf(box.lines, "plaintext exists here, in the memory of "
		                   "this process\n");
	}
	put_settings(box.lines, &s->place->options, 0);
	put_facts(box.lines, s->place, s->type->conf_explain);
	put_resources(box.lines, &s->place->options, 0);
	snprintf(title, sizeof(title), "service %s: %s", s->name, s->type->id);
	return picture_box_end(pic, &box, title);
}

static int put_service(const struct picture *pic, const struct gateway *g,
                       const struct service_conf *s)
{
	int result = PST_OK;
	unsigned i;

	fprintf(pic->out, "%s  (%s:%u)\n\n", s->path, s->file, s->line);
	for (i = 0; i < s->accept_count && result == PST_OK; i++) {
		result = put_front(pic, g, s->accept[i]);
	}
	if (s->type != NULL && result == PST_OK) {
		picture_arrow(pic);
		result = put_type(pic, s);
	}
	for (i = 0; i < s->connect_count && result == PST_OK; i++) {
		if (s->type != NULL) {
			picture_arrow(pic);
		}
		result = put_back(pic, s->connect[i]);
	}
	return result;
}

int explain_print(FILE *out, const struct gateway *gateway, const char *service,
                  bool utf8)
{
	const struct picture pic = {out, utf8};
	bool found = false;
	unsigned i;

	for (i = 0; i < gateway->service_count; i++) {
		const struct service_conf *s = gateway->services[i];

		if (service != NULL && strcmp(service, s->name) != 0) {
			continue;
		}
		if (found) {
			fputc('\n', out);
		}
		found = true;
		if (put_service(&pic, gateway, s) != PST_OK) {
			return PST_MEMORY;
		}
	}
	if (found) {
		explain_tree(&pic, gateway, service);
		fputs("\nLines with > are what a layer makes of its settings, "
		      "with . settings at their defaults.\n",
		      out);
	}
	return found ? PST_OK : PST_CONFIG;
}
