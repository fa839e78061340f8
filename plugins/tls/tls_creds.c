/* SPDX-License-Identifier: MIT */
/* PEM files into certificates while settings are checked. */
#include "tls_creds.h"

int tls_chain_load(struct tls_chain *chain, struct pst_setup *setup,
                   const char *option, const struct pst_file *file)
{
	struct tls_fault fault;

	chain->crt = NULL;
	chain->count = 0;
	if (tls_chain_read(chain, file, option, &fault) == PST_OK) {
		return PST_OK;
	}
	tls_chain_finish(chain);
	pst_error(setup, option, "%s", fault.text);
	return PST_CONFIG;
}
