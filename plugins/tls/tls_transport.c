/* SPDX-License-Identifier: MIT */
/* GnuTLS over the queues: pull copies from rx_in, push gathers for tx_out. */
#include "tls_wire.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
	HANDSHAKE_HINT = 1400, /* a small segment: most flights fit */
	ALERT_LENGTH = 7
};

static ssize_t pull(gnutls_transport_ptr_t ptr, void *data, size_t size)
{
	struct tls_wire *w = ptr;
	size_t n = size < w->may_pull ? size : w->may_pull;

	n = tls_prefix(w->io->rx_in, data, n);
	if (n == 0) {
		gnutls_transport_set_errno(w->state->session, EAGAIN);
		return -1;
	}
	pst_consume(w->me, w->io->rx_in, n);
	w->may_pull -= n;
	return (ssize_t)n;
}

static int pull_timeout(gnutls_transport_ptr_t ptr, unsigned ms)
{
	struct tls_wire *w = ptr;

	(void)ms;
	return w->may_pull != 0 && w->io->rx_in->bytes != 0 ? 1 : 0;
}

static bool gather(struct tls_wire *w, const uint8_t *data, size_t length)
{
	while (length != 0) {
		uint32_t n;

		if (w->out == NULL) {
			w->out = pst_slice_new(w->me, w->hint);
		}
		if (w->out == NULL) {
			w->no_memory = true;
			return false;
		}
		n = w->out->after < length ? w->out->after : (uint32_t)length;
		memcpy(pst_slice_append(w->out, n), data, n);
		data += n;
		length -= n;
		if (w->out->after == 0 || w->out->length >= TLS_PAYLOAD_MAX) {
			tls_wire_flush(w);
		}
	}
	return true;
}

static ssize_t push(gnutls_transport_ptr_t ptr, const giovec_t *iov, int count)
{
	struct tls_wire *w = ptr;
	size_t total = 0;
	int i;

	for (i = 0; i < count; i++) {
		total += iov[i].iov_len;
		/* what answers a peer after our end is of no use to it */
		if (w->io->tx_out->end == PST_END_OPEN &&
		    !gather(w, iov[i].iov_base, iov[i].iov_len)) {
			gnutls_transport_set_errno(w->state->session, ENOMEM);
			return -1;
		}
	}
	return (ssize_t)total;
}

void tls_wire_begin(struct tls_wire *w, struct pst_instance *me,
                    struct pst_io *io)
{
	w->me = me;
	w->io = io;
	w->conf = me->conf;
	w->state = me->state;
	w->out = NULL;
	w->hint = HANDSHAKE_HINT;
	w->may_pull = SIZE_MAX;
	w->no_memory = false;
	w->trouble.text[0] = '\0';
	if (w->state->session != NULL) {
		tls_wire_attach(w);
	}
}

void tls_wire_attach(struct tls_wire *w)
{
	gnutls_session_t session = w->state->session;

	gnutls_session_set_ptr(session, w);
	gnutls_transport_set_ptr(session, w);
	gnutls_transport_set_pull_function(session, pull);
	gnutls_transport_set_pull_timeout_function(session, pull_timeout);
	gnutls_transport_set_vec_push_function(session, push);
}

void tls_wire_flush(struct tls_wire *w)
{
	struct pst_slice *out = w->out;

	w->out = NULL;
	if (out != NULL && out->length != 0 &&
	    w->io->tx_out->end == PST_END_OPEN) {
		pst_put(w->me, w->io->tx_out, out);
	} else {
		pst_slice_free(w->me, out);
	}
}

void tls_send_alert(struct tls_wire *w, bool fatal, unsigned alert)
{
	/* RFC 8446 5.1 and 6: in the clear, nothing is negotiated yet */
	const uint8_t plain[ALERT_LENGTH] = {
		21, 3, 3, 0, 2, fatal ? 2 : 1, (uint8_t)alert};

	if (w->state->session != NULL) {
		(void)gnutls_alert_send(w->state->session,
		                        fatal ? GNUTLS_AL_FATAL
		                              : GNUTLS_AL_WARNING,
		                        (gnutls_alert_description_t)alert);
		return;
	}
	if (w->io->tx_out->end == PST_END_OPEN) {
		/* without memory the peer goes without an alert */
		int ret = pst_write(w->me, w->io->tx_out, plain, sizeof(plain),
		                    0);

		(void)ret;
	}
}

const char *tls_peer_of(const struct tls_wire *w)
{
	return w->me->role == PST_ACCEPT ? "the client" : "the back-end";
}

void tls_trouble(struct tls_wire *w, enum pst_class why, unsigned alert,
                 const char *fmt, ...)
{
	va_list ap;

	if (tls_is_troubled(w)) {
		return;
	}
	w->trouble.why = why;
	w->trouble.alert = alert;
	w->trouble.received = false;
	va_start(ap, fmt);
	vsnprintf(w->trouble.text, sizeof(w->trouble.text), fmt, ap);
	va_end(ap);
}

enum pst_step tls_give_up(struct tls_wire *w)
{
	struct tls_trouble *t = &w->trouble;

	if (t->alert != TLS_NO_ALERT && !t->received) {
		tls_send_alert(w, true, t->alert);
	}
	tls_wire_flush(w);
	pst_fail(w->me, t->why, t->alert == TLS_NO_ALERT ? 0 : t->alert, "%s",
	         t->text);
	if (!w->state->up) {
		pst_count(w->me, TLS_METRIC_FAILURES, 1);
	}
	return PST_STEP_ERROR;
}
