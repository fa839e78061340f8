/* SPDX-License-Identifier: MIT */
/* What the service `proxy` does to requests. */
#include "proxy.h"
#include "proxy_error.h"

#include <stdio.h>
#include <string.h>

/* A request on its way to the back-end. */
struct passing {
	struct pst_instance *me;
	const struct proxy_conf *conf;
	const struct proxy_back *back; /* NULL: unknown */
	struct proxy_path_map map;
	struct proxy_forward forward;
	uint32_t max_forwards; /* to send instead; UINT32_MAX: as it came */
	bool continued;
};

/* -- the offer ----------------------------------------------------------- */

static bool refuse(struct pst_instance *me, unsigned status, enum pst_class why,
                   const char *text)
{
	proxy_refuse_request(me, status, why, text);
	return false;
}

/* RFC 9110 7.6.2: for other methods it means nothing. */
static bool has_limit(const struct pst_head *h)
{
	return pst_head_equals(h, h->method, "OPTIONS") ||
	       pst_head_equals(h, h->method, "TRACE");
}

/* The value of Max-Forwards; -1: there is none, -2: it is no number. */
static int64_t max_forwards(const struct pst_head *h)
{
	const struct pst_field *f;
	uint32_t at = 0, i;
	int64_t n = 0;
	const char *p;

	f = has_limit(h) ? pst_head_find(h, "Max-Forwards", &at) : NULL;
	if (f == NULL) {
		return -1;
	}
	p = pst_head_text(h, f->value);
	for (i = 0; i < f->value.length; i++) {
		if (p[i] < '0' || p[i] > '9' || i == 9) {
			return -2;
		}
		n = n * 10 + (p[i] - '0');
	}
	return i == 0 || pst_head_find(h, "Max-Forwards", &at) != NULL ? -2 : n;
}

static bool judge_method(struct pst_instance *me, const struct pst_head *h)
{
	int64_t left = max_forwards(h);

	if (proxy_conf_of(me)->trace == 0 &&
	    pst_head_equals(h, h->method, "TRACE")) {
		return refuse(me, 405, PST_CLASS_POLICY,
		              "TRACE is not passed on");
	}
	if (left == -2) {
		return refuse(me, 400, PST_CLASS_PROTOCOL,
		              "Max-Forwards is not one short number");
	}
	if (left == 0) {
		/* RFC 9110 7.6.2: the answer is the one that is asked last */
		return pst_head_equals(h, h->method, "OPTIONS")
		               ? refuse(me, 204, PST_CLASS_POLICY,
		                        "Max-Forwards ends here")
		               : refuse(me, 405, PST_CLASS_POLICY,
		                        "TRACE is not answered here");
	}
	return true;
}

/* Only with dots in it a path can lead out of where it is mapped to. */
static bool stays(struct pst_instance *me, const struct pst_head *h)
{
	const struct proxy_conf *c = proxy_conf_of(me);
	struct pst_hop hop = {.size = sizeof(hop)};

	if (!c->maps || (c->allowed & PROXY_PATH_DOTS) == 0 ||
	    pst_hop_of(me, PST_ACCEPT, &hop) != 0) {
		return true;
	}
	return proxy_path_stays(hop.path, pst_head_text(h, h->path),
	                        pst_head_path_length(h));
}

static bool judge_path(struct pst_instance *me, const struct pst_head *h)
{
	unsigned oddity = proxy_path_judge(pst_head_text(h, h->path),
	                                   pst_head_path_length(h),
	                                   proxy_conf_of(me)->allowed);

	if (oddity != 0) {
		return refuse(me, 400, PST_CLASS_POLICY,
		              proxy_path_words(oddity));
	}
	return stays(me, h) ? true
	                    : refuse(me, 400, PST_CLASS_POLICY,
	                             "dots lead the path out of the service's");
}

bool proxy_request_offer(struct pst_instance *me, const struct pst_head *h)
{
	const struct proxy_conf *c = proxy_conf_of(me);

	if (!judge_path(me, h)) {
		return false;
	}
	if (proxy_via_is_loop(&c->via, h)) {
		return refuse(me, 508, PST_CLASS_POLICY,
		              "the request has been here before");
	}
	return judge_method(me, h);
}

/* -- the head ------------------------------------------------------------ */

static void set_host(struct proxy_edit *e, const struct passing *p)
{
	const char *host = p->conf->host;

	switch (p->conf->host_from) {
	case PROXY_HOST_GIVEN:
		break;
	case PROXY_HOST_KEEP:
		return;
	case PROXY_HOST_BACK:
		host = p->back == NULL ? "" : p->back->authority;
		break;
	}
	if (host[0] != '\0') {
		pst_head_set(&e->b, &e->b.head->authority, host, strlen(host));
	}
}

static void set_path(struct proxy_edit *e, const struct passing *p)
{
	const struct pst_head *h = e->old;
	const char *path = pst_head_text(h, h->path);
	struct pst_head_builder *b = &e->b;
	size_t head, skip;
	struct pst_span rest = {0, 0}, span = {0, 0};

	proxy_path_apply(&p->map, path, h->path.length, &head, &skip);
	if (head == 0 && skip == 0) {
		return;
	}
	if (head == 0 && skip < h->path.length) { /* only taken off */
		b->head->path.at += (uint32_t)skip;
		b->head->path.length -= (uint32_t)skip;
		return;
	}
	/* text is put in from the back */
	pst_head_set(b, &rest, path + skip, h->path.length - skip);
	pst_head_set(b, &span, p->map.to, head);
	span.length += rest.length;
	if (b->failure == PST_OK) {
		b->head->path = span;
	}
}

static bool drops(const struct passing *p, const struct pst_head *h,
                  const struct pst_field *f)
{
	const char *name = pst_head_text(h, f->name);
	size_t length = f->name.length;

	return proxy_field_is_next_hop(name, length) ||
	       proxy_forward_drop(&p->forward, h, f) ||
	       proxy_fields_drop(&p->conf->request_fields, name, length) ||
	       (p->continued && pst_head_is(h, f->name, "Expect")) ||
	       (p->max_forwards != UINT32_MAX &&
	        pst_head_is(h, f->name, "Max-Forwards"));
}

static void keep_fields(struct proxy_edit *e, const struct passing *p)
{
	uint32_t i;

	for (i = 0; i < e->old->field_count; i++) {
		const struct pst_field *f = &e->old->field[i];

		if (!drops(p, e->old, f)) {
			proxy_edit_keep(e, f);
		}
	}
}

static void put_max_forwards(struct proxy_edit *e, const struct passing *p)
{
	char text[16];
	int n;

	if (p->max_forwards != UINT32_MAX) {
		n = snprintf(text, sizeof(text), "%u",
		             (unsigned)p->max_forwards);
		proxy_edit_add(e, "Max-Forwards", text, (size_t)n);
	}
}

static void fill_request(struct proxy_edit *e, void *context)
{
	const struct passing *p = context;

	set_host(e, p);
	set_path(e, p);
	keep_fields(e, p);
	put_max_forwards(e, p);
	proxy_forward_put(&p->forward, e);
	if (!proxy_fields_drop(&p->conf->request_fields, "Via", 3)) {
		proxy_via_put(&p->conf->via, e);
	}
	proxy_fields_put(&p->conf->request_fields, e);
}

static void fill_trailers(struct proxy_edit *e, void *context)
{
	keep_fields(e, context);
}

static void look_at_front(struct passing *p, const struct pst_head *h)
{
	struct pst_hop hop = {.size = sizeof(hop)};
	struct proxy_forward *f = &p->forward;

	p->map.from = "/";
	f->rules = &p->conf->forward;
	f->host = pst_head_text(h, h->authority);
	f->host_length = h->authority.length;
	if (pst_hop_of(p->me, PST_ACCEPT, &hop) != 0) {
		hop.peer = "";
		hop.path = "/";
	}
	p->map.from = hop.path;
	f->secure = pst_hop_is_secure(&hop);
	if (proxy_forward_is_needed(f->rules)) {
		proxy_peer_read(hop.peer, &f->peer);
		f->trusted = proxy_peers_have(&p->conf->trusted, &f->peer);
	}
}

static size_t room_for(const struct passing *p, const struct pst_head *h)
{
	size_t back = p->back == NULL ? 0 : p->back->room + h->path.length;

	return 64 + PROXY_VIA_MAX + 2 * sizeof(struct pst_field) + back +
	       p->conf->host_length + p->conf->request_fields.room +
	       proxy_forward_room(&p->forward);
}

struct pst_slice *proxy_request(struct pst_instance *me, struct pst_slice *head)
{
	const struct pst_head *h =
		(const struct pst_head *)(const void *)head->data;
	const struct proxy *state = proxy_of(me);
	struct passing p = {.me = me,
	                    .conf = proxy_conf_of(me),
	                    .max_forwards = UINT32_MAX,
	                    .continued = state->continued};
	int64_t left;

	look_at_front(&p, h);
	if (h->kind != PST_HEAD_REQUEST) {
		return proxy_edit(me, head, 0, fill_trailers, &p);
	}
	if (state->index < p.conf->back_count) {
		p.back = &p.conf->back[state->index];
		p.map.to = p.back->path;
	}
	left = max_forwards(h);
	if (left > 0) {
		p.max_forwards = (uint32_t)left - 1;
	}
	return proxy_edit(me, head, room_for(&p, h), fill_request, &p);
}
