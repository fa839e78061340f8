/* SPDX-License-Identifier: MIT */
/* A certificate or request and its key, as two files that appear together. */
#ifndef CERT_PAIR_H
#define CERT_PAIR_H

#include "cert/cert_items.h"
#include "cert/cert_line.h"
#include "cert/cert_make.h"

/** What a command that makes something works on. Starts as zeros. */
struct cert_pair {
	const struct cert_line *line;
	struct cert_wish wish;
	struct cert_password password; /* of the subject's key */
	struct cert_items own;         /* the key; of --key-file or new */
	struct cert_output pem, key;
	bool made_key; /* it is new, and written to key.path */
};

/** Read what all of them share: names, days, password, where to write. The
 *  suffix is "pem" or "csr". Tells what is wrong. */
PST_MUST_CHECK int cert_pair_open(struct cert_pair *pair,
                                  const struct cert_line *line,
                                  const char *suffix, unsigned days);
/** Load or make the key. */
PST_MUST_CHECK int cert_pair_key(struct cert_pair *pair);
/** Write `pem` and, when it is new, the key: both or none. */
PST_MUST_CHECK int cert_pair_write(struct cert_pair *pair,
                                   const gnutls_datum_t *pem);
void cert_pair_close(struct cert_pair *pair);

#endif
