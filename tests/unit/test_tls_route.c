/* SPDX-License-Identifier: MIT */
/* Routing by ClientHello: hellos that foreign clients sent a moment ago, whole,
 * byte by byte and in records of every size; names, protocols, last words. */
#include "kit_check.h"
#include "test_tls_world.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <penstock/route.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	PATIENCE = 60000, /* ms until a silent client counts as hung */
	HELLO_MAX = 8192,
	ARGS = 16
};

static const struct pst_route *route(void)
{
	return PST_PLUGIN_SYMBOL.get(PST_EXTENSION_ROUTE, 0);
}

struct hello {
	uint8_t data[HELLO_MAX];
	size_t length;
};

/* -- foreign clients ------------------------------------------------------ */

static pid_t start(const char *const *args)
{
	char *argv[ARGS];
	size_t n = 0;
	pid_t pid;

	while (args[n] != NULL && n + 1 < ARGS) {
		argv[n] = (char *)(uintptr_t)args[n];
		n++;
	}
	argv[n] = NULL;
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
		execvp(argv[0], argv);
		_exit(127);
	}
	return pid;
}

static int listen_anywhere(char *port, size_t size)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0 ||
	    listen(fd, 1) != 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &length) != 0) {
		perror("listen");
		exit(99);
	}
	snprintf(port, size, "%u", (unsigned)ntohs(a.sin_port));
	return fd;
}

/* Read until a hello is whole. */
static void take_hello(int fd, struct hello *h)
{
	struct pst_route_key key;

	h->length = 0;
	while (route()->peek(h->data, h->length, &key) == PST_PEEK_MORE &&
	       h->length < sizeof(h->data)) {
		ssize_t n = read(fd, h->data + h->length,
		                 sizeof(h->data) - h->length);

		if (n <= 0) {
			return;
		}
		h->length += (size_t)n;
	}
}

/* What `args` sends to the port that stands at each "PORT" in them. Returns
 * false when there is no such program. */
static bool hello_of(const char *const *args, struct hello *h)
{
	const char *with_port[ARGS] = {NULL};
	char port[8], joined[ARGS][64];
	int listener = listen_anywhere(port, sizeof(port)), fd, status;
	struct pollfd p = {.fd = listener, .events = POLLIN};
	pid_t pid;
	size_t i;

	for (i = 0; args[i] != NULL && i + 1 < ARGS; i++) {
		const char *at = strstr(args[i], "PORT");

		with_port[i] = args[i];
		if (at != NULL) {
			snprintf(joined[i], sizeof(joined[i]), "%.*s%s%s",
			         (int)(at - args[i]), args[i], port, at + 4);
			with_port[i] = joined[i];
		}
	}
	pid = start(with_port);
	while (poll(&p, 1, 50) == 0 && waitpid(pid, &status, WNOHANG) == 0) {
	}
	fd = poll(&p, 1, 0) == 1 ? accept(listener, NULL, NULL) : -1;
	if (fd >= 0) {
		take_hello(fd, h);
		close(fd);
		waitpid(pid, &status, 0);
	}
	close(listener);
	return fd >= 0;
}

/* -- looking -------------------------------------------------------------- */

static bool has_protocol(const struct pst_route_key *k, size_t n,
                         const char *name)
{
	return n < k->protocol_count && k->protocol[n].length == strlen(name) &&
	       memcmp(k->protocol[n].name, name, strlen(name)) == 0;
}

/* `name` and up to two protocols are what the hello asks for. */
static void asks(const struct hello *h, const char *name,
                 const char *const *protocols)
{
	struct pst_route_key k;
	size_t i;

	CHECK_INT(route()->peek(h->data, h->length, &k), PST_PEEK_KEY);
	CHECK_INT(k.name_length, strlen(name));
	if (k.name_length == strlen(name)) {
		CHECK_MEM(k.name, name, strlen(name));
	}
	for (i = 0; protocols[i] != NULL; i++) {
		CHECK(has_protocol(&k, i, protocols[i]));
	}
	CHECK_INT(k.protocol_count, i);
	CHECK_INT(k.skip, 0);
}

/* Every part of it but the whole is too few bytes. */
static void drips(const struct hello *h)
{
	struct pst_route_key k;
	size_t n, early = 0;

	for (n = 0; n < h->length; n++) {
		uint8_t *copy = malloc(n + 1); /* ends where it ends */

		memcpy(copy, h->data, n);
		early += route()->peek(copy, n, &k) != PST_PEEK_MORE ? 1 : 0;
		free(copy);
	}
	CHECK_INT(early, 0);
}

/* The message in records of `size` bytes. */
static void fragment(const struct hello *h, size_t size, struct hello *out)
{
	size_t at = 5;

	out->length = 0;
	while (at < h->length) {
		size_t n = h->length - at < size ? h->length - at : size;
		uint8_t *p = out->data + out->length;

		p[0] = 22;
		p[1] = 3;
		p[2] = 1;
		p[3] = (uint8_t)(n >> 8);
		p[4] = (uint8_t)n;
		memcpy(p + 5, h->data + at, n);
		out->length += 5 + n;
		at += n;
	}
}

static void in_all_ways(const struct hello *h, const char *name,
                        const char *const *protocols)
{
	struct hello pieces;
	size_t size;

	asks(h, name, protocols);
	drips(h);
	for (size = 1; size <= h->length; size += size < 40 ? 1 : 37) {
		if ((h->length / size + 1) * (size + 5) > sizeof(pieces.data)) {
			continue;
		}
		fragment(h, size, &pieces);
		asks(&pieces, name, protocols);
	}
	fragment(h, 7, &pieces);
	drips(&pieces);
}

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NOTHING   ((const char *const[]){NULL})

static void a_hello_of_openssl(void)
{
	struct hello h;

	CHECK(hello_of(LIST("openssl", "s_client", "-connect", "127.0.0.1:PORT",
	                    "-servername", "gw.example.com", "-alpn",
	                    "h2,http/1.1"),
	               &h));
	in_all_ways(&h, "gw.example.com", LIST("h2", "http/1.1"));
	CHECK(hello_of(LIST("openssl", "s_client", "-connect", "127.0.0.1:PORT",
	                    "-noservername", "-tls1_2"),
	               &h));
	in_all_ways(&h, "", NOTHING);
}

static void a_hello_of_gnutls(void)
{
	struct hello h;

	if (!hello_of(LIST("gnutls-cli", "--port", "PORT", "--sni-hostname",
	                   "Gw.Example.COM", "--alpn", "mqtt", "--insecure",
	                   "127.0.0.1"),
	              &h)) {
		puts("    no gnutls-cli here");
		return;
	}
	in_all_ways(&h, "Gw.Example.COM", LIST("mqtt"));
}

static void a_hello_of_python(void)
{
	const char *python = getenv("PYTHON3");
	struct hello h;
	static const char script[] =
		"import socket,ssl,sys\n"
		"c=ssl._create_unverified_context()\n"
		"c.set_alpn_protocols(['http/1.1'])\n"
		"s=socket.create_connection(('127.0.0.1',int(sys.argv[1])))\n"
		"c.wrap_socket(s,server_hostname='a.b.example.org')\n";

	if (!hello_of(
		    LIST(python == NULL || *python == '\0' ? "python3" : python,
	                 "-c", script, "PORT"),
		    &h)) {
		puts("    no python3 here");
		return;
	}
	in_all_ways(&h, "a.b.example.org", LIST("http/1.1"));
}

static void a_hello_of_curl(void)
{
	struct hello h;

	if (!hello_of(LIST("curl", "-k", "--connect-to",
	                   "gw.example.com:443:127.0.0.1:PORT",
	                   "https://gw.example.com/"),
	              &h)) {
		puts("    no curl here");
		return;
	}
	in_all_ways(&h, "gw.example.com", LIST("h2", "http/1.1"));
}

/* -- hellos made by hand ---------------------------------------------------- */

static void put16(struct hello *h, size_t at, size_t value)
{
	h->data[at] = (uint8_t)(value >> 8);
	h->data[at + 1] = (uint8_t)value;
}

static void append(struct hello *h, const void *data, size_t length)
{
	memcpy(h->data + h->length, data, length);
	h->length += length;
}

/* A hello with extensions[length]. */
static void make_hello(struct hello *h, const void *extensions, size_t length)
{
	memset(h, 0, sizeof(*h));
	append(h, "\x16\x03\x01\0\0\x01\0\0\0\x03\x03", 11);
	h->length += 32; /* random */
	append(h, "\0\0\x04\x0a\x0a\x13\x01\x01\0", 9);
	append(h, "\0", 2);
	put16(h, h->length - 2, length);
	append(h, extensions, length);
	put16(h, 3, h->length - 5);
	put16(h, 7, h->length - 9);
}

#define HELLO(h, extensions) make_hello(h, extensions, sizeof(extensions) - 1)

static enum pst_peek peek(const struct hello *h)
{
	struct pst_route_key k;

	return route()->peek(h->data, h->length, &k);
}

static void grease_is_looked_over(void)
{
	struct hello h;

	HELLO(&h, "\x0a\x0a\0\0"                          /* GREASE, empty */
	          "\0\0\0\x0a\0\x08\0\0\x05gw.ab"         /* server_name */
	          "\0\x10\0\x09\0\x07\x02\x1a\x1a\x03mq1" /* ALPN, GREASE */
	          "\x3a\x3a\0\x01\0");
	asks(&h, "gw.ab", LIST("\x1a\x1a", "mq1"));
}

static void a_hello_without_extensions_is_a_key_without_names(void)
{
	struct hello h;

	HELLO(&h, "");
	asks(&h, "", NOTHING);
	h.length -= 2; /* RFC 5246 7.4.1.2: may be absent */
	put16(&h, 3, h.length - 5);
	put16(&h, 7, h.length - 9);
	asks(&h, "", NOTHING);
}

static void what_is_malformed_says_nothing(void)
{
	struct hello good, h;
	size_t at;

	HELLO(&good, "\0\0\0\x0a\0\x08\0\0\x05gw.ab");
	CHECK_INT(peek(&good), PST_PEEK_KEY);
	h = good;
	put16(&h, 3, 0); /* an empty record */
	CHECK_INT(peek(&h), PST_PEEK_NONE);
	h = good;
	put16(&h, 3, 16385); /* a record that is too long */
	CHECK_INT(peek(&h), PST_PEEK_NONE);
	h = good;
	h.data[5] = 2; /* a ServerHello */
	CHECK_INT(peek(&h), PST_PEEK_NONE);
	h = good;
	h.data[6] = 1; /* 64 KiB and more */
	CHECK_INT(peek(&h), PST_PEEK_NONE);
	h = good;
	h.data[43] = 255; /* a session id that is not there */
	CHECK_INT(peek(&h), PST_PEEK_NONE);
	at = good.length - 14 - 2;
	h = good;
	put16(&h, at, 200); /* extensions that are not there */
	CHECK_INT(peek(&h), PST_PEEK_NONE);
	h = good;
	put16(&h, at + 4, 200); /* one that is longer than all */
	CHECK_INT(peek(&h), PST_PEEK_NONE);
	h = good;
	put16(&h, at + 9, 200); /* a name that is not there */
	asks(&h, "", NOTHING);
}

static void what_is_not_tls_is_foreign(void)
{
	static const char *const others[] = {
		"GET / HTTP/1.1\r\n",
		"\x80\x2e\x01\x00\x02",
		"hello",
		"\x15\x03",
		"\x16\x02",
		"\x17\x03\x03",
		"\n",
	};
	struct pst_route_key k;
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		CHECK_INT(route()->peek((const uint8_t *)others[i],
		                        strlen(others[i]) + (i == 1 ? 2 : 0),
		                        &k),
		          PST_PEEK_FOREIGN);
	}
	CHECK_INT(route()->peek((const uint8_t *)"", 0, &k), PST_PEEK_MORE);
	CHECK_INT(route()->peek((const uint8_t *)"\x16", 1, &k), PST_PEEK_MORE);
}

static void a_change_of_type_between_records_says_nothing(void)
{
	struct hello h, pieces;

	HELLO(&h, "\0\0\0\x0a\0\x08\0\0\x05gw.ab");
	fragment(&h, 20, &pieces);
	CHECK_INT(peek(&pieces), PST_PEEK_KEY);
	pieces.data[25] = 20;
	CHECK_INT(peek(&pieces), PST_PEEK_NONE);
}

static void what_is_too_long_says_nothing(void)
{
	size_t room = route()->lookahead + 100, at;
	uint8_t *all = calloc(1, room);
	struct pst_route_key k;

	/* one byte in each record: whole only behind what is looked at */
	for (at = 0; at + 6 <= room; at += 6) {
		memcpy(all + at, "\x16\x03\x01\0\x01\0", 6);
	}
	all[5] = 1;
	all[17] = 0x20;
	CHECK_INT(route()->peek(all, route()->lookahead - 1, &k),
	          PST_PEEK_MORE);
	CHECK_INT(route()->peek(all, route()->lookahead, &k), PST_PEEK_NONE);
	CHECK_INT(route()->peek(all, room, &k), PST_PEEK_NONE);
	free(all);
}

static void a_name_that_is_too_long_says_nothing(void)
{
	uint8_t extension[9 + 256] = "\0\0\x01\x05\x01\x03\0\x01\0";
	struct hello h;

	memset(extension + 9, 'a', 256);
	make_hello(&h, extension, sizeof(extension));
	CHECK_INT(peek(&h), PST_PEEK_NONE);
	extension[3] = 0x04;
	extension[5] = 0x02;
	memcpy(extension + 7, "\0\xff", 2);
	make_hello(&h, extension, sizeof(extension) - 1);
	CHECK_INT(peek(&h), PST_PEEK_KEY);
}

static void more_protocols_than_fit_are_left_out(void)
{
	uint8_t list[6 + 20 * 200];
	struct hello h, pieces;
	struct pst_route_key k;
	size_t i;

	memcpy(list, "\0\x10\0\0\0\0", 6);
	list[2] = (20 * 200 + 2) >> 8;
	list[3] = (20 * 200 + 2) & 255;
	list[4] = (20 * 200) >> 8;
	list[5] = (20 * 200) & 255;
	for (i = 0; i < 20; i++) {
		list[6 + i * 200] = 199;
		memset(list + 7 + i * 200, 'a' + (int)i, 199);
	}
	make_hello(&h, list, sizeof(list));
	CHECK_INT(route()->peek(h.data, h.length, &k), PST_PEEK_KEY);
	CHECK_INT(k.protocol_count, PST_ROUTE_PROTOCOLS_MAX);
	CHECK(k.protocol[15].name[0] == 'p' && k.protocol[15].length == 199);
	fragment(&h, 1000, &pieces);
	CHECK_INT(route()->peek(pieces.data, pieces.length, &k), PST_PEEK_KEY);
	CHECK_INT(k.protocol_count, PST_ROUTE_JOINED_MAX / 199);
}

/* -- what a place answers to ---------------------------------------------- */

static struct pst_kit *place(const char *const *options,
                             const struct pst_url *url)
{
	static const char *const always[] = {"certificate", "gw", "private_key",
	                                     "gw.key"};
	const char *all[ARGS + 1];
	size_t n = 4, i;

	memcpy(all, always, sizeof(always));
	for (i = 0; options[i] != NULL && n < ARGS; i++) {
		all[n++] = options[i];
	}
	all[n] = NULL;
	return world_kit(PST_ACCEPT, all, url);
}

static const char *name_at(struct pst_kit *k, uint32_t n)
{
	return route()->name(pst_kit_instance(k)->conf, NULL, n);
}

static void a_place_answers_to_its_urls_host(void)
{
	struct pst_url address = world_url;
	struct pst_kit *k = place(NOTHING, &world_url);

	CHECK_STR(name_at(k, 0), "gw.example.com");
	CHECK(name_at(k, 1) == NULL);
	CHECK(!route()->is_default(pst_kit_instance(k)->conf, NULL));
	CHECK(route()->protocol(pst_kit_instance(k)->conf, NULL, 0) == NULL);
	CHECK_INT(pst_kit_destroy(k), 0);
	address.host = "192.0.2.7";
	address.host_is_address = 1;
	k = place(NOTHING, &address);
	CHECK(name_at(k, 0) == NULL);
	CHECK_INT(pst_kit_destroy(k), 0);
	address.host = "";
	address.host_is_address = 0;
	k = place(NOTHING, &address);
	CHECK(name_at(k, 0) == NULL);
	CHECK_INT(pst_kit_destroy(k), 0);
	k = place(NOTHING, NULL);
	CHECK(name_at(k, 0) == NULL);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void sni_names_a_place(void)
{
	struct pst_kit *k = place(LIST("sni", "GW.example.com", "sni",
	                               "*.Wild.example.com", "default", "true"),
	                          &world_url);

	CHECK_STR(name_at(k, 0), "gw.example.com");
	CHECK_STR(name_at(k, 1), "*.wild.example.com");
	CHECK(name_at(k, 2) == NULL);
	CHECK(route()->is_default(pst_kit_instance(k)->conf, NULL));
	pst_kit_explain(k);
	CHECK(pst_kit_diagnosed(k, "sni", "*.wild.example.com"));
	CHECK(pst_kit_diagnosed(k, "sni", "any other"));
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void alpn_names_the_protocols_of_a_place(void)
{
	struct pst_kit *k =
		place(LIST("alpn", "mqtt", "alpn", "http/1.1"), NULL);
	const void *conf = pst_kit_instance(k)->conf;

	CHECK_STR(route()->protocol(conf, NULL, 0), "mqtt");
	CHECK_STR(route()->protocol(conf, NULL, 1), "http/1.1");
	CHECK(route()->protocol(conf, NULL, 2) == NULL);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_wrong_sni_is_refused(void)
{
	static const struct {
		const char *value, *words;
	} wrong[] = {
		{"192.0.2.7", "is an address"},
		{"2001:db8::7", "is an address"},
		{"b\xc3\xbc"
	         "cher.example",
	         "is not ASCII"},
		{"a..b", "empty label"},
		{"", "is empty"},
		{"*.", "is empty"},
		{"a.*.b", "neither a host name"},
		{"x*.b", "neither a host name"},
	};
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct pst_kit *k = place(LIST("sni", wrong[i].value), NULL);

		CHECK_REFUSED(k, "sni", wrong[i].words);
	}
}

static void last_words_are_an_alert(void)
{
	uint8_t out[16];

	CHECK_INT(route()->last_words(PST_ROUTE_NO_NAME, out, sizeof(out)), 7);
	CHECK_MEM(out, "\x15\x03\x03\0\x02\x02\x70", 7);
	CHECK_INT(route()->last_words(PST_ROUTE_NO_PROTOCOL, out, 7), 7);
	CHECK_MEM(out, "\x15\x03\x03\0\x02\x02\x78", 7);
	CHECK_INT(route()->last_words(PST_ROUTE_NO_NAME, out, 6), 0);
}

static void the_record_is_whole(void)
{
	CHECK_INT(route()->size, sizeof(struct pst_route));
	CHECK_STR(route()->layer, "tls");
	CHECK(PST_PLUGIN_SYMBOL.get(PST_EXTENSION_ROUTE, 1) == NULL);
}

static void make(void)
{
	alarm(PATIENCE / 1000 * 6); /* a client that hangs ends the program */
	signal(SIGPIPE, SIG_IGN);
	world_make();
}

static CU_TestInfo tests[] = {
	TEST(a_hello_of_openssl),
	TEST(a_hello_of_gnutls),
	TEST(a_hello_of_python),
	TEST(a_hello_of_curl),
	TEST(grease_is_looked_over),
	TEST(a_hello_without_extensions_is_a_key_without_names),
	TEST(what_is_malformed_says_nothing),
	TEST(what_is_not_tls_is_foreign),
	TEST(a_change_of_type_between_records_says_nothing),
	TEST(what_is_too_long_says_nothing),
	TEST(a_name_that_is_too_long_says_nothing),
	TEST(more_protocols_than_fit_are_left_out),
	TEST(a_place_answers_to_its_urls_host),
	TEST(sni_names_a_place),
	TEST(alpn_names_the_protocols_of_a_place),
	TEST(a_wrong_sni_is_refused),
	TEST(last_words_are_an_alert),
	TEST(the_record_is_whole),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN_WITHIN(tests, make, world_finish)
