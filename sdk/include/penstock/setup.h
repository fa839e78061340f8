/* SPDX-License-Identifier: MIT */
/* What conf_init is told about the place it is configured for. */
#ifndef PENSTOCK_SETUP_H
#define PENSTOCK_SETUP_H

#include <penstock/core.h>
#include <penstock/url.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One place in one pipeline. The core's; borrowed for the call. */
struct pst_setup {
	const struct pst_core *core;
	const struct pst_url *url;  /* NULL: the pipeline is a list of layers */
	const char *service;        /* its name */
	const void *conf;           /* of the layer that is set up */
	uint8_t role;               /* enum pst_role */
	uint8_t reserved[7];
};

/** Report an error at `option` (NULL: at the layer's group). The core puts
 *  file, line and setting in front. Any number may be reported. [M] */
PST_PRINTF(3, 4)
static inline void pst_error(struct pst_setup *setup, const char *option,
			     const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	setup->core->diagnose(setup, PST_LOG_ERROR, option, fmt, ap);
	va_end(ap);
}

/** Report what works but should not stay so. [M] */
PST_PRINTF(3, 4)
static inline void pst_warning(struct pst_setup *setup, const char *option,
			       const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	setup->core->diagnose(setup, PST_LOG_WARNING, option, fmt, ap);
	va_end(ap);
}

/** Within conf_explain: one fact, "certificate", "CN=gw ...". [M] */
PST_PRINTF(3, 4)
static inline void pst_explain(struct pst_setup *setup, const char *key,
			       const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	setup->core->diagnose(setup, PST_LOG_INFO, key, fmt, ap);
	va_end(ap);
}

#ifdef __cplusplus
}
#endif
#endif
