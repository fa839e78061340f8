/* SPDX-License-Identifier: MIT */
/* Who the processes that run plugins are. */
#include "privileges.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static int user_find(const char *user, struct identity *out, struct diag *d)
{
	const struct passwd *pw = getpwnam(user);

	if (pw == NULL || strlen(user) >= sizeof(out->user)) {
		diag_add(d, PST_LOG_ERROR, NULL, 0, "penstock.user",
		         "there is no user \"%s\" on this machine; create it, "
		         "or name another",
		         user);
		return PST_CONFIG;
	}
	out->uid = pw->pw_uid;
	out->gid = pw->pw_gid;
	snprintf(out->user, sizeof(out->user), "%s", user);
	return PST_OK;
}

static int group_find(const char *group, struct identity *out, struct diag *d)
{
	const struct group *gr = getgrnam(group);

	if (gr == NULL) {
		diag_add(d, PST_LOG_ERROR, NULL, 0, "penstock.group",
		         "there is no group \"%s\" on this machine; create it, "
		         "or name another",
		         group);
		return PST_CONFIG;
	}
	out->gid = gr->gr_gid;
	return PST_OK;
}

int identity_find(const char *user, const char *group, bool check_only,
                  struct identity *out, struct diag *d)
{
	memset(out, 0, sizeof(*out));
	out->uid = geteuid();
	out->gid = getegid();
	if ((user != NULL && user_find(user, out, d) != PST_OK) ||
	    (group != NULL && group_find(group, out, d) != PST_OK)) {
		return PST_CONFIG;
	}
	out->change = out->uid != geteuid() || out->gid != getegid();
	if (out->change && geteuid() != 0) {
		out->change = false;
		if (!check_only) {
			diag_add(d, PST_LOG_ERROR, NULL, 0,
			         user != NULL ? "penstock.user"
			                      : "penstock.group",
			         "only root can become \"%s\"; start as root, "
			         "or leave the setting out",
			         user != NULL ? user : group);
			return PST_CONFIG;
		}
	}
	return PST_OK;
}

/* The right to read files, in whichever form this process has it. */
static int capability_keep(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];
	const __u32 read = 1u << CAP_DAC_READ_SEARCH;
	const __u32 override = 1u << CAP_DAC_OVERRIDE;

	memset(data, 0, sizeof(data));
	if (syscall(SYS_capget, &header, data) != 0) {
		return -1;
	}
	data[0].permitted &= (data[0].permitted & read) != 0 ? read : override;
	data[0].effective = data[0].permitted;
	data[0].inheritable = 0;
	memset(&data[1], 0, sizeof(data[1]));
	return (int)syscall(SYS_capset, &header, data);
}

static int become(const struct identity *who)
{
	if (who->user[0] != '\0' ? initgroups(who->user, who->gid) != 0
	                         : setgroups(1, &who->gid) != 0) {
		return -1;
	}
	if (setresgid(who->gid, who->gid, who->gid) != 0 ||
	    setresuid(who->uid, who->uid, who->uid) != 0) {
		return -1;
	}
	if (who->uid != 0 && setuid(0) == 0) {
		errno = EPERM;
		return -1;
	}
	return 0;
}

int privileges_drop(const struct identity *who, enum privileges_kept kept)
{
	const bool keep = kept == PRIVILEGES_READ && who->change;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
		return PST_IO;
	}
	if (!who->change) {
		return PST_OK;
	}
	if (keep && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) {
		return PST_IO;
	}
	if (become(who) != 0 || (keep && capability_keep() != 0)) {
		return PST_IO;
	}
	return PST_OK;
}

unsigned long descriptors_raise(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
		return 0;
	}
	limit.rlim_cur = limit.rlim_max;
	/* Refused in some sandboxes: then what we have must do. */
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0 &&
	    getrlimit(RLIMIT_NOFILE, &limit) != 0) {
		return 0;
	}
	return limit.rlim_cur;
}
