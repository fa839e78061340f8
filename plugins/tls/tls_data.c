/* SPDX-License-Identifier: MIT */
/* After the handshake: records up, records down, and how each way ends. */
#include "tls_wire.h"

#include <string.h>

enum {
	SMALL_SLICE = 2048, /* a shorter one is gathered with what follows */
	GATHER = 4096,      /* up to this much */
	OVERHEAD = 128,     /* of one record, more than any suite adds */
};

/* How far a direction came. */
enum way {
	WAY_WAITS, /* for input, room, or for ever */
	WAY_MORE,  /* the budget is used up */
	WAY_TROUBLE
};

static size_t received(const struct tls_wire *w)
{
	return w->io->rx_in->bytes +
	       gnutls_record_check_pending(w->state->session);
}

/* One record, or what is left of it, behind the bytes in `s`. Returns bytes,
 * 0 at a close_notify, or an error. */
static ssize_t receive_some(struct tls_wire *w, struct pst_slice *s)
{
	size_t before;
	ssize_t ret;

	do {
		before = w->io->rx_in->bytes;
		/* new keys and tickets make it say E_AGAIN too early */
		ret = gnutls_record_recv(w->state->session, s->data + s->length,
		                         s->after);
	} while (ret < 0 && gnutls_error_is_fatal((int)ret) == 0 &&
	         ret != GNUTLS_E_REHANDSHAKE &&
	         ret != GNUTLS_E_REAUTH_REQUEST &&
	         w->io->rx_in->bytes != before);
	if (ret > 0) {
		pst_slice_append(s, (uint32_t)ret);
	}
	return ret;
}

static ssize_t fill(struct tls_wire *w, struct pst_slice *s)
{
	ssize_t ret;

	do {
		ret = receive_some(w, s);
	} while (ret > 0 && s->after != 0 && received(w) != 0);
	return ret;
}

/* RFC 8446 6.1: nothing that follows a close_notify is looked at. */
static void end_received(struct tls_wire *w, enum pst_end end,
                         enum pst_class why)
{
	pst_end(w->me, w->io->rx_out, end, why);
	w->state->rx_done = true;
}

static enum way receive(struct tls_wire *w, size_t budget, size_t *moved_out)
{
	while (!w->state->rx_done && received(w) != 0) {
		size_t want = received(w);
		struct pst_slice *s;
		ssize_t ret;

		if (pst_room(w->me, w->io->rx_out) == 0) {
			return WAY_WAITS;
		}
		if (*moved_out >= budget) {
			return WAY_MORE;
		}
		s = pst_slice_new(
			w->me, want < TLS_PAYLOAD_MAX ? want : TLS_PAYLOAD_MAX);
		if (s == NULL) {
			tls_record_trouble(w, GNUTLS_E_MEMORY_ERROR);
			return WAY_TROUBLE;
		}
		ret = fill(w, s);
		*moved_out += s->length;
		if (s->length != 0) {
			pst_put(w->me, w->io->rx_out, s);
		} else {
			pst_slice_free(w->me, s);
		}
		if (ret == 0) {
			end_received(w, PST_END_CLEAN, PST_CLASS_CLEAN);
		} else if (ret == GNUTLS_E_AGAIN ||
		           ret == GNUTLS_E_INTERRUPTED) {
			return WAY_WAITS;
		} else if (ret < 0) {
			tls_record_trouble(w, (int)ret);
			return WAY_TROUBLE;
		}
	}
	return WAY_WAITS;
}

/* The wire ended, and no close_notify came before. */
static void look_at_end(struct tls_wire *w)
{
	const struct pst_queue *rx = w->io->rx_in;

	if (w->state->rx_done) {
		pst_consume(w->me, w->io->rx_in, rx->bytes);
		return;
	}
	if (!pst_ended(rx) || received(w) != 0) {
		return;
	}
	pst_count(w->me, TLS_METRIC_TRUNCATED, 1);
	if (rx->end == PST_END_RESET) {
		end_received(w, PST_END_RESET, (enum pst_class)rx->end_class);
	} else {
		end_received(w, PST_END_CUT, PST_CLASS_TRUNCATED);
	}
}

/* One record of what is queued. Returns the bytes that it took or an error. */
static ssize_t send_record(struct tls_wire *w)
{
	const struct pst_slice *s = pst_peek(w->io->tx_in);
	uint8_t together[GATHER];
	const uint8_t *data = s->data;
	size_t length = s->length;
	ssize_t ret;

	if (length < SMALL_SLICE && s->next != NULL) {
		length = tls_prefix(w->io->tx_in, together, sizeof(together));
		data = together;
	} else if (length > TLS_PAYLOAD_MAX) {
		length = TLS_PAYLOAD_MAX;
	}
	if (length == 0) {
		pst_slice_free(w->me, pst_take(w->me, w->io->tx_in));
		return 0;
	}
	ret = gnutls_record_send(w->state->session, data, length);
	if (ret > 0) {
		pst_consume(w->me, w->io->tx_in, (size_t)ret);
	}
	return ret;
}

/* Whoever waits for room must have been told that there is none, or nobody
 * calls again: what was gathered goes out before that is asked. */
static bool has_room(struct tls_wire *w)
{
	size_t held = w->out == NULL ? 0 : w->out->length;

	if (pst_room(w->me, w->io->tx_out) > held) {
		return true;
	}
	tls_wire_flush(w);
	return pst_room(w->me, w->io->tx_out) != 0;
}

static size_t slice_for(size_t queued)
{
	return (queued < TLS_PAYLOAD_MAX ? queued : TLS_PAYLOAD_MAX) + OVERHEAD;
}

static enum way transmit(struct tls_wire *w, size_t budget)
{
	const struct pst_queue *tx = w->io->tx_in;
	size_t moved = 0;

	while (!w->state->tx_done && pst_peek(tx) != NULL) {
		ssize_t ret;

		if (!has_room(w)) {
			return WAY_WAITS;
		}
		if (moved >= budget) {
			return WAY_MORE;
		}
		w->hint = slice_for(tx->bytes);
		ret = send_record(w);
		if (ret < 0) {
			tls_record_trouble(w, (int)ret);
			return WAY_TROUBLE;
		}
		moved += (size_t)ret;
	}
	return WAY_WAITS;
}

/* Everything was sent: say so, if there is a clean end to speak of. */
static void pass_end_down(struct tls_wire *w)
{
	const struct pst_queue *tx = w->io->tx_in;

	if (w->state->tx_done || !pst_ended(tx)) {
		return;
	}
	w->state->tx_done = true;
	if (tx->end == PST_END_CLEAN) {
		tls_send_alert(w, false, GNUTLS_A_CLOSE_NOTIFY);
		tls_wire_flush(w);
		pst_end(w->me, w->io->tx_out, PST_END_CLEAN, PST_CLASS_CLEAN);
		return;
	}
	tls_wire_flush(w);
	pst_end(w->me, w->io->tx_out, PST_END_RESET,
	        (enum pst_class)tx->end_class);
}

enum pst_step tls_data_step(struct tls_wire *w)
{
	size_t budget = w->io->budget;
	size_t received_bytes = 0;
	enum way up, down;

	/* half for each direction when both have something */
	up = receive(w, w->io->tx_in->bytes != 0 ? budget / 2 : budget,
	             &received_bytes);
	if (up == WAY_TROUBLE) {
		return tls_give_up(w);
	}
	tls_ticket_step(w);
	down = transmit(w,
	                received_bytes < budget ? budget - received_bytes : 1);
	if (down == WAY_TROUBLE) {
		return tls_give_up(w);
	}
	look_at_end(w);
	pass_end_down(w);
	tls_wire_flush(w);
	return up == WAY_MORE || down == WAY_MORE ? PST_STEP_MORE : PST_STEP_OK;
}
