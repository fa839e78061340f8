/* SPDX-License-Identifier: MIT */
/* What the parts of the service `respond` share. */
#ifndef RESPOND_H
#define RESPOND_H

#include <penstock/head.h>
#include <penstock/service.h>

struct respond_conf {
	int64_t status;
	const char *content_type;
	const char *text; /* option "body" */
	struct pst_file file;
	struct pst_list headers;

	/* derived */
	struct pst_head *head; /* owned */
	const uint8_t *body;   /* of text or file */
	size_t body_length;
};

extern const struct pst_option respond_options[];

int respond_conf_init(void *conf, struct pst_setup *setup);
void respond_conf_finish(void *conf);

#endif
