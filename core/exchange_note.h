/* SPDX-License-Identifier: MIT */
/* What the log says of an exchange: its request line, without the query, and
 * the status of its response. */
#ifndef CORE_EXCHANGE_NOTE_H
#define CORE_EXCHANGE_NOTE_H

#include <stdint.h>

struct pst_head;
struct pst_queue;

struct exchange_note {
	uint16_t status;   /* of the final response; 0: none was seen */
	char request[190]; /* "GET gw.example.com/quotes"; cut if longer */
};

/** Note a request. Owned; NULL when memory ran out: a log line is not worth an
 *  exchange. */
struct exchange_note *exchange_note_create(const struct pst_head *request);

/** Note the status of a final response in `q`, once. */
void exchange_note_look(struct exchange_note *note, const struct pst_queue *q);

#endif
