/* SPDX-License-Identifier: MIT */
/* A URL scheme and the pipeline that it is a short name for.
 * Extension pst.scheme/1. */
#ifndef PENSTOCK_SCHEME_H
#define PENSTOCK_SCHEME_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PST_EXTENSION_SCHEME "pst.scheme/1"

enum pst_scheme_flag {
	PST_SCHEME_SECURE = 1,  /* its URLs promise a secure hop */
	PST_SCHEME_PATH_ONLY = 2, /* scheme:///path: no host, no port */
	PST_SCHEME_NEEDS_PORT = 4 /* no default port: the URL must name one */
};

/** Static and constant in the plugin. */
struct pst_scheme {
	uint32_t size;
	uint32_t flags;            /* enum pst_scheme_flag */
	const char *name;          /* "wss" */
	const char *const *layers; /* bottom first, NULL-terminated */
	uint32_t default_port;     /* 0: none */
	uint32_t reserved;
	const char *help;
};

#ifdef __cplusplus
}
#endif
#endif
