/* SPDX-License-Identifier: MIT */
/* Listening sockets: conflicts, keeping them, files of unix sockets. */
#include "pst_test.h"
#include "sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char folder[64], path[96];

static void folder_make(void)
{
	strcpy(folder, "/tmp/penstock-sockets-XXXXXX");
	CHECK(mkdtemp(folder) != NULL);
	snprintf(path, sizeof(path), "%s/socket", folder);
}

static void folder_remove(void)
{
	unlink(path);
	CHECK_INT(rmdir(folder), 0);
}

static struct listen_request inet_request(const char *host, unsigned port)
{
	struct listen_request r;

	memset(&r, 0, sizeof(r));
	r.plan.size = sizeof(r.plan);
	r.plan.host = host;
	r.plan.port = port;
	r.plan.backlog = 16;
	r.plan.mode = UINT32_MAX;
	r.service = "quotes";
	r.url = "x://localhost:9000/quotes";
	r.file = "gw.conf";
	r.line = 12;
	return r;
}

static struct listen_request unix_request(void)
{
	struct listen_request r = inet_request(NULL, 0);

	r.plan.family = PST_FAMILY_UNIX;
	r.plan.path = path;
	return r;
}

static unsigned port_of(const struct listen_address *a)
{
	struct sockaddr_in in;

	memcpy(&in, &a->address, sizeof(in));
	return ntohs(in.sin_port);
}

static int open_one(struct listen_set *set, const struct listen_request *r,
                    unsigned workers, struct listen_set *old, struct diag *d)
{
	diag_init(d);
	return listen_set_open(set, r, 1, workers, old, d);
}

/* A connection to the address arrives at one of the set's sockets. */
static bool connects(const struct listen_address *a)
{
	int fd = socket(a->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool ok = connect(fd, (const struct sockaddr *)&a->address,
	                  a->length) == 0;

	close(fd);
	return ok;
}

static void each_worker_has_a_socket_of_its_own(void)
{
	struct listen_request r = inet_request("127.0.0.1", 0);
	struct listen_fd fds[4];
	struct listen_set set;
	struct diag d;

	if (CHECK_INT(open_one(&set, &r, 3, NULL, &d), PST_OK) &&
	    CHECK_INT(set.count, 1)) {
		CHECK_INT(set.addresses[0].count, 3);
		CHECK(port_of(&set.addresses[0]) != 0);
		CHECK(connects(&set.addresses[0]));
		CHECK_INT(listen_set_share(&set, 1, 3, fds, 4), 1);
		CHECK_INT(fds[0].fd, set.addresses[0].fds[1]);
		CHECK_INT(fcntl(fds[0].fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
		CHECK(fcntl(fds[0].fd, F_GETFL) & O_NONBLOCK);
	}
	listen_set_close(&set);
	diag_finish(&d);
}

static void port_in_use_names_service_url_and_address(void)
{
	struct listen_request r = inet_request("127.0.0.1", 0);
	struct listen_set first, second;
	struct diag d;
	char want[64];

	CHECK_INT(open_one(&first, &r, 2, NULL, &d), PST_OK);
	diag_finish(&d);
	r.plan.port = port_of(&first.addresses[0]);
	CHECK_INT(open_one(&second, &r, 2, NULL, &d), PST_IO);
	CHECK_INT(second.count, 0);
	if (CHECK_INT(d.errors, 1)) {
		const char *text = d.entries[0].text;

		snprintf(want, sizeof(want), "127.0.0.1:%u", r.plan.port);
		CHECK(strstr(text, "gw.conf:12") != NULL);
		CHECK(strstr(text, "service quotes") != NULL);
		CHECK(strstr(text, "x://localhost:9000/quotes") != NULL);
		CHECK(strstr(text, want) != NULL);
		snprintf(want, sizeof(want), " (pid %d)", (int)getpid());
		CHECK(strstr(text, want) != NULL);
	}
	diag_finish(&d);
	listen_set_close(&first);
}

static void sockets_are_kept_over_a_reload(void)
{
	struct listen_request r = inet_request("127.0.0.1", 0);
	struct listen_set first, second;
	struct listen_fd fds[8];
	struct diag d;
	int client;

	CHECK_INT(open_one(&first, &r, 2, NULL, &d), PST_OK);
	diag_finish(&d);
	/* A connection that waits while the generations change. */
	client = socket(AF_INET, SOCK_STREAM, 0);
	CHECK_INT(connect(client,
	                  (struct sockaddr *)&first.addresses[0].address,
	                  first.addresses[0].length),
	          0);
	CHECK_INT(open_one(&second, &r, 3, &first, &d), PST_OK);
	CHECK_INT(port_of(&second.addresses[0]), port_of(&first.addresses[0]));
	CHECK_INT(second.addresses[0].count, 3);
	listen_set_succeed(&second, &first);
	listen_set_close(&first);
	diag_finish(&d);
	{
		unsigned i, accepted = 0;

		for (i = 0; i < second.addresses[0].count; i++) {
			int fd = accept(second.addresses[0].fds[i], NULL, NULL);

			accepted += fd >= 0;
			close(fd);
		}
		CHECK_INT(accepted, 1);
	}
	/* Fewer workers: none of the sockets is without one. */
	CHECK_INT(listen_set_share(&second, 0, 2, fds, 8), 2);
	CHECK_INT(listen_set_share(&second, 1, 2, fds, 8), 1);
	close(client);
	listen_set_close(&second);
}

static void foreign_address_says_bind(void)
{
	struct listen_request r = inet_request("192.0.2.1", 0);
	struct listen_set set;
	struct diag d;

	CHECK_INT(open_one(&set, &r, 1, NULL, &d), PST_IO);
	if (CHECK_INT(d.errors, 1)) {
		CHECK(strstr(d.entries[0].text,
		             "not an address of this machine") != NULL);
		CHECK(strstr(d.entries[0].text, "`bind`") != NULL);
	}
	diag_finish(&d);
}

static void unknown_host_says_bind(void)
{
	struct listen_request r = inet_request("no host at all", 1);
	struct listen_set set;
	struct diag d;

	CHECK_INT(open_one(&set, &r, 1, NULL, &d), PST_IO);
	if (CHECK_INT(d.errors, 1)) {
		CHECK(strstr(d.entries[0].text, "cannot be resolved") != NULL);
		CHECK(strstr(d.entries[0].text, "`bind`") != NULL);
	}
	diag_finish(&d);
}

static void without_host_both_families_are_served(void)
{
	struct listen_request r = inet_request("", 0);
	struct listen_address v4;
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct listen_set set;
	struct diag d;

	if (CHECK_INT(open_one(&set, &r, 1, NULL, &d), PST_OK)) {
		in.sin_port = htons((uint16_t)port_of(&set.addresses[0]));
		in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		memset(&v4, 0, sizeof(v4));
		memcpy(&v4.address, &in, sizeof(in));
		v4.length = sizeof(in);
		CHECK(connects(&v4));
	}
	listen_set_close(&set);
	diag_finish(&d);
}

static bool has_ipv6(void)
{
	const struct sockaddr_in6 any = {.sin6_family = AF_INET6};
	int fd = socket(AF_INET6, SOCK_STREAM, 0);
	bool has = fd >= 0 &&
	           bind(fd, (const struct sockaddr *)&any, sizeof(any)) == 0;

	if (fd >= 0) {
		close(fd);
	}
	return has;
}

static void v6only_leaves_ipv4_alone(void)
{
	struct listen_request r = inet_request("::", 0);
	struct listen_address v4;
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct listen_set set;
	struct diag d;

	if (!has_ipv6()) {
		return;
	}
	r.plan.v6only = 1;
	if (CHECK_INT(open_one(&set, &r, 1, NULL, &d), PST_OK)) {
		in.sin_port = htons((uint16_t)port_of(&set.addresses[0]));
		in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		memset(&v4, 0, sizeof(v4));
		memcpy(&v4.address, &in, sizeof(in));
		v4.length = sizeof(in);
		CHECK(!connects(&v4));
	}
	listen_set_close(&set);
	diag_finish(&d);
}

static void option_is_set_and_a_bad_one_is_named(void)
{
	struct listen_request r = inet_request("127.0.0.1", 0);
	struct listen_set set;
	struct diag d;
	int value = 0;
	socklen_t length = sizeof(value);

	r.plan.option_count = 1;
	r.plan.option[0] = (struct pst_socket_option){
		IPPROTO_TCP, TCP_DEFER_ACCEPT, 5, PST_SOCKET_LISTEN, "DEFER"};
	if (CHECK_INT(open_one(&set, &r, 1, NULL, &d), PST_OK)) {
		getsockopt(set.addresses[0].fds[0], IPPROTO_TCP,
		           TCP_DEFER_ACCEPT, &value, &length);
		CHECK(value > 0);
	}
	listen_set_close(&set);
	diag_finish(&d);
	r.plan.option[0].name = 9999;
	CHECK_INT(open_one(&set, &r, 1, NULL, &d), PST_IO);
	CHECK(d.errors == 1 && strstr(d.entries[0].text, "DEFER") != NULL);
	diag_finish(&d);
	/* for another kind of socket: left alone here */
	r.plan.option[0].when = PST_SOCKET_CONNECT;
	CHECK_INT(open_one(&set, &r, 1, NULL, &d), PST_OK);
	listen_set_close(&set);
	diag_finish(&d);
}

static void two_services_on_one_port_are_told_apart(void)
{
	struct listen_request r[2];
	struct listen_set first, set;
	struct diag d;

	/* a port that is free */
	r[0] = inet_request("127.0.0.1", 0);
	CHECK_INT(open_one(&first, r, 1, NULL, &d), PST_OK);
	diag_finish(&d);
	r[0].plan.port = port_of(&first.addresses[0]);
	listen_set_close(&first);
	r[1] = r[0];
	r[1].plan.host = "0.0.0.0";
	r[1].service = "other";
	diag_init(&d);
	CHECK_INT(listen_set_open(&set, r, 2, 1, NULL, &d), PST_IO);
	if (CHECK_INT(d.errors, 1)) {
		CHECK(strstr(d.entries[0].text, "service other") != NULL);
		CHECK(strstr(d.entries[0].text, "service quotes (gw.conf:") !=
		      NULL);
	}
	diag_finish(&d);
}

/* -- unix sockets ------------------------------------------------------ */

static void unix_socket_has_its_mode_and_goes_at_the_end(void)
{
	struct listen_request r;
	struct listen_fd fds[2];
	struct listen_set set;
	struct diag d;
	struct stat st;

	folder_make();
	r = unix_request();
	r.plan.mode = 0620;
	if (CHECK_INT(open_one(&set, &r, 4, NULL, &d), PST_OK)) {
		CHECK(stat(path, &st) == 0 && S_ISSOCK(st.st_mode));
		CHECK_INT(st.st_mode & 07777, 0620);
		CHECK_INT(set.addresses[0].count, 1);
		CHECK_INT(listen_set_share(&set, 3, 4, fds, 2), 1);
		CHECK(connects(&set.addresses[0]));
	}
	listen_set_close(&set);
	CHECK(stat(path, &st) != 0);
	diag_finish(&d);
	folder_remove();
}

static void live_unix_socket_is_an_error(void)
{
	struct listen_request r;
	struct listen_set first, second;
	struct diag d;

	folder_make();
	r = unix_request();
	CHECK_INT(open_one(&first, &r, 1, NULL, &d), PST_OK);
	diag_finish(&d);
	CHECK_INT(open_one(&second, &r, 1, NULL, &d), PST_IO);
	CHECK(d.errors == 1 && strstr(d.entries[0].text, "in use") != NULL &&
	      strstr(d.entries[0].text, path) != NULL);
	diag_finish(&d);
	CHECK(connects(&first.addresses[0]));
	listen_set_close(&first);
	folder_remove();
}

static void stale_unix_socket_is_replaced(void)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	struct listen_request r;
	struct listen_set set;
	struct diag d;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	folder_make();
	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	CHECK_INT(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	CHECK_INT(listen(fd, 1), 0);
	close(fd);
	r = unix_request();
	if (CHECK_INT(open_one(&set, &r, 1, NULL, &d), PST_OK)) {
		CHECK(connects(&set.addresses[0]));
	}
	listen_set_close(&set);
	diag_finish(&d);
	folder_remove();
}

static void file_that_is_no_socket_is_not_touched(void)
{
	struct listen_request r;
	struct listen_set set;
	struct diag d;
	struct stat st;

	folder_make();
	close(open(path, O_CREAT | O_WRONLY, 0600));
	r = unix_request();
	CHECK_INT(open_one(&set, &r, 1, NULL, &d), PST_IO);
	CHECK(d.errors == 1 &&
	      strstr(d.entries[0].text, "is not a socket") != NULL);
	CHECK(stat(path, &st) == 0 && S_ISREG(st.st_mode));
	diag_finish(&d);
	folder_remove();
}

static void file_of_a_kept_unix_socket_stays(void)
{
	struct listen_request r;
	struct listen_set first, second;
	struct diag d;
	struct stat st;

	folder_make();
	r = unix_request();
	CHECK_INT(open_one(&first, &r, 1, NULL, &d), PST_OK);
	diag_finish(&d);
	CHECK_INT(open_one(&second, &r, 1, &first, &d), PST_OK);
	listen_set_succeed(&second, &first);
	listen_set_close(&first);
	CHECK_INT(stat(path, &st), 0);
	CHECK(connects(&second.addresses[0]));
	listen_set_close(&second);
	CHECK(stat(path, &st) != 0);
	diag_finish(&d);
	folder_remove();
}

static void failed_reload_leaves_the_old_file(void)
{
	struct listen_request r[2];
	struct listen_set first, second;
	struct diag d;
	struct stat st;

	folder_make();
	r[0] = unix_request();
	r[1] = inet_request("192.0.2.1", 0);
	CHECK_INT(open_one(&first, r, 1, NULL, &d), PST_OK);
	diag_finish(&d);
	diag_init(&d);
	CHECK_INT(listen_set_open(&second, r, 2, 1, &first, &d), PST_IO);
	CHECK_INT(stat(path, &st), 0);
	CHECK(connects(&first.addresses[0]));
	listen_set_close(&first);
	diag_finish(&d);
	folder_remove();
}

static void socket_file_of_somebody_else_is_not_removed(void)
{
	struct listen_request r;
	struct listen_set first, second;
	struct diag d;
	struct stat st;

	folder_make();
	r = unix_request();
	CHECK_INT(open_one(&first, &r, 1, NULL, &d), PST_OK);
	diag_finish(&d);
	unlink(path);
	CHECK_INT(open_one(&second, &r, 1, NULL, &d), PST_OK);
	listen_set_close(&first);
	CHECK_INT(stat(path, &st), 0);
	listen_set_close(&second);
	diag_finish(&d);
	folder_remove();
}

static void worker_that_leaves_keeps_the_file(void)
{
	struct listen_request r;
	struct listen_fd fd;
	struct listen_set set;
	struct diag d;
	struct stat st;

	folder_make();
	r = unix_request();
	CHECK_INT(open_one(&set, &r, 1, NULL, &d), PST_OK);
	CHECK_INT(listen_set_share(&set, 0, 1, &fd, 1), 1);
	listen_set_leave(&set, &fd, 1);
	CHECK_INT(set.count, 0);
	CHECK_INT(stat(path, &st), 0);
	CHECK(fcntl(fd.fd, F_GETFD) >= 0);
	close(fd.fd);
	diag_finish(&d);
	folder_remove();
}

static void unknown_owner_is_named(void)
{
	struct listen_request r;
	struct listen_set set;
	struct diag d;

	folder_make();
	r = unix_request();
	r.plan.owner = "no-such-user:root";
	CHECK_INT(open_one(&set, &r, 1, NULL, &d), PST_IO);
	CHECK(d.errors == 1 &&
	      strstr(d.entries[0].text, "no-such-user") != NULL);
	diag_finish(&d);
	folder_remove();
}

static void long_path_is_refused(void)
{
	struct listen_request r = inet_request(NULL, 0);
	struct listen_set set;
	struct diag d;
	char text[200];

	memset(text, 'p', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	r.plan.family = PST_FAMILY_UNIX;
	r.plan.path = text;
	CHECK_INT(open_one(&set, &r, 1, NULL, &d), PST_IO);
	CHECK(d.errors == 1 && strstr(d.entries[0].text, "199") != NULL);
	diag_finish(&d);
}

static void addresses_are_written_as_they_are_read(void)
{
	struct sockaddr_storage a = {.ss_family = AF_INET};
	struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)&a;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)&a;
	char text[80];
	socklen_t length;

	CHECK_INT(inet_pton(AF_INET, "192.0.2.255", &v4->sin_addr), 1);
	v4->sin_port = htons(65535);
	socket_address_text(&a, sizeof(*v4), text, sizeof(text));
	CHECK_STR(text, "192.0.2.255:65535");
	socket_address_text(&a, sizeof(*v4), text, 8);
	CHECK_STR(text, "192.0.2");
	CHECK_INT(inet_pton(AF_INET, "10.0.9.100", &v4->sin_addr), 1);
	v4->sin_port = 0;
	socket_address_text(&a, sizeof(*v4), text, sizeof(text));
	CHECK_STR(text, "10.0.9.100:0");
	memset(&a, 0, sizeof(a));
	a.ss_family = AF_INET6;
	CHECK_INT(inet_pton(AF_INET6, "2001:db8::1", &v6->sin6_addr), 1);
	v6->sin6_port = htons(80);
	socket_address_text(&a, sizeof(*v6), text, sizeof(text));
	CHECK_STR(text, "[2001:db8::1]:80");
	CHECK_INT(socket_unix_address("/run/x", &a, &length), PST_OK);
	socket_address_text(&a, length, text, sizeof(text));
	CHECK_STR(text, "unix:/run/x");
}

static CU_TestInfo tests[] = {
	TEST(each_worker_has_a_socket_of_its_own),
	TEST(port_in_use_names_service_url_and_address),
	TEST(sockets_are_kept_over_a_reload),
	TEST(foreign_address_says_bind),
	TEST(unknown_host_says_bind),
	TEST(without_host_both_families_are_served),
	TEST(v6only_leaves_ipv4_alone),
	TEST(option_is_set_and_a_bad_one_is_named),
	TEST(two_services_on_one_port_are_told_apart),
	TEST(unix_socket_has_its_mode_and_goes_at_the_end),
	TEST(live_unix_socket_is_an_error),
	TEST(stale_unix_socket_is_replaced),
	TEST(file_that_is_no_socket_is_not_touched),
	TEST(file_of_a_kept_unix_socket_stays),
	TEST(failed_reload_leaves_the_old_file),
	TEST(socket_file_of_somebody_else_is_not_removed),
	TEST(worker_that_leaves_keeps_the_file),
	TEST(unknown_owner_is_named),
	TEST(long_path_is_refused),
	TEST(addresses_are_written_as_they_are_read),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
