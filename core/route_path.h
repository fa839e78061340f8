/* SPDX-License-Identifier: MIT */
/* What the path of a URL means, whatever way it is written: so that nobody
 * gets past the service of a path by writing it another way. */
#ifndef CORE_ROUTE_PATH_H
#define CORE_ROUTE_PATH_H

#include <stdbool.h>
#include <stddef.h>

/** True when path[length] is written as it is meant: without percent codes,
 *  parameters, empty and dot segments. Pure; any thread. */
bool route_path_is_plain(const char *path, size_t length);

/**
 * Write what path[length], without query, means: percent codes are decoded,
 * then parameters (";x" behind a segment's name) and empty segments left out and
 * dot segments resolved, never above "/". An encoded slash counts as one, as it
 * does for most servers; and "/admin;x" is "/admin" to many.
 *
 * out[length + 1]  terminated; may have NUL in it
 * Returns  bytes written without the end
 * Context  pure; any thread
 * Source   RFC 3986 2.1, 3.3, 5.2.4
 */
size_t route_path_meaning(const char *path, size_t length, char *out);

#endif
