/* SPDX-License-Identifier: MIT */
/* Rules of the configuration for the fields of a head: set, add, remove. */
#ifndef PROXY_FIELDS_H
#define PROXY_FIELDS_H

#include "proxy_edit.h"

#include <penstock/option.h>
#include <penstock/setup.h>

enum proxy_field_action {
	PROXY_FIELD_SET,   /* takes the place of all fields of this name */
	PROXY_FIELD_ADD,   /* stands behind what there is */
	PROXY_FIELD_REMOVE /* goes, whoever made it */
};

/** One rule. Points into the option's string. */
struct proxy_field {
	const char *name;
	const char *value; /* terminated; NULL: REMOVE */
	uint32_t name_length;
	uint32_t action; /* enum proxy_field_action */
	bool prefix;     /* REMOVE: all names that begin so, "X-Debug-*" */
};

struct proxy_fields {
	struct proxy_field *rule; /* owned */
	size_t count;
	size_t room; /* bytes that what is set and added takes */
};

/** One option of a set of rules. */
struct proxy_field_list {
	const char *option; /* its name, for errors */
	const struct pst_list *list;
	enum proxy_field_action action;
};

/**
 * Make rules of lists of "Name: value", and of "Name" or "Prefix*" to remove.
 *
 * lists[count]  borrowed while the rules live
 * Returns       0, PST_CONFIG (all errors are reported) or PST_MEMORY
 *
 * Names that carry framing, the connection or Host are refused.
 */
PST_MUST_CHECK int proxy_fields_make(struct proxy_fields *fields,
                                     const struct proxy_field_list *lists,
                                     size_t count, struct pst_setup *setup);
void proxy_fields_finish(struct proxy_fields *fields);

/** True when a field of this name, whoever made it, must not go on: a rule
 *  removes it or sets it. */
bool proxy_fields_drop(const struct proxy_fields *fields, const char *name,
                       size_t length);
/** Add what is set and added. */
void proxy_fields_put(const struct proxy_fields *fields, struct proxy_edit *e);

/** True for a field that concerns one hop only and that no rule may name:
 *  framing, connections, Host. */
bool proxy_field_is_framing(const char *name, size_t length);
/** True for a field that is meant for a proxy next to its sender, and so never
 *  passed on: Proxy-Authorization, Proxy-Authenticate, and the like (RFC 9110
 *  11.7); Proxy too, which some back-ends take for a setting of their own; and
 *  Content_Length and Transfer_Encoding with whatever joins their words, which
 *  some take for the real ones, that are no fields here. */
bool proxy_field_is_next_hop(const char *name, size_t length);

#endif
