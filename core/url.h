/* SPDX-License-Identifier: MIT */
/* URLs of pipelines, read strictly: what is not clearly right is refused with
 * a sentence that says what to write instead. */
#ifndef CORE_URL_H
#define CORE_URL_H

#include "arena.h"

#include <penstock/scheme.h>
#include <penstock/url.h>

#define URL_SCHEME_MAX 32
#define URL_ERROR_MAX  256

/**
 * The scheme of `text`, in lower case, so that it can be looked up.
 *
 * example  a scheme to show in messages
 * error    written after PST_CONFIG
 * Returns  0, or PST_CONFIG
 */
PST_MUST_CHECK int url_scheme(const char *text, const char *example,
                              char scheme_out[URL_SCHEME_MAX],
                              char error[URL_ERROR_MAX]);

/**
 * All of `text`, whose scheme is `scheme`.
 *
 * url_out  strings are made in `memory`; written only on success
 * Returns  0, PST_CONFIG with `error` written, PST_MEMORY
 * Context  pure; any thread
 * Source   RFC 3986 3, RFC 1123 2.1
 */
PST_MUST_CHECK int url_parse(const char *text, const struct pst_scheme *scheme,
                             struct arena *memory, struct pst_url *url_out,
                             char error[URL_ERROR_MAX]);

#endif
