/* SPDX-License-Identifier: MIT */
/* Which certificate is shown in a handshake. */
#include "tls_select.h"

#include "tls_wire.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum {
	LOOKED_AT_MAX = 64, /* pairs without a name to find them by */
	KINDS_TEXT = 120
};

/* The best so far. */
struct pick {
	uint32_t takes; /* kinds that the peer can check */
	uint32_t likes; /* those whose curve it lists, too */
	uint32_t seen;  /* kinds of all that were considered */
	int64_t now;
	const struct tls_identity *id; /* NULL: none yet */
	size_t pair;
	int score;
};

static void consider(struct pick *p, const struct tls_identity *id, size_t pair,
                     int score)
{
	const struct tls_pair *of = &id->pairs[pair];

	p->seen |= of->kind;
	if ((of->kind & p->takes) == 0) {
		return;
	}
	score = score * 8 + ((of->kind & p->likes) != 0) * 4 +
	        (of->from <= p->now && p->now <= of->until) * 2 +
	        ((of->kind & TLS_KINDS_RSA) == 0);
	if (p->id == NULL || score > p->score) {
		p->id = id;
		p->pair = pair;
		p->score = score;
	}
}

static void consider_name(struct pick *p, const struct tls_own *own,
                          const char *name)
{
	size_t i, k, n, at;

	for (i = 0; name[0] != '\0' && i < own->count; i++) {
		n = tls_identity_find(own->all[i], name, &at);
		for (k = at; k < at + n; k++) {
			consider(p, own->all[i], own->all[i]->index[k].pair, 0);
		}
	}
}

/* Exactly, then under a wildcard. */
static void consider_host(struct pick *p, const struct tls_own *own,
                          const char *host)
{
	char pattern[TLS_PATTERN_MAX + 1];

	consider_name(p, own, host);
	if (p->id == NULL && host[0] != '*') {
		tls_own_wildcard(host, pattern);
		consider_name(p, own, pattern);
	}
}

static void consider_first(struct pick *p, const struct tls_own *own)
{
	size_t i, k, left = LOOKED_AT_MAX;

	for (i = 0; i < own->count; i++) {
		for (k = 0; k < own->all[i]->pair_count && left != 0;
		     k++, left--) {
			consider(p, own->all[i], k, 0);
		}
	}
}

/* The name that the client asks for, as the index spells it; "": none. */
static void asked_name(gnutls_session_t session, char out[TLS_PATTERN_MAX + 1])
{
	char sni[TLS_PATTERN_MAX + 1];
	size_t length = sizeof(sni);
	struct tls_name name;
	const char *why;
	unsigned type;

	out[0] = '\0';
	if (gnutls_server_name_get(session, sni, &length, &type, 0) != 0 ||
	    type != GNUTLS_NAME_DNS ||
	    tls_name_parse(sni, &name, &why) != PST_OK) {
		return;
	}
	/* RFC 6066 3 forbids addresses; some clients send them */
	if (name.address_length == 0 ||
	    inet_ntop(name.address_length == 4 ? AF_INET : AF_INET6,
	              name.address, out, TLS_PATTERN_MAX + 1) == NULL) {
		snprintf(out, TLS_PATTERN_MAX + 1, "%s", name.text);
	}
}

static void no_fit(struct tls_wire *w, const struct pick *p, const char *name)
{
	char takes[KINDS_TEXT], seen[KINDS_TEXT], knob[TLS_KNOB_TEXT];

	if ((p->takes & w->conf->own.kinds) == 0) {
		return; /* for no name: GnuTLS's error gets words */
	}
	tls_kinds_text(p->takes, takes, sizeof(takes));
	tls_kinds_text(p->seen, seen, sizeof(seen));
	tls_trouble(w, PST_CLASS_REFUSED, GNUTLS_A_HANDSHAKE_FAILURE,
	            "%s can check signatures of these keys: %s; the "
	            "certificates for %s have these: %s; see %s",
	            tls_peer_of(w), takes,
	            name[0] != '\0' ? name : "who asks for no name", seen,
	            tls_knob(w, "identity", knob, sizeof(knob)));
}

/* A client that asks for no name has an address in its place, as likely as not
 * the one that it has reached. */
static void consider_address(struct tls_wire *w, struct pick *p)
{
	char address[TLS_PATTERN_MAX + 1];

	if (pst_local_address(w->me, address, sizeof(address)) == PST_OK) {
		consider_name(p, &w->conf->own, address);
	}
}

static bool pick_for_client(struct tls_wire *w, gnutls_session_t session,
                            struct pick *p)
{
	const struct tls_own *own = &w->conf->own;
	char name[TLS_PATTERN_MAX + 1];

	asked_name(session, name);
	consider_host(p, own, name);
	if (name[0] == '\0') {
		consider_address(w, p);
	}
	if (p->seen == 0 && own->default_name[0] != '\0') {
		consider_host(p, own, own->default_name);
	}
	if (p->seen == 0) {
		consider_first(p, own);
	}
	if (p->id == NULL) {
		no_fit(w, p, name);
	}
	return p->id != NULL;
}

/* -- this end is the client --------------------------------------------------- */

static bool is_named(const struct gnutls_cert_retr_st *info,
                     const struct tls_built *built)
{
	unsigned n, i;

	for (n = 0; n < (unsigned)info->nreqs; n++) {
		for (i = 0; i < built->count; i++) {
			if (built->issuers[i].size ==
			            info->req_ca_rdn[n].size &&
			    memcmp(built->issuers[i].data,
			           info->req_ca_rdn[n].data,
			           built->issuers[i].size) == 0) {
				return true;
			}
		}
	}
	return false;
}

static void consider_issuer(struct pick *p, const struct tls_identity *id,
                            size_t pair, const struct gnutls_cert_retr_st *info)
{
	struct tls_built *built;
	struct tls_fault fault;

	if ((id->pairs[pair].kind & p->takes) == 0 || info->nreqs == 0) {
		consider(p, id, pair, 0);
	} else if (tls_built_take(id, pair, &built, &fault) == PST_OK) {
		consider(p, id, pair, is_named(info, built) ? 1 : 0);
		tls_built_drop(built);
	}
}

static bool pick_for_server(struct tls_wire *w, struct pick *p,
                            const struct gnutls_cert_retr_st *info)
{
	const struct tls_own *own = &w->conf->own;
	char takes[KINDS_TEXT], seen[KINDS_TEXT];
	size_t i, k, left = LOOKED_AT_MAX;

	for (i = 0; i < own->count; i++) {
		for (k = 0; k < own->all[i]->pair_count && left != 0;
		     k++, left--) {
			consider_issuer(p, own->all[i], k, info);
		}
	}
	if (p->id == NULL && p->seen != 0) {
		tls_kinds_text(p->takes, takes, sizeof(takes));
		tls_kinds_text(p->seen, seen, sizeof(seen));
		pst_log(w->me, PST_LOG_WARNING,
		        "the back-end asks for a certificate and can check "
		        "signatures of these keys: %s; ours have these: %s; "
		        "none is shown",
		        takes, seen);
	}
	return p->id != NULL;
}

/* -- what GnuTLS asks ---------------------------------------------------------- */

static int show(struct tls_wire *w, const struct pick *p,
                gnutls_pcert_st **certs, unsigned *count, gnutls_privkey_t *key)
{
	struct tls_fault fault;

	tls_built_drop(w->state->shown);
	w->state->shown = NULL;
	if (tls_built_take(p->id, p->pair, &w->state->shown, &fault) !=
	    PST_OK) {
		w->state->shown = NULL;
		tls_trouble(w, PST_CLASS_INTERNAL, GNUTLS_A_INTERNAL_ERROR,
		            "the certificate cannot be shown: %s", fault.text);
		return -1;
	}
	*certs = w->state->shown->chain;
	*count = w->state->shown->count;
	/* only GnuTLS's own keys decrypt, as key exchange without forward
	 * secrecy does */
	*key = w->state->offer.static_rsa ? w->state->shown->plain
	                                  : w->state->shown->key;
	return 0;
}

int tls_select(gnutls_session_t session, const struct gnutls_cert_retr_st *info,
               gnutls_pcert_st **certs, unsigned *count,
               gnutls_ocsp_data_st **ocsp, unsigned *ocsp_count,
               gnutls_privkey_t *key, unsigned *flags)
{
	struct tls_wire *w = gnutls_session_get_ptr(session);
	struct pick p = {.now = pst_wall_clock(w->me)};
	bool accept = w->me->role == PST_ACCEPT;

	*certs = NULL;
	*count = 0;
	*ocsp = NULL;
	*ocsp_count = 0;
	*key = NULL;
	*flags = 0;
	if (tls_is_troubled(w)) {
		return -1; /* GnuTLS asks again for the next suite */
	}
	p.takes = tls_offer_takes(session, w->conf);
	p.likes = p.takes;
	if (accept && gnutls_protocol_get_version(session) != GNUTLS_TLS1_3) {
		/* RFC 8422 5.1.1; not all clients mean it for certificates */
		p.likes &= ~(uint32_t)TLS_KINDS_ECDSA | w->state->offer.curves;
	}
	if (accept ? !pick_for_client(w, session, &p)
	           : !pick_for_server(w, &p, info)) {
		return accept ? -1 : 0;
	}
	return show(w, &p, certs, count, key);
}
