/* SPDX-License-Identifier: MIT */
/* Services and layers that many pipelines made by hand are of. */
#ifndef TESTS_MACHINE_PARTS_H
#define TESTS_MACHINE_PARTS_H

#include <penstock/layer.h>
#include <penstock/service.h>

/** Sends back what comes. */
extern const struct pst_service machine_echo;
/** Asks for the first connect hop and joins; what fails there fails here. */
extern const struct pst_service machine_joins;
/** Its slots, for services that do more. */
int machine_joins_offer(struct pst_instance *me, struct pst_io *io);
int machine_joins_back(struct pst_instance *me, uint32_t index,
                       enum pst_back what);

/** Lets everything pass, and stays. */
extern const struct pst_layer machine_pass;
/** Leaves when the first byte has come, which it does not touch. */
extern const struct pst_layer machine_leave;

#endif
