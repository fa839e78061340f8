/* SPDX-License-Identifier: MIT */
/* Standard input and output as a person wants them. */
#include "connect_screen.h"

#include <string.h>

static size_t put_escaped(const uint8_t *p, size_t length, char *out)
{
	static const char digits[] = "0123456789abcdef";
	size_t i, at = 0;

	for (i = 0; i < length; i++) {
		out[at++] = '\\';
		out[at++] = 'x';
		out[at++] = digits[p[i] >> 4];
		out[at++] = digits[p[i] & 15];
	}
	return at;
}

static bool is_plain(uint8_t c)
{
	return (c >= 0x20 && c < 0x7F) || c == '\n' || c == '\t';
}

/* C1 controls, and what turns text around. */
static bool acts(const uint8_t *p, size_t length)
{
	uint32_t c;

	if (length == 2) {
		return p[0] == 0xC2 && p[1] < 0xA0;
	}
	if (length != 3) {
		return false;
	}
	c = (uint32_t)(p[0] & 15) << 12 | (uint32_t)(p[1] & 63) << 6 |
	    (uint32_t)(p[2] & 63);
	return c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E) ||
	       (c >= 0x2066 && c <= 0x2069);
}

size_t screen_rest(struct screen *screen, char *out)
{
	size_t n = put_escaped(screen->held, screen->count, out);

	screen->count = 0;
	screen->text = (struct utf8){0};
	return n;
}

static size_t put_character(struct screen *screen, char *out)
{
	size_t n = screen->count;

	if (acts(screen->held, n)) {
		return screen_rest(screen, out);
	}
	memcpy(out, screen->held, n);
	screen->count = 0;
	return n;
}

static size_t put_byte(struct screen *screen, uint8_t c, char *out)
{
	struct utf8 before = screen->text;
	size_t at = 0;

	if (screen->count != 0 && screen->held[0] == '\r') {
		at = c == '\n' ? 0 : screen_rest(screen, out);
		screen->count = 0;
	}
	if (before.have != 0 && !utf8_feed(&screen->text, &c, 1)) {
		at += screen_rest(screen, out + at);
	} else if (before.have != 0) {
		screen->held[screen->count++] = c;
		return screen->text.have != 0
		               ? at
		               : at + put_character(screen, out + at);
	}
	if (is_plain(c)) {
		out[at++] = (char)c;
	} else if (c == '\r') {
		screen->held[screen->count++] = c;
	} else if (c < 0x80 || !utf8_feed(&screen->text, &c, 1)) {
		at += put_escaped(&c, 1, out + at);
		screen->text = (struct utf8){0};
	} else {
		screen->held[screen->count++] = c;
	}
	return at;
}

size_t screen_clean(struct screen *screen, const uint8_t *p, size_t length,
                    char *out)
{
	size_t i, at = 0;

	for (i = 0; i < length; i++) {
		at += put_byte(screen, p[i], out + at);
	}
	return at;
}

void screen_print(FILE *out, const void *text, size_t length)
{
	const uint8_t *p = text;
	struct screen screen = {0};
	char clean[5 * SCREEN_MOST];
	size_t i, n;

	for (i = 0; i < length; i++) {
		n = screen_clean(&screen, p + i, 1, clean);
		fwrite(clean, 1, n, out);
	}
	fwrite(clean, 1, screen_rest(&screen, clean), out);
}

/* -- as a layer -------------------------------------------------------- */

struct screen_state {
	struct screen screen;
	bool up;
};

static int show(struct pst_instance *me, struct pst_io *io,
                const struct pst_slice *s)
{
	struct screen_state *st = me->state;
	char clean[SCREEN_MOST * (256 + 4)];
	size_t at, n;

	for (at = 0; at < s->length; at += n) {
		size_t size;

		n = s->length - at < 256 ? s->length - at : 256;
		size = screen_clean(&st->screen, s->data + at, n, clean);
		if (size != 0 &&
		    pst_write(me, io->tx_out, clean, size, 0) != PST_OK) {
			return PST_MEMORY;
		}
	}
	return PST_OK;
}

static int show_all(struct pst_instance *me, struct pst_io *io)
{
	struct screen_state *st = me->state;
	char clean[SCREEN_MOST * 4];
	struct pst_slice *s;
	int result = PST_OK;

	while (result == PST_OK && pst_room(me, io->tx_out) != 0 &&
	       (s = pst_take(me, io->tx_in)) != NULL) {
		result = show(me, io, s);
		pst_slice_free(me, s);
	}
	if (result == PST_OK && pst_ended(io->tx_in) && st->screen.count != 0) {
		result = pst_write(me, io->tx_out, clean,
		                   screen_rest(&st->screen, clean), 0);
	}
	return result;
}

static enum pst_step screen_step(struct pst_instance *me, struct pst_io *io)
{
	const struct screen_conf *conf = me->conf;
	struct screen_state *st = me->state;

	pst_move(me, io->rx_out, io->rx_in, SIZE_MAX);
	if (!conf->open || pst_ended(io->tx_in) ||
	    io->rx_in->end != PST_END_CLEAN) {
		pst_pass(me, io->rx_out, io->rx_in);
	}
	if (conf->clean && show_all(me, io) != PST_OK) {
		pst_fail(me, PST_CLASS_INTERNAL, 0, "out of memory");
		return PST_STEP_ERROR;
	}
	if (!conf->clean || io->tx_in->first == NULL) {
		pst_pass(me, io->tx_out, io->tx_in);
	}
	if (!st->up) {
		st->up = true;
		return PST_STEP_UP;
	}
	return PST_STEP_OK;
}

const struct pst_layer screen_layer = {
	.size = sizeof(screen_layer),
	.roles = PST_ACCEPT,
	.id = "screen",
	.below = PST_SHAPE_BYTES,
	.above = PST_SHAPE_BYTES,
	.provides = PST_PROVIDES_HALF_CLOSE,
	.state_size = sizeof(struct screen_state),
	.conf_size = sizeof(struct screen_conf),
	.step = screen_step,
};
