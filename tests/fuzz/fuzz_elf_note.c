/* SPDX-License-Identifier: MIT */
/* Any bytes as a plugin's file: its note is read or refused, nothing else. */
#include "elf_note.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("plugin", MFD_CLOEXEC);
	struct elf_note note;
	const char *why = NULL;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size) {
		abort();
	}
	if (elf_note_read(fd, &note, &why) == PST_OK) {
		if (note.text[0] == '\0' ||
		    strnlen(note.text, sizeof(note.text)) ==
		            sizeof(note.text)) {
			abort();
		}
	} else if (why == NULL) {
		abort();
	}
	close(fd);
	return 0;
}
