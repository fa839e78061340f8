/* SPDX-License-Identifier: MIT */
/* The front's side of a connection: what its two directions share. */
#ifndef HTTP_FRONT_H
#define HTTP_FRONT_H

#include "http_trunk.h"

/* http_accept.c */

/** The response is out: take leave of the stream and go on to the next request,
 *  to the rest of this one, or to the end. */
enum http_turn http_front_finish(struct pst_instance *me, struct pst_io *io);

/** Answer the exchange ourselves, before a response's head is out. */
enum http_turn http_front_answer(struct pst_instance *me, struct pst_io *io,
                                 unsigned status, const char *text);

/* http_response.c */

/** Write what the stream has: heads, body. Needs a stream. */
enum http_turn http_front_respond(struct pst_instance *me, struct pst_io *io,
                                  uint32_t *budget_io);

/** The rest of a response whose upper side failed cannot be sent; the framing
 *  must show it: no last chunk, RESET. */
enum http_turn http_front_cut(struct pst_instance *me, struct pst_io *io,
                              enum pst_class why, const char *text);

#endif
