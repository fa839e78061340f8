/* SPDX-License-Identifier: MIT */
/* The signer `openssl`: RSA and ECDSA signatures by libcrypto, whose RSA is
 * three times as fast as GnuTLS's. */
#include "signer_key.h"

#include <openssl/crypto.h>
#include <penstock/plugin.h>
#include <stdio.h>
#include <string.h>

static const struct pst_signer signer = {
	.size = sizeof(signer),
	.keys = PST_SIGN_KEY_RSA | PST_SIGN_KEY_ECDSA,
	.id = "openssl",
	.help = "RSA and ECDSA signatures by OpenSSL's libcrypto.",
	.key_create = signer_key_create,
	.key_destroy = signer_key_destroy,
	.sign = signer_key_sign,
};

/* Neither the system's configuration of OpenSSL nor our environment has a say
 * in how keys are used. */
static int init(const struct pst_core *core)
{
	(void)core;
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1) {
		fputs("signer-openssl: libcrypto cannot be initialized\n",
		      stderr);
		return 1;
	}
	return 0;
}

static const void *get(const char *extension, uint32_t n)
{
	return strcmp(extension, PST_EXTENSION_SIGNER) == 0 && n == 0 ? &signer
	                                                              : NULL;
}

PST_PLUGIN_NOTE("signer:openssl");

PST_EXPORT const struct pst_plugin PST_PLUGIN_SYMBOL = {
	.magic = PST_MAGIC,
	.size = sizeof(struct pst_plugin),
	.abi = PST_ABI,
	.name = "signer-openssl",
	.version = PST_VERSION,
	.license = "MIT",
	.init = init,
	.get = get,
};
