/* SPDX-License-Identifier: MIT */
/* A layer that turns letters by 13 places, both ways; an example. */
#include <penstock/layer.h>
#include <penstock/plugin.h>
#include <string.h>

PST_PLUGIN_NOTE("layer:rot13");

static uint8_t turn(uint8_t c)
{
	uint8_t letter = (uint8_t)(c | 0x20);

	if (letter < 'a' || letter > 'z') {
		return c;
	}
	return (uint8_t)(letter <= 'm' ? c + 13 : c - 13);
}

/* `s` itself, or a copy of bytes that are not ours to write; takes ownership.
 * NULL when memory ran out. */
static struct pst_slice *writable(struct pst_instance *me, struct pst_slice *s)
{
	struct pst_slice *copy;

	if ((s->flags & PST_SHARED) == 0) {
		return s;
	}
	copy = pst_slice_new(me, s->length);
	if (copy != NULL) {
		memcpy(pst_slice_append(copy, s->length), s->data, s->length);
	}
	pst_slice_free(me, s);
	return copy;
}

static bool turn_all(struct pst_instance *me, struct pst_queue *to,
		     struct pst_queue *from)
{
	while (pst_peek(from) != NULL && pst_room(me, to) > 0) {
		struct pst_slice *s = writable(me, pst_take(me, from));
		uint32_t i;

		if (s == NULL) {
			pst_fail(me, PST_CLASS_INTERNAL, 0, "out of memory");
			return false;
		}
		for (i = 0; i < s->length; i++) {
			s->data[i] = turn(s->data[i]);
		}
		pst_put(me, to, s);
	}
	if (pst_ended(from)) {
		pst_pass(me, to, from);
	}
	return true;
}

static enum pst_step step(struct pst_instance *me, struct pst_io *io)
{
	bool *up = me->state;

	if (!*up) {
		*up = true;
		return PST_STEP_UP;
	}
	return turn_all(me, io->rx_out, io->rx_in) &&
			       turn_all(me, io->tx_out, io->tx_in)
		       ? PST_STEP_OK
		       : PST_STEP_ERROR;
}

static const struct pst_layer rot13 = {
	.size = sizeof(rot13),
	.roles = PST_ACCEPT | PST_CONNECT,
	.id = "rot13",
	.help = "Turns letters by 13 places in both directions.",
	.below = PST_SHAPE_BYTES,
	.above = PST_SHAPE_BYTES,
	.provides = PST_PROVIDES_HALF_CLOSE,
	.state_size = sizeof(bool),
	.step = step,
};

static const void *get(const char *extension, uint32_t n)
{
	bool mine = n == 0 && strcmp(extension, PST_EXTENSION_LAYER) == 0;

	return mine ? &rot13 : NULL;
}

const struct pst_plugin pst_plugin = {
	.magic = PST_MAGIC,
	.size = sizeof(pst_plugin),
	.abi = PST_ABI,
	.name = "rot13",
	.version = "1.0",
	.license = "MIT",
	.get = get,
};
