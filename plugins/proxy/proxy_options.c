/* SPDX-License-Identifier: MIT */
/* Settings of the service `proxy`: the option rows. */
#include "proxy_conf.h"

#define ROW(n, t, m, ...)                                             \
	{                                                             \
		.name = n, .type = t, .flags = PST_OPTION_RELOADABLE, \
		.offset = offsetof(struct proxy_conf, m), __VA_ARGS__ \
	}
/* Names that users of other gateways know a setting by. */
#define ELSEWHERE(known, advice)                                 \
	{                                                        \
		.name = (known), .type = PST_OPTION_STRING,      \
		.flags = PST_OPTION_ELSEWHERE, .help = (advice), \
	}

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
	ELSEWHERE("use_forwarded", "use forwarded and x_forwarded"),
	ELSEWHERE("proxy_set_header", "use set_request_fields, or host"),
	ELSEWHERE("set_real_ip_from", "use trusted_peers"),
	/* responses */
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
