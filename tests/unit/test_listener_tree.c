/* SPDX-License-Identifier: MIT */
#include "fake_registry.h"
#include "listener_tree.h"
#include "pst_test.h"

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

static CU_TestInfo tests[] = {
	TEST(one_address_is_one_listener),
	TEST(other_addresses_are_other_listeners),
	TEST(bind_and_not_the_url_is_the_address),
	TEST(plain_and_secure_on_one_address_name_both),
	TEST(what_has_no_mux_shares_with_nobody),
	TEST(layers_up_to_the_mux_must_be_equal),
	TEST(layers_above_the_mux_may_differ),
	TEST(hosts_and_paths_may_differ),
	TEST(one_host_and_path_twice_is_refused),
	TEST(routes_come_from_the_mux_before_the_url),
	TEST(routes_that_are_none_are_refused),
	TEST(routes_are_sorted_for_matching),
	TEST(addresses_have_one_form),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
