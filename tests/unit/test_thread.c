/* SPDX-License-Identifier: MIT */
/* Threads beside the loop's: no signals, and behind it. */
#include "pst_test.h"
#include "thread.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

struct seen {
	int before, after;
	sigset_t blocked;
};

static int nice_value(void)
{
	return getpriority(PRIO_PROCESS, (id_t)gettid());
}

static void *look(void *arg)
{
	struct seen *s = arg;

	pthread_sigmask(SIG_SETMASK, NULL, &s->blocked);
	s->before = nice_value();
	thread_give_way();
	s->after = nice_value();
	return NULL;
}

static struct seen run(void)
{
	struct seen s = {0};
	pthread_t thread;

	if (CHECK_INT(thread_start(&thread, look, &s), 0)) {
		pthread_join(thread, NULL);
	}
	return s;
}

static void a_thread_gives_way_alone(void)
{
	const int here = nice_value();
	const struct seen s = run();

	CHECK_INT(s.before, here);
	CHECK(s.after > here || here == 19);
	CHECK_INT(nice_value(), here);
}

static void a_thread_takes_no_signals(void)
{
	sigset_t before, after;
	struct seen s;

	pthread_sigmask(SIG_SETMASK, NULL, &before);
	s = run();
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	CHECK_INT(sigismember(&s.blocked, SIGTERM), 1);
	CHECK_INT(sigismember(&s.blocked, SIGHUP), 1);
	CHECK_INT(sigismember(&after, SIGTERM), sigismember(&before, SIGTERM));
}

static CU_TestInfo tests[] = {
	TEST(a_thread_gives_way_alone),
	TEST(a_thread_takes_no_signals),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
