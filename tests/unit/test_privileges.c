/* SPDX-License-Identifier: MIT */
/* Who workers become; and what the service manager hears. */
#include "notify.h"
#include "privileges.h"
#include "pst_test.h"

#include <pwd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int find(const char *user, const char *group, bool check_only,
                struct identity *who, struct diag *d)
{
	diag_init(d);
	return identity_find(user, group, check_only, who, d);
}

static void nobody_named_means_no_change(void)
{
	struct identity who;
	struct diag d;

	CHECK_INT(find(NULL, NULL, false, &who, &d), PST_OK);
	CHECK(!who.change);
	CHECK_INT(privileges_drop(&who, PRIVILEGES_NONE), PST_OK);
	diag_finish(&d);
}

static void own_name_means_no_change(void)
{
	const struct passwd *pw = getpwuid(geteuid());
	struct identity who;
	struct diag d;

	if (pw != NULL && pw->pw_gid == getegid()) {
		CHECK_INT(find(pw->pw_name, NULL, false, &who, &d), PST_OK);
		CHECK(!who.change);
		diag_finish(&d);
	}
}

static void unknown_user_is_named(void)
{
	struct identity who;
	struct diag d;

	CHECK_INT(find("no-such-user", NULL, true, &who, &d), PST_CONFIG);
	CHECK(d.errors == 1 && strstr(d.entries[0].text, "penstock.user") &&
	      strstr(d.entries[0].text, "no-such-user"));
	diag_finish(&d);
	CHECK_INT(find(NULL, "no-such-group", true, &who, &d), PST_CONFIG);
	CHECK(d.errors == 1 && strstr(d.entries[0].text, "penstock.group") &&
	      strstr(d.entries[0].text, "no-such-group"));
	diag_finish(&d);
}

/* 0: everything was as it shall be in a process that became `who`. */
static int as_another(const struct identity *who)
{
	struct diag d;
	struct identity other;
	int result;

	if (privileges_drop(who, PRIVILEGES_NONE) != PST_OK) {
		return 1;
	}
	if (getuid() != who->uid || geteuid() != who->uid ||
	    getgid() != who->gid || setuid(0) == 0 || setgid(0) == 0 ||
	    access("/etc/shadow", R_OK) == 0) {
		return 2;
	}
	/* root is another user now, and not ours to become */
	result = find("root", NULL, false, &other, &d);
	diag_finish(&d);
	if (result != PST_CONFIG ||
	    find("root", NULL, true, &other, &d) != PST_OK || other.change) {
		return 3;
	}
	diag_finish(&d);
	return 0;
}

static int as_reader(const struct identity *who)
{
	FILE *f;

	if (privileges_drop(who, PRIVILEGES_READ) != PST_OK) {
		return 1;
	}
	f = fopen("/etc/shadow", "r");
	if (getuid() != who->uid || setuid(0) == 0 || f == NULL) {
		return 2;
	}
	fclose(f);
	return 0;
}

static int in_a_child(int (*body)(const struct identity *),
                      const struct identity *who)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		_exit(body(who));
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void root_becomes_another_for_good(void)
{
	struct identity who;
	struct diag d;

	if (geteuid() != 0) {
		return;
	}
	CHECK_INT(find("nobody", NULL, false, &who, &d), PST_OK);
	CHECK(who.change);
	CHECK_INT(in_a_child(as_another, &who), 0);
	diag_finish(&d);
}

static void checker_keeps_the_right_to_read(void)
{
	struct identity who;
	struct diag d;

	if (geteuid() != 0 || access("/etc/shadow", R_OK) != 0) {
		return;
	}
	CHECK_INT(find("nobody", NULL, false, &who, &d), PST_OK);
	CHECK_INT(in_a_child(as_reader, &who), 0);
	diag_finish(&d);
}

/* -- notify ------------------------------------------------------------ */

static int manager_open(struct sockaddr_un *un, size_t length)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	CHECK_INT(bind(fd, (struct sockaddr *)un, (socklen_t)length), 0);
	return fd;
}

static void hears(int fd, const char *want)
{
	char text[128];
	ssize_t n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);

	text[n < 0 ? 0 : n] = '\0';
	CHECK(strncmp(text, want, strlen(want)) == 0 && n > 0);
}

static void service_manager_hears_each_step(void)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	char folder[] = "/tmp/penstock-notify-XXXXXX";
	int fd;

	CHECK(mkdtemp(folder) != NULL);
	snprintf(un.sun_path, sizeof(un.sun_path), "%s/socket", folder);
	fd = manager_open(&un, sizeof(un));
	setenv("NOTIFY_SOCKET", un.sun_path, 1);
	notify_ready();
	hears(fd, "READY=1");
	notify_reloading();
	hears(fd, "RELOADING=1\nMONOTONIC_USEC=");
	notify_stopping();
	hears(fd, "STOPPING=1");
	close(fd);
	unlink(un.sun_path);
	rmdir(folder);
	unsetenv("NOTIFY_SOCKET");
}

static void abstract_manager_hears_too(void)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	char name[64];
	int fd, n;

	n = snprintf(name, sizeof(name), "@penstock-test-%d", (int)getpid());
	memcpy(un.sun_path + 1, name + 1, (size_t)n - 1);
	fd = manager_open(&un, sizeof(sa_family_t) + (size_t)n);
	setenv("NOTIFY_SOCKET", name, 1);
	notify_ready();
	hears(fd, "READY=1");
	close(fd);
	unsetenv("NOTIFY_SOCKET");
}

static int lowest_free_descriptor(void)
{
	int fd = dup(STDERR_FILENO);

	close(fd);
	return fd;
}

static void manager_that_is_not_there_is_no_trouble(void)
{
	const int free_before = lowest_free_descriptor();
	char name[300];

	notify_ready();
	setenv("NOTIFY_SOCKET", "relative", 1);
	notify_ready();
	setenv("NOTIFY_SOCKET", "/nonexistent/socket", 1);
	notify_ready();
	memset(name, '/', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	setenv("NOTIFY_SOCKET", name, 1);
	notify_ready();
	unsetenv("NOTIFY_SOCKET");
	CHECK_INT(lowest_free_descriptor(), free_before);
}

static CU_TestInfo tests[] = {
	TEST(nobody_named_means_no_change),
	TEST(own_name_means_no_change),
	TEST(unknown_user_is_named),
	TEST(root_becomes_another_for_good),
	TEST(checker_keeps_the_right_to_read),
	TEST(service_manager_hears_each_step),
	TEST(abstract_manager_hears_too),
	TEST(manager_that_is_not_there_is_no_trouble),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
