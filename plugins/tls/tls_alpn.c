/* SPDX-License-Identifier: MIT */
/* ALPN: checked, explained, offered. */
#include "tls_alpn.h"

#include <penstock/instance.h>
#include <stdio.h>
#include <string.h>

int tls_alpn_init(struct tls_alpn *alpn, struct pst_setup *setup)
{
	size_t i;

	if (alpn->required && alpn->names.count == 0) {
		pst_error(setup, "alpn_required",
		          "there is nothing to agree on; set alpn");
		return PST_CONFIG;
	}
	if (alpn->names.count > TLS_ALPN_MAX) {
		pst_error(setup, "alpn", "%zu protocols; at most %d are taken",
		          alpn->names.count, TLS_ALPN_MAX);
		return PST_CONFIG;
	}
	for (i = 0; i < alpn->names.count; i++) {
		const char *name = alpn->names.item[i];
		size_t length = strlen(name);

		if (length == 0 || length > TLS_ALPN_NAME_MAX) {
			pst_error(setup, "alpn",
			          "\"%s\" is not a protocol; names have 1 to "
			          "%d bytes",
			          name, TLS_ALPN_NAME_MAX);
			return PST_CONFIG;
		}
		alpn->protocols[i].data = (unsigned char *)(uintptr_t)name;
		alpn->protocols[i].size = (unsigned)length;
	}
	return PST_OK;
}

int tls_alpn_set(const struct tls_alpn *alpn, gnutls_session_t session,
                 uint8_t role)
{
	if (alpn->names.count == 0) {
		return 0;
	}
	/* what was not offered is not taken: on either hop an alert */
	return gnutls_alpn_set_protocols(
		session, alpn->protocols, (unsigned)alpn->names.count,
		GNUTLS_ALPN_MANDATORY |
			(role == PST_ACCEPT ? GNUTLS_ALPN_SERVER_PRECEDENCE
	                                    : 0));
}

bool tls_alpn_lacks(const struct tls_alpn *alpn, gnutls_session_t session)
{
	gnutls_datum_t chosen;

	return alpn->required &&
	       gnutls_alpn_get_selected_protocol(session, &chosen) != 0;
}

void tls_alpn_text(const struct tls_alpn *alpn, char *out, size_t size)
{
	size_t used = 0, i;

	out[0] = '\0';
	for (i = 0; i < alpn->names.count && used < size; i++) {
		int n = snprintf(out + used, size - used, "%s%s",
		                 i == 0 ? "" : ", ", alpn->names.item[i]);

		used += n < 0 ? 0 : (size_t)n;
	}
}

void tls_alpn_explain(const struct tls_alpn *alpn, struct pst_setup *setup)
{
	char text[TLS_ALPN_TEXT];

	if (alpn->names.count != 0) {
		tls_alpn_text(alpn, text, sizeof(text));
		pst_explain(setup, "alpn", "%s%s", text,
		            alpn->required ? "; required" : "");
	}
}
