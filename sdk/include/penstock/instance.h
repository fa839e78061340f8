/* SPDX-License-Identifier: MIT */
/* The handle that every core function takes, and calls for log, attributes,
 * timers, counters and failure. */
#ifndef PENSTOCK_INSTANCE_H
#define PENSTOCK_INSTANCE_H

#include <penstock/attribute.h>
#include <penstock/log.h>
#include <penstock/queue.h>
#include <penstock/result.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pst_core;

enum pst_role {
	PST_ACCEPT = 1, /* the client's hop: this end answers */
	PST_CONNECT = 2 /* the back-end's hop: this end asks */
};

/** A layer, mux or service at work in one stack or session. The members are
 *  the core's; plugins read them. */
struct pst_instance {
	const struct pst_core *core;
	const void *conf; /* what conf_init filled; borrowed while open */
	void *state;      /* state_size bytes, zeroed before open */
	uint8_t role;     /* enum pst_role; services: PST_ACCEPT */
	uint8_t reserved[7];
};

/** A metric of a layer or service. Tables end with a row without name. */
struct pst_metric {
	const char *name; /* "handshakes_failed" */
	uint32_t gauge;   /* 0: only grows; 1: goes up and down */
	uint32_t reserved;
	const char *help;
};

#ifdef __cplusplus
}
#endif
#endif
