/* SPDX-License-Identifier: MIT */
/* What ends one day. */
#include "expiry.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HOUR_S 3600
#define DAY_S  86400
#define TIMES  4u

/* Seconds before the end. */
static const int64_t times[TIMES] = {INT64_C(30) * DAY_S, INT64_C(7) * DAY_S,
                                     DAY_S, 0};

static void items_free(struct expiry_item *items, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		free(items[i].text);
	}
	free(items);
}

void expiry_finish(struct expiry_book *b)
{
	items_free(b->items, b->count);
	b->items = NULL;
	b->count = 0;
}

static int compare(const void *left, const void *right)
{
	const struct expiry_item *a = left, *b = right;

	if (a->when != b->when) {
		return a->when < b->when ? -1 : 1;
	}
	return strcmp(a->text, b->text);
}

/* One certificate may be told by many places. */
static size_t unique(struct expiry_item *items, size_t count)
{
	size_t i, n = 0;

	for (i = 0; i < count; i++) {
		if (n != 0 && compare(&items[n - 1], &items[i]) == 0) {
			free(items[i].text);
		} else {
			items[n++] = items[i];
		}
	}
	return n;
}

int expiry_set(struct expiry_book *b, const struct expiry *facts, size_t count)
{
	struct expiry_item *items = calloc(count + 1, sizeof(*items));
	const struct expiry_item *known;
	size_t i;

	for (i = 0; items != NULL && i < count; i++) {
		items[i].when = facts[i].when;
		items[i].text = strdup(facts[i].text);
		if (items[i].text == NULL) {
			items_free(items, i);
			items = NULL;
		}
	}
	if (items == NULL) {
		return PST_MEMORY;
	}
	qsort(items, count, sizeof(*items), compare);
	count = unique(items, count);
	for (i = 0; i < count && b->count != 0; i++) {
		known = bsearch(&items[i], b->items, b->count, sizeof(*known),
		                compare);
		items[i].told = known == NULL ? 0 : known->told;
	}
	expiry_finish(b);
	b->items = items;
	b->count = count;
	return PST_OK;
}

/* How many of the times have come. A date before 1970 may be any number. */
static unsigned times_past(int64_t when, int64_t now)
{
	unsigned n = 0;

	while (n < TIMES && (when < now || when - now <= times[n])) {
		n++;
	}
	return n;
}

static void date_text(int64_t when, char *text, size_t size)
{
	const time_t seconds = (time_t)when;
	struct tm tm;

	if (gmtime_r(&seconds, &tm) == NULL ||
	    strftime(text, size, "%Y-%m-%d %H:%M UTC", &tm) == 0) {
		snprintf(text, size, "a day that has no date");
	}
}

int expiry_refuse_new(const struct expiry_book *b, const struct expiry *facts,
                      size_t count, int64_t now, struct diag *d)
{
	int result = PST_OK;
	size_t i;

	for (i = 0; i < count; i++) {
		/* for the search only */
		struct expiry_item item = {(char *)(uintptr_t)facts[i].text,
		                           facts[i].when, 0};
		char date[64];

		if (item.when > now ||
		    (b->count != 0 && bsearch(&item, b->items, b->count,
		                              sizeof(item), compare) != NULL)) {
			continue;
		}
		date_text(item.when, date, sizeof(date));
		diag_add(d, PST_LOG_ERROR, NULL, 0, NULL,
		         "%s ended on %s, and is new; put one in its place "
		         "that is valid",
		         item.text, date);
		result = PST_CONFIG;
	}
	return result;
}

static void tell(const struct expiry_item *e, int64_t now,
                 const struct log *log)
{
	const int64_t left = e->when - now;
	const bool hours = left <= DAY_S - HOUR_S;
	const int64_t unit = hours ? HOUR_S : DAY_S;
	const int64_t n = (left + unit - 1) / unit;
	char date[64];

	date_text(e->when, date, sizeof(date));
	if (left <= 0) {
		log_line(log, PST_LOG_ERROR, "%s has ended, on %s", e->text,
		         date);
		return;
	}
	log_line(log, PST_LOG_WARNING, "%s ends in %" PRId64 " %s%s, on %s",
	         e->text, n, hours ? "hour" : "day", n == 1 ? "" : "s", date);
}

static void look(struct expiry_item *e, int64_t now, const struct log *log)
{
	const unsigned past = times_past(e->when, now);
	/* a clock that was set back by more than a day was wrong before */
	const unsigned could = times_past(e->when, now + DAY_S);

	if (e->told > could) {
		e->told = past;
	} else if (past > e->told) {
		e->told = past;
		tell(e, now, log);
	}
}

int64_t expiry_look(struct expiry_book *b, int64_t now, const struct log *log)
{
	int64_t next = EXPIRY_LOOK_S, left;
	size_t i;

	for (i = 0; i < b->count; i++) {
		struct expiry_item *e = &b->items[i];

		look(e, now, log);
		if (e->told < TIMES) {
			left = e->when - now - times[e->told];
			next = left > 0 && left < next ? left : next;
		}
	}
	return next;
}

void expiry_log(const struct expiry_book *b, int64_t now, const struct log *log)
{
	char name[512];
	size_t i;

	for (i = 0; i < b->count; i++) {
		const struct log_field fields[] = {
			{.key = "name", .text = name},
			{.key = "value", .number = b->items[i].when - now},
		};

		snprintf(name, sizeof(name), "expires.%s", b->items[i].text);
		log_fields(log, PST_LOG_INFO, "gauge", fields, 2);
	}
}
