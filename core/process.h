/* SPDX-License-Identifier: MIT */
/* Child processes: making them, and saying how they ended. */
#ifndef CORE_PROCESS_H
#define CORE_PROCESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PROCESS_END_MAX 64

/** Milliseconds on the monotonic clock, as workers' heartbeats use it. */
uint64_t process_now_ms(void);

/** fork(), with nothing left in the child of the signals that the parent has
 *  blocked or handles; SIGPIPE is ignored. As fork(2). */
pid_t process_fork(void);

/** Wait for the child's end, and kill it when that does not come within `ms`.
 *  Returns its status as waitpid(2) has it. */
int process_end_within(pid_t pid, int ms);

/** "was killed by signal 11 (Segmentation fault)", "ended with status 1". */
void process_end_text(int status, char *text, size_t size);

#endif
