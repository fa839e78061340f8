/* SPDX-License-Identifier: MIT */
/* Counters over processes, and what is left of a dead one. */
#include "counters.h"
#include "gateway.h"
#include "pst_test.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void series_keeps_its_index(void)
{
	struct counters *c = counters_create(1);
	uint32_t a = counters_series(c, "quotes.sessions", 1);
	uint32_t b = counters_series(c, "quotes.bytes", 0);
	int gauge = -1;

	CHECK(a != 0 && b != 0 && a != b);
	CHECK_INT(counters_series(c, "quotes.sessions", 1), a);
	CHECK_STR(counters_series_name(c, a, &gauge), "quotes.sessions");
	CHECK_INT(gauge, 1);
	CHECK_STR(counters_series_name(c, b, &gauge), "quotes.bytes");
	CHECK_INT(gauge, 0);
	CHECK(counters_series_name(c, b + 1, &gauge) == NULL);
	CHECK(counters_series_name(c, 0, &gauge) == NULL);
	counters_destroy(c);
}

static void names_are_cut_and_series_are_not(void)
{
	struct counters *c = counters_create(1);
	char name[300];

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	CHECK_INT(counters_series(c, name, 0), 0);
	CHECK_INT(counters_series(c, "", 0), 0);
	CHECK_INT(strlen(counters_name_text(c, counters_name(c, name))),
	          COUNTERS_NAME_MAX);
	CHECK_INT(counters_name(c, ""), 0);
	CHECK_STR(counters_name_text(c, 0), "");
	CHECK_STR(counters_name_text(c, UINT32_MAX), "");
	counters_destroy(c);
}

static void full_table_gives_the_hidden_series(void)
{
	struct counters *c = counters_create(1);
	char name[32];
	unsigned i, given = 0;

	for (i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "series%u", i);
		given += counters_series(c, name, 0) != 0;
	}
	CHECK_INT(given, 4095);
	CHECK(counters_series(c, "series0", 0) != 0);
	CHECK_INT(counters_series(c, "one more", 0), 0);
	counters_add(c, 0, 0, 1);
	counters_destroy(c);
}

static void sum_is_over_all_workers(void)
{
	struct counters *c = counters_create(4);
	uint32_t s = counters_series(c, "s", 0);

	counters_add(c, 0, s, 5);
	counters_add(c, 3, s, 7);
	counters_add(c, 3, s, -1);
	CHECK_INT(counters_sum(c, s), 11);
	counters_destroy(c);
}

static void child_counts_and_names_for_the_parent(void)
{
	struct counters *c = counters_create(2);
	struct worker_slot *slot = counters_slot(c, 1);
	uint32_t s = 0;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		s = counters_series(c, "of the child", 0);
		counters_add(c, 1, s, 42);
		atomic_store(&slot->loop.layer, counters_name(c, "ws"));
		atomic_store(&slot->loop.session, 4711);
		_exit(0);
	}
	CHECK_INT(waitpid(pid, &status, 0), pid);
	s = counters_series(c, "of the child", 0);
	CHECK_INT(counters_sum(c, s), 42);
	CHECK_STR(counters_name_text(c, atomic_load(&slot->loop.layer)), "ws");
	CHECK_INT(atomic_load(&slot->loop.session), 4711);
	counters_destroy(c);
}

static void gauges_of_a_dead_worker_go_to_zero(void)
{
	struct counters *c = counters_create(2);
	uint32_t gauge = counters_series(c, "open", 1);
	uint32_t total = counters_series(c, "total", 0);
	struct worker_slot *slot = counters_slot(c, 0);

	counters_add(c, 0, gauge, 3);
	counters_add(c, 1, gauge, 4);
	counters_add(c, 0, total, 3);
	atomic_store(&slot->helper.session, 9);
	atomic_store(&slot->heartbeat_ms, 9);
	counters_worker_died(c, 0);
	CHECK_INT(counters_sum(c, gauge), 4);
	CHECK_INT(counters_sum(c, total), 3);
	CHECK_INT(atomic_load(&slot->helper.session), 0);
	CHECK_INT(atomic_load(&slot->heartbeat_ms), 0);
	counters_destroy(c);
}

/* Children are killed while they append: the lock must not stay locked, and
 * no series may be lost or shown under another name. */
static void table_survives_processes_that_are_killed(void)
{
	struct counters *c = counters_create(1);
	char name[32];
	int round, status, ready[2], gauge;
	uint32_t n;

	for (round = 0; round < 20; round++) {
		char byte;
		pid_t pid;

		CHECK_INT(pipe(ready), 0);
		pid = fork();
		if (pid == 0) {
			unsigned i;

			(void)!write(ready[1], "x", 1);
			for (i = 0;; i++) {
				snprintf(name, sizeof(name), "r%d.%u", round,
				         i % 100);
				counters_series(c, name, 0);
			}
		}
		CHECK_INT(read(ready[0], &byte, 1), 1);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		close(ready[0]);
		close(ready[1]);
		snprintf(name, sizeof(name), "after %d", round);
		n = counters_series(c, name, 0);
		CHECK(n != 0);
		CHECK_STR(counters_series_name(c, n, &gauge), name);
	}
	for (round = 0; round < 20; round++) {
		snprintf(name, sizeof(name), "after %d", round);
		n = counters_series(c, name, 0);
		CHECK_STR(counters_series_name(c, n, &gauge), name);
	}
	counters_destroy(c);
}

static void log_shows_every_series(void)
{
	struct counters *c = counters_create(1);
	struct log log;
	char text[512];
	ssize_t n;

	log_init(&log);
	log.fd = memfd_create("log", MFD_CLOEXEC);
	counters_add(c, 0, counters_series(c, "total", 0), 3);
	counters_add(c, 0, counters_series(c, "open", 1), 2);
	counters_log(c, &log);
	n = pread(log.fd, text, sizeof(text) - 1, 0);
	text[n < 0 ? 0 : n] = '\0';
	CHECK(strstr(text, "counter name=total value=3\n") != NULL);
	CHECK(strstr(text, "gauge name=open value=2\n") != NULL);
	close(log.fd);
	counters_destroy(c);
}

static CU_TestInfo tests[] = {
	TEST(series_keeps_its_index),
	TEST(names_are_cut_and_series_are_not),
	TEST(full_table_gives_the_hidden_series),
	TEST(sum_is_over_all_workers),
	TEST(child_counts_and_names_for_the_parent),
	TEST(gauges_of_a_dead_worker_go_to_zero),
	TEST(table_survives_processes_that_are_killed),
	TEST(log_shows_every_series),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
