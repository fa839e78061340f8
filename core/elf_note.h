/* SPDX-License-Identifier: MIT */
/* The note in a plugin's file, read without running anything of it. */
#ifndef CORE_ELF_NOTE_H
#define CORE_ELF_NOTE_H

#include <penstock/plugin.h>
#include <stdint.h>

struct elf_note {
	uint32_t abi;
	char text[PST_NOTE_TEXT_MAX + 1]; /* terminated */
};

/**
 * Read the note of the shared object open at `fd`.
 *
 * note_out  written only on success
 * why_out   on failure a sentence's rest: "it is not an ELF file"
 * Returns   0
 * Errors    PST_IO           reading failed, or it is no regular file
 *           PST_UNSUPPORTED  not a shared object for this machine
 *           PST_INVALID      its tables or its note are broken
 *           PST_NO_ROUTE     no note: not a plugin
 * Context   any thread; moves no file offset
 * Source    System V ABI, ELF; elf(5)
 */
PST_MUST_CHECK int elf_note_read(int fd, struct elf_note *note_out,
                                 const char **why_out);

#endif
