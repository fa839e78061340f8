/* SPDX-License-Identifier: MIT */
/* Telling the service manager how far we are: sd_notify(3)'s protocol. Without
 * NOTIFY_SOCKET in the environment nothing is sent. */
#ifndef CORE_NOTIFY_H
#define CORE_NOTIFY_H

void notify_ready(void);
void notify_reloading(void);
void notify_stopping(void);

#endif
