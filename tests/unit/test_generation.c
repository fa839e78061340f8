/* SPDX-License-Identifier: MIT */
#include "fake_registry.h"
#include "generation.h"
#include "pst_test.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static char certificate[64], gone[80], text[1024];

/* A configuration with a file, built and sealed. */
static int sealed(void)
{
	struct fake_load l;
	int fd = -1;

	fake_load(&l, text);
	if (CHECK(l.gateway != NULL)) {
		CHECK_INT(configure_seal(l.configuration, &fd), PST_OK);
	} else {
		diag_print(&l.diag, stdout);
	}
	fake_unload(&l);
	return fd;
}

static void a_generation_gives_the_same_gateway(void)
{
	struct configuration *c;
	struct gateway *g = NULL;
	struct diag d;
	int fd = sealed();

	diag_init(&d);
	CHECK_INT(rename(certificate, gone), 0);
	CHECK_INT(configure_load_generation(fd, &d, &c), PST_OK);
	CHECK_INT(configure_build(c, fake_registry(), &fake_core, &d, &g),
	          PST_OK);
	CHECK_INT(rename(gone, certificate), 0);
	CHECK_INT(d.count, 0);
	if (CHECK(g != NULL)) {
		const struct placed_layer *l =
			&g->services[0]->accept[0]->layers[1];

		CHECK_STR(l->id, "crypt");
		CHECK_MEM(((const struct pst_file *)l->conf)->data, "hello", 6);
		CHECK_STR(l->file, "t.conf");
		CHECK_INT(l->line, 3);
		CHECK_INT(g->settings.workers, 2);
	}
	gateway_destroy(g);
	configure_destroy(c);
	diag_finish(&d);
	close(fd);
}

static void path_of(char *path, size_t size, const char *folder, unsigned n)
{
	snprintf(path, size, "%s/%05u.pem", folder, n);
}

/* `count` files in a new folder. */
static void make_folder(const char *folder, unsigned count)
{
	char path[128];
	unsigned i;
	FILE *f;

	if (mkdir(folder, 0700) != 0) {
		abort();
	}
	for (i = 0; i < count; i++) {
		path_of(path, sizeof(path), folder, i);
		f = fopen(path, "w");
		if (f == NULL || fprintf(f, "number %u", i) < 0 ||
		    fclose(f) != 0 || chmod(path, 0600) != 0) {
			abort();
		}
	}
}

static void remove_folder(const char *folder, unsigned count)
{
	char path[128];
	unsigned i;

	for (i = 0; i < count; i++) {
		path_of(path, sizeof(path), folder, i);
		remove(path);
	}
	rmdir(folder);
}

static const struct fake_badge *first_badge(const struct gateway *g)
{
	const struct options *o =
		&g->services[0]->accept[0]->layers[1].place->options;
	const struct pst_refs *refs = NULL;
	struct pst_option row;
	unsigned i;

	for (i = 0; options_row(o->rows, o->stride, i, &row); i++) {
		if (strcmp(row.name, "badge") == 0) {
			refs = (const void *)((const char *)o->conf +
			                      row.offset);
		}
	}
	return refs == NULL || refs->count == 0 ? NULL : refs->item[0].conf;
}

static void folder_text(char *room, size_t size, const char *folder)
{
	snprintf(room, size,
	         "services = ( { name = \"a\"; type = \"echo\"; accept = { url "
	         "= \"crypt://gw:1\"; crypt = { certificate = \"%s\"; "
	         "private_key = \"%s\"; badge = \"%s\"; }; }; } );",
	         certificate, certificate, folder);
}

static void files_of_a_folder_lie_in_the_generation(void)
{
	struct configuration *c = NULL;
	struct gateway *g = NULL;
	struct fake_load l;
	char folder[96], room[1024];
	const struct fake_badge *b;
	struct diag d;
	int fd = -1;

	diag_init(&d);
	snprintf(folder, sizeof(folder), "%s.d", certificate);
	make_folder(folder, 300);
	folder_text(room, sizeof(room), folder);
	fake_load(&l, room);
	CHECK_INT(configure_seal(l.configuration, &fd), PST_OK);
	fake_unload(&l);
	remove_folder(folder, 300);
	CHECK_INT(configure_load_generation(fd, &d, &c), PST_OK);
	CHECK_INT(configure_build(c, fake_registry(), &fake_core, &d, &g),
	          PST_OK);
	close(fd); /* the mapping stays */
	b = g == NULL ? NULL : first_badge(g);
	CHECK(b != NULL);
	if (b != NULL) {
		const uint8_t *low = c->files->map.bytes;

		CHECK_INT(b->files.count, 300);
		CHECK_MEM(b->files.item[299].data, "number 299", 11);
		CHECK_INT(b->files.item[299].mode, 0600);
		CHECK(strstr(b->files.item[7].path, ".d/00007.pem") != NULL);
		/* nothing was copied */
		CHECK(b->files.item[7].data > low &&
		      b->files.item[7].data < low + c->files->map.size);
	}
	gateway_destroy(g);
	configure_destroy(c);
	diag_finish(&d);
}

static void all_kinds_of_values_come_back(void)
{
	struct configuration *c, *back;
	struct diag d;
	int fd;

	diag_init(&d);
	CHECK_INT(configure_load_text("t.conf",
	                              "a = ( 1, -5000000000L, true, 1.5, "
	                              "\"x\", [ ], { b = \"\"; } );",
	                              &d, &c),
	          PST_OK);
	CHECK_INT(configure_seal(c, &fd), PST_OK);
	CHECK_INT(configure_load_generation(fd, &d, &back), PST_OK);
	if (CHECK(back != NULL)) {
		const struct conf_value *a = conf_get(back->tree, "a");

		CHECK_INT(a->count, 7);
		CHECK(a->children[1]->integer == -5000000000);
		CHECK_INT(a->children[2]->type, CONF_BOOL);
		CHECK(a->children[3]->real > 1.4 && a->children[3]->real < 1.6);
		CHECK_STR(a->children[4]->string, "x");
		CHECK_INT(a->children[5]->count, 0);
		CHECK_STR(conf_get(a->children[6], "b")->path, "a[6].b");
		CHECK(back->files->sealed);
		CHECK_STR(back->files->folder, c->files->folder);
	}
	configure_destroy(c);
	configure_destroy(back);
	diag_finish(&d);
	close(fd);
}

static void nobody_can_change_a_generation(void)
{
	int fd = sealed();

	CHECK(write(fd, "x", 1) < 0);
	CHECK(ftruncate(fd, 0) < 0);
	CHECK(mmap(NULL, 1, PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
	CHECK_INT(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	close(fd);
}

static void a_sealed_store_reads_no_file(void)
{
	struct file_store *s = file_store_create();
	struct arena memory;
	struct pst_file file;
	struct pst_files files;
	const char *why = NULL;

	s->sealed = true;
	arena_init(&memory);
	CHECK_INT(file_store_file(s, "/etc/hostname", &file, &why), PST_CONFIG);
	CHECK_STR(why, "is not part of this generation");
	why = NULL;
	CHECK_INT(file_store_read(s, "/etc", &memory, &files, &why),
	          PST_CONFIG);
	CHECK_STR(why, "is not part of this generation");
	arena_finish(&memory);
	file_store_destroy(s);
}

/* bytes[length] as a memfd, sealed or not. */
static int memory_of(const void *bytes, size_t length, bool seal)
{
	int fd = memfd_create("t", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	CHECK_INT(write(fd, bytes, length), length);
	if (seal) {
		CHECK_INT(fcntl(fd, F_ADD_SEALS,
		                F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW |
		                        F_SEAL_WRITE),
		          0);
	}
	return fd;
}

static int read_bytes(const void *bytes, size_t length, bool seal)
{
	int fd = memory_of(bytes, length, seal);
	struct file_store *files = NULL;
	struct conf_value *tree = NULL;
	uint8_t seed[GENERATION_SEED];
	int result = generation_read(fd, &tree, &files, seed);

	conf_value_destroy(tree);
	file_store_destroy(files);
	close(fd);
	return result;
}

static unsigned char *contents(size_t *length_out)
{
	int fd = sealed();
	unsigned char *bytes;
	struct stat st;

	CHECK_INT(fstat(fd, &st), 0);
	bytes = malloc((size_t)st.st_size + 1);
	*length_out = (size_t)st.st_size;
	CHECK_INT(pread(fd, bytes, *length_out, 0), *length_out);
	close(fd);
	return bytes;
}

static void what_is_not_sealed_is_refused(void)
{
	size_t length;
	unsigned char *bytes = contents(&length);

	CHECK_INT(read_bytes(bytes, length, true), PST_OK);
	CHECK_INT(read_bytes(bytes, length, false), PST_INVALID);
	CHECK_INT(read_bytes("", 0, true), PST_INVALID);
	CHECK_INT(read_bytes("penstock", 8, true), PST_INVALID);
	free(bytes);
}

static void each_shorter_generation_is_refused(void)
{
	size_t length, i;
	unsigned char *bytes = contents(&length);

	for (i = 0; i < length; i++) {
		CHECK_INT(read_bytes(bytes, i, true), PST_INVALID);
	}
	bytes[length] = 0;
	CHECK_INT(read_bytes(bytes, length + 1, true), PST_INVALID);
	free(bytes);
}

static void no_changed_byte_harms(void)
{
	size_t length, i;
	unsigned char *bytes = contents(&length);

	for (i = 0; i < length; i++) {
		unsigned char before = bytes[i];

		bytes[i] = (unsigned char)~before;
		read_bytes(bytes, length, true);
		bytes[i] = 0;
		read_bytes(bytes, length, true);
		bytes[i] = before;
	}
	CHECK_INT(read_bytes(bytes, length, true), PST_OK);
	free(bytes);
}

/* As no_changed_byte_harms, with several at once: numbers are 8 bytes. */
static void no_changed_bytes_harm(void)
{
	uint64_t random = 88172645463325252u;
	unsigned round, k;
	size_t length;
	unsigned char *bytes = contents(&length), *copy = malloc(length);

	for (round = 0; copy != NULL && round < 3000; round++) {
		memcpy(copy, bytes, length);
		for (k = 0; k < 1 + round % 8; k++) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			/* most are small or huge, as wrong counts are */
			copy[random % length] =
				(unsigned char)((random >> 40) % 4 == 0
			                                ? random >> 32
			                                : (random >> 45) % 3 -
			                                          1);
		}
		read_bytes(copy, length, true);
	}
	CHECK(copy != NULL);
	free(copy);
	free(bytes);
}

static void what_is_no_generation_is_told(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct configuration *c;
	struct diag d;

	diag_init(&d);
	CHECK_INT(configure_load_generation(fd, &d, &c), PST_CONFIG);
	CHECK(c == NULL);
	CHECK(diag_has(&d, "cannot be read: it is not whole, or not sealed"));
	diag_finish(&d);
	close(fd);
}

static CU_TestInfo tests[] = {
	TEST(a_generation_gives_the_same_gateway),
	TEST(files_of_a_folder_lie_in_the_generation),
	TEST(all_kinds_of_values_come_back),
	TEST(nobody_can_change_a_generation),
	TEST(a_sealed_store_reads_no_file),
	TEST(what_is_not_sealed_is_refused),
	TEST(each_shorter_generation_is_refused),
	TEST(no_changed_byte_harms),
	TEST(no_changed_bytes_harm),
	TEST(what_is_no_generation_is_told),
	CU_TEST_INFO_NULL,
};

int main(int argc, char **argv)
{
	char folder[96];
	int failed, fd;

	(void)argc;
	strcpy(certificate, "/tmp/pst-gen-XXXXXX");
	fd = mkstemp(certificate);
	if (fd < 0 || write(fd, "hello", 5) != 5) {
		return 99;
	}
	close(fd);
	snprintf(folder, sizeof(folder), "%s.two", certificate);
	make_folder(folder, 2);
	snprintf(gone, sizeof(gone), "%s.gone", certificate);
	snprintf(text, sizeof(text),
	         "penstock = { workers = 2; };\nservices = ( { name = \"a\"; "
	         "type = \"echo\"; accept =\n{ url = \"crypt://gw:1\"; crypt = "
	         "{ certificate = \"%s\"; private_key = \"%s\"; badge = "
	         "\"%s\"; }; }; } );",
	         certificate, certificate, folder);
	failed = pst_test_run(argv[0], tests);
	remove_folder(folder, 2);
	remove(certificate);
	return failed;
}
