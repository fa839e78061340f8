/* SPDX-License-Identifier: MIT */
/* From what a client asks for to the node that serves it. */
#include "listener_find.h"

#include <string.h>

#define NAME_SIZE (PST_ROUTE_NAME_MAX + 1)

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* As names stand in the tree. False: no name that could stand there. */
static bool canonical(const char *name, size_t length, char text[NAME_SIZE])
{
	size_t i;

	if (length > 1 && name[length - 1] == '.') {
		length--; /* the root's dot */
	}
	if (length == 0 || length >= NAME_SIZE ||
	    memchr(name, '\0', length) != NULL) {
		return false;
	}
	for (i = 0; i < length; i++) {
		text[i] = lower(name[i]);
	}
	text[length] = '\0';
	return true;
}

static const struct listener_name *search(const struct listener *l,
                                          const char *text)
{
	unsigned low = 0, high = l->name_count;

	while (low < high) {
		unsigned middle = low + (high - low) / 2;
		int order = strcmp(l->names[middle].name, text);

		if (order == 0) {
			return &l->names[middle];
		}
		if (order < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return NULL;
}

/* "*" asked for literally is no wildcard. */
static const struct listener_name *find_name(const struct listener *l,
                                             const struct pst_route_key *key)
{
	const struct listener_name *found = NULL;
	char text[NAME_SIZE];
	char *dot;

	if (key == NULL || !canonical(key->name, key->name_length, text) ||
	    text[0] == '*') {
		return l->fallback;
	}
	found = search(l, text);
	dot = strchr(text, '.');
	if (found == NULL && dot != NULL && dot != text) {
		dot[-1] = '*';
		found = search(l, dot - 1);
	}
	return found != NULL ? found : l->fallback;
}

static bool asks_for(const struct pst_route_key *key, const char *protocol)
{
	size_t length = strlen(protocol);
	uint32_t i;

	for (i = 0; i < key->protocol_count; i++) {
		if (key->protocol[i].length == length &&
		    memcmp(key->protocol[i].name, protocol, length) == 0) {
			return true;
		}
	}
	return false;
}

static bool speaks_any(const struct sni_node *node,
                       const struct pst_route_key *key)
{
	unsigned i;

	for (i = 0; i < node->protocol_count; i++) {
		if (asks_for(key, node->protocols[i])) {
			return true;
		}
	}
	return false;
}

static const struct sni_node *find_protocol(const struct listener_name *name,
                                            const struct pst_route_key *key)
{
	const struct sni_node *rest = NULL;
	unsigned i;

	for (i = 0; i < name->node_count; i++) {
		const struct sni_node *node = name->nodes[i];

		if (node->protocol_count == 0) {
			rest = node;
		} else if (key != NULL && speaks_any(node, key)) {
			return node;
		}
	}
	if (rest == NULL && (key == NULL || key->protocol_count == 0)) {
		return name->nodes[0];
	}
	return rest;
}

const struct sni_node *listener_find(const struct listener *l,
                                     const struct pst_route_key *key,
                                     enum pst_route_miss *miss_out)
{
	const struct listener_name *name;
	const struct sni_node *node;

	if (l->node_count == 1) {
		return &l->nodes[0]; /* alone it takes everybody */
	}
	name = find_name(l, key);
	if (name == NULL) {
		*miss_out = PST_ROUTE_NO_NAME;
		return NULL;
	}
	if (name->node_count == 1) {
		return name->nodes[0]; /* its layer has better words */
	}
	node = find_protocol(name, key);
	if (node == NULL) {
		*miss_out = PST_ROUTE_NO_PROTOCOL;
	}
	return node;
}
