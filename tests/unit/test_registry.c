/* SPDX-License-Identifier: MIT */
/* The loader: every way in which a plugin can be no plugin has its sentence. */
#include "diag_has.h"
#include "pst_test.h"
#include "registry.h"

#include <sys/stat.h>
#include <unistd.h>

#define FAKES PST_TEST_BUILD "/tests/unit/.libs"

static char folders[2][64];

static void folders_make(void)
{
	unsigned i;

	for (i = 0; i < 2; i++) {
		strcpy(folders[i], "/tmp/penstock-registry-XXXXXX");
		CHECK(mkdtemp(folders[i]) != NULL);
	}
}

static void put_bytes(unsigned folder, const char *name, const void *bytes,
                      size_t size, mode_t mode)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folders[folder], name);
	f = fopen(path, "wb");
	if (CHECK(f != NULL)) {
		CHECK_INT(fwrite(bytes, 1, size, f), size);
		fclose(f);
		CHECK_INT(chmod(path, mode), 0);
	}
}

/* Copy unit/fake_<fake>.so as `name` into a folder. */
static void put(unsigned folder, const char *name, const char *fake,
                mode_t mode)
{
	static char bytes[1 << 20];
	char path[512];
	size_t size = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/fake_%s.so", FAKES, fake);
	f = fopen(path, "rb");
	if (CHECK(f != NULL)) {
		size = fread(bytes, 1, sizeof(bytes), f);
		fclose(f);
	}
	put_bytes(folder, name, bytes, size, mode);
}

static void folders_remove(void)
{
	char command[256];

	snprintf(command, sizeof(command), "rm -rf %s %s", folders[0],
	         folders[1]);
	CHECK_INT(system(command), 0);
}

static struct registry *look(struct diag *d)
{
	const char *const both[] = {folders[0], folders[1]};

	diag_init(d);
	return registry_create(both, 2, d);
}

/* One plugin that cannot be used: asked for, its sentence is told. */
static void fails(const char *fake, const char *want)
{
	struct registry *r;
	struct diag d;

	folders_make();
	put(0, "x.so", fake, 0644);
	r = look(&d);
	CHECK(registry_find(r, REGISTRY_LAYER, "fake", &d, "gw.conf", 7,
	                    "services.a.accept") == NULL);
	CHECK(diag_has(&d, want));
	CHECK(diag_has(&d, "gw.conf:7: services.a.accept: "));
	CHECK(diag_has(&d, folders[0]));
	registry_destroy(r);
	diag_finish(&d);
	folders_remove();
}

static void good_plugin_is_found_and_loaded(void)
{
	const struct pst_scheme *scheme;
	const struct pst_layer *layer;
	struct registry_plugin p;
	struct registry *r;
	struct diag d;

	folders_make();
	put(1, "x.so", "good", 0644);
	r = look(&d);
	CHECK_STR(registry_id(r, REGISTRY_LAYER, 0), "fake");
	CHECK(registry_id(r, REGISTRY_LAYER, 1) == NULL);
	CHECK(registry_id(r, REGISTRY_SERVICE, 0) == NULL);
	CHECK(registry_plugin(r, 0, &p) && p.loaded == NULL);
	CHECK_STR(p.provides, "layer:fake scheme:fakes resource:fakes "
	                      "signer:second signer:first");
	layer = registry_find(r, REGISTRY_LAYER, "fake", &d, NULL, 0, NULL);
	scheme = registry_find(r, REGISTRY_SCHEME, "fakes", &d, NULL, 0, NULL);
	if (CHECK(layer != NULL) && CHECK(scheme != NULL)) {
		CHECK_STR(layer->id, "fake");
		CHECK_STR(scheme->name, "fakes");
	}
	CHECK(registry_plugin(r, 0, &p) && p.loaded != NULL);
	CHECK_INT(d.count, 0);
	registry_destroy(r);
	diag_finish(&d);
	folders_remove();
}

static void records_are_found_by_extension(void)
{
	const struct pst_resource *resource;
	const struct pst_signer *signer;
	struct registry *r;
	struct diag d;

	folders_make();
	put(0, "x.so", "good", 0644);
	r = look(&d);
	signer = registry_find_extension(r, PST_EXTENSION_SIGNER, NULL);
	if (CHECK(signer != NULL)) {
		CHECK_STR(signer->id, "first");
	}
	signer = registry_find_extension(r, PST_EXTENSION_SIGNER, "second");
	if (CHECK(signer != NULL)) {
		CHECK_STR(signer->id, "second");
	}
	resource = registry_find_extension(r, PST_EXTENSION_RESOURCE, "fakes");
	if (CHECK(resource != NULL)) {
		CHECK_STR(resource->help, "Holds nothing.");
	}
	CHECK(registry_find_extension(r, PST_EXTENSION_SIGNER, "third") ==
	      NULL);
	CHECK(registry_find_extension(r, PST_EXTENSION_ROUTE, NULL) == NULL);
	CHECK(registry_find_extension(r, "pst.nothing/1", NULL) == NULL);
	CHECK_INT(d.count, 0);
	registry_destroy(r);
	diag_finish(&d);
	folders_remove();
}

static void unknown_id_names_folders_and_the_nearest(void)
{
	struct registry *r;
	struct diag d;

	folders_make();
	put(0, "x.so", "good", 0644);
	r = look(&d);
	CHECK(registry_find(r, REGISTRY_LAYER, "fale", &d, "gw.conf", 7,
	                    "services.a") == NULL);
	CHECK(diag_has(&d, "no plugin offers layer \"fale\""));
	CHECK(diag_has(&d, "did you mean \"fake\"?"));
	CHECK(diag_has(&d, folders[0]));
	CHECK(diag_has(&d, folders[1]));
	CHECK(registry_find(r, REGISTRY_SERVICE, "fake", NULL, NULL, 0, NULL) ==
	      NULL);
	registry_destroy(r);
	diag_finish(&d);
	folders_remove();
}

static void other_file_is_not_a_plugin(void)
{
	struct registry *r;
	struct diag d;

	folders_make();
	put_bytes(0, "x.so", "hello", 5, 0644);
	put_bytes(0, "README", "hello", 5, 0644);
	r = look(&d);
	CHECK_INT(d.count, 1);
	CHECK_INT(d.warnings, 1);
	CHECK(diag_has(&d, "x.so is not a plugin: it is not an ELF file"));
	registry_destroy(r);
	diag_finish(&d);
	folders_remove();
}

static void other_abi_is_refused(void)
{
	char want[80];

	snprintf(want, sizeof(want),
	         "was built for plugin ABI 0.%u and this is 0.%u",
	         PST_ABI_MINOR + 1, PST_ABI_MINOR);
	fails("abi", want);
	snprintf(want, sizeof(want),
	         "was built for plugin ABI 1.1 and this is 0.%u",
	         PST_ABI_MINOR);
	fails("major", want);
}

static void object_that_does_not_link_is_told(void)
{
	fails("undefined", "cannot be loaded: ");
	fails("undefined", "there_is_no_such_function");
}

static void object_without_the_symbol_is_told(void)
{
	fails("symbol", "it exports no symbol pst_plugin");
}

static void wrong_magic_is_told(void)
{
	fails("magic", "begins with 0x12345678 instead of 0x54535031");
}

static void wrong_size_is_told(void)
{
	fails("size", "has 8 bytes instead of ");
}

static void note_and_symbol_must_agree(void)
{
	char want[80];

	snprintf(want, sizeof(want),
	         "its note says ABI 0.%u, its symbol pst_plugin 0.7",
	         PST_ABI_MINOR);
	fails("liar", want);
}

static void promised_record_must_be_there(void)
{
	fails("record", "promises it in its note");
}

static void note_that_is_no_list_of_ids_is_refused(void)
{
	fails("words", "its note offers \"Layer:Fake\"");
	fails("taken", "its note offers \"resource:services\"");
}

static void init_that_fails_is_told(void)
{
	struct registry *r;
	struct diag d;

	folders_make();
	put(0, "x.so", "init", 0644);
	r = look(&d);
	CHECK(registry_find(r, REGISTRY_LAYER, "fake", &d, NULL, 0, NULL) !=
	      NULL);
	CHECK_INT(registry_init_plugins(r, NULL, &d), PST_CONFIG);
	CHECK(diag_has(&d, "its init failed with 3"));
	registry_finish_plugins(r);
	registry_destroy(r);
	diag_finish(&d);
	folders_remove();
}

static void what_others_may_write_is_refused(void)
{
	struct registry *r;
	struct diag d;

	folders_make();
	put(0, "x.so", "good", 0646);
	r = look(&d);
	CHECK(registry_find(r, REGISTRY_LAYER, "fake", &d, NULL, 0, NULL) ==
	      NULL);
	CHECK(diag_has(&d, "it is writable by others"));
	registry_destroy(r);
	diag_finish(&d);
	put(0, "x.so", "good", 0644);
	CHECK_INT(chmod(folders[0], 0777), 0);
	r = look(&d);
	CHECK(registry_find(r, REGISTRY_LAYER, "fake", &d, NULL, 0, NULL) ==
	      NULL);
	CHECK(diag_has(&d, "its folder"));
	registry_destroy(r);
	diag_finish(&d);
	folders_remove();
}

static void link_into_a_folder_of_others_is_refused(void)
{
	char from[128], to[128];
	struct registry *r;
	struct diag d;

	folders_make();
	put(1, "real.so", "good", 0644);
	CHECK_INT(chmod(folders[1], 0777), 0);
	snprintf(from, sizeof(from), "%s/real.so", folders[1]);
	snprintf(to, sizeof(to), "%s/x.so", folders[0]);
	CHECK_INT(symlink(from, to), 0);
	r = look(&d);
	CHECK(registry_find(r, REGISTRY_LAYER, "fake", &d, NULL, 0, NULL) ==
	      NULL);
	CHECK(diag_has(&d, "writable by others"));
	registry_destroy(r);
	diag_finish(&d);
	folders_remove();
}

static void id_offered_twice_names_both_paths(void)
{
	struct registry *r;
	struct diag d;
	char first[128], second[128];

	folders_make();
	put(0, "a.so", "good", 0644);
	put(1, "b.so", "good", 0644);
	snprintf(first, sizeof(first), "%s/a.so", folders[0]);
	snprintf(second, sizeof(second), "%s/b.so", folders[1]);
	r = look(&d);
	CHECK_INT(d.errors, 5);
	CHECK(diag_has(&d, "layer \"fake\" is offered by "));
	CHECK(diag_has(&d, first));
	CHECK(diag_has(&d, second));
	registry_destroy(r);
	diag_finish(&d);
	folders_remove();
}

static void same_file_name_in_a_later_folder_is_hidden(void)
{
	struct registry_plugin p;
	struct registry *r;
	struct diag d;

	folders_make();
	put(0, "x.so", "good", 0644);
	put(1, "x.so", "abi", 0644);
	r = look(&d);
	CHECK_INT(d.count, 0);
	CHECK(registry_plugin(r, 0, &p) &&
	      strncmp(p.path, folders[0], strlen(folders[0])) == 0);
	CHECK(!registry_plugin(r, 1, &p));
	registry_destroy(r);
	diag_finish(&d);
	folders_remove();
}

static void folder_that_is_missing_is_passed_over(void)
{
	const char *const none[] = {"/nonexistent/plugins"};
	struct registry *r;
	struct diag d;

	diag_init(&d);
	r = registry_create(none, 1, &d);
	CHECK_INT(d.count, 0);
	CHECK(registry_find(r, REGISTRY_LAYER, "fake", &d, NULL, 0, NULL) ==
	      NULL);
	CHECK(diag_has(&d, "looked in /nonexistent/plugins"));
	registry_destroy(r);
	diag_finish(&d);
}

static void configured_folder_that_is_missing_is_an_error(void)
{
	const char *const item[] = {"/nonexistent/plugins"};
	const struct pst_list list = {1, item};
	struct registry *r;
	struct diag d;

	diag_init(&d);
	r = registry_open(&list, &d);
	CHECK(diag_has(&d, "penstock.plugin_path: the folder "
	                   "/nonexistent/plugins cannot be opened"));
	CHECK(d.errors > 0);
	registry_destroy(r);
	diag_finish(&d);
}

/* -- linked in, and notes of what runs --------------------------------- */

static char noted[128], note[64];
static int inits, finishes;

static int linked_init(const struct pst_core *core)
{
	(void)core;
	inits++;
	snprintf(noted, sizeof(noted), "%s", note);
	return 0;
}

static void linked_finish(void)
{
	finishes++;
}

static const void *linked_get(const char *extension, uint32_t n)
{
	static const struct pst_layer layer = {.size = sizeof(layer),
	                                       .id = "linked"};

	return n == 0 && strcmp(extension, PST_EXTENSION_LAYER) == 0 ? &layer
	                                                             : NULL;
}

static const struct pst_plugin linked = {
	.magic = PST_MAGIC,
	.size = sizeof(linked),
	.abi = PST_ABI,
	.name = "linked",
	.init = linked_init,
	.finish = linked_finish,
	.get = linked_get,
};

static void linked_plugin_is_begun_and_ended_once(void)
{
	struct registry *r;
	struct diag d;

	diag_init(&d);
	inits = finishes = 0;
	r = registry_create(NULL, 0, &d);
	CHECK_INT(registry_add(r, &linked, "layer:linked", &d), PST_OK);
	registry_note_in(r, note, sizeof(note));
	CHECK_INT(registry_init_plugins(r, NULL, &d), PST_OK);
	CHECK_STR(noted, "init of plugin linked");
	CHECK_STR(note, "");
	CHECK_INT(registry_init_plugins(r, NULL, &d), PST_OK);
	CHECK(registry_find(r, REGISTRY_LAYER, "linked", &d, NULL, 0, NULL) !=
	      NULL);
	CHECK_INT(inits, 1);
	registry_finish_plugins(r);
	registry_finish_plugins(r);
	CHECK_INT(finishes, 1);
	CHECK_INT(registry_add(r, &linked, "layer:linked", &d), PST_CONFIG);
	registry_destroy(r);
	diag_finish(&d);
}

static CU_TestInfo tests[] = {
	TEST(good_plugin_is_found_and_loaded),
	TEST(records_are_found_by_extension),
	TEST(unknown_id_names_folders_and_the_nearest),
	TEST(other_file_is_not_a_plugin),
	TEST(other_abi_is_refused),
	TEST(object_that_does_not_link_is_told),
	TEST(object_without_the_symbol_is_told),
	TEST(wrong_magic_is_told),
	TEST(wrong_size_is_told),
	TEST(note_and_symbol_must_agree),
	TEST(promised_record_must_be_there),
	TEST(note_that_is_no_list_of_ids_is_refused),
	TEST(init_that_fails_is_told),
	TEST(what_others_may_write_is_refused),
	TEST(link_into_a_folder_of_others_is_refused),
	TEST(id_offered_twice_names_both_paths),
	TEST(same_file_name_in_a_later_folder_is_hidden),
	TEST(folder_that_is_missing_is_passed_over),
	TEST(configured_folder_that_is_missing_is_an_error),
	TEST(linked_plugin_is_begun_and_ended_once),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
