/* SPDX-License-Identifier: MIT */
/* What conf_init is told about the place it is configured for. */
#ifndef PENSTOCK_SETUP_H
#define PENSTOCK_SETUP_H

#include <penstock/hop.h>
#include <penstock/url.h>

#ifdef __cplusplus
extern "C" {
#endif

enum pst_setup_flag {
	PST_SETUP_CHECKED = 1, /* a checker has accepted these very settings and
	                        * files: build only what is needed to serve, and
	                        * as late as it is needed */
	PST_SETUP_RELOAD = 2   /* a gateway runs that this is to change: what is
	                        * not fit for use at once is an error, and leaves
	                        * the old in use */
};

/** One place in one pipeline, or one resource. The core's; borrowed for the
 *  call. */
struct pst_setup {
	const struct pst_core *core;
	const struct pst_url *url;  /* NULL: the pipeline is a list of layers */
	const char *service;        /* its name; NULL: a resource */
	const char *path;           /* "services.quotes.accept.tls": for words */
	const void *conf;           /* of the layer that is set up */
	int64_t now;                /* seconds since 1970 */
	uint32_t flags;             /* enum pst_setup_flag */
	uint8_t role;               /* enum pst_role; 0: a resource */
	uint8_t reserved[3];
	uint32_t connect_count;     /* services: of connect pipelines */
	uint32_t accept_count;      /* services: of accept pipelines */
	const struct pst_hop *connects; /* as pst_service_connect counts them */
	const struct pst_hop *accepts;
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

/** Judge the permissions of a file with a secret in it, as the core does for
 *  options with the flag SECRET: for files in folders that hold more than
 *  secrets. Reports at `option`. Returns 0, or PST_CONFIG after an error. [M] */
PST_MUST_CHECK static inline int pst_check_secret(struct pst_setup *setup,
						  const char *option,
						  const struct pst_file *file)
{
	return setup->core->check_secret(setup, option, file);
}

/** Say that something ends at `when` (seconds since 1970): the gateway warns 30,
 *  7 and 1 days before, and shows what is left as a gauge. The text names it:
 *  "certificate gw.pem (CN=gw)". [M] */
PST_PRINTF(3, 4)
static inline void pst_expires(struct pst_setup *setup, int64_t when,
			       const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	setup->core->expires(setup, when, fmt, ap);
	va_end(ap);
}

/** 32 random bytes that all workers of this gateway share, that a reload keeps,
 *  and that the next start does not know: derive keys from it, each with a
 *  label of its own. Borrowed while the conf lives. [M] */
static inline const uint8_t *pst_seed(struct pst_setup *setup)
{
	return setup->core->seed(setup);
}

/** The record that a plugin offers as `id` under an extension of the kind
 *  "pst.signer/1"; `id` NULL: the first by name. NULL when nobody offers it;
 *  that is no error. Loads the plugin. [M] */
static inline const void *pst_find(struct pst_setup *setup,
				   const char *extension, const char *id)
{
	return setup->core->find(setup, extension, id);
}

#ifdef __cplusplus
}
#endif
#endif
