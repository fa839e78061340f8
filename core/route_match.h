/* SPDX-License-Identifier: MIT */
/* From authority and path of a request to the route that serves it. */
#ifndef CORE_ROUTE_MATCH_H
#define CORE_ROUTE_MATCH_H

#include "gateway.h"

/**
 * Find the route: an exact host before "*.host", which stands for one label
 * or more, the longest first, and that before any host; of one host, the longest
 * path whose whole segments begin `path`. A host none of whose paths fits leaves
 * the request to the next. A host below a wildcard here that another node serves
 * is misdirected. Paths are compared as they are meant (route_path.h), so that
 * another spelling of a path finds the service of that path.
 *
 * authority[authority_length]  host[:port] as the request had it; may be empty
 * path[path_length]            path and query
 * Returns  0; PST_NO_ROUTE: no path of the host fits; PST_MISDIRECTED: others
 *          are served here, this host is not; PST_MEMORY
 * Context  pure; any thread
 */
PST_MUST_CHECK int route_match(const struct sni_node *node,
                               const char *authority, size_t authority_length,
                               const char *path, size_t path_length,
                               const struct route **route_out);

/** The route of CONNECT, whose authority and path say nothing about who is meant
 *  here. Returns 0; PST_UNSUPPORTED: nobody opens tunnels. Context: pure; any
 *  thread. */
PST_MUST_CHECK int route_match_tunnel(const struct sni_node *node,
                                      const struct route **route_out);

/** The host of an authority in the form that routes have: lower case, without
 *  port, brackets and the root's dot; addresses in their canonical form. Into
 *  host[256]. Returns 0, or PST_INVALID. */
PST_MUST_CHECK int route_match_host(const char *authority, size_t length,
                                    char host[256]);

/** As route_match_host, of a host as settings have it: also "*.host". */
PST_MUST_CHECK int route_match_pattern(const char *text, char host[256]);

#endif
