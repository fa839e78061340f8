/* SPDX-License-Identifier: MIT */
/* A layer that tells services apart by the first line, "NAME/PROTOCOL,...\n",
 * and one below it whose "#" and three bytes say nothing about it. */
#ifndef FAKE_ROUTE_H
#define FAKE_ROUTE_H

#include <penstock/layer.h>
#include <penstock/route.h>
#include <string.h>

struct sort_conf {
	struct pst_list names, speaks;
	bool rest;
	int64_t level;
};

static const struct pst_option sort_options[] = {
	{.name = "names",
         .type = PST_OPTION_LIST,
         .flags = PST_BOTH_HOPS | PST_OPTION_ROUTE,
         .offset = offsetof(struct sort_conf, names),
         .help = "What it is asked for by."},
	{.name = "rest",
         .type = PST_OPTION_BOOL,
         .flags = PST_BOTH_HOPS | PST_OPTION_ROUTE,
         .offset = offsetof(struct sort_conf, rest),
         .initial = "false",
         .help = "Takes whoever asks for nobody."},
	{.name = "speaks",
         .type = PST_OPTION_LIST,
         .flags = PST_BOTH_HOPS,
         .offset = offsetof(struct sort_conf, speaks),
         .help = "Protocols."},
	{.name = "level",
         .type = PST_OPTION_INT,
         .flags = PST_BOTH_HOPS,
         .offset = offsetof(struct sort_conf, level),
         .initial = "1",
         .help = "A setting that nodes may not share."},
	{.name = NULL},
};

/* Everything passes; the machine's tests run it. */
static enum pst_step sort_step(struct pst_instance *me, struct pst_io *io)
{
	bool *up = me->state;

	pst_pass(me, io->rx_out, io->rx_in);
	pst_pass(me, io->tx_out, io->tx_in);
	if (!*up) {
		*up = true;
		return PST_STEP_UP;
	}
	return PST_STEP_OK;
}

static const struct pst_layer sort_layer = {
	.size = sizeof(sort_layer),
	.roles = PST_ACCEPT | PST_CONNECT,
	.id = "sort",
	.help = "Tells services apart.",
	.below = PST_SHAPE_BYTES,
	.above = PST_SHAPE_BYTES,
	.provides = PST_PROVIDES_HALF_CLOSE,
	.state_size = sizeof(bool),
	.conf_size = sizeof(struct sort_conf),
	.options = sort_options,
	.option_stride = sizeof(struct pst_option),
	.step = sort_step,
};

static const struct pst_layer strip_layer = {
	.size = sizeof(strip_layer),
	.roles = PST_ACCEPT | PST_CONNECT,
	.id = "strip",
	.help = "Four bytes in front.",
	.below = PST_SHAPE_BYTES,
	.above = PST_SHAPE_BYTES,
	.provides = PST_PROVIDES_HALF_CLOSE,
	.state_size = sizeof(bool),
	.step = sort_step,
};

static const char *sort_nth(const struct pst_list *list, uint32_t n)
{
	return n < list->count ? list->item[n] : NULL;
}

static const char *sort_name(const void *conf, struct pst_setup *setup,
                             uint32_t n)
{
	(void)setup;
	return sort_nth(&((const struct sort_conf *)conf)->names, n);
}

static const char *sort_protocol(const void *conf, struct pst_setup *setup,
                                 uint32_t n)
{
	(void)setup;
	return sort_nth(&((const struct sort_conf *)conf)->speaks, n);
}

static bool sort_is_default(const void *conf, struct pst_setup *setup)
{
	(void)setup;
	return ((const struct sort_conf *)conf)->rest;
}

static void sort_protocols(const char *at, const char *end,
                           struct pst_route_key *key_out)
{
	while (at < end && key_out->protocol_count < PST_ROUTE_PROTOCOLS_MAX) {
		const char *comma = memchr(at, ',', (size_t)(end - at));
		uint32_t n = key_out->protocol_count++;

		comma = comma == NULL ? end : comma;
		key_out->protocol[n].name = at;
		key_out->protocol[n].length = (size_t)(comma - at);
		at = comma + 1;
	}
}

static enum pst_peek sort_peek(const uint8_t *data, size_t length,
                               struct pst_route_key *key_out)
{
	const char *text = (const char *)data;
	const char *end = memchr(text, '\n', length), *slash;

	if (length != 0 && data[0] == '?') {
		return PST_PEEK_NONE;
	}
	if (end == NULL) {
		return PST_PEEK_MORE;
	}
	slash = memchr(text, '/', (size_t)(end - text));
	key_out->name = text;
	key_out->name_length = (size_t)((slash == NULL ? end : slash) - text);
	if (slash != NULL) {
		sort_protocols(slash + 1, end, key_out);
	}
	return PST_PEEK_KEY;
}

static size_t sort_last_words(enum pst_route_miss why, uint8_t *out,
                              size_t room)
{
	const char *words =
		why == PST_ROUTE_NO_NAME ? "who?" : "in which tongue?";
	size_t length = strlen(words);

	if (length > room) {
		return 0;
	}
	memcpy(out, words, length);
	return length;
}

static const struct pst_route sort_route = {
	.size = sizeof(sort_route),
	.lookahead = 512,
	.layer = "sort",
	.name = sort_name,
	.protocol = sort_protocol,
	.is_default = sort_is_default,
	.peek = sort_peek,
	.last_words = sort_last_words,
};

static const char *strip_nothing(const void *conf, struct pst_setup *setup,
                                 uint32_t n)
{
	(void)conf;
	(void)setup;
	(void)n;
	return NULL;
}

static bool strip_is_default(const void *conf, struct pst_setup *setup)
{
	(void)conf;
	(void)setup;
	return false;
}

static enum pst_peek strip_peek(const uint8_t *data, size_t length,
                                struct pst_route_key *key_out)
{
	if (length == 0) {
		return PST_PEEK_MORE;
	}
	key_out->skip = data[0] == '#' ? 4 : 0;
	return PST_PEEK_SKIP;
}

static const struct pst_route strip_route = {
	.size = sizeof(strip_route),
	.lookahead = 4,
	.layer = "strip",
	.name = strip_nothing,
	.protocol = strip_nothing,
	.is_default = strip_is_default,
	.peek = strip_peek,
	.last_words = sort_last_words,
};

#endif
