/* SPDX-License-Identifier: MIT */
/* A worker over hand-made pipelines, driven turn by turn within a test. */
#ifndef TESTS_MACHINE_H
#define TESTS_MACHINE_H

#include "worker_state.h"

#include <penstock/service.h>

enum {
	MACHINE_LAYERS = 8,
	MACHINE_LISTENERS = 2
};

/** One pipeline: an endpoint and up to 7 layers, on loopback. */
struct machine_hop {
	struct pipeline pipeline;
	struct placed_layer layers[MACHINE_LAYERS];
};

/** One service with one accept pipeline and at most two connect pipelines. */
struct machine {
	struct worker *worker;
	struct counters *counters;
	struct log log;
	struct gateway gateway;
	struct service_conf service;
	struct service_conf *services[1];
	struct machine_hop front, back[2];
	struct pipeline *accept[1], *connect[2];
	struct listener listener;
	struct sni_node node;
	struct route route;
	struct listen_fd listen;
	uint16_t port; /* of the listener */
};

/** Layers of a hop, bottom first, without the endpoint; NULL-terminated. A layer
 *  with PST_PROVIDES_MUX takes its record from `mux`. */
struct machine_setup {
	const struct pst_service *service;
	const struct pst_layer *const *front;
	const struct pst_mux *front_mux;
	const struct pst_layer *const *back[2];
	const struct pst_mux *back_mux;
	uint16_t back_port[2];
	unsigned back_count;
	uint64_t high_water; /* 0: 64 KiB */
	bool splice;         /* as the option of that name, on all hops */
};

/** Start a worker with a manual clock. Failures end the test program. */
void machine_start(struct machine *m, const struct machine_setup *setup);
void machine_stop(struct machine *m);
/** Turns until nothing is left to do; waits shortly for sockets and helper. */
void machine_turn(struct machine *m);
/** Turns until `done` says so; false when it did not for very long. */
bool machine_until(struct machine *m, bool (*done)(void *), void *arg);
void machine_advance(struct machine *m, uint64_t ms);

/** Turns until nobody is connected; false when somebody still is. */
bool machine_idle(struct machine *m);

/** A connected, non-blocking client socket. */
int machine_client(const struct machine *m);
/** A listening, non-blocking socket on loopback; `*port_out` is its port. */
int machine_listen(uint16_t *port_out);
/** Turns until somebody connects; the non-blocking socket, -1 when nobody did. */
int machine_accept(struct machine *m, int listening);
/** Send a text as a whole; returns when it is there. */
void machine_say(int fd, const char *text);
/** Close with a reset; `*fd` becomes -1. */
void machine_reset(int *fd);

#endif
