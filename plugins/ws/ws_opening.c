/* SPDX-License-Identifier: MIT */
/* Subprotocols between two hops, for the time of an opening. */
#include "ws_opening.h"

#include "ws_handshake.h"
#include "ws_list.h"

#include <stdlib.h>
#include <string.h>

struct ws_opening *ws_opening_create(void)
{
	return calloc(1, sizeof(struct ws_opening));
}

static void forget(struct ws_opening *o)
{
	free(o->text);
	free(o->offer);
	free(o->names);
	o->text = NULL;
	o->offer = NULL;
	o->names = NULL;
	o->count = 0;
}

void ws_opening_destroy(struct ws_opening *o)
{
	if (o != NULL) {
		forget(o);
		free(o->refusal);
		free(o);
	}
}

static int make_room(struct ws_opening *o, size_t count, size_t text)
{
	forget(o);
	o->text = malloc(text + 1);
	o->offer = calloc(count + 1, sizeof(*o->offer));
	o->names = calloc(count + 1, sizeof(*o->names));
	if (o->text == NULL || o->offer == NULL || o->names == NULL) {
		forget(o);
		return PST_MEMORY;
	}
	return PST_OK;
}

static const char *mapped(const struct pst_list *map, const char *client)
{
	size_t n = strlen(client), i;

	for (i = 0; map != NULL && i < map->count; i++) {
		if (strncmp(map->item[i], client, n) == 0 &&
		    map->item[i][n] == '=') {
			return map->item[i] + n + 1;
		}
	}
	return client;
}

static void add(struct ws_opening *o, const char *client, const char *back)
{
	o->offer[o->count] = (struct ws_offered){client, back};
	o->names[o->count] = back;
	o->count++;
}

static int offer_own(struct ws_opening *o, const struct pst_list *own)
{
	size_t i;

	if (make_room(o, own->count, 0) != PST_OK) {
		return PST_MEMORY;
	}
	for (i = 0; i < own->count; i++) {
		add(o, own->item[i], own->item[i]);
	}
	return PST_OK;
}

static struct ws_list names_of(const struct pst_head *request)
{
	return (struct ws_list){.head = request,
	                        .name = "Sec-WebSocket-Protocol"};
}

int ws_opening_offer(struct ws_opening *o, const struct pst_head *request,
                     const struct pst_list *map, const struct pst_list *own)
{
	size_t count = 0, text = 0;
	struct ws_item item;
	struct ws_list l;
	char *p;

	if (request == NULL) {
		return offer_own(o, own);
	}
	for (l = names_of(request); ws_list_next(&l, &item); count++) {
		text += item.length + 1;
	}
	if (make_room(o, count, text) != PST_OK) {
		return PST_MEMORY;
	}
	p = o->text;
	for (l = names_of(request); ws_list_next(&l, &item);) {
		memcpy(p, item.text, item.length);
		p[item.length] = '\0';
		add(o, p, mapped(map, p));
		p += item.length + 1;
	}
	return PST_OK;
}

const char *ws_opening_client_name(const struct ws_opening *o, const char *back,
                                   size_t length)
{
	size_t i;

	for (i = 0; i < o->count; i++) {
		const char *name = o->offer[i].back;

		if (strlen(name) == length && memcmp(name, back, length) == 0) {
			return o->offer[i].client;
		}
	}
	return NULL;
}

int ws_map_check(const struct pst_list *map, struct pst_setup *setup,
                 const char *option)
{
	int result = PST_OK;
	size_t i;

	for (i = 0; i < map->count; i++) {
		const char *item = map->item[i];
		const char *equals = strchr(item, '=');

		if (equals == NULL ||
		    !ws_is_token(item, (size_t)(equals - item)) ||
		    !ws_is_token(equals + 1, strlen(equals + 1))) {
			pst_error(setup, option,
			          "\"%s\" maps no subprotocol; write "
			          "\"client=back-end\"",
			          item);
			result = PST_CONFIG;
		}
	}
	return result;
}
