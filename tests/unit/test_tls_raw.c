/* SPDX-License-Identifier: MIT */
/* A bare GnuTLS session that faces a kit. */
#include "test_tls_raw.h"

#include <errno.h>

enum {
	TURNS = 200
};

static ssize_t raw_pull(gnutls_transport_ptr_t ptr, void *data, size_t size)
{
	struct raw *r = ptr;
	size_t n = pst_kit_read(pst_kit_tx_out(r->kit), data, size);

	if (n == 0) {
		gnutls_transport_set_errno(r->session, EAGAIN);
		return -1;
	}
	return (ssize_t)n;
}

static ssize_t raw_push(gnutls_transport_ptr_t ptr, const void *data,
                        size_t size)
{
	struct raw *r = ptr;

	pst_kit_feed(pst_kit_rx_in(r->kit), data, size);
	return (ssize_t)size;
}

static int raw_wait(gnutls_transport_ptr_t ptr, unsigned ms)
{
	(void)ptr;
	(void)ms;
	return 1;
}

static void must(int ret)
{
	if (!CHECK(ret >= 0)) {
		printf("    %s\n", gnutls_strerror(ret));
	}
}

static void set_certificate(struct raw *r)
{
	const struct tinyca_cert *gw = world_cert(WORLD_GW);
	gnutls_x509_crt_t crt = gw->crt;

	must(gnutls_certificate_set_x509_key(r->credentials, &crt, 1, gw->key));
}

void raw_open(struct raw *r, enum pst_role role, const char *priority,
              unsigned flags, const char *const *options)
{
	struct world_pair p;

	memset(r, 0, sizeof(*r));
	world_pair(&p, role == PST_ACCEPT ? options : NULL,
	           role == PST_ACCEPT ? NULL : options);
	pst_kit_link(pst_kit_tx_out(p.front), NULL);
	pst_kit_link(pst_kit_tx_out(p.back), NULL);
	r->kit = role == PST_ACCEPT ? p.front : p.back;
	CHECK_INT(pst_kit_destroy(role == PST_ACCEPT ? p.back : p.front), 0);
	must(gnutls_init(
		&r->session,
		flags | GNUTLS_NONBLOCK |
			(role == PST_ACCEPT ? GNUTLS_CLIENT : GNUTLS_SERVER)));
	must(gnutls_certificate_allocate_credentials(&r->credentials));
	if (role == PST_CONNECT) {
		set_certificate(r);
	}
	must(gnutls_credentials_set(r->session, GNUTLS_CRD_CERTIFICATE,
	                            r->credentials));
	must(gnutls_priority_set_direct(r->session, priority, NULL));
	gnutls_transport_set_ptr(r->session, r);
	gnutls_transport_set_pull_function(r->session, raw_pull);
	gnutls_transport_set_push_function(r->session, raw_push);
	gnutls_transport_set_pull_timeout_function(r->session, raw_wait);
}

int raw_shake(struct raw *r)
{
	int turns, ret = GNUTLS_E_AGAIN;

	pst_kit_run(r->kit);
	for (turns = 0; turns < TURNS && ret != 0; turns++) {
		ret = gnutls_handshake(r->session);
		pst_kit_run(r->kit);
		if (ret < 0 && gnutls_error_is_fatal(ret)) {
			return ret;
		}
		if (pst_kit_failed(r->kit) &&
		    pst_kit_waiting(pst_kit_tx_out(r->kit)) == 0) {
			return ret;
		}
	}
	return ret;
}

size_t raw_receive(struct raw *r, void *out, size_t size)
{
	size_t have = 0;
	int quiet = 0;

	while (quiet < 3 && have < size) {
		size_t waiting;
		ssize_t ret;

		pst_kit_run(r->kit);
		waiting = pst_kit_waiting(pst_kit_tx_out(r->kit));
		ret = gnutls_record_recv(r->session, (char *)out + have,
		                         size - have);
		if (ret > 0) {
			have += (size_t)ret;
			quiet = 0;
		} else if (pst_kit_waiting(pst_kit_tx_out(r->kit)) != waiting) {
			quiet = 0; /* a ticket, or new keys */
		} else {
			quiet++;
		}
	}
	return have;
}

void raw_send(struct raw *r, const void *data, size_t length)
{
	const char *p = data;

	while (length != 0) {
		ssize_t ret = gnutls_record_send(r->session, p, length);

		if (!CHECK(ret > 0)) {
			return;
		}
		p += ret;
		length -= (size_t)ret;
	}
	pst_kit_run(r->kit);
}

void raw_close(struct raw *r)
{
	gnutls_deinit(r->session);
	gnutls_certificate_free_credentials(r->credentials);
	CHECK_INT(pst_kit_destroy(r->kit), 0);
}
