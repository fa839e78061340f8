/* SPDX-License-Identifier: MIT */
/* `tls` with an offloader in front, and what is agreed on by ALPN. */
#include "kit_check.h"
#include "test_tls_raw.h"

#include <penstock/route.h>

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

static const struct pst_layer *layer_of(void)
{
	return world_layer();
}

/* -- offloaded -------------------------------------------------------------- */

static void offloaded_is_transparent_at_once(void)
{
	enum pst_provenance how = PST_PROVEN;
	struct pst_kit *k =
		world_kit(PST_ACCEPT, LIST("mode", "offloaded"), &world_url);

	CHECK(pst_kit_ready(k));
	pst_kit_run(k);
	CHECK(pst_kit_left(k));
	CHECK_INT(pst_kit_ups(k), 1);
	CHECK_INT(pst_kit_heavies(k), 0);
	CHECK_STR(pst_kit_attribute(k, "tls.offloaded", &how), "yes");
	CHECK_INT(how, PST_CLAIMED);
	pst_kit_feed(pst_kit_rx_in(k), "plain", 5);
	pst_kit_feed(pst_kit_tx_in(k), "words", 5);
	pst_kit_run(k);
	CHECK(pst_kit_reads(pst_kit_rx_out(k), "plain", 5));
	CHECK(pst_kit_reads(pst_kit_tx_out(k), "words", 5));
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void offloaded_claims_and_does_not_promise(void)
{
	struct pst_kit *k =
		world_kit(PST_ACCEPT, LIST("mode", "offloaded"), &world_url);
	const void *conf = pst_kit_instance(k)->conf;

	CHECK_INT(layer_of()->conf_provides(conf, PST_ACCEPT),
	          PST_PROVIDES_CLAIMED | PST_PROVIDES_HALF_CLOSE);
	pst_kit_explain(k);
	CHECK(pst_kit_diagnosed(k, "mode", "nothing on this socket"));
	CHECK(!pst_kit_diagnosed(k, "certificate", ""));
	CHECK_INT(pst_kit_destroy(k), 0);
	k = world_kit(PST_ACCEPT,
	              LIST("mode", "terminate", "certificate", "gw",
	                   "private_key", "gw.key"),
	              &world_url);
	CHECK_INT(layer_of()->conf_provides(pst_kit_instance(k)->conf,
	                                    PST_ACCEPT),
	          PST_PROVIDES_SECURE | PST_PROVIDES_HALF_CLOSE);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void offloaded_refuses_what_would_be_ignored(void)
{
	static const char *const given[][2] = {
		{"certificate", "gw"},      {"private_key", "gw.key"},
		{"client_auth", "require"}, {"alpn", "h2"},
		{"sni", "gw.example.com"},  {"default", "true"},
		{"password_file", "gw"},
	};
	size_t i;

	for (i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
		struct pst_kit *k = world_kit(
			PST_ACCEPT,
			LIST("mode", "offloaded", given[i][0], given[i][1]),
			&world_url);

		CHECK_REFUSED(k, given[i][0], "has no effect");
	}
}

static void offloaded_keeps_to_what_defaults_may_set(void)
{
	struct pst_kit *k = world_kit(
		PST_ACCEPT,
		LIST("mode", "offloaded", "min_version", "1.3", "heavy", "rsa"),
		&world_url);

	CHECK(pst_kit_ready(k));
	CHECK(pst_kit_diagnosis(k, 0) == NULL);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void offloaded_places_answer_to_every_name(void)
{
	const struct pst_route *route =
		PST_PLUGIN_SYMBOL.get(PST_EXTENSION_ROUTE, 0);
	struct pst_kit *k =
		world_kit(PST_ACCEPT, LIST("mode", "offloaded"), &world_url);

	CHECK(route->name(pst_kit_instance(k)->conf, NULL, 0) == NULL);
	CHECK_INT(pst_kit_destroy(k), 0);
}

/* -- ALPN ------------------------------------------------------------------- */

static void required_alpn_needs_protocols(void)
{
	struct pst_kit *k = world_kit(
		PST_CONNECT, LIST("trust", "ca", "alpn_required", "true"),
		&world_url);

	CHECK_REFUSED(k, "alpn_required", "set alpn");
}

static void both_agree_on_the_acceptors_first(void)
{
	struct world_pair p;

	world_pair(&p,
	           LIST("alpn", "mqtt", "alpn", "http/1.1", "alpn_required",
	                "true"),
	           LIST("alpn", "http/1.1", "alpn", "mqtt", "alpn_required",
	                "true"));
	world_run(&p);
	CHECK_STR(pst_kit_attribute(p.front, "tls.alpn", NULL), "mqtt");
	CHECK_STR(pst_kit_attribute(p.back, "tls.alpn", NULL), "mqtt");
	world_part(&p);
}

static void a_client_with_other_protocols_gets_alert_120(void)
{
	struct world_pair p;

	world_pair(&p, LIST("alpn", "mqtt"), LIST("alpn", "h2"));
	world_run(&p);
	CHECK_INT(pst_kit_fail_code(p.front), 120);
	CHECK_INT(pst_kit_fail_code(p.back), 120);
	world_part(&p);
}

static void who_leaves_alpn_out_may_come_in(void)
{
	struct world_pair p;

	world_pair(&p, LIST("alpn", "mqtt"), NULL);
	world_run(&p);
	CHECK_INT(pst_kit_ups(p.front), 1);
	CHECK(pst_kit_attribute(p.front, "tls.alpn", NULL) == NULL);
	world_part(&p);
	world_pair(&p, NULL, LIST("alpn", "mqtt"));
	world_run(&p);
	CHECK_INT(pst_kit_ups(p.back), 1);
	world_part(&p);
}

static void who_leaves_alpn_out_is_refused_where_it_is_required(void)
{
	struct world_pair p;

	world_pair(&p, LIST("alpn", "mqtt", "alpn_required", "true"), NULL);
	world_run(&p);
	CHECK(pst_kit_failed(p.front));
	CHECK_INT(pst_kit_fail_code(p.front), 120);
	CHECK(strstr(pst_kit_fail_text(p.front),
	             "the client takes no part in ALPN; alpn is mqtt") != NULL);
	CHECK_INT(pst_kit_fail_code(p.back), 120);
	world_part(&p);
	world_pair(&p, NULL,
	           LIST("alpn", "mqtt", "alpn", "h2", "alpn_required", "true"));
	world_run(&p);
	CHECK(pst_kit_failed(p.back));
	CHECK_INT(pst_kit_fail_code(p.back), 120);
	CHECK(strstr(pst_kit_fail_text(p.back), "alpn is mqtt, h2") != NULL);
	world_part(&p);
}

/* The offer as the back-end reads it: one letter is another. */
static int misreads(gnutls_session_t s, unsigned type, unsigned when,
                    unsigned incoming, const gnutls_datum_t *msg)
{
	uint8_t *at =
		incoming == 0 ? NULL : memmem(msg->data, msg->size, "mqtt", 4);

	(void)s;
	(void)type;
	(void)when;
	if (at != NULL) {
		at[3] = 'x';
	}
	return 0;
}

static void a_back_end_that_chooses_what_was_not_offered_is_refused(void)
{
	const gnutls_datum_t other = {(uint8_t *)(uintptr_t) "mqtx", 4};
	struct raw r;

	/* in TLS 1.3 the keys would already differ */
	raw_open(&r, PST_CONNECT, "NORMAL:-VERS-ALL:+VERS-TLS1.2", 0,
	         LIST("alpn", "mqtt"));
	gnutls_handshake_set_hook_function(r.session,
	                                   GNUTLS_HANDSHAKE_CLIENT_HELLO,
	                                   GNUTLS_HOOK_PRE, misreads);
	CHECK_INT(gnutls_alpn_set_protocols(r.session, &other, 1, 0), 0);
	raw_shake(&r);
	CHECK(pst_kit_failed(r.kit));
	CHECK_INT(pst_kit_ups(r.kit), 0);
	CHECK_INT(pst_kit_fail_code(r.kit), 120);
	raw_close(&r);
}

static CU_TestInfo tests[] = {
	TEST(offloaded_is_transparent_at_once),
	TEST(offloaded_claims_and_does_not_promise),
	TEST(offloaded_refuses_what_would_be_ignored),
	TEST(offloaded_keeps_to_what_defaults_may_set),
	TEST(offloaded_places_answer_to_every_name),
	TEST(required_alpn_needs_protocols),
	TEST(both_agree_on_the_acceptors_first),
	TEST(a_client_with_other_protocols_gets_alert_120),
	TEST(who_leaves_alpn_out_may_come_in),
	TEST(who_leaves_alpn_out_is_refused_where_it_is_required),
	TEST(a_back_end_that_chooses_what_was_not_offered_is_refused),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN_WITHIN(tests, world_make, world_finish)
