/* SPDX-License-Identifier: MIT */
/* Threads beside the loop's. */
#ifndef CORE_THREAD_H
#define CORE_THREAD_H

#include <penstock/result.h>
#include <pthread.h>

/** Start a thread that takes no signals: they are the loop's. Returns 0 or
 *  errno's value. */
PST_MUST_CHECK int thread_start(pthread_t *thread_out, void *(*run)(void *),
                                void *arg);
/** For the thread that calls: let the loop go first where both want the same
 *  processor. What clients that are there already wait for is not held up by
 *  what is done for those who come. */
void thread_give_way(void);

#endif
