/* SPDX-License-Identifier: MIT */
/* The `penstock` group. */
#include "gateway_settings.h"

#include "options.h"

#include <stdlib.h>
#include <string.h>

#define SET(member) offsetof(struct gateway_settings, member)

static const char *const formats[] = {"text", "json", NULL};
static const char *const levels[] = {"error", "warning", "info", "debug", NULL};

_Static_assert(LOG_TEXT == 0 && LOG_JSON == 1, "formats are in this order");
_Static_assert(PST_LOG_ERROR == 0 && PST_LOG_DEBUG == 3,
               "levels are in this order");

const struct pst_option gateway_options[] = {
	{"workers", PST_OPTION_INT, 0, SET(workers), 0, 1024, NULL, "0",
         "processes", "Worker processes; 0 is one for each processor.", NULL},
	{"user", PST_OPTION_STRING, 0, SET(user), 0, 0, NULL, NULL, NULL,
         "User that workers run as; without it they stay who starts them.",
         NULL},
	{"group", PST_OPTION_STRING, 0, SET(group), 0, 0, NULL, NULL, NULL,
         "Group that workers run as; without it the user's own.", NULL},
	{"drain_timeout", PST_OPTION_TIME, 0, SET(drain_timeout), 0, 0, NULL,
         "30s", "time",
         "Time from the order to stop until connections are cut.", NULL},
	{"plugin_path", PST_OPTION_LIST, 0, SET(plugin_path), 0, 0, NULL, NULL,
         NULL, "Folders that are searched for plugins before the usual one.",
         NULL},
	{"max_heavy", PST_OPTION_INT, 0, SET(max_heavy), 1, 65536, NULL, "256",
         "connections",
         "Connections of one worker that may wait for costly work, before it "
         "stops to accept.",
         NULL},
	{"pid_file", PST_OPTION_STRING, 0, SET(pid_file), 0, 0, NULL, NULL,
         NULL, "File that holds the number of the supervisor's process.", NULL},
	{"watch", PST_OPTION_BOOL, 0, SET(watch), 0, 0, NULL, "true", NULL,
         "Notice when files that options name are replaced, check them, and "
         "use them for new connections.",
         NULL},
	{"strict_permissions", PST_OPTION_BOOL, 0, SET(strict_permissions), 0,
         0, NULL, "false", NULL,
         "Files with secrets that the group or others can read or write are "
         "errors; otherwise those that others can, or the group can write, "
         "are warned of.",
         NULL},
	{NULL, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL},
};

const struct pst_option gateway_log_options[] = {
	{"file", PST_OPTION_STRING, 0, SET(log_file), 0, 0, NULL, NULL, NULL,
         "File that log lines are appended to; without it standard error.",
         NULL},
	{"format", PST_OPTION_ENUM, 0, SET(log_format), 0, 0, formats, "text",
         NULL, "Lines of text, or a JSON object in each line.", NULL},
	{"level", PST_OPTION_ENUM, 0, SET(log_level), 0, 0, levels, "info",
         NULL, "Lines below this level are not written.", NULL},
	{NULL, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL},
};

static int fill(const struct conf_value *group, const char *const *also,
                const struct pst_option *rows, struct arena *memory,
                struct diag *diag, struct gateway_settings *settings)
{
	struct options_input in;
	struct options filled;

	memset(&in, 0, sizeof(in));
	in.memory = memory;
	in.diag = diag;
	in.groups[0] = group;
	in.shared_from = 1;
	in.also = also;
	return options_fill(&in, rows, sizeof(*rows), settings, &filled);
}

/* As it was written, relative to the file that it was written in. */
static int make_absolute(const struct conf_value *near, struct arena *memory,
                         const struct file_store *files, const char **path_io)
{
	char *path;

	if (*path_io == NULL || near == NULL) {
		return PST_OK;
	}
	path = file_store_path(files, near->file, *path_io);
	if (path == NULL) {
		return PST_MEMORY;
	}
	*path_io = arena_string(memory, path);
	free(path);
	return *path_io == NULL ? PST_MEMORY : PST_OK;
}

static int make_list_absolute(const struct conf_value *near,
                              struct arena *memory,
                              const struct file_store *files,
                              struct pst_list *list)
{
	const char **items =
		arena_array(memory, list->count + 1, sizeof(*items));
	int result = items == NULL ? PST_MEMORY : PST_OK;
	size_t i;

	for (i = 0; i < list->count && result == PST_OK; i++) {
		items[i] = list->item[i];
		result = make_absolute(near, memory, files, &items[i]);
	}
	list->item = items;
	return result;
}

/* Users, folders and files are found wanting later, by others. */
static void note_places(const struct conf_value *group, struct diag *diag)
{
	size_t i;

	for (i = 0; group != NULL && i < group->count; i++) {
		const struct conf_value *v = group->children[i];

		if (v->path != NULL) {
			diag_place(diag, v->path, v->file, v->line);
		}
	}
}

int gateway_settings_read(const struct conf_value *root, struct arena *memory,
                          const struct file_store *files, struct diag *diag,
                          struct gateway_settings *settings_out)
{
	static const char *const also[] = {"log", "include", NULL};
	const struct conf_value *group = conf_get(root, "penstock");
	const struct conf_value *log = conf_get(group, "log");
	struct gateway_settings *s = settings_out;
	int own, of_log, paths;

	memset(s, 0, sizeof(*s));
	note_places(group, diag);
	note_places(log, diag);
	own = fill(group, also, gateway_options, memory, diag, s);
	of_log = fill(log, NULL, gateway_log_options, memory, diag, s);
	paths = make_absolute(conf_get(log, "file"), memory, files,
	                      &s->log_file);
	if (paths == PST_OK) {
		paths = make_absolute(conf_get(group, "pid_file"), memory,
		                      files, &s->pid_file);
	}
	if (paths == PST_OK) {
		paths = make_list_absolute(conf_get(group, "plugin_path"),
		                           memory, files, &s->plugin_path);
	}
	if (own == PST_MEMORY || of_log == PST_MEMORY || paths != PST_OK) {
		return PST_MEMORY;
	}
	return own != PST_OK || of_log != PST_OK ? PST_CONFIG : PST_OK;
}
