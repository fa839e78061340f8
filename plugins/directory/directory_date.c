/* SPDX-License-Identifier: MIT */
/* Dates of HTTP: RFC 9110 5.6.7. */
#include "directory_date.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char days[7][10] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                 "Thursday", "Friday", "Saturday"};
static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

#define EARLIEST INT64_C(-62135596800) /* 0001-01-01 */
#define LATEST   INT64_C(253402300799) /* 9999-12-31 */

void directory_date_write(int64_t when, char out[DIRECTORY_DATE_SIZE])
{
	struct tm tm;
	time_t t;
	char text[64];

	when = when < EARLIEST ? EARLIEST : when;
	t = (time_t)(when > LATEST ? LATEST : when);
	gmtime_r(&t, &tm);
	snprintf(text, sizeof(text), "%.3s, %02d %s %04d %02d:%02d:%02d GMT",
	         days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
	         tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
	memcpy(out, text, DIRECTORY_DATE_SIZE - 1);
	out[DIRECTORY_DATE_SIZE - 1] = '\0';
}

/* What is left of a text; the first failure sticks. */
struct scan {
	const char *p;
	size_t n;
	bool failed;
};

static void expect(struct scan *s, const char *text)
{
	size_t n = strlen(text);

	if (s->n < n || memcmp(s->p, text, n) != 0) {
		s->failed = true;
		s->n = 0;
		return;
	}
	s->p += n;
	s->n -= n;
}

static int64_t number(struct scan *s, size_t digits)
{
	int64_t value = 0;

	while (digits-- != 0) {
		if (s->n == 0 || *s->p < '0' || *s->p > '9') {
			s->failed = true;
			s->n = 0;
			return 0;
		}
		value = value * 10 + (*s->p++ - '0');
		s->n--;
	}
	return value;
}

static int64_t month(struct scan *s)
{
	int i;

	for (i = 0; i < 12; i++) {
		if (s->n >= 3 && memcmp(s->p, months[i], 3) == 0) {
			s->p += 3;
			s->n -= 3;
			return i + 1;
		}
	}
	s->failed = true;
	return 1;
}

struct moment {
	int64_t year, month, day, hour, minute, second;
};

static void clock_time(struct scan *s, struct moment *m)
{
	m->hour = number(s, 2);
	expect(s, ":");
	m->minute = number(s, 2);
	expect(s, ":");
	m->second = number(s, 2);
}

/* "06 Nov 1994 08:49:37 GMT" behind "Sun, " */
static void fixdate(struct scan *s, struct moment *m)
{
	expect(s, ", ");
	m->day = number(s, 2);
	expect(s, " ");
	m->month = month(s);
	expect(s, " ");
	m->year = number(s, 4);
	expect(s, " ");
	clock_time(s, m);
	expect(s, " GMT");
}

static int64_t year_of(int64_t when)
{
	time_t t = (time_t)when;
	struct tm tm;

	return gmtime_r(&t, &tm) == NULL ? 1970 : tm.tm_year + 1900;
}

/* "06-Nov-94 08:49:37 GMT" behind "Sunday, ": a year that seems to be more than
 * 50 years ahead is the one before. */
static void rfc850(struct scan *s, struct moment *m, int64_t now)
{
	int64_t this_year = year_of(now);

	expect(s, ", ");
	m->day = number(s, 2);
	expect(s, "-");
	m->month = month(s);
	expect(s, "-");
	m->year = this_year - this_year % 100 + number(s, 2);
	m->year -= m->year > this_year + 50 ? 100 : 0;
	expect(s, " ");
	clock_time(s, m);
	expect(s, " GMT");
}

/* "Nov  6 08:49:37 1994" behind "Sun " */
static void asctime_date(struct scan *s, struct moment *m)
{
	expect(s, " ");
	m->month = month(s);
	expect(s, " ");
	if (s->n != 0 && *s->p == ' ') {
		expect(s, " ");
		m->day = number(s, 1);
	} else {
		m->day = number(s, 2);
	}
	expect(s, " ");
	clock_time(s, m);
	expect(s, " ");
	m->year = number(s, 4);
}

static bool leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static bool in_range(const struct moment *m)
{
	static const int lengths[12] = {31, 28, 31, 30, 31, 30,
	                                31, 31, 30, 31, 30, 31};
	int64_t last = lengths[m->month - 1];

	last += m->month == 2 && leap(m->year) ? 1 : 0;
	return m->day >= 1 && m->day <= last && m->hour <= 23 &&
	       m->minute <= 59 && m->second <= 60 && m->year >= 1;
}

/* Days since 1970, of the Gregorian calendar. */
static int64_t day_number(const struct moment *m)
{
	int64_t y = m->year - (m->month <= 2 ? 1 : 0);
	int64_t shifted = m->month + (m->month > 2 ? -3 : 9);
	int64_t of_year = (153 * shifted + 2) / 5 + m->day - 1;

	return y * 365 + y / 4 - y / 100 + y / 400 + of_year - 719468;
}

/* The length of the day's name at the front; 0: none of them. */
static size_t day_name(const struct scan *s, bool whole)
{
	size_t i;

	for (i = 0; i < 7; i++) {
		size_t n = whole ? strlen(days[i]) : 3;

		if (s->n > n && memcmp(s->p, days[i], n) == 0) {
			return n;
		}
	}
	return 0;
}

int directory_date_read(const char *text, size_t length, int64_t now,
                        int64_t *when_out)
{
	struct scan s = {text, length, false};
	struct moment m = {1970, 1, 1, 0, 0, 0};
	size_t whole = day_name(&s, true), n = day_name(&s, false);

	if (whole != 0) {
		s.p += whole;
		s.n -= whole;
		rfc850(&s, &m, now);
	} else if (n != 0) {
		s.p += n;
		s.n -= n;
		if (*s.p == ',') {
			fixdate(&s, &m);
		} else {
			asctime_date(&s, &m);
		}
	} else {
		return PST_PROTO;
	}
	if (s.failed || s.n != 0 || !in_range(&m)) {
		return PST_PROTO;
	}
	*when_out = day_number(&m) * 86400 + m.hour * 3600 + m.minute * 60 +
	            m.second;
	return PST_OK;
}
