/* SPDX-License-Identifier: MIT */
/* What the parts of the service `echo` share. */
#ifndef ECHO_H
#define ECHO_H

#include <penstock/service.h>

struct echo {
	bool exchange; /* the front offers exchanges */
	bool headless; /* the request was HEAD: its answer has no body */
	bool done;     /* tx_out has ended: what still comes is dropped */
};

/** Step with exchanges: a 200 whose body is the request's. */
enum pst_step echo_exchange(struct pst_instance *me, struct pst_io *io);

/** rx_in is over before its message is, or without its own end. */
void echo_break(struct pst_instance *me, struct pst_io *io);

/** Say that memory ran out. Returns PST_STEP_ERROR. */
enum pst_step echo_no_memory(struct pst_instance *me);

#endif
