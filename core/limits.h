/* SPDX-License-Identifier: MIT */
/* Time limits of a session: opening, idle, close, lifetime. One timer, lazy:
 * what moves a deadline away costs one store. */
#ifndef CORE_LIMITS_H
#define CORE_LIMITS_H

struct session;
struct timer;

/** Set the timer to the nearest deadline. Call when one came nearer. */
void limits_arm(struct session *s);
/** timer.fire of a session: act on what passed, or wait on. */
void limits_timer_fired(struct timer *t);

#endif
