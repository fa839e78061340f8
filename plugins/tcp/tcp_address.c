/* SPDX-License-Identifier: MIT */
/* Address text of sockets, taken apart strictly. */
#include "tcp_address.h"

#include <arpa/inet.h>
#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name_char(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

static const char *parse_port(const char *text, uint16_t *port_out)
{
	unsigned value = 0;
	size_t i;

	for (i = 0; text[i] != '\0'; i++) {
		if (!is_digit(text[i]) || i == 5) {
			return "the port must be a number from 1 to 65535";
		}
		value = value * 10 + (unsigned)(text[i] - '0');
	}
	if (i == 0) {
		return "the port is missing behind the colon";
	}
	if (value == 0 || value > 65535 || text[0] == '0') {
		return "the port must be a number from 1 to 65535";
	}
	*port_out = (uint16_t)value;
	return NULL;
}

static bool zone_ok(const char *zone)
{
	size_t i;

	for (i = 0; zone[i] != '\0'; i++) {
		if (!is_name_char(zone[i]) && zone[i] != '.') {
			return false;
		}
	}
	return i > 0 && i < 16; /* IFNAMSIZ */
}

uint32_t tcp_address_family(const char *host, size_t length)
{
	char copy[TCP_HOST_MAX + 1];
	struct in6_addr v6;
	struct in_addr v4;
	char *zone;

	if (length > TCP_HOST_MAX) {
		return PST_FAMILY_ANY;
	}
	memcpy(copy, host, length);
	copy[length] = '\0';
	if (strlen(copy) != length) {
		return PST_FAMILY_ANY;
	}
	if (inet_pton(AF_INET, copy, &v4) == 1) {
		return PST_FAMILY_IPV4;
	}
	zone = strchr(copy, '%');
	if (zone != NULL) {
		*zone++ = '\0';
		if (!zone_ok(zone)) {
			return PST_FAMILY_ANY;
		}
	}
	return inet_pton(AF_INET6, copy, &v6) == 1 ? PST_FAMILY_IPV6
	                                           : PST_FAMILY_ANY;
}

/* RFC 1123 2.1, with "_" as resolvers have it. A last label of digits would
 * be a mistyped IPv4 address. */
static const char *name_fault(const char *name, size_t length)
{
	bool digits = true;
	size_t i, label = 0;

	if (length > 253) {
		return "the host name is longer than 253 characters";
	}
	for (i = 0; i < length; i++) {
		if (name[i] == '.') {
			if (label == 0) {
				return "the host name has an empty label";
			}
			label = 0;
			continue;
		}
		if (!is_name_char(name[i]) || (label == 0 && name[i] == '-')) {
			return "the host name has a forbidden character";
		}
		digits = (label == 0 || digits) && is_digit(name[i]);
		if (++label > 63) {
			return "a label of the host name is longer than 63 "
			       "characters";
		}
	}
	return digits ? "not an IPv4 address: write four numbers from 0 to 255"
	              : NULL;
}

const char *tcp_path_fault(const char *path)
{
	size_t length = strlen(path);

	if (path[0] != '/') {
		return "the path of a Unix socket must begin with \"/\"";
	}
	if (length > TCP_PATH_MAX) {
		return "the path of a Unix socket has at most 107 bytes";
	}
	if (path[length - 1] == '/') {
		return "the path of a Unix socket must name a file";
	}
	return NULL;
}

static const char *parse_v6(const char *text, struct tcp_address *a)
{
	const char *close = strchr(text, ']');
	size_t length;

	if (close == NULL) {
		return "the \"]\" behind the IPv6 address is missing";
	}
	length = (size_t)(close - text) - 1;
	if (tcp_address_family(text + 1, length) != PST_FAMILY_IPV6) {
		return "what stands in brackets is not an IPv6 address";
	}
	if (close[1] != ':') {
		return "the port is missing: write \"[address]:port\"";
	}
	memcpy(a->host, text + 1, length);
	a->host[length] = '\0';
	a->family = PST_FAMILY_IPV6;
	a->literal = true;
	return parse_port(close + 2, &a->port);
}

static const char *parse_host(const char *text, size_t length,
                              enum tcp_address_form form, struct tcp_address *a)
{
	const char *fault;

	if (form == TCP_BIND && length == 1 && text[0] == '*') {
		return NULL;
	}
	if (length == 0) {
		return form == TCP_BIND ? "the host is missing: write \"port\" "
		                          "or \"*:port\" for any address"
		                        : "the host is missing";
	}
	a->family = tcp_address_family(text, length);
	a->literal = a->family != PST_FAMILY_ANY;
	fault = a->literal ? NULL : name_fault(text, length);
	if (fault == NULL) {
		memcpy(a->host, text, length);
		a->host[length] = '\0';
	}
	return fault;
}

static const char *parse(const char *text, enum tcp_address_form form,
                         struct tcp_address *a)
{
	const char *colon = strchr(text, ':');
	const char *fault;

	if (strncmp(text, "unix:", 5) == 0) {
		fault = tcp_path_fault(text + 5);
		if (fault == NULL) {
			a->family = PST_FAMILY_UNIX;
			strcpy(a->path, text + 5);
		}
		return fault;
	}
	if (text[0] == '[') {
		return parse_v6(text, a);
	}
	if (colon == NULL) {
		return form == TCP_BIND && is_digit(text[0]) &&
		                       strchr(text, '.') == NULL
		               ? parse_port(text, &a->port)
		               : "the port is missing: write \"host:port\"";
	}
	if (strchr(colon + 1, ':') != NULL) {
		return "an IPv6 address stands in brackets: write "
		       "\"[address]:port\"";
	}
	fault = parse_host(text, (size_t)(colon - text), form, a);
	return fault != NULL ? fault : parse_port(colon + 1, &a->port);
}

int tcp_address_parse(const char *text, enum tcp_address_form form,
                      struct tcp_address *address_out, const char **why_out)
{
	struct tcp_address a = {.family = PST_FAMILY_ANY};

	*why_out = parse(text, form, &a);
	if (*why_out != NULL) {
		return PST_CONFIG;
	}
	*address_out = a;
	return PST_OK;
}
