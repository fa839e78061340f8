/* SPDX-License-Identifier: MIT */
/* Which TLS versions a profile and two settings leave. */
#include "tls_priority_parts.h"

#include <stdio.h>
#include <string.h>

const char *const tls_version_names[] = {"1.0", "1.1", "1.2", "1.3", NULL};
const char *const tls_profile_names[] = {"modern", "intermediate", "legacy",
                                         NULL};

enum {
	VERSION_COUNT = 4
};

/* "TLSv1.2", "TLS12", "tls_1_2": what other gateways have. */
static int guess_version(const char *text)
{
	char digits[3] = "";
	size_t used = 0;
	int v;

	for (; *text != '\0' && used < 2; text++) {
		if (*text >= '0' && *text <= '9') {
			digits[used++] = *text;
		}
	}
	if (used == 1 && digits[0] == '1') {
		digits[used++] = '0'; /* "TLSv1" */
	}
	digits[used] = '\0';
	for (v = 0; v < VERSION_COUNT; v++) {
		if (digits[0] == tls_version_names[v][0] &&
		    digits[1] == tls_version_names[v][2]) {
			return v;
		}
	}
	return -1;
}

static int read_version(struct pst_setup *setup, const char *option,
                        const char *text, uint8_t *version_io)
{
	int v;

	if (text == NULL) {
		return PST_OK;
	}
	for (v = 0; v < VERSION_COUNT; v++) {
		if (strcmp(text, tls_version_names[v]) == 0) {
			*version_io = (uint8_t)v;
			return PST_OK;
		}
	}
	v = guess_version(text);
	if (strstr(text, "SSL") != NULL || strstr(text, "ssl") != NULL) {
		pst_error(setup, option,
		          "\"%s\": SSL is broken, and not spoken; write "
		          "\"1.2\" or \"1.3\"",
		          text);
	} else if (v >= 0) {
		pst_error(setup, option,
		          "\"%s\" is not how it is written here; write \"%s\"",
		          text, tls_version_names[v]);
	} else {
		pst_error(setup, option,
		          "\"%s\" is not a TLS version; use \"1.2\" or \"1.3\"",
		          text);
	}
	return PST_CONFIG;
}

/* The lowest that each profile allows. */
static const uint8_t floors[] = {
	[TLS_PROFILE_MODERN] = TLS_VERSION_1_3,
	[TLS_PROFILE_INTERMEDIATE] = TLS_VERSION_1_2,
	[TLS_PROFILE_LEGACY] = TLS_VERSION_1_0,
};

static int check_floor(const struct tls_spoken *s, struct pst_setup *setup,
                       const char *option, uint8_t version)
{
	if (version >= floors[s->profile]) {
		return PST_OK;
	}
	if (version < TLS_VERSION_1_2) {
		pst_error(setup, option,
		          "TLS %s is too weak for the profile \"%s\"; it is "
		          "spoken only with profile = \"legacy\"",
		          tls_version_names[version],
		          tls_profile_names[s->profile]);
	} else {
		pst_error(setup, option,
		          "TLS %s is not in the profile \"%s\", which is TLS "
		          "%s only; use profile = \"intermediate\"",
		          tls_version_names[version],
		          tls_profile_names[s->profile],
		          tls_version_names[floors[s->profile]]);
	}
	return PST_CONFIG;
}

int tls_priority_versions(struct tls_spoken *s, struct pst_setup *setup)
{
	int failed = 0;

	s->low = floors[s->profile];
	s->high = TLS_VERSION_1_3;
	failed |= read_version(setup, "min_version", s->min_version, &s->low);
	failed |= read_version(setup, "max_version", s->max_version, &s->high);
	if (failed != 0) {
		return PST_CONFIG;
	}
	failed |= check_floor(s, setup, "min_version", s->low);
	failed |= check_floor(s, setup, "max_version", s->high);
	if (failed == 0 && s->low > s->high) {
		pst_error(
			setup,
			s->min_version != NULL ? "min_version" : "max_version",
			"min_version %s is above max_version %s",
			tls_version_names[s->low], tls_version_names[s->high]);
		failed = 1;
	}
	if (failed == 0 && s->profile == TLS_PROFILE_LEGACY) {
		pst_warning(setup, "profile",
		            "\"legacy\" speaks what is known to be weak: %s, "
		            "CBC, and no forward secrecy; use it only for "
		            "clients that can do no better",
		            s->low < TLS_VERSION_1_2 ? "TLS below 1.2"
		                                     : "SHA-1");
	}
	return failed != 0 ? PST_CONFIG : PST_OK;
}
