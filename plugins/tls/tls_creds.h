/* SPDX-License-Identifier: MIT */
/* PEM files into certificates while settings are checked. */
#ifndef TLS_CREDS_H
#define TLS_CREDS_H

#include "tls_conf.h"
#include "tls_pem.h"

/** Read all certificates of `file`. Reports at `option`. Returns 0 or
 *  PST_CONFIG with nothing owned. */
PST_MUST_CHECK int tls_chain_load(struct tls_chain *chain,
                                  struct pst_setup *setup, const char *option,
                                  const struct pst_file *file);

#endif
