/* SPDX-License-Identifier: MIT */
/* Resources of a configuration. */
#include "fake_registry.h"
#include "pst_test.h"
#include "resource.h"

#include <sys/stat.h>
#include <unistd.h>

#define HOPS(badge)                                             \
	"services = ( { name = \"s\"; accept = { url = "        \
	"\"crypt://gw:1\"; crypt = { certificate = \"" __FILE__ \
	"\"; private_key = \"" __FILE__ "\"; badge = " badge    \
	"; }; };\nconnect = \"net://b:2\"; } );"

#define FRONT(l) ((l)->gateway->services[0]->accept[0])

static char folder[64];

static const struct pst_refs *refs_of(const struct fake_load *l)
{
	const struct options *o = &FRONT(l)->layers[1].place->options;
	struct pst_option row;
	unsigned i;

	for (i = 0; options_row(o->rows, o->stride, i, &row); i++) {
		if (strcmp(row.name, "badge") == 0) {
			return (const void *)((const char *)o->conf +
			                      row.offset);
		}
	}
	return NULL;
}

static const struct fake_badge *badge_of(const struct pst_refs *refs, size_t n)
{
	return refs->item[n].conf;
}

static void a_resource_is_found_by_name(void)
{
	const struct pst_refs *refs;
	struct fake_load l;

	fake_load(&l, "badges = ( { name = \"gold\"; text = \"g\"; },\n"
	              "{ name = \"tin\"; text = \"t\"; } );\n" HOPS("\"tin\""));
	if (CHECK(l.gateway != NULL)) {
		refs = refs_of(&l);
		CHECK_INT(refs->count, 1);
		CHECK_STR(refs->item[0].name, "tin");
		CHECK_STR(badge_of(refs, 0)->text, "t");
	}
	fake_unload(&l);
	CHECK_INT(fake_confs_alive, 0);
}

static void one_list_has_names_groups_paths_and_the_word(void)
{
	const struct pst_refs *refs;
	struct fake_load l;

	fake_load(&l, "badges = ( { name = \"gold\"; text = \"g\"; } );\n" HOPS(
			      "( \"gold\", { text = \"here\"; }, \"" __FILE__
			      "\", \"everybody\", \"gold\" )"));
	if (CHECK(l.gateway != NULL)) {
		refs = refs_of(&l);
		CHECK_INT(refs->count, 5);
		CHECK(refs->item[1].name == NULL && refs->item[2].name == NULL);
		CHECK_STR(badge_of(refs, 1)->text, "here");
		CHECK_INT(badge_of(refs, 2)->files.count, 1);
		CHECK(badge_of(refs, 3)->everybody);
		CHECK(refs->item[0].conf == refs->item[4].conf);
	}
	fake_unload(&l);
	CHECK_INT(fake_confs_alive, 0);
}

static void each_resource_is_built_once(void)
{
	struct fake_load l;
	unsigned before = fake_badges_made;

	fake_load(&l,
	          "badges = ( { name = \"gold\"; }, { name = \"tin\"; } );\n"
	          "defaults = { accept = { crypt = { badge = ( { text = \"x\"; "
	          "}, \"everybody\", \"" __FILE__ "\" ); }; }; };\n"
	          "services = ( { name = \"a\"; type = \"echo\"; accept = ( "
	          "\"crypt://gw:1\", \"crypt://gw:2\" ); } );");
	CHECK_INT(l.diag.errors, 2); /* no certificate */
	CHECK_INT(fake_badges_made - before, 5);
	fake_unload(&l);
	CHECK_INT(fake_confs_alive, 0);
}

static void an_unknown_name_says_which_there_are(void)
{
	CHECK(fake_refused("badges = ( { name = \"gold\"; },\n"
	                   "{ name = \"tin\"; } );\n" HOPS("\"gild\""),
	                   "t.conf:3: services.s.accept.crypt.badge: \"gild\" "
	                   "is not in badges (t.conf:1), which has gold, tin; "
	                   "a path has a dot or a slash in it; did you mean "
	                   "\"gold\"?"));
	CHECK(fake_refused(HOPS("\"gold\""), "\"gold\" is not in badges, which "
	                                     "has none"));
	CHECK(fake_refused(HOPS("( \"everybody\", \"everybod\" )"),
	                   "services.s.accept.crypt.badge[1]: \"everybod\" is "
	                   "not in badges"));
}

static void a_reference_of_another_type_is_refused(void)
{
	CHECK(fake_refused(HOPS("5"), "must be a name, a path or a group"));
	CHECK(fake_refused(HOPS("( \"everybody\", 5 )"), "and is an integer"));
	CHECK(fake_refused(HOPS("( ( \"everybody\" ) )"), "and is a list"));
	CHECK(fake_refused(HOPS("\"\""), "\"\" is not in badges"));
	CHECK(fake_refused(HOPS("\"/no/such\""), "cannot be read (/no/such)"));
	CHECK(fake_refused(HOPS("\"everybody\"; stamp = \"a.pem\""),
	                   "\"a.pem\" is a path, and one of stamps is taken by "
	                   "name"));
	CHECK(fake_refused("stamps = ( { name = \"red\"; } );" HOPS(
				   "\"everybody\"; stamp = \"rod\""),
	                   "\"rod\" is not in stamps (t.conf:1), which has "
	                   "red; did you mean \"red\"?"));
}

static void a_list_is_checked(void)
{
	CHECK(fake_refused("badges = { };" HOPS("\"everybody\""),
	                   "badges: must be a list"));
	CHECK(fake_refused("badges = ( 5 );" HOPS("\"everybody\""),
	                   "badges[0]: must be a group"));
	CHECK(fake_refused(
		"badges = ( { text = \"x\"; } );" HOPS("\"everybody\""),
		"badges[0]: name is missing"));
	CHECK(fake_refused(
		"badges = ( { name = \"Gold\"; } );" HOPS("\"everybody\""),
		"\"Gold\" is not a name"));
	CHECK(fake_refused("badges = ( { name = 7; } );" HOPS("\"everybody\""),
	                   "is not a name"));
	CHECK(fake_refused(
		"badges = ( { name = \"everybody\"; } );" HOPS("\"everybody\""),
		"has a meaning of its own"));
	CHECK(fake_refused("badges = ( { name = \"a\"; },\n{ name = \"a\"; } "
	                   ");" HOPS("\"everybody\""),
	                   "t.conf:2: badges.a.name: another of badges is "
	                   "named \"a\" (t.conf:1)"));
	CHECK(fake_refused("badge = ( );" HOPS("\"everybody\""),
	                   "there is no setting \"badge\" here; did you mean "
	                   "\"badges\"?"));
	CHECK(fake_refused("badges = ( { name = \"a\"; txt = \"x\"; } );" HOPS(
				   "\"everybody\""),
	                   "badges.a.txt: there is no setting \"txt\" here; "
	                   "did you mean \"text\"?"));
	CHECK(fake_refused(
		HOPS("{ name = \"x\"; }"),
		"services.s.accept.crypt.badge.name: one in "
		"place has no name; to share it by name, put it into "
		"the list badges"));
}

static void a_bad_resource_is_told_once(void)
{
	CHECK(fake_refused(
		"badges = ( { name = \"a\";\ntext = \"bad\"; } );" HOPS(
			"( \"a\", \"a\" )"),
		"t.conf:2: badges.a.text: \"bad\" is not good"));
	CHECK(fake_refused(
		"badges = ( { name = \"a\"; text = \"silent\"; } );" HOPS(
			"\"a\""),
		"badges.a: badges refuses these settings and does "
		"not say why"));
	CHECK(fake_refused(HOPS("{ text = \"bad\"; }"),
	                   "services.s.accept.crypt.badge.text: \"bad\""));
}

static void resources_that_nobody_uses_are_checked(void)
{
	CHECK(fake_refused(
		"badges = ( { name = \"a\"; text = \"bad\"; } );" HOPS(
			"\"everybody\""),
		"badges.a.text: \"bad\" is not good"));
}

static void a_resource_that_refers_to_itself_is_refused(void)
{
	CHECK(fake_refused(
		"badges = ( { name = \"a\"; friends = \"b\"; },\n"
		"{ name = \"b\"; friends = \"a\"; } );" HOPS("\"a\""),
		"badges.b.friends: a refers to itself"));
}

static void resources_refer_to_resources(void)
{
	struct fake_load l;

	fake_load(&l,
	          "badges = ( { name = \"a\"; friends = ( \"b\", { text = "
	          "\"c\"; } ); },\n{ name = \"b\"; text = \"deep\"; } );" HOPS(
			  "\"a\""));
	if (CHECK(l.gateway != NULL)) {
		const struct fake_badge *a = badge_of(refs_of(&l), 0);

		CHECK_STR(badge_of(&a->friends, 0)->text, "deep");
		CHECK_STR(badge_of(&a->friends, 1)->text, "c");
	}
	fake_unload(&l);
	CHECK_INT(fake_confs_alive, 0);
}

static void a_default_may_refer(void)
{
	const struct pst_refs *refs;
	struct fake_load l;
	void *conf;

	fake_load(&l, "services = ( { name = \"s\"; accept = \"net://gw:1\"; "
	              "connect = \"crypt://b:2\"; } );");
	if (CHECK(l.gateway != NULL)) {
		conf = l.gateway->services[0]->connect[0]->layers[1].conf;
		refs = fake_guests(conf);
		if (CHECK_INT(refs->count, 1)) {
			CHECK(badge_of(refs, 0)->everybody);
		}
	}
	fake_unload(&l);
	CHECK_INT(fake_confs_alive, 0);
}

static void names_from_elsewhere_say_what_to_use(void)
{
	CHECK(fake_refused(HOPS("\"everybody\"; keystore = \"x.jks\""),
	                   "services.s.accept.crypt.keystore: there is no "
	                   "setting \"keystore\" here; use certificate"));
	CHECK(fake_refused(HOPS("{ password = 5; }"), "here; use key"));
}

/* -- setup ------------------------------------------------------------- */

static void conf_init_is_told_of_the_world(void)
{
	const struct fake_badge *b;
	struct fake_load l;

	fake_load(&l, HOPS("{ text = \"x\"; }"));
	if (CHECK(l.gateway != NULL)) {
		b = badge_of(refs_of(&l), 0);
		CHECK_INT(b->flags, 0);
		CHECK_MEM(b->seed, l.configuration->seed, PST_SEED_SIZE);
		CHECK(b->signer != NULL && b->slow != NULL);
		CHECK(b->signer != b->slow && b->nobody == NULL);
		if (CHECK_INT(l.gateway->expiry_count, 1)) {
			CHECK_STR(l.gateway->expiries[0].text, "badge x");
			CHECK_INT(l.gateway->expiries[0].when, 4711);
		}
	}
	fake_unload(&l);
}

static void a_checked_gateway_builds_only_what_is_used(void)
{
	struct fake_load l, again;
	unsigned before;
	int fd = -1;

	memset(&again, 0, sizeof(again));
	diag_init(&again.diag);
	fake_load(&l, "badges = ( { name = \"a\"; text = \"x\"; }, { name = "
	              "\"b\"; } );" HOPS("\"a\""));
	CHECK_INT(configure_seal(l.configuration, &fd), PST_OK);
	CHECK_INT(configure_load_generation(fd, &again.diag,
	                                    &again.configuration),
	          PST_OK);
	before = fake_badges_made;
	CHECK_INT(configure_build(again.configuration, fake_registry(),
	                          &fake_core, &again.diag, &again.gateway),
	          PST_OK);
	CHECK_INT(fake_badges_made - before, 1);
	if (CHECK(again.gateway != NULL)) {
		const struct fake_badge *b = badge_of(refs_of(&again), 0);

		CHECK_INT(b->flags, PST_SETUP_CHECKED);
		CHECK_MEM(b->seed, l.configuration->seed, PST_SEED_SIZE);
		CHECK_INT(again.gateway->expiry_count, 0);
	}
	close(fd);
	fake_unload(&again);
	fake_unload(&l);
	CHECK_INT(fake_confs_alive, 0);
}

/* -- digests ----------------------------------------------------------- */

static uint64_t digest_of(const char *text)
{
	struct fake_load l;
	uint64_t digest = 0;

	fake_load(&l, text);
	if (CHECK(l.gateway != NULL)) {
		digest = FRONT(&l)->layers[1].digest[0];
	}
	fake_unload(&l);
	return digest;
}

static void what_is_referred_to_counts_not_how(void)
{
	uint64_t named = digest_of("badges = ( { name = \"a\"; text = \"x\"; "
	                           "} );" HOPS("\"a\""));

	CHECK(named == digest_of(HOPS("{ text = \"x\"; }")));
	CHECK(named == digest_of(HOPS("( { text = \"x\"; } )")));
	CHECK(named != digest_of(HOPS("{ text = \"y\"; }")));
	CHECK(named != digest_of(HOPS("( { text = \"x\"; }, \"everybody\" )")));
	CHECK(named != digest_of(HOPS("( )")));
}

/* -- files ------------------------------------------------------------- */

static void put(const char *name, const char *text, mode_t mode)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	if (CHECK(f != NULL)) {
		fputs(text, f);
		fclose(f);
		CHECK_INT(chmod(path, mode), 0);
	}
}

static void a_folder_is_its_files_by_name(void)
{
	char text[600], path[128];
	struct fake_load l;

	put("b.pem", "B", 0600);
	put("a.pem", "A", 0640);
	put(".hidden", "H", 0600);
	snprintf(path, sizeof(path), "%s/sub", folder);
	CHECK_INT(mkdir(path, 0700), 0);
	put("sub/c.pem", "C", 0600);
	snprintf(path, sizeof(path), "%s/dangling", folder);
	CHECK_INT(symlink("nowhere", path), 0);
	snprintf(text, sizeof(text),
	         HOPS("( \"%s/\", { files = [ \"%s/b.pem\", \"%s\" ]; } )"),
	         folder, folder, folder);
	fake_load(&l, text);
	if (CHECK(l.gateway != NULL)) {
		const struct fake_badge *b = badge_of(refs_of(&l), 0);
		const struct fake_badge *c = badge_of(refs_of(&l), 1);

		CHECK_INT(b->files.count, 2);
		CHECK_MEM(b->files.item[0].data, "A", 2);
		CHECK_INT(b->files.item[0].mode, 0640);
		CHECK_MEM(b->files.item[1].data, "B", 2);
		CHECK(strstr(b->files.item[1].path, "/b.pem") != NULL);
		CHECK(strstr(b->files.item[1].path, "//") == NULL);
		CHECK_INT(c->files.count, 3);
		CHECK_MEM(c->files.item[0].data, "B", 2);
		CHECK_MEM(c->files.item[2].data, "B", 2);
	}
	fake_unload(&l);
}

static void a_folder_counts_with_its_contents(void)
{
	char text[600], from[96], to[96];
	uint64_t before;

	snprintf(text, sizeof(text), HOPS("\"%s\""), folder);
	before = digest_of(text);
	CHECK(before == digest_of(text));
	put("b.pem", "C", 0600);
	CHECK(before != digest_of(text));
	put("b.pem", "B", 0600);
	CHECK(before == digest_of(text));
	snprintf(from, sizeof(from), "%s/b.pem", folder);
	snprintf(to, sizeof(to), "%s/c.pem", folder);
	CHECK_INT(rename(from, to), 0);
	CHECK(before != digest_of(text));
	CHECK_INT(rename(to, from), 0);
}

static void an_empty_folder_is_refused(void)
{
	char text[600], path[128];

	snprintf(path, sizeof(path), "%s/empty", folder);
	CHECK_INT(mkdir(path, 0700), 0);
	snprintf(text, sizeof(text), HOPS("\"%s\""), path);
	CHECK(fake_refused(text, "is a folder without a file in it"));
}

static void secrets_are_warned_of_or_refused(void)
{
	static const struct {
		mode_t mode;
		unsigned warnings, strict_errors;
		const char *said;
	} cases[] = {
		{0600, 0, 0, NULL},
		{0640, 0, 1, "its group may read it (mode 0640); chmod go= it"},
		{0644, 1, 1,
	         "every user may read it (mode 0644); chmod go= it"},
		{0620, 1, 1, "its group may write it (mode 0620)"},
	};
	char text[900];
	struct fake_load l;
	size_t i;

	for (i = 0; i < 4; i++) {
		put("key", "K", cases[i].mode);
		snprintf(text, sizeof(text), HOPS("{ key = \"%s/key\"; }"),
		         folder);
		fake_load(&l, text);
		CHECK_INT(l.diag.errors, 0);
		/* this source file is a key, too: how it is read hangs on it */
		CHECK(!cases[i].warnings ||
		      diag_has(&l.diag, "/key\" is secret"));
		fake_unload(&l);
		snprintf(text, sizeof(text),
		         "penstock = { strict_permissions = true; };\n"
		         "badges = ( { name = \"a\"; key = \"%s/key\"; } );\n"
		         "services = ( { name = \"s\"; type = \"echo\"; accept "
		         "= "
		         "\"net://gw:1\"; } );",
		         folder);
		fake_load(&l, text);
		CHECK_INT(l.diag.errors, cases[i].strict_errors);
		CHECK(cases[i].said == NULL ||
		      diag_has(&l.diag, cases[i].said));
		fake_unload(&l);
	}
	CHECK_INT(fake_confs_alive, 0);
}

static void a_plugin_may_ask_about_a_secret(void)
{
	char text[900];

	put("open", "O", 0644);
	snprintf(text, sizeof(text),
	         "penstock = { strict_permissions = true; };\n"
	         "badges = ( { name = \"a\"; files = \"%s/open\"; } );\n"
	         "services = ( { name = \"s\"; type = \"echo\"; accept = "
	         "\"net://gw:1\"; } );",
	         folder);
	CHECK(fake_refused(text, "t.conf:2: badges.a.files: \""));
}

static CU_TestInfo tests[] = {
	TEST(a_resource_is_found_by_name),
	TEST(one_list_has_names_groups_paths_and_the_word),
	TEST(each_resource_is_built_once),
	TEST(an_unknown_name_says_which_there_are),
	TEST(a_reference_of_another_type_is_refused),
	TEST(a_list_is_checked),
	TEST(a_bad_resource_is_told_once),
	TEST(resources_that_nobody_uses_are_checked),
	TEST(a_resource_that_refers_to_itself_is_refused),
	TEST(resources_refer_to_resources),
	TEST(a_default_may_refer),
	TEST(names_from_elsewhere_say_what_to_use),
	TEST(conf_init_is_told_of_the_world),
	TEST(a_checked_gateway_builds_only_what_is_used),
	TEST(what_is_referred_to_counts_not_how),
	TEST(a_folder_is_its_files_by_name),
	TEST(a_folder_counts_with_its_contents),
	TEST(an_empty_folder_is_refused),
	TEST(secrets_are_warned_of_or_refused),
	TEST(a_plugin_may_ask_about_a_secret),
	CU_TEST_INFO_NULL,
};

int main(int argc, char **argv)
{
	char command[96];
	int result;

	(void)argc;
	snprintf(folder, sizeof(folder), "/tmp/test_resource.XXXXXX");
	if (mkdtemp(folder) == NULL) {
		return 1;
	}
	result = pst_test_run(argv[0], tests);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command) == 0 ? result : 1;
}
