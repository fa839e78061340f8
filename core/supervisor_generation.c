/* SPDX-License-Identifier: MIT */
/* Generations at the supervisor: opened, compared, entered. */
#include "supervisor_state.h"

#include <sched.h>
#include <string.h>
#include <unistd.h>

void generation_finish(struct generation_run *g)
{
	listen_set_close(&g->set);
	checked_finish(&g->checked);
	configure_destroy(g->configuration);
	g->configuration = NULL;
}

static unsigned slots_free(const struct supervisor *s)
{
	const struct worker_process *w;
	unsigned n = SUPERVISOR_SLOTS - 1;

	for (w = s->workers; w != NULL; w = w->next) {
		n--;
	}
	return n;
}

static unsigned workers_wanted(const struct supervisor *s,
                               const struct gateway_settings *settings)
{
	long n = (long)settings->workers;

	if (s->single) {
		return 1;
	}
	if (n == 0) {
		cpu_set_t set;

		n = sched_getaffinity(0, sizeof(set), &set) == 0
		            ? CPU_COUNT(&set)
		            : sysconf(_SC_NPROCESSORS_ONLN);
	}
	n = n < 1 ? 1 : n;
	return n > SUPERVISOR_SLOTS / 2 ? SUPERVISOR_SLOTS / 2 : (unsigned)n;
}

int generation_init(struct generation_run *g, struct supervisor *s,
                    struct checked *checked, struct diag *d)
{
	const struct gateway_settings *settings;

	memset(g, 0, sizeof(*g));
	g->checked = *checked;
	memset(checked, 0, sizeof(*checked));
	checked->generation = -1;
	g->number = ++s->numbered;
	if (configure_load_generation(g->checked.generation, d,
	                              &g->configuration) != PST_OK) {
		return PST_CONFIG;
	}
	settings = &g->configuration->settings;
	g->workers = workers_wanted(s, settings);
	if (identity_find(settings->user, settings->group, false, &g->who, d) !=
	    PST_OK) {
		return PST_CONFIG;
	}
	return listen_set_open(&g->set, g->checked.requests,
	                       g->checked.request_count, g->workers,
	                       &s->now.set, d) == PST_OK
	               ? PST_OK
	               : PST_CONFIG;
}

int generation_room(const struct supervisor *s, const struct generation_run *g,
                    struct diag *d)
{
	if (slots_free(s) >= g->workers) {
		return PST_OK;
	}
	diag_add(d, PST_LOG_ERROR, NULL, 0, NULL,
	         "too many workers of former configurations still drain; "
	         "wait, or restart");
	return PST_CONFIG;
}

static bool same_list(const struct pst_list *a, const struct pst_list *b)
{
	size_t i;

	for (i = 0; i < a->count && i < b->count; i++) {
		if (strcmp(a->item[i], b->item[i]) != 0) {
			return false;
		}
	}
	return a->count == b->count;
}

const char *generation_difference(const struct generation_run *now,
                                  const struct generation_run *next)
{
	if (now->workers != next->workers) {
		return "penstock.workers";
	}
	if (now->who.uid != next->who.uid) {
		return "penstock.user";
	}
	if (now->who.gid != next->who.gid ||
	    strcmp(now->who.user, next->who.user) != 0) {
		return "penstock.group";
	}
	if (!same_list(&now->configuration->settings.plugin_path,
	               &next->configuration->settings.plugin_path)) {
		return "penstock.plugin_path";
	}
	return NULL;
}

void supervisor_listening_log(const struct supervisor *s)
{
	const struct generation_run *g = &s->now;
	char where[160];
	size_t i;

	for (i = 0; i < g->set.count; i++) {
		const struct listen_address *a = &g->set.addresses[i];
		const struct listen_request *r =
			&g->checked.requests[a->listener];
		const struct log_field fields[] = {
			{.key = "address", .text = where},
			{.key = "service", .text = r->service},
			{.key = "url", .text = r->url == NULL ? "" : r->url},
		};

		socket_address_text(&a->address, a->length, where,
		                    sizeof(where));
		log_fields(&s->log, PST_LOG_INFO, "listening", fields,
		           r->url == NULL ? 2 : 3);
	}
}

/* Our copies of sockets that are gone are closed before any worker takes what
 * waits in them: what comes later is refused by the system. */
void supervisor_enter(struct supervisor *s, struct generation_run *next)
{
	listen_set_succeed(&next->set, &s->now.set);
	generation_finish(&s->now);
	s->now = *next;
	memset(next, 0, sizeof(*next));
	next->checked.generation = -1;
	supervisor_files_follow(s);
	supervisor_expiries_follow(s);
}
