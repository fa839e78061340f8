/* SPDX-License-Identifier: MIT */
/* What a function reports, and the one vocabulary of reasons between layers. */
#ifndef PENSTOCK_RESULT_H
#define PENSTOCK_RESULT_H

#define PST_MUST_CHECK __attribute__((warn_unused_result))
#define PST_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/** 0 or a count is success; PST_AGAIN is the only soft failure. */
enum pst_result {
	PST_OK = 0,
	PST_AGAIN = -1,      /* nothing is wrong: more input or room is needed */
	PST_MEMORY = -2,     /* allocation failed */
	PST_CONFIG = -3,     /* a setting is wrong; the diagnosis was given */
	PST_PROTO = -4,      /* the peer broke its protocol */
	PST_LIMIT = -5,      /* the peer passed a configured limit */
	PST_IO = -6,         /* the system refused: errno was reported */
	PST_NO_ROUTE = -7,   /* no service stands at that host and path */
	PST_MISDIRECTED = -8, /* the host does not belong to this connection */
	PST_UNSUPPORTED = -9, /* well formed, but not something we do */
	PST_INVALID = -10    /* the caller broke the contract */
};

/**
 * Why something ended. Layers translate between this and their own codes with
 * one table each; nothing else about an ending crosses a layer boundary,
 * except a WebSocket close code between two layers that both speak messages.
 */
enum pst_class {
	PST_CLASS_CLEAN = 0,   /* finished as its protocol says */
	PST_CLASS_GOING_AWAY,  /* this end shuts down */
	PST_CLASS_REFUSED,     /* the peer said no */
	PST_CLASS_POLICY,      /* a rule of ours said no */
	PST_CLASS_UNREACHABLE, /* no connection could be made */
	PST_CLASS_TIMEOUT,     /* a time limit passed */
	PST_CLASS_OVERLOAD,    /* no capacity now */
	PST_CLASS_TOO_BIG,     /* a size limit was passed */
	PST_CLASS_PROTOCOL,    /* the peer broke its protocol */
	PST_CLASS_TRUNCATED,   /* it stopped without its protocol's end */
	PST_CLASS_INTERNAL,    /* our fault, or memory ran out */
	PST_CLASS_COUNT
};

#endif
