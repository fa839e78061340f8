/* SPDX-License-Identifier: MIT */
/* `require`: what a service's pipelines must be able to promise. */
#include "service_conf.h"
#include "suggest.h"

#include <stdio.h>
#include <string.h>

struct promise {
	const char *name;
	enum pst_role role;
	uint32_t provides;
	const char *lack; /* what no layer does */
};

static const struct promise promises[] = {
	{"front.secure", PST_ACCEPT, PST_PROVIDES_SECURE,
         "no layer of it keeps others from reading and changing what passes"},
	{"front.secure.claimed", PST_ACCEPT,
         PST_PROVIDES_SECURE | PST_PROVIDES_CLAIMED,
         "no layer of it keeps others from reading and changing what passes, "
         "and none says that what stands in front does"},
	{"front.authenticated", PST_ACCEPT, PST_PROVIDES_AUTHENTICATED,
         "no layer of it makes the client prove who it is"},
	{"front.half_close", PST_ACCEPT, PST_PROVIDES_HALF_CLOSE,
         "not every layer of it can end one direction alone"},
	{"back.secure", PST_CONNECT, PST_PROVIDES_SECURE,
         "no layer of it keeps others from reading and changing what passes"},
	{"back.authenticated", PST_CONNECT, PST_PROVIDES_AUTHENTICATED,
         "no layer of it makes the back-end prove who it is"},
	{"back.half_close", PST_CONNECT, PST_PROVIDES_HALF_CLOSE,
         "not every layer of it can end one direction alone"},
};

#define PROMISES (sizeof(promises) / sizeof(promises[0]))

static const struct promise *find(const char *name)
{
	size_t i;

	for (i = 0; i < PROMISES; i++) {
		if (strcmp(promises[i].name, name) == 0) {
			return &promises[i];
		}
	}
	return NULL;
}

static int parse_one(const struct build *b, const struct conf_value *v)
{
	struct suggestion near;
	char hint[128];
	size_t i;

	if (v->type != CONF_STRING) {
		diag_add(b->diag, PST_LOG_ERROR, v->file, v->line, v->path,
		         "must be a list of strings, [ \"front.secure\" ], and "
		         "is %s",
		         conf_type_name(v->type));
		return PST_CONFIG;
	}
	if (find(v->string) != NULL) {
		return PST_OK;
	}
	suggest_init(&near, v->string);
	for (i = 0; i < PROMISES; i++) {
		suggest_try(&near, promises[i].name);
	}
	diag_add(b->diag, PST_LOG_ERROR, v->file, v->line, v->path,
	         "\"%.64s\" is not front. or back. with secure, authenticated "
	         "or half_close, nor front.secure.claimed%s",
	         v->string, suggest_hint(&near, hint, sizeof(hint)));
	return PST_CONFIG;
}

static const struct conf_value *nth(const struct conf_value *v, size_t n)
{
	if (v->type == CONF_LIST) {
		return n < v->count ? v->children[n] : NULL;
	}
	return n == 0 ? v : NULL;
}

int service_require_parse(const struct build *b,
                          const struct conf_value *require)
{
	const struct conf_value *v;
	int result = PST_OK;
	size_t i;

	for (i = 0; (v = nth(require, i)) != NULL; i++) {
		if (parse_one(b, v) != PST_OK) {
			result = PST_CONFIG;
		}
	}
	return result;
}

static bool met(const struct pipeline *p, const struct promise *m)
{
	return (p->provides & m->provides) != 0;
}

static const char *lack_of(const struct pipeline *p, const struct promise *m)
{
	if (m->provides == PST_PROVIDES_SECURE &&
	    (p->provides & PST_PROVIDES_CLAIMED) != 0) {
		return "it is secure only if what stands in front of it is; "
		       "where that is enough, require front.secure.claimed";
	}
	return m->lack;
}

static int check_one(const struct build *b, const struct service_conf *s,
                     const struct conf_value *v, const struct promise *m)
{
	struct pipeline **list = m->role == PST_ACCEPT ? s->accept : s->connect;
	unsigned i,
		n = m->role == PST_ACCEPT ? s->accept_count : s->connect_count;
	int result = PST_OK;

	if (n == 0) {
		diag_add(b->diag, PST_LOG_ERROR, v->file, v->line, v->path,
		         "%s is not met: %s has no %s pipeline", m->name,
		         s->path, role_name(m->role));
		return PST_CONFIG;
	}
	for (i = 0; i < n; i++) {
		if (met(list[i], m)) {
			continue;
		}
		diag_add(b->diag, PST_LOG_ERROR, v->file, v->line, v->path,
		         "%s is not met by %s (%s:%u: %s): %s", m->name,
		         list[i]->path, list[i]->file, list[i]->line,
		         list[i]->description, lack_of(list[i], m));
		result = PST_CONFIG;
	}
	return result;
}

int service_require_check(const struct build *b, const struct service_conf *s,
                          const struct conf_value *require)
{
	const struct conf_value *v;
	int result = PST_OK;
	size_t i;

	for (i = 0; (v = nth(require, i)) != NULL; i++) {
		const struct promise *m =
			v->type == CONF_STRING ? find(v->string) : NULL;

		if (m != NULL && check_one(b, s, v, m) != PST_OK) {
			result = PST_CONFIG;
		}
	}
	return result;
}
