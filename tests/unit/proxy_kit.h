/* SPDX-License-Identifier: MIT */
/* A kit with the service `proxy` between two hops with exchanges. */
#ifndef TEST_PROXY_KIT_H
#define TEST_PROXY_KIT_H

#include "pst_test.h"

#include <penstock/plugin.h>
#include <penstock/testkit.h>

static const struct pst_url back_url = {.scheme = "http",
                                        .host = "back",
                                        .path = "/x/",
                                        .query = "",
                                        .text = "http://Back:8080/x/",
                                        .port = 8080};
static const struct pst_url bare_url = {.scheme = "http",
                                        .host = "back",
                                        .path = "/",
                                        .query = "",
                                        .text = "http://Back:8080",
                                        .port = 8080};
static const struct pst_url query_url = {.scheme = "http",
                                         .host = "back",
                                         .path = "/",
                                         .query = "q",
                                         .text = "http://back/?q",
                                         .port = 80};

struct world {
	const char *peer;
	uint32_t provides;
	const struct pst_url *url; /* NULL: back_url */
	const char *const *options;
};

static inline struct pst_hop hop_to(const struct pst_url *url)
{
	return (struct pst_hop){.size = sizeof(struct pst_hop),
	                        .url = url,
	                        .layers = "tcp, http",
	                        .path = url == NULL ? "/" : url->path,
	                        .host = "back",
	                        .peer = "",
	                        .high_water = 65536,
	                        .shape = PST_SHAPE_EXCHANGES};
}

static inline struct pst_kit *make(const struct world *w)
{
	struct pst_hop connect = hop_to(w->url == NULL ? &back_url : w->url);
	struct pst_hop front = {.size = sizeof(front),
	                        .provides = w->provides,
	                        .layers = "tcp, http",
	                        .path = "/a",
	                        .host = "",
	                        .peer = w->peer == NULL ? "192.0.2.7:40001"
	                                                : w->peer,
	                        .high_water = 65536,
	                        .shape = PST_SHAPE_EXCHANGES};
	struct pst_kit_params p = {
		.service = pst_plugin.get(PST_EXTENSION_SERVICE, 0),
		.below = PST_SHAPE_EXCHANGES,
		.options = w->options,
		.front = &front,
		.back = &connect,
		.connects = &connect,
		.connect_count = 1,
		.accepts = &front,
		.accept_count = 1};
	/* both hops are borrowed while the kit lives */
	static struct pst_hop kept[2];

	kept[0] = front;
	kept[1] = connect;
	p.front = p.accepts = &kept[0];
	p.back = p.connects = &kept[1];
	return pst_kit_create(&p);
}

/* The front offers `head`. */
static inline struct pst_kit *offer(const struct world *w,
                                    const struct pst_kit_head *head)
{
	struct pst_kit *k = make(w);

	if (CHECK(pst_kit_ready(k))) {
		CHECK_INT(
			pst_kit_feed_kit_head(pst_kit_rx_in(k), head, PST_EOM),
			0);
		CHECK_INT(pst_kit_offer(k), 0);
	}
	return k;
}

static inline struct pst_kit_head get(const char *path,
                                      const char *const *fields)
{
	return (struct pst_kit_head){.kind = PST_HEAD_REQUEST,
	                             .version = 11,
	                             .method = "GET",
	                             .authority = "gw.test",
	                             .path = path,
	                             .fields = fields};
}

static inline struct pst_slice *pass(struct pst_kit *k,
                                     const struct pst_kit_head *head)
{
	pst_kit_back(k, 0, PST_BACK_UP);
	return pst_kit_pass_head(k, PST_ACCEPT, head);
}

/* Offer a GET, pass it on, and look at one field of what leaves. */
static inline void check_field(const struct world *w, const char *const *fields,
                               const char *name, const char *want)
{
	struct pst_kit_head head = get("/a", fields);
	struct pst_kit *k = offer(w, &head);
	struct pst_slice *s = pass(k, &head);
	const struct pst_head *h = pst_kit_head_of(s);

	if (CHECK(h != NULL) && !CHECK(pst_kit_field_is(h, name, want))) {
		uint32_t at = 0;
		const struct pst_field *f = pst_head_find(h, name, &at);

		printf("    %s: got \"%.*s\" of %u, want \"%s\"\n", name,
		       f == NULL ? 0 : (int)f->value.length,
		       f == NULL ? "" : pst_head_text(h, f->value),
		       (unsigned)pst_head_count(h, name),
		       want == NULL ? "(none)" : want);
	}
	pst_kit_free(s);
	CHECK_INT(pst_kit_destroy(k), 0);
}

#endif
