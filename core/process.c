/* SPDX-License-Identifier: MIT */
/* Child processes: making them, and saying how they ended. */
#include "process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

uint64_t process_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

pid_t process_fork(void)
{
	static const int handled[] = {SIGTERM, SIGINT,  SIGHUP, SIGCHLD,
	                              SIGUSR1, SIGUSR2, SIGQUIT};
	sigset_t none;
	pid_t pid;
	size_t i;

	fflush(NULL);
	pid = fork();
	if (pid != 0) {
		return pid;
	}
	for (i = 0; i < sizeof(handled) / sizeof(handled[0]); i++) {
		signal(handled[i], SIG_DFL);
	}
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	return 0;
}

int process_end_within(pid_t pid, int ms)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0), status = 0;
	struct pollfd p = {.fd = fd, .events = POLLIN};

	if (fd < 0 || poll(&p, 1, ms) != 1) {
		kill(pid, SIGKILL);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
	}
	if (fd >= 0) {
		close(fd);
	}
	return status;
}

void process_end_text(int status, char *text, size_t size)
{
	if (WIFSIGNALED(status)) {
		const char *name = sigdescr_np(WTERMSIG(status));

		snprintf(text, size, "was killed by signal %d (%s)",
		         WTERMSIG(status), name == NULL ? "unknown" : name);
	} else {
		snprintf(text, size, "ended with status %d",
		         WEXITSTATUS(status));
	}
}
