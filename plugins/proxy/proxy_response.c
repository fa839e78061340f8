/* SPDX-License-Identifier: MIT */
/* What the service `proxy` does to responses. */
#include "proxy.h"
#include "proxy_error.h"

#include <stdlib.h>

/* A response on its way to the client. */
struct passing {
	struct pst_instance *me;
	const struct proxy_response_conf *conf;
	const struct proxy_via *via; /* NULL: not in responses */
	struct proxy_cookie_rules cookies;
	struct proxy_view view;
	bool final;
	bool rewrites; /* URLs and cookies */
};

bool proxy_front_is_secure(struct pst_instance *me)
{
	struct pst_hop hop = {.size = sizeof(hop)};

	return pst_hop_of(me, PST_ACCEPT, &hop) == 0 && pst_hop_is_secure(&hop);
}

void proxy_response_offer(struct pst_instance *me, const struct pst_head *h)
{
	const struct proxy_response_conf *c = &proxy_conf_of(me)->response;
	struct proxy *p = proxy_of(me);

	if (!c->rewrites || h->authority.length == 0) {
		return;
	}
	/* without it no URL is rewritten */
	p->authority = malloc(h->authority.length + 1);
	if (p->authority != NULL) {
		memcpy(p->authority, pst_head_text(h, h->authority),
		       h->authority.length);
		p->authority[h->authority.length] = '\0';
	}
}

void proxy_response_close(struct pst_instance *me)
{
	free(proxy_of(me)->authority);
	proxy_of(me)->authority = NULL;
}

/* -- what both ends call the place ---------------------------------------- */

/* "": unknown, as of a client of HTTP/1.0 without Host. */
static const char *asked_for(const struct proxy *p)
{
	return p->authority == NULL ? "" : p->authority;
}

static const char *sent_host(struct pst_instance *me)
{
	const struct proxy_conf *c = proxy_conf_of(me);
	const struct proxy *p = proxy_of(me);

	switch (c->host_from) {
	case PROXY_HOST_GIVEN:
		break;
	case PROXY_HOST_KEEP:
		return asked_for(p);
	case PROXY_HOST_BACK:
		return p->index < c->back_count ? c->back[p->index].authority
		                                : "";
	}
	return c->host;
}

static void look_around(struct passing *p)
{
	struct pst_instance *me = p->me;
	const struct proxy_conf *c = proxy_conf_of(me);
	const struct proxy *state = proxy_of(me);
	struct pst_hop front = {.size = sizeof(front), .path = "/"};
	struct pst_hop back = {.size = sizeof(back)};
	struct proxy_view *v = &p->view;
	bool secure = pst_hop_of(me, PST_ACCEPT, &front) == 0 &&
	              pst_hop_is_secure(&front);

	v->scheme = secure ? "https" : "http";
	v->authority = asked_for(state);
	v->sent = sent_host(me);
	v->back_host = "";
	v->map.from = front.path;
	if (state->index < c->back_count) {
		v->map.to = c->back[state->index].path;
	}
	if (pst_hop_of(me, PST_CONNECT, &back) == 0 && back.url != NULL) {
		v->back_scheme = back.url->scheme;
		v->back_host = back.url->host;
		v->back_port = back.url->port;
	}
	p->cookies = p->conf->cookies;
	p->cookies.secure = p->cookies.secure && secure;
}

/* -- fields ---------------------------------------------------------------- */

/* What is done with a field. */
enum fate {
	KEEP,
	DROP,
	LOCATION,
	REFRESH,
	COOKIE
};

/* inline: the length of a literal, by which most names differ, is known */
static inline bool is(const struct pst_head *h, const struct pst_field *f,
                      const char *name)
{
	return f->name.length == strlen(name) && pst_head_is(h, f->name, name);
}

/* RFC 6797 7.2: not on a hop that is not secure. */
static bool is_ours_to_say(const struct passing *p, const struct pst_head *h,
                           const struct pst_field *f)
{
	return is(h, f, "Strict-Transport-Security") &&
	       (p->conf->hsts_value[0] != '\0' ||
	        !proxy_front_is_secure(p->me));
}

static enum fate rewritten(const struct passing *p, const struct pst_head *h,
                           const struct pst_field *f)
{
	const struct proxy_response_conf *c = p->conf;

	switch (pst_ascii_lower((uint8_t)pst_head_text(h, f->name)[0])) {
	case 'l':
	case 'c':
		return c->rewrite_location && (is(h, f, "Location") ||
		                               is(h, f, "Content-Location"))
		               ? LOCATION
		               : KEEP;
	case 'r':
		return c->rewrite_location && is(h, f, "Refresh") ? REFRESH
		                                                  : KEEP;
	case 's':
		return is(h, f, "Set-Cookie") ? COOKIE : KEEP;
	default:
		return KEEP;
	}
}

static enum fate fate_of(const struct passing *p, const struct pst_head *h,
                         const struct pst_field *f)
{
	const char *name = pst_head_text(h, f->name);
	size_t length = f->name.length;

	if ((p->conf->fields.count != 0 &&
	     proxy_fields_drop(&p->conf->fields, name, length)) ||
	    proxy_field_is_next_hop(name, length) || is_ours_to_say(p, h, f) ||
	    (p->conf->hide_server && is(h, f, "Server"))) {
		return DROP;
	}
	return p->rewrites ? rewritten(p, h, f) : KEEP;
}

/* A value that is written piece by piece. */
struct writing {
	struct proxy_edit *e;
	const char *name;
	bool begun;
};

static void put(void *to, const char *text, size_t length)
{
	struct writing *w = to;

	if (!w->begun) {
		w->begun = true;
		proxy_edit_open(w->e, w->name);
	}
	proxy_edit_more(w->e, text, length);
}

/* Returns false when the value stays. */
static bool rewrite(struct proxy_edit *e, const struct passing *p,
                    const struct pst_field *f, enum fate fate)
{
	const char *value = pst_head_text(e->old, f->value);
	struct writing w = {.e = e, .begun = false};
	const struct proxy_sink out = {put, &w};
	size_t length = f->value.length;

	switch (fate) {
	case LOCATION:
		w.name = is(e->old, f, "Location") ? "Location"
		                                   : "Content-Location";
		return proxy_location(&p->view, value, length, &out);
	case REFRESH:
		w.name = "Refresh";
		return proxy_refresh(&p->view, value, length, &out);
	case COOKIE:
		w.name = "Set-Cookie";
		return proxy_cookie(&p->cookies, &p->view, value, length, &out);
	case KEEP:
	case DROP:
		break;
	}
	return false;
}

/* There is something to say, and the client's hop is one to say it on. */
static bool says_hsts(const struct passing *p)
{
	return p->conf->hsts_value[0] != '\0' && proxy_front_is_secure(p->me);
}

static void put_own(struct proxy_edit *e, const struct passing *p)
{
	const char *hsts = p->conf->hsts_value;

	if (says_hsts(p) &&
	    !proxy_fields_drop(&p->conf->fields, "Strict-Transport-Security",
	                       25)) {
		proxy_edit_add(e, "Strict-Transport-Security", hsts,
		               strlen(hsts));
	}
	if (p->via != NULL) {
		proxy_via_put(p->via, e);
	}
	proxy_fields_put(&p->conf->fields, e);
}

static void fill(struct proxy_edit *e, void *context)
{
	const struct passing *p = context;
	uint32_t i;

	for (i = 0; i < e->old->field_count; i++) {
		const struct pst_field *f = &e->old->field[i];
		enum fate fate = fate_of(p, e->old, f);

		if (fate != DROP && !rewrite(e, p, f, fate)) {
			proxy_edit_keep(e, f);
		}
	}
	if (p->final) {
		put_own(e, p);
	}
}

/* -- heads ----------------------------------------------------------------- */

/* Most responses go as they came. */
static bool stays(const struct passing *p, const struct pst_head *h)
{
	uint32_t i;

	if (p->final &&
	    (p->conf->fields.room != 0 || p->via != NULL || says_hsts(p))) {
		return false;
	}
	for (i = 0; i < h->field_count; i++) {
		if (fate_of(p, h, &h->field[i]) != KEEP) {
			return false;
		}
	}
	return true;
}

static size_t room_for(const struct passing *p)
{
	return p->conf->fields.room + sizeof(p->conf->hsts_value) +
	       4 * sizeof(struct pst_field) + PROXY_VIA_MAX + 256;
}

/* An upgrade is no error, and its challenges belong to the next hop. */
static bool is_intercepted(const struct passing *p, const struct pst_head *h)
{
	return p->final && p->conf->intercept_errors && h->status >= 400 &&
	       h->upgrade_by == PST_UPGRADE_NONE;
}

struct pst_slice *proxy_response(struct pst_instance *me,
                                 struct pst_slice *head)
{
	const struct pst_head *h =
		(const struct pst_head *)(const void *)head->data;
	const struct proxy_conf *c = proxy_conf_of(me);
	struct passing p = {.me = me,
	                    .conf = &c->response,
	                    .final = h->kind == PST_HEAD_RESPONSE};

	if (is_intercepted(&p, h) && proxy_intercept(me, h)) {
		pst_slice_free(me, head);
		return NULL;
	}
	p.rewrites = p.final && p.conf->rewrites;
	p.via = p.conf->via_response ? &c->via : NULL;
	if (p.final && p.conf->buffer_response != 0 &&
	    h->upgrade_by == PST_UPGRADE_NONE) {
		pst_service_hold(me, p.conf->buffer_response);
	}
	if (stays(&p, h)) {
		return head;
	}
	if (p.rewrites) {
		look_around(&p);
	}
	return proxy_edit(me, head, room_for(&p), fill, &p);
}
