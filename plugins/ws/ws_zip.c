/* SPDX-License-Identifier: MIT */
/* Raw deflate streams that live as long as what was agreed needs them. */
#include "ws_zip.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
	/* zconf.h: what zlib takes besides windows and tables */
	INFLATE_OWN = 10 * 1024,
	DEFLATE_OWN = 7 * 1024,
	TAIL = 4,
	FINAL_MAX =
		64, /* blocks of one message that say so: each costs a window */
	BLOCK_ENDED = 128, /* zlib.h, of data_type: the next is a new block */
	BITS_UNUSED = 7,
	SLICE_MAX = 1 << 30 /* zlib counts in unsigned int */
};

struct ws_zip {
	struct ws_deflate agreed;
	struct ws_zip_effort effort;
	bool inflating; /* `rx` is initialised */
	bool deflating; /* `tx` is */
	uint8_t tail;   /* bytes of the message's tail given to `rx` */
	uint8_t finals; /* blocks of this message that said they were last */
	z_stream rx, tx;
};

size_t ws_zip_memory(const struct ws_deflate *agreed,
                     const struct ws_zip_effort *effort)
{
	size_t in = INFLATE_OWN + ((size_t)1 << agreed->receive.bits);
	size_t out = DEFLATE_OWN + ((size_t)4 << agreed->send.bits) +
	             ((size_t)512 << effort->memory);

	return sizeof(struct ws_zip) + in + out;
}

struct ws_zip *ws_zip_create(const struct ws_deflate *agreed,
                             const struct ws_zip_effort *effort)
{
	struct ws_zip *z = calloc(1, sizeof(*z));

	if (z != NULL) {
		z->agreed = *agreed;
		z->effort = *effort;
	}
	return z;
}

static void end_inflating(struct ws_zip *z)
{
	if (z->inflating) {
		inflateEnd(&z->rx);
		z->inflating = false;
	}
}

static void end_deflating(struct ws_zip *z)
{
	if (z->deflating) {
		deflateEnd(&z->tx);
		z->deflating = false;
	}
}

void ws_zip_destroy(struct ws_zip *z)
{
	if (z != NULL) {
		end_inflating(z);
		end_deflating(z);
		free(z);
	}
}

bool ws_zip_sends(const struct ws_zip *z)
{
	return z->agreed.send.bits >= WS_DEFLATE_BITS_MIN;
}

static unsigned within(size_t n)
{
	return n > SLICE_MAX ? SLICE_MAX : (unsigned)n;
}

static void attach(z_stream *s, const struct ws_zip_io *io)
{
	s->next_in = (Bytef *)(uintptr_t)io->in; /* zlib only reads it */
	s->avail_in = within(io->in_left);
	s->next_out = io->out;
	s->avail_out = within(io->out_left);
}

static void detach(const z_stream *s, struct ws_zip_io *io)
{
	io->in_left -= (size_t)(s->next_in - io->in);
	io->in = s->next_in;
	io->out_left -= (size_t)(s->next_out - io->out);
	io->out = s->next_out;
}

/* -- inflating --------------------------------------------------------- */

/* RFC 7692 7.2.3.5: a block may say that it is the last; what follows goes on
 * with the same window. */
static int go_on(struct ws_zip *z)
{
	uint8_t window[1 << WS_DEFLATE_BITS_MAX];
	unsigned length = sizeof(window);

	if (++z->finals > FINAL_MAX) {
		return PST_PROTO;
	}
	if (inflateGetDictionary(&z->rx, window, &length) != Z_OK ||
	    inflateReset(&z->rx) != Z_OK) {
		return PST_PROTO;
	}
	if (length != 0 &&
	    inflateSetDictionary(&z->rx, window, length) != Z_OK) {
		return PST_PROTO;
	}
	return PST_OK;
}

static int begin_inflating(struct ws_zip *z)
{
	if (z->inflating) {
		return PST_OK;
	}
	memset(&z->rx, 0, sizeof(z->rx));
	if (inflateInit2(&z->rx, -(int)z->agreed.receive.bits) != Z_OK) {
		return PST_MEMORY;
	}
	z->inflating = true;
	return PST_OK;
}

int ws_zip_inflate(struct ws_zip *z, struct ws_zip_io *io)
{
	int r = begin_inflating(z);

	while (r == PST_OK) {
		int said;

		attach(&z->rx, io);
		said = inflate(&z->rx, Z_SYNC_FLUSH);
		detach(&z->rx, io);
		if (said == Z_MEM_ERROR) {
			return PST_MEMORY;
		}
		if (said != Z_OK && said != Z_STREAM_END &&
		    said != Z_BUF_ERROR) {
			return PST_PROTO;
		}
		if (said == Z_STREAM_END) {
			r = go_on(z);
			if (r != PST_OK) {
				return r;
			}
		}
		if (io->out_left == 0) {
			return 1;
		}
		if (io->in_left == 0) {
			return 0;
		}
		if (said == Z_BUF_ERROR) {
			return PST_PROTO; /* neither side can move */
		}
	}
	return r;
}

int ws_zip_inflate_end(struct ws_zip *z, struct ws_zip_io *io)
{
	static const uint8_t tail[TAIL] = {0x00, 0x00, 0xff, 0xff};
	int r;

	io->in = tail + z->tail;
	io->in_left = (size_t)(TAIL - z->tail);
	r = ws_zip_inflate(z, io);
	z->tail = (uint8_t)(TAIL - io->in_left);
	if (r != PST_OK) {
		return r;
	}
	z->tail = 0;
	z->finals = 0;
	if ((z->rx.data_type & (BLOCK_ENDED | BITS_UNUSED)) != BLOCK_ENDED) {
		return PST_PROTO; /* cut within a block */
	}
	if (z->agreed.receive.forgets) {
		end_inflating(z);
	}
	return PST_OK;
}

/* -- deflating --------------------------------------------------------- */

static int begin_deflating(struct ws_zip *z)
{
	if (z->deflating) {
		return PST_OK;
	}
	memset(&z->tx, 0, sizeof(z->tx));
	if (deflateInit2(&z->tx, z->effort.level, Z_DEFLATED,
	                 -(int)z->agreed.send.bits, z->effort.memory,
	                 Z_DEFAULT_STRATEGY) != Z_OK) {
		return PST_MEMORY;
	}
	z->deflating = true;
	return PST_OK;
}

int ws_zip_deflate(struct ws_zip *z, struct ws_zip_io *io,
                   enum ws_zip_flush flush)
{
	int r = begin_deflating(z);

	if (r != PST_OK) {
		return r;
	}
	attach(&z->tx, io);
	/* Z_BUF_ERROR: there was nothing to do, which is well */
	(void)deflate(&z->tx, flush == WS_ZIP_SYNC ? Z_SYNC_FLUSH : Z_NO_FLUSH);
	detach(&z->tx, io);
	return io->out_left == 0 || io->in_left != 0 ? 1 : 0;
}

void ws_zip_deflate_end(struct ws_zip *z)
{
	if (z->agreed.send.forgets) {
		end_deflating(z);
	}
}
