/* SPDX-License-Identifier: MIT */
/* What the two ends have not in common: what the peer offers, what is allowed
 * here, and the setting that says so. */
#include "tls_groups.h"
#include "tls_wire.h"

#include <stdio.h>
#include <string.h>

enum {
	SHOWN = 4,
	LIST_TEXT = 240,
	KNOB = TLS_KNOB_TEXT
};

typedef const char *code_name_fn(uint16_t code, char *spare, size_t size);

/* Write "a, b and 3 more" of the codes in a list. */
static void list_codes(const struct tls_codes *list, code_name_fn *name,
                       char *out, size_t size)
{
	size_t shown = list->count < SHOWN ? list->count : SHOWN;
	size_t used = 0, i;

	snprintf(out, size, "none");
	for (i = 0; i < shown && used < size; i++) {
		char spare[32];
		int n = snprintf(out + used, size - used, "%s%s",
		                 i == 0 ? "" : ", ",
		                 name(list->kept[i], spare, sizeof(spare)));

		used += n < 0 ? 0 : (size_t)n;
	}
	if (list->count > shown && used < size) {
		snprintf(out + used, size - used, " and %u more",
		         (unsigned)(list->count - shown));
	}
}

static const char *version_name(uint16_t code, char *spare, size_t size)
{
	if (code == 0x0300) {
		return "SSL 3.0";
	}
	if (code > 0x0300 && code <= 0x0304) {
		snprintf(spare, size, "TLS 1.%u", (code & 0xffu) - 1);
	} else {
		snprintf(spare, size, "version 0x%04x", code);
	}
	return spare;
}

static const char *suite_name(uint16_t code, char *spare, size_t size)
{
	const struct tls_suite *suite = tls_suite_by_code(code);
	const char *name;
	uint8_t id[2];
	size_t i;

	if (suite != NULL) {
		return suite->name;
	}
	for (i = 0; (name = gnutls_cipher_suite_info(i, id, NULL, NULL, NULL,
	                                             NULL)) != NULL;
	     i++) {
		if (id[0] == code >> 8 && id[1] == (code & 0xff)) {
			return name;
		}
	}
	snprintf(spare, size, "0x%04x", code);
	return spare;
}

static uint16_t version_code(uint8_t version)
{
	return (uint16_t)(0x0301 + version);
}

/* -- versions ----------------------------------------------------------- */

static bool has_common_version(const struct tls_wire *w)
{
	const struct tls_codes *list = &w->state->hello->versions;
	size_t i;

	for (i = 0; i < list->count && i < TLS_LIST_KEPT; i++) {
		if (list->kept[i] >= version_code(w->conf->spoken.low) &&
		    list->kept[i] <= version_code(w->conf->spoken.high)) {
			return true;
		}
	}
	return list->count == 0 || list->count > TLS_LIST_KEPT;
}

/* The setting that rules out all versions of the peer; NULL: neither alone. */
static const char *version_option(const struct tls_wire *w)
{
	const struct tls_codes *list = &w->state->hello->versions;
	bool below = true, above = true;
	size_t i;

	for (i = 0; i < list->count && i < TLS_LIST_KEPT; i++) {
		below &= list->kept[i] < version_code(w->conf->spoken.low);
		above &= list->kept[i] > version_code(w->conf->spoken.high);
	}
	return below == above ? NULL : below ? "min_version" : "max_version";
}

static void version_trouble(struct tls_wire *w)
{
	const struct tls_spoken *s = &w->conf->spoken;
	bool accept = w->me->role == PST_ACCEPT;
	const char *option = version_option(w);
	char theirs[LIST_TEXT], ours[40], knob[KNOB];

	if (has_common_version(w)) {
		tls_trouble(w, PST_CLASS_PROTOCOL, GNUTLS_A_PROTOCOL_VERSION,
		            "the hello of %s names other versions in "
		            "legacy_version than in supported_versions",
		            tls_peer_of(w));
		return;
	}
	list_codes(&w->state->hello->versions, version_name, theirs,
	           sizeof(theirs));
	if (option == NULL) {
		tls_spoken_versions(s, ours, sizeof(ours));
		tls_trouble(w, PST_CLASS_REFUSED, GNUTLS_A_PROTOCOL_VERSION,
		            "%s %s %s%s; %s allows %s", tls_peer_of(w),
		            accept ? "offers" : "wants", theirs,
		            accept ? " only" : "",
		            tls_knob(w, "min_version", knob, sizeof(knob)),
		            ours);
		return;
	}
	tls_trouble(w, PST_CLASS_REFUSED, GNUTLS_A_PROTOCOL_VERSION,
	            "%s %s %s%s; %s is %s", tls_peer_of(w),
	            accept ? "offers" : "wants", theirs, accept ? " only" : "",
	            tls_knob(w, option, knob, sizeof(knob)),
	            tls_version_names[strcmp(option, "min_version") == 0
	                                      ? s->low
	                                      : s->high]);
}

/* -- groups and signatures ---------------------------------------------- */

static bool has_common_group(const struct tls_wire *w)
{
	const struct tls_codes *theirs = &w->state->hello->groups;
	const unsigned *ours;
	int i, count = gnutls_priority_group_list(w->conf->spoken.priority,
	                                          &ours);

	for (i = 0; i < count; i++) {
		char why[80];
		const struct tls_code_name *row = tls_group_find(
			gnutls_group_get_name((gnutls_group_t)ours[i]), why,
			sizeof(why));

		if (row != NULL && tls_codes_have(theirs, row->code)) {
			return true;
		}
	}
	return theirs->count == 0 || theirs->count > TLS_LIST_KEPT;
}

static void group_trouble(struct tls_wire *w)
{
	char theirs[LIST_TEXT], ours[LIST_TEXT], knob[KNOB];

	if (w->me->role == PST_ACCEPT && has_common_group(w) &&
	    w->state->hello->groups.count != 0) {
		/* RFC 8446 4.2.8 */
		tls_trouble(w, PST_CLASS_PROTOCOL, GNUTLS_A_ILLEGAL_PARAMETER,
		            "%s does not send the key share that it was asked "
		            "for",
		            tls_peer_of(w));
		return;
	}
	list_codes(&w->state->hello->groups, tls_group_name, theirs,
	           sizeof(theirs));
	tls_spoken_groups(&w->conf->spoken, ours, sizeof(ours));
	tls_trouble(w, PST_CLASS_REFUSED, GNUTLS_A_HANDSHAKE_FAILURE,
	            "no common group for the key exchange: %s offers %s; %s "
	            "allows %s",
	            tls_peer_of(w), theirs,
	            tls_knob(w, "groups", knob, sizeof(knob)), ours);
}

/* Is there one that both ends allow? Whether a key here can make it is another
 * question. */
static bool has_common_signature(const struct tls_wire *w)
{
	const struct tls_codes *theirs = &w->state->hello->signatures;
	const unsigned *ours;
	int i, count = gnutls_priority_sign_list(w->conf->spoken.priority,
	                                         &ours);

	for (i = 0; i < count; i++) {
		uint16_t code =
			tls_signature_code((gnutls_sign_algorithm_t)ours[i]);

		if (tls_codes_have(theirs, code)) {
			return true;
		}
	}
	return theirs->count == 0 || theirs->count > TLS_LIST_KEPT;
}

static void signature_trouble(struct tls_wire *w)
{
	char theirs[LIST_TEXT], ours[LIST_TEXT], knob[KNOB];

	list_codes(&w->state->hello->signatures, tls_signature_name, theirs,
	           sizeof(theirs));
	tls_spoken_signatures(&w->conf->spoken, SHOWN, ours, sizeof(ours));
	tls_trouble(w, PST_CLASS_REFUSED, GNUTLS_A_HANDSHAKE_FAILURE,
	            "no common signature algorithm: %s takes %s; %s allows %s",
	            tls_peer_of(w), theirs,
	            tls_knob(w, "signature_algorithms", knob, sizeof(knob)),
	            ours);
}

static void key_trouble(struct tls_wire *w)
{
	char suites[LIST_TEXT], signatures[LIST_TEXT], knob[KNOB];

	list_codes(&w->state->hello->suites, suite_name, suites,
	           sizeof(suites));
	list_codes(&w->state->hello->signatures, tls_signature_name, signatures,
	           sizeof(signatures));
	tls_trouble(w, PST_CLASS_REFUSED, GNUTLS_A_HANDSHAKE_FAILURE,
	            "no certificate here has a key that suits %s, which offers "
	            "%s, and signatures %s; add one with another kind of key "
	            "(%s)",
	            tls_peer_of(w), suites, signatures,
	            tls_knob(w, "identity", knob, sizeof(knob)));
}

/* -- suites ------------------------------------------------------------- */

/* Those of ours that the peer's best version has, and of them the shared. */
static void compare_suites(const struct tls_wire *w,
                           struct tls_suite_list *ours,
                           struct tls_suite_list *shared)
{
	const struct tls_hello *h = w->state->hello;
	bool new = w->conf->spoken.high ==
	           TLS_VERSION_1_3 &&tls_codes_have(&h->versions, 0x0304);
	struct tls_suite_list all;
	const char *stranger;
	size_t i;

	ours->count = 0;
	shared->count = 0;
	tls_priority_suites(w->conf->spoken.priority, &all, &stranger);
	for (i = 0; i < all.count; i++) {
		if (tls_suite_is_1_3(all.item[i]) != new) {
			continue;
		}
		tls_suites_add(ours, all.item[i]);
		if (tls_codes_have(&h->suites, all.item[i]->code)) {
			tls_suites_add(shared, all.item[i]);
		}
	}
}

static void suite_trouble(struct tls_wire *w)
{
	char theirs[LIST_TEXT], allowed[LIST_TEXT], knob[KNOB];
	struct tls_suite_list ours, shared;

	compare_suites(w, &ours, &shared);
	list_codes(&w->state->hello->suites, suite_name, theirs,
	           sizeof(theirs));
	tls_suites_text(&ours, SHOWN, allowed, sizeof(allowed));
	tls_trouble(w, PST_CLASS_REFUSED, GNUTLS_A_HANDSHAKE_FAILURE,
	            "no common cipher suite: %s %s %s; %s allows %s",
	            tls_peer_of(w),
	            w->me->role == PST_ACCEPT ? "offers" : "chose", theirs,
	            tls_knob(w, "ciphers", knob, sizeof(knob)), allowed);
}

/* GnuTLS says that no suite is left, whatever took them away. */
static void find_lack(struct tls_wire *w)
{
	struct tls_suite_list ours, shared;

	if (!has_common_version(w)) {
		version_trouble(w);
		return;
	}
	compare_suites(w, &ours, &shared);
	if (w->me->role != PST_ACCEPT || shared.count == 0) {
		suite_trouble(w);
	} else if (!has_common_group(w)) {
		group_trouble(w);
	} else if (!has_common_signature(w)) {
		signature_trouble(w);
	} else {
		key_trouble(w);
	}
}

static void protocol_trouble(struct tls_wire *w)
{
	char ours[TLS_ALPN_TEXT], knob[KNOB];
	const char *theirs = w->state->hello->alpn;

	tls_alpn_text(&w->conf->alpn, ours, sizeof(ours));
	tls_trouble(w, PST_CLASS_REFUSED, GNUTLS_A_NO_APPLICATION_PROTOCOL,
	            "no common protocol above TLS: %s offers by ALPN %s; %s is "
	            "%s",
	            tls_peer_of(w), theirs[0] == '\0' ? "none" : theirs,
	            tls_knob(w, "alpn", knob, sizeof(knob)), ours);
}

void tls_lack_trouble(struct tls_wire *w, enum tls_lack lack)
{
	if (w->state->hello == NULL) {
		tls_trouble(w, PST_CLASS_PROTOCOL, GNUTLS_A_PROTOCOL_VERSION,
		            "the hello of %s cannot be used", tls_peer_of(w));
		return;
	}
	switch (lack) {
	case TLS_LACK_VERSION:
		version_trouble(w);
		break;
	case TLS_LACK_SUITE:
		find_lack(w);
		break;
	case TLS_LACK_GROUP:
		group_trouble(w);
		break;
	case TLS_LACK_SIGNATURE:
		if (has_common_signature(w)) {
			key_trouble(w);
		} else {
			signature_trouble(w);
		}
		break;
	case TLS_LACK_PROTOCOL:
		protocol_trouble(w);
		break;
	}
}

void tls_offer_text(const struct tls_wire *w, char *out, size_t size)
{
	const struct tls_spoken *s = &w->conf->spoken;
	char versions[40], suites[LIST_TEXT], groups[LIST_TEXT], knob[KNOB];

	tls_spoken_versions(s, versions, sizeof(versions));
	tls_spoken_suites(s, SHOWN, suites, sizeof(suites));
	tls_spoken_groups(s, groups, sizeof(groups));
	snprintf(out, size, "%s is %s, ciphers %s, groups %s",
	         tls_knob(w, "min_version", knob, sizeof(knob)), versions,
	         suites, groups);
}
