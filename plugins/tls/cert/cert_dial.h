/* SPDX-License-Identifier: MIT */
/* A TLS connection to a server, to see what it shows. Nothing is believed. */
#ifndef CERT_DIAL_H
#define CERT_DIAL_H

#include "cert/cert_items.h"
#include "cert/cert_words.h"

#include <gnutls/gnutls.h>

enum { CERT_ASKED_TEXT = 400 };

/** A connection. Starts as zeros. */
struct cert_dial {
	const struct cert_url *url;    /* borrowed */
	const struct cert_url *at;     /* borrowed; where to connect */
	const char *sni;               /* borrowed; the name to ask for */
	const struct cert_items *own;  /* borrowed; what to show; may be NULL */
	int fd;
	bool up;                       /* the handshake is done */
	gnutls_session_t session;      /* owned */
	gnutls_certificate_credentials_t credentials; /* owned */
	bool asked;                    /* it wants a client's certificate */
	char authorities[CERT_ASKED_TEXT]; /* and from whom */
};

/**
 * Connect and shake hands; tells what is wrong.
 *
 * Returns  0, or CERT_BAD; cert_dial_close is due either way
 */
PST_MUST_CHECK int cert_dial_open(struct cert_dial *dial);
void cert_dial_close(struct cert_dial *dial);

/** The chain that the server showed; tells what is wrong. */
PST_MUST_CHECK int cert_dial_chain(const struct cert_dial *dial,
                                   struct cert_items *chain);

/** After the handshake: does the server go on, or did it refuse the client's
 *  certificate, or the lack of one? Returns 0, or the alert's number. */
unsigned cert_dial_refused(struct cert_dial *dial);

/** Run cert_url_parse for the operand and --address. Returns an exit code. */
struct cert_line;
PST_MUST_CHECK int cert_dial_where(const struct cert_line *line,
                                   struct cert_url *url, struct cert_url *at);

#endif
