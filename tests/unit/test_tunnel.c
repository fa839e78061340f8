/* SPDX-License-Identifier: MIT */
/* The service `tunnel`: what is a target, how it is asked for, what is not. */
#include "kit_check.h"
#include "pst_test.h"
#include "tunnel.h"

#include <penstock/plugin.h>
#include <penstock/testkit.h>

static const struct pst_url db = {.scheme = "tcp",
                                  .host = "db.internal",
                                  .path = "/",
                                  .query = "",
                                  .text = "tcp://db.internal:5432",
                                  .port = 5432};
static const struct pst_url mail = {.scheme = "tls",
                                    .host = "mail.internal",
                                    .path = "/",
                                    .query = "",
                                    .text = "tls://mail.internal:993",
                                    .port = 993};
static const struct pst_url six = {.scheme = "tcp",
                                   .host = "2001:db8::1",
                                   .path = "/",
                                   .query = "",
                                   .text = "tcp://[2001:DB8:0::1]:80",
                                   .port = 80};

static const struct pst_hop connects[] = {
	{.size = sizeof(struct pst_hop), .url = &db, .layers = "tcp"},
	{.size = sizeof(struct pst_hop), .url = &mail, .layers = "tcp, tls"},
	{.size = sizeof(struct pst_hop), .url = &six, .layers = "tcp"},
	{.size = sizeof(struct pst_hop), .layers = "tcp, tls, tls"},
};

static struct pst_kit *kit_of(const char *const *options, unsigned count)
{
	struct pst_kit_params p = {
		.service = pst_plugin.get(PST_EXTENSION_SERVICE, 0),
		.options = options,
		.connects = connects,
		.connect_count = count};

	return pst_kit_create(&p);
}

static void ask(struct pst_kit *k, const char *method, const char *authority)
{
	const bool connect = strcmp(method, "CONNECT") == 0;
	const struct pst_kit_head head = {
		.kind = PST_HEAD_REQUEST,
		.method = method,
		.authority = authority,
		.path = connect ? NULL : "/",
		.upgrade_by = connect ? PST_UPGRADE_CONNECT : PST_UPGRADE_NONE};

	CHECK(pst_kit_ready(k));
	CHECK_INT(pst_kit_feed_kit_head(pst_kit_rx_in(k), &head,
	                                connect ? 0 : PST_EOM),
	          0);
	CHECK_INT(pst_kit_offer(k), 0);
}

/* -- which target -------------------------------------------------------- */

enum {
	NOBODY = -1
};

/** CONNECT `authority` leads to the pipeline `index`, or to NOBODY. */
static void leads(const char *const *options, const char *authority, int index)
{
	struct pst_kit *k = kit_of(options, 3);

	ask(k, "CONNECT", authority);
	if (index == NOBODY) {
		CHECK_INT(pst_kit_connects(k), 0);
		if (CHECK(pst_kit_answer(k) != NULL)) {
			CHECK_INT(pst_kit_answer(k)->accept, 0);
			CHECK_INT(pst_kit_answer(k)->reason, PST_CLASS_POLICY);
			CHECK(strstr(pst_kit_answer(k)->text, authority) !=
			      NULL);
		}
		CHECK_INT(pst_kit_metric(k, "not_listed"), 1);
	} else if (CHECK_INT(pst_kit_connects(k), 1)) {
		CHECK_INT(pst_kit_connect_index(k, 0), index);
		CHECK(pst_kit_answer(k) == NULL);
	}
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void targets_are_the_hosts_and_ports_of_the_urls(void)
{
	leads(NULL, "db.internal:5432", 0);
	leads(NULL, "DB.Internal:5432", 0);
	leads(NULL, "db.internal.:5432", 0);
	leads(NULL, "db.internal:05432", 0);
	leads(NULL, "mail.internal:993", 1);
	leads(NULL, "[2001:db8::1]:80", 2);
	leads(NULL, "[2001:DB8:0:0::0:1]:80", 2);
}

static void what_is_not_listed_is_refused_and_named(void)
{
	static const char *const others[] = {
		"db.internal:5433",
		"db.internal:993",
		"db.internal",
		"db.internal:",
		"db.internal:0",
		"db.internal:65536",
		"db.internal:70968", /* 5432 + 65536 */
		"db.internal:4294972728",
		"db.internal:-1",
		"db.internal:+5432",
		"db.internal:5432 ",
		"db.internal:5432/",
		"db.internal:5432:5432",
		"db.internal..:5432",
		".db.internal:5432",
		"x.db.internal:5432",
		"internal:5432",
		"*.internal:5432",
		"*:5432",
		"db.internal%00:5432",
		"db.internal/:5432",
		"user@db.internal:5432",
		"tcp://db.internal:5432",
		"[db.internal]:5432",
		"[2001:db8::2]:80",
		"[2001:db8::1%25eth0]:80",
		"[2001:db8::1]80",
		"[2001:db8::1:80",
		"2001:db8::1:80",
		"[]:80",
		"[::1]:80",
		"127.0.0.1:5432",
		":5432",
		"0",
	};
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		leads(NULL, others[i], NOBODY);
	}
	leads(NULL, "", NOBODY);
}

static void other_names_replace_a_pipelines_own(void)
{
	static const char *const options[] = {
		"targets", "db.example.com:5432 = tcp://db.internal:5432",
		"targets", "[::1]:1=0",
		"targets", "10.0.0.1:1 =\t2",
		"targets", "az-_09.test:65535 = 0",
		NULL};

	leads(options, "db.example.com:5432", 0);
	leads(options, "[0:0::1]:1", 0);
	leads(options, "10.0.0.1:1", 2);
	leads(options, "AZ-_09.test:65535", 0);
	leads(options, "mail.internal:993", 1);
	leads(options, "db.internal:5432", NOBODY);
	leads(options, "[2001:db8::1]:80", NOBODY);
	leads(options, "10.0.0.01:1", NOBODY);
}

static void a_star_is_one_label(void)
{
	static const char *const options[] = {
		"targets", "*.db.example.com:5432 = 0",
		"targets", "a.db.example.com:5432 = 1",
		"targets", "*.com:5432 = 2",
		NULL};

	leads(options, "b.db.example.com:5432", 0);
	leads(options, "B.DB.example.com.:5432", 0);
	leads(options, "a.db.example.com:5432", 1);
	leads(options, "example.com:5432", 2);
	leads(options, "a.b.db.example.com:5432", NOBODY);
	leads(options, "db.example.com:5432", NOBODY);
	leads(options, ".db.example.com:5432", NOBODY);
	leads(options, "*.db.example.com:5432", NOBODY);
	leads(options, "b.db.example.com:5433", NOBODY);
	leads(options, "xdb.example.com:5432", NOBODY);
	leads(options, "b.db.example.com.evil.test:5432", NOBODY);
	leads(options, "com:5432", NOBODY);
}

static void a_name_may_have_several_pipelines(void)
{
	static const char *const options[] = {
		"targets", "db:1 = 2", "targets", "db:1 = 0",
		"targets", "db:1 = 1", NULL};
	struct pst_kit *k = kit_of(options, 3);

	ask(k, "CONNECT", "db:1");
	pst_kit_back(k, 2, PST_BACK_REFUSED);
	pst_kit_back(k, 0, PST_BACK_REFUSED);
	CHECK_INT(pst_kit_metric(k, "next_tried"), 2);
	if (CHECK_INT(pst_kit_connects(k), 3)) {
		CHECK_INT(pst_kit_connect_index(k, 0), 2);
		CHECK_INT(pst_kit_connect_index(k, 1), 0);
		CHECK_INT(pst_kit_connect_index(k, 2), 1);
	}
	pst_kit_set_reason(k, PST_CLASS_TIMEOUT, "it took too long");
	pst_kit_back(k, 1, PST_BACK_REFUSED);
	if (CHECK(pst_kit_answer(k) != NULL)) {
		CHECK_INT(pst_kit_answer(k)->reason, PST_CLASS_TIMEOUT);
		CHECK_STR(pst_kit_answer(k)->text, "it took too long");
	}
	CHECK_INT(pst_kit_metric(k, "refused"), 1);
	CHECK_INT(pst_kit_destroy(k), 0);
}

/* -- answers ------------------------------------------------------------- */

static void a_back_stream_that_is_up_gets_200_without_framing(void)
{
	struct pst_kit *k = kit_of(NULL, 3);
	const struct pst_answer *a;

	ask(k, "CONNECT", "db.internal:5432");
	pst_kit_back(k, 0, PST_BACK_UP);
	a = pst_kit_answer(k);
	if (CHECK(a != NULL) && CHECK_INT(a->accept, 1) &&
	    CHECK(a->head_length != 0)) {
		CHECK_INT(a->head->status, 200);
		CHECK_INT(a->head->upgrade_by, PST_UPGRADE_CONNECT);
		CHECK_INT(a->head->body, PST_BODY_NONE);
		CHECK_INT(a->head->field_count, 0);
	}
	CHECK(pst_kit_joined(k));
	CHECK_INT(pst_kit_metric(k, "opened"), 1);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void what_is_wrong_with_the_back_end_is_not_the_clients_fault(void)
{
	static const enum pst_class whys[] = {
		PST_CLASS_POLICY, PST_CLASS_PROTOCOL, PST_CLASS_CLEAN};
	size_t i;

	for (i = 0; i < 3; i++) {
		struct pst_kit *k = kit_of(NULL, 3);

		ask(k, "CONNECT", "db.internal:5432");
		pst_kit_set_reason(k, whys[i], "because");
		pst_kit_back(k, 0, PST_BACK_REFUSED);
		if (CHECK(pst_kit_answer(k) != NULL)) {
			CHECK_INT(pst_kit_answer(k)->reason,
			          PST_CLASS_UNREACHABLE);
		}
		CHECK_INT(pst_kit_destroy(k), 0);
	}
}

static void other_methods_get_405(void)
{
	static const char *const methods[] = {"GET", "HEAD", "POST", "OPTIONS",
	                                      "connect"};
	size_t i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		struct pst_kit *k = kit_of(NULL, 3);
		const struct pst_answer *a;
		bool head = strcmp(methods[i], "HEAD") == 0;

		ask(k, methods[i], "db.internal:5432");
		CHECK_INT(pst_kit_connects(k), 0);
		a = pst_kit_answer(k);
		if (CHECK(a != NULL) && CHECK(a->head_length != 0)) {
			CHECK_INT(a->accept, 0);
			CHECK_INT(a->head->status, 405);
			CHECK(pst_kit_field_is(a->head, "Allow", "CONNECT"));
			CHECK_INT(a->body_length,
			          head ? 0 : a->head->body_length);
		}
		CHECK_INT(pst_kit_destroy(k), 0);
	}
}

static void a_protocol_beside_connect_is_no_tunnel(void)
{
	const struct pst_kit_head head = {.kind = PST_HEAD_REQUEST,
	                                  .method = "CONNECT",
	                                  .authority = "db.internal:5432",
	                                  .path = "/",
	                                  .upgrade = "websocket",
	                                  .upgrade_by = PST_UPGRADE_CONNECT};
	struct pst_kit *k = kit_of(NULL, 3);

	CHECK(pst_kit_ready(k));
	CHECK_INT(pst_kit_feed_kit_head(pst_kit_rx_in(k), &head, 0), 0);
	CHECK_INT(pst_kit_offer(k), 0);
	CHECK_INT(pst_kit_connects(k), 0);
	if (CHECK(pst_kit_answer(k) != NULL)) {
		CHECK_INT(pst_kit_answer(k)->head->status, 405);
	}
	CHECK_INT(pst_kit_destroy(k), 0);
}

/* -- settings ------------------------------------------------------------ */

static void refuses(const char *target, unsigned count, const char *words)
{
	const char *const options[] = {"targets", target, NULL};
	struct pst_kit *k = kit_of(target == NULL ? NULL : options, count);

	CHECK_REFUSED(k, "targets", words);
}

static void targets_that_are_wrong_are_refused(void)
{
	static const char *const malformed[] = {
		"db:1",           "= 0",          "db = 0",     "db: = 0",
		"db:0 = 0",       "db:65536 = 0", "*:1 = 0",    "*.:1 = 0",
		"*.10.0.0.1:1=0", "*.[::1]:1=0",  "a.*.b:1=0",  "**.b:1 = 0",
		"a b:1 = 0",      "a@b:1 = 0",    "[::1:1 = 0", "a..b:1=0",
	};
	size_t i;

	for (i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
		refuses(malformed[i], 3, "is not \"host:port = URL\"");
	}
	refuses("db:1 = 3", 3, "no connect pipeline is \"3\"");
	refuses("db:1 = 4294967296", 3, "no connect pipeline");
	refuses("db:1 = 0x", 3, "no connect pipeline");
	refuses("db:1 =", 3, "no connect pipeline is \"\"");
	refuses("db:1 = tcp://db.internal", 3, "number from 0 to 2");
}

static void a_pipeline_without_name_must_get_one(void)
{
	static const char *const options[] = {"targets", "x:1 = 3", NULL};
	struct pst_kit *k = kit_of(options, 4);

	refuses(NULL, 4, "connect pipeline 3 (tcp, tls, tls) has no URL");
	ask(k, "CONNECT", "x:1");
	CHECK_INT(pst_kit_connect_index(k, 0), 3);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_name_leads_to_a_pipeline_once(void)
{
	static const char *const options[] = {"targets", "db.internal:1 = 0",
	                                      "targets", "DB.internal.:1 = 0",
	                                      NULL};
	struct pst_kit *k = kit_of(options, 3);

	CHECK(!pst_kit_ready(k));
	CHECK(pst_kit_diagnosed(
		k, "targets", "\"db.internal:1\" leads to connect pipeline 0"));
	CHECK_INT(pst_kit_destroy(k), 0);
}

static CU_TestInfo tests[] = {
	TEST(targets_are_the_hosts_and_ports_of_the_urls),
	TEST(what_is_not_listed_is_refused_and_named),
	TEST(other_names_replace_a_pipelines_own),
	TEST(a_star_is_one_label),
	TEST(a_name_may_have_several_pipelines),
	TEST(a_back_stream_that_is_up_gets_200_without_framing),
	TEST(what_is_wrong_with_the_back_end_is_not_the_clients_fault),
	TEST(other_methods_get_405),
	TEST(a_protocol_beside_connect_is_no_tunnel),
	TEST(targets_that_are_wrong_are_refused),
	TEST(a_pipeline_without_name_must_get_one),
	TEST(a_name_leads_to_a_pipeline_once),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
