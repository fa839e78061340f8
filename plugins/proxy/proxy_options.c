/* SPDX-License-Identifier: MIT */
/* Settings of the service `proxy`: the option rows. */
#include "proxy_conf.h"

#define ROW(n, t, m, ...)                                             \
	{                                                             \
		.name = n, .type = t,                                 \
		.offset = offsetof(struct proxy_conf, m), __VA_ARGS__ \
	}
/* Names that users of other gateways know a setting by. */
#define ELSEWHERE(known, advice)                                 \
	{                                                        \
		.name = (known), .type = PST_OPTION_STRING,      \
		.flags = PST_OPTION_ELSEWHERE, .help = (advice), \
	}

#define BACK_ENDS \
	"use connect; of a list ( \"URL\", \"URL\" ) the first that is up"

static const char *const forward_choices[] = {[PROXY_FORWARD_APPEND] = "append",
                                              [PROXY_FORWARD_REPLACE] =
                                                      "replace",
                                              [PROXY_FORWARD_DROP] = "drop",
                                              [PROXY_FORWARD_PASS] = "pass",
                                              NULL};
static const char *const trace_choices[] = {"refuse", "pass", NULL};

const struct pst_option proxy_options[] = {
	/* requests */
	ROW("host", PST_OPTION_STRING, host, .initial = "keep",
            .help = "Host of requests to the back-end: \"keep\" is the "
                    "client's, \"back\" that of the connect URL, anything "
                    "else is sent as it is. The option host of a connect "
                    "pipeline's http layer goes before it."),
	ROW("allow_in_path", PST_OPTION_LIST, allow_in_path,
            .help = "What paths of requests may have in them although it may "
                    "make them mean another path to a back-end: \"dots\" "
                    "(\".\" "
                    "and \"..\" as segments), \"slashes\" (%2F and %5C), "
                    "\"empty\" (\"//\") and \"letters\" (%61). Without it each "
                    "is refused with 400."),
	ROW("via", PST_OPTION_STRING, via_name, .initial = "penstock",
            .help = "Pseudonym in the field Via of requests, to which each "
                    "service adds a mark of its own: a request that has been "
                    "here before is refused with 508. \"off\" is neither."),
	ROW("trace", PST_OPTION_ENUM, trace, .choices = trace_choices,
            .initial = "refuse",
            .help = "Whether TRACE requests are refused with 405, or go to "
                    "the back-end, which shows the client what fields it "
                    "got."),
	ROW("trusted_peers", PST_OPTION_LIST, trusted_peers,
            .help = "Addresses, prefixes (\"10.0.0.0/8\", \"2001:db8::/32\") "
                    "and \"unix\": peers that are believed what they say of "
                    "the client in Forwarded and X-Forwarded-*."),
	ROW("forwarded", PST_OPTION_ENUM, forwarded, .choices = forward_choices,
            .initial = "drop",
            .help = "The field Forwarded (RFC 7239) of requests: \"append\" to "
                    "what trusted_peers sent and replace what others did, "
                    "\"replace\" it always, \"drop\" it, or \"pass\" it as it "
                    "came from anybody."),
	ROW("x_forwarded", PST_OPTION_ENUM, x_forwarded,
            .choices = forward_choices, .initial = "append",
            .help = "Likewise for X-Forwarded-For, -Proto, -Host and -Port; "
                    "where they are replaced or dropped, so are all other "
                    "X-Forwarded-* and X-Real-IP."),
	ROW("set_request_fields", PST_OPTION_LIST, set_request_fields,
            .help = "Fields that requests to the back-end have, \"Name: "
                    "value\", in place of all of this name."),
	ROW("add_request_fields", PST_OPTION_LIST, add_request_fields,
            .help = "Fields that requests to the back-end have besides, "
                    "\"Name: value\"."),
	ROW("remove_request_fields", PST_OPTION_LIST, remove_request_fields,
            .help = "Names of fields that requests to the back-end do not "
                    "have, \"Name\" or \"Prefix*\"."),
	ROW("buffer_request", PST_OPTION_SIZE, buffer_request, .initial = "0",
            .max = 1024 * 1024 * 1024, .unit = "bytes",
            .help = "A back-end is asked when this much of a request's body is "
                    "here, or all of it; at most high_water of the accept "
                    "hop. 0 asks it at once."),
	ELSEWHERE("use_forwarded", "use forwarded and x_forwarded"),
	ELSEWHERE("proxy_set_header", "use set_request_fields, or host"),
	ELSEWHERE("set_real_ip_from", "use trusted_peers"),
	ELSEWHERE("forwardfor", "use x_forwarded"),
	ELSEWHERE("http_request", "use set_request_fields and its like"),
	ELSEWHERE("proxy_request_buffering", "use buffer_request"),
	/* responses */
	ROW("rewrite_location", PST_OPTION_BOOL, response.rewrite_location,
            .initial = "true",
            .help = "Whether URLs of the back-end in Location, "
                    "Content-Location and Refresh become those by which the "
                    "client reaches them, and their paths are mapped back."),
	ROW("cookie_path", PST_OPTION_LIST, response.cookie_path,
            .initial = "auto",
            .help = "Path of cookies that the back-end sets: \"auto\" maps "
                    "what is below the connect path back to the accept path, "
                    "\"/from /to\" one path to another, \"off\" leaves all as "
                    "they are; the first that fits counts."),
	ROW("cookie_domain", PST_OPTION_LIST, response.cookie_domain,
            .initial = "auto",
            .help = "Domain of cookies that the back-end sets: \"auto\" leaves "
                    "out domains of the back-end that are not the client's, a "
                    "name alone takes their place, \"from.example "
                    "to.example\" changes one, \"off\" leaves all as they "
                    "are."),
	ROW("cookie_secure", PST_OPTION_BOOL, response.cookie_secure,
            .initial = "false",
            .help = "Whether all cookies get the flag Secure where the accept "
                    "pipeline is secure, or is said to be."),
	ROW("cookie_flags", PST_OPTION_LIST, response.cookie_flags,
            .help = "Flags of cookies by name, \"NAME flag...\", the first "
                    "that fits counts, \"*\" is any name: secure, nosecure, "
                    "httponly, nohttponly, samesite=strict, samesite=lax, "
                    "samesite=none, nosamesite."),
	ROW("set_response_fields", PST_OPTION_LIST,
            response.set_response_fields,
            .help = "Fields that responses to the client have, \"Name: "
                    "value\", in place of all of this name."),
	ROW("add_response_fields", PST_OPTION_LIST,
            response.add_response_fields,
            .help = "Fields that responses to the client have besides, "
                    "\"Name: value\"."),
	ROW("remove_response_fields", PST_OPTION_LIST,
            response.remove_response_fields,
            .help = "Names of fields that responses to the client do not "
                    "have, \"Name\" or \"Prefix*\"."),
	ROW("hide_server", PST_OPTION_BOOL, response.hide_server,
            .initial = "false",
            .help = "Whether the field Server of the back-end is left out."),
	ROW("via_response", PST_OPTION_BOOL, response.via_response,
            .initial = "false",
            .help = "Whether responses have the field Via, too; it tells "
                    "clients that a gateway stands here."),
	ROW("hsts", PST_OPTION_TIME, response.hsts, .min = 1000,
            .max = INT64_C(3153600000000), .unit = "ms",
            .help = "How long browsers are to use nothing but TLS for this "
                    "host (RFC 6797), such as \"365d\": sent where the accept "
                    "pipeline is secure, or is said to be, and in place of "
                    "what the back-end says. Without it nothing is sent."),
	ROW("hsts_subdomains", PST_OPTION_BOOL, response.hsts_subdomains,
            .initial = "false",
            .help = "Whether hsts concerns all hosts below this one, too."),
	ROW("hsts_preload", PST_OPTION_BOOL, response.hsts_preload,
            .initial = "false",
            .help = "Whether the host may be put into browsers' lists of those "
                    "that use nothing but TLS; needs hsts of a year and "
                    "hsts_subdomains."),
	ROW("error_pages", PST_OPTION_FILES, response.error_pages,
            .help = "Bodies of errors: files that are named for their status, "
                    "\"502.html\", \"5xx.json\", or folders of them; .html, "
                    ".htm, .txt, .json or .xml, at most 64 KiB each."),
	ROW("intercept_errors", PST_OPTION_BOOL, response.intercept_errors,
            .initial = "false",
            .help = "Whether responses of the back-end with a status for which "
                    "there is an error page get this in place of their own "
                    "body and fields."),
	ROW("retry_after", PST_OPTION_TIME, response.retry_after,
            .initial = "10s", .unit = "ms",
            .help = "When clients that are refused with 503 may ask again; 0: "
                    "they are not told."),
	ROW("buffer_response", PST_OPTION_SIZE, response.buffer_response,
            .initial = "0", .unit = "bytes",
            .help = "Bytes of a response's body that are waited for before the "
                    "client gets anything, so that a back-end that fails in "
                    "between is a 502 and no half response: at most what "
                    "high_water lets wait; 0: none."),
	ELSEWHERE("proxy_redirect", "use rewrite_location"),
	ELSEWHERE("proxy_cookie_path", "use cookie_path"),
	ELSEWHERE("proxy_cookie_domain", "use cookie_domain"),
	ELSEWHERE("proxy_cookie_flags", "use cookie_flags or cookie_secure"),
	ELSEWHERE("add_header", "use add_response_fields"),
	ELSEWHERE("proxy_hide_header", "use remove_response_fields"),
	ELSEWHERE("proxy_intercept_errors", "use intercept_errors"),
	ELSEWHERE("error_page", "use error_pages"),
	ELSEWHERE("proxy_buffering", "use buffer_response"),
	ELSEWHERE("rewrite_cookie_path", "use cookie_path"),
	ELSEWHERE("rewrite_cookie_domain", "use cookie_domain"),
	ELSEWHERE("http_response", "use set_response_fields and its like"),
	/* pipelines and paths */
	ELSEWHERE("proxy_pass", "use connect, the URL of the back-end"),
	ELSEWHERE("upstream", BACK_ENDS),
	ELSEWHERE("server", BACK_ENDS),
	ELSEWHERE("backend", BACK_ENDS),
	ELSEWHERE("use_backend", BACK_ENDS),
	ELSEWHERE("default_backend", BACK_ENDS),
	ELSEWHERE("listen", "use accept: its URL, and tcp.bind within it"),
	ELSEWHERE("bind", "use accept: its URL, and tcp.bind within it"),
	ELSEWHERE("server_name", "use accept: the host of its URL"),
	ELSEWHERE("location", "use accept: the path of its URL; each path is "
                              "a service"),
	ELSEWHERE("accept_options", "use accept = { url = \"...\"; tls = { "
                                    "... }; }"),
	ELSEWHERE("connect_options", "use connect = { url = \"...\"; tls = { "
                                     "... }; }"),
	ELSEWHERE("properties", "leave it out: what is in it stands beside "
                                "accept and connect"),
	ELSEWHERE("cross_site_constraint", "use the layer cors in accept"),
	ELSEWHERE("root", "use type = \"directory\" for files"),
	ELSEWHERE("return", "use type = \"redirect\" or \"respond\""),
	ELSEWHERE("rewrite", "use type = \"redirect\", or the paths of accept "
                             "and connect"),
	/* of layers and hops */
	ELSEWHERE("client_max_body_size", "use accept: http.max_body within "
                                          "it"),
	ELSEWHERE("proxy_read_timeout", "use connect: http.response_timeout "
                                        "within it"),
	ELSEWHERE("proxy_connect_timeout", "use connect: connect_timeout "
                                           "within it"),
	ELSEWHERE("proxy_send_timeout", "use connect: idle_timeout within it"),
	ELSEWHERE("maxconn", "use accept: max_connections within it"),
	ELSEWHERE("proxy_http_version", "leave it out: back-ends are asked in "
                                        "HTTP/1.1"),
	{.name = NULL},
};

int proxy_conf_init(void *conf, struct pst_setup *setup)
{
	int request = proxy_request_conf_init(conf, setup);
	int response = proxy_response_conf_init(conf, setup);

	return request != PST_OK ? request : response;
}

void proxy_conf_finish(void *conf)
{
	proxy_request_conf_finish(conf);
	proxy_response_conf_finish(conf);
}

void proxy_conf_explain(const void *conf, struct pst_setup *setup)
{
	proxy_request_conf_explain(conf, setup);
	proxy_response_conf_explain(conf, setup);
}
