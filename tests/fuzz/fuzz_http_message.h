/* SPDX-License-Identifier: MIT */
/* A message of HTTP as it crossed a boundary, kept to be compared. */
#ifndef FUZZ_HTTP_MESSAGE_H
#define FUZZ_HTTP_MESSAGE_H

#include <penstock/testkit.h>

struct message {
	struct pst_head *head, *trailers; /* owned */
	uint8_t *body;                    /* owned */
	size_t length, room;
	bool complete; /* EOM */
	bool ended;    /* its queue's end was delivered */
};

/** Add a slice. Ends the program when it breaks the order of a message, or has
 *  a field that only members may carry. */
void message_note(struct message *m, const struct pst_slice *s);

/** `to` is `from`, or the beginning of it; never more, never something else:
 *  else the program ends. */
void message_same(const struct message *from, const struct message *to);

/** Free what it holds and begin anew. */
void message_forget(struct message *m);

#endif
