/* SPDX-License-Identifier: MIT */
/* `penstock explain`: each listener as a tree of names, protocols, hosts, paths. */
#ifndef CORE_EXPLAIN_TREE_H
#define CORE_EXPLAIN_TREE_H

#include "gateway.h"
#include "picture.h"

/** Draw the listeners of `service` (NULL: all), with whoever shares them. */
void explain_tree(const struct picture *pic, const struct gateway *g,
                  const char *service);

#endif
