/* SPDX-License-Identifier: MIT */
#include "fake_registry.h"
#include "pipeline.h"
#include "pst_test.h"

/* A service of type echo (proxy with `connect`) around one pipeline. */
static const char *front(const char *accept)
{
	static char text[2048];

	snprintf(text, sizeof(text),
	         "services = ( { name = \"s\"; type = \"echo\";\n"
	         "accept = %s; } );",
	         accept);
	return text;
}

static const char *back(const char *connect)
{
	static char text[2048];

	snprintf(text, sizeof(text),
	         "services = ( { name = \"s\"; accept = \"net://gw:1\";\n"
	         "connect = %s; } );",
	         connect);
	return text;
}

static void a_url_is_short_for_its_layers(void)
{
	struct fake_load l;
	const struct pipeline *p;

	fake_load(&l, back("\"frames://gw.example.com/quotes\""));
	if (CHECK(l.gateway != NULL)) {
		p = l.gateway->services[0]->connect[0];
		CHECK_STR(p->description, "net, crypt, web, frames");
		CHECK_INT(p->count, 4);
		CHECK_INT(p->mux, 2);
		CHECK(p->layers[2].mux != NULL);
		CHECK_INT(p->top, PST_SHAPE_MESSAGES);
		CHECK(p->url_secure);
		CHECK_INT(p->provides,
		          PST_PROVIDES_SECURE | PST_PROVIDES_AUTHENTICATED |
		                  PST_PROVIDES_MUX | PST_PROVIDES_OFFER);
		CHECK_INT(p->headroom, 40 + 32 + 14);
		CHECK_INT(p->tailroom, 64);
		CHECK_STR(p->plan.host, "gw.example.com");
		CHECK_INT(p->plan.port, 443);
		CHECK_STR(p->path, "services.s.connect");
		CHECK(p->layers[1].setup.url == &p->url);
	}
	fake_unload(&l);
	CHECK_INT(fake_confs_alive, 0);
}

static void a_list_of_layers_has_no_url(void)
{
	struct fake_load l;
	const struct pipeline *p;

	fake_load(&l, front("{ layers = ( { net = { bind = \"1.2.3.4\"; }; },"
	                    "\"flip\", { flip = { }; } ); }"));
	if (CHECK(l.gateway != NULL)) {
		p = l.gateway->services[0]->accept[0];
		CHECK_STR(p->description, "net, flip, flip");
		CHECK(p->url.text == NULL);
		CHECK(p->layers[1].setup.url == NULL);
		CHECK_INT(p->provides, PST_PROVIDES_HALF_CLOSE);
		CHECK_INT(p->mux, -1);
		CHECK_INT(p->headroom, 64);
		CHECK_STR(p->plan.host, "1.2.3.4");
	}
	fake_unload(&l);
}

static void options_land_on_their_layer(void)
{
	struct fake_load l;
	const struct pipeline *p;

	fake_load(&l, back("{ url = \"crypt://b:1\"; net = { nodelay = false; "
	                   "address = \"x\"; }; crypt = { min_version = "
	                   "\"1.3\"; }; idle_timeout = \"5m\"; }"));
	if (CHECK(l.gateway != NULL)) {
		p = l.gateway->services[0]->connect[0];
		CHECK_STR(p->plan.host, "x");
		CHECK(p->limits.idle_timeout == 300000);
		CHECK(p->limits.connect_timeout == 10000);
		CHECK(p->limits.opening_timeout == 30000);
		CHECK(p->limits.close_timeout == 30000);
		CHECK(p->limits.lifetime == 0);
		CHECK(p->limits.high_water == 65536);
		CHECK_INT(p->layers[1].line, 2);
		CHECK_STR(p->layers[1].place->path, "services.s.connect.crypt");
	}
	fake_unload(&l);
}

static void hop_options_are_checked(void)
{
	CHECK(fake_refused(back("{ url = \"net://b:1\"; max_connections = 5; "
	                        "}"),
	                   "max_connections: \"max_connections\" is a setting "
	                   "for the accept hop only"));
	CHECK(fake_refused(front("{ url = \"net://b:1\"; connect_timeout = "
	                         "\"1s\"; }"),
	                   "for the connect hop only"));
	CHECK(fake_refused(front("{ url = \"net://b:1\"; high_water = \"1k\"; "
	                         "}"),
	                   "the least is 32k"));
	CHECK(fake_refused(front("{ url = \"net://b:1\"; idle_timout = \"1s\"; "
	                         "}"),
	                   "there is no setting or layer \"idle_timout\" here; "
	                   "did you mean \"idle_timeout\"?"));
}

static void insert_puts_a_layer_in_its_place(void)
{
	struct fake_load l;

	fake_load(&l, front("{ url = \"frame://gw:1\"; insert = ( "
	                    "{ below = \"web\"; layer = \"flip\"; } ); }"));
	if (CHECK(l.gateway != NULL)) {
		CHECK_STR(l.gateway->services[0]->accept[0]->description,
		          "net, flip, web, frames");
	}
	fake_unload(&l);
	fake_load(&l, back("{ url = \"net://gw:1\"; insert = { above = \"net\""
	                   "; layer = \"crypt\"; crypt = { min_version = "
	                   "\"1.3\"; }; }; crypt = { verify = \"off\"; }; }"));
	if (CHECK(l.gateway != NULL)) {
		CHECK_STR(l.gateway->services[0]->connect[0]->description,
		          "net, crypt");
		CHECK((l.gateway->services[0]->connect[0]->provides &
		       PST_PROVIDES_AUTHENTICATED) == 0);
		CHECK(diag_has(&l.diag, "t.conf:2: warning: services.s.connect."
		                        "crypt.verify: off"));
	}
	fake_unload(&l);
}

static void an_insert_without_a_place_goes_on_top(void)
{
	struct fake_load l;

	fake_load(&l, front("{ url = \"frame://gw:1\"; insert = "
	                    "{ layer = \"flip\"; }; }"));
	if (CHECK(l.gateway != NULL)) {
		CHECK_STR(l.gateway->services[0]->accept[0]->description,
		          "net, web, frames, flip");
	}
	fake_unload(&l);
	fake_load(&l, back("{ url = \"net://gw:1\"; insert = ( { layer = "
	                   "\"flip\"; }, { layer = \"crypt\"; } ); }"));
	if (CHECK(l.gateway != NULL)) {
		CHECK_STR(l.gateway->services[0]->connect[0]->description,
		          "net, flip, crypt");
	}
	fake_unload(&l);
}

static void wrong_inserts_are_refused(void)
{
#define INSERT(x) front("{ url = \"frame://gw:1\"; insert = ( " x " ); }")
	CHECK(fake_refused(INSERT("{ below = \"crypt\"; layer = \"flip\"; }"),
	                   "\"crypt\" is not a layer of this pipeline (net, "
	                   "web, frames)"));
	CHECK(fake_refused(INSERT("{ below = \"net\"; layer = \"flip\"; }"),
	                   "nothing can stand below \"net\""));
	CHECK(fake_refused(INSERT("{ below = \"web\"; above = \"net\"; layer = "
	                          "\"flip\"; }"),
	                   "keep one of them, or none for the top"));
	CHECK(fake_refused(INSERT("{ below = \"web\"; }"), "layer is missing"));
	CHECK(fake_refused(INSERT("{ below = 5; layer = 6; }"),
	                   "must be the id of a layer"));
	CHECK(fake_refused(INSERT("{ below = \"web\"; layer = \"flip\"; fip = "
	                          "{ }; }"),
	                   "there is no setting \"fip\" here; did you mean "
	                   "\"flip\"?"));
	CHECK(fake_refused(INSERT("\"flip\""), "must be a group"));
	CHECK(fake_refused(INSERT("{ below = \"web\"; layer = \"filp\"; }"),
	                   "did you mean \"flip\"?"));
	CHECK(fake_refused(INSERT("{ below = \"web\"; layer = \"Flip\"; }"),
	                   "is not the id of a layer"));
#undef INSERT
}

static void a_layer_twice_takes_a_list(void)
{
	CHECK(fake_refused(back("{ url = \"crypt://b:1\"; insert = ( { above = "
	                        "\"crypt\"; layer = \"crypt\"; } ); }"),
	                   "the pipeline has \"crypt\" twice; write it as "
	                   "layers = ( ... )"));
	CHECK_INT(fake_errors(back("{ layers = ( { net = { address = \"x\"; }; "
	                           "}, \"crypt\", \"crypt\" ); }")),
	          0);
}

static void wrong_forms_are_refused(void)
{
	CHECK(fake_refused(front("5"), "must be a URL in quotes or a group, "
	                               "and is an integer"));
	CHECK(fake_refused(front("{ }"), "needs url = "));
	CHECK(fake_refused(front("( )"), "has no pipeline in it"));
	CHECK(fake_refused(front("{ url = \"net://x:1\"; layers = ( \"net\" ); "
	                         "}"),
	                   "one of them"));
	CHECK(fake_refused(front("{ url = 5; }"), "must be a URL in quotes"));
	CHECK(fake_refused(front("{ layers = \"net\"; }"), "must be a list"));
	CHECK(fake_refused(front("{ layers = ( ); }"), "has no layer in it"));
	CHECK(fake_refused(front("{ layers = ( { a = {}; b = {}; } ); }"),
	                   "must be a group with one layer"));
	CHECK(fake_refused(front("{ layers = ( { net = { bind = \"x\"; }; } ); "
	                         "net = { }; }"),
	                   "belong into its place in layers"));
	CHECK(fake_refused(front("{ layers = ( { net = { bind = \"x\"; }; } ); "
	                         "insert = ( ); }"),
	                   "goes with url"));
	CHECK(fake_refused(front("{ url = \"net://b:1\"; net = 5; }"),
	                   "services.s.accept.net: must be a group"));
	CHECK(fake_refused(front("{ url = \"net://b:1\"; flip = { }; }"),
	                   "\"flip\" is not a layer of this pipeline (net); to "
	                   "put it on top, write insert = ( { layer = "
	                   "\"flip\"; } )"));
	CHECK(fake_refused(front("{ url = \"net://b:1\"; crypt = { }; }"),
	                   "\"crypt\" is not a layer of this pipeline (net); "
	                   "a URL with crypt:// has it"));
	CHECK(fake_refused(front("{ url = \"frame://b:1\"; crypt = { }; }"),
	                   "(net, web, frames); a URL with frames:// has it"));
	CHECK(fake_refused(front("{ url = \"net://b:1\"; frames = { }; }"),
	                   "insert = ( { layer = \"frames\"; } )"));
	CHECK(fake_refused(front("{ layers = ( { net = { bind = \"x\"; }; } ); "
	                         "crypt = { }; }"),
	                   "(net); write { crypt = { ... }; } at its place in "
	                   "layers"));
}

static void urls_are_checked_where_they_stand(void)
{
	CHECK(fake_refused(front("\"gw:9000\""),
	                   "t.conf:2: services.s.accept: \"gw:9000\" has no "
	                   "scheme; write e.g. net://host:port"));
	CHECK(fake_refused(front("\"nte://gw:9000\""),
	                   "no plugin offers scheme \"nte\"; did you mean "
	                   "\"net\"?"));
	CHECK(fake_refused(front("\"net://::1:9000\""), "needs brackets"));
	CHECK(fake_refused(front("\"net://gw\""), "has no port"));
	CHECK(fake_refused(back("\"frame://*.gw/x\""),
	                   "stands for many hosts, and a connection goes to "
	                   "one"));
	CHECK(fake_refused(front("\"frame://gw/x?y\""), "has a query"));
	CHECK_INT(fake_errors(back("\"frame://gw/x?y\"")), 0);
}

static void a_shape_that_does_not_fit_gets_a_hint(void)
{
	CHECK(fake_refused(
		front("{ layers = ( { net = { bind = \"x\"; }; }, "
	              "\"frames\" ); }"),
		"frames needs exchanges below it, and net offers bytes; insert "
		"web between net and frames"));
	CHECK(fake_refused(
		front("{ layers = ( { net = { bind = \"x\"; }; }, "
	              "\"tunnel\" ); }"),
		"tunnel needs messages below it, and net offers bytes; no "
		"layer that is installed turns one into the other"));
	CHECK(fake_refused(
		front("{ layers = ( { net = { bind = \"x\"; }; }, "
	              "\"web\", \"flip\" ); }"),
		"flip needs bytes below it, and web offers exchanges; insert "
		"frames between web and flip"));
}

static void messages_pass_for_bytes(void)
{
	struct fake_load l;

	fake_load(&l, back("{ url = \"frame://b\"; insert = { above = "
	                   "\"frames\"; layer = \"crypt\"; }; }"));
	if (CHECK(l.gateway != NULL)) {
		CHECK_INT(l.gateway->services[0]->connect[0]->top,
		          PST_SHAPE_BYTES);
	}
	fake_unload(&l);
}

static void a_layer_that_leaves_the_shape_keeps_messages(void)
{
	struct fake_load l;

	fake_load(&l, front("{ url = \"frame://b\"; insert = { above = "
	                    "\"frames\"; layer = \"flip\"; }; }"));
	if (CHECK(l.gateway != NULL)) {
		CHECK_INT(l.gateway->services[0]->accept[0]->top,
		          PST_SHAPE_MESSAGES);
	}
	fake_unload(&l);
}

static void two_muxes_are_refused(void)
{
	CHECK(fake_refused(front("{ url = \"frame://b\"; insert = { above = "
	                         "\"frames\"; layer = \"tunnel\"; }; }"),
	                   "tunnel opens streams, and so does web below it"));
}

static void endpoints_stand_at_the_bottom_and_only_there(void)
{
	CHECK(fake_refused(front("{ layers = ( \"flip\" ); }"),
	                   "flip cannot be the bottom layer: it makes no "
	                   "sockets; put an endpoint below it, e.g. net"));
	CHECK(fake_refused(front("{ layers = ( { net = { bind = \"x\"; }; }, "
	                         "\"net\" ); }"),
	                   "net makes sockets: it can only be the bottom"));
	CHECK(fake_refused(front("{ layers = ( \"nett\" ); }"),
	                   "no plugin offers endpoint \"nett\"; did you mean "
	                   "\"net\"?"));
}

static void roles_are_checked(void)
{
	CHECK(fake_refused(back("{ url = \"net://b:1\"; insert = { above = "
	                        "\"net\"; layer = \"front-only\"; }; }"),
	                   "front-only does not work on the connect hop"));
	CHECK_INT(fake_errors(front("{ url = \"net://b:1\"; insert = { above = "
	                            "\"net\"; layer = \"front-only\"; }; }")),
	          0);
}

static void lookahead_above_high_water_is_refused(void)
{
	CHECK(fake_refused(front("{ url = \"net://b:1\"; insert = { above = "
	                         "\"net\"; layer = \"vast\"; }; }"),
	                   "high_water is 64k, but vast may have to see 1m "
	                   "before it can go on; raise it to 1m"));
	CHECK_INT(fake_errors(front("{ url = \"net://b:1\"; high_water = "
	                            "\"1m\"; insert = { above = \"net\"; layer "
	                            "= \"vast\"; }; }")),
	          0);
}

static void a_secure_scheme_must_keep_its_promise(void)
{
	CHECK_INT(fake_errors(front("{ url = \"crypt://gw:1\"; crypt = { "
	                            "certificate = \"" __FILE__
	                            "\"; private_key = \"" __FILE__
	                            "\"; offloaded = true; }; }")),
	          0);
	CHECK(fake_refused(front("\"hollow://gw:1\""),
	                   "\"hollow://gw:1\" promises a secure hop, and no "
	                   "layer of net provides it"));
}

static uint32_t provided_through(const char *layers)
{
	struct fake_load l;
	uint32_t provides = UINT32_MAX;

	fake_load(&l, back(layers));
	if (CHECK(l.gateway != NULL)) {
		provides = l.gateway->services[0]->connect[0]->provides;
	}
	fake_unload(&l);
	return provides & (PST_PROVIDES_SECURE | PST_PROVIDES_AUTHENTICATED);
}

static void promises_end_at_a_relay(void)
{
	static const char through[] =
		"{ layers = ( { net = { address = \"b:1\"; }; }, "
		"\"crypt\", \"web\", \"relay\" ); }";
	static const char beyond[] =
		"{ layers = ( { net = { address = \"b:1\"; }; }, \"web\", "
		"\"relay\", \"crypt\" ); }";

	CHECK_INT(provided_through(through), 0);
	CHECK_INT(provided_through(beyond),
	          PST_PROVIDES_SECURE | PST_PROVIDES_AUTHENTICATED);
	CHECK(fake_refused(back("{ url = \"webs://b\"; insert = { layer = "
	                        "\"relay\"; }; }"),
	                   "promises a secure hop, and no layer of"));
}

static void a_layer_that_refuses_is_named(void)
{
	CHECK(fake_refused(front("{ url = \"net://b:1\"; insert = { above = "
	                         "\"net\"; layer = \"liar\"; }; }"),
	                   "liar refuses these settings and does not say why"));
	CHECK(fake_refused(front("{ layers = ( \"net\" ); }"),
	                   "services.s.accept.layers[0].bind: is missing"));
}

static void too_many_layers_are_refused(void)
{
	CHECK(fake_refused(
		front("{ layers = ( { net = { bind = \"x\"; }; }, \"flip\","
	              "\"flip\",\"flip\",\"flip\",\"flip\",\"flip\",\"flip\","
	              "\"flip\",\"flip\",\"flip\",\"flip\",\"flip\",\"flip\","
	              "\"flip\",\"flip\",\"flip\" ); }"),
		"more than 16 layers"));
}

static void defaults_stand_underneath(void)
{
	struct fake_load l;
	char text[4096];

	snprintf(text, sizeof(text),
	         "defaults = { connect = { crypt = { min_version = \"1.3\"; "
	         "verify = \"off\"; }; idle_timeout = \"7s\"; }; };\n%s",
	         back("{ url = \"crypt://b:1\"; crypt = { verify = \"on\"; }; "
	              "}"));
	fake_load(&l, text);
	if (CHECK(l.gateway != NULL)) {
		const struct pipeline *p = l.gateway->services[0]->connect[0];

		CHECK((p->provides & PST_PROVIDES_AUTHENTICATED) != 0);
		CHECK(p->limits.idle_timeout == 7000);
		CHECK(p->layers[1].place->options.origins[3].shared);
		CHECK(!p->layers[1].place->options.origins[4].shared);
	}
	fake_unload(&l);
}

static void several_pipelines_make_a_list(void)
{
	struct fake_load l;

	fake_load(&l, front("( \"net://a:1\", { url = \"net://b:2\"; } )"));
	if (CHECK(l.gateway != NULL)) {
		CHECK_INT(l.gateway->services[0]->accept_count, 2);
		CHECK_STR(l.gateway->services[0]->accept[1]->path,
		          "services.s.accept[1]");
		CHECK_INT(l.gateway->services[0]->accept[1]->index, 1);
	}
	fake_unload(&l);
}

/* -- bridges ----------------------------------------------------------- */

static const char *bridged(const char *accept, const char *connect)
{
	static char text[2048];

	snprintf(text, sizeof(text),
	         "services = ( { name = \"s\"; accept = { url = \"%s; };\n"
	         "connect = { url = \"%s; }; } );",
	         accept, connect);
	return text;
}

static void a_bridge_has_its_rule(void)
{
	struct fake_load l;
	const struct pipeline *p;

	fake_load(&l,
	          bridged("net://gw:1\"", "frame://b:1\"; bytes_as = \"text\"; "
	                                  "message_flush_size = \"2k\"; "
	                                  "message_flush_time = \"50ms\"; "
	                                  "message_delimiter = \"\\r\\n\"; "
	                                  "message_delimiter_mode = \"strip\"; "
	                                  "delimiter_append = \"\\\\0\""));
	if (CHECK(l.gateway != NULL)) {
		p = l.gateway->services[0]->connect[0];
		CHECK(p->bridges);
		CHECK_INT(p->bridge.bytes_as, BRIDGE_TEXT);
		CHECK_INT(p->bridge.flush_size, 2048);
		CHECK_INT(p->bridge.flush_time, 50);
		CHECK_INT(p->bridge.delimiter_mode, BRIDGE_STRIP);
		CHECK_INT(p->bridge.delimiter->length, 2);
		CHECK_MEM(p->bridge.delimiter->bytes, "\r\n", 2);
		CHECK_INT(p->bridge.append->length, 1);
		CHECK_INT(p->bridge.append->bytes[0], 0);
		CHECK(!l.gateway->services[0]->accept[0]->bridges);
	}
	fake_unload(&l);
}

static void a_bridge_without_a_rule_is_plain(void)
{
	struct fake_load l;
	const struct pipeline *p;

	fake_load(&l, bridged("frame://gw:1\"", "net://b:1\""));
	if (CHECK(l.gateway != NULL)) {
		p = l.gateway->services[0]->accept[0];
		CHECK(p->bridges && hop_bridge_is_plain(&p->bridge));
		CHECK(p->bridge.append == NULL);
	}
	fake_unload(&l);
}

static void a_rule_stands_where_something_is_bridged(void)
{
	CHECK(fake_refused(
		bridged("net://gw:1\"; bytes_as = \"text\"", "frame://b:1\""),
		"t.conf:1: services.s.accept.bytes_as: bytes_as says "
		"how bytes and messages meet, and stands on the hop "
		"that has the messages; net offers bytes"));
	CHECK(fake_refused(bridged("frame://gw:1\"",
	                           "frame://b:1\"; message_flush_size = 5"),
	                   "t.conf:2: services.s.connect.message_flush_size: "
	                   "message_flush_size says how bytes and messages "
	                   "meet, and here messages meet messages"));
	CHECK(fake_refused(
		front("{ url = \"frame://gw:1\"; delimiter_append = "
	              "\"x\"; }"),
		"delimiter_append says how bytes and messages meet, "
		"and a service of type \"echo\" without connect joins "
		"no hops"));
}

static void a_rule_for_all_hops_may_fit_few(void)
{
	struct fake_load l;

	fake_load(&l, "defaults = { accept = { bytes_as = \"text\"; "
	              "message_delimiter_mode = \"strip\"; }; };\n"
	              "services = ( { name = \"s\"; type = \"echo\"; "
	              "accept = \"net://gw:1\"; } );");
	CHECK(l.gateway != NULL);
	fake_unload(&l);
}

static void delimiters_are_checked(void)
{
	CHECK(fake_refused(
		bridged("net://gw:1\"", "frame://b:1\"; message_delimiter = "
	                                "\"\\\\q\""),
		"services.s.connect.message_delimiter: \"\\q\" is not "
		"a delimiter: 1 to 64 bytes"));
	CHECK(fake_refused(bridged("net://gw:1\"",
	                           "frame://b:1\"; delimiter_append = "
	                           "\"\\\\x1\""),
	                   "services.s.connect.delimiter_append: "));
	CHECK(fake_refused(bridged("net://gw:1\"",
	                           "frame://b:1\"; message_delimiter_mode = "
	                           "\"strip\""),
	                   "\"strip\" says what becomes of message_delimiter, "
	                   "and there is none"));
	CHECK(fake_refused(bridged("net://gw:1\"",
	                           "frame://b:1\"; bytes_as = \"text\"; "
	                           "message_delimiter = \"\\\\xff\""),
	                   "is not UTF-8, so no text can contain it"));
	CHECK(fake_refused(
		bridged("net://gw:1\"", "frame://b:1\"; bytes_as = \"words\""),
		"services.s.connect.bytes_as: "));
}

static CU_TestInfo tests[] = {
	TEST(a_url_is_short_for_its_layers),
	TEST(a_list_of_layers_has_no_url),
	TEST(options_land_on_their_layer),
	TEST(hop_options_are_checked),
	TEST(insert_puts_a_layer_in_its_place),
	TEST(an_insert_without_a_place_goes_on_top),
	TEST(wrong_inserts_are_refused),
	TEST(a_layer_twice_takes_a_list),
	TEST(wrong_forms_are_refused),
	TEST(urls_are_checked_where_they_stand),
	TEST(a_shape_that_does_not_fit_gets_a_hint),
	TEST(messages_pass_for_bytes),
	TEST(a_layer_that_leaves_the_shape_keeps_messages),
	TEST(two_muxes_are_refused),
	TEST(endpoints_stand_at_the_bottom_and_only_there),
	TEST(roles_are_checked),
	TEST(lookahead_above_high_water_is_refused),
	TEST(a_secure_scheme_must_keep_its_promise),
	TEST(promises_end_at_a_relay),
	TEST(a_layer_that_refuses_is_named),
	TEST(too_many_layers_are_refused),
	TEST(defaults_stand_underneath),
	TEST(several_pipelines_make_a_list),
	TEST(a_bridge_has_its_rule),
	TEST(a_bridge_without_a_rule_is_plain),
	TEST(a_rule_stands_where_something_is_bridged),
	TEST(a_rule_for_all_hops_may_fit_few),
	TEST(delimiters_are_checked),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
