/* SPDX-License-Identifier: MIT */
/* The opening handshake (RFC 6455 section 4): pure functions over heads. */
#ifndef WS_HANDSHAKE_H
#define WS_HANDSHAKE_H

#include "ws_deflate.h"

#include <penstock/head.h>
#include <penstock/option.h>

#define WS_KEY_LENGTH    24 /* characters of Sec-WebSocket-Key */
#define WS_NONCE_LENGTH  16 /* bytes that it stands for */
#define WS_ACCEPT_LENGTH 28 /* characters of Sec-WebSocket-Accept */

/** Who chooses among the subprotocols that a client offers. */
enum ws_choice {
	WS_CHOICE_CLIENT, /* its first one that is known here */
	WS_CHOICE_SERVER, /* our first one that it offers */
	WS_CHOICE_BACK    /* the back-end, before the 101 is sent */
};

/** What an accepting end demands. Lists are borrowed. */
struct ws_terms {
	const struct pst_list *subprotocols; /* empty: choose none */
	enum ws_choice choice;
	bool required; /* refuse when none is chosen or offered */
	const struct pst_list *origins; /* empty: any */
};

/** Why a request was turned down. Texts are constant. */
struct ws_refusal {
	uint16_t status;
	uint8_t reason;   /* enum pst_class */
	const char *text; /* one sentence */
};

/** What a connecting end offered. Borrowed. */
struct ws_offer {
	const struct pst_list *subprotocols;
	const struct ws_deflate *deflate; /* NULL: no compression */
};

/** Write the nonce in base64 to out[WS_KEY_LENGTH]. */
void ws_key_of_nonce(const uint8_t nonce[WS_NONCE_LENGTH], char *out);

/** Write the answer to key[WS_KEY_LENGTH] to out[WS_ACCEPT_LENGTH].
 *  RFC 6455 4.2.2, step 5.4. */
void ws_accept_of_key(const char *key, char *out);

/**
 * Check a client's request.
 *
 * key_out       the key's field, within `request`
 * protocol_out  the chosen subprotocol, borrowed from terms; NULL: none
 * refusal_out   written when it is refused
 * Returns       PST_OK or PST_PROTO
 * Source        RFC 6455 4.2.1, 4.2.2
 */
PST_MUST_CHECK int ws_request_check(const struct pst_head *request,
                                    const struct ws_terms *terms,
                                    const char **key_out,
                                    const char **protocol_out,
                                    struct ws_refusal *refusal_out);

/**
 * Check a server's final response to a request with `nonce`.
 *
 * offered       what the request had
 * protocol_out  the chosen one, borrowed from offered; NULL: none
 * agreed_out    of compression; all zero: none
 * refusal_out   written on failure: status and reason REFUSED for a status
 *               other than 101, else reason PROTOCOL
 * Source        RFC 6455 4.1
 */
PST_MUST_CHECK int ws_response_check(const struct pst_head *response,
                                     const uint8_t nonce[WS_NONCE_LENGTH],
                                     const struct ws_offer *offered,
                                     const char **protocol_out,
                                     struct ws_deflate *agreed_out,
                                     struct ws_refusal *refusal_out);

/** True when text[length] is a token (RFC 9110 5.6.2). */
bool ws_is_token(const char *text, size_t length);

/**
 * True when the Sec-WebSocket-Extensions fields, if any, are a list of names
 * with parameters, known or not. A malformed one fails the opening.
 *
 * Source     RFC 6455 9.1
 */
bool ws_extensions_ok(const struct pst_head *h);

struct ws_item;

/** The field when it is there exactly once, else NULL. */
const struct pst_field *ws_only_field(const struct pst_head *h,
                                      const char *name);
/** The name in the list that equals `item`, case included, or NULL. */
const char *ws_find_name(const struct pst_list *list,
                         const struct ws_item *item);
/** Fill in the refusal; returns PST_PROTO. */
int ws_refuse(struct ws_refusal *refusal_out, uint16_t status,
              enum pst_class reason, const char *text);

#endif
