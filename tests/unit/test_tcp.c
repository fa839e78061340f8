/* SPDX-License-Identifier: MIT */
/* The endpoint `tcp`: addresses, settings and the socket plan. */
#include "pst_test.h"
#include "tcp_conf.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <penstock/layer.h>
#include <penstock/plugin.h>
#include <penstock/scheme.h>
#include <sys/socket.h>

static char diagnosis[512];
static char diagnosed[64];
static unsigned diagnoses;

PST_PRINTF(4, 0)
static void diagnose(struct pst_setup *setup, enum pst_log_level level,
                     const char *option, const char *fmt, va_list ap)
{
	(void)setup;
	(void)level;
	diagnoses++;
	snprintf(diagnosed, sizeof(diagnosed), "%s", option ? option : "");
	vsnprintf(diagnosis, sizeof(diagnosis), fmt, ap);
}

static const struct pst_core core = {
	.size = sizeof(core),
	.abi = PST_ABI,
	.diagnose = diagnose,
};

static struct tcp_conf conf;
static struct pst_setup setup;
static struct pst_url url;
static struct pst_socket_plan plan;

static void begin(enum pst_role role)
{
	conf = (struct tcp_conf){
		.backlog = 4096,
		.nodelay = true,
		.keepalive = true,
		.keepalive_idle = 60000,
		.keepalive_interval = 15000,
		.keepalive_count = 4,
	};
	url = (struct pst_url){
		.scheme = "tcp",
		.host = "example.com",
		.path = "/",
		.query = "",
		.text = "tcp://example.com:7000",
		.port = 7000,
	};
	setup = (struct pst_setup){
		.core = &core,
		.url = &url,
		.service = "s",
		.conf = &conf,
		.role = (uint8_t)role,
	};
	diagnoses = 0;
	diagnosis[0] = diagnosed[0] = '\0';
}

static int make(void)
{
	int r;

	memset(&plan, 0, sizeof(plan));
	plan.size = sizeof(plan);
	r = tcp_conf_init(&conf, &setup);
	return r != PST_OK ? r : tcp_plan(&conf, &setup, &plan);
}

static const struct pst_socket_option *find(int level, int name)
{
	uint32_t i;

	for (i = 0; i < plan.option_count; i++) {
		if (plan.option[i].level == level &&
		    plan.option[i].name == name) {
			return &plan.option[i];
		}
	}
	return NULL;
}

static void expect_value(int level, int name, int value)
{
	const struct pst_socket_option *o = find(level, name);

	if (o == NULL) {
		CHECK(o != NULL);
		return;
	}
	CHECK_INT(o->value, value);
	CHECK_INT(o->when, PST_SOCKET_LISTEN | PST_SOCKET_CONNECT);
}

static void expect_refused(const char *option, const char *text)
{
	CHECK_INT(make(), PST_CONFIG);
	CHECK_STR(diagnosed, option);
	if (!CHECK(strstr(diagnosis, text) != NULL)) {
		printf("\n  got: %s\n", diagnosis);
	}
}

static void addresses_are_taken_apart(void)
{
	static const struct {
		const char *text;
		const char *host;
		unsigned port;
		enum tcp_address_form form;
		uint32_t family;
	} rows[] = {
		{"0.0.0.0:9000", "0.0.0.0", 9000, TCP_BIND, PST_FAMILY_IPV4},
		{"9000", "", 9000, TCP_BIND, PST_FAMILY_ANY},
		{"*:1", "", 1, TCP_BIND, PST_FAMILY_ANY},
		{"[::]:65535", "::", 65535, TCP_BIND, PST_FAMILY_IPV6},
		{"[::ffff:1.2.3.4]:80", "::ffff:1.2.3.4", 80, TCP_CONNECT,
	         PST_FAMILY_IPV6},
		{"[fe80::1%eth0.2]:80", "fe80::1%eth0.2", 80, TCP_CONNECT,
	         PST_FAMILY_IPV6},
		{"localhost:80", "localhost", 80, TCP_BIND, PST_FAMILY_ANY},
		{"a_b.Example-1.com.:80", "a_b.Example-1.com.", 80, TCP_CONNECT,
	         PST_FAMILY_ANY},
		{"3com.7x:80", "3com.7x", 80, TCP_CONNECT, PST_FAMILY_ANY},
	};
	struct tcp_address a;
	const char *why;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_INT(
			tcp_address_parse(rows[i].text, rows[i].form, &a, &why),
			PST_OK);
		CHECK_STR(a.host, rows[i].host);
		CHECK_INT(a.port, rows[i].port);
		CHECK_INT(a.family, rows[i].family);
	}
}

static void a_unix_address_is_a_path(void)
{
	struct tcp_address a;
	const char *why;

	CHECK_INT(tcp_address_parse("unix:/run/x.sock", TCP_BIND, &a, &why),
	          PST_OK);
	CHECK_INT(a.family, PST_FAMILY_UNIX);
	CHECK_STR(a.path, "/run/x.sock");
}

static void bad_addresses_are_refused_with_a_sentence(void)
{
	static const struct {
		const char *text;
		enum tcp_address_form form;
		const char *why;
	} rows[] = {
		{"", TCP_BIND, "port is missing"},
		{"", TCP_CONNECT, "port is missing"},
		{":", TCP_CONNECT, "host is missing"},
		{":9000", TCP_BIND, "\"*:port\""},
		{":9000", TCP_CONNECT, "host is missing"},
		{"9000", TCP_CONNECT, "port is missing"},
		{"*:9000", TCP_CONNECT, "forbidden character"},
		{"host", TCP_BIND, "port is missing"},
		{"host", TCP_CONNECT, "port is missing"},
		{"host:", TCP_CONNECT, "port is missing behind"},
		{"host:0", TCP_CONNECT, "1 to 65535"},
		{"0", TCP_BIND, "1 to 65535"},
		{"host:65536", TCP_CONNECT, "1 to 65535"},
		{"host:655350", TCP_CONNECT, "1 to 65535"},
		{"host:99999999999999999999", TCP_CONNECT, "1 to 65535"},
		{"host:080", TCP_CONNECT, "1 to 65535"},
		{"host:+80", TCP_CONNECT, "1 to 65535"},
		{"host:-1", TCP_CONNECT, "1 to 65535"},
		{"host:80 ", TCP_CONNECT, "1 to 65535"},
		{"host:http", TCP_CONNECT, "1 to 65535"},
		{"::1:9000", TCP_BIND, "in brackets"},
		{"::", TCP_BIND, "in brackets"},
		{"fe80::1", TCP_CONNECT, "in brackets"},
		{"[::1]", TCP_BIND, "[address]:port"},
		{"[::1]9000", TCP_BIND, "[address]:port"},
		{"[::1]:", TCP_BIND, "port is missing"},
		{"[::1", TCP_BIND, "\"]\""},
		{"[]:80", TCP_BIND, "not an IPv6 address"},
		{"[1.2.3.4]:80", TCP_BIND, "not an IPv6 address"},
		{"[::1::2]:80", TCP_BIND, "not an IPv6 address"},
		{"[fe80::1%]:80", TCP_BIND, "not an IPv6 address"},
		{"[fe80::1%a/b]:80", TCP_BIND, "not an IPv6 address"},
		{"[name]:80", TCP_BIND, "not an IPv6 address"},
		{"256.1.1.1:80", TCP_BIND, "not an IPv4 address"},
		{"1.2.3:80", TCP_BIND, "not an IPv4 address"},
		{"1.2.3.4.5:80", TCP_BIND, "not an IPv4 address"},
		{"1.2.3.4", TCP_BIND, "port is missing"},
		{"a..b:80", TCP_CONNECT, "empty label"},
		{".a:80", TCP_CONNECT, "empty label"},
		{"-a:80", TCP_CONNECT, "forbidden character"},
		{"a b:80", TCP_CONNECT, "forbidden character"},
		{"a/b:80", TCP_CONNECT, "forbidden character"},
		{"user@host:80", TCP_CONNECT, "forbidden character"},
		{"tcp://host:80", TCP_CONNECT, "in brackets"},
		{"unix:", TCP_BIND, "must begin"},
		{"unix:run/x", TCP_BIND, "must begin"},
		{"unix:/run/", TCP_BIND, "must name a file"},
	};
	struct tcp_address a;
	const char *why;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		why = NULL;
		CHECK_INT(
			tcp_address_parse(rows[i].text, rows[i].form, &a, &why),
			PST_CONFIG);
		if (!CHECK(why != NULL && strstr(why, rows[i].why) != NULL)) {
			printf("\n  \"%s\": %s\n", rows[i].text, why);
		}
	}
}

static void names_and_paths_have_limits(void)
{
	char text[400];
	struct tcp_address a;
	const char *why;
	int i;

	memset(text, 'a', sizeof(text));
	memcpy(text + 63, ".b:80", 6);
	CHECK_INT(tcp_address_parse(text, TCP_CONNECT, &a, &why), PST_OK);
	memset(text, 'a', sizeof(text));
	memcpy(text + 64, ".b:80", 6);
	CHECK_INT(tcp_address_parse(text, TCP_CONNECT, &a, &why), PST_CONFIG);
	for (i = 0; i < 300; i += 2) {
		memcpy(text + i, "a.", 2);
	}
	memcpy(text + 300, ":80", 4);
	CHECK_INT(tcp_address_parse(text, TCP_CONNECT, &a, &why), PST_CONFIG);
	memset(text, 'a', sizeof(text));
	memcpy(text, "unix:/", 6);
	text[5 + 107] = '\0';
	CHECK_INT(tcp_address_parse(text, TCP_BIND, &a, &why), PST_OK);
	text[5 + 107] = 'a';
	text[5 + 108] = '\0';
	CHECK_INT(tcp_address_parse(text, TCP_BIND, &a, &why), PST_CONFIG);
}

static void the_url_says_where_when_nothing_else_does(void)
{
	begin(PST_ACCEPT);
	CHECK_INT(make(), PST_OK);
	CHECK_STR(plan.host, "example.com");
	CHECK_INT(plan.port, 7000);
	CHECK_INT(plan.family, PST_FAMILY_ANY);
	CHECK_INT(plan.backlog, 4096);
	CHECK_INT(plan.mode, UINT32_MAX);
	url.host = "::1";
	url.host_is_address = 1;
	CHECK_INT(make(), PST_OK);
	CHECK_INT(plan.family, PST_FAMILY_IPV6);
}

static void bind_wins_over_the_url_on_accept(void)
{
	begin(PST_ACCEPT);
	conf.bind = "127.0.0.1:9000";
	conf.address = NULL;
	CHECK_INT(make(), PST_OK);
	CHECK_STR(plan.host, "127.0.0.1");
	CHECK_INT(plan.port, 9000);
	CHECK_INT(plan.family, PST_FAMILY_IPV4);
}

static void address_wins_over_the_url_on_connect(void)
{
	begin(PST_CONNECT);
	conf.address = "[::1]:9000";
	CHECK_INT(make(), PST_OK);
	CHECK_STR(plan.host, "::1");
	CHECK_INT(plan.port, 9000);
}

static void layers_without_an_address_are_refused(void)
{
	begin(PST_ACCEPT);
	setup.url = NULL;
	expect_refused("bind", "bind = ");
	begin(PST_CONNECT);
	setup.url = NULL;
	expect_refused("address", "address = ");
}

static void a_url_without_port_is_refused(void)
{
	begin(PST_CONNECT);
	url.port = 0;
	expect_refused("", "names no port");
}

static void unix_urls_and_binds_name_a_path(void)
{
	begin(PST_ACCEPT);
	url.scheme = "unix";
	url.path = "/run/x.sock";
	url.host = "";
	CHECK_INT(make(), PST_OK);
	CHECK_INT(plan.family, PST_FAMILY_UNIX);
	CHECK_STR(plan.path, "/run/x.sock");
	CHECK_INT(plan.mode, 0660);
	CHECK(find(IPPROTO_TCP, TCP_NODELAY) == NULL);
	begin(PST_ACCEPT);
	conf.bind = "unix:/run/y.sock";
	conf.mode = "0600";
	conf.owner = "www-data:www-data";
	CHECK_INT(make(), PST_OK);
	CHECK_STR(plan.path, "/run/y.sock");
	CHECK_INT(plan.mode, 0600);
	CHECK_STR(plan.owner, "www-data:www-data");
	begin(PST_CONNECT);
	conf.address = "unix:/run/y.sock";
	CHECK_INT(make(), PST_OK);
	CHECK_INT(plan.mode, UINT32_MAX);
}

static void bad_unix_urls_are_refused(void)
{
	begin(PST_ACCEPT);
	url.scheme = "unix";
	url.path = "/";
	url.text = "unix:///";
	expect_refused("", "must name a file");
}

static void socket_options_follow_the_settings(void)
{
	begin(PST_CONNECT);
	CHECK_INT(make(), PST_OK);
	expect_value(IPPROTO_TCP, TCP_NODELAY, 1);
	expect_value(SOL_SOCKET, SO_KEEPALIVE, 1);
	expect_value(IPPROTO_TCP, TCP_KEEPIDLE, 60);
	expect_value(IPPROTO_TCP, TCP_KEEPINTVL, 15);
	expect_value(IPPROTO_TCP, TCP_KEEPCNT, 4);
	CHECK(find(SOL_SOCKET, SO_SNDBUF) == NULL);
	CHECK(find(SOL_SOCKET, SO_RCVBUF) == NULL);
	CHECK(find(IPPROTO_TCP, TCP_USER_TIMEOUT) == NULL);
	conf.nodelay = false;
	conf.keepalive_idle = 5000;
	conf.keepalive_interval = 2000;
	conf.keepalive_count = 9;
	conf.user_timeout = 1500;
	conf.send_buffer = 65536;
	conf.receive_buffer = 32768;
	CHECK_INT(make(), PST_OK);
	expect_value(IPPROTO_TCP, TCP_NODELAY, 0);
	expect_value(IPPROTO_TCP, TCP_KEEPIDLE, 5);
	expect_value(IPPROTO_TCP, TCP_KEEPINTVL, 2);
	expect_value(IPPROTO_TCP, TCP_KEEPCNT, 9);
	expect_value(IPPROTO_TCP, TCP_USER_TIMEOUT, 1500);
	expect_value(SOL_SOCKET, SO_SNDBUF, 65536);
	expect_value(SOL_SOCKET, SO_RCVBUF, 32768);
	conf.keepalive = false;
	CHECK_INT(make(), PST_OK);
	expect_value(SOL_SOCKET, SO_KEEPALIVE, 0);
	CHECK(find(IPPROTO_TCP, TCP_KEEPIDLE) == NULL);
}

static void backlog_v6only_and_source_reach_the_plan(void)
{
	begin(PST_ACCEPT);
	conf.backlog = 7;
	conf.v6only = true;
	CHECK_INT(make(), PST_OK);
	CHECK_INT(plan.backlog, 7);
	CHECK_INT(plan.v6only, 1);
	begin(PST_CONNECT);
	conf.source = "127.0.0.2";
	CHECK_INT(make(), PST_OK);
	CHECK_STR(plan.source, "127.0.0.2");
}

static void family_narrows_names_and_must_fit_addresses(void)
{
	begin(PST_CONNECT);
	conf.family = PST_FAMILY_IPV6;
	CHECK_INT(make(), PST_OK);
	CHECK_INT(plan.family, PST_FAMILY_IPV6);
	conf.address = "127.0.0.1:80";
	expect_refused("family", "contradicts");
}

static void settings_that_contradict_are_refused(void)
{
	begin(PST_ACCEPT);
	conf.bind = "::1:9000";
	expect_refused("bind", "\"::1:9000\": an IPv6 address");
	begin(PST_ACCEPT);
	conf.mode = "0600";
	expect_refused("mode", "Unix sockets");
	begin(PST_ACCEPT);
	conf.owner = "root";
	expect_refused("owner", "Unix sockets");
	begin(PST_ACCEPT);
	conf.bind = "unix:/x";
	conf.v6only = true;
	expect_refused("v6only", "TCP sockets");
	begin(PST_CONNECT);
	conf.address = "unix:/x";
	conf.source = "::1";
	expect_refused("source", "TCP sockets");
	begin(PST_CONNECT);
	conf.address = "unix:/x";
	conf.family = PST_FAMILY_IPV4;
	expect_refused("family", "TCP sockets");
	begin(PST_CONNECT);
	conf.address = "unix:/x";
	conf.user_timeout = 1;
	expect_refused("user_timeout", "TCP sockets");
	begin(PST_ACCEPT);
	conf.v6only = true;
	conf.family = PST_FAMILY_IPV4;
	expect_refused("v6only", "contradicts");
	begin(PST_CONNECT);
	conf.source = "[::1]";
	expect_refused("source", "not an IP address");
	begin(PST_CONNECT);
	conf.source = "::1";
	conf.family = PST_FAMILY_IPV4;
	expect_refused("source", "not of the family");
	begin(PST_CONNECT);
	conf.keepalive_idle = 1500;
	expect_refused("keepalive_idle", "whole number of seconds");
	begin(PST_CONNECT);
	conf.keepalive_interval = 1001;
	expect_refused("keepalive_interval", "whole number of seconds");
}

static void bad_modes_and_owners_are_refused(void)
{
	static const char *const modes[] = {
		"", "rw", "0888", "01777", "0660x", "-1", "77777777777"};
	static const char *const owners[] = {"", ":", ":g", "u:", "u:g:x"};
	size_t i;

	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		begin(PST_ACCEPT);
		conf.bind = "unix:/x";
		conf.mode = modes[i];
		expect_refused("mode", "octal");
	}
	for (i = 0; i < sizeof(owners) / sizeof(owners[0]); i++) {
		begin(PST_ACCEPT);
		conf.bind = "unix:/x";
		conf.owner = owners[i];
		expect_refused("owner", "user:group");
	}
}

static void all_errors_are_reported_at_once(void)
{
	begin(PST_ACCEPT);
	conf.bind = "nonsense";
	conf.mode = "9";
	conf.owner = "";
	conf.keepalive_idle = 1;
	CHECK_INT(make(), PST_CONFIG);
	CHECK_INT(diagnoses, 4);
}

static void the_plugin_offers_what_its_note_says(void)
{
	const struct pst_plugin *p = &PST_PLUGIN_SYMBOL;
	const struct pst_endpoint *e = p->get(PST_EXTENSION_ENDPOINT, 0);
	const struct pst_scheme *tcp = p->get(PST_EXTENSION_SCHEME, 0);
	const struct pst_scheme *un = p->get(PST_EXTENSION_SCHEME, 1);

	CHECK_STR(e->id, "tcp");
	CHECK_INT(e->above, PST_SHAPE_BYTES);
	CHECK_INT(e->provides, PST_PROVIDES_HALF_CLOSE);
	CHECK_STR(tcp->name, "tcp");
	CHECK_INT(tcp->flags, PST_SCHEME_NEEDS_PORT);
	CHECK_STR(un->name, "unix");
	CHECK_INT(un->flags, PST_SCHEME_PATH_ONLY);
	CHECK(p->get(PST_EXTENSION_ENDPOINT, 1) == NULL);
	CHECK(p->get(PST_EXTENSION_SCHEME, 2) == NULL);
	CHECK(p->get(PST_EXTENSION_LAYER, 0) == NULL);
}

static CU_TestInfo tests[] = {
	TEST(addresses_are_taken_apart),
	TEST(a_unix_address_is_a_path),
	TEST(bad_addresses_are_refused_with_a_sentence),
	TEST(names_and_paths_have_limits),
	TEST(the_url_says_where_when_nothing_else_does),
	TEST(bind_wins_over_the_url_on_accept),
	TEST(address_wins_over_the_url_on_connect),
	TEST(layers_without_an_address_are_refused),
	TEST(a_url_without_port_is_refused),
	TEST(unix_urls_and_binds_name_a_path),
	TEST(bad_unix_urls_are_refused),
	TEST(socket_options_follow_the_settings),
	TEST(backlog_v6only_and_source_reach_the_plan),
	TEST(family_narrows_names_and_must_fit_addresses),
	TEST(settings_that_contradict_are_refused),
	TEST(bad_modes_and_owners_are_refused),
	TEST(all_errors_are_reported_at_once),
	TEST(the_plugin_offers_what_its_note_says),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
