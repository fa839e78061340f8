/* SPDX-License-Identifier: MIT */
/* Settings as data: one row per option feeds parsing, range, default, help,
 * manual and `penstock explain`. */
#ifndef PENSTOCK_OPTION_H
#define PENSTOCK_OPTION_H

#include <stddef.h>
#include <stdint.h>

/** Type of a row, and the C type of the conf member it fills. */
enum pst_option_type {
	PST_OPTION_STRING = 1, /* const char *; NULL when unset without default */
	PST_OPTION_BOOL,       /* bool */
	PST_OPTION_INT,        /* int64_t */
	PST_OPTION_SIZE,       /* uint64_t bytes; "128k", "1m", "2g" */
	PST_OPTION_TIME,       /* uint64_t milliseconds; "500ms", "30s", "5m", "1h", "1d" */
	PST_OPTION_ENUM,       /* uint32_t: index into choices */
	PST_OPTION_FILE,       /* struct pst_file: read by the core */
	PST_OPTION_LIST,       /* struct pst_list of strings; one string is a list of one;
	                        * whole numbers become strings */
	PST_OPTION_FILES,      /* struct pst_files: a list of files, and of folders
	                        * that stand for the regular files in them by name,
	                        * without those that begin with a dot */
	PST_OPTION_REFS        /* struct pst_refs: a list of resources of `kind`, by
	                        * name or in place; see resource.h */
};

/** A reload applies every option to new connections, so no flag says that. */
enum pst_option_flag {
	PST_OPTION_ACCEPT = 1,      /* valid on the accept hop */
	PST_OPTION_CONNECT = 2,     /* valid on the connect hop */
	PST_OPTION_REQUIRED = 4,    /* must be given */
	PST_OPTION_SECRET = 8,      /* never shown; a file's permissions are checked */
	PST_OPTION_ROUTE = 32,      /* only chooses the service: may differ between
	                             * services that share a listener */
	PST_OPTION_STREAM = 128,    /* of a mux: a rule of the one service, so it may
	                             * differ between services that share a
	                             * listener; stream_admit gets their conf */
	PST_OPTION_ELSEWHERE = 64   /* no setting, but a name that users of other
	                             * gateways look for: an error, and `help` says
	                             * what to use instead ("use private_key") */
};

/** A file that the core read. `path` is as configured, made absolute.
 *  All borrowed while the conf lives; data is NULL when the option is unset. */
struct pst_file {
	const char *path;
	const uint8_t *data; /* data[length], followed by a 0 byte */
	size_t length;       /* bytes */
	uint32_t mode;       /* permission bits when it was read */
	uint32_t reserved;
};

/** Files, in the order in which they were named; a folder's by name. */
struct pst_files {
	size_t count;
	const struct pst_file *item; /* borrowed while the conf lives */
};

/** A resource that an option refers to. Borrowed while the conf lives. */
struct pst_ref {
	const char *name; /* in the list of its kind; NULL: made in place */
	const void *conf; /* what its conf_init filled */
};

struct pst_refs {
	size_t count;
	const struct pst_ref *item;
};

/** A list of strings, borrowed while the conf lives. */
struct pst_list {
	size_t count;
	const char *const *item;
};

/** One setting. Tables end with a row whose name is NULL. An option whose default
 *  hangs on the hop has two rows, one for each. */
struct pst_option {
	const char *name; /* [a-z][a-z0-9_]* */
	uint32_t type;    /* enum pst_option_type */
	uint32_t flags;   /* enum pst_option_flag */
	size_t offset;    /* of the member in the layer's conf struct */
	int64_t min;      /* INT, SIZE, TIME: smallest value allowed */
	int64_t max;      /* likewise; 0 with min 0: no limit */
	const char *const *choices; /* ENUM: names, NULL-terminated */
	const char *initial; /* the default, as it would be written; NULL: none */
	const char *unit;    /* for documents: "bytes", "ms", "connections" */
	const char *help;    /* one sentence, capital letter, full stop */
	const char *kind;    /* REFS: the id of the resource; else NULL */
};

#define PST_BOTH_HOPS (PST_OPTION_ACCEPT | PST_OPTION_CONNECT)

#endif
