/* SPDX-License-Identifier: MIT */
/* Tickets: settings, the master secret, and sending. */
#include "tls_wire.h"

#include <ctype.h>
#include <inttypes.h>
#include <penstock/text.h>
#include <string.h>

enum {
	HEX = 2 * TLS_TICKET_KEY,
	PATIENCE_MS = 100 /* tickets wait this long for an answer to go with */
};

#define HOW_TO "make one with \"openssl rand -out FILE 64\""

static bool read_hex(const uint8_t *text, uint8_t *out)
{
	size_t i;

	for (i = 0; i < HEX; i++) {
		int d = pst_hex_digit((char)text[i]);

		if (d < 0) {
			return false;
		}
		out[i / 2] = (uint8_t)(out[i / 2] << 4 | d);
	}
	return true;
}

/* 64 bytes, or as many in hexadecimal with white space behind. */
static bool read_master(const struct pst_file *file, uint8_t *out)
{
	size_t length = file->length;

	if (length == TLS_TICKET_KEY) {
		memcpy(out, file->data, TLS_TICKET_KEY);
		return true;
	}
	while (length != 0 && isspace(file->data[length - 1]) != 0) {
		length--;
	}
	return length == HEX && read_hex(file->data, out);
}

static bool is_one_byte(const uint8_t *key)
{
	return memcmp(key, key + 1, TLS_TICKET_KEY - 1) == 0;
}

static int master_from_file(const struct pst_file *file,
                            struct pst_setup *setup, uint8_t *out)
{
	if (!read_master(file, out)) {
		pst_error(setup, "ticket_key",
		          "%s is not 64 bytes, nor 128 hexadecimal "
		          "digits; " HOW_TO,
		          file->path);
		return PST_CONFIG;
	}
	if (is_one_byte(out)) {
		pst_error(setup, "ticket_key",
		          "%s holds one byte 64 times, which is no secret: "
		          "whoever guesses it reads all tickets; " HOW_TO,
		          file->path);
		return PST_CONFIG;
	}
	return PST_OK;
}

static int derive(struct tls_conf *conf, struct pst_setup *setup)
{
	const struct pst_file *file = &conf->ticket.master_file;
	uint8_t master[TLS_TICKET_KEY] = {0};
	int ret;

	if (file->data == NULL) {
		ret = tls_ticket_derive(conf, pst_seed(setup), 32,
		                        conf->ticket.key);
	} else if (master_from_file(file, setup, master) != PST_OK) {
		return PST_CONFIG;
	} else {
		ret = tls_ticket_derive(conf, master, sizeof(master),
		                        conf->ticket.key);
		gnutls_memset(master, 0, sizeof(master));
	}
	if (ret != 0) {
		pst_error(setup, "tickets", "no key can be made: %s",
		          gnutls_strerror(ret));
		return PST_CONFIG;
	}
	return PST_OK;
}

int tls_ticket_init(struct tls_conf *conf, struct pst_setup *setup)
{
	if (setup->role != PST_ACCEPT) {
		return PST_OK;
	}
	if (conf->ticket.count == 0) {
		if (conf->ticket.master_file.data == NULL) {
			return PST_OK;
		}
		pst_error(setup, "ticket_key",
		          "is not used, since tickets is 0; remove one of "
		          "them");
		return PST_CONFIG;
	}
	return derive(conf, setup);
}

void tls_ticket_finish(struct tls_ticket *ticket)
{
	gnutls_memset(ticket->key, 0, sizeof(ticket->key));
}

void tls_ticket_explain(const struct tls_conf *conf, struct pst_setup *setup)
{
	const struct tls_ticket *t = &conf->ticket;

	if (setup->role != PST_ACCEPT) {
		return;
	}
	if (t->count == 0) {
		pst_explain(setup, "resumption", "off");
		return;
	}
	pst_explain(setup, "resumption",
	            "tickets, valid for %" PRIu64 " s; keys from %s, changed "
	            "each %" PRIu64 " s",
	            t->lifetime / 1000,
	            t->master_file.data != NULL ? t->master_file.path
	                                        : "this start",
	            t->lifetime / 1000 * 3);
}

int tls_ticket_set(const struct tls_ticket *ticket, gnutls_session_t session)
{
	const gnutls_datum_t key = {(uint8_t *)(uintptr_t)ticket->key,
	                            sizeof(ticket->key)};

	if (ticket->count == 0) {
		return 0;
	}
	gnutls_db_set_cache_expiration(session, (int)(ticket->lifetime / 1000));
	return gnutls_session_ticket_enable_server(session, &key);
}

static bool gives_tickets(const struct tls_wire *w)
{
	return w->conf->ticket.count != 0 && w->me->role == PST_ACCEPT &&
	       gnutls_protocol_get_version(w->state->session) == GNUTLS_TLS1_3;
}

static void send_tickets(struct tls_wire *w)
{
	gnutls_session_t session = w->state->session;
	/* who came with one has the others still */
	int64_t count = gnutls_session_is_resumed(session) != 0
	                        ? 1
	                        : w->conf->ticket.count;
	int ret = gnutls_session_ticket_send(session, (unsigned)count, 0);

	if (ret != 0) {
		pst_log(w->me, PST_LOG_DEBUG, "no ticket for the client: %s",
		        gnutls_strerror(ret));
	}
}

void tls_ticket_begin(struct tls_wire *w)
{
	if (!gives_tickets(w)) {
		return;
	}
	/* timers are not the helper's */
	if (w->io->rx_in->bytes == 0 || (w->io->flags & PST_IO_HELPER) != 0) {
		send_tickets(w);
		return;
	}
	w->state->tickets = TLS_TICKETS_WAIT;
	pst_timer(w->me, 0, PATIENCE_MS);
}

void tls_ticket_due(struct pst_instance *me, uint32_t id)
{
	struct tls_state *st = me->state;

	(void)id;
	if (st->tickets == TLS_TICKETS_WAIT) {
		st->tickets = TLS_TICKETS_DUE;
	}
}

void tls_ticket_step(struct tls_wire *w)
{
	const struct pst_queue *tx = w->io->tx_in;
	bool last = pst_ended(tx) && tx->end == PST_END_CLEAN;

	if (w->state->tickets == TLS_TICKETS_NONE || w->state->tx_done ||
	    (w->state->tickets == TLS_TICKETS_WAIT && pst_peek(tx) == NULL &&
	     !last)) {
		return;
	}
	w->state->tickets = TLS_TICKETS_NONE;
	pst_timer(w->me, 0, 0);
	send_tickets(w);
}
