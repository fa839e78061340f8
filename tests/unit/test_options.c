/* SPDX-License-Identifier: MIT */
#include "conf_file.h"
#include "diag_has.h"
#include "options.h"
#include "pst_test.h"

#include <penstock/instance.h>
#include <sys/stat.h>
#include <unistd.h>

struct conf {
	const char *text, *secret;
	bool truth;
	int64_t number, free_number;
	uint64_t bytes, wait;
	uint32_t choice;
	struct pst_file file, key;
	struct pst_list list;
	const char *front, *must, *route;
};

#define AT(member) offsetof(struct conf, member)

static const char *const choices[] = {"red", "green", NULL};

static const struct pst_option rows[] = {
	{.name = "text", .type = PST_OPTION_STRING, .offset = AT(text)},
	{.name = "secret",
         .type = PST_OPTION_STRING,
         .flags = PST_OPTION_SECRET,
         .offset = AT(secret)},
	{.name = "truth",
         .type = PST_OPTION_BOOL,
         .offset = AT(truth),
         .initial = "true"},
	{.name = "number",
         .type = PST_OPTION_INT,
         .offset = AT(number),
         .min = 1,
         .max = 10,
         .initial = "5"},
	{.name = "free_number",
         .type = PST_OPTION_INT,
         .offset = AT(free_number)},
	{.name = "bytes",
         .type = PST_OPTION_SIZE,
         .offset = AT(bytes),
         .min = 1024,
         .max = 1024 * 1024,
         .initial = "64k"},
	{.name = "wait",
         .type = PST_OPTION_TIME,
         .offset = AT(wait),
         .min = 1000,
         .initial = "30s"},
	{.name = "choice",
         .type = PST_OPTION_ENUM,
         .offset = AT(choice),
         .choices = choices,
         .initial = "green"},
	{.name = "file", .type = PST_OPTION_FILE, .offset = AT(file)},
	{.name = "key",
         .type = PST_OPTION_FILE,
         .flags = PST_OPTION_SECRET,
         .offset = AT(key)},
	{.name = "list", .type = PST_OPTION_LIST, .offset = AT(list)},
	{.name = "front",
         .type = PST_OPTION_STRING,
         .flags = PST_OPTION_ACCEPT,
         .offset = AT(front)},
	{.name = "must",
         .type = PST_OPTION_STRING,
         .flags = PST_OPTION_REQUIRED | PST_OPTION_ACCEPT,
         .offset = AT(must),
         .help = "It must."},
	{.name = "route",
         .type = PST_OPTION_STRING,
         .flags = PST_OPTION_ROUTE,
         .offset = AT(route)},
	{.name = NULL},
};

static struct arena memory;
static struct diag diag;
static struct file_store *files;
static struct conf_value *root;
static struct conf conf;
static struct options filled;
static char folder[64];

/* `text` has groups a, b and c, strongest first. */
static int fill(const char *text, uint32_t role)
{
	struct options_input in;
	bool whole;

	conf_value_destroy(root);
	diag_finish(&diag);
	file_store_destroy(files);
	arena_finish(&memory);
	arena_init(&memory);
	files = file_store_create();
	root = conf_text_read("t.conf", text, strlen(text), &diag, &whole);
	memset(&conf, 0, sizeof(conf));
	memset(&in, 0, sizeof(in));
	in.memory = &memory;
	in.files = files;
	in.diag = &diag;
	in.groups[0] = conf_get(root, "a");
	in.groups[1] = conf_get(root, "b");
	in.groups[2] = conf_get(root, "c");
	in.shared_from = 2;
	in.file = "t.conf";
	in.line = 7;
	in.path = "here";
	in.role = role;
	return options_fill(&in, rows, sizeof(rows[0]), &conf, &filled);
}

static void said(const char *part)
{
	CHECK(diag_has(&diag, part));
}

static void refused(const char *setting, const char *part)
{
	char text[256];

	snprintf(text, sizeof(text), "a = { %s; };", setting);
	CHECK_INT(fill(text, PST_CONNECT), PST_CONFIG);
	CHECK_INT(diag.errors, 1);
	said(part);
}

static void accepted(const char *setting)
{
	char text[256];

	snprintf(text, sizeof(text), "a = { %s; };", setting);
	if (!CHECK_INT(fill(text, PST_CONNECT), PST_OK)) {
		said("nothing");
	}
}

static void without_settings_defaults_hold(void)
{
	CHECK_INT(fill("", PST_CONNECT), PST_OK);
	CHECK(conf.text == NULL && conf.truth && conf.number == 5);
	CHECK(conf.bytes == 65536 && conf.wait == 30000 && conf.choice == 1);
	CHECK(conf.file.data == NULL && conf.list.count == 0);
	CHECK(filled.origins[3].file == NULL);
}

static void each_type_is_taken(void)
{
	accepted("text = \"x\"; truth = false; number = 7; bytes = \"128k\"; "
	         "wait = \"2m\"; choice = \"red\"; list = [ \"p\", \"q\" ]");
	CHECK_STR(conf.text, "x");
	CHECK(!conf.truth && conf.number == 7 && conf.bytes == 131072);
	CHECK(conf.wait == 120000 && conf.choice == 0);
	CHECK_INT(conf.list.count, 2);
	CHECK_STR(conf.list.item[1], "q");
}

static void every_scalar_may_be_a_string(void)
{
	accepted("truth = \"off\"; number = \"10\"; bytes = \"2048\"; "
	         "free_number = \"-3\"; list = \"one\"");
	CHECK(!conf.truth && conf.number == 10 && conf.bytes == 2048);
	CHECK(conf.free_number == -3);
	CHECK_INT(conf.list.count, 1);
	CHECK_STR(conf.list.item[0], "one");
	accepted("list = ( \"a\", 4865 )");
	CHECK_INT(conf.list.count, 2);
	CHECK_STR(conf.list.item[1], "4865");
	accepted("list = [ 49199, -1 ]");
	CHECK_STR(conf.list.item[0], "49199");
	CHECK_STR(conf.list.item[1], "-1");
	accepted("bytes = 4096; free_number = 5000000000L; list = ()");
	CHECK(conf.bytes == 4096 && conf.free_number == 5000000000);
}

static void wrong_types_say_what_is_wanted(void)
{
	refused("text = 5", "t.conf:1: a.text: 5 is not a string");
	refused("truth = 1", "1 is not a boolean: true or false");
	refused("truth = \"maybe\"", "\"maybe\" is not a boolean");
	refused("number = 1.5", "1.5 is not an integer");
	refused("number = \"0x5\"", "\"0x5\" is not an integer");
	refused("number = true", "true is not an integer");
	refused("bytes = -1", "-1 is not a size");
	refused("bytes = \"1t\"", "\"1t\" is not a size");
	refused("bytes = \"1 k\"", "is not a size");
	refused("wait = \"30\"", "\"30\" is not a time");
	refused("wait = 30", "30 has no unit; write \"30s\" or \"30ms\"");
	refused("wait = true", "true is not a time");
	refused("file = 5", "5 is not the name of a file");
	refused("list = 5", "5 is not a list of strings");
	refused("list = ( \"a\", true )", "a list is not a list of strings");
	refused("text = { x = 1; }", "a group is not a string");
}

static void ranges_hold_and_are_told_in_their_unit(void)
{
	refused("number = 0", "0 is too small; the least is 1");
	refused("number = 11", "11 is too large; the most is 10");
	refused("bytes = \"1\"", "\"1\" is too small; the least is 1k");
	refused("bytes = \"2m\"", "\"2m\" is too large; the most is 1m");
	refused("wait = \"10ms\"", "\"10ms\" is too small; the least is 1s");
	refused("bytes = \"9223372036854775807g\"", "is not a size");
	accepted("wait = \"1000d\"");
	accepted("free_number = -5");
}

static void choices_are_listed(void)
{
	refused("choice = \"blue\"", "\"blue\" is not one of red, green");
	refused("choice = 1", "1 is not one of red, green (in quotes)");
}

static void unknown_names_are_refused_with_the_nearest(void)
{
	refused("nubmer = 1",
	        "t.conf:1: a.nubmer: there is no setting \"nubmer\" here; did "
	        "you mean \"number\"?");
	refused("zzzzzzzz = 1", "there is no setting \"zzzzzzzz\" here");
	CHECK(strstr(diag.entries[0].text, "did you mean") == NULL);
}

static void options_of_the_other_hop_say_so(void)
{
	refused("front = \"x\"", "\"front\" is a setting for the accept hop");
	CHECK_INT(fill("a = { front = \"x\"; must = \"y\"; };", PST_ACCEPT),
	          PST_OK);
	CHECK_STR(conf.front, "x");
}

static void what_is_required_is_asked_for(void)
{
	CHECK_INT(fill("a = { };", PST_ACCEPT), PST_CONFIG);
	CHECK_INT(diag.errors, 1);
	said("t.conf:7: here: must is missing: It must.");
}

static void the_strongest_group_wins(void)
{
	CHECK_INT(fill("a = { number = 1; };\nb = { number = 2; bytes = 2048; "
	               "};\nc = { number = 3; bytes = 4096; text = \"c\"; };",
	               PST_CONNECT),
	          PST_OK);
	CHECK(conf.number == 1 && conf.bytes == 2048);
	CHECK_STR(conf.text, "c");
	CHECK_INT(filled.origins[3].line, 1);
	CHECK(!filled.origins[3].shared);
	CHECK_INT(filled.origins[0].line, 3);
	CHECK(filled.origins[0].shared);
}

static void what_is_overridden_is_checked_too(void)
{
	CHECK_INT(fill("a = { number = 1; };\nb = { number = 99; };",
	               PST_CONNECT),
	          PST_CONFIG);
	said("t.conf:2: b.number: 99 is too large");
}

static void all_errors_come_at_once(void)
{
	CHECK_INT(fill("a = { number = 99; truth = 5; wait = 1; x = 1;\n"
	               "choice = \"n\"; list = 1; file = \"/no/such\"; };",
	               PST_ACCEPT),
	          PST_CONFIG);
	CHECK_INT(diag.errors, 8);
}

static void a_group_must_be_a_group(void)
{
	CHECK_INT(fill("a = 5;", PST_CONNECT), PST_CONFIG);
	said("t.conf:1: a: must be a group");
}

static void secrets_are_never_shown(void)
{
	char text[64];

	refused("secret = 5", "a.secret: what is given is not a string");
	CHECK(strstr(diag.entries[0].text, "5 is not") == NULL);
	accepted("secret = \"hush\"");
	options_show(&rows[1], &conf, text, sizeof(text));
	CHECK_STR(text, "(secret)");
}

static void write_file(const char *name, const char *text, mode_t mode)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	remove(path);
	f = fopen(path, "w");
	if (CHECK(f != NULL)) {
		fputs(text, f);
		fclose(f);
		CHECK_INT(chmod(path, mode), 0);
	}
}

static void files_are_read(void)
{
	char setting[128];

	write_file("x.pem", "hello", 0644);
	snprintf(setting, sizeof(setting), "file = \"%s/x.pem\"", folder);
	accepted(setting);
	CHECK_INT(conf.file.length, 5);
	CHECK_MEM(conf.file.data, "hello", 6);
	CHECK(conf.file.path[0] == '/');
	CHECK_INT(diag.warnings, 0);
}

static void files_stand_beside_the_file_that_names_them(void)
{
	char *path;

	CHECK_INT(fill("", PST_CONNECT), PST_OK);
	path = file_store_path(files, "/etc/gw/d/x.conf", "k.pem");
	CHECK_STR(path, "/etc/gw/d/k.pem");
	free(path);
	path = file_store_path(files, "/x.conf", "k.pem");
	CHECK_STR(path, "/k.pem");
	free(path);
	path = file_store_path(files, "x.conf", "/k.pem");
	CHECK_STR(path, "/k.pem");
	free(path);
}

static void files_that_cannot_be_read_say_why(void)
{
	char path[128], setting[160];

	refused("file = \"/no/such.pem\"",
	        "\"/no/such.pem\" cannot be read (/no/such.pem): No such file "
	        "or directory; make it, or correct the name");
	refused("file = \"/\"", "is a folder");
	refused("file = \"/dev/null\"", "is not a regular file");
	refused("file = \"\"", "names no file");
	snprintf(path, sizeof(path), "%s/fifo", folder);
	snprintf(setting, sizeof(setting), "file = \"%s\"", path);
	CHECK_INT(mkfifo(path, 0600), 0);
	refused(setting, "is not a regular file");
	remove(path);
}

static void files_that_are_too_large_are_refused(void)
{
	char path[128], setting[160];

	write_file("big", "x", 0600);
	snprintf(path, sizeof(path), "%s/big", folder);
	CHECK_INT(truncate(path, (off_t)FILE_STORE_LIMIT + 1), 0);
	snprintf(setting, sizeof(setting), "file = \"%s\"", path);
	refused(setting, "larger than 8 MiB");
}

static void a_secret_that_all_may_read_is_warned_of(void)
{
	char setting[128];

	write_file("k.pem", "key", 0644);
	snprintf(setting, sizeof(setting), "key = \"%s/k.pem\"", folder);
	accepted(setting);
	CHECK_INT(diag.warnings, 1);
	said("is secret, but every user may read it (mode 0644)");
	write_file("k.pem", "key", 0640);
	accepted(setting);
	CHECK_INT(diag.warnings, 0);
}

static void values_are_shown_as_they_are_written(void)
{
	static const struct {
		unsigned row;
		const char *text;
	} want[] = {{0, "x"},      {2, "false"}, {3, "7"},    {5, "1m"},
	            {6, "1500ms"}, {7, "red"},   {10, "p, q"}};
	char text[64];
	size_t i;

	accepted("text = \"x\"; truth = false; number = 7; bytes = \"1024k\"; "
	         "wait = \"1500ms\"; choice = \"red\"; list = [\"p\",\"q\"]");
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		options_show(&rows[want[i].row], &conf, text, sizeof(text));
		CHECK_STR(text, want[i].text);
	}
	options_show(&rows[10], &conf, text, 3);
	CHECK_STR(text, "p,");
}

static void digest_of(const char *setting, uint64_t digest[2])
{
	accepted(setting);
	options_digest(&filled, "id", digest);
}

static void equal_settings_have_equal_digests(void)
{
	uint64_t a[2], b[2];

	digest_of("number = 7; bytes = \"64k\"", a);
	digest_of("bytes = 65536; number = \"7\"", b);
	CHECK(a[0] == b[0] && a[1] == b[1]);
	options_digest(&filled, "other", b);
	CHECK(a[0] != b[0] && a[1] != b[1]);
}

static void each_setting_but_routes_changes_the_digest(void)
{
	static const char *const settings[] = {
		"text = \"\"",          "secret = \"x\"", "truth = false",
		"number = 6",           "bytes = 1024",   "wait = \"5s\"",
		"choice = \"red\"",     "list = \"\"",    "free_number = 1",
		"list = [\"a\",\"b\"]", "list = \"ab\""};
	uint64_t none[2], other[2];
	size_t i;

	digest_of("truth = true", none);
	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		digest_of(settings[i], other);
		CHECK(none[0] != other[0] && none[1] != other[1]);
	}
	digest_of("route = \"x\"", other);
	CHECK(none[0] == other[0] && none[1] == other[1]);
}

static void the_contents_of_files_are_in_the_digest(void)
{
	uint64_t a[2], b[2];
	char setting[128];

	snprintf(setting, sizeof(setting), "file = \"%s/x.pem\"", folder);
	write_file("x.pem", "one", 0600);
	digest_of(setting, a);
	write_file("x.pem", "two", 0600);
	digest_of(setting, b);
	CHECK(a[0] != b[0] && a[1] != b[1]);
}

static void the_row_that_differs_is_named(void)
{
	struct options first;
	struct conf copy;

	accepted("number = 7; route = \"x\"");
	first = filled;
	copy = conf;
	first.conf = &copy;
	copy.text = NULL; /* fill frees the strings of the last one */
	copy.route = NULL;
	accepted("number = 7");
	CHECK(options_difference(&first, &filled) == NULL);
	accepted("number = 7; bytes = 1024");
	first.origins = filled.origins;
	CHECK_STR(options_difference(&first, &filled), "bytes");
}

static void a_table_of_an_older_plugin_is_read_by_its_stride(void)
{
	struct old {
		const char *name;
		uint32_t type, flags;
		size_t offset;
	};
	static const struct old old[] = {{"one", PST_OPTION_INT, 0, 0},
	                                 {"two", PST_OPTION_INT, 0, 8},
	                                 {NULL, 0, 0, 0}};
	const struct pst_option *table =
		(const struct pst_option *)(const void *)old;
	struct pst_option row;

	CHECK_INT(options_count(table, sizeof(old[0])), 2);
	CHECK(options_row(table, sizeof(old[0]), 1, &row));
	CHECK_STR(row.name, "two");
	CHECK(row.initial == NULL && row.max == 0);
	CHECK_INT(options_count(table, 0), 0);
	CHECK_INT(options_count(NULL, sizeof(rows[0])), 0);
}

static void numbers_are_parsed_strictly(void)
{
	static const char *const bad[] = {"",   "-",   " 1",  "1 ", "+1",
	                                  "01", "1.5", "1e3", "x",  "--1"};
	int64_t i;
	uint64_t u;
	size_t k;

	for (k = 0; k < sizeof(bad) / sizeof(bad[0]); k++) {
		CHECK_INT(option_parse_int(bad[k], &i), PST_INVALID);
		CHECK_INT(option_parse_size(bad[k], &u), PST_INVALID);
		CHECK_INT(option_parse_time(bad[k], &u), PST_INVALID);
	}
	CHECK_INT(option_parse_int("9223372036854775807", &i), PST_OK);
	CHECK_INT(option_parse_int("9223372036854775808", &i), PST_INVALID);
	CHECK_INT(option_parse_int("-9223372036854775808", &i), PST_OK);
	CHECK_INT(option_parse_size("8589934591g", &u), PST_OK);
	CHECK_INT(option_parse_size("8589934592g", &u), PST_INVALID);
	CHECK_INT(option_parse_size("1K", &u), PST_INVALID);
	CHECK_INT(option_parse_time("0", &u), PST_OK);
	CHECK_INT(option_parse_time("5min", &u), PST_INVALID);
	CHECK_INT(option_parse_time("1h", &u), PST_OK);
	CHECK(u == 3600000);
}

static CU_TestInfo tests[] = {
	TEST(without_settings_defaults_hold),
	TEST(each_type_is_taken),
	TEST(every_scalar_may_be_a_string),
	TEST(wrong_types_say_what_is_wanted),
	TEST(ranges_hold_and_are_told_in_their_unit),
	TEST(choices_are_listed),
	TEST(unknown_names_are_refused_with_the_nearest),
	TEST(options_of_the_other_hop_say_so),
	TEST(what_is_required_is_asked_for),
	TEST(the_strongest_group_wins),
	TEST(what_is_overridden_is_checked_too),
	TEST(all_errors_come_at_once),
	TEST(a_group_must_be_a_group),
	TEST(secrets_are_never_shown),
	TEST(files_are_read),
	TEST(files_stand_beside_the_file_that_names_them),
	TEST(files_that_cannot_be_read_say_why),
	TEST(files_that_are_too_large_are_refused),
	TEST(a_secret_that_all_may_read_is_warned_of),
	TEST(values_are_shown_as_they_are_written),
	TEST(equal_settings_have_equal_digests),
	TEST(each_setting_but_routes_changes_the_digest),
	TEST(the_contents_of_files_are_in_the_digest),
	TEST(the_row_that_differs_is_named),
	TEST(a_table_of_an_older_plugin_is_read_by_its_stride),
	TEST(numbers_are_parsed_strictly),
	CU_TEST_INFO_NULL,
};

static void remove_folder(void)
{
	static const char *const names[] = {"x.pem", "k.pem", "big"};
	char path[128];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		remove(path);
	}
	rmdir(folder);
}

int main(int argc, char **argv)
{
	int failed;

	(void)argc;
	strcpy(folder, "/tmp/pst-opt-XXXXXX");
	if (mkdtemp(folder) == NULL) {
		return 99;
	}
	arena_init(&memory);
	diag_init(&diag);
	failed = pst_test_run(argv[0], tests);
	conf_value_destroy(root);
	diag_finish(&diag);
	file_store_destroy(files);
	arena_finish(&memory);
	remove_folder();
	return failed;
}
