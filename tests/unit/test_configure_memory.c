/* SPDX-License-Identifier: MIT */
/* Each allocation on the way to a gateway is refused once. The program is
 * linked with --wrap, so that only our own calls come by here. */
#include "fake_registry.h"
#include "generation.h"
#include "pst_test.h"

#include <sys/stat.h>
#include <unistd.h>

static size_t left;  /* allocations until one is refused */
static bool refused; /* it was */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *p, size_t size);
void *__real_reallocarray(void *p, size_t count, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t length);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_reallocarray(void *p, size_t count, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t length);

static bool refuse(void)
{
	if (left == 0 || --left != 0) {
		return false;
	}
	refused = true;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return refuse() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return refuse() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	return refuse() ? NULL : __real_realloc(p, size);
}

void *__wrap_reallocarray(void *p, size_t count, size_t size)
{
	return refuse() ? NULL : __real_reallocarray(p, count, size);
}

char *__wrap_strdup(const char *text)
{
	return refuse() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t length)
{
	return refuse() ? NULL : __real_strndup(text, length);
}

static char text[4096], certificate[64];

static bool build(struct configuration *c, struct diag *d)
{
	struct gateway *g = NULL;
	bool built = configure_build(c, fake_registry(), &fake_core, d, &g) ==
	             PST_OK;

	CHECK(built == (g != NULL));
	gateway_destroy(g);
	return built;
}

static bool load_and_build(struct diag *d, int *fd_out)
{
	struct configuration *c;
	bool built = false;

	*fd_out = -1;
	if (configure_load_text("t.conf", text, d, &c) == PST_OK) {
		built = build(c, d) && configure_seal(c, fd_out) == PST_OK;
	}
	configure_destroy(c);
	return built;
}

static bool load_generation(int fd, struct diag *d)
{
	struct configuration *c;
	bool built =
		configure_load_generation(fd, d, &c) == PST_OK && build(c, d);

	configure_destroy(c);
	return built;
}

/* Whatever is refused: it fails cleanly, or the result is right. */
static void a_load_without_memory_fails_cleanly(void)
{
	struct diag d;
	size_t n;
	int fd;

	for (n = 1; n < 100000; n++) {
		bool built;

		diag_init(&d);
		refused = false;
		left = n;
		built = load_and_build(&d, &fd);
		left = 0;
		CHECK(built == (fd >= 0));
		CHECK(!built || d.errors == 0);
		CHECK_INT(fake_confs_alive, 0);
		diag_finish(&d);
		if (fd >= 0) {
			close(fd);
		}
		if (!refused) {
			CHECK(built);
			break;
		}
	}
	CHECK(n > 100 && n < 100000);
}

static void a_generation_without_memory_fails_cleanly(void)
{
	struct diag d;
	size_t n;
	int fd;

	diag_init(&d);
	CHECK(load_and_build(&d, &fd));
	diag_finish(&d);
	for (n = 1; n < 100000 && fd >= 0; n++) {
		bool built;

		diag_init(&d);
		refused = false;
		left = n;
		built = load_generation(fd, &d);
		left = 0;
		CHECK(built == (d.errors == 0));
		CHECK_INT(fake_confs_alive, 0);
		diag_finish(&d);
		if (!refused) {
			CHECK(built);
			break;
		}
	}
	close(fd);
}

static void stays_wrong(const char *bad)
{
	struct configuration *c;
	struct diag d;
	size_t n;

	for (n = 1, refused = true; refused && n < 10000; n++) {
		diag_init(&d);
		refused = false;
		left = n;
		if (configure_load_text("t.conf", bad, &d, &c) == PST_OK) {
			build(c, &d);
		}
		left = 0;
		configure_destroy(c);
		CHECK(d.errors > 0);
		diag_finish(&d);
	}
}

static void errors_without_memory_stay_errors(void)
{
	stays_wrong("services = ( { name = \"s\"; accept = { url = "
	            "\"net://::1\"; }; nmae = 5; connect = "
	            "\"net://b:0777\"; } );");
	stays_wrong("services = ( { name = \"s\"; type = \"echo\"; accept = ( "
	            "{ layers = ( { net = { bind = \"y\"; }; }, { sort = { "
	            "names = \"n\"; rest = true; }; } ); }, { layers = ( { net "
	            "= { bind = \"y\"; }; }, { sort = { names = \"m\"; rest = "
	            "true; level = 2; }; } ); } ); } );");
}

static CU_TestInfo tests[] = {
	TEST(a_load_without_memory_fails_cleanly),
	TEST(a_generation_without_memory_fails_cleanly),
	TEST(errors_without_memory_stay_errors),
	CU_TEST_INFO_NULL,
};

int main(int argc, char **argv)
{
	char folder[80], member[96];
	int failed, fd;

	(void)argc;
	strcpy(certificate, "/tmp/pst-mem-XXXXXX");
	fd = mkstemp(certificate);
	if (fd < 0 || write(fd, "hello", 5) != 5) {
		return 99;
	}
	close(fd);
	snprintf(folder, sizeof(folder), "%s.d", certificate);
	snprintf(member, sizeof(member), "%s/one", folder);
	if (mkdir(folder, 0700) != 0 || symlink(certificate, member) != 0) {
		return 99;
	}
	snprintf(text, sizeof(text),
	         "penstock = { plugin_path = [ \"/p\" ]; log = { file = "
	         "\"/l\"; }; };\n"
	         "defaults = { connect = { crypt = { verify = \"off\"; }; }; "
	         "};\nbadges = ( { name = \"gold\"; text = \"g\"; friends = "
	         "( \"tin\", { text = \"in\"; } ); }, { name = \"tin\"; }, { "
	         "name = \"rest\"; text = \"r\"; } );\nservices = (\n"
	         "{ name = \"a\"; accept = { url = \"frames://gw/a\"; crypt = "
	         "{ certificate = \"%s\"; private_key = \"%s\"; alpn = [ "
	         "\"x\", \"y\" ]; badge = ( \"gold\", \"%s\", \"everybody\", { "
	         "files = [ \"%s\", \"%s\" ]; } ); }; insert = { above = "
	         "\"frames\"; layer = "
	         "\"flip\"; }; }; connect = \"crypt://b:1\"; require = [ "
	         "\"front.secure\" ]; },\n"
	         "{ name = \"b\"; type = \"answer\"; body = \"$$\"; accept = ( "
	         "{ layers = ( { net = { bind = \"x\"; }; }, \"web\" ); }, "
	         "\"web://gw:81/b\", \"web://gw:81/c\" ); },\n"
	         "{ name = \"c\"; type = \"answer\"; body = \"\"; accept = ( "
	         "{ layers = ( { net = { bind = \"y\"; }; }, { sort = { names "
	         "= [ \"n\", \"m\" ]; }; }, \"web\" ); }, { layers = ( { net "
	         "= { bind = \"y\"; }; }, { sort = { names = \"n\"; speaks = "
	         "\"p\"; rest = true; }; }, \"web\" ); } ); } );",
	         certificate, certificate, folder, folder, certificate);
	failed = pst_test_run(argv[0], tests);
	remove(member);
	rmdir(folder);
	remove(certificate);
	return failed;
}
