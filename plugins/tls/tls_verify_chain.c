/* SPDX-License-Identifier: MIT */
/* Does a chain hold? RFC 5280 6 as GnuTLS does it, and what it leaves out. */
#include "tls_verify.h"

#include "tls_verify_uri.h"

#include <string.h>
#include <time.h>

void tls_shown_init(struct tls_shown *shown, gnutls_session_t session)
{
	unsigned count = 0, i;
	const gnutls_datum_t *chain =
		gnutls_certificate_get_peers(session, &count);

	memset(shown, 0, sizeof(*shown));
	shown->too_many = count > TLS_CHAIN_MAX;
	for (i = 0; chain != NULL && i < count && i < TLS_CHAIN_MAX; i++) {
		gnutls_x509_crt_t crt;

		if (gnutls_x509_crt_init(&crt) != 0) {
			shown->unreadable = true;
			return;
		}
		shown->crt[shown->count++] = crt;
		if (gnutls_x509_crt_import(crt, &chain[i],
		                           GNUTLS_X509_FMT_DER) != 0) {
			shown->unreadable = true;
			return;
		}
	}
}

void tls_shown_finish(struct tls_shown *shown)
{
	while (shown->count != 0) {
		gnutls_x509_crt_deinit(shown->crt[--shown->count]);
	}
}

static const char *purpose_of(const struct tls_wire *w)
{
	return w->me->role == PST_ACCEPT ? GNUTLS_KP_TLS_WWW_CLIENT
	                                 : GNUTLS_KP_TLS_WWW_SERVER;
}

/* RSA below 2048 bits and SHA-1 are below 112 bits of security. */
static unsigned verify_flags(const struct tls_wire *w)
{
	if (w->conf->peer.weak_certificates) {
		return GNUTLS_PROFILE_TO_VFLAGS(GNUTLS_PROFILE_LOW) |
		       GNUTLS_VERIFY_ALLOW_SIGN_WITH_SHA1;
	}
	return GNUTLS_PROFILE_TO_VFLAGS(GNUTLS_PROFILE_MEDIUM);
}

/* Of two ways to fail, the one that got further is worth telling. */
static bool is_nearer(int status, int than)
{
	return (than & GNUTLS_CERT_SIGNER_NOT_FOUND) != 0 &&
	       (status & GNUTLS_CERT_SIGNER_NOT_FOUND) == 0;
}

/* Find what the chain leads to. Returns NULL with the verdict when nothing. */
static const struct tls_trusted *find_trust(const struct tls_wire *w,
                                            const struct tls_shown *shown,
                                            struct tls_verdict *v)
{
	const struct pst_refs *refs =
		tls_trust_refs(&w->conf->trust, w->me->role);
	const char *purpose = purpose_of(w);
	gnutls_typed_vdata_st want = {
		.type = GNUTLS_DT_KEY_PURPOSE_OID,
		.data = (unsigned char *)(uintptr_t)purpose,
	};
	size_t i;

	v->flaw = TLS_FLAW_NO_TRUST;
	for (i = 0; i < refs->count; i++) {
		const struct tls_trusted *t =
			tls_trust_get(tls_trust_at(refs, i));
		gnutls_x509_crt_t chain[TLS_CHAIN_MAX];
		unsigned status = 0;
		int ret;

		if (t->list == NULL) {
			continue;
		}
		memcpy(chain, shown->crt, sizeof(chain));
		ret = gnutls_x509_trust_list_verify_crt2(
			t->list, chain, shown->count, &want, 1, verify_flags(w),
			&status, NULL);
		if (ret == 0 && status == 0) {
			v->flaw = TLS_FLAW_NONE;
			return t;
		}
		if (v->flaw == TLS_FLAW_NO_TRUST || ret != 0 ||
		    is_nearer((int)status, v->status)) {
			v->flaw = ret != 0 ? TLS_FLAW_ERROR : TLS_FLAW_STATUS;
			v->status = ret != 0 ? ret : (int)status;
		}
	}
	return NULL;
}

/* A list of any of the hop's trusts counts, and so does every certificate that
 * was shown: what a peer adds can only harm itself. */
static void ask_lists(const struct tls_wire *w, const struct tls_shown *shown,
                      struct tls_verdict *v)
{
	const struct pst_refs *refs =
		tls_trust_refs(&w->conf->trust, w->me->role);
	time_t now = (time_t)pst_wall_clock(w->me);
	size_t i;

	for (i = 0; i < refs->count; i++) {
		const struct tls_trust *trust = tls_trust_at(refs, i);
		const struct tls_trusted *t = tls_trust_get(trust);

		for (v->at = 0; v->at < shown->count; v->at++) {
			switch (tls_crls_ask(&t->crls, shown->crt[v->at], now,
			                     &v->crl)) {
			case TLS_CRL_NOTHING:
				break;
			case TLS_CRL_REVOKED:
				v->flaw = TLS_FLAW_REVOKED;
				return;
			case TLS_CRL_OVERDUE:
				if (trust->crl_overdue ==
				    TLS_CRL_OVERDUE_REFUSE) {
					v->flaw = TLS_FLAW_OVERDUE;
					return;
				}
				break;
			}
		}
	}
}

/* What the peer's own certificate may be, unless a file trusts exactly it. */
static enum tls_flaw flaw_of_leaf(gnutls_x509_crt_t crt)
{
	if (gnutls_x509_crt_get_version(crt) < 3) {
		return TLS_FLAW_VERSION_1;
	}
	if (gnutls_x509_crt_get_ca_status(crt, NULL) > 0) {
		return TLS_FLAW_AUTHORITY;
	}
	return TLS_FLAW_NONE;
}

/* May an authority vouch for the name that is looked for? GnuTLS compares the
 * names in the certificate, where a wildcard may stand for more than it may. */
static bool may_vouch_for(gnutls_x509_name_constraints_t nc,
                          const struct tls_name *name)
{
	gnutls_datum_t d = {(unsigned char *)(uintptr_t)name->text,
	                    (unsigned)strlen(name->text)};

	if (name->address_length != 0) {
		d.data = (unsigned char *)(uintptr_t)name->address;
		d.size = name->address_length;
		return gnutls_x509_name_constraints_check(
			       nc, GNUTLS_SAN_IPADDRESS, &d) != 0;
	}
	return d.size == 0 || gnutls_x509_name_constraints_check(
				      nc, GNUTLS_SAN_DNSNAME, &d) != 0;
}

static bool is_within_limits(const struct tls_wire *w, gnutls_x509_crt_t issuer,
                             gnutls_x509_crt_t leaf)
{
	gnutls_x509_name_constraints_t nc;
	unsigned critical;
	bool is = false;
	int ret;

	if (gnutls_x509_name_constraints_init(&nc) != 0) {
		return false;
	}
	ret = gnutls_x509_crt_get_name_constraints(issuer, nc, 0, &critical);
	if (ret == 0) {
		is = tls_uris_within(nc, leaf) &&
		     (w->me->role == PST_ACCEPT ||
		      may_vouch_for(nc, &w->conf->peer.name));
	} else if (ret == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE) {
		is = true;
	}
	gnutls_x509_name_constraints_deinit(nc);
	return is;
}

/* GnuTLS does not look at the purpose of what is trusted itself. */
static enum tls_flaw flaw_of_anchor(const struct tls_wire *w,
                                    const struct tls_trusted *t,
                                    gnutls_x509_crt_t shown,
                                    gnutls_x509_crt_t leaf)
{
	enum tls_flaw flaw = TLS_FLAW_NONE;
	gnutls_x509_crt_t anchor;

	if (gnutls_x509_trust_list_get_issuer(t->list, shown, &anchor,
	                                      GNUTLS_TL_GET_COPY) != 0) {
		return TLS_FLAW_NONE;
	}
	/* RFC 5280 4.1.2.1: the first version has no extensions */
	if (gnutls_x509_crt_get_version(anchor) >= 3) {
		if (gnutls_x509_crt_check_key_purpose(anchor, purpose_of(w),
		                                      0) == 0) {
			flaw = TLS_FLAW_PURPOSE;
		} else if (!is_within_limits(w, anchor, leaf)) {
			flaw = TLS_FLAW_CONSTRAINED;
		}
	}
	gnutls_x509_crt_deinit(anchor);
	return flaw;
}

static enum tls_flaw flaw_of_issuers(const struct tls_wire *w,
                                     const struct tls_trusted *t,
                                     const struct tls_shown *shown)
{
	enum tls_flaw flaw = TLS_FLAW_NONE;
	unsigned i;

	for (i = 0; i < shown->count && flaw == TLS_FLAW_NONE; i++) {
		gnutls_x509_crt_t crt = shown->crt[i];

		if (i != 0 && gnutls_x509_crt_get_ca_status(crt, NULL) > 0 &&
		    !is_within_limits(w, crt, shown->crt[0])) {
			flaw = TLS_FLAW_CONSTRAINED;
		} else {
			flaw = flaw_of_anchor(w, t, crt, shown->crt[0]);
		}
	}
	return flaw;
}

void tls_chain_judge(const struct tls_wire *w, const struct tls_shown *shown,
                     struct tls_verdict *verdict_out)
{
	struct tls_verdict *v = verdict_out;
	const struct tls_trusted *t;

	memset(v, 0, sizeof(*v));
	t = find_trust(w, shown, v);
	if (t == NULL) {
		return;
	}
	ask_lists(w, shown, v);
	if (v->flaw != TLS_FLAW_NONE || tls_trust_has(t, shown->crt[0])) {
		return;
	}
	v->flaw = flaw_of_leaf(shown->crt[0]);
	if (v->flaw == TLS_FLAW_NONE) {
		v->flaw = flaw_of_issuers(w, t, shown);
	}
}

void tls_chain_judge_again(const struct tls_wire *w,
                           const struct tls_shown *shown,
                           struct tls_verdict *verdict_out)
{
	struct tls_verdict *v = verdict_out;
	time_t now = time(NULL);
	unsigned i;

	memset(v, 0, sizeof(*v));
	for (i = 0; i < shown->count; i++) {
		if (gnutls_x509_crt_get_expiration_time(shown->crt[i]) < now) {
			v->flaw = TLS_FLAW_STATUS;
			v->status = GNUTLS_CERT_EXPIRED;
			return;
		}
	}
	ask_lists(w, shown, v);
}
