/* SPDX-License-Identifier: MIT */
/* The layer `tls`: TLS 1.2 and 1.3 over any bytes, both ends. */
#include "tls_wire.h"

#include <penstock/plugin.h>
#include <penstock/scheme.h>
#include <string.h>

#ifndef PST_VERSION
#define PST_VERSION "0.1"
#endif

static enum pst_step step(struct pst_instance *me, struct pst_io *io)
{
	struct tls_wire w;

	if (tls_is_offloaded(me->conf)) {
		(void)pst_attribute_set(me, "tls.offloaded", "yes", 3,
		                        PST_CLAIMED);
		return PST_STEP_TRANSPARENT;
	}
	tls_wire_begin(&w, me, io);
	return w.state->up ? tls_data_step(&w) : tls_handshake_step(&w);
}

static void shut(struct pst_instance *me, enum pst_close why)
{
	struct tls_state *st = me->state;

	(void)why;
	tls_forget_hello(st);
	if (st->session != NULL) {
		gnutls_deinit(st->session);
	}
	tls_built_drop(st->shown);
}

static const struct pst_metric metrics[] = {
	[TLS_METRIC_HANDSHAKES] = {.name = "handshakes",
                                   .help = "Handshakes that succeeded."},
	[TLS_METRIC_FAILURES] = {.name = "handshakes_failed",
                                 .help = "Handshakes that did not."},
	[TLS_METRIC_TRUNCATED] = {.name = "truncated",
                                  .help = "Connections whose peer went without "
                                          "close_notify."},
	[TLS_METRIC_RESUMED] = {.name = "handshakes_resumed",
                                .help = "Handshakes that succeeded and resumed "
                                        "an earlier session."},
	[TLS_METRIC_UNVERIFIED] = {.name = "unverified",
                                   .help = "Connections to back-ends that "
                                           "nobody verified (verify = off)."},
	{.name = NULL},
};

static const struct pst_attribute attributes[] = {
	{.key = "tls.version",
         .flags = PST_ATTRIBUTE_LOG,
         .help = "Protocol version, TLS1.3."},
	{.key = "tls.cipher",
         .flags = PST_ATTRIBUTE_LOG,
         .help = "Cipher suite, by its IANA name."},
	{.key = "tls.group", .help = "Group of the key exchange."},
	{.key = "tls.sni",
         .flags = PST_ATTRIBUTE_LOG,
         .help = "Server name that was asked for, also when the handshake "
                 "failed."},
	{.key = "tls.waits_for",
         .help = "What a handshake that took too long waited for."},
	{.key = "tls.alpn", .help = "Protocol chosen by ALPN."},
	{.key = "tls.peer.subject",
         .help = "Subject of the peer's certificate (RFC 4514)."},
	{.key = "tls.peer.issuer",
         .help = "Who issued the peer's certificate, likewise."},
	{.key = "tls.peer.serial",
         .help = "Serial number of the peer's certificate, in hexadecimal."},
	{.key = "tls.peer.names",
         .help = "subjectAltNames of the peer's certificate: DNS:a.example, "
                 "email:b@a.example, URI:urn:c, IP:192.0.2.1."},
	{.key = "tls.peer.not_after",
         .help = "When the peer's certificate ends, 2027-01-31T12:00:00Z."},
	{.key = "tls.peer.verified",
         .help = "\"yes\" when the peer's certificate passed all checks, "
                 "\"no\" when it was not checked or none was shown."},
	{.key = "tls.peer.certificate",
         .help = "The peer's certificate as in the field Client-Cert of RFC "
                 "9440; with peer_certificate."},
	{.key = "tls.peer.fingerprint",
         .help = "SHA-256 of the peer's certificate, in hexadecimal."},
	{.key = "tls.resumed", .help = "\"yes\" when a session was resumed."},
	{.key = "tls.offloaded",
         .help = "\"yes\" when what stands in front should have terminated "
                 "TLS."},
	{.key = NULL},
};

static const struct pst_layer layer = {
	.size = sizeof(layer),
	.roles = PST_ACCEPT | PST_CONNECT,
	.id = "tls",
	.help = "TLS 1.2 and 1.3 with certificates (GnuTLS).",
	.below = PST_SHAPE_BYTES,
	.above = PST_SHAPE_BYTES,
	.provides = PST_PROVIDES_SECURE | PST_PROVIDES_AUTHENTICATED |
                    PST_PROVIDES_HALF_CLOSE | PST_PROVIDES_CLAIMED,
	.lookahead = TLS_RECORD_HEADER + TLS_RECORD_MAX,
	.state_size = sizeof(struct tls_state),
	.conf_size = sizeof(struct tls_conf),
	.options = tls_options,
	.metrics = metrics,
	.attributes = attributes,
	.option_stride = sizeof(struct pst_option),
	.metric_stride = sizeof(struct pst_metric),
	.attribute_stride = sizeof(struct pst_attribute),
	.conf_init = tls_conf_init,
	.conf_finish = tls_conf_finish,
	.conf_provides = tls_conf_provides,
	.conf_explain = tls_conf_explain,
	.step = step,
	.timeout = tls_ticket_due,
	.close = shut,
};

static const char *const layers[] = {"tcp", "tls", NULL};

static const struct pst_scheme schemes[] = {
	{
		.size = sizeof(struct pst_scheme),
		.flags = PST_SCHEME_SECURE | PST_SCHEME_NEEDS_PORT,
		.name = "tls",
		.layers = layers,
		.help = "Bytes over TLS over TCP: tls://host:port.",
	},
	{
		.size = sizeof(struct pst_scheme),
		.flags = PST_SCHEME_SECURE | PST_SCHEME_NEEDS_PORT,
		.name = "ssl",
		.layers = layers,
		.help = "The same as tls://.",
	},
};

static const struct pst_resource *const resources[] = {
	&tls_identity_resource,
	&tls_trust_resource,
};

static const void *get(const char *extension, uint32_t n)
{
	if (strcmp(extension, PST_EXTENSION_RESOURCE) == 0) {
		return n < sizeof(resources) / sizeof(resources[0])
		               ? resources[n]
		               : NULL;
	}
	if (strcmp(extension, PST_EXTENSION_LAYER) == 0) {
		return n == 0 ? &layer : NULL;
	}
	if (strcmp(extension, PST_EXTENSION_SCHEME) == 0) {
		return n < 2 ? &schemes[n] : NULL;
	}
	if (strcmp(extension, PST_EXTENSION_ROUTE) == 0) {
		return n == 0 ? &tls_route_record : NULL;
	}
	return NULL;
}

PST_PLUGIN_NOTE("layer:tls resource:identities resource:trusts route:tls "
		"scheme:tls scheme:ssl");

PST_EXPORT const struct pst_plugin PST_PLUGIN_SYMBOL = {
	.magic = PST_MAGIC,
	.size = sizeof(struct pst_plugin),
	.abi = PST_ABI,
	.name = "tls",
	.version = PST_VERSION,
	.license = "MIT",
	.get = get,
};
