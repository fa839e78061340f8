/* SPDX-License-Identifier: MIT */
/* The endpoint `tcp`: TCP and Unix stream sockets, described for the core. */
#include "tcp_conf.h"

#include <penstock/layer.h>
#include <penstock/plugin.h>
#include <penstock/scheme.h>
#include <string.h>

#ifndef PST_VERSION
#define PST_VERSION "0.1"
#endif

static const struct pst_endpoint endpoint = {
	.size = sizeof(endpoint),
	.roles = PST_ACCEPT | PST_CONNECT,
	.id = "tcp",
	.help = "TCP and Unix stream sockets.",
	.above = PST_SHAPE_BYTES,
	.provides = PST_PROVIDES_HALF_CLOSE,
	.conf_size = sizeof(struct tcp_conf),
	.option_stride = sizeof(struct pst_option),
	.options = tcp_options,
	.conf_init = tcp_conf_init,
	.plan = tcp_plan,
};

static const char *const layers[] = {"tcp", NULL};

static const struct pst_scheme schemes[] = {
	{
		.size = sizeof(struct pst_scheme),
		.flags = PST_SCHEME_NEEDS_PORT,
		.name = "tcp",
		.layers = layers,
		.help = "Bytes over TCP: tcp://host:port.",
	},
	{
		.size = sizeof(struct pst_scheme),
		.flags = PST_SCHEME_PATH_ONLY,
		.name = "unix",
		.layers = layers,
		.help = "Bytes over a Unix socket: unix:///path.",
	},
};

static const void *get(const char *extension, uint32_t n)
{
	if (strcmp(extension, PST_EXTENSION_ENDPOINT) == 0) {
		return n == 0 ? &endpoint : NULL;
	}
	if (strcmp(extension, PST_EXTENSION_SCHEME) == 0) {
		return n < 2 ? &schemes[n] : NULL;
	}
	return NULL;
}

PST_PLUGIN_NOTE("endpoint:tcp scheme:tcp scheme:unix");

PST_EXPORT const struct pst_plugin PST_PLUGIN_SYMBOL = {
	.magic = PST_MAGIC,
	.size = sizeof(struct pst_plugin),
	.abi = PST_ABI,
	.name = "tcp",
	.version = PST_VERSION,
	.license = "MIT",
	.get = get,
};
