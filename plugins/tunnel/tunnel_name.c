/* SPDX-License-Identifier: MIT */
/* Names that clients of the service `tunnel` ask for: reading, comparing. */
#include "tunnel_name.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum {
	LABEL_MAX = 63, /* RFC 1035 2.3.4 */
	NAME_MAX_BYTES = 253
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_';
}

/* The host's bytes in front of ":port"; 0 when there is no such thing. */
static size_t host_length(const char *text, size_t length)
{
	size_t i = 0;

	if (length != 0 && text[0] == '[') {
		while (i < length && text[i] != ']') {
			i++;
		}
		return i < length ? i + 1 : 0;
	}
	while (i < length && text[i] != ':') {
		i++;
	}
	return i;
}

static int read_port(const char *text, size_t length, uint16_t *port_out)
{
	unsigned port = 0;
	size_t i;

	if (length < 2 || length > 6 || text[0] != ':') {
		return PST_INVALID;
	}
	for (i = 1; i < length; i++) {
		if (!is_digit(text[i])) {
			return PST_INVALID;
		}
		port = port * 10 + (unsigned)(text[i] - '0');
	}
	if (port == 0 || port > 65535) {
		return PST_INVALID;
	}
	*port_out = (uint16_t)port;
	return PST_OK;
}

static int read_ipv6(const char *text, size_t length,
                     char host[TUNNEL_HOST_SIZE])
{
	char address[INET6_ADDRSTRLEN];
	struct in6_addr six;

	if (length < 3 || length - 2 >= sizeof(address) ||
	    memchr(text, '\0', length) != NULL) {
		return PST_INVALID;
	}
	memcpy(address, text + 1, length - 2);
	address[length - 2] = '\0';
	return inet_pton(AF_INET6, address, &six) == 1 &&
	                       inet_ntop(AF_INET6, &six, host,
	                                 TUNNEL_HOST_SIZE) != NULL
	               ? PST_OK
	               : PST_INVALID;
}

static int read_host(const char *text, size_t length,
                     char host[TUNNEL_HOST_SIZE])
{
	size_t i, label = 0;

	if (length > 1 && text[length - 1] == '.') {
		length--; /* the root's dot */
	}
	if (length == 0 || length > NAME_MAX_BYTES) {
		return PST_INVALID;
	}
	for (i = 0; i < length; i++) {
		char c = lower(text[i]);

		if (c == '.' ? label == 0
		             : !is_name_char(c) || label == LABEL_MAX) {
			return PST_INVALID;
		}
		label = c == '.' ? 0 : label + 1;
		host[i] = c;
	}
	host[length] = '\0';
	return label == 0 ? PST_INVALID : PST_OK;
}

static bool is_address(const char *host)
{
	struct in_addr four;

	return strchr(host, ':') != NULL ||
	       inet_pton(AF_INET, host, &four) == 1;
}

int tunnel_name_read(const char *text, size_t length, bool pattern,
                     struct tunnel_name *name_out)
{
	struct tunnel_name name = {.port = 0};
	size_t host;
	int result;

	if (pattern && length > 2 && memcmp(text, "*.", 2) == 0) {
		name.pattern = true;
		text += 2;
		length -= 2;
	}
	host = host_length(text, length);
	if (host == 0 ||
	    read_port(text + host, length - host, &name.port) != PST_OK) {
		return PST_INVALID;
	}
	result = text[0] == '[' ? read_ipv6(text, host, name.host)
	                        : read_host(text, host, name.host);
	if (result != PST_OK || (name.pattern && is_address(name.host))) {
		return PST_INVALID;
	}
	*name_out = name;
	return PST_OK;
}

int tunnel_name_compare(const struct tunnel_name *a,
                        const struct tunnel_name *b)
{
	int order = strcmp(a->host, b->host);

	if (order == 0) {
		order = (int)a->port - (int)b->port;
	}
	return order != 0 ? order : (int)a->pattern - (int)b->pattern;
}

bool tunnel_name_widen(struct tunnel_name *name_io)
{
	const char *dot = strchr(name_io->host, '.');

	if (dot == NULL || name_io->pattern || is_address(name_io->host)) {
		return false;
	}
	memmove(name_io->host, dot + 1, strlen(dot + 1) + 1);
	name_io->pattern = true;
	return true;
}

void tunnel_name_write(const struct tunnel_name *name, char *out, size_t size)
{
	bool six = strchr(name->host, ':') != NULL;

	(void)snprintf(out, size, "%s%s%s%s:%u", name->pattern ? "*." : "",
	               six ? "[" : "", name->host, six ? "]" : "",
	               (unsigned)name->port);
}
