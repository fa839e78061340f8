/* SPDX-License-Identifier: MIT */
/* When changed files are checked. */
#include "renewal.h"

static void settle(struct renewal *r, uint64_t now)
{
	const uint64_t quiet = now + RENEWAL_QUIET_MS;
	const uint64_t latest = r->first + RENEWAL_LONGEST_MS;

	r->phase = RENEWAL_SETTLING;
	r->due = quiet < latest ? quiet : latest;
}

void renewal_changed(struct renewal *r, uint64_t now)
{
	r->last = now;
	switch (r->phase) {
	case RENEWAL_CHECKING:
		if (!r->again) {
			r->first = now;
		}
		r->again = true;
		break;
	case RENEWAL_IDLE:
	case RENEWAL_FAILING:
		r->first = now;
		settle(r, now);
		break;
	case RENEWAL_SETTLING:
		settle(r, now);
		break;
	}
}

bool renewal_begin(struct renewal *r, uint64_t now)
{
	if (now < renewal_due(r)) {
		return false;
	}
	r->phase = RENEWAL_CHECKING;
	r->again = false;
	return true;
}

bool renewal_checked(struct renewal *r, enum renewal_result result,
                     uint64_t now)
{
	if (r->again) {
		settle(r, now);
		return false;
	}
	r->phase = RENEWAL_IDLE;
	if (result != RENEWAL_BAD) {
		return false;
	}
	if (now - r->last >= RENEWAL_PATIENCE_MS) {
		return true;
	}
	r->phase = RENEWAL_FAILING;
	r->due = now + RENEWAL_AGAIN_MS;
	return false;
}

uint64_t renewal_due(const struct renewal *r)
{
	switch (r->phase) {
	case RENEWAL_SETTLING:
	case RENEWAL_FAILING:
		return r->due;
	case RENEWAL_IDLE:
	case RENEWAL_CHECKING:
		break;
	}
	return UINT64_MAX;
}
