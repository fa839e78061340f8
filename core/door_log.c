/* SPDX-License-Identifier: MIT */
/* The line that is logged for a connection that no node got. */
#include "door_log.h"

#include "reason.h"
#include "worker_state.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	MOST_NAMES = 8, /* of those that there are */
	MOST_SHOWN = 64 /* bytes of one protocol */
};

/* Text that grows as far as there is room. */
struct words {
	char text[1536];
	size_t at;
};

PST_PRINTF(2, 3)
static void say(struct words *s, const char *fmt, ...)
{
	size_t room = sizeof(s->text) - s->at;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(s->text + s->at, room, fmt, ap);
	va_end(ap);
	if (n > 0) {
		s->at += (size_t)n < room ? (size_t)n : room - 1;
	}
}

/* From a client: no byte of it may steer what shows the log. */
static void say_foreign(struct words *s, const char *data, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++) {
		unsigned char c = (unsigned char)data[i];

		say(s, "%c", c > 0x20 && c < 0x7f ? c : '?');
	}
}

static void say_names(struct words *s, const struct listener *l)
{
	unsigned i, shown = 0;

	for (i = 0; i < l->name_count && shown < MOST_NAMES; i++) {
		if (l->names[i].name[0] != '\0') {
			say(s, "%s%s", shown++ == 0 ? "" : ", ",
			    l->names[i].name);
		}
	}
	if (i < l->name_count) {
		say(s, " and %u more", l->name_count - i);
	}
}

static void say_protocols(struct words *s, const struct pst_route_key *key)
{
	uint32_t i;

	for (i = 0; i < key->protocol_count; i++) {
		size_t length = key->protocol[i].length;

		say(s, "%s", i == 0 ? "" : ", ");
		say_foreign(s, key->protocol[i].name,
		            length < MOST_SHOWN ? length : MOST_SHOWN);
	}
}

static const char *looked_at(const struct listener *l)
{
	return l->look_count == 0 ? NULL : l->looks[l->look_count - 1]->id;
}

static void say_why(struct words *s, const struct listener *l,
                    enum pst_route_miss why, const struct pst_route_key *key)
{
	switch (why) {
	case PST_ROUTE_NO_PROTOCOL:
		say(s, "no service of this name speaks what the client offers "
		       "(");
		say_protocols(s, key);
		say(s, "); add it to the protocols of one, or leave those of "
		       "one open");
		return;
	case PST_ROUTE_NO_NAME:
		break;
	}
	if (key == NULL) {
		say(s, "what the client sent is no beginning of %s",
		    looked_at(l) == NULL ? "anything known" : looked_at(l));
	} else if (key->name_length == 0) {
		say(s, "the client asks for no name");
	} else {
		say(s, "no service has the name that the client asks for");
	}
	say(s, ", and none is the default; there are ");
	say_names(s, l);
	if (l->how != NULL && l->how[0] != '\0') {
		say(s, "; set %s of a service", l->how);
	}
}

void door_log_refused(struct worker *w, const struct listener *l,
                      const char *peer, enum pst_route_miss why,
                      const struct pst_route_key *key)
{
	struct words reason = {.at = 0}, name = {.at = 0};
	struct log_field f[8];
	size_t n = 0;

	if (!log_wants(w->log, PST_LOG_WARNING)) {
		return;
	}
	say_why(&reason, l, why, key);
	f[n++] = (struct log_field){"listener", l->address, 0};
	f[n++] = (struct log_field){"peer", peer, 0};
	if (key != NULL && key->name_length != 0) {
		say_foreign(&name, key->name,
		            key->name_length < PST_ROUTE_NAME_MAX
		                    ? key->name_length
		                    : PST_ROUTE_NAME_MAX);
		f[n++] = (struct log_field){"name", name.text, 0};
	}
	f[n++] = (struct log_field){"hop", "front", 0};
	if (looked_at(l) != NULL) {
		f[n++] = (struct log_field){"layer", looked_at(l), 0};
	}
	f[n++] = (struct log_field){"class", class_name(PST_CLASS_REFUSED), 0};
	f[n++] = (struct log_field){"reason", reason.text, 0};
	log_fields(w->log, PST_LOG_WARNING, "connection refused", f, n);
}

static const char *ended_text(enum pst_class why)
{
	if (why == PST_CLASS_TIMEOUT) {
		return "the opening took longer than opening_timeout: it did "
		       "not say which service it wants";
	}
	return why == PST_CLASS_CLEAN
	               ? "it went before it said which service it wants"
	               : "the connection was lost before it said which "
	                 "service it wants";
}

void door_log_ended(struct worker *w, const struct listener *l,
                    const char *peer, uint64_t began_ms, enum pst_class why)
{
	enum pst_log_level level =
		why == PST_CLASS_CLEAN ? PST_LOG_INFO : PST_LOG_WARNING;
	const struct log_field f[] = {
		{"listener", l->address, 0},
		{"peer", peer, 0},
		{"ms", NULL, (int64_t)(w->clock.now_ms - began_ms)},
		{"hop", "front", 0},
		{"class", class_name(why), 0},
		{"reason", ended_text(why), 0},
	};

	log_fields(w->log, level, "connection ended", f,
	           sizeof(f) / sizeof(f[0]));
}
