/* SPDX-License-Identifier: MIT */
/* What the parts of the layer `cors` share. */
#ifndef CORS_H
#define CORS_H

#include <penstock/head.h>
#include <penstock/layer.h>

/** What happens to a request of an origin that is not listed. */
enum cors_foreign {
	CORS_REFUSE = 0, /* 403 */
	CORS_PASS        /* served, without a word about CORS */
};

struct cors_conf {
	struct pst_list origins;
	struct pst_list methods;
	struct pst_list headers;
	struct pst_list exposed;
	uint64_t max_age; /* ms */
	bool credentials;
	uint32_t foreign; /* enum cors_foreign */

	/* derived */
	struct pst_list allowed; /* methods, or those that need no preflight */
	/* owned: as they stand in responses; NULL: nothing is listed */
	char *methods_text, *headers_text, *exposed_text;
	bool any_header; /* allow_headers is "*" */
	char age_text[24]; /* seconds */
};

extern const struct pst_option cors_options[];

int cors_conf_init(void *conf, struct pst_setup *setup);
void cors_conf_finish(void *conf);
void cors_conf_explain(const void *conf, struct pst_setup *setup);

/* cors_judge.c: pure */

enum cors_verdict {
	CORS_NONE,      /* no Origin: no page of another site asks */
	CORS_SAME,      /* the site's own pages */
	CORS_ALLOWED,   /* another site that may read the response */
	CORS_PREFLIGHT, /* it asks first, and is answered here */
	CORS_STRANGER,  /* an origin that is not listed */
	CORS_METHOD,    /* a listed one, with a method that is not */
	CORS_BROKEN     /* what no browser sends */
};

struct cors_judgement {
	enum cors_verdict verdict;
	bool preflight; /* the request asks whether another may come */
	bool allowed;   /* the origin may read responses */
	const struct pst_field *origin; /* borrowed from the request; NULL */
	const struct pst_field *asked;  /* Access-Control-Request-Headers */
	const char *fault;              /* CORS_BROKEN: what is wrong */
};

/** Judge a request. `secure`: it came over a hop that is. */
struct cors_judgement cors_judge(const struct cors_conf *conf,
                                 const struct pst_head *request, bool secure);

/* cors_answer.c: heads. Each returns an owned HEAD slice, or NULL when memory
 * ran out or the head cannot be built. */

/** 204 to a preflight. */
struct pst_slice *cors_preflight_head(struct pst_instance *me,
                                      const struct pst_head *request,
                                      const struct cors_judgement *j);

/** A refusal, with a body of `length` bytes to follow. */
struct pst_slice *cors_refusal_head(struct pst_instance *me, unsigned status,
                                    size_t length);

/** The response in `s` with our fields in place of its own. `origin` NULL: it
 *  is for nobody else to read. `s` stays the caller's. */
struct pst_slice *cors_response_head(struct pst_instance *me,
                                     const struct pst_slice *s,
                                     const char *origin);

#endif
