/* SPDX-License-Identifier: MIT */
/* Messages between supervisor and worker, and what is not one. */
#include "control_wire.h"
#include "pst_test.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int pair[2];
static struct control_message m;

static int begin(void)
{
	memset(&m, 0, sizeof(m));
	return control_pair(pair);
}

static void finish(void)
{
	close(pair[0]);
	close(pair[1]);
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void a_message_arrives_as_it_was_sent(void)
{
	const struct control_order order = {.kind = CONTROL_FAILED,
	                                    .number = 7,
	                                    .body = "no room",
	                                    .length = 7};

	CHECK_INT(begin(), PST_OK);
	CHECK_INT(control_send(pair[0], &order), PST_OK);
	CHECK_INT(control_receive(pair[1], &m), 1);
	CHECK_INT(m.kind, CONTROL_FAILED);
	CHECK_INT(m.number, 7);
	CHECK_INT(m.length, 7);
	CHECK_STR((const char *)m.body, "no room");
	CHECK_INT(m.fd_count, 0);
	CHECK_INT(control_receive(pair[1], &m), PST_AGAIN);
	finish();
}

static void descriptors_arrive_in_order_and_close_by_themselves(void)
{
	int fds[CONTROL_FDS_MAX], i, taken;
	const struct control_order order = {.kind = CONTROL_LISTEN,
	                                    .number = 1,
	                                    .fds = fds,
	                                    .fd_count = CONTROL_FDS_MAX};
	int pipe_fds[2];
	char byte = 'x';

	CHECK_INT(begin(), PST_OK);
	CHECK_INT(pipe(pipe_fds), 0);
	for (i = 0; i < CONTROL_FDS_MAX; i++) {
		fds[i] = i == 3 ? pipe_fds[1] : STDIN_FILENO;
	}
	CHECK_INT(control_send(pair[0], &order), PST_OK);
	CHECK_INT(control_receive(pair[1], &m), 1);
	CHECK_INT(m.fd_count, CONTROL_FDS_MAX);
	CHECK_INT(write(m.fds[3], &byte, 1), 1);
	CHECK_INT(read(pipe_fds[0], &byte, 1), 1);
	CHECK((fcntl(m.fds[3], F_GETFD) & FD_CLOEXEC) != 0);
	taken = m.fds[0];
	m.fds[0] = -1;
	i = m.fds[5];
	control_message_finish(&m);
	CHECK(is_open(taken));
	CHECK(!is_open(i));
	close(taken);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	finish();
}

static void too_many_descriptors_are_not_sent(void)
{
	static const int fds[CONTROL_FDS_MAX + 1];
	const struct control_order order = {.kind = CONTROL_LISTEN,
	                                    .fds = fds,
	                                    .fd_count = CONTROL_FDS_MAX + 1};

	CHECK_INT(begin(), PST_OK);
	CHECK_INT(control_send(pair[0], &order), PST_IO);
	CHECK_INT(control_receive(pair[1], &m), PST_AGAIN);
	finish();
}

static void long_texts_are_cut(void)
{
	static char text[3 * CONTROL_BODY_MAX];
	const struct control_order order = {
		.kind = CONTROL_FAILED, .body = text, .length = sizeof(text)};

	CHECK_INT(begin(), PST_OK);
	memset(text, 'a', sizeof(text));
	CHECK_INT(control_send(pair[0], &order), PST_OK);
	CHECK_INT(control_receive(pair[1], &m), 1);
	CHECK_INT(m.length, CONTROL_BODY_MAX);
	CHECK_INT(m.body[CONTROL_BODY_MAX], 0);
	finish();
}

static void nonsense_is_no_message(void)
{
	static const uint32_t kinds[] = {0, CONTROL_KINDS, UINT32_MAX};
	static char large[CONTROL_BODY_MAX + 100];
	uint32_t header[2] = {0, 0};
	size_t i;

	CHECK_INT(begin(), PST_OK);
	CHECK_INT(send(pair[0], "abc", 3, 0), 3);
	CHECK_INT(control_receive(pair[1], &m), PST_INVALID);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		header[0] = kinds[i];
		CHECK_INT(send(pair[0], header, sizeof(header), 0),
		          sizeof(header));
		CHECK_INT(control_receive(pair[1], &m), PST_INVALID);
	}
	large[0] = CONTROL_STOP;
	CHECK_INT(send(pair[0], large, sizeof(large), 0), sizeof(large));
	CHECK_INT(control_receive(pair[1], &m), PST_INVALID);
	CHECK_INT(control_receive(pair[1], &m), PST_AGAIN);
	finish();
}

static void who_does_not_read_holds_up_nobody(void)
{
	static char text[CONTROL_BODY_MAX];
	const struct control_order order = {
		.kind = CONTROL_FAILED, .body = text, .length = sizeof(text)};
	int result = PST_OK, i;

	CHECK_INT(begin(), PST_OK);
	for (i = 0; i < 100000 && result == PST_OK; i++) {
		result = control_send(pair[0], &order);
	}
	CHECK_INT(result, PST_AGAIN);
	close(pair[1]);
	CHECK_INT(control_send(pair[0], &order), PST_IO);
	CHECK_INT(control_receive(pair[0], &m), 0);
	close(pair[0]);
}

static CU_TestInfo tests[] = {
	TEST(a_message_arrives_as_it_was_sent),
	TEST(descriptors_arrive_in_order_and_close_by_themselves),
	TEST(too_many_descriptors_are_not_sent),
	TEST(long_texts_are_cut),
	TEST(nonsense_is_no_message),
	TEST(who_does_not_read_holds_up_nobody),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
