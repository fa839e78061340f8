/* SPDX-License-Identifier: MIT */
/* What layers and services count, and what layers tell the log, as man(7)
 * source. */
#ifndef CORE_MANUAL_FACTS_H
#define CORE_MANUAL_FACTS_H

#include <penstock/attribute.h>
#include <penstock/instance.h>
#include <stdio.h>

/** The counters of a layer or type of service, by the names that SIGUSR1 logs:
 *  `what` is "layer" or "service-type". Nothing when there are none. */
void manual_metrics(FILE *out, const char *what, const char *id,
                    const struct pst_metric *all, uint32_t stride);
/** The attributes of a layer. Nothing when there are none. */
void manual_attributes(FILE *out, const struct pst_attribute *all,
                       uint32_t stride);

#endif
