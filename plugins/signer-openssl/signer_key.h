/* SPDX-License-Identifier: MIT */
/* Private keys that libcrypto signs with. Constant once made: any thread. */
#ifndef SIGNER_KEY_H
#define SIGNER_KEY_H

#include <penstock/signer.h>

/** As pst_signer. */
int signer_key_create(const uint8_t *der, size_t length,
                      struct pst_signer_key **key_out);
void signer_key_destroy(struct pst_signer_key *key);
int signer_key_sign(struct pst_signer_key *key, enum pst_sign how,
                    const uint8_t *data, size_t length, uint8_t *out,
                    size_t room);

#endif
