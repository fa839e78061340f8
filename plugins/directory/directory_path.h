/* SPDX-License-Identifier: MIT */
/* From the path of a request to a name below the root: pure functions. */
#ifndef DIRECTORY_PATH_H
#define DIRECTORY_PATH_H

#include <penstock/option.h>
#include <penstock/result.h>
#include <stdbool.h>

enum {
	DIRECTORY_PATH_MAX = 4096 /* bytes of a decoded path, with its end */
};

struct directory_path {
	char text[DIRECTORY_PATH_MAX]; /* "a/b.html"; the root itself: "" */
	size_t length;
	bool folder; /* it was written with a slash at its end */
};

/**
 * Decode a path once and judge what it became, so that no writing of it leads
 * elsewhere than the plain one.
 *
 * raw[length]  begins with "/", without query; percent-encoded
 * shown        names that may begin with a dot; "*" is every name
 * Errors       PST_PROTO     400: an encoding that is none, a control character
 *                            or bytes that are not UTF-8
 *              PST_NO_ROUTE  404: "." and "..", empty segments, a slash that
 *                            was encoded, a backslash, a hidden name, too long
 * Context      pure; any thread
 * Source       RFC 3986 2.1, 3.3; RFC 3629 3
 */
PST_MUST_CHECK int directory_path_read(const char *raw, size_t length,
                                       const struct pst_list *shown,
                                       struct directory_path *out);

/** True when `text` is a relative name as directory_path_read makes them, but
 *  for hidden ones: for settings. */
bool directory_path_plain(const char *text);

/** True when `text` matches `pattern`, in which "*" stands for any bytes. */
bool directory_path_like(const char *pattern, size_t length, const char *text);

#endif
