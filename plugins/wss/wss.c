/* SPDX-License-Identifier: MIT */
/* The scheme `wss`: WebSocket over TLS, by composition of other plugins. */
#include <penstock/plugin.h>
#include <penstock/scheme.h>
#include <string.h>

#ifndef PST_VERSION
#define PST_VERSION "0.1"
#endif

static const char *const layers[] = {"tcp", "tls", "http", "ws", NULL};

static const struct pst_scheme scheme = {
	.size = sizeof(scheme),
	.flags = PST_SCHEME_SECURE,
	.name = "wss",
	.layers = layers,
	.default_port = 443,
	.help = "WebSocket over TLS (RFC 6455): wss://host[:port]/path.",
};

static const void *get(const char *extension, uint32_t n)
{
	return n == 0 && strcmp(extension, PST_EXTENSION_SCHEME) == 0 ? &scheme
	                                                              : NULL;
}

PST_PLUGIN_NOTE("scheme:wss");

PST_EXPORT const struct pst_plugin PST_PLUGIN_SYMBOL = {
	.magic = PST_MAGIC,
	.size = sizeof(struct pst_plugin),
	.abi = PST_ABI,
	.name = "wss",
	.version = PST_VERSION,
	.license = "MIT",
	.get = get,
};
