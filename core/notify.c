/* SPDX-License-Identifier: MIT */
/* Telling the service manager how far we are: sd_notify(3)'s protocol. */
#include "notify.h"

#include "process.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A manager that is not there is not our trouble. */
static void notify(const char *text)
{
	const char *path = secure_getenv("NOTIFY_SOCKET");
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	const size_t head = offsetof(struct sockaddr_un, sun_path);
	size_t length;
	int fd;

	if (path == NULL || (path[0] != '/' && path[0] != '@')) {
		return;
	}
	length = strlen(path);
	if (length >= sizeof(un.sun_path)) {
		return;
	}
	memcpy(un.sun_path, path, length);
	if (path[0] == '@') {
		un.sun_path[0] = '\0';
	}
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0) {
		(void)sendto(fd, text, strlen(text), MSG_NOSIGNAL,
		             (const struct sockaddr *)&un,
		             (socklen_t)(head + length));
		close(fd);
	}
}

void notify_ready(void)
{
	notify("READY=1");
}

void notify_reloading(void)
{
	char text[64];

	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
	         process_now_ms() * 1000);
	notify(text);
}

void notify_stopping(void)
{
	notify("STOPPING=1");
}
