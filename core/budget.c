/* SPDX-License-Identifier: MIT */
/* Budgets of directions, and the permits to be wide. */
#include "budget.h"

#include "block.h"

#include <stdatomic.h>

/* Segments are freed by the helper thread too. */
static atomic_uint wide_count;

struct pst_budget *budget_create(uint64_t high_water)
{
	struct pst_budget *b = block_create(sizeof(*b));

	if (b != NULL) {
		b->high_water = high_water < UINT32_MAX ? (uint32_t)high_water
		                                        : UINT32_MAX;
		b->limit = b->high_water;
	}
	return b;
}

void budget_release(struct pst_budget *b)
{
	if (b == NULL) {
		return;
	}
	b->orphan = true;
	budget_settle(b);
}

void budget_widen(struct pst_budget *b)
{
	if (b->held > b->high_water / 2 || b->high_water >= BUDGET_WIDE) {
		return;
	}
	if (!b->wide) {
		if (atomic_fetch_add(&wide_count, 1) >= BUDGET_WIDE_MOST) {
			atomic_fetch_sub(&wide_count, 1);
			return;
		}
		b->wide = true;
	}
	b->limit = budget_wide_limit(b);
}

void budget_settle(struct pst_budget *b)
{
	if (b->wide && b->held <= b->high_water) {
		b->wide = false;
		b->limit = b->high_water;
		atomic_fetch_sub(&wide_count, 1);
	}
	if (b->orphan && b->segments == 0) {
		block_destroy(b);
	}
}
