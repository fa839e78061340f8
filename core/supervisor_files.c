/* SPDX-License-Identifier: MIT */
/* Files that change by themselves, and certificates that end. */
#include "process.h"
#include "supervisor_state.h"

#include <errno.h>
#include <string.h>
#include <time.h>

/* Stamps of files are of a clock that is read at each tick only. */
#define STAMP_LAG_NS 20000000

void supervisor_clock(struct timespec *out)
{
	clock_gettime(CLOCK_REALTIME, out);
	out->tv_nsec -= STAMP_LAG_NS;
	if (out->tv_nsec < 0) {
		out->tv_nsec += 1000000000;
		out->tv_sec--;
	}
}

/* -- watching ---------------------------------------------------------- */

static void not_watched(const struct supervisor *s)
{
	log_line(&s->log, PST_LOG_WARNING,
	         "changes of files are not noticed, or not all of them: %s; "
	         "tell of them with SIGHUP, or set penstock.watch = false",
	         strerror(errno));
}

static bool watch_begin(struct supervisor *s)
{
	if (s->files != NULL) {
		return true;
	}
	s->files = watch_files_create();
	if (s->files == NULL || supervisor_watch(s, watch_files_fd(s->files),
	                                         &s->files) != PST_OK) {
		not_watched(s);
		watch_files_destroy(s->files);
		s->files = NULL;
	}
	return s->files != NULL;
}

void supervisor_files_end(struct supervisor *s)
{
	if (s->files != NULL) {
		supervisor_unwatch(s, watch_files_fd(s->files));
		watch_files_destroy(s->files);
		s->files = NULL;
	}
	memset(&s->renewal, 0, sizeof(s->renewal));
}

void supervisor_files_follow(struct supervisor *s)
{
	const struct configuration *c = s->now.configuration;

	if (!c->settings.watch) {
		supervisor_files_end(s);
		return;
	}
	if (!watch_begin(s)) {
		return;
	}
	if (watch_files_set(s->files, c->files) != PST_OK) {
		not_watched(s);
	}
	if (watch_files_since(s->files, &s->now.read)) {
		renewal_changed(&s->renewal, process_now_ms());
	}
}

void supervisor_files_changed(struct supervisor *s)
{
	if (watch_files_read(s->files)) {
		renewal_changed(&s->renewal, process_now_ms());
	}
}

/* -- renewal ----------------------------------------------------------- */

uint64_t supervisor_files_tend(struct supervisor *s, uint64_t now)
{
	if (s->phase != SUPERVISOR_RUNNING || s->files == NULL) {
		return UINT64_MAX;
	}
	if (s->reload.phase != RELOAD_NONE) {
		return UINT64_MAX; /* its end comes back here */
	}
	if (!renewal_begin(&s->renewal, now)) {
		return renewal_due(&s->renewal);
	}
	if (watch_files_follow(s->files) != PST_OK) {
		not_watched(s);
	}
	supervisor_renew(s);
	return UINT64_MAX;
}

/* -- what ends one day ------------------------------------------------- */

void supervisor_expiries_follow(struct supervisor *s)
{
	const struct checked *c = &s->now.checked;

	if (expiry_set(&s->expiries, c->expiries, c->expiry_count) != PST_OK) {
		log_line(&s->log, PST_LOG_ERROR,
		         "out of memory: ends of certificates are not told");
	}
	s->expiries_due = 0;
}

uint64_t supervisor_expiries_tend(struct supervisor *s, uint64_t now)
{
	if (now >= s->expiries_due) {
		s->expiries_due =
			now + 1000 * (uint64_t)expiry_look(&s->expiries,
		                                           time(NULL), &s->log);
	}
	return s->expiries_due;
}

void supervisor_counters_log(const struct supervisor *s)
{
	counters_log(s->counters, &s->log);
	expiry_log(&s->expiries, time(NULL), &s->log);
}
