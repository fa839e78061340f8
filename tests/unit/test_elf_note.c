/* SPDX-License-Identifier: MIT */
/* The note in a plugin's file: good ones, and bad files of all kinds. */
#include "elf_note.h"
#include "pst_test.h"

#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

/* A shared object with one segment of notes, before it is written. */
struct image {
	ElfW(Ehdr) header;
	ElfW(Phdr) segment;
	struct pst_note note;
	char behind[512];
};

static struct image good(void)
{
	struct image im;

	memset(&im, 0, sizeof(im));
	memcpy(im.header.e_ident, ELFMAG, SELFMAG);
	im.header.e_ident[EI_CLASS] =
		sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;
	im.header.e_ident[EI_DATA] = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	                                     ? ELFDATA2LSB
	                                     : ELFDATA2MSB;
	im.header.e_ident[EI_VERSION] = EV_CURRENT;
	im.header.e_version = EV_CURRENT;
	im.header.e_type = ET_DYN;
	im.header.e_phoff = offsetof(struct image, segment);
	im.header.e_phentsize = sizeof(im.segment);
	im.header.e_phnum = 1;
	im.segment.p_type = PT_NOTE;
	im.segment.p_align = 4;
	im.segment.p_offset = offsetof(struct image, note);
	im.segment.p_filesz = sizeof(im.note);
	im.note.name_size = sizeof(PST_NOTE_NAME);
	im.note.text_size = sizeof(uint32_t) + PST_NOTE_TEXT_MAX;
	im.note.type = PST_NOTE_TYPE;
	im.note.abi = PST_ABI;
	strcpy(im.note.name, PST_NOTE_NAME);
	strcpy(im.note.text, "layer:rot13 scheme:rot");
	return im;
}

/* The machine is this program's own. */
static void set_machine(struct image *im)
{
	ElfW(Ehdr) own;
	FILE *f = fopen("/proc/self/exe", "rb");

	if (CHECK(f != NULL) && CHECK_INT(fread(&own, sizeof(own), 1, f), 1)) {
		im->header.e_machine = own.e_machine;
	}
	if (f != NULL) {
		fclose(f);
	}
}

static int read_bytes(const void *data, size_t size, struct elf_note *note,
                      const char **why)
{
	int fd = memfd_create("image", MFD_CLOEXEC), result = PST_INVALID;

	*why = "";
	if (CHECK(fd >= 0) && CHECK_INT(write(fd, data, size), (ssize_t)size)) {
		result = elf_note_read(fd, note, why);
	}
	close(fd);
	return result;
}

static void reads(struct image *im, int want, const char *want_why)
{
	struct elf_note note;
	const char *why;

	set_machine(im);
	CHECK_INT(read_bytes(im, sizeof(*im), &note, &why), want);
	CHECK_STR(why, want_why);
}

static void note_of_a_good_file_is_read(void)
{
	struct image im = good();
	struct elf_note note;
	const char *why;

	set_machine(&im);
	CHECK_INT(read_bytes(&im, sizeof(im), &note, &why), PST_OK);
	CHECK_INT(note.abi, PST_ABI);
	CHECK_STR(note.text, "layer:rot13 scheme:rot");
}

static void text_that_fills_the_note_is_terminated(void)
{
	struct image im = good();
	struct elf_note note;
	const char *why;

	set_machine(&im);
	memset(im.note.text, 'a', sizeof(im.note.text));
	CHECK_INT(read_bytes(&im, sizeof(im), &note, &why), PST_OK);
	CHECK_INT(strlen(note.text), PST_NOTE_TEXT_MAX);
}

static void note_behind_another_note_is_found(void)
{
	struct image im = good();
	struct elf_note note;
	const char *why;
	const ElfW(Nhdr) other = {4, 6, 1};

	set_machine(&im);
	memcpy(im.behind, &im.note, sizeof(im.note));
	memset(&im.note, 0, sizeof(im.note));
	memcpy(&im.note, &other, sizeof(other));
	/* header 12, name 4, description 6 rounded up to 8 */
	memmove((char *)&im.note + 24, im.behind, sizeof(im.note));
	im.segment.p_filesz = 24 + sizeof(im.note);
	CHECK_INT(read_bytes(&im, sizeof(im), &note, &why), PST_OK);
	CHECK_STR(note.text, "layer:rot13 scheme:rot");
}

static void text_file_is_not_elf(void)
{
	struct elf_note note;
	const char *why;

	CHECK_INT(read_bytes("hello, world", 12, &note, &why), PST_UNSUPPORTED);
	CHECK_STR(why, "it is not an ELF file");
	CHECK_INT(read_bytes("", 0, &note, &why), PST_UNSUPPORTED);
	CHECK_INT(read_bytes("\177EL", 3, &note, &why), PST_UNSUPPORTED);
}

static void folder_is_no_regular_file(void)
{
	struct elf_note note;
	const char *why = "";
	int p[2];

	CHECK_INT(pipe(p), 0);
	CHECK_INT(elf_note_read(p[0], &note, &why), PST_IO);
	CHECK_STR(why, "it is not a regular file");
	close(p[0]);
	close(p[1]);
}

static void other_class_is_refused(void)
{
	struct image im = good();

	im.header.e_ident[EI_CLASS] ^= 3;
	reads(&im, PST_UNSUPPORTED, "it is for another word size");
}

static void other_byte_order_is_refused(void)
{
	struct image im = good();

	im.header.e_ident[EI_DATA] ^= 3;
	reads(&im, PST_UNSUPPORTED, "it is for another byte order");
}

static void other_machine_is_refused(void)
{
	struct image im = good();
	struct elf_note note;
	const char *why;

	im.header.e_machine = EM_SPARCV9;
	CHECK_INT(read_bytes(&im, sizeof(im), &note, &why), PST_UNSUPPORTED);
	CHECK_STR(why, "it is for another kind of processor");
}

static void program_is_no_shared_object(void)
{
	struct image im = good();

	im.header.e_type = ET_REL;
	reads(&im, PST_UNSUPPORTED, "it is not a shared object");
}

static void object_without_note_is_no_plugin(void)
{
	struct image im = good();

	im.note.name[0] = 'p';
	reads(&im, PST_NO_ROUTE, "it has no note of a plugin");
	im = good();
	im.note.type = 2;
	reads(&im, PST_NO_ROUTE, "it has no note of a plugin");
	im = good();
	im.segment.p_type = PT_LOAD;
	reads(&im, PST_NO_ROUTE, "it has no note of a plugin");
}

static void every_cut_is_refused(void)
{
	struct image im = good();
	struct elf_note note;
	const char *why;
	size_t size;

	set_machine(&im);
	for (size = 0; size < offsetof(struct image, behind); size++) {
		if (read_bytes(&im, size, &note, &why) == PST_OK) {
			CHECK_INT(size, -1);
		}
	}
}

static void offsets_outside_are_refused(void)
{
	static const uint64_t far[] = {UINT64_MAX, UINT64_MAX - 8, INT64_MAX,
	                               1u << 20};
	struct image im;
	size_t i;

	for (i = 0; i < sizeof(far) / sizeof(far[0]); i++) {
		im = good();
		im.header.e_phoff = (ElfW(Off))far[i];
		reads(&im, PST_INVALID, "it is cut short");
		im = good();
		im.segment.p_offset = (ElfW(Off))far[i];
		reads(&im, PST_INVALID, "its notes are broken");
		im = good();
		im.segment.p_filesz = (ElfW(Xword))far[i];
		reads(&im, PST_INVALID, "its notes are broken");
	}
}

static void broken_program_headers_are_refused(void)
{
	struct image im = good();

	im.header.e_phentsize = 1;
	reads(&im, PST_INVALID, "its program headers are broken");
	im = good();
	im.header.e_phnum = 0;
	reads(&im, PST_INVALID, "its program headers are broken");
	im = good();
	im.header.e_phnum = 65535;
	reads(&im, PST_INVALID, "its program headers are broken");
}

static void broken_note_sizes_are_refused(void)
{
	static const uint32_t bad[] = {UINT32_MAX, UINT32_MAX - 3, 1u << 16};
	struct image im;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		im = good();
		im.note.name_size = bad[i];
		reads(&im, PST_INVALID, "its notes are broken");
		im = good();
		im.note.text_size = bad[i];
		reads(&im, PST_INVALID, "its notes are broken");
	}
	im = good();
	im.note.text_size = 4;
	reads(&im, PST_INVALID, "its note has a wrong size");
	im = good();
	im.segment.p_filesz += 8;
	im.note.text_size += 8;
	reads(&im, PST_INVALID, "its note has a wrong size");
}

static void note_without_readable_text_is_refused(void)
{
	struct image im = good();

	memset(im.note.text, 0, sizeof(im.note.text));
	reads(&im, PST_INVALID, "its note holds no readable text");
	im = good();
	im.note.text[3] = '\n';
	reads(&im, PST_INVALID, "its note holds no readable text");
	im = good();
	im.note.text[100] = 'x';
	reads(&im, PST_INVALID, "its note holds no readable text");
}

static void two_notes_are_refused(void)
{
	struct image im = good();

	memcpy(im.behind, &im.note, sizeof(im.note));
	im.segment.p_filesz += sizeof(im.note);
	reads(&im, PST_INVALID, "it has more than one note");
}

/* No byte of the file, whatever it is, may do harm. */
static void every_flipped_byte_is_survived(void)
{
	const struct image fresh = good();
	struct image im;
	struct elf_note note;
	const char *why;
	size_t i;

	for (i = 0; i < offsetof(struct image, behind); i++) {
		im = fresh;
		set_machine(&im);
		((unsigned char *)&im)[i] ^= 0xff;
		(void)!read_bytes(&im, sizeof(im), &note, &why);
	}
}

static CU_TestInfo tests[] = {
	TEST(note_of_a_good_file_is_read),
	TEST(text_that_fills_the_note_is_terminated),
	TEST(note_behind_another_note_is_found),
	TEST(text_file_is_not_elf),
	TEST(folder_is_no_regular_file),
	TEST(other_class_is_refused),
	TEST(other_byte_order_is_refused),
	TEST(other_machine_is_refused),
	TEST(program_is_no_shared_object),
	TEST(object_without_note_is_no_plugin),
	TEST(every_cut_is_refused),
	TEST(offsets_outside_are_refused),
	TEST(broken_program_headers_are_refused),
	TEST(broken_note_sizes_are_refused),
	TEST(note_without_readable_text_is_refused),
	TEST(two_notes_are_refused),
	TEST(every_flipped_byte_is_survived),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
