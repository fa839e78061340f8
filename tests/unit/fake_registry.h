/* SPDX-License-Identifier: MIT */
/* A registry of made-up transports and services, without any plugin, and what
 * tests of the configuration have in common. */
#ifndef FAKE_REGISTRY_H
#define FAKE_REGISTRY_H

#include "configure.h"
#include "diag_has.h"
#include "registry.h"
#include "setup.h"

#include <stdbool.h>

/*
 * Endpoints  net (bytes; bind, address, backlog, nodelay)
 * Layers     crypt (secure, authenticated unless verify = "off"; certificate,
 *            private_key, trust, versions; lookahead 16k), web (a mux; host,
 *            path, max_head), frames (messages over exchanges), flip (bytes),
 *            front-only (accept), vast (lookahead 1m), liar (refuses without a
 *            word), tunnel (a mux over messages), sort (routes; names, rest,
 *            speaks, level), strip (a route that skips)
 * Schemes    net, crypt, web, webs, frame, frames, file (path only),
 *            mail (needs a port)
 * Resources  badges (files, key, everybody, text, friends), stamps (nothing);
 *            crypt refers to them with badge and stamp
 * Services   proxy (connects), echo, answer (exchanges; status, body)
 */
struct registry *fake_registry(void);

/** A table with only what configuring needs. */
extern const struct pst_core fake_core;

/** conf_init calls that conf_finish did not match. */
extern int fake_confs_alive;

/** The conf of a badge, and what its conf_init was told. */
struct fake_badge {
	struct pst_files files, key;
	bool everybody;
	const char *text;
	struct pst_refs friends;
	uint32_t flags;
	const uint8_t *seed;
	const void *signer, *slow, *nobody;
};

/** What option "guests" of a crypt conf refers to; on the connect hop its
 *  default is the word. */
const struct pst_refs *fake_guests(const void *conf);

/** Calls of a badge's conf_init so far. */
extern unsigned fake_badges_made;

/** One load of `text`, with everything that came of it. */
struct fake_load {
	struct diag diag;
	struct configuration *configuration;
	struct gateway *gateway; /* NULL after errors */
};

void fake_load(struct fake_load *l, const char *text);
void fake_unload(struct fake_load *l);
/** Load and unload: returns how many errors there were. */
size_t fake_errors(const char *text);
/** Load `text`; true when it gave exactly one error, and that has `part`. */
bool fake_refused(const char *text, const char *part);

#endif
