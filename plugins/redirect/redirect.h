/* SPDX-License-Identifier: MIT */
/* What the parts of the service `redirect` share. */
#ifndef REDIRECT_H
#define REDIRECT_H

#include "redirect_target.h"

#include <penstock/service.h>

/** One of `paths`. */
struct redirect_rule {
	char *from; /* owned; without the * */
	char *to;   /* owned; a template */
	size_t length;
	bool below; /* from/...; else that path only */
};

struct redirect_conf {
	const char *to;
	const char *scheme;
	const char *host;
	int64_t port; /* 0: the scheme's */
	struct pst_list paths;
	int64_t code; /* 0: by the request's method */
	const char *cache_control;

	/* derived */
	struct redirect_rule *rules; /* owned; as many as paths */
	char *origin;                /* owned: of scheme, host and port */
	char *rest; /* owned: the template for all other paths, or NULL */
};

extern const struct pst_option redirect_options[];

int redirect_conf_init(void *conf, struct pst_setup *setup);
void redirect_conf_finish(void *conf);

/** The template for a request, whose rest is set; NULL: none. An exact path
 *  goes before a pattern, and a longer pattern before a shorter one. */
const char *redirect_find(const struct redirect_conf *c,
                          struct redirect_request *request_io);

/** Warn of redirects that lead back to where they began, where nothing else can
 *  come between: the same path, or one that is led on to it. */
void redirect_loop_check(const struct redirect_conf *c,
                         struct pst_setup *setup);

#endif
