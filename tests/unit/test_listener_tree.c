/* SPDX-License-Identifier: MIT */
#include "fake_registry.h"
#include "listener_find.h"
#include "listener_tree.h"
#include "pst_test.h"
#include "route_match.h"

#include <unistd.h>

/* Two echo services, each with one accept pipeline, on lines 1 and 2. */
static const char *two(const char *a, const char *b)
{
	static char text[2048];

	snprintf(text, sizeof(text),
	         "services = ( { name = \"a\"; type = \"echo\"; accept = %s; "
	         "},\n{ name = \"b\"; type = \"echo\"; accept = %s; } );",
	         a, b);
	return text;
}

static void one_address_is_one_listener(void)
{
	struct fake_load l;
	const struct sni_node *n;

	fake_load(&l, two("\"frame://gw:80/a\"", "\"frame://gw/b/c\""));
	if (CHECK(l.gateway != NULL && l.gateway->listener_count == 1)) {
		CHECK_STR(l.gateway->listeners[0].address, "gw:80");
		CHECK_INT(l.gateway->listeners[0].node_count, 1);
		n = &l.gateway->listeners[0].nodes[0];
		CHECK_INT(n->route_count, 2);
		CHECK_STR(n->routes[0].path, "/b/c");
		CHECK_STR(n->routes[1].path, "/a");
		CHECK_STR(n->routes[0].host, "gw");
		CHECK_STR(n->routes[0].pipeline->service->name, "b");
		CHECK(n->lower == l.gateway->services[0]->accept[0]);
	}
	fake_unload(&l);
}

static void other_addresses_are_other_listeners(void)
{
	struct fake_load l;

	fake_load(&l, two("( \"net://gw:1\", \"net://[::1]:1\" )",
	                  "( \"net://gw:2\", \"file:///run/x\" )"));
	if (CHECK(l.gateway != NULL && l.gateway->listener_count == 4)) {
		CHECK_STR(l.gateway->listeners[0].address, "gw:1");
		CHECK_STR(l.gateway->listeners[1].address, "[::1]:1");
		CHECK_STR(l.gateway->listeners[2].address, "gw:2");
		CHECK_STR(l.gateway->listeners[3].address, "unix:/run/x");
		CHECK_INT(l.gateway->listeners[3].index, 3);
	}
	fake_unload(&l);
}

static void bind_and_not_the_url_is_the_address(void)
{
	struct fake_load l;

	fake_load(&l, two("{ url = \"frame://one\"; net = { bind = \"0.0.0.0\";"
	                  " }; }",
	                  "{ url = \"frame://two\"; net = { bind = \"0.0.0.0\";"
	                  " }; }"));
	if (CHECK(l.gateway != NULL && l.gateway->listener_count == 1)) {
		CHECK_STR(l.gateway->listeners[0].address, "0.0.0.0:1000");
		CHECK_INT(l.gateway->listeners[0].nodes[0].route_count, 2);
	}
	fake_unload(&l);
}

static void plain_and_secure_on_one_address_name_both(void)
{
	char certificate[64] = "/tmp/pst-tree-XXXXXX", text[1024];
	int fd = mkstemp(certificate);

	CHECK(fd >= 0 && write(fd, "gw", 2) == 2);
	snprintf(text, sizeof(text),
	         "{ url = \"frames://gw:80\"; crypt = { certificate = \"%s\"; "
	         "private_key = \"%s\"; }; }",
	         certificate, certificate);
	CHECK(fake_refused(two("\"frame://gw\"", text),
	                   "t.conf:2: services.b.accept: shares gw:80 with "
	                   "services.a.accept (t.conf:1), but is secure (net, "
	                   "crypt, web, frames), and that is plain (net, web, "
	                   "frames); one address is either plain or secure"));
	close(fd);
	remove(certificate);
}

static void what_has_no_mux_shares_with_nobody(void)
{
	CHECK(fake_refused(two("\"net://gw:80\"", "\"net://gw:80\""),
	                   "t.conf:2: services.b.accept: shares gw:80 with "
	                   "services.a.accept (t.conf:1), and it (net) has no "
	                   "layer that tells requests apart"));
	CHECK(fake_refused(two("\"net://gw:80\"", "\"frame://gw\""),
	                   "and that (net) has no layer"));
}

static void layers_up_to_the_mux_must_be_equal(void)
{
	CHECK(fake_refused(two("\"frame://gw/a\"",
	                       "{ url = \"frame://gw/b\"; web = { max_head = "
	                       "2048; }; }"),
	                   "but its web.max_head is another; settings of web "
	                   "must be equal on one address"));
	CHECK(fake_refused(two("\"frame://gw/a\"",
	                       "{ url = \"frame://gw/b\"; net = { backlog = 5; "
	                       "}; }"),
	                   "but its net.backlog is another"));
	CHECK(fake_refused(two("\"frame://gw/a\"",
	                       "{ url = \"frame://gw/b\"; insert = { below = "
	                       "\"web\"; layer = \"flip\"; }; }"),
	                   "but has flip where that has web"));
}

static void layers_above_the_mux_may_differ(void)
{
	CHECK_INT(fake_errors(two("\"frame://gw/a\"",
	                          "{ url = \"frame://gw/b\"; insert = { above "
	                          "= \"frames\"; layer = \"flip\"; }; }")),
	          0);
}

static void hosts_and_paths_may_differ(void)
{
	CHECK_INT(fake_errors(two("\"frame://gw/a\"",
	                          "{ url = \"frame://gw/b\"; web = { host = "
	                          "\"other\"; path = \"/a\"; }; }")),
	          0);
}

static void one_host_and_path_twice_is_refused(void)
{
	CHECK(fake_refused(two("\"frame://gw/a\"", "\"frame://gw/a/\""),
	                   "t.conf:2: services.b.accept: has host \"gw\" and "
	                   "path \"/a\" on gw:80, as services.a.accept "
	                   "(t.conf:1) has"));
	CHECK(fake_refused(two("\"frame://gw/a\"",
	                       "{ url = \"frame://gw/b\"; web = { host = "
	                       "\"GW\"; path = \"/a\"; }; }"),
	                   "has host \"gw\" and path \"/a\""));
}

static void a_wildcard_is_a_host_like_others(void)
{
	struct fake_load l;
	const struct route *r;

	fake_load(&l, two("( { url = \"frame://*.Shop.test/a\"; net = { bind = "
	                  "\"q\"; }; }, { url = \"frame://gw/a\"; net = { bind "
	                  "= \"q\"; }; web = { host = \"*.test.\"; }; } )",
	                  "( { url = \"frame://shop.test/a\"; net = { bind = "
	                  "\"q\"; }; }, { url = \"frame://gw/a\"; net = { bind "
	                  "= \"q\"; }; web = { host = \"\"; }; } )"));
	if (CHECK(l.gateway != NULL)) {
		r = l.gateway->listeners[0].nodes[0].routes;
		CHECK_INT(l.gateway->listeners[0].nodes[0].route_count, 4);
		CHECK_STR(r[0].host, "");
		CHECK_STR(r[1].host, "*.shop.test");
		CHECK_STR(r[2].host, "*.test");
		CHECK_STR(r[3].host, "shop.test");
	}
	fake_unload(&l);
	CHECK(fake_refused(two("{ url = \"frame://*.gw/a\"; net = { bind = "
	                       "\"q\"; }; }",
	                       "{ url = \"frame://x/a\"; net = { bind = \"q\"; "
	                       "}; web = { host = \"*.GW\"; }; }"),
	                   "t.conf:2: services.b.accept: has host \"*.gw\" and "
	                   "path \"/a\" on q:1000, as services.a.accept "
	                   "(t.conf:1) has"));
	CHECK(fake_refused(
		two("{ url = \"frame://gw/a\"; web = { host = "
	            "\"a.*\"; }; }",
	            "\"net://x:1\""),
		"services.a.accept.web.host: \"a.*\" is not a host"));
	CHECK(fake_refused(two("\"frame://*/a\"", "\"net://x:1\""),
	                   "has '*' in its host"));
	CHECK(fake_refused(two("\"frame://*.10.0.0.1/a\"", "\"net://x:1\""),
	                   "nothing is below an address"));
}

static void routes_come_from_the_mux_before_the_url(void)
{
	struct fake_load l;
	const struct route *r;

	fake_load(&l, two("{ url = \"frame://gw/a\"; web = { host = "
	                  "\"Shop.Example:8080\"; path = \"/x/\"; }; }",
	                  "{ url = \"frame://0.0.0.0:81\"; }"));
	if (CHECK(l.gateway != NULL)) {
		r = &l.gateway->listeners[0].nodes[0].routes[0];
		CHECK_STR(r->host, "shop.example");
		CHECK_STR(r->path, "/x");
		r = &l.gateway->listeners[1].nodes[0].routes[0];
		CHECK_STR(r->host, "");
		CHECK_STR(r->path, "/");
	}
	fake_unload(&l);
	fake_load(&l, two("{ url = \"frame://gw/a\"; web = { host = \"\"; }; }",
	                  "{ layers = ( { net = { bind = \"q\"; }; }, \"web\", "
	                  "\"frames\" ); }"));
	if (CHECK(l.gateway != NULL)) {
		CHECK_STR(l.gateway->listeners[0].nodes[0].routes[0].host, "");
		CHECK_STR(l.gateway->listeners[0].nodes[0].routes[0].path,
		          "/a");
		CHECK_STR(l.gateway->listeners[1].nodes[0].routes[0].host, "");
	}
	fake_unload(&l);
}

static void routes_that_are_none_are_refused(void)
{
	CHECK(fake_refused(two("{ url = \"frame://gw/a\"; web = { host = \"a "
	                       "b\"; }; }",
	                       "\"net://x:1\""),
	                   "services.a.accept.web.host: \"a b\" is not a "
	                   "host"));
	CHECK(fake_refused(two("{ url = \"frame://gw/a\"; web = { path = "
	                       "\"x\"; }; }",
	                       "\"net://x:1\""),
	                   "services.a.accept.web.path: \"x\" is not a path"));
	CHECK(fake_refused(two("\"frame://gw/a;b\"", "\"net://x:1\""),
	                   "services.a.accept: \"/a;b\" has parameters"));
	CHECK(fake_refused(two("{ url = \"frame://gw/a\"; web = { path = "
	                       "\"/a%3Bb/c\"; }; }",
	                       "\"net://x:1\""),
	                   "services.a.accept.web.path: \"/a%3Bb/c\" has "
	                   "parameters"));
}

static void routes_are_sorted_for_matching(void)
{
	struct fake_load l;
	const struct route *r;

	fake_load(&l, "services = ( { name = \"a\"; type = \"echo\"; accept = "
	              "( { url = \"frame://gw/a\"; web = { host = \"\"; }; }, "
	              "\"frame://gw/a\", \"frame://gw/longer\", "
	              "{ url = \"frame://gw/a\"; web = { host = \"aa\"; }; } "
	              "); } );");
	if (CHECK(l.gateway != NULL)) {
		r = l.gateway->listeners[0].nodes[0].routes;
		CHECK_STR(r[0].host, "");
		CHECK_STR(r[1].host, "aa");
		CHECK_STR(r[2].path, "/longer");
		CHECK_STR(r[3].host, "gw");
		CHECK_STR(r[3].path, "/a");
	}
	fake_unload(&l);
}

/* -- nodes ------------------------------------------------------------- */

/* An accept hop on gw:1000 whose layer "sort" has these settings. */
static const char *sorted(const char *settings, const char *above)
{
	static char text[8][512];
	static unsigned at;
	char *out = text[at++ % 8];

	snprintf(out, sizeof(text[0]),
	         "{ layers = ( { net = { bind = \"gw\"; }; }, { sort = { %s "
	         "}; }%s ); }",
	         settings, above);
	return out;
}

static const char *web(const char *settings, const char *path)
{
	static char text[8][128];
	static unsigned at;
	char *out = text[at++ % 8];

	snprintf(out, sizeof(text[0]),
	         ", { web = { path = \"%s\"; }; }, \"frames\"", path);
	return sorted(settings, out);
}

static const struct sni_node *leads_to(const struct listener *l,
                                       const char *name, unsigned nth)
{
	static const struct sni_node none;
	unsigned i;

	for (i = 0; i < l->name_count; i++) {
		if (strcmp(l->names[i].name, name) == 0 &&
		    nth < l->names[i].node_count) {
			return l->names[i].nodes[nth];
		}
	}
	CHECK(false);
	return &none;
}

static void other_names_are_other_nodes(void)
{
	struct fake_load l;
	const struct listener *gw;

	fake_load(&l, two(web("names = [ \"b\", \"*.b\" ]; level = 2", "/"),
	                  sorted("names = [ \"a\" ]", "")));
	if (CHECK(l.gateway != NULL && l.gateway->listener_count == 1)) {
		gw = &l.gateway->listeners[0];
		CHECK_INT(gw->node_count, 2);
		CHECK_INT(gw->name_count, 3);
		CHECK_STR(gw->names[0].name, "*.b");
		CHECK(leads_to(gw, "b", 0) == &gw->nodes[0]);
		CHECK(leads_to(gw, "*.b", 0) == &gw->nodes[0]);
		CHECK(leads_to(gw, "a", 0) == &gw->nodes[1]);
		CHECK_INT(gw->nodes[0].name_count, 2);
		CHECK_INT(gw->nodes[0].route_count, 1);
		CHECK_STR(gw->nodes[1].lower->service->name, "b");
		CHECK(gw->fallback == NULL);
		CHECK_INT(gw->look_count, 1);
		CHECK_STR(gw->looks[0]->id, "sort");
		CHECK_INT(gw->lookahead, 512);
		CHECK_STR(gw->how, "sort.names or sort.rest");
	}
	fake_unload(&l);
}

/* A service for the name and the host `host`. */
static const char *host_of_name(const char *host, const char *name)
{
	static char text[4][512];
	static unsigned at;
	char *out = text[at++ % 4];

	snprintf(out, sizeof(text[0]),
	         "{ name = \"%s\"; type = \"echo\"; accept = { layers = ( { "
	         "net = { bind = \"gw\"; }; }, { sort = { names = [ \"%s\" ]; "
	         "}; }, { web = { host = \"%s\"; }; }, \"frames\" ); }; }",
	         name, host, host);
	return out;
}

static bool is_served(const struct sni_node *node, const char *host)
{
	const struct route *r;

	return route_match(node, host, strlen(host), "/", 1, &r) == PST_OK;
}

static void hosts_of_other_nodes_are_not_a_wildcards(void)
{
	char text[2048];
	const struct sni_node *n;
	struct fake_load l;

	snprintf(text, sizeof(text), "services = ( %s, %s, %s );",
	         host_of_name("*.test", "a"), host_of_name("*.b.test", "b"),
	         host_of_name("x.test", "c"));
	fake_load(&l, text);
	if (CHECK(l.gateway != NULL) &&
	    CHECK_INT(l.gateway->listeners[0].node_count, 3)) {
		n = l.gateway->listeners[0].nodes;
		CHECK_INT(n[0].elsewhere_count, 2);
		CHECK(is_served(&n[0], "y.test"));
		CHECK(is_served(&n[0], "b.test"));
		CHECK(is_served(&n[0], "a.x.test"));
		CHECK(!is_served(&n[0], "x.test"));
		CHECK(!is_served(&n[0], "c.b.test"));
		CHECK(!is_served(&n[0], "d.c.b.test"));
		CHECK_INT(n[1].elsewhere_count, 0);
		CHECK(is_served(&n[1], "d.c.b.test"));
		CHECK(!is_served(&n[1], "y.test"));
		CHECK(is_served(&n[2], "x.test"));
		CHECK(!is_served(&n[2], "y.test"));
	}
	fake_unload(&l);
}

/* A warning about the host of a service that has these names. */
static unsigned host_warnings(const char *names, const char *host)
{
	unsigned found;
	char text[1024];
	struct fake_load l;

	snprintf(
		text, sizeof(text),
		"services = ( %s, { name = \"s\"; type = \"echo\"; accept = { "
		"layers = ( { net = { bind = \"gw\"; }; }, { sort = { %s }; }, "
		"{ web = { host = \"%s\"; }; }, \"frames\" ); }; } );",
		host_of_name("other", "other"), names, host);
	fake_load(&l, text);
	CHECK(l.gateway != NULL);
	found = diag_has(&l.diag, "clients that ask for this name do not come "
	                          "in here, where");
	fake_unload(&l);
	return found;
}

static void a_host_that_no_name_leads_to_is_told(void)
{
#define A_TEST "names = [ \"x\", \"a.test\" ];"
	CHECK_INT(host_warnings(A_TEST, "a.test"), false);
	CHECK_INT(host_warnings(A_TEST, "b.test"), true);
	CHECK_INT(host_warnings(A_TEST, "test"), true);
	CHECK_INT(host_warnings(A_TEST, "*.test"), false);
	CHECK_INT(host_warnings(A_TEST, "*.a.test"), true);
	CHECK_INT(host_warnings(A_TEST, "*.xa.test"), true);
	CHECK_INT(host_warnings(A_TEST, ""), false);
	CHECK_INT(host_warnings(A_TEST, "10.0.0.1"), false);
	CHECK_INT(host_warnings(A_TEST, "[::1]"), false);
	CHECK_INT(host_warnings(A_TEST " rest = true;", "b.test"), false);
	CHECK_INT(host_warnings("names = [ \"*.test\" ];", "b.test"), false);
	CHECK_INT(host_warnings("names = [ \"*.test\" ];", "*.test"), false);
	CHECK_INT(host_warnings("names = [ \"*.test\" ];", "c.b.test"), true);
	CHECK_INT(host_warnings("names = [ \"*.test\" ];", "test"), true);
	CHECK_INT(host_warnings("", "b.test"), false);
#undef A_TEST
}

static void equal_names_and_settings_are_one_node(void)
{
	struct fake_load l;

	fake_load(&l, two(web("names = [ \"a\", \"b\" ]", "/x"),
	                  web("names = [ \"b\", \"a\", \"b\" ]", "/y")));
	if (CHECK(l.gateway != NULL)) {
		CHECK_INT(l.gateway->listeners[0].node_count, 1);
		CHECK_INT(l.gateway->listeners[0].nodes[0].route_count, 2);
		CHECK_INT(l.gateway->listeners[0].look_count, 0);
	}
	fake_unload(&l);
}

static void names_may_overlap(void)
{
	struct fake_load l;
	const struct listener *gw;

	fake_load(&l, two(web("names = [ \"a\", \"b\" ]", "/x"),
	                  web("names = \"b\"", "/y")));
	if (CHECK(l.gateway != NULL)) {
		gw = &l.gateway->listeners[0];
		CHECK_INT(gw->node_count, 2);
		CHECK_INT(leads_to(gw, "a", 0)->route_count, 1);
		CHECK_INT(leads_to(gw, "b", 0)->route_count, 2);
	}
	fake_unload(&l);
}

static void one_name_has_one_set_of_settings(void)
{
	CHECK(fake_refused(
		two(web("names = \"a\"", "/x"),
	            web("names = \"a\"; level = 2", "/y")),
		"t.conf:2: services.b.accept: shares gw:1000 with "
		"services.a.accept (t.conf:1), but its sort.level is another; "
		"settings of sort must be equal on one address and name (a), "
		"or clients must ask for other names (see sort.names or "
		"sort.rest)"));
	CHECK(fake_refused(
		two(web("names = \"a\"", "/x"), web("names = \"a\"", "/x/")),
		"has host \"\" and path \"/x\" on gw:1000"));
}

static void without_a_mux_a_name_has_one_service(void)
{
	CHECK(fake_refused(two(sorted("names = \"a\"", ""),
	                       sorted("names = [ \"b\", \"a\" ]", "")),
	                   "services.a.accept (t.conf:1), and it (net, sort) "
	                   "has no layer that tells requests apart by host and "
	                   "path; give one of them another port, or clients "
	                   "must ask for other names"));
	CHECK_INT(fake_errors(two(sorted("names = \"a\"", ""),
	                          sorted("names = \"b\"", ""))),
	          0);
}

static const char *fallback_of(const char *a, const char *b)
{
	static char name[64];
	struct fake_load l;

	fake_load(&l, two(a, b));
	snprintf(name, sizeof(name), "%s",
	         l.gateway == NULL ? "(refused)"
	         : l.gateway->listeners[0].fallback == NULL
	                 ? "(nobody)"
	                 : l.gateway->listeners[0]
	                           .fallback->nodes[0]
	                           ->lower->service->name);
	fake_unload(&l);
	return name;
}

static void the_default_takes_the_rest(void)
{
	CHECK_STR(fallback_of(sorted("names = \"a\"", ""),
	                      sorted("names = \"b\"; rest = true", "")),
	          "b");
	CHECK_STR(fallback_of(sorted("names = \"a\"", ""), sorted("", "")),
	          "b");
	CHECK_STR(fallback_of(sorted("names = \"a\"", ""),
	                      sorted("names = \"b\"", "")),
	          "(nobody)");
	CHECK_STR(
		fallback_of(web("names = \"a\"; rest = true", "/x"),
	                    web("names = [ \"a\", \"b\" ]; rest = true", "/y")),
		"a");
}

static void two_defaults_name_both(void)
{
	CHECK(fake_refused(
		two(sorted("names = \"a\"; rest = true", ""),
	            sorted("names = \"b\"; rest = true", "")),
		"t.conf:2: services.b.accept: shares gw:1000 with "
		"services.a.accept (t.conf:1), and both take clients that ask "
		"for no name or an unknown one; make only one of them the "
		"default: see sort.names or sort.rest"));
	CHECK(fake_refused(
		two(sorted("names = \"a\"; rest = true", ""), sorted("", "")),
		"and both take clients that ask for no name"));
}

static void protocols_tell_services_of_one_name_apart(void)
{
	struct fake_load l;
	const struct listener *gw;

	fake_load(&l, two(web("names = \"a\"; speaks = [ \"x\", \"y\" ]", "/"),
	                  sorted("names = \"a\"", "")));
	if (CHECK(l.gateway != NULL)) {
		gw = &l.gateway->listeners[0];
		CHECK_INT(gw->node_count, 2);
		CHECK_INT(gw->name_count, 1);
		CHECK_INT(leads_to(gw, "a", 0)->protocol_count, 2);
		CHECK_INT(leads_to(gw, "a", 1)->protocol_count, 0);
	}
	fake_unload(&l);
}

static void protocols_that_overlap_are_refused(void)
{
	CHECK(fake_refused(
		two(sorted("names = \"a\"; speaks = [ \"x\", \"y\" ]", ""),
	            sorted("names = \"a\"; speaks = [ \"z\", \"y\" ]", "")),
		"services.a.accept (t.conf:1), and clients that ask for \"y\" "
		"at a find both, but their lists of protocols differ"));
	CHECK_INT(fake_errors(two(sorted("names = \"a\"; speaks = \"x\"", ""),
	                          sorted("names = \"b\"; speaks = [ \"x\", "
	                                 "\"y\" ]",
	                                 ""))),
	          0);
}

static void a_layer_that_hides_names_is_refused(void)
{
	static const char flipped[] =
		"{ layers = ( { net = { bind = \"gw\"; }; }, \"flip\", { sort "
		"= { names = \"%s\"; }; }, { web = { path = \"/%s\"; }; }, "
		"\"frames\" ); }";
	char a[256], b[256];

	snprintf(a, sizeof(a), flipped, "a", "a");
	snprintf(b, sizeof(b), flipped, "b", "b");
	CHECK(fake_refused(two(a, b),
	                   "t.conf:2: services.b.accept: shares gw:1000 with "
	                   "services.a.accept (t.conf:1), and what clients ask "
	                   "for would tell them apart, but flip below sort "
	                   "hides it; take flip out"));
	snprintf(b, sizeof(b), flipped, "a", "b");
	CHECK_INT(fake_errors(two(a, b)), 0);
}

static void a_layer_that_skips_is_looked_through(void)
{
	static const char stripped[] =
		"{ layers = ( { net = { bind = \"gw\"; }; }, \"strip\", { "
		"sort = { names = \"%s\"; }; } ); }";
	struct fake_load l;
	char a[256], b[256];

	snprintf(a, sizeof(a), stripped, "a");
	snprintf(b, sizeof(b), stripped, "b");
	fake_load(&l, two(a, b));
	if (CHECK(l.gateway != NULL)) {
		CHECK_INT(l.gateway->listeners[0].look_count, 2);
		CHECK_STR(l.gateway->listeners[0].looks[0]->id, "strip");
		CHECK_STR(l.gateway->listeners[0].looks[1]->id, "sort");
		CHECK_INT(l.gateway->listeners[0].lookahead, 516);
	}
	fake_unload(&l);
	CHECK(fake_refused(two(a, sorted("names = \"b\"", "")),
	                   "but is told apart by its layer 2 (sort), and that "
	                   "by its layer 3 (sort)"));
	CHECK(fake_refused(two(a, "{ layers = ( { net = { bind = \"gw\"; }; "
	                          "}, \"flip\" ); }"),
	                   "but has flip where that has strip; layers up to "
	                   "sort, which tells services apart, must be the same "
	                   "on one address"));
}

static void limits_of_an_address_are_equal(void)
{
	CHECK(fake_refused(two("\"frame://gw/a\"",
	                       "{ url = \"frame://gw/b\"; max_connections = "
	                       "7; }"),
	                   "but its max_connections is another (7, and 0 "
	                   "there); it counts connections of the address"));
}

static void what_is_only_claimed_shares_with_its_like(void)
{
	char file[64] = "/tmp/pst-tree-XXXXXX", claimed[512];
	int fd = mkstemp(file);

	CHECK(fd >= 0);
	snprintf(claimed, sizeof(claimed),
	         "{ layers = ( { net = { bind = \"gw\"; }; }, { crypt = { "
	         "certificate = \"%s\"; private_key = \"%s\"; offloaded = "
	         "true; }; }, \"web\", \"frames\" ); }",
	         file, file);
	CHECK(fake_refused(
		two(claimed, "{ layers = ( { net = { bind = \"gw\"; }; }, "
	                     "\"web\", \"frames\" ); }"),
		"t.conf:2: services.b.accept: shares gw:1000 with "
		"services.a.accept (t.conf:1), but is plain (net, web, "
		"frames), and that is secure as claimed by what stands in "
		"front (net, crypt, web, frames); one address is either plain "
		"or secure or claimed to be: give one of them another port"));
	close(fd);
	remove(file);
}

/* -- finding ----------------------------------------------------------- */

static struct pst_route_key asked(const char *name, const char *protocols)
{
	struct pst_route_key key;

	memset(&key, 0, sizeof(key));
	key.name = name;
	key.name_length = strlen(name);
	while (*protocols != '\0') {
		size_t n = strcspn(protocols, ",");

		key.protocol[key.protocol_count].name = protocols;
		key.protocol[key.protocol_count++].length = n;
		protocols += n + (protocols[n] == ',');
	}
	return key;
}

/* The service's name; "!" and the miss when nobody is found. */
static const char *finds(const struct listener *l, const char *name,
                         const char *protocols)
{
	const struct pst_route_key key = asked(name, protocols);
	enum pst_route_miss why = PST_ROUTE_NO_NAME;
	const struct sni_node *node = listener_find(l, &key, &why);

	return node != NULL               ? node->lower->service->name
	       : why == PST_ROUTE_NO_NAME ? "!name"
	                                  : "!protocol";
}

static void load_three(struct fake_load *l, const char *a, const char *b,
                       const char *c)
{
	static char text[2048];

	snprintf(text, sizeof(text),
	         "services = ( { name = \"one\"; type = \"echo\"; accept = %s; "
	         "}, { name = \"two\"; type = \"echo\"; accept = %s; }, { name "
	         "= \"three\"; type = \"echo\"; accept = %s; } );",
	         a, b, c);
	fake_load(l, text);
}

static void names_are_found_exactly_then_by_their_first_label(void)
{
	struct fake_load l;
	const struct listener *gw;
	enum pst_route_miss why = PST_ROUTE_NO_PROTOCOL;
	static const char longest[300] = "";
	struct pst_route_key key;

	load_three(&l, sorted("names = \"a.example\"", ""),
	           sorted("names = \"*.example\"", ""),
	           sorted("names = [ \"b.a.example\", \"plain\" ]", ""));
	if (!CHECK(l.gateway != NULL)) {
		fake_unload(&l);
		return;
	}
	gw = &l.gateway->listeners[0];
	CHECK_STR(finds(gw, "a.example", ""), "one");
	CHECK_STR(finds(gw, "A.eXample", ""), "one");
	CHECK_STR(finds(gw, "a.example.", ""), "one");
	CHECK_STR(finds(gw, "c.example", ""), "two");
	CHECK_STR(finds(gw, "b.a.example", ""), "three");
	CHECK_STR(finds(gw, "PLAIN", ""), "three");
	CHECK_STR(finds(gw, "c.a.example", ""), "!name");
	CHECK_STR(finds(gw, "example", ""), "!name");
	CHECK_STR(finds(gw, ".example", ""), "!name");
	CHECK_STR(finds(gw, "*.example", ""), "!name");
	CHECK_STR(finds(gw, "", ""), "!name");
	CHECK_STR(finds(gw, ".", ""), "!name");
	CHECK(listener_find(gw, NULL, &why) == NULL);
	CHECK_INT(why, PST_ROUTE_NO_NAME);
	key = asked("", "");
	key.name = "a.example\0x";
	key.name_length = 11;
	CHECK(listener_find(gw, &key, &why) == NULL);
	key.name = longest;
	key.name_length = sizeof(longest);
	CHECK(listener_find(gw, &key, &why) == NULL);
	fake_unload(&l);
}

static void unknown_names_find_the_default(void)
{
	struct fake_load l;
	const struct listener *gw;
	enum pst_route_miss why;

	load_three(&l, sorted("names = \"a\"", ""),
	           sorted("names = \"b\"; rest = true", ""),
	           sorted("names = \"c\"", ""));
	if (CHECK(l.gateway != NULL)) {
		gw = &l.gateway->listeners[0];
		CHECK_STR(finds(gw, "a", ""), "one");
		CHECK_STR(finds(gw, "zzz", ""), "two");
		CHECK_STR(finds(gw, "", ""), "two");
		CHECK(listener_find(gw, NULL, &why) != NULL);
	}
	fake_unload(&l);
}

static void protocols_are_found_in_the_order_of_the_services(void)
{
	struct fake_load l;
	const struct listener *gw;

	load_three(&l, sorted("names = \"a\"; speaks = [ \"x\", \"y\" ]", ""),
	           sorted("names = \"a\"; speaks = \"z\"", ""),
	           sorted("names = \"b\"", ""));
	if (CHECK(l.gateway != NULL)) {
		gw = &l.gateway->listeners[0];
		CHECK_STR(finds(gw, "a", "z"), "two");
		CHECK_STR(finds(gw, "a", "z,y"), "one");
		CHECK_STR(finds(gw, "a", "q,z"), "two");
		CHECK_STR(finds(gw, "a", "q"), "!protocol");
		CHECK_STR(finds(gw, "a", "X"), "!protocol");
		CHECK_STR(finds(gw, "a", ""), "one");
		CHECK_STR(finds(gw, "b", "q"), "three");
	}
	fake_unload(&l);
}

static void who_speaks_nothing_takes_what_is_left(void)
{
	struct fake_load l;
	const struct listener *gw;

	load_three(&l, sorted("names = \"a\"; speaks = \"x\"", ""),
	           sorted("names = \"a\"", ""),
	           sorted("names = \"a\"; speaks = \"z\"", ""));
	if (CHECK(l.gateway != NULL)) {
		gw = &l.gateway->listeners[0];
		CHECK_STR(finds(gw, "a", "z"), "three");
		CHECK_STR(finds(gw, "a", "q"), "two");
		CHECK_STR(finds(gw, "a", ""), "two");
	}
	fake_unload(&l);
}

static const char *address(uint32_t family, const char *host, uint32_t port)
{
	static char text[128];
	struct pst_socket_plan plan;
	struct arena memory;

	arena_init(&memory);
	memset(&plan, 0, sizeof(plan));
	plan.family = family;
	plan.host = host;
	plan.port = port;
	plan.path = host;
	snprintf(text, sizeof(text), "%s", listener_address(&memory, &plan));
	arena_finish(&memory);
	return text;
}

static void addresses_have_one_form(void)
{
	CHECK_STR(address(PST_FAMILY_ANY, NULL, 1), "[::]:1");
	CHECK_STR(address(PST_FAMILY_ANY, "", 1), "[::]:1");
	CHECK_STR(address(PST_FAMILY_IPV6, "", 1), "[::]:1");
	CHECK_STR(address(PST_FAMILY_IPV4, "", 1), "0.0.0.0:1");
	CHECK_STR(address(PST_FAMILY_IPV6, "0:0::1", 443), "[::1]:443");
	CHECK_STR(address(PST_FAMILY_IPV4, "192.0.2.1", 80), "192.0.2.1:80");
	CHECK_STR(address(PST_FAMILY_UNIX, "/run/x", 0), "unix:/run/x");
}

/* Two services of type burrow, the second one with two accept pipelines. */
static const char *burrows(const char *a, const char *b, const char *c)
{
	static char text[2048];

	snprintf(text, sizeof(text),
	         "services = ( { name = \"a\"; type = \"burrow\"; accept = "
	         "\"%s\"; connect = \"net://b:1\"; },\n{ name = \"b\"; "
	         "type = \"burrow\"; accept = ( \"%s\", \"%s\" ); connect = "
	         "\"net://b:1\"; } );",
	         a, b, c);
	return text;
}

static void one_service_of_an_address_opens_tunnels(void)
{
	struct fake_load l;
	const struct sni_node *n;

	fake_load(&l, burrows("web://gw:1/", "web://gw:2/a", "web://gw:2/b"));
	if (CHECK(l.gateway != NULL && l.gateway->listener_count == 2)) {
		n = &l.gateway->listeners[0].nodes[0];
		CHECK(n->tunnel == &n->routes[0]);
		n = &l.gateway->listeners[1].nodes[0];
		CHECK_INT(n->route_count, 2);
		CHECK(n->tunnel != NULL &&
		      n->tunnel->pipeline->service == l.gateway->services[1]);
	}
	fake_unload(&l);
	CHECK(fake_refused(
		burrows("web://gw:1/", "web://gw:1/a", "web://gw:1/b"),
		"services.b.accept[0]: shares gw:1 with services.a.accept "
		"(t.conf:1), and both open tunnels"));
}

static void no_tunnel_is_found_where_none_is(void)
{
	struct fake_load l;

	fake_load(&l, two("\"frame://gw:80/a\"", "\"frame://gw/b\""));
	if (CHECK(l.gateway != NULL)) {
		CHECK(l.gateway->listeners[0].nodes[0].tunnel == NULL);
	}
	fake_unload(&l);
}

static CU_TestInfo tests[] = {
	TEST(one_service_of_an_address_opens_tunnels),
	TEST(no_tunnel_is_found_where_none_is),
	TEST(one_address_is_one_listener),
	TEST(other_addresses_are_other_listeners),
	TEST(bind_and_not_the_url_is_the_address),
	TEST(plain_and_secure_on_one_address_name_both),
	TEST(what_has_no_mux_shares_with_nobody),
	TEST(layers_up_to_the_mux_must_be_equal),
	TEST(layers_above_the_mux_may_differ),
	TEST(hosts_and_paths_may_differ),
	TEST(one_host_and_path_twice_is_refused),
	TEST(a_wildcard_is_a_host_like_others),
	TEST(routes_come_from_the_mux_before_the_url),
	TEST(routes_that_are_none_are_refused),
	TEST(routes_are_sorted_for_matching),
	TEST(other_names_are_other_nodes),
	TEST(hosts_of_other_nodes_are_not_a_wildcards),
	TEST(a_host_that_no_name_leads_to_is_told),
	TEST(equal_names_and_settings_are_one_node),
	TEST(names_may_overlap),
	TEST(one_name_has_one_set_of_settings),
	TEST(without_a_mux_a_name_has_one_service),
	TEST(the_default_takes_the_rest),
	TEST(two_defaults_name_both),
	TEST(protocols_tell_services_of_one_name_apart),
	TEST(protocols_that_overlap_are_refused),
	TEST(a_layer_that_hides_names_is_refused),
	TEST(a_layer_that_skips_is_looked_through),
	TEST(limits_of_an_address_are_equal),
	TEST(what_is_only_claimed_shares_with_its_like),
	TEST(names_are_found_exactly_then_by_their_first_label),
	TEST(unknown_names_find_the_default),
	TEST(protocols_are_found_in_the_order_of_the_services),
	TEST(who_speaks_nothing_takes_what_is_left),
	TEST(addresses_have_one_form),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
