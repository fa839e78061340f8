/* SPDX-License-Identifier: MIT */
/* The option rows of `ws`, their checks, and what a request is made of. */
#include "ws.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
		.flags = PST_BOTH_HOPS | PST_OPTION_RELOADABLE,
		.offset = AT(subprotocols),
		.help = "Subprotocols: on accept the client's first one that "
			"is listed is chosen, on connect all are offered.",
	},
	{
		.name = "origins",
		.type = PST_OPTION_LIST,
		.flags = PST_OPTION_ACCEPT | PST_OPTION_RELOADABLE,
		.offset = AT(origins),
		.help = "Origins that may connect, besides requests without "
			"one and from the same host; \"*\" stands for any "
			"part, \"null\" for itself; any origin when not given.",
	},
	{
		.name = "host",
		.type = PST_OPTION_STRING,
		.flags = PST_OPTION_CONNECT | PST_OPTION_RELOADABLE,
		.offset = AT(host),
		.help = "Host of the request, \"name[:port]\"; else the "
			"URL's.",
	},
	{
		.name = "path",
		.type = PST_OPTION_STRING,
		.flags = PST_OPTION_CONNECT | PST_OPTION_RELOADABLE,
		.offset = AT(path),
		.help = "Path and query of the request; else the URL's.",
	},
	{
		.name = "max_message",
		.type = PST_OPTION_SIZE,
		.flags = PST_OPTION_ACCEPT | PST_OPTION_RELOADABLE,
		.offset = AT(max_message),
		.initial = "128k",
		.unit = "bytes",
		.help = MAX_MESSAGE_HELP,
	},
	{
		.name = "max_message",
		.type = PST_OPTION_SIZE,
		.flags = PST_OPTION_CONNECT | PST_OPTION_RELOADABLE,
		.offset = AT(max_message),
		.initial = "0",
		.unit = "bytes",
		.help = MAX_MESSAGE_HELP,
	},
	{
		.name = "max_frame",
		.type = PST_OPTION_SIZE,
		.flags = PST_BOTH_HOPS | PST_OPTION_RELOADABLE,
		.offset = AT(max_frame),
		.initial = "0",
		.unit = "bytes",
		.help = "Largest frame taken; more is closed with 1009; 0 is "
			"unlimited.",
	},
	{
		.name = "fragment_size",
		.type = PST_OPTION_SIZE,
		.flags = PST_BOTH_HOPS | PST_OPTION_RELOADABLE,
		.offset = AT(fragment_size),
		.initial = "0",
		.unit = "bytes",
		.help = "Most payload of a frame that is sent: larger messages "
			"leave in fragments; 0 is unlimited.",
	},
	{
		.name = "max_message_rate",
		.type = PST_OPTION_INT,
		.flags = PST_BOTH_HOPS | PST_OPTION_RELOADABLE,
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
		.flags = PST_BOTH_HOPS | PST_OPTION_RELOADABLE,
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
		.flags = PST_BOTH_HOPS | PST_OPTION_RELOADABLE,
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
		.flags = PST_BOTH_HOPS | PST_OPTION_RELOADABLE,
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
		.flags = PST_BOTH_HOPS | PST_OPTION_RELOADABLE,
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
		.flags = PST_BOTH_HOPS | PST_OPTION_RELOADABLE,
		.offset = AT(inactivity_timeout),
		.initial = "0",
		.unit = "ms",
		.help = "Silence of the peer after which the connection is "
			"closed; at half of it a ping is sent; 0 is never.",
	},
	{
		.name = "close_timeout",
		.type = PST_OPTION_TIME,
		.flags = PST_BOTH_HOPS | PST_OPTION_RELOADABLE,
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
		.flags = PST_OPTION_ACCEPT | PST_OPTION_RELOADABLE,
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
		.flags = PST_OPTION_ACCEPT | PST_OPTION_RELOADABLE,
		.offset = AT(require_subprotocol),
		.initial = "false",
		.help = "Whether clients that offer no subprotocol that is "
			"spoken here are refused.",
	},
	{
		.name = "forward_subprotocols",
		.type = PST_OPTION_BOOL,
		.flags = PST_OPTION_CONNECT | PST_OPTION_RELOADABLE,
		.offset = AT(forward_subprotocols),
		.initial = "false",
		.help = "Whether the back-end is offered the client's "
			"subprotocols, or the one that was chosen for it, in "
			"place of the list.",
	},
	{
		.name = "subprotocol_map",
		.type = PST_OPTION_LIST,
		.flags = PST_OPTION_CONNECT | PST_OPTION_RELOADABLE,
		.offset = AT(subprotocol_map),
		.help = "What forwarded subprotocols are named by the "
			"back-end, \"client=back-end\".",
	},
	{
		.name = "forward_fields",
		.type = PST_OPTION_LIST,
		.flags = PST_OPTION_CONNECT | PST_OPTION_RELOADABLE,
		.offset = AT(forward_fields),
		.help = "Fields of the client's request that the back-end's "
			"has too: \"Name\", \"Prefix*\" or \"Name=Other\".",
	},
	{
		.name = "forward_cookies",
		.type = PST_OPTION_LIST,
		.flags = PST_OPTION_CONNECT | PST_OPTION_RELOADABLE,
		.offset = AT(forward_cookies),
		.help = "Names of the client's cookies that the back-end gets; "
			"\"*\" is all.",
	},
	{
		.name = "forward_path",
		.type = PST_OPTION_STRING,
		.flags = PST_OPTION_CONNECT | PST_OPTION_RELOADABLE,
		.offset = AT(forward_path),
		.help = "The beginning of the client's path that ours stands "
			"in place of; the rest follows it.",
	},
	{
		.name = "forward_query",
		.type = PST_OPTION_BOOL,
		.flags = PST_OPTION_CONNECT | PST_OPTION_RELOADABLE,
		.offset = AT(forward_query),
		.initial = "false",
		.help = "Whether the back-end gets the client's query, behind "
			"ours.",
	},
	{
		.name = "forward_host",
		.type = PST_OPTION_BOOL,
		.flags = PST_OPTION_CONNECT | PST_OPTION_RELOADABLE,
		.offset = AT(forward_host),
		.initial = "false",
		.help = "Whether the back-end gets the client's Host.",
	},
	{
		.name = "set_fields",
		.type = PST_OPTION_LIST,
		.flags = PST_OPTION_CONNECT | PST_OPTION_RELOADABLE,
		.offset = AT(set_fields),
		.help = "Fields that the back-end's request has besides, "
			"\"Name: value\".",
	},
	{
		.name = "return_fields",
		.type = PST_OPTION_LIST,
		.flags = PST_OPTION_CONNECT | PST_OPTION_RELOADABLE,
		.offset = AT(return_fields),
		.help = "Fields of the back-end's 101 that the client's has "
			"too, as forward_fields; a refusal is passed on whole.",
	},
	{
		.name = "deflate",
		.type = PST_OPTION_BOOL,
		.flags = PST_BOTH_HOPS | PST_OPTION_RELOADABLE,
		.offset = AT(deflate),
		.initial = "false",
		.help = "Whether messages may be compressed: "
			"permessage-deflate (RFC 7692).",
	},
	{
		.name = "deflate_context",
		.type = PST_OPTION_BOOL,
		.flags = PST_BOTH_HOPS | PST_OPTION_RELOADABLE,
		.offset = AT(deflate_context),
		.initial = "true",
		.help = "Whether this end's compressor remembers former "
			"messages: smaller messages, but memory while the "
			"connection is idle.",
	},
	{
		.name = "deflate_peer_context",
		.type = PST_OPTION_BOOL,
		.flags = PST_BOTH_HOPS | PST_OPTION_RELOADABLE,
		.offset = AT(deflate_peer_context),
		.initial = "true",
		.help = "Likewise for the peer's compressor: false asks it "
			"to forget.",
	},
	{
		.name = "deflate_window_bits",
		.type = PST_OPTION_INT,
		.flags = PST_BOTH_HOPS | PST_OPTION_RELOADABLE,
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
		.flags = PST_BOTH_HOPS | PST_OPTION_RELOADABLE,
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
		.flags = PST_BOTH_HOPS | PST_OPTION_RELOADABLE,
		.offset = AT(deflate_level),
		.min = 1,
		.max = 9,
		.initial = "6",
		.help = "How hard this end tries: 1 is fast, 9 is small.",
	},
	{
		.name = "deflate_memory_level",
		.type = PST_OPTION_INT,
		.flags = PST_BOTH_HOPS | PST_OPTION_RELOADABLE,
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
		.flags = PST_BOTH_HOPS | PST_OPTION_RELOADABLE,
		.offset = AT(deflate_memory),
		.initial = "512k",
		.unit = "bytes",
		.help = "What compression may take of one connection; "
			"settings that need more are an error.",
	},
	{
		.name = "deflate_min",
		.type = PST_OPTION_SIZE,
		.flags = PST_BOTH_HOPS | PST_OPTION_RELOADABLE,
		.offset = AT(deflate_min),
		.initial = "64",
		.unit = "bytes",
		.help = "Shorter messages are sent as they are.",
	},
	{
		.name = "deflate_ratio",
		.type = PST_OPTION_INT,
		.flags = PST_BOTH_HOPS | PST_OPTION_RELOADABLE,
		.offset = AT(deflate_ratio),
		.max = 2000,
		.initial = "200",
		.help = "A message of more than 64 KiB that is this many times "
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

static int check_deflate(struct ws_conf *conf, struct pst_setup *setup)
{
	struct ws_deflate *want = &conf->deflate_want;
	struct ws_zip_effort *effort = &conf->deflate_effort;
	size_t memory;

	want->send.bits = (uint8_t)conf->deflate_window_bits;
	want->send.forgets = !conf->deflate_context;
	want->receive.bits = (uint8_t)conf->deflate_peer_window_bits;
	want->receive.forgets = !conf->deflate_peer_context;
	effort->level = (uint8_t)conf->deflate_level;
	effort->memory = (uint8_t)conf->deflate_memory_level;
	memory = ws_zip_memory(want, effort);
	if (conf->deflate && memory > conf->deflate_memory) {
		pst_error(setup, "deflate_memory",
		          "%llu bytes are less than the %zu that these "
		          "settings take; lower deflate_window_bits, "
		          "deflate_peer_window_bits or deflate_memory_level",
		          (unsigned long long)conf->deflate_memory, memory);
		return PST_CONFIG;
	}
	return PST_OK;
}

static int check_subprotocols(const struct ws_conf *conf,
                              struct pst_setup *setup)
{
	const struct pst_list *l = &conf->subprotocols;
	int r = PST_OK;
	size_t i, j;

	for (i = 0; i < l->count; i++) {
		if (!ws_is_token(l->item[i], strlen(l->item[i]))) {
			pst_error(setup, "subprotocols",
			          "\"%s\" is not a token (RFC 9110 5.6.2); "
			          "write one name per item",
			          l->item[i]);
			r = PST_CONFIG;
		}
		for (j = 0; j < i; j++) {
			if (strcmp(l->item[i], l->item[j]) == 0) {
				pst_error(setup, "subprotocols",
				          "\"%s\" is there twice; remove one",
				          l->item[i]);
				r = PST_CONFIG;
			}
		}
	}
	return r;
}

static const char *origin_fault(const char *origin)
{
	const char *host = strstr(origin, "://");
	size_t i;

	for (i = 0; origin[i] != '\0'; i++) {
		if (origin[i] <= ' ' || origin[i] > '~') {
			return "has a forbidden character";
		}
	}
	if (strcmp(origin, "null") == 0 || strcmp(origin, "*") == 0) {
		return NULL;
	}
	if (host == NULL) {
		return "is not an origin; write \"https://host[:port]\", "
		       "\"null\" or \"*\"";
	}
	if (host[3] == '\0') {
		return "names no host";
	}
	return strchr(host + 3, '/') != NULL
	               ? "has a path, which no origin has; remove it"
	               : NULL;
}

static int check_origins(const struct ws_conf *conf, struct pst_setup *setup)
{
	int r = PST_OK;
	size_t i;

	for (i = 0; i < conf->origins.count; i++) {
		const char *fault = origin_fault(conf->origins.item[i]);

		if (fault != NULL) {
			pst_error(setup, "origins", "\"%s\" %s",
			          conf->origins.item[i], fault);
			r = PST_CONFIG;
		}
	}
	return r;
}

static bool port_is_usual(const struct pst_url *url)
{
	if (strcmp(url->scheme, "ws") == 0 ||
	    strcmp(url->scheme, "http") == 0) {
		return url->port == 80;
	}
	if (strcmp(url->scheme, "wss") == 0 ||
	    strcmp(url->scheme, "https") == 0) {
		return url->port == 443;
	}
	return url->port == 0;
}

/* RFC 6455 4.1: host, and the port when it is not the scheme's own. */
static char *authority_of(const struct pst_url *url)
{
	bool v6 = strchr(url->host, ':') != NULL;
	size_t size = strlen(url->host) + sizeof("[]:65535");
	char *text = malloc(size);
	int n;

	if (text == NULL) {
		return NULL;
	}
	n = snprintf(text, size, "%s%s%s", v6 ? "[" : "", url->host,
	             v6 ? "]" : "");
	if (!port_is_usual(url)) {
		snprintf(text + n, size - (size_t)n, ":%u", url->port);
	}
	return text;
}

static char *target_of(const struct pst_url *url)
{
	size_t size = strlen(url->path) + strlen(url->query) + 2;
	char *text = malloc(size);

	if (text != NULL) {
		snprintf(text, size, "%s%s%s", url->path,
		         url->query[0] != '\0' ? "?" : "", url->query);
	}
	return text;
}

static bool visible(const char *text, const char *but)
{
	for (; *text != '\0'; text++) {
		if (*text <= ' ' || *text > '~' || strchr(but, *text) != NULL) {
			return false;
		}
	}
	return true;
}

static int make_host(struct ws_conf *conf, struct pst_setup *setup)
{
	if (conf->host == NULL && setup->url == NULL) {
		pst_error(setup, "host",
		          "missing: a pipeline written as layers must say "
		          "which host the request names; write ws = { host = "
		          "\"example.com\"; }");
		return PST_CONFIG;
	}
	conf->authority = conf->host != NULL ? strdup(conf->host)
	                                     : authority_of(setup->url);
	if (conf->authority == NULL) {
		pst_error(setup, NULL, "memory ran out");
		return PST_CONFIG;
	}
	if (conf->authority[0] == '\0' || !visible(conf->authority, "/@?#")) {
		pst_error(setup, conf->host != NULL ? "host" : NULL,
		          "\"%s\" is not a host; write \"name[:port]\"",
		          conf->authority);
		return PST_CONFIG;
	}
	return PST_OK;
}

static int make_target(struct ws_conf *conf, struct pst_setup *setup)
{
	if (conf->path != NULL) {
		conf->target = strdup(conf->path);
	} else {
		conf->target = setup->url != NULL ? target_of(setup->url)
		                                  : strdup("/");
	}
	if (conf->target == NULL) {
		pst_error(setup, NULL, "memory ran out");
		return PST_CONFIG;
	}
	if (conf->target[0] != '/' || !visible(conf->target, "#")) {
		pst_error(setup, conf->path != NULL ? "path" : NULL,
		          "\"%s\" is not a path; it begins with \"/\" and has "
		          "no spaces, no \"#\" and ASCII only",
		          conf->target);
		return PST_CONFIG;
	}
	return PST_OK;
}

static int check_rules(struct ws_conf *conf, struct pst_setup *setup)
{
	int failed = ws_rules_make(&conf->forward, &conf->forward_fields, setup,
	                           "forward_fields");

	failed |= ws_rules_make(&conf->back, &conf->return_fields, setup,
	                        "return_fields");
	failed |= ws_fields_check(&conf->set_fields, setup, "set_fields");
	failed |=
		ws_map_check(&conf->subprotocol_map, setup, "subprotocol_map");
	if (conf->subprotocol_map.count != 0 && !conf->forward_subprotocols) {
		pst_error(setup, "subprotocol_map",
		          "maps nothing without forward_subprotocols = true");
		failed = PST_CONFIG;
	}
	if (conf->forward_path != NULL && conf->forward_path[0] != '/') {
		pst_error(setup, "forward_path",
		          "\"%s\" is not a path; it begins with \"/\"",
		          conf->forward_path);
		failed = PST_CONFIG;
	}
	return failed != 0 ? PST_CONFIG : PST_OK;
}

int ws_conf_init(void *state, struct pst_setup *setup)
{
	struct ws_conf *conf = state;
	int failed = 0;

	failed |= check_subprotocols(conf, setup);
	failed |= check_origins(conf, setup);
	failed |= check_deflate(conf, setup);
	failed |= check_rules(conf, setup);
	if (conf->max_message != 0 && conf->max_frame > conf->max_message) {
		pst_error(setup, "max_frame",
		          "is larger than max_message, so it limits nothing; "
		          "remove it");
		failed = PST_CONFIG;
	}
	if (conf->ping_timeout != 0 && conf->ping_interval == 0 &&
	    conf->inactivity_timeout == 0) {
		pst_error(setup, "ping_timeout",
		          "times nothing where no ping is sent; set "
		          "ping_interval too");
		failed = PST_CONFIG;
	}
	if (setup->role == PST_CONNECT) {
		failed |= make_host(conf, setup);
		failed |= make_target(conf, setup);
	}
	return failed != 0 ? PST_CONFIG : PST_OK;
}

void ws_conf_finish(void *state)
{
	struct ws_conf *conf = state;

	free(conf->authority);
	free(conf->target);
	ws_rules_finish(&conf->forward);
	ws_rules_finish(&conf->back);
	conf->authority = conf->target = NULL;
}

void ws_conf_explain(const void *state, struct pst_setup *setup)
{
	const struct ws_conf *conf = state;

	if (setup->role == PST_CONNECT) {
		pst_explain(setup, "request", "GET %s at %s", conf->target,
		            conf->authority);
	}
}
