/* SPDX-License-Identifier: MIT */
/* Any bytes as a plugin's file: its note is read or refused, nothing else. */
#include "elf_note.h"
#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("plugin", MFD_CLOEXEC);
	struct elf_note note;
	const char *why = NULL;

	must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	if (elf_note_read(fd, &note, &why) == PST_OK) {
		must(note.text[0] != '\0');
		must(memchr(note.text, '\0', sizeof(note.text)) != NULL);
	} else {
		must(why != NULL);
	}
	close(fd);
	return 0;
}
