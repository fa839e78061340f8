/* SPDX-License-Identifier: MIT */
/* What the checker says: it arrives as it was sent, and nonsense is refused. */
#include "check_wire.h"
#include "pst_test.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static _Alignas(8) char packet[CHECK_PACKET_MAX];
static int ends[2];

static void open_pair(void)
{
	CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
}

static void close_pair(void)
{
	close(ends[0]);
	close(ends[1]);
}

static struct listen_request some_request(void)
{
	struct listen_request r;

	memset(&r, 0, sizeof(r));
	r.plan.size = sizeof(r.plan);
	r.plan.host = "localhost";
	r.plan.port = 9000;
	r.plan.backlog = 77;
	r.plan.mode = 0660;
	r.plan.option_count = 2;
	r.plan.option[0] = (struct pst_socket_option){1, 2, 3, 4, "ONE"};
	r.plan.option[1] = (struct pst_socket_option){5, 6, 7, 1, "TWO"};
	r.service = "quotes";
	r.url = "x://localhost:9000/";
	r.line = 12;
	return r;
}

/* Send a request; the packet's size is returned. */
static size_t send_request(const struct listen_request *r)
{
	int n, fd;

	open_pair();
	CHECK_INT(check_send_listener(ends[0], r), PST_OK);
	n = check_receive(ends[1], packet, &fd);
	CHECK(n > 0);
	CHECK_INT(fd, -1);
	close_pair();
	return n < 0 ? 0 : (size_t)n;
}

static int take(struct checked *checked, size_t size)
{
	const size_t head = sizeof(struct check_header);

	return check_take_listener(checked, packet + head, size - head);
}

static struct checked nothing(void)
{
	struct checked c;

	memset(&c, 0, sizeof(c));
	c.generation = -1;
	return c;
}

static void request_arrives_as_it_was_sent(void)
{
	const struct listen_request sent = some_request();
	struct checked c = nothing();
	const struct listen_request *r;

	if (CHECK_INT(take(&c, send_request(&sent)), PST_OK) &&
	    CHECK_INT(c.request_count, 1)) {
		r = &c.requests[0];
		CHECK_STR(r->plan.host, "localhost");
		CHECK(r->plan.path == NULL && r->plan.owner == NULL);
		CHECK(r->plan.source == NULL && r->file == NULL);
		CHECK_INT(r->plan.port, 9000);
		CHECK_INT(r->plan.backlog, 77);
		CHECK_INT(r->plan.option_count, 2);
		CHECK_STR(r->plan.option[0].label, "ONE");
		CHECK_STR(r->plan.option[1].label, "TWO");
		CHECK_INT(r->plan.option[1].value, 7);
		CHECK_STR(r->service, "quotes");
		CHECK_STR(r->url, "x://localhost:9000/");
		CHECK_INT(r->line, 12);
	}
	checked_finish(&c);
}

static void many_requests_keep_their_strings(void)
{
	struct listen_request sent = some_request();
	struct checked c = nothing();
	unsigned i;

	for (i = 0; i < 100; i++) {
		sent.plan.port = i;
		CHECK_INT(take(&c, send_request(&sent)), PST_OK);
	}
	CHECK_INT(c.request_count, 100);
	CHECK_STR(c.requests[0].service, "quotes");
	CHECK_INT(c.requests[99].plan.port, 99);
	checked_finish(&c);
}

static void every_cut_request_is_refused(void)
{
	const struct listen_request sent = some_request();
	const size_t size = send_request(&sent);
	struct checked c = nothing();
	size_t i;

	for (i = sizeof(struct check_header); i < size; i++) {
		if (take(&c, i) == PST_OK) {
			CHECK_INT(i, -1);
		}
	}
	CHECK_INT(c.request_count, 0);
	checked_finish(&c);
}

static void every_flipped_byte_is_survived(void)
{
	const struct listen_request sent = some_request();
	const size_t size = send_request(&sent);
	struct checked c = nothing();
	size_t i, k;

	for (i = sizeof(struct check_header); i < size; i++) {
		packet[i] = (char)~packet[i];
		(void)!take(&c, size);
		packet[i] = (char)~packet[i];
	}
	for (i = 0; i < c.request_count; i++) {
		const struct listen_request *r = &c.requests[i];

		CHECK(r->plan.option_count <= PST_SOCKET_OPTIONS_MAX);
		for (k = 0; k < r->plan.option_count; k++) {
			CHECK(strlen(r->plan.option[k].label) < size);
		}
		CHECK(r->service != NULL);
	}
	checked_finish(&c);
}

static void unix_request_without_path_is_refused(void)
{
	struct listen_request sent = some_request();
	struct checked c = nothing();

	sent.plan.family = PST_FAMILY_UNIX;
	CHECK_INT(take(&c, send_request(&sent)), PST_INVALID);
	sent.plan.path = "/run/x";
	CHECK_INT(take(&c, send_request(&sent)), PST_OK);
	checked_finish(&c);
}

static void request_that_does_not_fit_is_not_sent(void)
{
	struct listen_request r = some_request();
	char *long_text = malloc(CHECK_PACKET_MAX);

	memset(long_text, 'u', CHECK_PACKET_MAX - 1);
	long_text[CHECK_PACKET_MAX - 1] = '\0';
	r.url = long_text;
	open_pair();
	CHECK_INT(check_send_listener(ends[0], &r), PST_IO);
	close_pair();
	free(long_text);
}

static void long_diagnosis_is_cut(void)
{
	struct diag_entry e = {.level = PST_LOG_WARNING};
	struct check_header h;
	int fd;

	e.text = malloc(3 * CHECK_PACKET_MAX);
	memset(e.text, 'e', 3 * CHECK_PACKET_MAX - 1);
	e.text[3 * CHECK_PACKET_MAX - 1] = '\0';
	open_pair();
	CHECK_INT(check_send_diagnosis(ends[0], &e), PST_OK);
	CHECK_INT(check_receive(ends[1], packet, &fd), CHECK_PACKET_MAX);
	memcpy(&h, packet, sizeof(h));
	CHECK_INT(h.record, CHECK_DIAGNOSIS);
	CHECK_INT(h.level, PST_LOG_WARNING);
	close_pair();
	free(e.text);
}

static void generation_comes_along(void)
{
	int memory = memfd_create("generation", MFD_CLOEXEC), fd;
	char byte = 0;

	CHECK_INT(write(memory, "x", 1), 1);
	open_pair();
	CHECK_INT(check_send_done(ends[0], memory), PST_OK);
	close(memory);
	CHECK(check_receive(ends[1], packet, &fd) > 0);
	if (CHECK(fd >= 0)) {
		CHECK_INT(pread(fd, &byte, 1, 0), 1);
		CHECK_INT(byte, 'x');
		CHECK_INT(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
		close(fd);
	}
	CHECK_INT(check_receive(ends[1], packet, &fd), PST_AGAIN);
	CHECK_INT(check_send_done(ends[0], -1), PST_OK);
	CHECK(check_receive(ends[1], packet, &fd) > 0);
	CHECK_INT(fd, -1);
	close(ends[0]);
	CHECK_INT(check_receive(ends[1], packet, &fd), 0);
	close(ends[1]);
}

static size_t send_expiry(const struct expiry *e)
{
	int n, fd;

	open_pair();
	CHECK_INT(check_send_expiry(ends[0], e), PST_OK);
	n = check_receive(ends[1], packet, &fd);
	close_pair();
	return n < 0 ? 0 : (size_t)n;
}

static void ends_arrive_as_they_were_sent(void)
{
	const struct expiry e = {-5, "certificate gw.pem (CN=gw)"};
	const size_t head = sizeof(struct check_header);
	struct checked c = nothing();
	size_t size = send_expiry(&e), i;

	for (i = 0; i < 3; i++) {
		CHECK_INT(check_take_expiry(&c, packet + head, size - head),
		          PST_OK);
	}
	CHECK_INT(c.expiry_count, 3);
	CHECK_INT(c.expiries[2].when, -5);
	CHECK_STR(c.expiries[2].text, "certificate gw.pem (CN=gw)");
	checked_finish(&c);
}

static void every_cut_end_is_refused(void)
{
	const struct expiry e = {5, "certificate"};
	const size_t head = sizeof(struct check_header);
	struct checked c = nothing();
	size_t size = send_expiry(&e), i;

	for (i = head; i < size; i++) {
		CHECK_INT(check_take_expiry(&c, packet + head, i - head),
		          PST_INVALID);
	}
	packet[size - 3] = '\0';
	CHECK_INT(check_take_expiry(&c, packet + head, size - head),
	          PST_INVALID);
	CHECK_INT(c.expiry_count, 0);
	checked_finish(&c);
}

static void a_long_name_of_what_ends_is_cut(void)
{
	static char text[2 * CHECK_PACKET_MAX];
	const struct expiry e = {5, text};
	const size_t head = sizeof(struct check_header);
	struct checked c = nothing();
	size_t size;

	memset(text, 'a', sizeof(text) - 1);
	size = send_expiry(&e);
	CHECK_INT(size, CHECK_PACKET_MAX);
	CHECK_INT(check_take_expiry(&c, packet + head, size - head), PST_OK);
	checked_finish(&c);
}

static CU_TestInfo tests[] = {
	TEST(request_arrives_as_it_was_sent),
	TEST(many_requests_keep_their_strings),
	TEST(every_cut_request_is_refused),
	TEST(every_flipped_byte_is_survived),
	TEST(unix_request_without_path_is_refused),
	TEST(request_that_does_not_fit_is_not_sent),
	TEST(long_diagnosis_is_cut),
	TEST(generation_comes_along),
	TEST(ends_arrive_as_they_were_sent),
	TEST(every_cut_end_is_refused),
	TEST(a_long_name_of_what_ends_is_cut),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
