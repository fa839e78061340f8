/* SPDX-License-Identifier: MIT */
/* Via: who passed a message on, and whether it has been here before. */
#include "proxy_via.h"

#include <nettle/sha2.h>
#include <stdio.h>

enum {
	SEED_SIZE = 32,    /* bytes of pst_seed */
	PSEUDONYM_MAX = 64 /* bytes */
};

static bool is_token(const char *text)
{
	size_t n = 0;

	while (pst_is_token_char((uint8_t)text[n])) {
		n++;
	}
	return n != 0 && n <= PSEUDONYM_MAX && text[n] == '\0';
}

/* All workers of a gateway must know each other's marks, and nobody else may
 * guess them. */
static uint32_t mark_of(struct pst_setup *setup)
{
	static const char label[] = "penstock proxy via";
	const char *service = setup->service == NULL ? "" : setup->service;
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx sha;

	sha256_init(&sha);
	sha256_update(&sha, sizeof(label), (const uint8_t *)label);
	sha256_update(&sha, SEED_SIZE, pst_seed(setup));
	sha256_update(&sha, strlen(service), (const uint8_t *)service);
	sha256_digest(&sha, sizeof(digest), digest);
	return (uint32_t)digest[0] << 24 | (uint32_t)digest[1] << 16 |
	       (uint32_t)digest[2] << 8 | digest[3];
}

int proxy_via_init(struct proxy_via *via, const char *pseudonym,
                   struct pst_setup *setup)
{
	via->name[0] = '\0';
	if (strcmp(pseudonym, "off") == 0) {
		return PST_OK;
	}
	if (!is_token(pseudonym)) {
		pst_error(setup, "via",
		          "\"%s\" is no pseudonym; write up to %d letters, "
		          "digits, - . or _, or \"off\"",
		          pseudonym, PSEUDONYM_MAX);
		return PST_CONFIG;
	}
	(void)snprintf(via->name, sizeof(via->name), "%s-%08x", pseudonym,
	               (unsigned)mark_of(setup));
	return PST_OK;
}

/* The name stands as a word of its own: "1.1 name", "HTTP/1.1 name (x)". */
static bool names(const char *text, size_t length, const char *name, size_t n)
{
	size_t i;

	for (i = 0; i + n <= length; i++) {
		if (memcmp(text + i, name, n) == 0 &&
		    (i == 0 || !pst_is_token_char((uint8_t)text[i - 1])) &&
		    (i + n == length ||
		     !pst_is_token_char((uint8_t)text[i + n]))) {
			return true;
		}
	}
	return false;
}

bool proxy_via_is_loop(const struct proxy_via *via, const struct pst_head *h)
{
	size_t n = strlen(via->name);
	const struct pst_field *f;
	uint32_t at = 0;

	while (n != 0 && (f = pst_head_find(h, "Via", &at)) != NULL) {
		if (names(pst_head_text(h, f->value), f->value.length,
		          via->name, n)) {
			return true;
		}
	}
	return false;
}

void proxy_via_put(const struct proxy_via *via, struct proxy_edit *e)
{
	unsigned version = e->old->version == 0 ? 11 : e->old->version;
	size_t n = strlen(via->name);
	char value[4 + PROXY_VIA_MAX] = {(char)('0' + version / 10 % 10), '.',
	                                 (char)('0' + version % 10), ' '};

	if (n != 0) {
		memcpy(value + 4, via->name, n);
		proxy_edit_add(e, "Via", value, 4 + n);
	}
}
