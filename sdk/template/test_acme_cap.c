/* SPDX-License-Identifier: MIT */
/* The layer by itself, on the test kit. Prints what failed; exit 0 or 1. */
#include <penstock/testkit.h>
#include <stdio.h>

extern const struct pst_layer acme_cap;

static int failures;

static void expect(bool held, const char *what)
{
	if (!held) {
		printf("not so: %s\n", what);
		failures++;
	}
}

static struct pst_kit *kit_with_limit(const char *limit)
{
	const char *const options[] = {"limit", limit, NULL};
	struct pst_kit_params params = {.layer = &acme_cap, .options = options};

	return pst_kit_create(&params);
}

static void what_fits_passes_with_its_end(void)
{
	struct pst_kit *kit = kit_with_limit("5");

	pst_kit_drip(pst_kit_rx_in(kit), "hello", 5, 1);
	pst_kit_end(pst_kit_rx_in(kit), PST_END_CLEAN, PST_CLASS_CLEAN);
	pst_kit_run(kit);
	expect(pst_kit_reads(pst_kit_rx_out(kit), "hello", 5), "all arrived");
	expect(pst_kit_ended(pst_kit_rx_out(kit)) == PST_END_CLEAN, "ended");
	expect(pst_kit_metric(kit, "received_bytes") == 5, "counted");
	expect(pst_kit_destroy(kit) == 0, "the contract was kept");
}

static void too_much_ends_the_stream(void)
{
	struct pst_kit *kit = kit_with_limit("4");

	pst_kit_feed(pst_kit_rx_in(kit), "hello", 5);
	pst_kit_run(kit);
	expect(pst_kit_failed(kit), "failed");
	expect(pst_kit_fail_class(kit) == PST_CLASS_TOO_BIG, "as too big");
	expect(pst_kit_metric(kit, "ended") == 1, "counted");
	expect(pst_kit_destroy(kit) == 0, "the contract was kept");
}

static void limit_of_nothing_is_refused(void)
{
	struct pst_kit *kit = kit_with_limit("0");

	expect(!pst_kit_ready(kit), "refused");
	expect(pst_kit_diagnosed(kit, "limit", ""), "at the option");
	expect(pst_kit_destroy(kit) == 0, "the contract was kept");
}

int main(void)
{
	what_fits_passes_with_its_end();
	too_much_ends_the_stream();
	limit_of_nothing_is_refused();
	return failures == 0 ? 0 : 1;
}
