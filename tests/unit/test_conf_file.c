/* SPDX-License-Identifier: MIT */
#include "conf_file.h"
#include "conf_text.h"
#include "diag_has.h"
#include "pst_test.h"

#include <sys/stat.h>
#include <unistd.h>

static struct diag diag;
static struct conf_value *root;
static bool whole;
static char folder[64];

static void read_text(const char *text)
{
	conf_value_destroy(root);
	diag_finish(&diag);
	root = conf_text_read("t.conf", text, strlen(text), &diag, &whole);
}

static void write_file(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	if (CHECK(f != NULL)) {
		fputs(text, f);
		fclose(f);
	}
}

static void read_file(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	conf_value_destroy(root);
	diag_finish(&diag);
	root = conf_file_read(path, &diag, &whole);
}

static void remove_file(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	remove(path);
}

static void said(const char *part)
{
	CHECK(diag_has(&diag, part));
}

static const struct conf_value *get(const char *a, const char *b)
{
	const struct conf_value *v = conf_get(root, a);

	return b == NULL ? v : conf_get(v, b);
}

static void values_know_type_place_and_path(void)
{
	const struct conf_value *v;

	read_text("a : {\n b = \"x\";\n c = -5;\n d = true;\n"
	          " e = 5000000000L;\n f = 1.5;\n g = [ 1, 2 ];\n};\n");
	CHECK_INT(diag.count, 0);
	CHECK(whole);
	v = get("a", "b");
	CHECK_STR(v->string, "x");
	CHECK_INT(v->line, 2);
	CHECK_STR(v->file, "t.conf");
	CHECK_STR(v->path, "a.b");
	CHECK_INT(get("a", "c")->integer, -5);
	CHECK_INT(get("a", "d")->type, CONF_BOOL);
	CHECK_INT(get("a", "d")->integer, 1);
	CHECK(get("a", "e")->integer == 5000000000);
	CHECK_INT(get("a", "f")->type, CONF_FLOAT);
	CHECK_INT(get("a", "g")->count, 2);
	CHECK_STR(get("a", "g")->children[1]->path, "a.g[1]");
	CHECK(conf_get(root, "z") == NULL);
}

static void paths_take_the_names_of_services(void)
{
	read_text("s = ( { name = \"q\"; x = 1; },\n"
	          "{ x = 2; y = ( 1, { z = 3; } ); } );");
	CHECK_STR(get("s", NULL)->children[0]->children[1]->path, "s.q.x");
	CHECK_STR(get("s", NULL)->children[1]->children[0]->path, "s[1].x");
	CHECK_STR(get("s", NULL)
	                  ->children[1]
	                  ->children[1]
	                  ->children[1]
	                  ->children[0]
	                  ->path,
	          "s[1].y[1].z");
}

static void integers_that_would_wrap_are_refused(void)
{
	read_text("a = 4294967297;\nb = -2147483649;\nc = 0xFFFFFFFF;\n"
	          "d = 99999999999999999999L;\n"
	          "e = 2147483647; f = -2147483648; g = 0x7fffffff;\n"
	          "h = 9223372036854775807L;\n"
	          "i = -9223372036854775808L;\n"
	          "j = 123456789012345678901234567890123456789012345678901234"
	          "567890123456789;");
	CHECK_INT(diag.errors, 5);
	said("t.conf:1: 4294967297 does not fit 32 bits and would be read as "
	     "another number; write 4294967297L");
	said("t.conf:2: -2147483649 does not");
	said("t.conf:3: 0xFFFFFFFF does not");
	said("t.conf:4: 99999999999999999999L does not fit 64 bits");
	said("t.conf:8: a number has 69 digits");
}

static void leading_zeros_are_refused(void)
{
	read_text("a = 0777;\nb = 0; c = 00; d = -01; e = 0x01; f = 0.5;");
	CHECK_INT(diag.errors, 3);
	said("t.conf:1: 0777 begins with 0 but is not octal");
	said("t.conf:2: 00 begins");
	said("t.conf:2: -01 begins");
}

static void numbers_in_strings_names_and_comments_are_left_alone(void)
{
	read_text("a = \"4294967297 0777 \\\" 0777\"; // 4294967297\n"
	          "# 0777\nb-0777 = 1; /* 0777\n 4294967297 */ c0777 = 2;");
	CHECK_INT(diag.errors, 0);
	CHECK_INT(get("c0777", NULL)->line, 4);
}

static void what_is_not_closed_is_told_where_it_began(void)
{
	read_text("a = 1;\n/* b = 2;\n");
	said("t.conf:2: the comment that begins here has no end");
	CHECK(!whole && root == NULL);
	read_text("a = 1;\n\nb = \"x;\nc = 2;\n");
	said("t.conf:3: the string that begins here has no end");
	CHECK(!whole && root == NULL);
}

static void nul_bytes_are_refused(void)
{
	static const char nul[] = "a = 1;\0b = 2;";

	read_text("a = \"x\\x00y\";");
	said("t.conf:1: a string has a NUL byte");
	conf_value_destroy(root);
	root = conf_text_read("t.conf", nul, sizeof(nul) - 1, &diag, &whole);
	said("t.conf: has a NUL byte in it: it is not a text file");
}

static void syntax_errors_have_their_line(void)
{
	read_text("a = 1;\nb = { c = ; };\n");
	CHECK_INT(diag.errors, 1);
	said("t.conf:2: syntax error");
	CHECK(!whole && root == NULL);
	read_text("a = 1;\nb = 2;\na = 3;\n");
	said("t.conf:3: duplicate setting name");
	read_text("a = yes;");
	said("t.conf:1: syntax error");
}

static void numbers_and_syntax_are_reported_in_one_run(void)
{
	read_text("a = 0777;\nb = 4294967297;\nc = ;\n");
	CHECK_INT(diag.errors, 3);
}

static void deep_nesting_is_refused_before_it_is_parsed(void)
{
	char text[4096] = "a = ";
	size_t i;

	for (i = 4; i < 2000; i++) {
		text[i] = '(';
	}
	read_text(text);
	CHECK_INT(diag.errors, 1);
	said("more than 32 deep");
	CHECK(root == NULL);
}

static void groups_too_large_for_the_parser_are_refused(void)
{
	size_t size = 5000 * 12, at = 0;
	char *text = calloc(1, size);
	unsigned i;

	for (i = 0; i < 4096; i++) {
		at += (size_t)snprintf(text + at, size - at, "a%u=1;\n", i);
	}
	read_text(text);
	CHECK_INT(diag.errors, 0);
	snprintf(text + at, size - at, "b = 1;\n");
	read_text(text);
	CHECK_INT(diag.errors, 1);
	said("t.conf:4097: a group has more than 4096 settings");
	free(text);
}

static void an_empty_text_is_an_empty_group(void)
{
	read_text("");
	CHECK(root != NULL && root->count == 0 && whole);
	read_text("# nothing\n");
	CHECK(root != NULL && root->count == 0 && whole);
}

static void the_environment_is_expanded(void)
{
	setenv("PST_T", "there", 1);
	setenv("PST_EMPTY", "", 1);
	unsetenv("PST_NONE");
	read_text("a = \"x${PST_T}y\"; b = \"${PST_NONE:-def:-ault}\";\n"
	          "c = \"$$5 ${PST_EMPTY}.${PST_EMPTY:-d}\";\n"
	          "s = ( { name = \"${PST_T}\"; z = 1; } );");
	CHECK_INT(diag.errors, 0);
	CHECK_STR(get("a", NULL)->string, "xtherey");
	CHECK_STR(get("b", NULL)->string, "def:-ault");
	CHECK_STR(get("c", NULL)->string, "$5 .d");
	CHECK_STR(get("s", NULL)->children[0]->path, "s.there");
}

static void bad_expansions_are_refused_with_their_place(void)
{
	unsetenv("PST_NONE");
	read_text("g = {\na = \"${PST_NONE}\";\nb = \"${1X}\";\nc = \"${\";\n"
	          "d = \"$HOME\";\ne = \"${PST_NONE-x}\"; f = \"cost $\"; };");
	CHECK_INT(diag.errors, 6);
	said("t.conf:2: g.a: \"${PST_NONE}\" names ${PST_NONE}, which the "
	     "environment does not have; set it, or write "
	     "${PST_NONE:-default}");
	said("t.conf:3: g.b:");
	said("t.conf:4: g.c: \"${\" has a ${ without a }");
	said("t.conf:5: g.d: \"$HOME\" has a $ that begins neither");
	said("t.conf:6: g.e:");
	said("t.conf:6: g.f:");
}

static void expansion_is_bounded(void)
{
	static char huge[70000];

	memset(huge, 'x', sizeof(huge) - 1);
	setenv("PST_HUGE", huge, 1);
	read_text("a = \"${PST_HUGE}\";");
	CHECK_INT(diag.errors, 1);
	said("longer than 65536 bytes");
	unsetenv("PST_HUGE");
}

static void at_include_keeps_files_and_lines(void)
{
	write_file("main.conf", "a = 1;\n  @include \"part.inc\" b = 2;\n"
	                        "c = 3;\n");
	write_file("part.inc", "x = 1;\n\ny = 2;");
	read_file("main.conf");
	CHECK_INT(diag.errors, 0);
	CHECK_INT(get("x", NULL)->line, 1);
	CHECK(strstr(get("x", NULL)->file, "/part.inc") != NULL);
	CHECK_INT(get("y", NULL)->line, 3);
	CHECK_INT(get("b", NULL)->line, 2);
	CHECK(strstr(get("b", NULL)->file, "/main.conf") != NULL);
	CHECK_INT(get("c", NULL)->line, 3);
	write_file("part.inc", "x = 1;\n\ny = 0777;\nz = ;\n");
	read_file("main.conf");
	CHECK_INT(diag.errors, 2);
	said("/part.inc:3: 0777");
	said("/part.inc:4: syntax error");
	remove_file("part.inc");
	read_file("main.conf");
	said("main.conf:2: @include");
	said("No such file");
	remove_file("main.conf");
}

static void at_include_of_itself_ends(void)
{
	write_file("self.conf", "@include \"self.conf\"\n");
	read_file("self.conf");
	said("does one include itself?");
	CHECK(!whole);
	remove_file("self.conf");
}

static void an_at_elsewhere_is_refused(void)
{
	read_text("a = 1; @include \"/etc/passwd\"\n");
	CHECK_INT(diag.errors, 1);
	said("an @ means something only");
	read_text("@include /etc/passwd\n");
	CHECK_INT(diag.errors, 1);
	CHECK(root == NULL);
}

static void include_joins_files_in_order(void)
{
	write_file("main.conf",
	           "penstock = { include = [ \"d/*.conf\" ]; workers = 1; };\n"
	           "services = ( { name = \"a\"; } );\n");
	write_file("d/2.conf", "services = ( { name = \"c\"; } );");
	write_file("d/1.conf", "services = ( { name = \"b\"; } );\n"
	                       "defaults = { accept = { x = 1; }; };");
	write_file("d/3.conf", "defaults = { accept = { y = 1; }; };");
	read_file("main.conf");
	CHECK_INT(diag.errors, 0);
	CHECK(whole);
	CHECK_INT(get("services", NULL)->count, 3);
	CHECK_STR(get("services", NULL)->children[1]->path, "services.b");
	CHECK_STR(get("services", NULL)->children[2]->path, "services.c");
	CHECK(strstr(get("services", NULL)->children[2]->file, "d/2.conf") !=
	      NULL);
	CHECK_INT(get("defaults", "accept")->count, 2);
	CHECK(get("penstock", "include") == NULL);
}

static void include_of_one_setting_twice_names_both(void)
{
	write_file("d/3.conf", "penstock = { workers = 2; };");
	read_file("main.conf");
	CHECK_INT(diag.errors, 1);
	said("d/3.conf:1: penstock.workers: is set already in ");
	said("main.conf:1; remove one");
	remove_file("d/3.conf");
}

static void a_broken_included_file_does_not_hide_others(void)
{
	write_file("d/1.conf", "a = ;");
	write_file("d/2.conf", "b = 0777;");
	read_file("main.conf");
	CHECK_INT(diag.errors, 2);
	CHECK(!whole && root != NULL);
	said("d/1.conf:1: syntax error");
	said("d/2.conf:1: 0777");
	remove_file("d/1.conf");
	remove_file("d/2.conf");
}

static void a_pattern_may_match_nothing_and_a_name_may_not(void)
{
	read_file("main.conf");
	CHECK_INT(diag.errors, 0);
	write_file("main.conf", "penstock = {\n include = \"no.conf\"; };");
	read_file("main.conf");
	CHECK_INT(diag.errors, 1);
	said("main.conf:2: penstock.include: there is no file");
	CHECK(!whole);
	write_file("main.conf", "penstock = { include = [ 1, 2 ]; };");
	read_file("main.conf");
	CHECK_INT(diag.errors, 2);
	said("must be a file or a list of files");
}

static void include_of_itself_ends(void)
{
	write_file("main.conf", "penstock = { include = \"d/../*.conf\"; };");
	read_file("main.conf");
	CHECK_INT(diag.errors, 1);
	said("includes itself");
	remove_file("main.conf");
}

static void files_that_cannot_be_read_say_why(void)
{
	read_file("none.conf");
	CHECK_INT(diag.errors, 1);
	said("none.conf: No such file or directory; make it");
	CHECK(root == NULL && !whole);
	read_file("d");
	said("Is a directory; name a file");
	conf_value_destroy(root);
	root = conf_file_read("/dev/null", &diag, &whole);
	CHECK(root == NULL && !whole);
}

static CU_TestInfo tests[] = {
	TEST(values_know_type_place_and_path),
	TEST(paths_take_the_names_of_services),
	TEST(integers_that_would_wrap_are_refused),
	TEST(leading_zeros_are_refused),
	TEST(numbers_in_strings_names_and_comments_are_left_alone),
	TEST(what_is_not_closed_is_told_where_it_began),
	TEST(nul_bytes_are_refused),
	TEST(syntax_errors_have_their_line),
	TEST(numbers_and_syntax_are_reported_in_one_run),
	TEST(deep_nesting_is_refused_before_it_is_parsed),
	TEST(groups_too_large_for_the_parser_are_refused),
	TEST(an_empty_text_is_an_empty_group),
	TEST(the_environment_is_expanded),
	TEST(bad_expansions_are_refused_with_their_place),
	TEST(expansion_is_bounded),
	TEST(at_include_keeps_files_and_lines),
	TEST(at_include_of_itself_ends),
	TEST(an_at_elsewhere_is_refused),
	TEST(include_joins_files_in_order),
	TEST(include_of_one_setting_twice_names_both),
	TEST(a_broken_included_file_does_not_hide_others),
	TEST(a_pattern_may_match_nothing_and_a_name_may_not),
	TEST(include_of_itself_ends),
	TEST(files_that_cannot_be_read_say_why),
	CU_TEST_INFO_NULL,
};

int main(int argc, char **argv)
{
	char d[80];
	int failed;

	(void)argc;
	strcpy(folder, "/tmp/pst-conf-XXXXXX");
	if (mkdtemp(folder) == NULL) {
		return 99;
	}
	snprintf(d, sizeof(d), "%s/d", folder);
	if (mkdir(d, 0700) != 0) {
		return 99;
	}
	diag_init(&diag);
	failed = pst_test_run(argv[0], tests);
	conf_value_destroy(root);
	diag_finish(&diag);
	rmdir(d);
	rmdir(folder);
	return failed;
}
