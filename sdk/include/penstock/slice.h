/* SPDX-License-Identifier: MIT */
/* Slices: counted views of pooled memory; the only thing that moves. */
#ifndef PENSTOCK_SLICE_H
#define PENSTOCK_SLICE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pst_segment; /* the core's: a block of memory that slices view */

/** Flags of a slice. A queue of bytes carries none of them. */
enum pst_slice_flag {
	PST_EOM = 1,     /* last slice of its message, or of a direction's body */
	PST_TEXT = 2,    /* the message is text (set on each of its slices) */
	PST_BINARY = 4,  /* the message is binary (likewise) */
	PST_HEAD = 8,    /* holds one struct pst_head and no payload */
	PST_CONTROL = 16, /* holds one struct pst_control and no payload */
	PST_EARLY = 32,  /* arrived as TLS early data: may be a replay */
	PST_SHARED = 64  /* another slice views the same bytes: do not write */
};

/**
 * A view of `length` bytes at `data`. The first `before` bytes in front of
 * `data` and the `after` bytes behind its end belong to this slice alone and
 * may be claimed with the functions below. Whoever holds a slice may write to
 * its bytes unless PST_SHARED is set.
 *
 * All members are read-only outside the core except through functions here.
 */
struct pst_slice {
	struct pst_slice *next;      /* the core's, while queued */
	struct pst_segment *segment; /* the core's */
	uint8_t *data;
	uint32_t length; /* bytes */
	uint32_t flags;  /* enum pst_slice_flag; a holder may set them */
	uint32_t before; /* claimable bytes in front of data */
	uint32_t after;  /* claimable bytes behind data + length */
	uint32_t reserved[2];
};

/** Claim `n` bytes in front. Returns the new first byte, or NULL when there
 *  is no such room (put a slice of its own in front instead). */
static inline uint8_t *pst_slice_prepend(struct pst_slice *s, uint32_t n)
{
	if (s->before < n || (s->flags & PST_SHARED) != 0) {
		return NULL;
	}
	s->data -= n;
	s->length += n;
	s->before -= n;
	return s->data;
}

/** Claim `n` bytes behind. Returns the first of them, or NULL (no room). */
static inline uint8_t *pst_slice_append(struct pst_slice *s, uint32_t n)
{
	uint8_t *end = s->data + s->length;

	if (s->after < n || (s->flags & PST_SHARED) != 0) {
		return NULL;
	}
	s->length += n;
	s->after -= n;
	return end;
}

/** Drop the first `n` <= length bytes; they become claimable room. */
static inline void pst_slice_skip(struct pst_slice *s, uint32_t n)
{
	s->data += n;
	s->length -= n;
	s->before += n;
}

/** Drop the last `n` <= length bytes; they become claimable room. */
static inline void pst_slice_trim(struct pst_slice *s, uint32_t n)
{
	s->length -= n;
	s->after += n;
}

#ifdef __cplusplus
}
#endif
#endif
