/* SPDX-License-Identifier: MIT */
/* The supervisor: checks the configuration, owns the listening sockets, keeps
 * workers alive, drains and reloads. It never runs a plugin's code. */
#ifndef CORE_SUPERVISOR_H
#define CORE_SUPERVISOR_H

/** Run the configuration at `path` until SIGTERM or SIGINT has drained it.
 *  Returns the process's exit status; what is wrong at start is on stderr. */
int supervisor_run(const char *path);

/** The same with the one worker in this process: a crash of it is ours. */
int single_run(const char *path);

#endif
