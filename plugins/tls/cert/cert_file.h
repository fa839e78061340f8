/* SPDX-License-Identifier: MIT */
/* Files: read whole, or written so that nobody ever sees a half. */
#ifndef CERT_FILE_H
#define CERT_FILE_H

#include <gnutls/gnutls.h>
#include <penstock/result.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { CERT_PATH_MAX = 4096, CERT_PASSWORD_MAX = 1024 };

/** Read a file ("-": standard input) of at most 16 MiB. Tells what is wrong.
 *  Returns 0 with content owned (cert_file_free), or CERT_BAD. */
PST_MUST_CHECK int cert_file_read(const char *path, gnutls_datum_t *out);
void cert_file_free(gnutls_datum_t *content);

/** Read the first line of a password file; NULL as path leaves "" and false.
 *  Tells what is wrong. Returns 0 or CERT_BAD. */
struct cert_password {
	bool given;
	char text[CERT_PASSWORD_MAX];
};
PST_MUST_CHECK int cert_password_read(const char *path,
                                      struct cert_password *out);
/** The text, or NULL when none was given. */
const char *cert_password_text(const struct cert_password *password);
void cert_password_wipe(struct cert_password *password);

/** A file being written: it gets its name only when it is whole. */
struct cert_output {
	char path[CERT_PATH_MAX];
	char hidden[CERT_PATH_MAX + 16]; /* "": nothing is pending */
	bool force;                      /* may replace */
};

/**
 * Is there room for a new file of this name? Call it before costly work.
 * Tells what is wrong. Returns 0 or CERT_BAD.
 */
PST_MUST_CHECK int cert_output_open(struct cert_output *o, const char *path,
                                    bool force);
/** Write everything under a hidden name in the same folder. */
PST_MUST_CHECK int cert_output_fill(struct cert_output *o, mode_t mode,
                                    const void *data, size_t length);
/** Give it its name, in one step; one that exists stays without `force`. */
PST_MUST_CHECK int cert_output_commit(struct cert_output *o);
/** Forget what is pending. Harmless after a commit. */
void cert_output_abandon(struct cert_output *o);

#endif
