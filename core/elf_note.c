/* SPDX-License-Identifier: MIT */
/* The note in a plugin's file, read without running anything of it. */
#include "elf_note.h"

#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEGMENTS_MAX 256u
#define NOTES_MAX    65536u /* bytes of one PT_NOTE that are looked at */

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define OUR_DATA ELFDATA2LSB
#else
#define OUR_DATA ELFDATA2MSB
#endif

#if defined(__x86_64__)
#define OUR_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define OUR_MACHINE EM_AARCH64
#elif defined(__i386__)
#define OUR_MACHINE EM_386
#elif defined(__arm__)
#define OUR_MACHINE EM_ARM
#elif defined(__riscv)
#define OUR_MACHINE EM_RISCV
#elif defined(__powerpc64__)
#define OUR_MACHINE EM_PPC64
#elif defined(__s390__)
#define OUR_MACHINE EM_S390
#endif

struct image {
	int fd;
	uint64_t size;
	const char *why;
};

static int image_fail(struct image *im, enum pst_result result, const char *why)
{
	im->why = why;
	return result;
}

static int image_read(struct image *im, uint64_t at, void *to, size_t length)
{
	char *p = to;

	if (at > im->size || length > im->size - at) {
		return image_fail(im, PST_INVALID, "it is cut short");
	}
	while (length > 0) {
		ssize_t n = pread(im->fd, p, length, (off_t)at);

		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n < 0) {
			return image_fail(im, PST_IO, "it cannot be read");
		}
		if (n == 0) {
			return image_fail(im, PST_INVALID, "it is cut short");
		}
		p += n;
		at += (uint64_t)n;
		length -= (size_t)n;
	}
	return PST_OK;
}

static int header_check(struct image *im, const ElfW(Ehdr) * h)
{
	const unsigned char class =
		sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;

	if (h->e_ident[EI_CLASS] != class) {
		return image_fail(im, PST_UNSUPPORTED,
		                  "it is for another word size");
	}
	if (h->e_ident[EI_DATA] != OUR_DATA) {
		return image_fail(im, PST_UNSUPPORTED,
		                  "it is for another byte order");
	}
	if (h->e_ident[EI_VERSION] != EV_CURRENT ||
	    h->e_version != EV_CURRENT) {
		return image_fail(im, PST_UNSUPPORTED,
		                  "its ELF version is unknown");
	}
#ifdef OUR_MACHINE
	if (h->e_machine != OUR_MACHINE) {
		return image_fail(im, PST_UNSUPPORTED,
		                  "it is for another kind of processor");
	}
#endif
	if (h->e_type != ET_DYN) {
		return image_fail(im, PST_UNSUPPORTED,
		                  "it is not a shared object");
	}
	if (h->e_phentsize != sizeof(ElfW(Phdr)) || h->e_phnum == 0 ||
	    h->e_phnum > SEGMENTS_MAX) {
		return image_fail(im, PST_INVALID,
		                  "its program headers are broken");
	}
	return PST_OK;
}

static int header_read(struct image *im, ElfW(Ehdr) * h)
{
	int result;

	if (im->size < SELFMAG) {
		return image_fail(im, PST_UNSUPPORTED, "it is not an ELF file");
	}
	result = image_read(im, 0, h->e_ident, SELFMAG);
	if (result != PST_OK) {
		return result;
	}
	if (memcmp(h->e_ident, ELFMAG, SELFMAG) != 0) {
		return image_fail(im, PST_UNSUPPORTED, "it is not an ELF file");
	}
	result = image_read(im, 0, h, sizeof(*h));
	return result != PST_OK ? result : header_check(im, h);
}

static uint64_t aligned(uint64_t n, uint64_t to)
{
	return (n + to - 1) & ~(to - 1);
}

/* The note's text: printable, and ended by zeros only. */
static bool text_ok(const char *text, size_t size)
{
	size_t i, length = strnlen(text, size);

	for (i = 0; i < length; i++) {
		if (text[i] < ' ' || text[i] > '~') {
			return false;
		}
	}
	for (; i < size; i++) {
		if (text[i] != '\0') {
			return false;
		}
	}
	return length > 0;
}

static int note_take(struct image *im, uint64_t at, const ElfW(Nhdr) * n,
                     struct elf_note *out)
{
	const size_t head = sizeof(out->abi);
	int result;

	if (n->n_descsz <= head || n->n_descsz > head + PST_NOTE_TEXT_MAX) {
		return image_fail(im, PST_INVALID, "its note has a wrong size");
	}
	if (out->text[0] != '\0') {
		return image_fail(im, PST_INVALID, "it has more than one note");
	}
	result = image_read(im, at, &out->abi, head);
	if (result != PST_OK) {
		return result;
	}
	result = image_read(im, at + head, out->text, n->n_descsz - head);
	if (result != PST_OK) {
		return result;
	}
	if (!text_ok(out->text, n->n_descsz - head)) {
		return image_fail(im, PST_INVALID,
		                  "its note holds no readable text");
	}
	return PST_OK;
}

static int note_is_ours(struct image *im, uint64_t at, const ElfW(Nhdr) * n,
                        bool *ours_out)
{
	char name[sizeof(PST_NOTE_NAME)];
	int result;

	*ours_out = false;
	if (n->n_namesz != sizeof(name) || n->n_type != PST_NOTE_TYPE) {
		return PST_OK;
	}
	result = image_read(im, at, name, sizeof(name));
	if (result == PST_OK) {
		*ours_out = memcmp(name, PST_NOTE_NAME, sizeof(name)) == 0;
	}
	return result;
}

static int segment_scan(struct image *im, const ElfW(Phdr) * p,
                        struct elf_note *out)
{
	const uint64_t align = p->p_align == 8 ? 8 : 4;
	uint64_t at = p->p_offset, left = p->p_filesz;

	if (left > NOTES_MAX || at > im->size || left > im->size - at) {
		return image_fail(im, PST_INVALID, "its notes are broken");
	}
	while (left >= sizeof(ElfW(Nhdr))) {
		ElfW(Nhdr) n;
		uint64_t description, total;
		bool ours;
		int result = image_read(im, at, &n, sizeof(n));

		if (result != PST_OK) {
			return result;
		}
		description = aligned(sizeof(n) + (uint64_t)n.n_namesz, align);
		total = description + n.n_descsz;
		if (total > left) {
			return image_fail(im, PST_INVALID,
			                  "its notes are broken");
		}
		result = note_is_ours(im, at + sizeof(n), &n, &ours);
		if (result == PST_OK && ours) {
			result = note_take(im, at + description, &n, out);
		}
		if (result != PST_OK) {
			return result;
		}
		total = aligned(total, align);
		at += total < left ? total : left;
		left -= total < left ? total : left;
	}
	return PST_OK;
}

static int image_scan(struct image *im, struct elf_note *out)
{
	ElfW(Ehdr) h;
	unsigned i;
	int result = header_read(im, &h);

	for (i = 0; result == PST_OK && i < h.e_phnum; i++) {
		ElfW(Phdr) p;
		uint64_t at = (uint64_t)h.e_phoff + i * sizeof(p);

		if (at < h.e_phoff) {
			return image_fail(im, PST_INVALID,
			                  "its program headers are broken");
		}
		result = image_read(im, at, &p, sizeof(p));
		if (result == PST_OK && p.p_type == PT_NOTE) {
			result = segment_scan(im, &p, out);
		}
	}
	if (result == PST_OK && out->text[0] == '\0') {
		return image_fail(im, PST_NO_ROUTE,
		                  "it has no note of a plugin");
	}
	return result;
}

int elf_note_read(int fd, struct elf_note *note_out, const char **why_out)
{
	struct image im = {.fd = fd};
	struct elf_note note;
	struct stat st;
	int result;

	memset(&note, 0, sizeof(note));
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		*why_out = "it is not a regular file";
		return PST_IO;
	}
	im.size = (uint64_t)st.st_size;
	result = image_scan(&im, &note);
	if (result == PST_OK) {
		*note_out = note;
	} else {
		*why_out = im.why;
	}
	return result;
}
