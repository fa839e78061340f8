/* SPDX-License-Identifier: MIT */
/* The service `directory`: answers, each of its settings, and bodies. */
#include "directory_kit.h"
#include "kit_check.h"

#include "directory.h"

#define TAG  "\"6553f100-5-5\""
#define DATE "Tue, 14 Nov 2023 22:13:20 GMT"

static void expect_get(const char *const *options, const char *path,
                       const char *const *fields, unsigned want,
                       const char *body)
{
	struct reply_seen r;

	get_with(&r, options, path, fields);
	if (!CHECK_INT(status(&r), want) || !CHECK_STR(r.body, body)) {
		printf("  at %s\n", path);
	}
	done(&r);
}

static void a_file_is_sent_with_what_is_known_of_it(void)
{
	struct reply_seen r;

	get_with(&r, NULL, "/a.txt?x=1", NULL);
	CHECK_INT(status(&r), 200);
	CHECK_STR(r.body, "hello");
	CHECK_INT(r.h->body, PST_BODY_LENGTH);
	CHECK_INT(r.h->body_length, 5);
	CHECK(field_is(&r, "Content-Type", "text/plain; charset=utf-8"));
	CHECK(field_is(&r, "X-Content-Type-Options", "nosniff"));
	CHECK(field_is(&r, "ETag", TAG));
	CHECK(field_is(&r, "Last-Modified", DATE));
	CHECK(field_is(&r, "Accept-Ranges", "bytes"));
	CHECK(field_is(&r, "Vary", NULL));
	CHECK(field_is(&r, "Cache-Control", NULL));
	done(&r);
}

static void an_empty_file_ends_with_its_head(void)
{
	struct reply_seen r;

	get_with(&r, NULL, "/empty.bin", NULL);
	CHECK_INT(status(&r), 200);
	CHECK_INT(r.s->flags, PST_HEAD | PST_EOM);
	CHECK_INT(r.h->body_length, 0);
	CHECK(field_is(&r, "Content-Type", "application/octet-stream"));
	done(&r);
}

static void head_gets_the_fields_only(void)
{
	struct pst_kit *k = kit_with(NULL);
	struct reply_seen r;

	ask(k, "HEAD", "/a.txt", NULL);
	look(k, &r);
	CHECK_INT(status(&r), 200);
	CHECK_INT(r.h->body_length, 5);
	CHECK_INT(r.s->flags, PST_HEAD | PST_EOM);
	CHECK_INT(r.length, 0);
	done(&r);
}

static void head_of_an_error_has_its_length_and_no_body(void)
{
	static const char *const options[] = {"error_pages", "404=/404.html",
	                                      NULL};
	struct pst_kit *k = kit_with(options);
	struct reply_seen r;

	ask(k, "HEAD", "/none", NULL);
	look(k, &r);
	CHECK_INT(status(&r), 404);
	CHECK_INT(r.h->body_length, 11);
	CHECK_INT(r.s->flags, PST_HEAD | PST_EOM);
	done(&r);
}

static void other_methods_get_405(void)
{
	static const char *const methods[] = {"POST",    "PUT",   "DELETE",
	                                      "OPTIONS", "TRACE", "PATCH",
	                                      "get",     NULL};
	size_t i;

	for (i = 0; methods[i] != NULL; i++) {
		struct pst_kit *k = kit_with(NULL);
		struct reply_seen r;

		ask(k, methods[i], "/a.txt", NULL);
		look(k, &r);
		CHECK_INT(status(&r), 405);
		CHECK(field_is(&r, "Allow", "GET, HEAD"));
		done(&r);
	}
}

static void a_folder_without_slash_is_redirected(void)
{
	static const char *const below[] = {"prefix", "/docs/", NULL};
	struct reply_seen r;

	get_with(&r, NULL, "/sub", NULL);
	CHECK_INT(status(&r), 301);
	CHECK(field_is(&r, "Location", "/sub/"));
	done(&r);
	get_with(&r, NULL, "/%73ub?a=/b?c", NULL);
	CHECK(field_is(&r, "Location", "/%73ub/?a=/b?c"));
	done(&r);
	get_with(&r, below, "/docs?q", NULL);
	CHECK_INT(status(&r), 301);
	CHECK(field_is(&r, "Location", "/docs/?q"));
	done(&r);
}

static void folders_are_never_listed(void)
{
	expect_get(NULL, "/bare/", NULL, 404, "404 not found\n");
}

static void prefix_is_taken_off(void)
{
	static const char *const options[] = {"prefix", "/docs", NULL};

	expect_get(options, "/docs/a.txt", NULL, 200, "hello");
	expect_get(options, "/docs/", NULL, 200, "<p>root");
	expect_get(options, "/docsa.txt", NULL, 404, "404 not found\n");
	expect_get(options, "/a.txt", NULL, 404, "404 not found\n");
	expect_get(options, "/docs//a.txt", NULL, 404, "404 not found\n");
	expect_get(options, "/docs/../a.txt", NULL, 404, "404 not found\n");
}

static void index_names_are_tried_in_order(void)
{
	static const char *const options[] = {
		"index", "none.html",  "index", "b.html",
		"index", "index.html", NULL};

	expect_get(NULL, "/", NULL, 200, "<p>root");
	expect_get(NULL, "/sub/", NULL, 200, "<p>sub");
	expect_get(options, "/sub/", NULL, 200, "<p>b");
	expect_get(options, "/", NULL, 200, "<p>root");
}

static void expect_type(const char *path, const char *type)
{
	static const char *const options[] = {
		"types", "txt=text/x-own", "types",
		"q=text/plain; charset=iso-8859-1", NULL};
	struct reply_seen r;

	get_with(&r, options, path, NULL);
	CHECK(field_is(&r, "Content-Type", type));
	done(&r);
}

static void types_come_before_the_built_in_ones(void)
{
	expect_type("/a.txt", "text/x-own; charset=utf-8");
	expect_type("/c.q", "text/plain; charset=iso-8859-1");
	expect_type("/", "text/html; charset=utf-8");
	expect_type("/pic.PNG", "image/png");
}

static void expect_cache(const char *path, const char *value)
{
	static const char *const options[] = {"cache_control",
	                                      "*.html=no-cache",
	                                      "cache_control",
	                                      "/sub/*=max-age=5, public",
	                                      "cache_control",
	                                      "max-age=60",
	                                      NULL};
	struct reply_seen r;

	get_with(&r, options, path, NULL);
	CHECK(field_is(&r, "Cache-Control", value));
	done(&r);
}

static void the_first_cache_rule_that_matches_counts(void)
{
	expect_cache("/sub/", "no-cache");
	expect_cache("/sub/c.css", "max-age=5, public");
	expect_cache("/a.txt", "max-age=60");
	expect_cache("/none", NULL);
}

static void expect_coding(const char *accept, const char *coding,
                          const char *body)
{
	static const char *const options[] = {"precompressed", "br",
	                                      "precompressed", "gz", NULL};
	const char *const fields[] = {"Accept-Encoding", accept, NULL};
	struct reply_seen r;

	get_with(&r, options, "/z.js", fields);
	CHECK_INT(status(&r), 200);
	if (!CHECK(field_is(&r, "Content-Encoding", coding)) ||
	    !CHECK_STR(r.body, body)) {
		printf("  with %s\n", accept);
	}
	CHECK(field_is(&r, "Vary", "Accept-Encoding"));
	CHECK(field_is(&r, "Content-Type", "text/javascript; charset=utf-8"));
	done(&r);
}

static void compressed_files_are_sent_to_those_who_take_them(void)
{
	expect_coding("gzip", "gzip", "zipped");
	expect_coding("gzip, deflate, br", "br", "brotli");
	expect_coding("br;q=0.5, gzip;q=0.8", "gzip", "zipped");
	expect_coding("x-gzip", "gzip", "zipped");
	expect_coding("*", "br", "brotli");
	expect_coding("GZIP ; Q=1.0", "gzip", "zipped");
	expect_coding("*;q=0, gzip", "gzip", "zipped");
	expect_coding("br;q=0, gzip;q=0.000", NULL, "plain");
	expect_coding("identity, gzip;q=0.5", NULL, "plain");
	expect_coding("gzip;q=x", NULL, "plain");
	expect_coding("gzip;level=1", NULL, "plain");
	expect_coding("deflate", NULL, "plain");
	expect_coding("", NULL, "plain");
}

static void compressed_files_have_their_own_tags_and_ranges(void)
{
	static const char *const options[] = {"precompressed", "gz", NULL};
	static const char *const fields[] = {"Accept-Encoding", "gzip", "Range",
	                                     "bytes=0-2", NULL};
	struct reply_seen r;

	get_with(&r, options, "/z.js", fields);
	CHECK_INT(status(&r), 206);
	CHECK_STR(r.body, "zip");
	CHECK(field_is(&r, "ETag", "\"6553f100-5-6-gz\""));
	CHECK(field_is(&r, "Content-Range", "bytes 0-2/6"));
	done(&r);
}

static void older_or_unset_compressed_files_are_not_sent(void)
{
	static const char *const options[] = {"precompressed", "gz", NULL};
	static const char *const fields[] = {"Accept-Encoding", "gzip, br",
	                                     NULL};

	expect_get(options, "/old.js", fields, 200, "newer");
	expect_get(options, "/z.js", fields, 200, "zipped");
	expect_get(NULL, "/z.js", fields, 200, "plain");
}

static void error_pages_are_the_bodies_of_errors(void)
{
	static const char *const options[] = {"error_pages", "404=/404.html",
	                                      "error_pages", "405=sub/b.html",
	                                      NULL};
	struct reply_seen r;

	get_with(&r, options, "/none", NULL);
	CHECK_INT(status(&r), 404);
	CHECK_STR(r.body, "<p>not here");
	CHECK(field_is(&r, "Content-Type", "text/html; charset=utf-8"));
	CHECK(field_is(&r, "ETag", NULL));
	done(&r);
	expect_get(options, "/.hidden", NULL, 404, "<p>not here");
	expect_get(options, "/%00", NULL, 400, "400 the path is malformed\n");
}

static void an_error_page_that_went_is_no_second_error(void)
{
	static const char *const options[] = {"error_pages", "404=/gone.html",
	                                      NULL};
	struct pst_kit *k;
	struct reply_seen r;

	make_file("root/gone.html", "x");
	k = kit_with(options);
	CHECK_INT(unlink(in_folder("root/gone.html")), 0);
	ask(k, "GET", "/none", NULL);
	look(k, &r);
	CHECK_INT(status(&r), 404);
	CHECK_STR(r.body, "404 not found\n");
	done(&r);
}

static void fallback_is_sent_for_unknown_paths(void)
{
	static const char *const options[] = {"fallback", "/index.html", NULL};

	expect_get(options, "/users/7", NULL, 200, "<p>root");
	expect_get(options, "/bare/", NULL, 200, "<p>root");
	expect_get(options, "/.git/config", NULL, 404, "404 not found\n");
	expect_get(options, "/../x", NULL, 404, "404 not found\n");
	expect_get(options, "/%zz", NULL, 400, "400 the path is malformed\n");
}

static void hidden_names_are_shown_when_allowed(void)
{
	static const char *const known[] = {"show_hidden", ".well-known", NULL};
	static const char *const all[] = {"show_hidden", "*", NULL};

	expect_get(NULL, "/.hidden", NULL, 404, "404 not found\n");
	expect_get(NULL, "/.well-known/t", NULL, 404, "404 not found\n");
	expect_get(known, "/.well-known/t", NULL, 200, "token");
	expect_get(known, "/.hidden", NULL, 404, "404 not found\n");
	expect_get(all, "/.hidden", NULL, 200, "secret");
	expect_get(all, "/..", NULL, 404, "404 not found\n");
	expect_get(all, "/./a.txt", NULL, 404, "404 not found\n");
}

static void files_beyond_the_limit_get_503(void)
{
	static const char *const options[] = {"max_open_files", "1", NULL};
	struct pst_kit *k = kit_with(options);
	const struct directory_conf *c = pst_kit_instance(k)->conf;
	struct reply_seen r;

	CHECK(directory_root_take(c->root));
	ask(k, "GET", "/a.txt", NULL);
	look(k, &r);
	CHECK_INT(status(&r), 503);
	CHECK(field_is(&r, "Retry-After", "1"));
	directory_root_give(c->root);
	done(&r);
	expect_get(options, "/a.txt", NULL, 200, "hello");
}

static void places_come_back_when_a_body_is_sent_or_given_up(void)
{
	static const char *const options[] = {"max_open_files", "1", NULL};
	struct pst_kit *k = kit_with(options);
	const struct directory_conf *c = pst_kit_instance(k)->conf;
	struct reply_seen r;

	ask(k, "GET", "/a.txt", NULL);
	look(k, &r);
	CHECK(directory_root_take(c->root));
	done(&r);
	k = kit_with(options);
	pst_kit_stall(pst_kit_tx_out(k), true);
	pst_kit_limit(pst_kit_tx_out(k), 100);
	ask(k, "GET", "/large", NULL);
	c = pst_kit_instance(k)->conf;
	CHECK(!directory_root_take(c->root));
	pst_kit_discard(pst_kit_tx_out(k));
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_young_file_has_a_weak_tag(void)
{
	static const char *const fields[] = {"Range", "bytes=0-0", "If-Range",
	                                     "W/" TAG, NULL};
	struct pst_kit *k = kit_with(NULL);
	struct reply_seen r;

	pst_kit_set_wall_clock(k, KIT_TIME + 1);
	ask(k, "GET", "/a.txt", fields);
	look(k, &r);
	CHECK_INT(status(&r), 200);
	CHECK(field_is(&r, "ETag", "W/" TAG));
	done(&r);
}

/* RFC 9110 8.8.2.2: it may have changed twice in it. */
static void a_date_of_this_second_is_no_condition_of_a_range(void)
{
	static const char *const fields[] = {"Range", "bytes=0-0", "If-Range",
	                                     DATE, NULL};
	struct pst_kit *k = kit_with(NULL);
	struct reply_seen r;

	pst_kit_set_wall_clock(k, KIT_TIME);
	ask(k, "GET", "/a.txt", fields);
	look(k, &r);
	CHECK_INT(status(&r), 200);
	done(&r);
}

struct rule {
	const char *name, *value;
	const char *name2, *value2;
	unsigned status;
	const char *body;
};

static const struct rule rules[] = {
	{"If-None-Match", TAG, NULL, NULL, 304, ""},
	{"If-None-Match", "W/" TAG, NULL, NULL, 304, ""},
	{"If-None-Match", "\"a\", " TAG, NULL, NULL, 304, ""},
	{"If-None-Match", "*", NULL, NULL, 304, ""},
	{"If-None-Match", "\"other\"", NULL, NULL, 200, "hello"},
	{"If-None-Match", "other", NULL, NULL, 200, "hello"},
	{"If-None-Match", "\"other\"", "If-None-Match", TAG, 304, ""},
	{"If-None-Match", "\"other\"", "If-Modified-Since", DATE, 200, "hello"},
	{"If-Modified-Since", DATE, NULL, NULL, 304, ""},
	{"If-Modified-Since", "Tue, 14 Nov 2023 22:13:19 GMT", NULL, NULL, 200,
         "hello"},
	{"If-Modified-Since", "yesterday", NULL, NULL, 200, "hello"},
	{"If-Modified-Since", DATE, "If-Modified-Since", DATE, 200, "hello"},
	{"If-Match", TAG, NULL, NULL, 200, "hello"},
	{"If-Match", "*", NULL, NULL, 200, "hello"},
	{"If-Match", "W/" TAG, NULL, NULL, 412, "412 precondition failed\n"},
	{"If-Match", "\"x\"", NULL, NULL, 412, "412 precondition failed\n"},
	{"If-Match", TAG, "If-None-Match", TAG, 304, ""},
	{"If-Unmodified-Since", DATE, NULL, NULL, 200, "hello"},
	{"If-Unmodified-Since", "Tue, 14 Nov 2023 22:13:19 GMT", NULL, NULL,
         412, "412 precondition failed\n"},
	{"If-None-Match", TAG, "Range", "bytes=0-1", 304, ""},
	{"Range", "bytes=0-1", NULL, NULL, 206, "he"},
	{"Range", "bytes=1-", NULL, NULL, 206, "ello"},
	{"Range", "bytes=-2", NULL, NULL, 206, "lo"},
	{"Range", "bytes=-99", NULL, NULL, 206, "hello"},
	{"Range", "bytes=4-99", NULL, NULL, 206, "o"},
	{"Range", "bytes=5-", NULL, NULL, 416, "416 no such range\n"},
	{"Range", "bytes=-0", NULL, NULL, 416, "416 no such range\n"},
	{"Range", "bytes=0-1,3-4", NULL, NULL, 200, "hello"},
	{"Range", "bytes=3-1", NULL, NULL, 200, "hello"},
	{"Range", "lines=0-1", NULL, NULL, 200, "hello"},
	{"Range", "bytes=0-1", "Range", "bytes=3-4", 200, "hello"},
	{"Range", "bytes=0-1", "If-Range", TAG, 206, "he"},
	{"Range", "bytes=0-1", "If-Range", "W/" TAG, 200, "hello"},
	{"Range", "bytes=0-1", "If-Range", "\"x\"", 200, "hello"},
	{"Range", "bytes=0-1", "If-Range", DATE, 206, "he"},
	{"Range", "bytes=0-1", "If-Range", "Tue, 14 Nov 2023 22:13:21 GMT", 200,
         "hello"},
	{"Range", "bytes=9-", "If-Range", "\"x\"", 200, "hello"},
};

static void conditions_and_ranges_follow_the_table(void)
{
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		const struct rule *x = &rules[i];
		const char *const fields[] = {x->name, x->value, x->name2,
		                              x->value2, NULL};
		struct reply_seen r;

		get_with(&r, NULL, "/a.txt", fields);
		if (!CHECK_INT(status(&r), x->status) ||
		    !CHECK_STR(r.body, x->body)) {
			printf("  row %zu: %s: %s\n", i, x->name, x->value);
		}
		CHECK(x->status >= 400 || field_is(&r, "ETag", TAG));
		done(&r);
	}
}

static void the_parts_of_answers_to_ranges(void)
{
	static const char *const part[] = {"Range", "bytes=1-2", NULL};
	static const char *const outside[] = {"Range", "bytes=7-", NULL};
	struct reply_seen r;

	get_with(&r, NULL, "/a.txt", part);
	CHECK(field_is(&r, "Content-Range", "bytes 1-2/5"));
	CHECK_INT(r.h->body_length, 2);
	done(&r);
	get_with(&r, NULL, "/a.txt", outside);
	CHECK(field_is(&r, "Content-Range", "bytes */5"));
	done(&r);
}

static void a_304_has_validators_and_nothing_of_the_body(void)
{
	static const char *const options[] = {"cache_control", "no-cache",
	                                      "precompressed", "gz", NULL};
	static const char *const fields[] = {"If-None-Match", TAG, NULL};
	struct reply_seen r;

	get_with(&r, options, "/a.txt", fields);
	CHECK_INT(status(&r), 304);
	CHECK_INT(r.h->body, PST_BODY_NONE);
	CHECK(field_is(&r, "ETag", TAG));
	CHECK(field_is(&r, "Last-Modified", DATE));
	CHECK(field_is(&r, "Cache-Control", "no-cache"));
	CHECK(field_is(&r, "Vary", "Accept-Encoding"));
	CHECK(field_is(&r, "Content-Type", NULL));
	done(&r);
}

static void head_ignores_ranges(void)
{
	static const char *const fields[] = {"Range", "bytes=0-1", NULL};
	struct pst_kit *k = kit_with(NULL);
	struct reply_seen r;

	ask(k, "HEAD", "/a.txt", fields);
	look(k, &r);
	CHECK_INT(status(&r), 200);
	CHECK_INT(r.h->body_length, 5);
	done(&r);
}

static void a_large_file_waits_for_room(void)
{
	struct pst_kit *k = kit_with(NULL);
	struct pst_kit_port *out = pst_kit_tx_out(k);
	static char got[200001];
	size_t n = 0;

	pst_kit_limit(out, 100);
	pst_kit_stall(out, true);
	ask(k, "GET", "/large", NULL);
	CHECK_INT(pst_kit_waiting(out), 16384);
	pst_kit_run(k);
	CHECK_INT(pst_kit_waiting(out), 16384);
	pst_kit_stall(out, false);
	pst_kit_run(k);
	pst_kit_free(pst_kit_take(out));
	n = pst_kit_read(out, got, sizeof(got));
	CHECK_INT(n, 200000);
	CHECK_INT(got[0], 'A');
	CHECK_INT(got[199999], 'Z');
	CHECK_INT(pst_kit_ended(out), PST_END_CLEAN);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_file_that_shrinks_ends_in_a_reset(void)
{
	struct pst_kit *k = kit_with(NULL);
	struct pst_kit_port *out = pst_kit_tx_out(k);

	make_file("root/shrinks", "");
	CHECK_INT(truncate(in_folder("root/shrinks"), 100000), 0);
	pst_kit_limit(out, 100);
	pst_kit_stall(out, true);
	ask(k, "GET", "/shrinks", NULL);
	CHECK_INT(pst_kit_waiting(out), 16384);
	CHECK_INT(truncate(in_folder("root/shrinks"), 20000), 0);
	pst_kit_stall(out, false);
	pst_kit_run(k);
	CHECK_INT(pst_kit_waiting(out), 20000);
	pst_kit_discard(out);
	CHECK_INT(pst_kit_ended(out), PST_END_RESET);
	CHECK(pst_kit_failed(k));
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_TRUNCATED);
	CHECK(strstr(pst_kit_fail_text(k), "80000 bytes") != NULL);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void begin_post(struct pst_kit *k, const char *const *fields)
{
	const struct pst_kit_head head = {.kind = PST_HEAD_REQUEST,
	                                  .method = "POST",
	                                  .path = "/a.txt",
	                                  .body = PST_BODY_UNKNOWN,
	                                  .fields = fields};

	CHECK_INT(pst_kit_feed_kit_head(pst_kit_rx_in(k), &head, 0), 0);
	CHECK_INT(pst_kit_offer(k), 0);
	pst_kit_run(k);
}

static void the_request_is_read_to_its_end_first(void)
{
	struct pst_kit *k = kit_with(NULL);
	struct reply_seen r;

	begin_post(k, NULL);
	pst_kit_feed(pst_kit_rx_in(k), "some", 4);
	pst_kit_run(k);
	CHECK(pst_kit_peek(pst_kit_tx_out(k)) == NULL);
	pst_kit_feed_message(pst_kit_rx_in(k), "end", 3, 0);
	pst_kit_run(k);
	look(k, &r);
	CHECK_INT(status(&r), 405);
	done(&r);
}

static void a_client_that_asks_first_is_answered_at_once(void)
{
	static const char *const fields[] = {"Expect", "100-continue", NULL};
	struct pst_kit *k = kit_with(NULL);
	struct reply_seen r;

	begin_post(k, fields);
	look(k, &r);
	CHECK_INT(status(&r), 405);
	done(&r);
}

static void a_truncated_request_gets_a_reset(void)
{
	struct pst_kit *k = kit_with(NULL);

	begin_post(k, NULL);
	pst_kit_end(pst_kit_rx_in(k), PST_END_RESET, PST_CLASS_TRUNCATED);
	pst_kit_run(k);
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_RESET);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void out_of_memory_is_a_failure(void)
{
	unsigned n;

	for (n = 1; n <= 2; n++) {
		struct pst_kit *k = kit_with(NULL);

		pst_kit_fail_memory(k, n);
		ask(k, "GET", "/a.txt", NULL);
		CHECK(pst_kit_failed(k));
		pst_kit_discard(pst_kit_tx_out(k));
		CHECK_INT(pst_kit_destroy(k), 0);
	}
}

static void a_file_that_may_not_be_read_is_403(void)
{
	if (geteuid() == 0) {
		return; /* the superuser may read everything */
	}
	make_file("root/private", "x");
	CHECK_INT(chmod(in_folder("root/private"), 0), 0);
	expect_get(NULL, "/private", NULL, 403, "403 forbidden\n");
}

static void a_root_that_went_is_a_500(void)
{
	const char *options[] = {"root", NULL, NULL};
	struct pst_kit_params p = {
		.service = pst_plugin.get(PST_EXTENSION_SERVICE, 0),
		.options = options};
	struct reply_seen r;
	struct pst_kit *k;

	options[1] = in_folder("second");
	CHECK_INT(mkdir(options[1], 0755), 0);
	k = pst_kit_create(&p);
	CHECK_INT(rmdir(in_folder("second")), 0);
	ask(k, "GET", "/", NULL);
	look(k, &r);
	CHECK_INT(status(&r), 500);
	CHECK(pst_kit_logged(k, "root cannot be opened"));
	done(&r);
}

static void refused(const char *option, const char *value, const char *text)
{
	const char *const options[] = {option, value, NULL};
	struct pst_kit *k = kit_with(options);

	CHECK_REFUSED(k, option, text);
}

static void bad_settings_are_diagnosed(void)
{
	refused("prefix", "docs", "not the beginning of a path");
	refused("prefix", "", "not the beginning of a path");
	refused("prefix", "/a//b", "not the beginning of a path");
	refused("prefix", "/a?b", "not the beginning of a path");
	refused("index", "a/b.html", "not a file's name");
	refused("index", "..", "not a file's name");
	refused("types", "html", "not a type");
	refused("types", "=text/html", "not a type");
	refused("types", "html=", "not a type");
	refused("types", "html=text", "not a type");
	refused("types", "html=text/\n", "not a type");
	refused("types", "tar.gz=a/b", "not a type");
	refused("cache_control", "*.css", "not a rule");
	refused("cache_control", "", "not a rule");
	refused("cache_control", "no\r\ncache", "not a rule");
	refused("precompressed", "zip", "use br or gz");
	refused("error_pages", "/404.html", "not a status and a path");
	refused("error_pages", "4a4=/404.html", "not a status and a path");
	refused("error_pages", "200=/404.html", "never answered here");
	refused("error_pages", "404=/none.html", "cannot be read below root");
	refused("error_pages", "404=/../x", "not a path below root");
	refused("fallback", "/none.html", "cannot be read below root");
	refused("fallback", "/sub", "cannot be read below root");
	refused("fallback", "/", "not a path below root");
	refused("show_hidden", "git", "not a name with a dot in front");
	refused("show_hidden", "..", "not a name with a dot in front");
	refused("max_open_files", "0", "range");
}

static void refused_root(const char *value, const char *text)
{
	const char *const options[] = {"root", value, NULL};
	struct pst_kit_params p = {
		.service = pst_plugin.get(PST_EXTENSION_SERVICE, 0),
		.options = value == NULL ? NULL : options};
	struct pst_kit *k = pst_kit_create(&p);

	CHECK_REFUSED(k, "root", text);
}

static void bad_roots_are_diagnosed(void)
{
	refused_root(NULL, "");
	refused_root("srv/www", "not an absolute path");
	refused_root("/nonexistent/www", "cannot be used");
	refused_root(in_folder("root/a.txt"), "cannot be used");
}

static void make_files(void)
{
	make_folder();
	CHECK_INT(mkdir(in_folder("root/sub"), 0755), 0);
	CHECK_INT(mkdir(in_folder("root/bare"), 0755), 0);
	CHECK_INT(mkdir(in_folder("root/.well-known"), 0755), 0);
	make_file("root/a.txt", "hello");
	make_file("root/empty.bin", "");
	make_file("root/index.html", "<p>root");
	make_file("root/404.html", "<p>not here");
	make_file("root/sub/index.html", "<p>sub");
	make_file("root/sub/b.html", "<p>b");
	make_file("root/sub/c.css", "p {}");
	make_file("root/c.q", "q");
	make_file("root/pic.PNG", "png");
	make_file("root/z.js", "plain");
	make_file("root/z.js.gz", "zipped");
	make_file("root/z.js.br", "brotli");
	make_file("root/old.js", "newer");
	make_file("root/old.js.gz", "older");
	set_time("root/old.js.gz", KIT_TIME - 1);
	make_file("root/.hidden", "secret");
	make_file("root/.well-known/t", "token");
}

static void make_large(void)
{
	static char text[200001];

	memset(text, 'x', 200000);
	text[0] = 'A';
	text[199999] = 'Z';
	make_file("root/large", text);
}

static void the_folder_is_made(void)
{
	make_files();
	make_large();
}

static void the_folder_is_removed(void)
{
	remove_folder();
	CHECK(access(folder, F_OK) != 0);
}

/* The first makes the folder and the last removes it: CHECK needs a test. */
static CU_TestInfo tests[] = {
	TEST(the_folder_is_made),
	TEST(a_file_is_sent_with_what_is_known_of_it),
	TEST(an_empty_file_ends_with_its_head),
	TEST(head_gets_the_fields_only),
	TEST(head_of_an_error_has_its_length_and_no_body),
	TEST(other_methods_get_405),
	TEST(a_folder_without_slash_is_redirected),
	TEST(folders_are_never_listed),
	TEST(prefix_is_taken_off),
	TEST(index_names_are_tried_in_order),
	TEST(types_come_before_the_built_in_ones),
	TEST(the_first_cache_rule_that_matches_counts),
	TEST(compressed_files_are_sent_to_those_who_take_them),
	TEST(compressed_files_have_their_own_tags_and_ranges),
	TEST(older_or_unset_compressed_files_are_not_sent),
	TEST(error_pages_are_the_bodies_of_errors),
	TEST(an_error_page_that_went_is_no_second_error),
	TEST(fallback_is_sent_for_unknown_paths),
	TEST(hidden_names_are_shown_when_allowed),
	TEST(files_beyond_the_limit_get_503),
	TEST(places_come_back_when_a_body_is_sent_or_given_up),
	TEST(a_young_file_has_a_weak_tag),
	TEST(a_date_of_this_second_is_no_condition_of_a_range),
	TEST(conditions_and_ranges_follow_the_table),
	TEST(the_parts_of_answers_to_ranges),
	TEST(a_304_has_validators_and_nothing_of_the_body),
	TEST(head_ignores_ranges),
	TEST(a_large_file_waits_for_room),
	TEST(a_file_that_shrinks_ends_in_a_reset),
	TEST(the_request_is_read_to_its_end_first),
	TEST(a_client_that_asks_first_is_answered_at_once),
	TEST(a_truncated_request_gets_a_reset),
	TEST(out_of_memory_is_a_failure),
	TEST(a_file_that_may_not_be_read_is_403),
	TEST(a_root_that_went_is_a_500),
	TEST(bad_settings_are_diagnosed),
	TEST(bad_roots_are_diagnosed),
	TEST(the_folder_is_removed),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
