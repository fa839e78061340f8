/* SPDX-License-Identifier: MIT */
/* The option rows of `ws`. */
#include "ws.h"

#define MAX_MESSAGE_HELP                                                   \
	"Largest message taken, over all its frames; more is closed with " \
	"1009; 0 is unlimited."
#define AT(member) offsetof(struct ws_conf, member)

static const char *const choices[] = {"client", "server", "back-end", NULL};
static const char *const excesses[] = {"wait", "close", NULL};

/* Names that users of other gateways know a setting by. */
#define ELSEWHERE(known, hops, advice)                                    \
	{                                                                 \
		.name = (known), .type = PST_OPTION_STRING,               \
		.flags = (hops) | PST_OPTION_ELSEWHERE, .help = (advice), \
	}

const struct pst_option ws_options[] = {
	{
		.name = "subprotocols",
		.type = PST_OPTION_LIST,
		.flags = PST_BOTH_HOPS,
		.offset = AT(subprotocols),
		.help = "Subprotocols: on accept the client's first one that "
			"is listed is chosen, on connect all are offered.",
	},
	{
		.name = "origins",
		.type = PST_OPTION_LIST,
		.flags = PST_OPTION_ACCEPT,
		.offset = AT(origins),
		.help = "Origins that may connect, besides requests without "
			"one and from the same host; \"*\" stands for any "
			"part, \"null\" for itself; any origin when not given.",
	},
	{
		.name = "host",
		.type = PST_OPTION_STRING,
		.flags = PST_OPTION_CONNECT,
		.offset = AT(host),
		.help = "Host of the request, \"name[:port]\"; else the "
			"URL's.",
	},
	{
		.name = "path",
		.type = PST_OPTION_STRING,
		.flags = PST_OPTION_CONNECT,
		.offset = AT(path),
		.help = "Path and query of the request; else the URL's.",
	},
	{
		.name = "max_message",
		.type = PST_OPTION_SIZE,
		.flags = PST_OPTION_ACCEPT,
		.offset = AT(max_message),
		.initial = "128k",
		.unit = "bytes",
		.help = MAX_MESSAGE_HELP,
	},
	{
		.name = "max_message",
		.type = PST_OPTION_SIZE,
		.flags = PST_OPTION_CONNECT,
		.offset = AT(max_message),
		.initial = "0",
		.unit = "bytes",
		.help = MAX_MESSAGE_HELP,
	},
	{
		.name = "max_frame",
		.type = PST_OPTION_SIZE,
		.flags = PST_BOTH_HOPS,
		.offset = AT(max_frame),
		.initial = "0",
		.unit = "bytes",
		.help = "Largest frame taken; more is closed with 1009; 0 is "
			"unlimited.",
	},
	{
		.name = "fragment_size",
		.type = PST_OPTION_SIZE,
		.flags = PST_BOTH_HOPS,
		.offset = AT(fragment_size),
		.initial = "0",
		.unit = "bytes",
		.help = "Most payload of a frame that is sent: larger messages "
			"leave in fragments; 0 is unlimited.",
	},
	{
		.name = "max_message_rate",
		.type = PST_OPTION_INT,
		.flags = PST_BOTH_HOPS,
		.offset = AT(max_message_rate),
		.max = 1000000000,
		.initial = "0",
		.unit = "messages/s",
		.help = "Messages taken in a second; those of one second may "
			"come at once; 0 is unlimited.",
	},
	{
		.name = "max_byte_rate",
		.type = PST_OPTION_SIZE,
		.flags = PST_BOTH_HOPS,
		.offset = AT(max_byte_rate),
		.max = WS_RATE_MAX,
		.initial = "0",
		.unit = "bytes/s",
		.help = "Bytes taken in a second, frames as they come and what "
			"compressed ones inflate to; those of one second may "
			"come at once; 0 is unlimited.",
	},
	{
		.name = "rate_excess",
		.type = PST_OPTION_ENUM,
		.flags = PST_BOTH_HOPS,
		.offset = AT(rate_excess),
		.choices = excesses,
		.initial = "wait",
		.help = "What happens to a peer that sends more than "
			"max_message_rate or max_byte_rate: it is read no "
			"faster (wait), or closed with 1008 (close).",
	},
	{
		.name = "ping_interval",
		.type = PST_OPTION_TIME,
		.flags = PST_BOTH_HOPS,
		.offset = AT(ping_interval),
		.max = INT32_MAX,
		.initial = "0",
		.unit = "ms",
		.help = "How often a ping is sent, whatever else is: it keeps "
			"the path open and measures the round-trip time; 0 is "
			"never.",
	},
	{
		.name = "ping_timeout",
		.type = PST_OPTION_TIME,
		.flags = PST_BOTH_HOPS,
		.offset = AT(ping_timeout),
		.max = INT32_MAX,
		.initial = "0",
		.unit = "ms",
		.help = "Silence behind a ping after which the connection is "
			"closed; any traffic is an answer; 0 is never.",
	},
	{
		.name = "inactivity_timeout",
		.type = PST_OPTION_TIME,
		.flags = PST_BOTH_HOPS,
		.offset = AT(inactivity_timeout),
		.initial = "0",
		.unit = "ms",
		.help = "Silence of the peer after which the connection is "
			"closed; at half of it a ping is sent; 0 is never.",
	},
	{
		.name = "close_timeout",
		.type = PST_OPTION_TIME,
		.flags = PST_BOTH_HOPS,
		.offset = AT(close_timeout),
		.min = 1,
		.max = INT32_MAX,
		.initial = "10s",
		.unit = "ms",
		.help = "How long to wait for the peer's Close frame after "
			"ours.",
	},
	{
		.name = "subprotocol_choice",
		.type = PST_OPTION_ENUM,
		.flags = PST_OPTION_ACCEPT,
		.offset = AT(subprotocol_choice),
		.choices = choices,
		.initial = "client",
		.help = "Whose order counts when both ends know several "
			"subprotocols: the client's, the one of the list "
			"(server), or the back-end decides before the client "
			"is answered.",
	},
	{
		.name = "require_subprotocol",
		.type = PST_OPTION_BOOL,
		.flags = PST_OPTION_ACCEPT,
		.offset = AT(require_subprotocol),
		.initial = "false",
		.help = "Whether clients that offer no subprotocol that is "
			"spoken here are refused.",
	},
	{
		.name = "forward_subprotocols",
		.type = PST_OPTION_BOOL,
		.flags = PST_OPTION_CONNECT,
		.offset = AT(forward_subprotocols),
		.initial = "false",
		.help = "Whether the back-end is offered the client's "
			"subprotocols, or the one that was chosen for it, in "
			"place of the list.",
	},
	{
		.name = "subprotocol_map",
		.type = PST_OPTION_LIST,
		.flags = PST_OPTION_CONNECT,
		.offset = AT(subprotocol_map),
		.help = "What forwarded subprotocols are named by the "
			"back-end, \"client=back-end\".",
	},
	{
		.name = "forward_fields",
		.type = PST_OPTION_LIST,
		.flags = PST_OPTION_CONNECT,
		.offset = AT(forward_fields),
		.help = "Fields of the client's request that the back-end's "
			"has too: \"Name\", \"Prefix*\" or \"Name=Other\".",
	},
	{
		.name = "forward_cookies",
		.type = PST_OPTION_LIST,
		.flags = PST_OPTION_CONNECT,
		.offset = AT(forward_cookies),
		.help = "Names of the client's cookies that the back-end gets; "
			"\"*\" is all.",
	},
	{
		.name = "forward_path",
		.type = PST_OPTION_STRING,
		.flags = PST_OPTION_CONNECT,
		.offset = AT(forward_path),
		.help = "The beginning of the client's path that ours stands "
			"in place of; the rest follows it.",
	},
	{
		.name = "forward_query",
		.type = PST_OPTION_BOOL,
		.flags = PST_OPTION_CONNECT,
		.offset = AT(forward_query),
		.initial = "false",
		.help = "Whether the back-end gets the client's query, behind "
			"ours.",
	},
	{
		.name = "forward_host",
		.type = PST_OPTION_BOOL,
		.flags = PST_OPTION_CONNECT,
		.offset = AT(forward_host),
		.initial = "false",
		.help = "Whether the back-end gets the client's Host.",
	},
	{
		.name = "set_fields",
		.type = PST_OPTION_LIST,
		.flags = PST_OPTION_CONNECT,
		.offset = AT(set_fields),
		.help = "Fields that the back-end's request has besides, "
			"\"Name: value\".",
	},
	{
		.name = "return_fields",
		.type = PST_OPTION_LIST,
		.flags = PST_OPTION_CONNECT,
		.offset = AT(return_fields),
		.help = "Fields of the back-end's 101 that the client's has "
			"too, as forward_fields; a refusal is passed on whole.",
	},
	{
		.name = "deflate",
		.type = PST_OPTION_BOOL,
		.flags = PST_BOTH_HOPS,
		.offset = AT(deflate),
		.initial = "false",
		.help = "Whether messages may be compressed: "
			"permessage-deflate (RFC 7692).",
	},
	{
		.name = "deflate_context",
		.type = PST_OPTION_BOOL,
		.flags = PST_BOTH_HOPS,
		.offset = AT(deflate_context),
		.initial = "true",
		.help = "Whether this end's compressor remembers former "
			"messages: smaller messages, but memory while the "
			"connection is idle.",
	},
	{
		.name = "deflate_peer_context",
		.type = PST_OPTION_BOOL,
		.flags = PST_BOTH_HOPS,
		.offset = AT(deflate_peer_context),
		.initial = "true",
		.help = "Likewise for the peer's compressor: false asks it "
			"to forget.",
	},
	{
		.name = "deflate_window_bits",
		.type = PST_OPTION_INT,
		.flags = PST_BOTH_HOPS,
		.offset = AT(deflate_window_bits),
		.min = WS_DEFLATE_BITS_MIN,
		.max = WS_DEFLATE_BITS_MAX,
		.initial = "15",
		.unit = "bits",
		.help = "This end compresses with a window of at most 2 to "
			"this power bytes.",
	},
	{
		.name = "deflate_peer_window_bits",
		.type = PST_OPTION_INT,
		.flags = PST_BOTH_HOPS,
		.offset = AT(deflate_peer_window_bits),
		.min = WS_DEFLATE_BITS_MIN,
		.max = WS_DEFLATE_BITS_MAX,
		.initial = "15",
		.unit = "bits",
		.help = "Likewise for the peer; one that cannot be told so is "
			"not compressed with.",
	},
	{
		.name = "deflate_level",
		.type = PST_OPTION_INT,
		.flags = PST_BOTH_HOPS,
		.offset = AT(deflate_level),
		.min = 1,
		.max = 9,
		.initial = "6",
		.help = "How hard this end tries: 1 is fast, 9 is small.",
	},
	{
		.name = "deflate_memory_level",
		.type = PST_OPTION_INT,
		.flags = PST_BOTH_HOPS,
		.offset = AT(deflate_memory_level),
		.min = 1,
		.max = 9,
		.initial = "8",
		.help = "Memory of this end's compressor besides the window: "
			"512 bytes times 2 to this power.",
	},
	{
		.name = "deflate_memory",
		.type = PST_OPTION_SIZE,
		.flags = PST_BOTH_HOPS,
		.offset = AT(deflate_memory),
		.initial = "512k",
		.unit = "bytes",
		.help = "What compression may take of one connection; "
			"settings that need more are an error.",
	},
	{
		.name = "deflate_min",
		.type = PST_OPTION_SIZE,
		.flags = PST_BOTH_HOPS,
		.offset = AT(deflate_min),
		.initial = "64",
		.unit = "bytes",
		.help = "Shorter messages are sent as they are.",
	},
	{
		.name = "deflate_ratio",
		.type = PST_OPTION_INT,
		.flags = PST_BOTH_HOPS,
		.offset = AT(deflate_ratio),
		.max = 2000,
		.initial = "200",
		.help = "A message of more than 1 MiB that is this many times "
			"as large as it came is closed with 1009; 0 is no "
			"limit.",
	},
	ELSEWHERE("maximum_message_size", PST_BOTH_HOPS, "use max_message"),
	ELSEWHERE("ws_maximum_message_size", PST_BOTH_HOPS, "use max_message"),
	ELSEWHERE("ws_inactivity_timeout", PST_BOTH_HOPS,
                  "use inactivity_timeout"),
	ELSEWHERE("max_message_size", PST_BOTH_HOPS, "use max_message"),
	ELSEWHERE("max_frame_size", PST_BOTH_HOPS, "use max_frame"),
	ELSEWHERE("auto_fragment_size", PST_BOTH_HOPS, "use fragment_size"),
	ELSEWHERE("auto_ping_interval", PST_BOTH_HOPS, "use ping_interval"),
	ELSEWHERE("auto_ping_timeout", PST_BOTH_HOPS, "use ping_timeout"),
	ELSEWHERE("auto_ping_size", PST_BOTH_HOPS,
                  "remove it: pings carry 8 random bytes"),
	ELSEWHERE("auto_ping_restart_on_any_traffic", PST_BOTH_HOPS,
                  "remove it: any traffic answers a ping"),
	ELSEWHERE("open_handshake_timeout", PST_BOTH_HOPS,
                  "use opening_timeout of the hop, beside the group of this "
                  "layer"),
	ELSEWHERE("close_handshake_timeout", PST_BOTH_HOPS,
                  "use close_timeout"),
	ELSEWHERE("validate_utf8", PST_BOTH_HOPS,
                  "remove it: text is always validated"),
	ELSEWHERE("mask_server_frames", PST_BOTH_HOPS,
                  "remove it: servers never mask (RFC 6455 5.1)"),
	ELSEWHERE("require_masked_client_frames", PST_BOTH_HOPS,
                  "remove it: clients must always mask (RFC 6455 5.1)"),
	ELSEWHERE("apply_mask", PST_BOTH_HOPS,
                  "remove it: clients always mask (RFC 6455 5.3)"),
	ELSEWHERE("fail_by_drop", PST_BOTH_HOPS,
                  "remove it: a Close frame says why before the connection "
                  "ends"),
	ELSEWHERE("echo_close_codereason", PST_BOTH_HOPS,
                  "remove it: codes are always echoed, and passed on with "
                  "their reasons"),
	ELSEWHERE("tcp_nodelay", PST_BOTH_HOPS,
                  "use nodelay in the group \"tcp\""),
	ELSEWHERE("compression", PST_BOTH_HOPS, "use deflate"),
	ELSEWHERE("allowed_origins", PST_OPTION_ACCEPT, "use origins"),
	ELSEWHERE("allow_null_origin", PST_OPTION_ACCEPT,
                  "use origins with \"null\" in the list"),
	ELSEWHERE("require_websocket_subprotocol", PST_OPTION_ACCEPT,
                  "use require_subprotocol"),
	ELSEWHERE("enable_webstatus", PST_OPTION_ACCEPT,
                  "remove it: no page is shown; requests without an upgrade "
                  "get 426"),
	{.name = NULL},
};
