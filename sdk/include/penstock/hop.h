/* SPDX-License-Identifier: MIT */
/* One hop of a service, as the service sees it. */
#ifndef PENSTOCK_HOP_H
#define PENSTOCK_HOP_H

#include <penstock/core.h>
#include <penstock/shape.h>
#include <penstock/url.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A pipeline, and where it leads. Strings are terminated. */
struct pst_hop {
	uint32_t size;             /* sizeof(struct pst_hop) */
	uint32_t provides;         /* enum pst_provides of the pipeline */
	const struct pst_url *url; /* NULL: the pipeline is a list of layers */
	const char *layers;        /* "tcp, tls, http": for words */
	const char *path;          /* below which requests belong here; "/" */
	const char *host;          /* that is served here, lower case; "": any;
	                            * "*.name": all below it */
	const char *peer;          /* "192.0.2.7:40001": the socket's far end;
	                            * "": unknown, as while configuring */
	uint64_t high_water;       /* bytes that one direction may hold */
	uint32_t shape;            /* enum pst_shape of its top; 0: unknown */
	uint32_t reserved;
};

/** The hop of `role` of this session: what came in, or the back stream that was
 *  asked for last. `hop_out->size` is set before. Strings are borrowed while
 *  the session lives, `peer` for the call. Returns 0; PST_INVALID: there is no
 *  such hop. Services and layers above a mux, or without one. [L] */
PST_MUST_CHECK static inline int pst_hop_of(struct pst_instance *me,
					    enum pst_role role,
					    struct pst_hop *hop_out)
{
	return me->core->hop(me, (uint32_t)role, hop_out);
}

/** Is the hop secure, or does what stands in front of it say so? What clients
 *  and back-ends are told of the scheme goes by that. */
static inline bool pst_hop_is_secure(const struct pst_hop *hop)
{
	return (hop->provides &
		((uint32_t)PST_PROVIDES_SECURE | PST_PROVIDES_CLAIMED)) != 0;
}

#ifdef __cplusplus
}
#endif
#endif
