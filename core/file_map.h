/* SPDX-License-Identifier: MIT */
/* The files of a generation as they lie in its memory: found there, and never
 * copied, so that thousands of them cost a worker nothing. */
#ifndef CORE_FILE_MAP_H
#define CORE_FILE_MAP_H

#include <penstock/option.h>
#include <penstock/result.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct file_store;

/** Offsets are from the beginning of the memory. */
struct file_record {
	uint64_t path; /* terminated */
	uint64_t data; /* followed by a 0 byte */
	uint64_t length;
	uint64_t mode;
};

struct folder_record {
	uint64_t path;
	uint64_t first; /* of its files, in members */
	uint64_t count;
};

/** Both tables are in the order of paths. All borrowed from the memory. */
struct file_map {
	const uint8_t *bytes;
	size_t size;
	const struct file_record *files;
	uint64_t file_count;
	const struct folder_record *folders;
	uint64_t folder_count;
	const uint64_t *members; /* indices into files */
	uint64_t member_count;
};

/** Take bytes[length] on. */
typedef void (*file_map_put_fn)(void *owner, const void *bytes, size_t length);

/** Write what `s` could read. `at` is the offset at which it begins, a multiple
 *  of 8. Returns 0, PST_MEMORY. */
PST_MUST_CHECK int file_map_write(const struct file_store *s, uint64_t at,
                                  file_map_put_fn put, void *owner);

/** Find the tables at bytes[at] of bytes[size] and check all of them. Returns 0,
 *  PST_INVALID. */
PST_MUST_CHECK int file_map_open(struct file_map *m, const uint8_t *bytes,
                                 size_t size, size_t at);
/** The file at `path`; false: there is none. What file_out says is borrowed
 *  from the memory. */
bool file_map_find(const struct file_map *m, const char *path,
                   struct pst_file *file_out);
/** NULL: there is no such folder. */
const struct folder_record *file_map_folder(const struct file_map *m,
                                            const char *path);
/** The n-th file in it. */
void file_map_member(const struct file_map *m, const struct folder_record *f,
                     uint64_t n, struct pst_file *file_out);

#endif
