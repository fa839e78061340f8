/* SPDX-License-Identifier: MIT */
/* Fuzz target: names of the service `tunnel`; what clients ask for leads to a
 * target only when it is that name, or has one label more than its pattern.
 *
 * Input: the name of a target and what is asked for, parted by NUL. */
#include "fuzz.h"
#include "tunnel.h"

#include <ctype.h>

/* Every form of a name is read as the same. */
static void check_name(const struct tunnel_name *name)
{
	char text[TUNNEL_HOST_SIZE + 16];
	struct tunnel_name again;
	size_t i;

	must(name->host[0] != '\0' && name->port != 0);
	for (i = 0; name->host[i] != '\0'; i++) {
		must(strchr("abcdefghijklmnopqrstuvwxyz0123456789.-_:",
		            name->host[i]) != NULL);
	}
	tunnel_name_write(name, text, sizeof(text));
	must(tunnel_name_read(text, strlen(text), true, &again) == PST_OK);
	must(tunnel_name_compare(name, &again) == 0);
	for (i = 0; text[i] != '\0'; i++) {
		text[i] = (char)toupper((unsigned char)text[i]);
	}
	must(tunnel_name_read(text, strlen(text), true, &again) == PST_OK);
	must(tunnel_name_compare(name, &again) == 0);
}

static void check_found(const struct tunnel_name *target,
                        const struct tunnel_name *asked)
{
	size_t label = strcspn(asked->host, ".");

	must(!asked->pattern && asked->port == target->port);
	if (!target->pattern) {
		must(strcmp(asked->host, target->host) == 0);
		return;
	}
	must(label != 0 && asked->host[label] == '.');
	must(strcmp(asked->host + label + 1, target->host) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tunnel_target target = {.index = 0};
	const struct tunnel_conf conf = {.list = &target, .count = 1};
	const struct tunnel_target *first;
	struct tunnel_name asked;
	const char *text = (const char *)data, *zero;
	size_t at;
	bool read;

	zero = size == 0 ? NULL : memchr(data, '\0', size);
	if (zero == NULL) {
		return 0;
	}
	at = (size_t)(zero - text) + 1;
	if (tunnel_name_read(text, at - 1, true, &target.name) != PST_OK) {
		return 0;
	}
	check_name(&target.name);
	read = tunnel_name_read(text + at, size - at, false, &asked) == PST_OK;
	if (read) {
		check_name(&asked);
	}
	if (tunnel_find(&conf, text + at, size - at, &first) != 0) {
		must(read && first == &target);
		check_found(&target.name, &asked);
	}
	return 0;
}
