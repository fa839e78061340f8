/* SPDX-License-Identifier: MIT */
/* The service `redirect`: where requests are led, and where never. */
#include "kit_check.h"
#include "pst_test.h"
#include "redirect_target.h"

#include <penstock/plugin.h>
#include <penstock/testkit.h>

static const char none[] = "none";

static struct pst_kit *kit_with(const char *const *options)
{
	struct pst_kit_params p = {
		.service = pst_plugin.get(PST_EXTENSION_SERVICE, 0),
		.options = options};

	return pst_kit_create(&p);
}

static void request(struct pst_kit *k, const char *method,
                    const char *authority, const char *path)
{
	const struct pst_kit_head head = {.kind = PST_HEAD_REQUEST,
	                                  .method = method,
	                                  .authority = authority,
	                                  .path = path};

	CHECK(pst_kit_ready(k));
	CHECK_INT(pst_kit_feed_kit_head(pst_kit_rx_in(k), &head, PST_EOM), 0);
	CHECK_INT(pst_kit_offer(k), 0);
	pst_kit_run(k);
}

/** The response has `status` and, unless it is `none`, `location`. */
static void answered(struct pst_kit *k, unsigned status, const char *location)
{
	struct pst_slice *s = pst_kit_take(pst_kit_tx_out(k));
	const struct pst_head *h = pst_kit_head_of(s);

	if (CHECK(h != NULL)) {
		CHECK_INT(h->status, status);
		CHECK(pst_kit_field_is(h, "Location",
		                       location == none ? NULL : location));
		CHECK_INT(h->body, PST_BODY_LENGTH);
		CHECK((s->flags & PST_EOM) != 0 ||
		      pst_kit_waiting(pst_kit_tx_out(k)) == h->body_length);
	}
	pst_kit_free(s);
	pst_kit_discard(pst_kit_tx_out(k));
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_CLEAN);
}

static void leads(const char *const *options, const char *authority,
                  const char *path, const char *location)
{
	struct pst_kit *k = kit_with(options);

	request(k, "GET", authority, path);
	answered(k, location == none ? 404 : 301, location);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void leads_to(const char *to, const char *authority, const char *path,
                     const char *location)
{
	const char *const options[] = {"to", to, NULL};

	leads(options, authority, path, location);
}

static void scheme_keeps_host_path_and_query(void)
{
	static const char *const options[] = {"scheme", "https", NULL};

	leads(options, "a.test", "/", "https://a.test/");
	leads(options, "a.test:8080", "/x?y=1&z", "https://a.test/x?y=1&z");
	leads(options, "[::1]:80", "/x", "https://[::1]/x");
	leads(options, "192.0.2.1", "//x", "https://192.0.2.1//x");
	leads(options, "a.test", "/%0d%0aX:1", "https://a.test/%0d%0aX:1");
}

static void host_and_port_replace_the_requests(void)
{
	static const char *const port[] = {"scheme", "https", "port", "8443",
	                                   NULL};
	static const char *const host[] = {"scheme", "http", "host",
	                                   "www.b.test", NULL};
	static const char *const both[] = {"scheme", "https", "host", "[::1]",
	                                   "port",   "444",   NULL};

	leads(port, "a.test:80", "/x", "https://a.test:8443/x");
	leads(host, "a.test:80", "/x", "http://www.b.test/x");
	leads(host, "", "/x", "http://www.b.test/x");
	leads(both, "a.test", "/?q", "https://[::1]:444/?q");
}

static void templates_keep_and_replace(void)
{
	leads_to("https://{host}{path}{query}", "a.test:81", "/x?q",
	         "https://a.test/x?q");
	leads_to("https://{host}:8443{path}", "a.test", "/x?q",
	         "https://a.test:8443/x?q");
	leads_to("https://b.test", "a.test", "/x?q", "https://b.test?q");
	leads_to("https://b.test/in{path}", "a.test", "/x",
	         "https://b.test/in/x");
	leads_to("/new{path}", "a.test", "/x?q", "/new/x?q");
	leads_to("{path}index.html", "a.test", "/x/", "/x/index.html");
	leads_to("/a%20b", "a.test", "/x", "/a%20b");
}

static void a_question_mark_of_its_own_drops_the_query(void)
{
	leads_to("https://b.test/new?from=old", "a.test", "/x?q",
	         "https://b.test/new?from=old");
	leads_to("https://b.test/new?", "a.test", "/x?q", "https://b.test/new");
}

static void paths_go_by_exact_then_longest(void)
{
	static const char *const options[] = {
		"paths", "/a/*=/n/*",
		"paths", "/a/b=/exact",
		"paths", "/q=/r?own=1",
		"paths", "/a/b/*=/all",
		"paths", "/out/*=https://b.test/in/*",
		"paths", "/p/*={path}.html",
		NULL};

	leads(options, "a.test", "/a/b", "/exact");
	leads(options, "a.test", "/a/b?q", "/exact?q");
	leads(options, "a.test", "/a/b/", "/all");
	leads(options, "a.test", "/a/b/c/d", "/all");
	leads(options, "a.test", "/a/bc", "/n/bc");
	leads(options, "a.test", "/a/", "/n/");
	leads(options, "a.test", "/a", none);
	leads(options, "a.test", "/", none);
	leads(options, "a.test", "/q?a=b", "/r?own=1");
	leads(options, "a.test", "/out/x/y?q", "https://b.test/in/x/y?q");
	leads(options, "a.test", "/p/x", "/p/x.html");
}

static void paths_stand_beside_scheme_and_to(void)
{
	static const char *const scheme[] = {
		"scheme", "https",     "port",  "8443",
		"paths",  "/old=/new", "paths", "/far=http://b.test/",
		NULL};
	static const char *const to[] = {"to", "https://b.test{path}", "paths",
	                                 "/old=/new", NULL};

	leads(scheme, "a.test", "/old", "https://a.test:8443/new");
	leads(scheme, "a.test", "/far", "http://b.test/");
	leads(scheme, "a.test", "/other", "https://a.test:8443/other");
	leads(to, "a.test", "/old", "/new");
	leads(to, "a.test", "/other", "https://b.test/other");
}

static void no_request_leaves_the_origin(void)
{
	static const char *const rest[] = {"paths", "/old/*=/*", NULL};
	static const char *const all[] = {"paths", "/*=https://b.test/n/*",
	                                  NULL};

	leads(all, "a.test", "/x/y?q", "https://b.test/n/x/y?q");
	leads(all, "a.test", "//evil.test", "https://b.test/n//evil.test");
	leads_to("{path}", "a.test", "//evil.test/x", "/evil.test/x");
	leads_to("{path}", "a.test", "////evil.test", "/evil.test");
	leads_to("{path}", "a.test", "/\\evil.test", "/%5Cevil.test");
	leads_to("/{path}", "a.test", "/x", "/x");
	leads(rest, "a.test", "/old//evil.test", "/evil.test");
	leads(rest, "a.test", "/old/\\\\evil.test", "/%5C%5Cevil.test");
	leads_to("https://b.test{path}", "a.test", "@evil.test/",
	         "https://b.test/");
	leads_to("https://b.test", "a.test", "/?\"><script>",
	         "https://b.test?%22%3E%3Cscript%3E");
	leads_to("https://b.test{path}", "a.test", "*", "https://b.test/");
	leads_to("https://b.test{path}", "a.test", "?q", "https://b.test/?q");
	leads_to("https://b.test{path}", "a.test", "", "https://b.test/");
}

static void a_host_that_is_none_gets_400(void)
{
	static const char *const options[] = {"scheme", "https", NULL};
	static const char *const hosts[] = {
		"",
		"u@evil.test",
		"a.test:80@evil.test",
		"a.test\\@b",
		"a/b",
		"a?b",
		"a#b",
		"a b",
		"[::1",
		"[a:80]",
		"[]",
		"::1",
		"a.test:x",
		"a.test:0",
		"a.test:65536",
		"a.test:80:80",
		"[::1]evil",
		"a%2fb",
		":80",
		"\xc3\xa4.test",
		"[1:2:3:4:5:6:7:8:9:1:2:3:4:5:6:7:8:9:1:2:3:4:5:6]"};
	size_t i;

	for (i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		struct pst_kit *k = kit_with(options);

		request(k, "GET", hosts[i], "/");
		answered(k, 400, none);
		CHECK_INT(pst_kit_destroy(k), 0);
	}
}

static void method_gets(const char *code, const char *method, unsigned status)
{
	const char *const options[] = {
		"scheme", "https", code == NULL ? NULL : "code", code, NULL};
	struct pst_kit *k = kit_with(options);

	request(k, method, "a.test", "/");
	answered(k, status, "https://a.test/");
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void the_default_code_keeps_other_methods(void)
{
	method_gets(NULL, "GET", 301);
	method_gets(NULL, "HEAD", 301);
	method_gets(NULL, "POST", 308);
	method_gets(NULL, "OPTIONS", 308);
	method_gets(NULL, "get", 308);
}

static void each_code_is_sent_to_all_methods(void)
{
	method_gets("301", "POST", 301);
	method_gets("302", "GET", 302);
	method_gets("303", "POST", 303);
	method_gets("307", "HEAD", 307);
	method_gets("308", "GET", 308);
}

static void the_body_is_a_link_that_is_escaped(void)
{
	static const char *const options[] = {
		"scheme", "https", "cache_control", "no-cache", NULL};
	static const char body[] =
		"<!DOCTYPE html>\n<title>Moved</title>\n<p>This is found "
		"<a href=\"https://a.test/?a&amp;b=&#39;%3C%22\">elsewhere</a>"
		".\n";
	struct pst_kit *k = kit_with(options);
	const struct pst_head *h;
	struct pst_slice *s;

	request(k, "GET", "a.test", "/?a&b='<\"");
	s = pst_kit_take(pst_kit_tx_out(k));
	h = pst_kit_head_of(s);
	CHECK(pst_kit_field_is(h, "Content-Type", "text/html; charset=utf-8"));
	CHECK(pst_kit_field_is(h, "Cache-Control", "no-cache"));
	CHECK(pst_kit_field_is(h, "Strict-Transport-Security", NULL));
	CHECK_INT(h->body_length, sizeof(body) - 1);
	pst_kit_free(s);
	CHECK(pst_kit_reads(pst_kit_tx_out(k), body, sizeof(body) - 1));
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void head_has_the_length_and_no_body(void)
{
	static const char *const options[] = {"to", "/x", NULL};
	struct pst_kit *k = kit_with(options);
	struct pst_slice *s;

	request(k, "HEAD", "a.test", "/");
	s = pst_kit_take(pst_kit_tx_out(k));
	CHECK_INT(s->flags, PST_HEAD | PST_EOM);
	CHECK(pst_kit_head_of(s)->body_length > 20);
	pst_kit_free(s);
	CHECK(pst_kit_peek(pst_kit_tx_out(k)) == NULL);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void what_is_too_long_gets_414(void)
{
	static const char *const options[] = {"scheme", "https", NULL};
	static char path[20000];
	struct pst_kit *k = kit_with(options);

	memset(path, '/', sizeof(path) - 1);
	request(k, "GET", "a.test", path);
	answered(k, 414, none);
	CHECK_INT(pst_kit_destroy(k), 0);
	path[REDIRECT_URL_MAX - strlen("https://a.test")] = '\0';
	k = kit_with(options);
	request(k, "GET", "a.test", path);
	CHECK_INT(pst_kit_head_of(pst_kit_peek(pst_kit_tx_out(k)))->status,
	          301);
	pst_kit_discard(pst_kit_tx_out(k));
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void connect_gets_405(void)
{
	static const char *const options[] = {"to", "https://b.test", NULL};
	const struct pst_kit_head head = {.kind = PST_HEAD_REQUEST,
	                                  .method = "CONNECT",
	                                  .authority = "evil.test:443",
	                                  .upgrade_by = PST_UPGRADE_CONNECT};
	struct pst_kit *k = kit_with(options);

	CHECK_INT(pst_kit_feed_kit_head(pst_kit_rx_in(k), &head, 0), 0);
	CHECK_INT(pst_kit_offer(k), 0);
	pst_kit_run(k);
	answered(k, 405, none);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void post(struct pst_kit *k, const char *const *fields)
{
	const struct pst_kit_head head = {.kind = PST_HEAD_REQUEST,
	                                  .method = "POST",
	                                  .authority = "a.test",
	                                  .path = "/",
	                                  .body = PST_BODY_UNKNOWN,
	                                  .fields = fields};

	CHECK_INT(pst_kit_feed_kit_head(pst_kit_rx_in(k), &head, 0), 0);
	CHECK_INT(pst_kit_offer(k), 0);
	pst_kit_run(k);
}

static void the_request_is_read_to_its_end_first(void)
{
	static const char *const options[] = {"to", "/x", NULL};
	static const char part[100000];
	struct pst_kit *k = kit_with(options);

	post(k, NULL);
	pst_kit_feed(pst_kit_rx_in(k), part, sizeof(part));
	pst_kit_run(k);
	CHECK_INT(pst_kit_waiting(pst_kit_rx_in(k)), 0);
	CHECK(pst_kit_peek(pst_kit_tx_out(k)) == NULL);
	pst_kit_feed_message(pst_kit_rx_in(k), "end", 3, 0);
	pst_kit_run(k);
	answered(k, 308, "/x");
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_client_that_asks_first_is_answered_at_once(void)
{
	static const char *const options[] = {"to", "/x", NULL};
	static const char *const fields[] = {"Expect", "100-continue", NULL};
	struct pst_kit *k = kit_with(options);

	post(k, fields);
	answered(k, 308, "/x");
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_truncated_request_gets_a_reset(void)
{
	static const char *const options[] = {"to", "/x", NULL};
	struct pst_kit *k = kit_with(options);

	post(k, NULL);
	pst_kit_end(pst_kit_rx_in(k), PST_END_RESET, PST_CLASS_TRUNCATED);
	pst_kit_run(k);
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_RESET);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void the_answer_waits_for_room(void)
{
	static const char *const options[] = {"to", "/x", NULL};
	struct pst_kit *k = kit_with(options);
	struct pst_kit_port *out = pst_kit_tx_out(k);

	pst_kit_limit(out, 0);
	pst_kit_stall(out, true);
	request(k, "GET", "a.test", "/");
	CHECK(pst_kit_peek(out) == NULL);
	pst_kit_limit(out, 1000);
	pst_kit_run(k);
	answered(k, 301, "/x");
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void out_of_memory_is_a_failure(void)
{
	static const char *const options[] = {"to", "/x", NULL};
	unsigned n;

	for (n = 1; n <= 2; n++) {
		struct pst_kit *k = kit_with(options);

		pst_kit_fail_memory(k, n);
		request(k, "GET", "a.test", "/");
		CHECK(pst_kit_failed(k));
		CHECK_INT(pst_kit_destroy(k), 0);
	}
}

static void refused(const char *const *options, const char *option,
                    const char *text)
{
	struct pst_kit *k = kit_with(options);

	CHECK_REFUSED(k, option, text);
}

static void refused_pair(const char *option, const char *value,
                         const char *text)
{
	const char *const options[] = {option, value, NULL};

	refused(options, option, text);
}

static void bad_targets_are_diagnosed(void)
{
	refused_pair("to", "", "neither https://");
	refused_pair("to", "//evil.test", "names a host");
	refused_pair("to", "ftp://b.test/", "neither https://");
	refused_pair("to", "javascript:alert(1)", "neither https://");
	refused_pair("to", "https://", "names no host");
	refused_pair("to", "https:///x", "names no host");
	refused_pair("to", "https://u@b.test/", "{host} alone");
	refused_pair("to", "https://{host}.b.test/", "{host} alone");
	refused_pair("to", "https://www.{host}/", "{host} alone");
	refused_pair("to", "https://b.test{rest}", "{host} alone");
	refused_pair("to", "https://b.test:/", "its port");
	refused_pair("to", "https://b.test:0/", "its port");
	refused_pair("to", "https://b.test:65536/", "its port");
	refused_pair("to", "https://b.test:{host}/", "its port");
	refused_pair("to", "https://[::g]/", "names no host");
	refused_pair("to", "/x#part", "fragment");
	refused_pair("to", "/x y", "no URL has");
	refused_pair("to", "/x\r\nSet-Cookie: a=b", "no URL has");
	refused_pair("to", "/x\\y", "no URL has");
	refused_pair("to", "/x}", "no URL has");
	refused_pair("to", "/x%2", "percent code");
	refused_pair("to", "/{host}", "{host} only behind");
	refused_pair("to", "/{user}", "words in braces");
	refused_pair("to", "/{rest}", "there is no {rest}");
	refused_pair("to", "/x{query}/y", "not at its end");
	refused_pair("to", "/x?y{query}", "of its own and {query}");
	refused_pair("to", "/x?next={path}", "behind its \"?\"");
}

static void bad_paths_are_diagnosed(void)
{
	refused_pair("paths", "/old", "it has no =");
	refused_pair("paths", "old=/new", "does not begin with /");
	refused_pair("paths", "=/new", "does not begin with /");
	refused_pair("paths", "/a/*/=/new", "* only at the end");
	refused_pair("paths", "/old*=/new", "* only at the end");
	refused_pair("paths", "/old?a=/new", "a path alone");
	refused_pair("paths", "/{path}=/new", "a path alone");
	refused_pair("paths", "/old=", "neither https://");
	refused_pair("paths", "/old=//evil.test", "names a host");
	refused_pair("paths", "/old=/new/*", "without a first one");
	refused_pair("paths", "/old/*=https://b.test*", "{host} alone");
	refused_pair("paths", "/old/*=/new*", "not behind");
	refused_pair("paths", "/old/*=https://b.test{rest}", "{host} alone");
	refused_pair("paths", "/o d=/new", "no URL has");
}

static void other_settings_are_diagnosed(void)
{
	static const char *const twice[] = {"paths", "/a=/b", "paths", "/a=/c",
	                                    NULL};
	static const char *const both[] = {"scheme", "https", "to", "/x", NULL};
	static const char *const host[] = {"scheme", "https", "host",
	                                   "b.test:80", NULL};
	static const char *const path[] = {"scheme", "https", "host",
	                                   "b.test/x", NULL};
	static const char *const six[] = {"scheme", "https", "host", "::1",
	                                  NULL};
	static const char *const codes[] = {"304", "305", "306"};
	static const char *const high[] = {"to", "/x", "code", "309", NULL};
	static const char *const cache[] = {"to", "/x", "cache_control", "a\nb",
	                                    NULL};
	size_t i;

	refused(NULL, NULL, "nothing says where to go");
	refused(twice, "paths", "twice");
	refused(both, "to", "both given");
	refused(host, "host", "not a host");
	refused(path, "host", "not a host");
	refused(six, "host", "brackets");
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		const char *const code[] = {"to", "/x", "code", codes[i],
		                            NULL};

		refused(code, "code", "no redirect that clients follow");
	}
	refused(high, "code", "range");
	refused(cache, "cache_control", "control character");
	refused_pair("scheme", "ftp", "neither \"https\"");
	refused_pair("host", "b.test", "needs scheme");
	refused_pair("port", "8443", "needs scheme");
}

/* -- back to where it came from ------------------------------------------- */

/** A redirect with one pair of settings, behind `scheme`://`host`:`port``path`;
 *  `warned`: the option that is warned of, or NULL. */
struct way {
	const char *scheme, *host;
	unsigned port;
	const char *path;
	const char *option, *value;
	const char *warned;
};

static void check_way(const struct way *w)
{
	const struct pst_url url = {.scheme = w->scheme,
	                            .host = w->host,
	                            .path = w->path,
	                            .text = "its URL",
	                            .port = (uint16_t)w->port};
	const struct pst_hop hop = {
		.size = sizeof(hop),
		.provides = strcmp(w->scheme, "https") == 0
	                            ? (uint32_t)PST_PROVIDES_SECURE
	                            : 0,
		.url = &url,
		.path = w->path,
		.host = w->host,
		.shape = PST_SHAPE_EXCHANGES};
	const char *const options[] = {w->option, w->value, NULL};
	struct pst_kit_params p = {
		.service = pst_plugin.get(PST_EXTENSION_SERVICE, 0),
		.options = options,
		.accepts = &hop,
		.accept_count = 1};
	struct pst_kit *k = pst_kit_create(&p);
	const char *told = pst_kit_diagnosis(k, 0);

	CHECK(pst_kit_ready(k));
	if (w->warned == NULL) {
		CHECK_STR(told == NULL ? "" : told, "");
	} else {
		CHECK(pst_kit_diagnosed(k, w->warned,
		                        "without end (at its URL)"));
	}
	pst_kit_destroy(k);
}

static void what_leads_back_for_certain_is_warned_of(void)
{
	static const struct way ways[] = {
		{"http", "a.test", 8080, "/", "to", "/", "to"},
		{"http", "a.test", 8080, "/", "to", "{path}", "to"},
		{"http", "a.test", 8080, "/old", "to", "/old", "to"},
		{"http", "a.test", 8080, "/old", "to", "/old/", "to"},
		{"http", "a.test", 80, "/", "scheme", "http", "scheme"},
		{"https", "a.test", 443, "/", "scheme", "https", "scheme"},
		{"https", "*.a.test", 443, "/", "scheme", "https", "scheme"},
		{"https", "::1", 443, "/", "scheme", "https", "scheme"},
		{"http", "a.test", 8080, "/", "to", "http://A.test:8080{path}",
	         "to"},
		{"http", "a.test", 8080, "/", "paths", "/a=/a?b=c", "paths"},
		{"http", "a.test", 8080, "/", "paths", "/a/*=/a/*", "paths"},
		{"http", "a.test", 8080, "/a", "paths",
	         "/a/b=http://{host}:8080/a/b", "paths"},
	};
	size_t i;

	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		check_way(&ways[i]);
	}
}

static void what_may_lead_elsewhere_is_not_warned_of(void)
{
	static const struct way ways[] = {
		/* another service may stand there */
		{"http", "a.test", 80, "/", "to", "/x", NULL},
		{"http", "a.test", 80, "/old", "to", "/old/new", NULL},
		{"http", "a.test", 80, "/", "paths", "/a/*=/a/b/*", NULL},
		{"http", "a.test", 80, "/old", "to", "/", NULL},
		/* another origin */
		{"http", "a.test", 80, "/", "scheme", "https", NULL},
		{"https", "a.test", 443, "/", "scheme", "http", NULL},
		{"http", "a.test", 8080, "/", "scheme", "http", NULL},
		{"http", "a.test", 80, "/", "to", "http://a.test:81{path}",
	         NULL},
		{"http", "a.test", 80, "/", "to", "http://a.test.b{path}",
	         NULL},
		{"http", "a.test", 80, "/", "to", "http://a.tes{path}", NULL},
		{"http", "*.a.test", 80, "/", "to", "http://x.a.test{path}",
	         NULL},
		/* no request comes here for it */
		{"http", "a.test", 80, "/b", "paths", "/a=/a", NULL},
		{"http", "a.test", 80, "/a", "paths", "/ab=/ab", NULL},
	};
	size_t i;

	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		check_way(&ways[i]);
	}
}

static void circles_of_paths_are_warned_of_at_each(void)
{
	static const char *const options[] = {"paths", "/a=/b", "paths",
	                                      "/b=/c", "paths", "/c=/b",
	                                      "paths", "/d=/e", NULL};
	const struct pst_hop hop = {.size = sizeof(hop),
	                            .path = "/",
	                            .host = "a.test",
	                            .layers = "tcp, http",
	                            .shape = PST_SHAPE_EXCHANGES};
	struct pst_kit_params p = {
		.service = pst_plugin.get(PST_EXTENSION_SERVICE, 0),
		.options = options,
		.accepts = &hop,
		.accept_count = 1};
	struct pst_kit *k = pst_kit_create(&p);

	CHECK(pst_kit_ready(k));
	CHECK(pst_kit_diagnosed(k, "paths", "\"/b=/c\" leads back"));
	CHECK(pst_kit_diagnosed(k, "paths", "\"/c=/b\" leads back"));
	CHECK(pst_kit_diagnosed(k, "paths", "(at tcp, http)"));
	CHECK(pst_kit_diagnosis(k, 2) == NULL);
	pst_kit_destroy(k);
}

static CU_TestInfo tests[] = {
	TEST(scheme_keeps_host_path_and_query),
	TEST(host_and_port_replace_the_requests),
	TEST(templates_keep_and_replace),
	TEST(a_question_mark_of_its_own_drops_the_query),
	TEST(paths_go_by_exact_then_longest),
	TEST(paths_stand_beside_scheme_and_to),
	TEST(no_request_leaves_the_origin),
	TEST(a_host_that_is_none_gets_400),
	TEST(the_default_code_keeps_other_methods),
	TEST(each_code_is_sent_to_all_methods),
	TEST(the_body_is_a_link_that_is_escaped),
	TEST(head_has_the_length_and_no_body),
	TEST(what_is_too_long_gets_414),
	TEST(connect_gets_405),
	TEST(the_request_is_read_to_its_end_first),
	TEST(a_client_that_asks_first_is_answered_at_once),
	TEST(a_truncated_request_gets_a_reset),
	TEST(the_answer_waits_for_room),
	TEST(out_of_memory_is_a_failure),
	TEST(bad_targets_are_diagnosed),
	TEST(bad_paths_are_diagnosed),
	TEST(other_settings_are_diagnosed),
	TEST(what_leads_back_for_certain_is_warned_of),
	TEST(what_may_lead_elsewhere_is_not_warned_of),
	TEST(circles_of_paths_are_warned_of_at_each),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
