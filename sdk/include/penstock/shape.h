/* SPDX-License-Identifier: MIT */
/* What crosses the boundaries of a pipeline, and what its layers promise. */
#ifndef PENSTOCK_SHAPE_H
#define PENSTOCK_SHAPE_H

#ifdef __cplusplus
extern "C" {
#endif

/** What crosses a boundary between layers. Bits, since a layer may stand on,
 *  or a service may take, more than one shape. */
enum pst_shape {
	PST_SHAPE_NONE = 0,
	PST_SHAPE_BYTES = 1,    /* a byte stream */
	PST_SHAPE_MESSAGES = 2, /* boundaries and text/binary kept */
	PST_SHAPE_EXCHANGES = 4 /* a head, a body, trailers, each way */
};

/** What a layer promises to those above, used by checks and `explain`. */
enum pst_provides {
	PST_PROVIDES_SECURE = 1,        /* nobody on the path reads or changes it */
	PST_PROVIDES_AUTHENTICATED = 2, /* the peer proved its name (per conf) */
	PST_PROVIDES_HALF_CLOSE = 4,    /* one direction can end alone */
	PST_PROVIDES_MUX = 8,           /* opens streams: see mux.h */
	PST_PROVIDES_OFFER = 16,        /* its opening waits for the answer */
	PST_PROVIDES_CLAIMED = 32,      /* secure only if what stands in front says
	                                 * the truth: never with SECURE */
	PST_PROVIDES_RELAY = 64         /* what stands above goes on to another
	                                 * peer: SECURE, AUTHENTICATED and CLAIMED
	                                 * of layers below it end here */
};

#ifdef __cplusplus
}
#endif

#endif
