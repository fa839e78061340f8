/* SPDX-License-Identifier: MIT */
/* Who else listens on a port, for messages. */
#include "socket_holder.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STATE_LISTEN 0x0au
#define PATH_ROOM    300

/* The inode of a socket that listens on `port`, from one of the tables. */
static uint64_t table_look(const char *table, uint16_t port)
{
	char line[512];
	uint64_t inode = 0;
	FILE *f = fopen(table, "re");

	if (f == NULL) {
		return 0;
	}
	while (inode == 0 && fgets(line, sizeof(line), f) != NULL) {
		unsigned local, state;
		uint64_t found;

		if (sscanf(line,
		           " %*[^:]: %*[^:]:%x %*s %x %*s %*s %*s %*s %*s "
		           "%" SCNu64,
		           &local, &state, &found) == 3 &&
		    local == port && state == STATE_LISTEN) {
			inode = found;
		}
	}
	fclose(f);
	return inode;
}

static bool holds(const char *pid, const char *wanted)
{
	char path[PATH_ROOM], target[64];
	const struct dirent *entry;
	bool found = false;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	dir = opendir(path);
	if (dir == NULL) {
		return false;
	}
	while (!found && (entry = readdir(dir)) != NULL) {
		ssize_t n = readlinkat(dirfd(dir), entry->d_name, target,
		                       sizeof(target) - 1);

		target[n < 0 ? 0 : n] = '\0';
		found = strcmp(target, wanted) == 0;
	}
	closedir(dir);
	return found;
}

static void process_text(const char *pid, char *text, size_t size)
{
	char path[PATH_ROOM], name[64] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	f = fopen(path, "re");
	if (f != NULL) {
		if (fgets(name, sizeof(name), f) != NULL) {
			name[strcspn(name, "\n")] = '\0';
		}
		fclose(f);
	}
	snprintf(text, size, " by %s (pid %.20s)",
	         name[0] == '\0' ? "a process" : name, pid);
}

void socket_holder_text(uint16_t port, char *text, size_t size)
{
	uint64_t inode = table_look("/proc/net/tcp", port);
	const struct dirent *entry;
	char wanted[64];
	DIR *proc;

	text[0] = '\0';
	inode = inode != 0 ? inode : table_look("/proc/net/tcp6", port);
	proc = inode == 0 ? NULL : opendir("/proc");
	if (proc == NULL) {
		return;
	}
	snprintf(wanted, sizeof(wanted), "socket:[%" PRIu64 "]", inode);
	while ((entry = readdir(proc)) != NULL) {
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
		    holds(entry->d_name, wanted)) {
			process_text(entry->d_name, text, size);
			break;
		}
	}
	closedir(proc);
}
