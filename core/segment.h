/* SPDX-License-Identifier: MIT */
/* Segments: pooled memory that slices view, charged to whoever holds it. */
#ifndef CORE_SEGMENT_H
#define CORE_SEGMENT_H

#include "budget.h"

#include <penstock/slice.h>

enum {
	SEGMENT_HEADROOM = 64, /* in front of each new slice, at least */
	SEGMENT_SMALL = 1536,  /* payload that fits a small segment */
	SEGMENT_BIG = 16384,   /* payload that fits a big one */
	SEGMENT_TAILROOM = 192 /* behind that: the rest of a TLS record */
};

struct pst_segment {
	struct pst_segment *next_free;
	struct pst_budget *budget; /* charged; NULL: nobody yet */
	uint32_t references;       /* slices; not atomic, see helper.h */
	uint32_t capacity;
	uint32_t charge; /* bytes charged */
	uint8_t class;
	bool first_used;
	uint8_t reserved[2];
	struct pst_slice first; /* saves an allocation in the common case */
	uint8_t bytes[];        /* capacity of them, 8-byte aligned */
};

/**
 * A slice of length 0 over a fresh segment.
 *
 * room      bytes behind data, at least
 * headroom  bytes in front of data, at least; rounded up to 8
 * Returns   owned; NULL when memory ran out
 * Context   any thread; freelists belong to the thread
 */
struct pst_slice *segment_slice(size_t room, size_t headroom);

/** A further slice of `of`'s segment: bytes data[length], no room. */
struct pst_slice *segment_view(struct pst_slice *of, uint8_t *data,
                               uint32_t length);
void segment_slice_free(struct pst_slice *s);

/** Charge the segment of `s` to `budget` instead of where it is. */
void segment_charge(struct pst_slice *s, struct pst_budget *b);

/** Give this thread's freelists back to the system. */
void segment_trim(void);

#endif
