/* SPDX-License-Identifier: MIT */
/* ALPN: checked, explained, offered. */
#include "tls_alpn.h"

#include <penstock/instance.h>
#include <stdio.h>
#include <string.h>

int tls_alpn_init(struct tls_alpn *alpn, struct pst_setup *setup)
{
	size_t i;

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
	return gnutls_alpn_set_protocols(
		session, alpn->protocols, (unsigned)alpn->names.count,
		role == PST_ACCEPT
			? GNUTLS_ALPN_MANDATORY | GNUTLS_ALPN_SERVER_PRECEDENCE
			: 0);
}

void tls_alpn_explain(const struct tls_alpn *alpn, struct pst_setup *setup)
{
	char text[TLS_ALPN_MAX * (TLS_ALPN_NAME_MAX + 2) + 1] = "";
	size_t used = 0, i;

	for (i = 0; i < alpn->names.count && used < sizeof(text); i++) {
		int n = snprintf(text + used, sizeof(text) - used, "%s%s",
		                 i == 0 ? "" : ", ", alpn->names.item[i]);

		used += n < 0 ? 0 : (size_t)n;
	}
	if (alpn->names.count != 0) {
		pst_explain(setup, "alpn", "%s", text);
	}
}
