/* SPDX-License-Identifier: MIT */
/* The service `proxy`: requests that wait until they are here, and what
 * `penstock explain` says of it all. */
#include "kit_check.h"
#include "proxy_kit.h"

static const char *const wait_8[] = {"buffer_request", "8", NULL};

static struct pst_kit_head post(const char *const *fields)
{
	struct pst_kit_head head = get("/a", fields);

	head.method = "POST";
	head.body = PST_BODY_LENGTH;
	head.body_length = 100;
	return head;
}

/* A POST whose body is still to come. */
static struct pst_kit *begun(const char *const *options,
                             const char *const *fields)
{
	struct pst_kit_head head = post(fields);
	struct pst_kit *k = make(&(struct world){.options = options});

	if (CHECK(pst_kit_ready(k))) {
		CHECK_INT(pst_kit_feed_kit_head(pst_kit_rx_in(k), &head, 0), 0);
		CHECK_INT(pst_kit_offer(k), 0);
		pst_kit_run(k);
	}
	return k;
}

static void without_the_option_the_back_end_is_asked_at_once(void)
{
	struct pst_kit *k = begun(NULL, NULL);

	CHECK_INT(pst_kit_connects(k), 1);
	CHECK(pst_kit_answer(k) == NULL);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void the_back_end_is_asked_when_enough_is_here(void)
{
	struct pst_kit *k = begun(wait_8, NULL);

	CHECK_INT(pst_kit_connects(k), 0);
	pst_kit_feed(pst_kit_rx_in(k), "1234567", 7);
	pst_kit_run(k);
	CHECK_INT(pst_kit_connects(k), 0);
	pst_kit_feed(pst_kit_rx_in(k), "8", 1);
	pst_kit_run(k);
	CHECK_INT(pst_kit_connects(k), 1);
	pst_kit_feed(pst_kit_rx_in(k), "9", 1);
	pst_kit_run(k);
	CHECK_INT(pst_kit_connects(k), 1);
	pst_kit_back(k, 0, PST_BACK_UP);
	CHECK(pst_kit_joined(k));
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_whole_request_is_enough(void)
{
	struct pst_kit *k = begun(wait_8, NULL);

	pst_kit_feed_slice(pst_kit_rx_in(k), "123", 3, PST_EOM);
	pst_kit_run(k);
	CHECK_INT(pst_kit_connects(k), 1);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void what_has_no_body_does_not_wait(void)
{
	struct pst_kit_head head = get("/a", NULL);
	struct pst_kit *k = offer(&(struct world){.options = wait_8}, &head);

	CHECK_INT(pst_kit_connects(k), 1);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_full_queue_is_enough(void)
{
	static const char *const options[] = {"buffer_request", "32k", NULL};
	struct pst_kit *k = begun(options, NULL);

	pst_kit_limit(pst_kit_rx_in(k), 4);
	pst_kit_feed(pst_kit_rx_in(k), "12345", 5);
	pst_kit_run(k);
	CHECK_INT(pst_kit_connects(k), 1);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_client_that_waits_is_told_to_go_on_once(void)
{
	static const char *const expects[] = {"Expect", "100-continue", NULL};
	struct pst_kit_head head = post(expects);
	struct pst_kit *k = begun(wait_8, expects);
	struct pst_slice *s = pst_kit_take(pst_kit_tx_out(k));

	if (CHECK(s != NULL) && CHECK(pst_kit_head_of(s) != NULL)) {
		CHECK_INT(pst_kit_head_of(s)->kind, PST_HEAD_INTERIM);
		CHECK_INT(pst_kit_head_of(s)->status, 100);
	}
	pst_kit_free(s);
	pst_kit_feed(pst_kit_rx_in(k), "12345678", 8);
	pst_kit_run(k);
	CHECK(pst_kit_peek(pst_kit_tx_out(k)) == NULL);
	s = pass(k, &head);
	CHECK(s != NULL &&
	      pst_kit_field_is(pst_kit_head_of(s), "Expect", NULL));
	pst_kit_free(s);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void without_memory_for_100_the_exchange_fails(void)
{
	static const char *const fields[] = {"Expect", "100-continue", NULL};
	struct pst_kit_head head = post(fields);
	struct pst_kit *k = make(&(struct world){.options = wait_8});

	CHECK_INT(pst_kit_feed_kit_head(pst_kit_rx_in(k), &head, 0), 0);
	CHECK_INT(pst_kit_offer(k), 0);
	pst_kit_fail_memory(k, 1);
	pst_kit_run(k);
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_INTERNAL);
	CHECK_INT(pst_kit_connects(k), 0);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void an_expectation_that_we_do_not_meet_is_passed_on(void)
{
	static const char *const expects[] = {"Expect", "100-continue", NULL};
	struct pst_kit_head head = post(expects);
	struct pst_kit *k = begun(NULL, expects);
	struct pst_slice *s = pass(k, &head);

	CHECK(s != NULL &&
	      pst_kit_field_is(pst_kit_head_of(s), "Expect", "100-continue"));
	pst_kit_free(s);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_client_that_leaves_ends_it(void)
{
	struct pst_kit *k = begun(wait_8, NULL);

	pst_kit_end(pst_kit_rx_in(k), PST_END_RESET, PST_CLASS_TRUNCATED);
	pst_kit_run(k);
	CHECK(pst_kit_failed(k));
	CHECK_INT(pst_kit_connects(k), 0);
	pst_kit_destroy(k);
}

static void more_than_high_water_is_a_load_error(void)
{
	static const char *const options[] = {"buffer_request", "65537", NULL};
	struct pst_kit *k = make(&(struct world){.options = options});

	CHECK_REFUSED(k, "buffer_request", "high_water");
}

/* -- explain ------------------------------------------------------------- */

static void explains(const char *const *options, const char *key,
                     const char *text)
{
	struct pst_kit *k = make(&(struct world){.options = options});

	pst_kit_explain(k);
	if (!CHECK(pst_kit_diagnosed(k, key, text))) {
		printf("    no \"%s: %s\"\n", key, text);
	}
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void explain_says_it_in_words(void)
{
	static const char *const all[] = {"host",
	                                  "back",
	                                  "allow_in_path",
	                                  "slashes",
	                                  "trace",
	                                  "pass",
	                                  "via",
	                                  "off",
	                                  "trusted_peers",
	                                  "10.0.0.0/8",
	                                  "trusted_peers",
	                                  "unix",
	                                  "forwarded",
	                                  "append",
	                                  "set_request_fields",
	                                  "Authorization: hush",
	                                  "buffer_request",
	                                  "8",
	                                  NULL};

	explains(NULL, "paths", "/a/x becomes /x/x, to http://Back:8080/x/");
	explains(NULL, "refused in paths", "dot segments, encoded slashes");
	explains(NULL, "host", "the client's");
	explains(NULL, "via", "penstock-");
	explains(NULL, "TRACE", "405");
	explains(NULL, "X-Forwarded-*", "in place of what the client sent");
	explains(NULL, "Forwarded", "none");
	explains(all, "host", "Back:8080");
	explains(all, "allowed in paths", "encoded slashes");
	explains(all, "via", "loops are not seen");
	explains(all, "TRACE", "goes to the back-end");
	explains(all, "Forwarded", "behind what trusted peers sent");
	explains(all, "trusted peers", "10.0.0.0/8, unix");
	explains(all, "request fields", "set Authorization");
	explains(all, "requests wait", "for 8 bytes");
}

static void explain_shows_no_values(void)
{
	static const char *const secret[] = {"set_request_fields",
	                                     "Authorization: hush", NULL};
	struct pst_kit *k = make(&(struct world){.options = secret});

	pst_kit_explain(k);
	CHECK(!pst_kit_diagnosed(k, NULL, "hush"));
	CHECK_INT(pst_kit_destroy(k), 0);
}

static CU_TestInfo tests[] = {
	TEST(without_the_option_the_back_end_is_asked_at_once),
	TEST(the_back_end_is_asked_when_enough_is_here),
	TEST(a_whole_request_is_enough),
	TEST(what_has_no_body_does_not_wait),
	TEST(a_full_queue_is_enough),
	TEST(a_client_that_waits_is_told_to_go_on_once),
	TEST(without_memory_for_100_the_exchange_fails),
	TEST(an_expectation_that_we_do_not_meet_is_passed_on),
	TEST(a_client_that_leaves_ends_it),
	TEST(more_than_high_water_is_a_load_error),
	TEST(explain_says_it_in_words),
	TEST(explain_shows_no_values),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
