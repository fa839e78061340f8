/* SPDX-License-Identifier: MIT */
#include "fake_registry.h"
#include "pst_test.h"

#include <unistd.h>

#define SERVICE(x) "services = ( { name = \"s\"; " x " } );"
#define GOOD       "accept = \"net://gw:1\"; connect = \"net://b:2\";"

static void a_service_is_built(void)
{
	struct fake_load l;
	const struct service_conf *s;

	fake_load(&l, SERVICE(GOOD));
	if (CHECK(l.gateway != NULL)) {
		CHECK_INT(l.gateway->service_count, 1);
		s = l.gateway->services[0];
		CHECK_STR(s->name, "s");
		CHECK_STR(s->type->id, "proxy");
		CHECK_STR(s->path, "services.s");
		CHECK_INT(s->line, 1);
		CHECK(s->accept[0]->service == s);
		CHECK(s->setup.core == &fake_core);
		CHECK_INT(l.gateway->listener_count, 1);
	}
	fake_unload(&l);
	CHECK_INT(fake_confs_alive, 0);
}

static void settings_have_defaults(void)
{
	struct fake_load l;

	fake_load(&l, SERVICE(GOOD));
	if (CHECK(l.gateway != NULL)) {
		const struct gateway_settings *g = &l.gateway->settings;

		CHECK_INT(g->workers, 0);
		CHECK(g->user == NULL && g->log_file == NULL);
		CHECK_INT(g->log_format, LOG_TEXT);
		CHECK_INT(g->log_level, PST_LOG_INFO);
		CHECK(g->drain_timeout == 30000);
		CHECK_INT(g->max_heavy, 256);
		CHECK_INT(g->plugin_path.count, 0);
	}
	fake_unload(&l);
}

static void settings_are_read(void)
{
	struct fake_load l;

	fake_load(&l, "penstock = { workers = 3; user = \"u\"; group = \"g\";\n"
	              "log = { file = \"/x/log\"; format = \"json\"; level = "
	              "\"debug\"; };\ndrain_timeout = \"1m\"; plugin_path = [ "
	              "\"/p\", \"q\" ]; max_heavy = 7; pid_file = \"/x/pid\"; "
	              "};\n" SERVICE(GOOD));
	if (CHECK(l.gateway != NULL)) {
		const struct gateway_settings *g = &l.gateway->settings;

		CHECK_INT(g->workers, 3);
		CHECK_STR(g->user, "u");
		CHECK_STR(g->group, "g");
		CHECK_STR(g->log_file, "/x/log");
		CHECK_INT(g->log_format, LOG_JSON);
		CHECK_INT(g->log_level, PST_LOG_DEBUG);
		CHECK(g->drain_timeout == 60000);
		CHECK_INT(g->max_heavy, 7);
		CHECK_STR(g->pid_file, "/x/pid");
		CHECK_INT(g->plugin_path.count, 2);
		CHECK_STR(g->plugin_path.item[0], "/p");
		CHECK(g->plugin_path.item[1][0] == '/');
	}
	fake_unload(&l);
}

static void wrong_settings_are_refused(void)
{
	CHECK(fake_refused("penstock = { worker = 1; }; " SERVICE(GOOD),
	                   "t.conf:1: penstock.worker: there is no setting "
	                   "\"worker\" here; did you mean \"workers\"?"));
	CHECK(fake_refused("penstock = { workers = 5000; }; " SERVICE(GOOD),
	                   "the most is 1024"));
	CHECK(fake_refused(
		"penstock = { log = { level = \"loud\"; }; }; " SERVICE(GOOD),
		"penstock.log.level: \"loud\" is not one of error, "
		"warning, info, debug"));
	CHECK(fake_refused("penstock = { log = \"x\"; }; " SERVICE(GOOD),
	                   "penstock.log: must be a group"));
	CHECK(fake_refused("penstock = 5; " SERVICE(GOOD), "must be a group"));
	CHECK(fake_refused("service = ( ); " SERVICE(GOOD),
	                   "there is no setting \"service\" here; did you mean "
	                   "\"services\"?"));
}

static void wrong_services_are_refused(void)
{
	CHECK(fake_refused("", "services: there is no service"));
	CHECK(fake_refused("services = ( );", "there is no service"));
	CHECK(fake_refused("services = { };", "must be a list"));
	CHECK(fake_refused("services = ( 5 );", "services[0]: must be a "
	                                        "group"));
	CHECK(fake_refused("services = ( { " GOOD " } );",
	                   "services[0]: name is missing"));
	CHECK(fake_refused("services = ( { name = 5; " GOOD " } );",
	                   "must be text in quotes"));
	CHECK(fake_refused("services = ( { name = \"a b\"; " GOOD " } );",
	                   "\"a b\" is not a name"));
	CHECK(fake_refused(SERVICE(GOOD " type = \"proxi\";"),
	                   "no plugin offers service \"proxi\"; did you mean "
	                   "\"proxy\"?"));
	CHECK(fake_refused(SERVICE(GOOD " type = 5;"), "must be a type"));
	CHECK(fake_refused(SERVICE(GOOD " acept = 5;"),
	                   "did you mean \"accept\"?"));
	CHECK(fake_refused(SERVICE("connect = \"net://b:2\";"),
	                   "accept is missing"));
	CHECK(fake_refused(SERVICE("accept = \"net://b:2\";"),
	                   "connect is missing: a service of type \"proxy\""));
	CHECK(fake_refused(SERVICE(GOOD " type = \"echo\";"),
	                   "a service of type \"echo\" has no back-end; remove "
	                   "connect"));
}

static void settings_in_the_wrong_place_are_told_the_right_one(void)
{
	CHECK(fake_refused("workers = 2; " SERVICE(GOOD),
	                   "t.conf:1: workers: there is no setting \"workers\" "
	                   "here; write penstock: { workers = ...; };"));
	CHECK(fake_refused("log = { }; " SERVICE(GOOD),
	                   "here; write penstock: { log = ...; };"));
	CHECK(fake_refused(SERVICE(GOOD " workers = 2;"),
	                   "here; write penstock: { workers = ...; };"));
	CHECK(fake_refused(SERVICE(GOOD " idle_timeout = \"1s\";"),
	                   "here; write it within accept = { ... } or connect "
	                   "= { ... }"));
	CHECK(fake_refused(SERVICE(GOOD " net = { };"),
	                   "s.net: there is no setting \"net\" here; write "
	                   "accept = { url = \"...\"; net = { ... }; }"));
	CHECK(fake_refused(SERVICE(GOOD " backlog = 3;"),
	                   "here; write accept = { url = \"...\"; net = { "
	                   "backlog = ...; }; }"));
	CHECK(fake_refused(SERVICE(GOOD " address = \"b\";"),
	                   "here; write connect = { url = \"...\"; net = { "
	                   "address = ...; }; }"));
	CHECK(fake_refused(
		SERVICE("accept = { url = \"net://gw:1\"; backlog = 3; }; "
	                "connect = \"net://b:2\";"),
		"s.accept.backlog: there is no setting or layer \"backlog\" "
		"here; write net = { backlog = ...; }"));
	CHECK(fake_refused(SERVICE("accept = \"net://gw:1\"; connect = { url = "
	                           "\"crypt://b:2\"; keystore = \"x\"; };"),
	                   "here; in crypt = { ... }, use certificate"));
}

static void names_are_unique(void)
{
	CHECK(fake_refused("services = ( { name = \"s\"; " GOOD " },\n"
	                   "{ name = \"s\"; accept = \"net://x:9\"; connect = "
	                   "\"net://b:1\"; } );",
	                   "t.conf:2: services.s: another service is named "
	                   "\"s\" (t.conf:1)"));
}

static void options_of_the_type_stand_in_the_service(void)
{
#define ANSWER "type = \"answer\"; accept = \"web://gw\"; "
	CHECK_INT(fake_errors(SERVICE(ANSWER "body = \"x\"; status = 404;")),
	          0);
	CHECK(fake_refused(SERVICE(ANSWER), "services.s: body is missing: The "
	                                    "body."));
	CHECK(fake_refused(SERVICE(ANSWER "body = \"x\"; status = 99;"),
	                   "services.s.status: 99 is too small"));
	CHECK(fake_refused(SERVICE(ANSWER "body = \"x\"; statsu = 200;"),
	                   "did you mean \"status\"?"));
	CHECK(fake_refused(SERVICE(ANSWER "body = \"x\"; status = 299;"),
	                   "services.s.status: 299 is not an answer"));
}

static void the_front_must_offer_what_the_type_takes(void)
{
	CHECK(fake_refused(SERVICE("type = \"echo\"; accept = \"web://gw\";"),
	                   "net, web offers exchanges, and a service of type "
	                   "\"echo\" takes bytes or messages; put frames on "
	                   "top"));
	CHECK(fake_refused(SERVICE("type = \"answer\"; body = \"\"; accept = "
	                           "\"net://gw:1\";"),
	                   "takes exchanges; put web on top"));
	CHECK(fake_refused(SERVICE("type = \"answer\"; body = \"\"; accept = "
	                           "\"frame://gw\";"),
	                   "takes exchanges; leave frames out"));
}

static void exchanges_join_only_exchanges(void)
{
	CHECK(fake_refused(
		SERVICE("accept = \"web://gw\"; connect = "
	                "\"net://b:1\";"),
		"net offers bytes, and services.s.accept (t.conf:1: "
		"net, web) offers exchanges; exchanges join only "
		"exchanges; put frames on top of services.s.accept, or put web "
		"on top of services.s.connect"));
	CHECK(fake_refused(SERVICE("accept = \"frame://gw\"; connect = "
	                           "\"web://b:1\";"),
	                   "put frames on top of services.s.connect, or leave "
	                   "frames out of services.s.accept"));
	CHECK(fake_refused(
		SERVICE("accept = \"net://gw:1\"; connect = "
	                "\"web://b:1\";"),
		"put frames on top of services.s.connect, or put web "
		"on top of services.s.accept"));
	CHECK(fake_refused(SERVICE("accept = \"web://gw\"; connect = "
	                           "\"frame://b:1\";"),
	                   "put frames on top of services.s.accept, or leave "
	                   "frames out of services.s.connect"));
	CHECK_INT(fake_errors(SERVICE("accept = \"web://gw\"; connect = "
	                              "\"web://b\";")),
	          0);
	CHECK_INT(fake_errors(SERVICE("accept = \"frame://gw\"; connect = "
	                              "\"net://b:1\";")),
	          0);
}

static void requirements_are_met_or_refused(void)
{
	CHECK_INT(fake_errors(SERVICE("accept = \"net://gw:1\"; connect = "
	                              "\"crypt://b:1\"; require = [ "
	                              "\"back.secure\", \"back.authenticated\","
	                              "\"front.half_close\" ];")),
	          0);
	CHECK(fake_refused(SERVICE(GOOD " require = \"front.secure\";"),
	                   "services.s.require: front.secure is not met by "
	                   "services.s.accept (t.conf:1: net): no layer of it "
	                   "keeps others"));
	CHECK(fake_refused(
		SERVICE("accept = \"net://gw:1\"; connect = { url = "
	                "\"crypt://b:1\"; crypt = { verify = "
	                "\"off\"; }; }; require = [ "
	                "\"back.authenticated\" ];"),
		"back.authenticated is not met by services.s.connect"));
	CHECK(fake_refused(SERVICE("accept = \"frame://gw:1\"; connect = "
	                           "\"net://b:1\"; require = [ "
	                           "\"front.half_close\" ];"),
	                   "not every layer of it can end one direction"));
	CHECK(fake_refused(SERVICE("type = \"echo\"; accept = \"net://gw:1\"; "
	                           "require = [ \"back.secure\" ];"),
	                   "has no connect pipeline"));
}

static void a_claim_is_less_than_a_promise(void)
{
#define CLAIMED(scheme, more)                                    \
	SERVICE("type = \"echo\"; accept = { url = \"" scheme    \
	        "://gw:1\"; crypt = { certificate = \"" __FILE__ \
	        "\"; private_key = \"" __FILE__                  \
	        "\"; offloaded = true; }; };" more)
	CHECK_INT(fake_errors(CLAIMED("crypt", "require = [ "
	                                       "\"front.secure.claimed\" ];")),
	          0);
	CHECK(fake_refused(CLAIMED("crypt", "require = [ \"front.secure\" ];"),
	                   "it is secure only if what stands in front of it "
	                   "is; where that is enough, require "
	                   "front.secure.claimed"));
	CHECK_INT(fake_errors(SERVICE("accept = \"net://gw:1\"; connect = "
	                              "\"crypt://b:1\"; require = "
	                              "\"back.secure\";")),
	          0);
	CHECK(fake_refused(SERVICE(GOOD " require = [ "
	                                "\"front.secure.claimed\" ];"),
	                   "and none says that what stands in front does"));
}

static void requirements_that_do_not_exist_are_refused(void)
{
	CHECK(fake_refused(SERVICE(GOOD " require = [ \"front.secur\" ];"),
	                   "did you mean \"front.secure\"?"));
	CHECK(fake_refused(SERVICE(GOOD " require = 5;"),
	                   "must be a list of strings"));
	CHECK(fake_refused(SERVICE(GOOD " require = ( 5 );"),
	                   "must be a list of strings"));
	CHECK(fake_refused(SERVICE(GOOD " require = [ "
	                                "\"front.claimed\" ];"),
	                   "is not front. or back."));
	CHECK(fake_refused(SERVICE(GOOD " require = [ "
	                                "\"back.secure.claimed\" ];"),
	                   "nor front.secure.claimed"));
}

static void defaults_are_checked_even_if_nobody_uses_them(void)
{
	CHECK(fake_refused("defaults = { accept = { crypt = { min_version = "
	                   "\"1.9\"; }; }; }; " SERVICE(GOOD),
	                   "defaults.accept.crypt.min_version: \"1.9\" is not "
	                   "one of 1.2, 1.3"));
	CHECK(fake_refused(
		"defaults = { accept = { crpyt = { }; }; }; " SERVICE(GOOD),
		"did you mean \"crypt\"?"));
	CHECK(fake_refused("defaults = { acept = { }; }; " SERVICE(GOOD),
	                   "write accept or connect"));
	CHECK(fake_refused("defaults = { accept = { idle_timout = \"1s\"; }; "
	                   "}; " SERVICE(GOOD),
	                   "did you mean \"idle_timeout\"?"));
	CHECK(fake_refused("defaults = { accept = { net = { address = \"x\"; "
	                   "}; }; }; " SERVICE(GOOD),
	                   "for the connect hop only"));
	CHECK(fake_refused("defaults = 5; " SERVICE(GOOD), "must be a group"));
	CHECK(fake_refused("defaults = { accept = 5; }; " SERVICE(GOOD),
	                   "must be a group"));
}

static void a_wrong_default_is_told_once(void)
{
	CHECK(fake_refused("defaults = { accept = { net = { backlog = 0; }; }; "
	                   "};\nservices = ( { name = \"a\"; type = \"echo\"; "
	                   "accept = ( \"net://a:1\", \"net://a:2\" ); },\n"
	                   "{ name = \"b\"; type = \"echo\"; accept = "
	                   "\"net://a:3\"; } );",
	                   "t.conf:1: defaults.accept.net.backlog: 0 is too "
	                   "small"));
}

/* 1 workers, 2 log.level, 3 unknown in root, 4 defaults, 5 number, 6 name,
 * 7 no scheme, 8 no connect, 9 port, 10 unknown option, 11 type, 12 range,
 * 13 file, 14 choice, 15 require, 16 brackets, 17 shape, 18 role, 19 hop,
 * 20 twice */
static const char twenty[] =
	"penstock = { workers = -1; log = { level = \"x\"; }; };\n"
	"sevices = ( );\n"
	"defaults = { accept = { net = { backlogg = 1; }; }; };\n"
	"services = (\n"
	"  { name = \"q uotes\"; type = \"echo\"; accept = \"net://a:0777\"; "
	"},\n"
	"  { name = \"b\"; accept = \"gw:1\"; },\n"
	"  { name = \"c\"; type = \"echo\"; accept = { url = \"net://a:1\"; "
	"net = { backlgo = 5; nodelay = 3; backlog = 0; }; }; },\n"
	"  { name = \"d\"; accept = \"net://::1:1\"; connect = { url = "
	"\"crypt://b:1\"; crypt = { trust = \"/no/such\"; min_version = "
	"\"1.9\"; }; }; require = \"nothing\"; },\n"
	"  { name = \"e\"; type = \"echo\"; accept = { layers = ( { net = { "
	"bind = \"y\"; }; }, \"frames\" ); }; },\n"
	"  { name = \"f\"; accept = \"net://a:6\"; connect = { url = "
	"\"net://b:1\"; max_connections = 1; insert = { above = \"net\"; layer "
	"= \"front-only\"; }; }; },\n"
	"  { name = \"f\"; type = \"echo\"; accept = \"net://a:7\"; },\n"
	"  { name = \"g\"; type = \"echo\"; accept = \"net://a:8\"; status = "
	"4294967297; }\n"
	");\n";

static void twenty_errors_are_told_in_one_run(void)
{
	CHECK_INT(fake_errors(twenty), 21); /* 12 is no setting either */
	CHECK_INT(fake_confs_alive, 0);
}

static void every_error_has_its_file_and_line(void)
{
	struct fake_load l;
	size_t i;

	fake_load(&l, twenty);
	for (i = 0; i < l.diag.count; i++) {
		CHECK(strncmp(l.diag.entries[i].text, "t.conf:", 7) == 0);
	}
	fake_unload(&l);
}

static void a_url_alone_makes_a_connect_pipeline(void)
{
	static const char *const settings[] = {
		"crypt.min_version=1.3", "crypt.verify=off", "idle_timeout=5s"};
	struct configuration *c;
	struct gateway *g;
	struct diag d;

	diag_init(&d);
	CHECK_INT(configure_load_url("crypt://b:1", settings, 3, &d, &c),
	          PST_OK);
	CHECK_INT(configure_build(c, fake_registry(), &fake_core, &d, &g),
	          PST_OK);
	if (CHECK(g != NULL)) {
		const struct pipeline *p = g->services[0]->connect[0];

		CHECK(p->limits.idle_timeout == 5000);
		CHECK((p->provides & PST_PROVIDES_AUTHENTICATED) == 0);
		CHECK(g->services[0]->type == NULL);
		CHECK_INT(g->listener_count, 0);
	}
	gateway_destroy(g);
	configure_destroy(c);
	diag_finish(&d);
}

static void a_wrong_url_alone_is_refused(void)
{
	static const char *const settings[] = {"crypt", "x.y=1"};
	struct configuration *c;
	struct gateway *g;
	struct diag d;

	diag_init(&d);
	CHECK_INT(configure_load_url("crypt://b:1", settings, 2, &d, &c),
	          PST_CONFIG);
	CHECK(diag_has(&d, "\"crypt\" is not a setting; write "
	                   "LAYER.OPTION=VALUE"));
	CHECK_INT(configure_build(c, fake_registry(), &fake_core, &d, &g),
	          PST_CONFIG);
	CHECK(diag_has(&d, "there is no setting or layer \"x\" here"));
	CHECK(g == NULL);
	configure_destroy(c);
	diag_finish(&d);
}

static void tunnels_lead_to_bytes_and_messages(void)
{
	static char text[512];
	static const char form[] =
		"services = ( { name = \"s\"; type = \"burrow\"; accept = "
		"\"web://gw:1/\"; connect = %s; } );";

	snprintf(text, sizeof(text), form,
	         "( \"net://b:1\", { url = \"frame://b:1\"; "
	         "message_delimiter = \"x\"; } )");
	CHECK_INT(fake_errors(text), 0);
	snprintf(text, sizeof(text), form, "\"web://b:1\"");
	CHECK(fake_refused(text, "carries bytes that it does not look into: "
	                         "leave web out"));
}

static CU_TestInfo tests[] = {
	TEST(tunnels_lead_to_bytes_and_messages),
	TEST(a_service_is_built),
	TEST(settings_have_defaults),
	TEST(settings_are_read),
	TEST(wrong_settings_are_refused),
	TEST(wrong_services_are_refused),
	TEST(settings_in_the_wrong_place_are_told_the_right_one),
	TEST(names_are_unique),
	TEST(options_of_the_type_stand_in_the_service),
	TEST(the_front_must_offer_what_the_type_takes),
	TEST(exchanges_join_only_exchanges),
	TEST(requirements_are_met_or_refused),
	TEST(a_claim_is_less_than_a_promise),
	TEST(requirements_that_do_not_exist_are_refused),
	TEST(defaults_are_checked_even_if_nobody_uses_them),
	TEST(a_wrong_default_is_told_once),
	TEST(twenty_errors_are_told_in_one_run),
	TEST(every_error_has_its_file_and_line),
	TEST(a_url_alone_makes_a_connect_pipeline),
	TEST(a_wrong_url_alone_is_refused),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
