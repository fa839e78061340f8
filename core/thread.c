/* SPDX-License-Identifier: MIT */
/* Threads beside the loop's. */
#include "thread.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

/* A tenth of the loop's share where both would run without a pause: handshakes
 * go on however much there is to carry. */
#define GIVEN_WAY 10

int thread_start(pthread_t *thread_out, void *(*run)(void *), void *arg)
{
	sigset_t all, old;
	int failed;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	failed = pthread_create(thread_out, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return failed;
}

void thread_give_way(void)
{
	const id_t self = (id_t)gettid();
	int now;

	/* Linux has a nice value for each thread: setpriority(2) */
	errno = 0;
	now = getpriority(PRIO_PROCESS, self);
	if (now != -1 || errno == 0) {
		(void)setpriority(PRIO_PROCESS, self, now + GIVEN_WAY);
	}
}
