/* SPDX-License-Identifier: MIT */
/* What the log says of a request: its line, without the query, and the status
 * of its response. */
#ifndef CORE_EXCHANGE_NOTE_H
#define CORE_EXCHANGE_NOTE_H

#include <stddef.h>
#include <stdint.h>

#define EXCHANGE_REQUEST_MAX 190 /* bytes that are shown, terminator included */

struct pst_head;
struct pst_queue;

struct exchange_note {
	uint16_t status; /* of the final response; 0: none was seen */
	char request[];
};

/** "GET gw.example.com/quotes", terminated, cut if longer. Returns its size,
 *  terminator included. */
size_t exchange_request(const struct pst_head *request,
                        char out[EXCHANGE_REQUEST_MAX]);

/** Note a request. Owned; NULL when memory ran out: a log line is not worth an
 *  exchange. */
struct exchange_note *exchange_note_create(const struct pst_head *request);

/** Note the status of a final response in `q`, once. */
void exchange_note_look(struct exchange_note *note, const struct pst_queue *q);

#endif
