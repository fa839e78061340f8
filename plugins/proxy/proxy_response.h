/* SPDX-License-Identifier: MIT */
/* What the service `proxy` does to responses: its settings. */
#ifndef PROXY_RESPONSE_H
#define PROXY_RESPONSE_H

#include "proxy_cookie.h"
#include "proxy_fields.h"
#include "proxy_pages.h"

struct proxy_response_conf {
	bool rewrite_location;
	bool cookie_secure;
	bool hide_server;
	bool via_response;
	bool intercept_errors;
	bool hsts_subdomains;
	bool hsts_preload;
	uint64_t hsts;            /* ms; 0: not sent */
	uint64_t retry_after;     /* ms; 0: not sent */
	uint64_t buffer_response; /* bytes; 0: not */
	struct pst_list cookie_path;
	struct pst_list cookie_domain;
	struct pst_list cookie_flags;
	struct pst_list set_response_fields;
	struct pst_list add_response_fields;
	struct pst_list remove_response_fields;
	struct pst_files error_pages;
	/* derived */
	struct proxy_fields fields;
	struct proxy_pages pages;
	struct proxy_cookie_rules cookies; /* `secure` as on a secure hop */
	struct proxy_cookie_change *changes; /* owned: of paths, then domains */
	struct proxy_cookie_flags *flags;    /* owned */
	char *words;                         /* owned: what rules are made of */
	char hsts_value[80];                 /* "": not sent */
	bool rewrites; /* URLs or cookies: the client's authority is needed */
};

#endif
