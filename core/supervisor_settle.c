/* SPDX-License-Identifier: MIT */
/* What a generation's settings mean for the supervisor: log and pid file. */
#include "supervisor_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Both are opened by who starts the gateway. */
static const char *what_to_do(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
		return "; make its folder, or name another file";
	case EISDIR:
		return "; name a file";
	case EACCES:
	case EPERM:
	case EROFS:
		return "; name a file that the user who starts the gateway may "
		       "write";
	default:
		return "";
	}
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Workers open the file again by themselves, so it is theirs. */
static void log_give(const struct log *log, const struct identity *who)
{
	if (log->path != NULL && who->change &&
	    fchown(log->fd, who->uid, who->gid) != 0) {
		log_line(log, PST_LOG_WARNING,
		         "%s cannot be given to %s: %s; after a rotation "
		         "workers cannot open it",
		         log->path, who->user, strerror(errno));
	}
}

/* The log as the settings want it; `path_out` is owned by it, NULL: the one of
 * now goes on. */
static int log_prepare(const struct supervisor *s,
                       const struct gateway_settings *settings,
                       struct log *next_out, char **path_out, struct diag *d)
{
	const char *path = settings->log_file;

	*next_out = s->log;
	*path_out = NULL;
	if (!same_text(path, s->log_path)) {
		log_init(next_out);
		next_out->who = s->log.who;
		*path_out = path == NULL ? NULL : strdup(path);
		if (path != NULL && (*path_out == NULL ||
		                     log_open(next_out, *path_out) != PST_OK)) {
			const int error = errno;

			diag_add(d, PST_LOG_ERROR, NULL, 0, "penstock.log.file",
			         "%s cannot be opened: %s%s", path,
			         strerror(error), what_to_do(error));
			free(*path_out);
			return PST_CONFIG;
		}
	}
	next_out->level = settings->log_level;
	next_out->format = settings->log_format;
	return PST_OK;
}

static void log_change(struct supervisor *s, const struct log *next, char *path)
{
	if (next->path != s->log.path) {
		log_close(&s->log);
		free(s->log_path);
		s->log_path = path;
	}
	s->log = *next;
}

static int pid_write(const char *path)
{
	char text[24];
	int length = snprintf(text, sizeof(text), "%d\n", (int)getpid());
	int fd = open(path,
	              O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
	              0644);
	ssize_t n;

	if (fd < 0) {
		return -1;
	}
	n = write(fd, text, (size_t)length);
	close(fd);
	return n == length ? 0 : -1;
}

static int pid_settle(struct supervisor *s, const char *path, struct diag *d)
{
	char *copy;

	if (same_text(path, s->pid_path)) {
		return PST_OK;
	}
	copy = path == NULL ? NULL : strdup(path);
	if (path != NULL && (copy == NULL || pid_write(path) != 0)) {
		const int error = errno;

		diag_add(d, PST_LOG_ERROR, NULL, 0, "penstock.pid_file",
		         "%s cannot be written: %s%s", path, strerror(error),
		         what_to_do(error));
		free(copy);
		return PST_CONFIG;
	}
	supervisor_pid_remove(s);
	s->pid_path = copy;
	return PST_OK;
}

/* Said once, and again when a reload takes the user away. */
static void user_warn(const struct supervisor *s, const struct identity *who,
                      struct diag *d)
{
	if (geteuid() == 0 && !who->change &&
	    (s->now.number == 0 || s->now.who.change)) {
		diag_add(d, PST_LOG_WARNING, NULL, 0, "penstock.user",
		         "workers run as root; name a user for them");
	}
}

int supervisor_settle(struct supervisor *s, const struct generation_run *g,
                      struct diag *d)
{
	const struct gateway_settings *settings = &g->configuration->settings;
	struct log next;
	char *path;

	if (log_prepare(s, settings, &next, &path, d) != PST_OK) {
		return PST_CONFIG;
	}
	if (pid_settle(s, settings->pid_file, d) != PST_OK) {
		if (next.path != s->log.path) {
			log_close(&next);
			free(path);
		}
		return PST_CONFIG;
	}
	user_warn(s, &g->who, d);
	log_change(s, &next, path);
	log_give(&s->log, &g->who);
	return PST_OK;
}

void supervisor_log_reopen(struct supervisor *s)
{
	const struct control_order reopen = {.kind = CONTROL_LOG_REOPEN};
	const bool opened = log_reopen(&s->log) == PST_OK;
	const struct worker_process *w;

	log_give(&s->log, &s->now.who);
	for (w = s->workers; w != NULL; w = w->next) {
		worker_process_tell(w, &reopen);
	}
	if (opened) {
		log_line(&s->log, PST_LOG_INFO, "log opened again");
	}
}

void supervisor_pid_remove(struct supervisor *s)
{
	if (s->pid_path != NULL) {
		unlink(s->pid_path);
		free(s->pid_path);
		s->pid_path = NULL;
	}
}
