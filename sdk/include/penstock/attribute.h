/* SPDX-License-Identifier: MIT */
/* Attributes: facts that a layer instance learned, and how far to trust them. */
#ifndef PENSTOCK_ATTRIBUTE_H
#define PENSTOCK_ATTRIBUTE_H

#include <stdint.h>

/** PROVEN: this process verified it. CLAIMED: a peer said so. Options that
 *  decide access take proven attributes only. */
enum pst_provenance {
	PST_CLAIMED = 0,
	PST_PROVEN = 1
};

enum pst_attribute_flag {
	PST_ATTRIBUTE_LOG = 1 /* shown in the line logged at the stream's end */
};

/** A key that a layer may set. Tables end with a row whose key is NULL. */
struct pst_attribute {
	const char *key; /* "tls.version": begins with the layer's id */
	uint32_t flags;  /* enum pst_attribute_flag */
	uint32_t reserved;
	const char *help;
};

#endif
