/* SPDX-License-Identifier: MIT */
/* permessage-deflate: offers, choices and responses. */
#include "ws_deflate.h"

#include "ws_list.h"

#include <stdio.h>
#include <string.h>

#define NAME          "permessage-deflate"
#define SERVER_BITS   "server_max_window_bits"
#define CLIENT_BITS   "client_max_window_bits"
#define SERVER_FORGET "server_no_context_takeover"
#define CLIENT_FORGET "client_no_context_takeover"

/* Which parameters an element has. */
enum has {
	HAS_SERVER_BITS = 1,
	HAS_CLIENT_BITS = 2,
	HAS_SERVER_FORGET = 4,
	HAS_CLIENT_FORGET = 8
};

struct element {
	unsigned has;        /* enum has */
	uint8_t server_bits; /* 0: no value */
	uint8_t client_bits; /* likewise */
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

static struct ws_item trimmed(const char *text, size_t length)
{
	while (length != 0 && is_space(text[0])) {
		text++;
		length--;
	}
	while (length != 0 && is_space(text[length - 1])) {
		length--;
	}
	return (struct ws_item){text, length};
}

static bool is_name(const struct ws_item *item, const char *name)
{
	size_t i;

	if (strlen(name) != item->length) {
		return false;
	}
	for (i = 0; i < item->length; i++) {
		if (pst_ascii_lower((uint8_t)item->text[i]) !=
		    (uint8_t)name[i]) {
			return false;
		}
	}
	return true;
}

/* Cut the part in front of the next `sep`; `rest_io` loses it. */
static struct ws_item cut(struct ws_item *rest_io, char sep, bool *more_out)
{
	const char *end = rest_io->length == 0
	                          ? NULL
	                          : memchr(rest_io->text, sep, rest_io->length);
	size_t n =
		end != NULL ? (size_t)(end - rest_io->text) : rest_io->length;
	struct ws_item part = trimmed(rest_io->text, n);

	*more_out = end != NULL;
	rest_io->text += n + (end != NULL ? 1 : 0);
	rest_io->length -= n + (end != NULL ? 1 : 0);
	return part;
}

/* RFC 7692 7.1.2: a decimal without leading zeros from 8 to 15, which may be
 * quoted (RFC 6455 9.1). */
static bool read_bits(struct ws_item value, uint8_t *bits_out)
{
	unsigned n;

	if (value.length >= 2 && value.text[0] == '"' &&
	    value.text[value.length - 1] == '"') {
		value.text++;
		value.length -= 2;
	}
	if (value.length == 1 && value.text[0] >= '8' && value.text[0] <= '9') {
		n = (unsigned)(value.text[0] - '0');
	} else if (value.length == 2 && value.text[0] == '1' &&
	           value.text[1] >= '0' && value.text[1] <= '5') {
		n = 10 + (unsigned)(value.text[1] - '0');
	} else {
		return false;
	}
	*bits_out = (uint8_t)n;
	return true;
}

static bool take_bits(struct element *e, unsigned which, uint8_t *bits,
                      bool valued, struct ws_item value)
{
	bool may_be_bare = which == HAS_CLIENT_BITS;

	if ((e->has & which) != 0 || (!valued && !may_be_bare)) {
		return false;
	}
	e->has |= which;
	return !valued || read_bits(value, bits);
}

static bool take_flag(struct element *e, unsigned which, bool valued)
{
	if ((e->has & which) != 0 || valued) {
		return false;
	}
	e->has |= which;
	return true;
}

static bool take_parameter(struct element *e, struct ws_item part)
{
	bool valued;
	struct ws_item name = cut(&part, '=', &valued);
	struct ws_item value = trimmed(part.text, part.length);

	if (is_name(&name, SERVER_BITS)) {
		return take_bits(e, HAS_SERVER_BITS, &e->server_bits, valued,
		                 value);
	}
	if (is_name(&name, CLIENT_BITS)) {
		return take_bits(e, HAS_CLIENT_BITS, &e->client_bits, valued,
		                 value);
	}
	if (is_name(&name, SERVER_FORGET)) {
		return take_flag(e, HAS_SERVER_FORGET, valued);
	}
	return is_name(&name, CLIENT_FORGET) &&
	       take_flag(e, HAS_CLIENT_FORGET, valued);
}

/* Returns false for another extension and for a malformed element; the name
 * tells them apart. */
static bool read_element(struct ws_item item, struct element *e_out,
                         bool *named_out)
{
	struct element e = {0, 0, 0};
	bool more, good = true;
	struct ws_item name = cut(&item, ';', &more);

	*named_out = is_name(&name, NAME);
	if (!*named_out) {
		return false;
	}
	while (more && good) {
		good = take_parameter(&e, cut(&item, ';', &more));
	}
	*e_out = e;
	return good;
}

/* -- the server's side ------------------------------------------------- */

static uint8_t least(uint8_t a, uint8_t b)
{
	return a < b ? a : b;
}

/* Can the offer be met, and how? */
static bool meet(const struct element *e, const struct ws_deflate *want,
                 struct ws_deflate *agreed_out)
{
	struct ws_deflate a = *want;
	bool asks = want->receive.bits < WS_DEFLATE_BITS_MAX;

	if ((e->has & HAS_SERVER_BITS) != 0) {
		a.send.bits = least(a.send.bits, e->server_bits);
	}
	/* RFC 7692 7.1.2.2: only who offers it can be told a limit */
	if (asks && (e->has & HAS_CLIENT_BITS) == 0) {
		return false;
	}
	if (e->client_bits != 0) {
		a.receive.bits = least(a.receive.bits, e->client_bits);
	}
	a.send.forgets |= (e->has & HAS_SERVER_FORGET) != 0;
	a.receive.forgets |= (e->has & HAS_CLIENT_FORGET) != 0;
	*agreed_out = a;
	return true;
}

static size_t add(char *text, size_t used, const char *name, unsigned bits)
{
	int n = bits == 0 ? snprintf(text + used, WS_DEFLATE_TEXT - used,
	                             "; %s", name)
	                  : snprintf(text + used, WS_DEFLATE_TEXT - used,
	                             "; %s=%u", name, bits);

	return used + (n < 0 ? 0 : (size_t)n);
}

static void write_response(const struct element *e,
                           const struct ws_deflate *agreed, char *text)
{
	size_t used = strlen(NAME);

	memcpy(text, NAME, used + 1);
	if (agreed->send.forgets) {
		used = add(text, used, SERVER_FORGET, 0);
	}
	if (agreed->receive.forgets) {
		used = add(text, used, CLIENT_FORGET, 0);
	}
	if ((e->has & HAS_SERVER_BITS) != 0 ||
	    agreed->send.bits < WS_DEFLATE_BITS_MAX) {
		used = add(text, used, SERVER_BITS, agreed->send.bits);
	}
	if ((e->has & HAS_CLIENT_BITS) != 0 &&
	    agreed->receive.bits < WS_DEFLATE_BITS_MAX) {
		add(text, used, CLIENT_BITS, agreed->receive.bits);
	}
}

bool ws_deflate_choose(const struct pst_head *request,
                       const struct ws_deflate *want,
                       struct ws_deflate *agreed_out, char *text_out)
{
	struct ws_list list = {.head = request,
	                       .name = "Sec-WebSocket-Extensions"};
	struct ws_item item;

	while (ws_list_next(&list, &item)) {
		struct element e;
		bool named;

		if (read_element(item, &e, &named) &&
		    meet(&e, want, agreed_out)) {
			write_response(&e, agreed_out, text_out);
			return true;
		}
	}
	return false;
}

/* -- the client's side ------------------------------------------------- */

size_t ws_deflate_offer(const struct ws_deflate *want, char *text_out)
{
	size_t used = strlen(NAME);
	bool narrow = want->send.bits < WS_DEFLATE_BITS_MAX;

	memcpy(text_out, NAME, used + 1);
	used = add(text_out, used, CLIENT_BITS, narrow ? want->send.bits : 0);
	if (want->receive.bits < WS_DEFLATE_BITS_MAX) {
		used = add(text_out, used, SERVER_BITS, want->receive.bits);
	}
	if (want->send.forgets) {
		used = add(text_out, used, CLIENT_FORGET, 0);
	}
	if (want->receive.forgets) {
		used = add(text_out, used, SERVER_FORGET, 0);
	}
	return used;
}

static const char *misfit(const struct element *e,
                          const struct ws_deflate *want)
{
	if ((e->has & HAS_CLIENT_BITS) != 0 && e->client_bits == 0) {
		return "the server names " CLIENT_BITS " without a value";
	}
	if (e->client_bits > want->send.bits) {
		return "the server wants a " CLIENT_BITS
		       " that was not offered";
	}
	if ((e->has & HAS_SERVER_BITS) != 0 &&
	    e->server_bits > want->receive.bits) {
		return "the server takes a larger " SERVER_BITS
		       " than was offered";
	}
	if ((e->has & HAS_SERVER_BITS) == 0 &&
	    want->receive.bits < WS_DEFLATE_BITS_MAX) {
		return "the server does not confirm " SERVER_BITS;
	}
	if (want->receive.forgets && (e->has & HAS_SERVER_FORGET) == 0) {
		return "the server does not confirm " SERVER_FORGET;
	}
	return NULL;
}

static void settle(const struct element *e, const struct ws_deflate *want,
                   struct ws_deflate *agreed_out)
{
	*agreed_out = *want;
	agreed_out->send.forgets |= (e->has & HAS_CLIENT_FORGET) != 0;
	agreed_out->receive.forgets |= (e->has & HAS_SERVER_FORGET) != 0;
	if (e->client_bits != 0) {
		agreed_out->send.bits = e->client_bits;
	}
	if (e->server_bits != 0) {
		/* inflating with more than was used is always right */
		agreed_out->receive.bits = e->server_bits < WS_DEFLATE_BITS_MIN
		                                   ? WS_DEFLATE_BITS_MIN
		                                   : e->server_bits;
	}
}

int ws_deflate_confirm(const struct pst_head *response,
                       const struct ws_deflate *want,
                       struct ws_deflate *agreed_out, const char **why_out)
{
	struct ws_list list = {.head = response,
	                       .name = "Sec-WebSocket-Extensions"};
	struct ws_item item;
	struct element e;
	bool named, found = false;

	while (ws_list_next(&list, &item)) {
		bool good = read_element(item, &e, &named);

		if (want == NULL || !named || found) {
			*why_out = "Sec-WebSocket-Extensions names an "
				   "extension that was not offered";
			return PST_PROTO;
		}
		*why_out = good ? misfit(&e, want)
		                : "the parameters of permessage-deflate are "
		                  "malformed";
		if (*why_out != NULL) {
			return PST_PROTO;
		}
		settle(&e, want, agreed_out);
		found = true;
	}
	return found ? 1 : 0;
}
