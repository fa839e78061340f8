/* SPDX-License-Identifier: MIT */
/* An address while its listener grows; shared by the sources that do it. */
#ifndef CORE_LISTENER_SITE_H
#define CORE_LISTENER_SITE_H

#include "arena.h"
#include "diag.h"
#include "gateway.h"
#include "name_index.h"

/** The most that a door looks at, over all layers that it asks. */
#define LOOKAHEAD_MAX ((size_t)(64 * 1024))

/** One pipeline on an address, and what clients ask for to get it. */
struct claim {
	struct pipeline *pipeline;
	unsigned index;     /* among the site's */
	unsigned routed;    /* index of the layer that says so; 0: none does */
	const char *hidden; /* id of a layer below that one through which the
	                     * door cannot look; NULL: none */
	unsigned name_count;
	const char **names; /* none: every name */
	unsigned protocol_count;
	const char **protocols;
	bool is_default;
	bool refused; /* an error about it was reported: one is enough */
};

/** A name, and who is asked for by it. */
struct name_group {
	const char *name; /* "": those of no name */
	unsigned count;
	struct claim **claims; /* in the order of the services */
	unsigned *part;        /* which node each one goes to, from 0 */
	unsigned part_count;
};

/** One address, while its listener grows. */
struct site {
	char *address;
	unsigned count;
	struct claim *claims; /* in the order of the services */
	struct name_group *groups;
	unsigned group_count;
	struct listener *listener;
};

struct tree {
	struct arena *memory;
	struct diag *diag;
	bool failed;
};

/** Ask the pipeline's layers for its names and protocols. Returns 0;
 *  PST_CONFIG after a diagnosis; PST_MEMORY */
PST_MUST_CHECK int claim_read(struct tree *t, struct claim *c);
bool claim_same_protocols(const struct claim *a, const struct claim *b);
/** The first protocol that both have; NULL when there is none. */
const char *claim_shared_protocol(const struct claim *a, const struct claim *b);
bool claim_has_name(const struct claim *c, const char *name);
/** The options of its routed layer that choose the service, "crypt.names or
 *  crypt.default"; "" when there are none. */
char *claim_options(struct arena *memory, const struct claim *c);

/** Say what is wrong with sharing an address; both by name and place, since
 *  whoever reads it can go to either. */
PST_PRINTF(5, 6)
void site_refuse(struct tree *t, const struct site *s, struct claim *c,
                 const struct claim *other, const char *fmt, ...);
/** What all pipelines on one address must have in common: the socket, and that
 *  they are plain, secure, or claimed to be. Others are refused. */
void site_check(struct tree *t, struct site *s);
/** What those must that a client finds by the same `name` and protocol. False
 *  after a diagnosis. */
bool site_check_node(struct tree *t, const struct site *s, const char *name,
                     const struct claim *first, struct claim *c);
/** That a door can tell the nodes apart. */
void site_check_door(struct tree *t, const struct site *s);

/** Sort the claims by name, and those of one name by protocol. Returns 0 or
 *  PST_MEMORY */
PST_MUST_CHECK int site_group(struct tree *t, struct site *s);
/** Make the listener's nodes and names of the groups. Returns 0 or
 *  PST_MEMORY */
PST_MUST_CHECK int site_nodes(struct tree *t, struct site *s);
/** Warn of hosts that nobody can ask for who asks for the same name before. */
void site_check_hosts(struct tree *t, const struct site *s);
/** Tell nodes with wildcards which hosts below them other nodes serve. Returns
 *  0 or PST_MEMORY */
PST_MUST_CHECK int site_elsewhere(struct tree *t, struct site *s);

#endif
