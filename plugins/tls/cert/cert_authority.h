/* SPDX-License-Identifier: MIT */
/* The authority that --ca names, with its key, fit to issue. */
#ifndef CERT_AUTHORITY_H
#define CERT_AUTHORITY_H

#include "cert/cert_file.h"
#include "cert/cert_items.h"
#include "cert/cert_line.h"

/**
 * Load --ca with --ca-key and --ca-password-file; tells what is wrong.
 *
 * ca        its own certificate comes first
 * key_path  written; `ca` borrows it
 * Returns   an exit code; cert_items_finish is due either way
 */
PST_MUST_CHECK int cert_authority_load(const struct cert_line *line,
                                       struct cert_items *ca,
                                       char key_path[CERT_PATH_MAX]);

#endif
