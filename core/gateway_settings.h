/* SPDX-License-Identifier: MIT */
/* The `penstock` group: what concerns the whole process. */
#ifndef CORE_GATEWAY_SETTINGS_H
#define CORE_GATEWAY_SETTINGS_H

#include "arena.h"
#include "diag.h"
#include "file_store.h"
#include "gateway.h"
#include "value.h"

#include <penstock/option.h>

/** Rows that fill struct gateway_settings: of the group itself, and of `log`
 *  in it. */
extern const struct pst_option gateway_options[];
extern const struct pst_option gateway_log_options[];

/** Check the group and fill `settings_out`; names of files become absolute.
 *  Returns 0, PST_CONFIG after diagnoses, PST_MEMORY. */
PST_MUST_CHECK int gateway_settings_read(const struct conf_value *root,
                                         struct arena *memory,
                                         const struct file_store *files,
                                         struct diag *diag,
                                         struct gateway_settings *settings_out);

#endif
