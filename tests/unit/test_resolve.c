/* SPDX-License-Identifier: MIT */
/* The resolver against a small name server on loopback. */
#include "loop.h"
#include "pst_test.h"
#include "resolve.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <unistd.h>

enum {
	TYPE_A = 1,
	TYPE_AAAA = 28,
	RCODE_NAME = 3
};

/* A loop with a resolver, and in the same loop the name server. */
static struct world {
	struct loop *loop;
	struct resolver *resolver;
	struct watch server;
	int fd;
	unsigned queries;
	bool within; /* resolver_ask is being called */
	unsigned answers;
	char got[512];  /* addresses, or the error */
	bool ask_again; /* from within the callback */
} world;

/* -- the name server --------------------------------------------------- */

struct packet {
	unsigned char bytes[512];
	size_t length;
};

static void put(struct packet *p, const void *bytes, size_t length)
{
	memcpy(p->bytes + p->length, bytes, length);
	p->length += length;
}

/* A record for the name at offset 12. */
static void put_record(struct packet *p, unsigned type, const void *address,
                       size_t length)
{
	const unsigned char head[] = {0xc0, 12, 0, (unsigned char)type,
	                              0,    1,  0, 0,
	                              0,    60, 0, (unsigned char)length};

	put(p, head, sizeof(head));
	put(p, address, length);
	p->bytes[7]++;
}

static void put_addresses(struct packet *p, const char *name, unsigned type)
{
	struct in6_addr v6;
	struct in_addr v4;

	inet_pton(AF_INET, "127.0.0.7", &v4);
	inet_pton(AF_INET6, "::7", &v6);
	if (type == TYPE_A && strstr(name, "v4") != NULL) {
		put_record(p, TYPE_A, &v4, sizeof(v4));
	}
	if (type == TYPE_AAAA && strstr(name, "v6") != NULL) {
		put_record(p, TYPE_AAAA, &v6, sizeof(v6));
	}
}

/* Read the question's name; returns the offset behind the question. */
static size_t question(const struct packet *p, char *name, unsigned *type)
{
	size_t at = 12, to = 0;

	while (at < p->length && p->bytes[at] != 0) {
		size_t label = p->bytes[at++];

		memcpy(name + to, p->bytes + at, label);
		to += label;
		name[to++] = '.';
		at += label;
	}
	name[to] = '\0';
	*type = p->bytes[at + 2];
	return at + 5;
}

static void serve(struct watch *w, unsigned events)
{
	struct sockaddr_in from;
	socklen_t from_length = sizeof(from);
	struct packet p;
	char name[512];
	unsigned type;
	ssize_t n;

	(void)w;
	(void)events;
	n = recvfrom(world.fd, p.bytes, sizeof(p.bytes), 0,
	             (struct sockaddr *)&from, &from_length);
	if (n < 17) {
		return;
	}
	world.queries++;
	p.length = (size_t)n;
	p.length = question(&p, name, &type);
	if (strstr(name, "silent") != NULL) {
		return;
	}
	p.bytes[2] = 0x81; /* an answer */
	p.bytes[3] = strstr(name, "v4") == NULL && strstr(name, "v6") == NULL
	                     ? RCODE_NAME
	                     : 0;
	memset(p.bytes + 6, 0, 6);
	put_addresses(&p, name, type);
	(void)!sendto(world.fd, p.bytes, p.length, 0, (struct sockaddr *)&from,
	              from_length);
}

/* -- the world --------------------------------------------------------- */

static uint64_t before_wait(void *owner)
{
	(void)owner;
	return resolver_wait_ms(world.resolver);
}

static void after_wait(void *owner)
{
	(void)owner;
	resolver_tick(world.resolver);
}

static void world_open(void)
{
	const struct loop_hooks hooks = {NULL, before_wait, after_wait};
	struct sockaddr_in in = {.sin_family = AF_INET};
	socklen_t length = sizeof(in);
	char server[32];

	memset(&world, 0, sizeof(world));
	world.fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK_INT(bind(world.fd, (struct sockaddr *)&in, sizeof(in)), 0);
	getsockname(world.fd, (struct sockaddr *)&in, &length);
	world.loop = loop_create(&hooks);
	world.resolver = resolver_create(world.loop);
	snprintf(server, sizeof(server), "127.0.0.1:%u", ntohs(in.sin_port));
	CHECK_INT(resolver_servers(world.resolver, server), PST_OK);
	watch_init(&world.server, world.fd, NULL, serve);
	watch_set(world.loop, &world.server, LOOP_READ);
}

static void world_close(void)
{
	watch_set(world.loop, &world.server, 0);
	resolver_destroy(world.resolver);
	loop_destroy(world.loop);
	close(world.fd);
}

static struct resolve_query *ask(const char *host, int family);

static void done(void *owner, const struct resolved *result)
{
	size_t i, at = 0;

	(void)owner;
	CHECK(!world.within);
	world.answers++;
	snprintf(world.got, sizeof(world.got), "%s",
	         result->error == NULL ? "" : result->error);
	for (i = 0; i < result->count; i++) {
		const struct sockaddr_storage *a = &result->addresses[i];
		char text[INET6_ADDRSTRLEN] = "?";
		unsigned port = 0;

		if (a->ss_family == AF_INET) {
			const struct sockaddr_in *in = (const void *)a;

			inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text));
			port = ntohs(in->sin_port);
			CHECK_INT(result->lengths[i], sizeof(*in));
		} else {
			const struct sockaddr_in6 *in6 = (const void *)a;

			inet_ntop(AF_INET6, &in6->sin6_addr, text,
			          sizeof(text));
			port = ntohs(in6->sin6_port);
			CHECK_INT(result->lengths[i], sizeof(*in6));
		}
		at += (size_t)snprintf(world.got + at, sizeof(world.got) - at,
		                       "%s%s %u", at == 0 ? "" : ", ", text,
		                       port);
	}
	if (world.ask_again) {
		world.ask_again = false;
		ask("127.0.0.9", AF_UNSPEC);
	}
}

static struct resolve_query *ask(const char *host, int family)
{
	struct resolve_query *q;

	world.within = true;
	q = resolver_ask(world.resolver, host, family, 80, NULL, done);
	world.within = false;
	CHECK(q != NULL);
	return q;
}

static void run_until(unsigned answers)
{
	unsigned turns;

	for (turns = 0; turns < 1000 && world.answers < answers; turns++) {
		loop_run_once(world.loop, true);
	}
	CHECK_INT(world.answers, answers);
}

/* -- tests ------------------------------------------------------------- */

static void says(const char *host, int family, const char *want)
{
	world_open();
	ask(host, family);
	run_until(1);
	CHECK_STR(world.got, want);
	world_close();
}

static void literals_need_no_network(void)
{
	says("192.0.2.1", AF_UNSPEC, "192.0.2.1 80");
	CHECK_INT(world.queries, 0);
	says("2001:db8::1", AF_UNSPEC, "2001:db8::1 80");
	CHECK_INT(world.queries, 0);
}

static void literal_of_the_other_family_fails(void)
{
	says("192.0.2.1", AF_INET6, "the address is not of the wanted family");
	says("::1", AF_INET, "the address is not of the wanted family");
}

static void name_with_one_family_is_found(void)
{
	says("v4.example", AF_UNSPEC, "127.0.0.7 80");
	says("v6.example", AF_UNSPEC, "::7 80");
}

static void name_with_both_families_gives_both(void)
{
	world_open();
	ask("v4v6.example", AF_UNSPEC);
	run_until(1);
	CHECK(strstr(world.got, "127.0.0.7 80") != NULL);
	CHECK(strstr(world.got, "::7 80") != NULL);
	world_close();
}

static void wanted_family_is_asked_for_alone(void)
{
	says("v4v6.example", AF_INET, "127.0.0.7 80");
	says("v4v6.example", AF_INET6, "::7 80");
	says("v4.example", AF_INET6,
	     "the name has no address of the wanted family");
}

static void unknown_name_fails_with_a_sentence(void)
{
	says("nothing.example", AF_UNSPEC, "the name does not exist");
}

static void what_is_no_name_fails_with_a_sentence(void)
{
	char label[80];

	memset(label, 'a', sizeof(label) - 1);
	label[sizeof(label) - 1] = '\0';
	says(label, AF_UNSPEC, "it is not a name that can be looked up");
}

static void cancelled_queries_are_not_heard_of(void)
{
	struct resolve_query *network, *literal;

	world_open();
	network = ask("v4.example", AF_UNSPEC);
	literal = ask("192.0.2.1", AF_UNSPEC);
	resolver_cancel(network);
	resolver_cancel(literal);
	resolver_cancel(NULL);
	ask("192.0.2.2", AF_UNSPEC);
	run_until(1);
	CHECK_STR(world.got, "192.0.2.2 80");
	/* also when the answer comes later than the cancel */
	ask("v6.example", AF_UNSPEC);
	run_until(2);
	CHECK_STR(world.got, "::7 80");
	world_close();
}

static void answers_come_in_the_order_of_literals(void)
{
	struct resolve_query *q;

	world_open();
	ask("192.0.2.1", AF_UNSPEC);
	q = ask("192.0.2.2", AF_UNSPEC);
	resolver_cancel(q);
	ask("192.0.2.3", AF_UNSPEC);
	run_until(2);
	CHECK_STR(world.got, "192.0.2.3 80");
	CHECK_INT(resolver_wait_ms(world.resolver), UINT64_MAX);
	world_close();
}

static void callback_may_ask_again(void)
{
	world_open();
	world.ask_again = true;
	ask("v4.example", AF_UNSPEC);
	run_until(2);
	CHECK_STR(world.got, "127.0.0.9 80");
	world_close();
}

static void destroying_ends_what_is_under_way(void)
{
	world_open();
	ask("silent.example", AF_UNSPEC);
	ask("192.0.2.1", AF_UNSPEC);
	resolver_cancel(ask("silent.example", AF_INET));
	CHECK(resolver_wait_ms(world.resolver) == 0);
	world_close();
	CHECK_INT(world.answers, 0);
}

static void silent_server_sets_a_time_to_wait(void)
{
	uint64_t wait;

	world_open();
	ask("silent.example", AF_UNSPEC);
	wait = resolver_wait_ms(world.resolver);
	CHECK(wait > 0 && wait <= 2100);
	world_close();
}

static void many_names_at_once_are_all_answered(void)
{
	unsigned i;

	world_open();
	for (i = 0; i < 50; i++) {
		ask(i % 2 == 0 ? "v4.example" : "v6.example", AF_UNSPEC);
	}
	run_until(50);
	world_close();
}

static CU_TestInfo tests[] = {
	TEST(literals_need_no_network),
	TEST(literal_of_the_other_family_fails),
	TEST(name_with_one_family_is_found),
	TEST(name_with_both_families_gives_both),
	TEST(wanted_family_is_asked_for_alone),
	TEST(unknown_name_fails_with_a_sentence),
	TEST(what_is_no_name_fails_with_a_sentence),
	TEST(cancelled_queries_are_not_heard_of),
	TEST(answers_come_in_the_order_of_literals),
	TEST(callback_may_ask_again),
	TEST(destroying_ends_what_is_under_way),
	TEST(silent_server_sets_a_time_to_wait),
	TEST(many_names_at_once_are_all_answered),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
