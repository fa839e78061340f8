/* SPDX-License-Identifier: MIT */
/* Standard input and output as a person wants them: what a peer sent, made fit
 * for a terminal, and an input whose end ends nothing. */
#ifndef CORE_CONNECT_SCREEN_H
#define CORE_CONNECT_SCREEN_H

#include "utf8.h"

#include <penstock/layer.h>
#include <stdio.h>

/** Between two pieces. All zero at first. */
struct screen {
	struct utf8 text;
	uint8_t held[4]; /* of a character that is not complete, or a return */
	uint8_t count;
};

enum {
	SCREEN_MOST = 4 /* bytes that one becomes */
};

/**
 * Write what a terminal must not act on as \xHH: control characters other than
 * newline and tab (a return in front of a newline is left out), what is not
 * UTF-8, and characters that change the direction of text.
 *
 * out      room for SCREEN_MOST * (length + 4) bytes
 * Returns  bytes written
 */
size_t screen_clean(struct screen *screen, const uint8_t *p, size_t length,
                    char *out);
/** No more comes: what is held. */
size_t screen_rest(struct screen *screen, char *out);
/** The whole of a text, to `out`. */
void screen_print(FILE *out, const void *text, size_t length);

/** What the layer is to do. */
struct screen_conf {
	bool clean; /* what is sent down: see screen_clean */
	bool open;  /* keep the plain end of what is received to itself until
	             * the other direction has ended, or this is false */
};

/** The same as a layer of bytes. */
extern const struct pst_layer screen_layer;

#endif
