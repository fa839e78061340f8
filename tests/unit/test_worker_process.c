/* SPDX-License-Identifier: MIT */
/* Workers as the supervisor sees them: how they end, and when they come back. */
#include "gateway.h"
#include "process.h"
#include "pst_test.h"
#include "worker_process.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static char said[2048];

static struct log memory_log(void)
{
	struct log log;

	log_init(&log);
	log.fd = memfd_create("log", MFD_CLOEXEC);
	return log;
}

/* A stand-in for a worker, that ends as the test wants. */
static struct worker_process child(int signum, int status)
{
	struct worker_process w;
	int control[2];

	memset(&w, 0, sizeof(w));
	CHECK_INT(pipe(control), 0);
	w.phase = WORKER_UP;
	w.place = 1;
	w.control = control[1];
	w.pid = process_fork();
	if (w.pid == 0) {
		if (signum != 0) {
			signal(signum, SIG_DFL);
			kill(getpid(), signum);
		}
		_exit(status);
	}
	close(control[0]);
	return w;
}

/* Wait for its end without taking it, then let it be reaped. */
static void reap(struct worker_process *w, struct counters *c)
{
	struct log log = memory_log();
	siginfo_t info;
	ssize_t n;

	waitid(P_PID, (id_t)w->pid, &info, WEXITED | WNOWAIT);
	CHECK(worker_process_reap(w, c, &log));
	n = pread(log.fd, said, sizeof(said) - 1, 0);
	said[n < 0 ? 0 : n] = '\0';
	CHECK_INT(w->pid, 0);
	CHECK_INT(w->control, -1);
	close(log.fd);
}

static void crash_line_names_layer_service_and_session(void)
{
	struct counters *c = counters_create(1);
	struct doing *doing = &counters_slot(c, 0)->loop;
	struct worker_process w = child(SIGABRT, 0);

	atomic_store(&doing->layer, counters_name(c, "ws"));
	atomic_store(&doing->service, counters_name(c, "quotes"));
	atomic_store(&doing->session, 4711);
	reap(&w, c);
	CHECK(strstr(said, "error: worker 2 (pid ") != NULL);
	CHECK(strstr(said, "was killed by signal 6 (Aborted) in layer ws, "
	                   "service quotes, session 4711\n") != NULL);
	CHECK_INT(atomic_load(&doing->session), 0);
	counters_destroy(c);
}

static void crash_line_names_the_helper_too(void)
{
	struct counters *c = counters_create(1);
	struct worker_slot *slot = counters_slot(c, 0);
	struct worker_process w = child(SIGKILL, 0);

	atomic_store(&slot->helper.layer, counters_name(c, "tls"));
	reap(&w, c);
	CHECK(strstr(said, "(Killed), its helper in layer tls\n") != NULL);
	counters_destroy(c);
}

static void names_out_of_range_do_no_harm(void)
{
	struct counters *c = counters_create(1);
	struct doing *doing = &counters_slot(c, 0)->loop;
	struct worker_process w = child(SIGKILL, 0);

	atomic_store(&doing->layer, UINT32_MAX);
	atomic_store(&doing->service, 77777);
	reap(&w, c);
	CHECK(strstr(said, "was killed by signal 9") != NULL);
	counters_destroy(c);
}

static void end_without_signal_tells_the_status(void)
{
	struct counters *c = counters_create(1);
	struct worker_process w = child(0, 3);

	reap(&w, c);
	CHECK(strstr(said, "ended with status 3\n") != NULL);
	counters_destroy(c);
}

static void end_of_a_drained_worker_is_no_error(void)
{
	struct counters *c = counters_create(1);
	struct worker_process w = child(0, 0);

	w.phase = WORKER_DRAINING;
	reap(&w, c);
	CHECK(strstr(said, " info: worker 2 (pid ") != NULL);
	counters_destroy(c);
}

static void running_worker_is_not_reaped(void)
{
	struct counters *c = counters_create(1);
	struct log log = memory_log();
	struct worker_process w;
	int pipe_fds[2];
	char byte;

	memset(&w, 0, sizeof(w));
	CHECK(!worker_process_reap(&w, c, &log));
	CHECK_INT(pipe(pipe_fds), 0);
	w.pid = process_fork();
	if (w.pid == 0) {
		close(pipe_fds[1]);
		(void)!read(pipe_fds[0], &byte, 1);
		_exit(0);
	}
	close(pipe_fds[0]);
	w.control = dup(STDERR_FILENO);
	CHECK(!worker_process_reap(&w, c, &log));
	close(pipe_fds[1]);
	reap(&w, c);
	close(log.fd);
	counters_destroy(c);
}

static void restarts_back_off_to_thirty_seconds(void)
{
	static const unsigned want[] = {0, 1, 2, 4, 8, 16, 30, 30, 30};
	struct worker_process w;
	size_t i;

	memset(&w, 0, sizeof(w));
	w.started = 1000;
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		CHECK_INT(worker_process_backoff(&w, 2000), want[i] * 1000);
	}
	/* one that ran for a minute is forgiven */
	CHECK_INT(worker_process_backoff(&w, 62000), 0);
}

static void heartbeat_of_the_slot_is_seen(void)
{
	struct counters *c = counters_create(2);
	struct worker_process w;

	memset(&w, 0, sizeof(w));
	w.slot = 1;
	CHECK_INT(worker_process_beat(&w, c), 0);
	atomic_store(&counters_slot(c, 1)->heartbeat_ms, 5);
	CHECK_INT(worker_process_beat(&w, c), 5);
	counters_destroy(c);
}

static CU_TestInfo tests[] = {
	TEST(crash_line_names_layer_service_and_session),
	TEST(crash_line_names_the_helper_too),
	TEST(names_out_of_range_do_no_harm),
	TEST(end_without_signal_tells_the_status),
	TEST(end_of_a_drained_worker_is_no_error),
	TEST(running_worker_is_not_reaped),
	TEST(restarts_back_off_to_thirty_seconds),
	TEST(heartbeat_of_the_slot_is_seen),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
