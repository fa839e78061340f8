/* SPDX-License-Identifier: MIT */
/* What is wrong with a chain of certificates, in words. */
#ifndef CERT_CHECK_H
#define CERT_CHECK_H

#include "cert/cert_items.h"
#include "tls_names.h"

#include <penstock/result.h>
#include <stdbool.h>
#include <time.h>

/** A chain under examination. What is found is printed at once, on stdout. */
struct cert_check {
	const struct cert_items *shown;   /* borrowed; the leaf first */
	const struct cert_items *trusted; /* borrowed; what --trust named */
	bool system;                      /* and the system's store */
	const char *trust;                /* borrowed; its name in sentences */
	const struct tls_name *host;      /* borrowed; NULL: any will do */
	bool client;                      /* the leaf is a client's */
	time_t now;
	unsigned days; /* it must last for as long */
	unsigned bad;  /* how much was found */
};

/** Print a line "  bad        ..." and count it. */
void cert_check_bad(struct cert_check *check, const char *fmt, ...)
	PST_PRINTF(2, 3);
/** Print a line "  note       ...", which fails nothing. */
void cert_check_note(const char *fmt, ...) PST_PRINTF(1, 2);

/** Faults that each certificate has by itself: dates, strength, form. */
void cert_check_each(struct cert_check *check);
/** And what the first one is for. */
void cert_check_leaf(struct cert_check *check);
/** Is the host among the leaf's names? */
void cert_check_name(struct cert_check *check);
/** Is each one's issuer the next? */
void cert_check_order(struct cert_check *check);
/** Does it lead to what is trusted? */
void cert_check_chain(struct cert_check *check);
/** Does a key that was loaded belong to the leaf? Is it kept well? */
void cert_check_key(struct cert_check *check);

#endif
