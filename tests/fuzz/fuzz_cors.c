/* SPDX-License-Identifier: MIT */
/* Fuzz target: whatever an Origin and a response say, the layer `cors` lets in
 * whom its settings name, and says so in one field.
 *
 * Input: an item of `origins`, Origin, authority, Vary and the name of another
 * field of the response, parted by NUL. */
#include "fuzz.h"

#include <penstock/origin.h>
#include <penstock/plugin.h>
#include <penstock/testkit.h>

struct input {
	const char *item, *origin, *authority, *vary, *name;
};

static const char *host_of(const char *origin)
{
	const char *host = strstr(origin, "://");

	must(host != NULL);
	return host + 3;
}

static bool same(const char *a, const char *b)
{
	size_t n = strlen(a);

	return strlen(b) == n && pst_origin_matches(a, n, b);
}

/* The port of "host:port", and the end of "host". */
static const char *port_of(const char *host)
{
	const char *end = host[0] == '[' ? strchr(host, ']') : host;

	return end + strcspn(end, ":");
}

/* A listed origin's host ends with all that the item has behind its star. */
static void check_listed(const struct input *in)
{
	const char *item = host_of(in->item), *host = host_of(in->origin);
	const char *wanted = port_of(item), *end = port_of(host);
	const char *star = NULL, *at;
	size_t n;

	if (strcmp(wanted, ":*") != 0 && strcmp(item, "*") != 0) {
		must(same(end, wanted));
	}
	for (at = item; at < wanted; at++) {
		star = *at == '*' ? at : star;
	}
	if (star == NULL || star + 1 == wanted) {
		return;
	}
	n = (size_t)(wanted - star - 1);
	must(star[1] == '.' && (size_t)(end - host) > n);
	while (n-- > 0) {
		must(pst_origin_byte_is(end[-1], wanted[-1]));
		end--;
		wanted--;
	}
}

static void check_response(struct pst_kit *k, const struct input *in,
                           bool allowed)
{
	struct pst_slice *s = pst_kit_take(pst_kit_tx_out(k));
	const struct pst_head *h = s == NULL ? NULL : pst_kit_head_of(s);

	must(h != NULL && pst_kit_head_ok(s->data, s->length));
	must(pst_kit_field_is(h, "Access-Control-Allow-Origin",
	                      allowed ? in->origin : NULL));
	must(pst_kit_field_is(h, "Access-Control-Allow-Credentials", NULL));
	must(pst_head_count(h, "Vary") == 1);
	pst_kit_free(s);
}

/* Another site, and on the list. */
static bool may_read(const struct pst_kit_head *request, const struct input *in)
{
	static uint64_t record[1024];
	const struct pst_list one = {1, &in->item};
	size_t n = strlen(in->origin);

	must(pst_kit_build_head(request, record, sizeof(record)) > 0);
	return pst_origin_listed(in->origin, n, &one) &&
	       !pst_origin_same((const void *)record, in->origin, n, false);
}

static void respond(struct pst_kit *k, const struct input *in, bool allowed)
{
	const char *const fields[] = {
		"Vary",   in->vary,           in->name, "x", "Vary",
		"Accept", "Access-Control-x", in->vary, NULL};
	const struct pst_kit_head response = {
		.kind = PST_HEAD_RESPONSE, .status = 200, .fields = fields};

	if (pst_kit_feed_kit_head(pst_kit_tx_in(k), &response, PST_EOM) != 0) {
		return; /* a name that is none */
	}
	pst_kit_run(k);
	check_response(k, in, allowed);
}

static void run(const struct input *in)
{
	const char *const options[] = {"origins", in->item, "foreign_origins",
	                               "pass", NULL};
	const char *const fields[] = {"Origin", in->origin, NULL};
	const struct pst_kit_params p = {
		.layer = pst_plugin.get(PST_EXTENSION_LAYER, 0),
		.options = options};
	const struct pst_kit_head request = {.kind = PST_HEAD_REQUEST,
	                                     .method = "GET",
	                                     .authority = in->authority,
	                                     .path = "/",
	                                     .fields = fields};
	struct pst_kit *k = pst_kit_create(&p);

	if (pst_kit_ready(k) &&
	    pst_kit_feed_kit_head(pst_kit_rx_in(k), &request, PST_EOM) == 0) {
		pst_kit_run(k);
		must(pst_kit_failed(k) ==
		     !pst_origin_ok(in->origin, strlen(in->origin)));
		if (!pst_kit_failed(k)) {
			respond(k, in, may_read(&request, in));
		}
	}
	must(pst_kit_destroy(k) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[2048];
	const char *item = text;
	struct pst_list one = {1, &item};
	struct input in;
	size_t at = 0;

	size = size < sizeof(text) ? size : sizeof(text) - 1;
	memcpy(text, data, size);
	text[size] = '\0';
	in.item = fuzz_part(text, &at, size);
	in.origin = fuzz_part(text, &at, size);
	in.authority = fuzz_part(text, &at, size);
	in.vary = fuzz_part(text, &at, size);
	in.name = fuzz_part(text, &at, size);
	if (pst_origin_fault(item) == NULL && strcmp(item, "*") != 0 &&
	    strcmp(item, "null") != 0 &&
	    pst_origin_ok(in.origin, strlen(in.origin)) &&
	    pst_origin_listed(in.origin, strlen(in.origin), &one)) {
		check_listed(&in);
	}
	run(&in);
	return 0;
}
