/* SPDX-License-Identifier: MIT */
/* Ends of certificates are told at their times, by a clock that is set here. */
#include "expiry.h"
#include "pst_test.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define DAY  INT64_C(86400)
#define ENDS INT64_C(1796115600) /* 2026-12-01 09:00 UTC */

static char said[8192];

struct world {
	struct expiry_book book;
	struct log log;
};

static struct world world_of(const struct expiry *facts, size_t count)
{
	struct world w;

	memset(&w, 0, sizeof(w));
	log_init(&w.log);
	w.log.fd = memfd_create("log", MFD_CLOEXEC);
	CHECK_INT(expiry_set(&w.book, facts, count), PST_OK);
	return w;
}

static struct world world_of_one(void)
{
	const struct expiry fact = {ENDS, "certificate gw.pem (CN=gw)"};

	return world_of(&fact, 1);
}

/* What is logged at `now`; "" for nothing. */
static const char *look(struct world *w, int64_t now)
{
	ssize_t n;

	CHECK_INT(ftruncate(w->log.fd, 0), 0);
	lseek(w->log.fd, 0, SEEK_SET);
	(void)expiry_look(&w->book, now, &w->log);
	n = pread(w->log.fd, said, sizeof(said) - 1, 0);
	said[n < 0 ? 0 : n] = '\0';
	return said;
}

static bool has(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

static void finish(struct world *w)
{
	close(w->log.fd);
	expiry_finish(&w->book);
}

static void each_time_is_told_once(void)
{
	struct world w = world_of_one();

	CHECK_STR(look(&w, ENDS - 30 * DAY - 1), "");
	CHECK(has(look(&w, ENDS - 30 * DAY),
	          " warning: certificate gw.pem (CN=gw) ends in 30 days, on "
	          "2026-12-01 09:00 UTC\n"));
	CHECK_STR(look(&w, ENDS - 29 * DAY), "");
	CHECK(has(look(&w, ENDS - 7 * DAY + 3599), "ends in 7 days, on "));
	CHECK_STR(look(&w, ENDS - 6 * DAY), "");
	CHECK(has(look(&w, ENDS - DAY), "ends in 1 day, on "));
	CHECK_STR(look(&w, ENDS - 1), "");
	CHECK(has(look(&w, ENDS), " error: certificate gw.pem (CN=gw) has "
	                          "ended, on 2026-12-01 09:00 UTC\n"));
	CHECK_STR(look(&w, ENDS + 1000 * DAY), "");
	finish(&w);
}

static void a_late_start_tells_what_is_left(void)
{
	struct world w = world_of_one();

	CHECK(has(look(&w, ENDS - 5 * DAY), "ends in 5 days, on "));
	CHECK(!has(said, "30 days"));
	finish(&w);
	w = world_of_one();
	CHECK(has(look(&w, ENDS - 7200), "ends in 2 hours, on "));
	finish(&w);
	w = world_of_one();
	CHECK(has(look(&w, ENDS + 1), "has ended"));
	finish(&w);
}

static void a_clock_that_jumps_ahead_tells_the_last_time_only(void)
{
	struct world w = world_of_one();

	CHECK_STR(look(&w, ENDS - 300 * DAY), "");
	CHECK(has(look(&w, ENDS + 5), "has ended"));
	CHECK(!has(said, "ends in"));
	finish(&w);
}

static void a_clock_that_was_wrong_is_forgotten(void)
{
	struct world w = world_of_one();

	CHECK(has(look(&w, ENDS + 5 * DAY), "has ended"));
	CHECK_STR(look(&w, ENDS - 20 * DAY), "");
	CHECK(has(look(&w, ENDS - 7 * DAY), "ends in 7 days"));
	finish(&w);
}

static void a_clock_that_trembles_tells_nothing_twice(void)
{
	struct world w = world_of_one();

	CHECK(has(look(&w, ENDS - 7 * DAY), "ends in 7 days"));
	CHECK_STR(look(&w, ENDS - 7 * DAY - 5), "");
	CHECK_STR(look(&w, ENDS - 7 * DAY + 5), "");
	finish(&w);
}

static void one_certificate_in_many_places_is_told_once(void)
{
	const struct expiry facts[] = {
		{ENDS, "a"}, {ENDS + 5, "a"}, {ENDS, "b"}, {ENDS, "a"}};
	struct world w = world_of(facts, 4);

	CHECK_INT(w.book.count, 3);
	finish(&w);
}

static void a_reload_remembers_what_was_told(void)
{
	const struct expiry facts[] = {{ENDS, "new"},
	                               {ENDS, "certificate gw.pem (CN=gw)"}};
	struct world w = world_of_one();

	CHECK(has(look(&w, ENDS - 7 * DAY), "gw.pem"));
	CHECK_INT(expiry_set(&w.book, facts, 2), PST_OK);
	CHECK(has(look(&w, ENDS - 7 * DAY), "new ends in 7 days"));
	CHECK(!has(said, "gw.pem"));
	/* renewed: it is another one */
	CHECK_INT(expiry_set(&w.book,
	                     &(struct expiry){ENDS + 90 * DAY,
	                                      "certificate gw.pem (CN=gw)"},
	                     1),
	          PST_OK);
	CHECK_STR(look(&w, ENDS - 7 * DAY), "");
	CHECK(has(look(&w, ENDS + 60 * DAY), "gw.pem"));
	finish(&w);
}

static void the_next_look_is_at_the_next_time_or_in_an_hour(void)
{
	struct world w = world_of_one();

	CHECK_INT(expiry_look(&w.book, ENDS - 40 * DAY, &w.log), 3600);
	CHECK_INT(expiry_look(&w.book, ENDS - 30 * DAY - 60, &w.log), 60);
	CHECK_INT(expiry_look(&w.book, ENDS - 1, &w.log), 1);
	CHECK_INT(expiry_look(&w.book, ENDS + 1, &w.log), 3600);
	finish(&w);
}

static void gauges_show_the_seconds_left(void)
{
	struct world w = world_of_one();
	ssize_t n;

	expiry_log(&w.book, ENDS - 77, &w.log);
	n = pread(w.log.fd, said, sizeof(said) - 1, 0);
	said[n < 0 ? 0 : n] = '\0';
	CHECK(has(said, "gauge name=\"expires.certificate gw.pem (CN=gw)\" "
	                "value=77\n"));
	finish(&w);
}

static void dates_out_of_this_world_do_no_harm(void)
{
	const struct expiry facts[] = {{INT64_MAX / 2, "late"},
	                               {INT64_MIN / 2, "early"}};
	struct world w = world_of(facts, 2);

	CHECK(has(look(&w, ENDS), "early has ended, on a day that has no"));
	CHECK(!has(said, "late"));
	finish(&w);
}

static void what_is_new_must_not_have_ended(void)
{
	static char old[] = "certificate old.pem (CN=old)";
	static char fresh[] = "certificate new.pem (CN=new)";
	const struct expiry known = {ENDS - DAY, old};
	const struct expiry facts[] = {known, {ENDS + DAY, fresh}};
	struct world w = world_of(&known, 1);
	struct diag d;

	diag_init(&d);
	CHECK_INT(expiry_refuse_new(&w.book, facts, 2, ENDS, &d), PST_OK);
	CHECK_INT(expiry_refuse_new(&w.book, facts, 2, ENDS + DAY, &d),
	          PST_CONFIG);
	CHECK_INT(d.errors, 1);
	CHECK(d.count == 1 && has(d.entries[0].text, "new.pem") &&
	      has(d.entries[0].text, "ended on 2026-12-02 09:00 UTC"));
	diag_finish(&d);
	finish(&w);
}

static CU_TestInfo tests[] = {
	TEST(what_is_new_must_not_have_ended),
	TEST(each_time_is_told_once),
	TEST(a_late_start_tells_what_is_left),
	TEST(a_clock_that_jumps_ahead_tells_the_last_time_only),
	TEST(a_clock_that_was_wrong_is_forgotten),
	TEST(a_clock_that_trembles_tells_nothing_twice),
	TEST(one_certificate_in_many_places_is_told_once),
	TEST(a_reload_remembers_what_was_told),
	TEST(the_next_look_is_at_the_next_time_or_in_an_hour),
	TEST(gauges_show_the_seconds_left),
	TEST(dates_out_of_this_world_do_no_harm),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
