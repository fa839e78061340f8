/* SPDX-License-Identifier: MIT */
/* Offloaded: what may be set, and what is said of it. */
#include "tls_mode.h"

#include "tls_conf.h"

#include <string.h>

/* Was something given for a row that says who this end is, or whom it takes?
 * Switches and numbers may come from `defaults` and do no harm. */
static bool is_given(const struct tls_conf *conf, const struct pst_option *row)
{
	const void *member = (const char *)conf + row->offset;

	switch ((enum pst_option_type)row->type) {
	case PST_OPTION_STRING:
		return row->initial == NULL &&
		       *(const char *const *)member != NULL;
	case PST_OPTION_FILE:
		return ((const struct pst_file *)member)->data != NULL;
	case PST_OPTION_LIST:
		return row->initial == NULL &&
		       ((const struct pst_list *)member)->count != 0;
	case PST_OPTION_FILES:
		return ((const struct pst_files *)member)->count != 0;
	case PST_OPTION_REFS:
		return row->initial == NULL &&
		       ((const struct pst_refs *)member)->count != 0;
	case PST_OPTION_BOOL:
	case PST_OPTION_INT:
	case PST_OPTION_SIZE:
	case PST_OPTION_TIME:
	case PST_OPTION_ENUM:
		return false;
	}
	return false;
}

static int refuse(struct pst_setup *setup, const char *option)
{
	pst_error(
		setup, option,
		"has no effect, since mode is \"offloaded\" and what stands in "
		"front speaks TLS; remove one of them");
	return PST_CONFIG;
}

/* Likewise versions, ciphers and groups, but for files. */
static bool is_harmless(const struct pst_option *row)
{
	size_t begin = offsetof(struct tls_conf, spoken);

	return row->type != PST_OPTION_FILE && row->offset >= begin &&
	       row->offset - begin < sizeof(struct tls_spoken);
}

int tls_mode_init(const struct tls_conf *conf, struct pst_setup *setup)
{
	const struct pst_option *row;
	int failed = 0;

	for (row = tls_options; row->name != NULL; row++) {
		if ((row->flags & PST_OPTION_ACCEPT) != 0 &&
		    (row->flags & PST_OPTION_ELSEWHERE) == 0 &&
		    !is_harmless(row) && is_given(conf, row)) {
			failed |= refuse(setup, row->name);
		}
	}
	if (conf->route.is_default) {
		failed |= refuse(setup, "default");
	}
	if (conf->peer.client_auth != TLS_AUTH_NONE) {
		failed |= refuse(setup, "client_auth");
	}
	return failed != 0 ? PST_CONFIG : PST_OK;
}

void tls_mode_explain(const struct tls_conf *conf, struct pst_setup *setup)
{
	if (tls_is_offloaded(conf)) {
		pst_explain(setup, "mode",
		            "offloaded: what connects here must have "
		            "terminated TLS; nothing on this socket is "
		            "encrypted");
	}
}
