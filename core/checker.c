/* SPDX-License-Identifier: MIT */
/* The checker: a forked, unprivileged process that builds the gateway once. */
#include "checker.h"

#include "check_wire.h"
#include "configure.h"
#include "file_changes.h"
#include "privileges.h"
#include "process.h"
#include "worker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY     65534u
#define NOTE_SIZE  512u
#define TIMEOUT_MS 60000u
#define END_MS     5000 /* from its last word to its end */

struct checker {
	pid_t pid;
	int fd;
	char *note; /* shared: what foreign code the child runs */
	uint64_t deadline;
	bool seal;
	bool good; /* it said that it was done */
	struct checked checked;
};

/* -- in the child ------------------------------------------------------ */

/* Only the right to read files is left when the first plugin is loaded. */
static int child_drop(const struct configuration *c, struct diag *d)
{
	struct identity who;
	const bool found = identity_find(c->settings.user, c->settings.group,
	                                 true, &who, d) == PST_OK;

	if (!found && geteuid() == 0) {
		/* The rest is checked too, but not as root. */
		who = (struct identity){true, NOBODY, NOBODY, ""};
	}
	if (privileges_drop(&who, PRIVILEGES_READ) != PST_OK) {
		diag_add(d, PST_LOG_ERROR, NULL, 0, "penstock.user",
		         "cannot become \"%s\": %s", who.user, strerror(errno));
		return PST_CONFIG;
	}
	return PST_OK;
}

static int child_build(struct configuration *c, struct checker *k,
                       struct diag *d, struct registry **registry_out,
                       struct gateway **gateway_out)
{
	struct registry *r = registry_open(&c->settings.plugin_path, d);
	int result;

	*registry_out = r;
	if (r == NULL) {
		return PST_MEMORY;
	}
	registry_note_in(r, k->note, NOTE_SIZE);
	result = registry_init_plugins(r, core_table(), d);
	if (result != PST_OK) {
		return result;
	}
	return configure_build(c, r, core_table(), d, gateway_out);
}

/* The settings of now, with files that are read anew. */
static int child_load_again(int generation, struct diag *d,
                            struct configuration **c_out,
                            struct file_store **before_out)
{
	int result = configure_load_generation(generation, d, c_out);
	struct configuration *c = *c_out;

	*before_out = NULL;
	if (c == NULL) {
		return result;
	}
	*before_out = c->files;
	c->checked = false;
	c->files = file_store_again(*before_out);
	if (c->files == NULL) {
		diag_add(d, PST_LOG_ERROR, NULL, 0, NULL, "out of memory");
		return PST_MEMORY;
	}
	return result;
}

static int child_load(const struct check_order *order, struct diag *d,
                      struct configuration **c_out,
                      struct file_store **before_out)
{
	int result;

	*before_out = NULL;
	if (order->generation >= 0) {
		result = child_load_again(order->generation, d, c_out,
		                          before_out);
	} else {
		result = configure_load(order->path, d, c_out);
		if (*c_out != NULL && order->seed != NULL) {
			memcpy((*c_out)->seed, order->seed, PST_SEED_SIZE);
		}
	}
	if (*c_out != NULL) {
		(*c_out)->reload =
			order->generation >= 0 || order->seed != NULL;
	}
	return result;
}

static int child_tell(const struct checker *k, const struct diag *d,
                      const struct gateway *gateway, int generation)
{
	unsigned n;
	size_t i;
	int result = PST_OK;

	for (i = 0; i < d->count && result == PST_OK; i++) {
		result = check_send_diagnosis(k->fd, &d->entries[i]);
	}
	if (gateway == NULL || d->errors > 0) {
		return result;
	}
	for (n = 0; n < gateway->listener_count && result == PST_OK; n++) {
		struct listen_request r;

		listen_request_fill(&r, &gateway->listeners[n]);
		result = check_send_listener(k->fd, &r);
	}
	for (i = 0; i < gateway->expiry_count && result == PST_OK; i++) {
		result = check_send_expiry(k->fd, &gateway->expiries[i]);
	}
	return result == PST_OK ? check_send_done(k->fd, generation) : result;
}

/* What the child makes, in this order. */
struct child {
	struct checker *k;
	const struct check_order *order;
	struct configuration *c;
	struct file_store *before; /* of the generation that was given */
	struct registry *registry;
	struct gateway *gateway;
	int generation;
	struct diag d;
};

static int child_seal(struct child *m)
{
	if (configure_seal(m->c, &m->generation) == PST_OK) {
		return PST_OK;
	}
	diag_add(&m->d, PST_LOG_ERROR, NULL, 0, NULL,
	         "the configuration cannot be kept in memory: %s",
	         strerror(errno));
	return PST_CONFIG;
}

/* With errors in what was loaded, what is there is built for more of them. */
static int child_check(struct child *m, int loaded)
{
	int built = m->c == NULL ? loaded : child_drop(m->c, &m->d);

	if (m->c != NULL && built == PST_OK) {
		built = child_build(m->c, m->k, &m->d, &m->registry,
		                    &m->gateway);
	}
	if (loaded == PST_OK && built == PST_OK && m->d.errors == 0 &&
	    m->order->seal) {
		return child_seal(m);
	}
	return loaded != PST_OK ? loaded : built;
}

static void child_finish(struct child *m)
{
	gateway_destroy(m->gateway);
	if (m->registry != NULL) {
		registry_finish_plugins(m->registry);
	}
	registry_destroy(m->registry);
	configure_destroy(m->c);
	file_store_destroy(m->before);
	diag_finish(&m->d);
	if (m->generation >= 0) {
		close(m->generation);
	}
}

/* Foreign code runs here: the sockets of clients and workers, and the way to
 * them, are none of its business. */
static void child_close(int a, int b)
{
	const int low = a < b ? a : b, high = a < b ? b : a;

	if (low > STDERR_FILENO + 1) {
		(void)close_range(STDERR_FILENO + 1, (unsigned)low - 1, 0);
	}
	if (high > low + 1) {
		(void)close_range((unsigned)(low < 0 ? STDERR_FILENO : low) + 1,
		                  (unsigned)high - 1, 0);
	}
	(void)close_range((unsigned)high + 1, ~0u, 0);
}

static int child_main(struct checker *k, const struct check_order *order)
{
	struct child m = {.k = k, .order = order, .generation = -1};
	int result;

	child_close(k->fd, order->generation);
	diag_init(&m.d);
	result = child_load(order, &m.d, &m.c, &m.before);
	if (result == PST_OK && m.before != NULL &&
	    file_changes(m.before, m.c->files, &m.d) == 0) {
		result = check_send_same(k->fd);
	} else {
		result = child_check(&m, result);
		if (result != PST_OK && m.d.errors == 0) {
			diag_add(&m.d, PST_LOG_ERROR, order->path, 0, NULL,
			         "cannot be checked: out of memory");
		}
		result = child_tell(k, &m.d, m.gateway, m.generation);
	}
	child_finish(&m);
	return result == PST_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* -- in the parent ----------------------------------------------------- */

static int child_start(struct checker *k, const struct check_order *order)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
		return PST_IO;
	}
	k->pid = process_fork();
	if (k->pid == 0) {
		close(pair[0]);
		k->fd = pair[1];
		exit(child_main(k, order));
	}
	close(pair[1]);
	k->fd = pair[0];
	return k->pid < 0 ? PST_IO : PST_OK;
}

struct checker *checker_start(const struct check_order *order, struct diag *d)
{
	struct checker *k = calloc(1, sizeof(*k));

	if (k == NULL) {
		diag_add(d, PST_LOG_ERROR, NULL, 0, NULL, "out of memory");
		return NULL;
	}
	k->fd = -1;
	k->pid = -1;
	k->seal = order->seal;
	k->checked.generation = -1;
	k->deadline = process_now_ms() + TIMEOUT_MS;
	k->note = mmap(NULL, NOTE_SIZE, PROT_READ | PROT_WRITE,
	               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (k->note == MAP_FAILED || child_start(k, order) != PST_OK) {
		diag_add(d, PST_LOG_ERROR, NULL, 0, NULL,
		         "the process that checks cannot be started: %s",
		         strerror(errno));
		checker_destroy(k);
		return NULL;
	}
	return k;
}

int checker_fd(const struct checker *k)
{
	return k->fd;
}

uint64_t checker_deadline(const struct checker *k)
{
	return k->deadline;
}

/* It was composed over there: nothing may be put in front of it again. */
static void take_diagnosis(struct diag *d, const struct check_header *h,
                           const char *text, size_t size)
{
	const size_t before = d->count;
	char *copy = strndup(text, size);

	diag_add(d,
	         h->level <= PST_LOG_DEBUG ? (enum pst_log_level)h->level
	                                   : PST_LOG_ERROR,
	         NULL, 0, NULL, "%.*s", (int)size, text);
	if (d->count == before || copy == NULL) {
		free(copy);
		return;
	}
	free(d->entries[before].text);
	d->entries[before].text = copy;
}

static int packet_take(struct checker *k, const char *packet, size_t size,
                       int carried, struct diag *d)
{
	const char *body = packet + sizeof(struct check_header);
	struct check_header h;

	if (size < sizeof(h)) {
		return PST_INVALID;
	}
	memcpy(&h, packet, sizeof(h));
	size -= sizeof(h);
	if (h.record == CHECK_DIAGNOSIS) {
		take_diagnosis(d, &h, body, size);
		return PST_OK;
	}
	if (h.record == CHECK_LISTENER) {
		return check_take_listener(&k->checked, body, size);
	}
	if (h.record == CHECK_EXPIRY) {
		return check_take_expiry(&k->checked, body, size);
	}
	if (h.record == CHECK_SAME && !k->good) {
		k->good = true;
		k->checked.same = true;
		return PST_OK;
	}
	if (h.record == CHECK_DONE && !k->good && (carried >= 0) == k->seal) {
		k->good = true;
		k->checked.generation = carried;
		return PST_OK;
	}
	return PST_INVALID;
}

static void died(struct checker *k, int status, struct diag *d)
{
	char end[PROCESS_END_MAX];

	k->note[NOTE_SIZE - 1] = '\0';
	process_end_text(status, end, sizeof(end));
	if (k->note[0] != '\0') {
		diag_add(d, PST_LOG_ERROR, NULL, 0, NULL,
		         "the process that checks %s in %s", end, k->note);
	} else {
		diag_add(d, PST_LOG_ERROR, NULL, 0, NULL,
		         "the process that checks %s", end);
	}
}

static void checked_clear(struct checked *c)
{
	memset(c, 0, sizeof(*c));
	c->generation = -1;
}

/* The child has closed its end: how did it go? */
static int check_end(struct checker *k, struct diag *d,
                     struct checked *checked_out)
{
	const bool late = process_now_ms() >= k->deadline;
	int status;

	status = process_end_within(k->pid, late ? 0 : END_MS);
	k->pid = -1;
	if (late) {
		k->note[NOTE_SIZE - 1] = '\0';
		diag_add(d, PST_LOG_ERROR, NULL, 0, NULL,
		         "the check was ended since it took longer than %u "
		         "s%s%s",
		         TIMEOUT_MS / 1000, k->note[0] == '\0' ? "" : ", in ",
		         k->note);
	} else if (status != 0) {
		died(k, status, d);
	} else if (!k->good && d->errors == 0) {
		diag_add(d, PST_LOG_ERROR, NULL, 0, NULL,
		         "the process that checks ended without a result");
	}
	checked_clear(checked_out);
	if (!k->good || late || status != 0) {
		return PST_CONFIG;
	}
	*checked_out = k->checked;
	checked_clear(&k->checked);
	return PST_OK;
}

int checker_read(struct checker *k, struct diag *d, struct checked *checked_out)
{
	_Alignas(8) char packet[CHECK_PACKET_MAX];
	int n, carried, result;

	for (;;) {
		n = check_receive(k->fd, packet, &carried);
		if (n == PST_AGAIN && process_now_ms() < k->deadline) {
			return PST_AGAIN;
		}
		if (n <= 0) {
			return check_end(k, d, checked_out);
		}
		result = packet_take(k, packet, (size_t)n, carried, d);
		if (carried >= 0 && k->checked.generation != carried) {
			close(carried);
		}
		if (result != PST_OK) {
			diag_add(d, PST_LOG_ERROR, NULL, 0, NULL,
			         "the process that checks sent nonsense");
			kill(k->pid, SIGKILL);
		}
	}
}

void checker_destroy(struct checker *k)
{
	if (k == NULL) {
		return;
	}
	if (k->pid > 0) {
		kill(k->pid, SIGKILL);
		(void)process_end_within(k->pid, END_MS);
	}
	if (k->fd >= 0) {
		close(k->fd);
	}
	if (k->note != NULL && k->note != MAP_FAILED) {
		munmap(k->note, NOTE_SIZE);
	}
	checked_finish(&k->checked);
	free(k);
}

int checker_run(const struct check_order *order, struct diag *d,
                struct checked *checked_out)
{
	struct checker *k = checker_start(order, d);
	int result;

	checked_clear(checked_out);
	if (k == NULL) {
		return PST_CONFIG;
	}
	while ((result = checker_read(k, d, checked_out)) == PST_AGAIN) {
		struct pollfd p = {.fd = k->fd, .events = POLLIN};
		const uint64_t now = process_now_ms();

		poll(&p, 1, k->deadline <= now ? 0 : (int)(k->deadline - now));
	}
	checker_destroy(k);
	return result;
}
