/* SPDX-License-Identifier: MIT */
/* Who else listens on a port, for messages. */
#ifndef CORE_SOCKET_HOLDER_H
#define CORE_SOCKET_HOLDER_H

#include <stddef.h>
#include <stdint.h>

/**
 * Find a process that listens on `port`, and write " by nginx (pid 123)" into
 * text[size]; "" when there is none or it is not ours to see.
 *
 * Source  proc(5): /proc/net, /proc/PID/fd
 */
void socket_holder_text(uint16_t port, char *text, size_t size);

#endif
