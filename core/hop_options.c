/* SPDX-License-Identifier: MIT */
/* The core's own options of a hop: limits, and how bytes meet messages. */
#include "pipeline.h"

#include <stddef.h>

#define HOP(member)    offsetof(struct pipeline, limits.member)
#define BRIDGE(member) offsetof(struct pipeline, bridge.member)

static const char *const kinds[] = {
	[BRIDGE_BINARY] = "binary", [BRIDGE_TEXT] = "text", NULL};
static const char *const delimiter_modes[] = {
	[BRIDGE_KEEP] = "keep", [BRIDGE_STRIP] = "strip", NULL};

const struct pst_option hop_options[] = {
	{"connect_timeout", PST_OPTION_TIME, PST_OPTION_CONNECT,
         HOP(connect_timeout), 0, 0, NULL, "10s", "time",
         "Time for a connection to be made, all addresses of the back-end "
         "together.",
         NULL},
	{"opening_timeout", PST_OPTION_TIME, PST_BOTH_HOPS,
         HOP(opening_timeout), 0, 0, NULL, "30s", "time",
         "Time for all layers to open; traffic does not extend it.", NULL},
	{"idle_timeout", PST_OPTION_TIME, PST_BOTH_HOPS, HOP(idle_timeout), 0,
         0, NULL, "1h", "time",
         "Time without payload in either direction after which a session "
         "ends.",
         NULL},
	{"close_timeout", PST_OPTION_TIME, PST_BOTH_HOPS, HOP(close_timeout), 0,
         0, NULL, "30s", "time",
         "Time from the end of one direction to the end of the other, where a "
         "hop cannot close one alone; else from the end of both until the "
         "peers have closed.",
         NULL},
	{"lifetime", PST_OPTION_TIME, PST_BOTH_HOPS, HOP(lifetime), 0, 0, NULL,
         "0", "time", "Time that a stream lives at most; 0 is for ever.", NULL},
	{"high_water", PST_OPTION_SIZE, PST_BOTH_HOPS, HOP(high_water),
         32 * 1024, 1024 * 1024 * 1024, NULL, "64k", "bytes",
         "Memory that one direction of a session may hold before it stops "
         "reading. While all that comes leaves at once it is four times as "
         "much, up to 256 KiB, for 32 directions of a worker at a time.",
         NULL},
	{"splice", PST_OPTION_BOOL, PST_BOTH_HOPS, HOP(splice), 0, 0, NULL,
         "true", NULL,
         "Where no layer stands between two sockets, and much flows: let the "
         "kernel move the bytes from one to the other, up to 1 MiB at a time. "
         "Both hops must allow it, and no high_water be larger.",
         NULL},
	{"max_connections", PST_OPTION_INT, PST_OPTION_ACCEPT,
         HOP(max_connections), 0, 1000000000, NULL, "0", "connections",
         "Connections at once in each worker; 0 is as many as the system "
         "allows.",
         NULL},
	{"bytes_as", PST_OPTION_ENUM, PST_BOTH_HOPS, BRIDGE(bytes_as), 0, 0,
         kinds, "binary", NULL,
         "On a hop of messages whose other hop has bytes: what bytes become. "
         "Text must be UTF-8, and no message ends within a character.",
         NULL},
	{"message_flush_size", PST_OPTION_SIZE, PST_BOTH_HOPS,
         BRIDGE(flush_size), 0, 1ll << 40, NULL, "0", "bytes",
         "On such a hop: bytes of a message that is made of bytes; what is "
         "longer is cut. A delimiter does not count. 0 is no size.",
         NULL},
	{"message_flush_time", PST_OPTION_TIME, PST_BOTH_HOPS,
         BRIDGE(flush_time), 0, 0, NULL, "0", "time",
         "On such a hop: time from the first byte of a message to its end. 0 "
         "is no time; without size, time and delimiter what arrives at once "
         "is a message.",
         NULL},
	{"message_delimiter", PST_OPTION_STRING, PST_BOTH_HOPS,
         BRIDGE(delimiter_text), 0, 0, NULL, NULL, NULL,
         "On such a hop: up to 64 bytes that end each message; \\0, \\n, \\r, "
         "\\t, \\\\ and \\xHH stand for bytes.",
         NULL},
	{"message_delimiter_mode", PST_OPTION_ENUM, PST_BOTH_HOPS,
         BRIDGE(delimiter_mode), 0, 0, delimiter_modes, "keep", NULL,
         "Whether the delimiter stays at the end of its message, or is taken "
         "away.",
         NULL},
	{"delimiter_append", PST_OPTION_STRING, PST_BOTH_HOPS,
         BRIDGE(append_text), 0, 0, NULL, NULL, NULL,
         "On a hop of messages whose other hop has bytes: what is put behind "
         "each message when it becomes bytes, written as message_delimiter.",
         NULL},
	{NULL, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL},
};
