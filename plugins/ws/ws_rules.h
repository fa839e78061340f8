/* SPDX-License-Identifier: MIT */
/* Rules for what of one hop's head goes into the other's. Pure but for
 * memory. */
#ifndef WS_RULES_H
#define WS_RULES_H

#include <penstock/head.h>
#include <penstock/option.h>
#include <penstock/setup.h>
#include <stdbool.h>

/** Fields of one name go over, perhaps under another. */
struct ws_rule {
	const char *from; /* within the list's string */
	size_t from_length;
	const char *to; /* likewise; NULL: the same name */
	bool prefix;    /* `from` is what the name begins with: "X-App-*" */
};

struct ws_rules {
	struct ws_rule *rule; /* owned */
	size_t count;
};

/**
 * Make rules of a list of "Name", "Prefix*" and "Name=Other".
 *
 * list     borrowed while the rules live
 * option   where errors are reported
 * Returns  0 or PST_CONFIG
 */
PST_MUST_CHECK int ws_rules_make(struct ws_rules *rules,
                                 const struct pst_list *list,
                                 struct pst_setup *setup, const char *option);
void ws_rules_finish(struct ws_rules *rules);

/** Add the fields of `from` that a rule lets through, but none whose name is
 *  in `set`, a list of "Name: value" or NULL: what is set here is nobody
 *  else's to say. */
void ws_rules_carry(const struct ws_rules *rules, const struct pst_list *set,
                    const struct pst_head *from, struct pst_head_builder *b);

/** Add one Cookie field with the cookies of `from` whose names are in the list,
 *  "*" being all (RFC 6265 5.4); none when there are none. */
void ws_rules_carry_cookies(const struct pst_list *names,
                            const struct pst_head *from,
                            struct pst_head_builder *b);

/** Check a list of "Name: value". Returns 0 or PST_CONFIG. */
PST_MUST_CHECK int ws_fields_check(const struct pst_list *list,
                                   struct pst_setup *setup, const char *option);
/** Add them. */
void ws_fields_add(const struct pst_list *list, struct pst_head_builder *b);
/** Bytes of text that they take. */
size_t ws_fields_room(const struct pst_list *list);

/** True for a field that belongs to one hop and is never carried: framing,
 *  connections, and the opening's own. */
bool ws_is_own_field(const char *name, size_t length);

#endif
