/* SPDX-License-Identifier: MIT */
/* The files of a generation as they lie in its memory. */
#include "file_map.h"

#include "file_store.h"

#include <stdlib.h>
#include <string.h>

/* Three counts, the tables, then texts and contents. */
enum {
	COUNTS = 3
};

/* -- writing ----------------------------------------------------------- */

struct plan {
	const struct stored_file **files; /* by path; owned */
	size_t file_count;
	const struct stored_folder **folders; /* likewise */
	size_t folder_count;
	size_t member_count;
	file_map_put_fn put;
	void *owner;
};

static int compare_files(const void *a, const void *b)
{
	const struct stored_file *const *left = a, *const *right = b;

	return strcmp((*left)->path, (*right)->path);
}

static int compare_folders(const void *a, const void *b)
{
	const struct stored_folder *const *left = a, *const *right = b;

	return strcmp((*left)->path, (*right)->path);
}

static int plan_make(struct plan *p, const struct file_store *s)
{
	size_t i;

	p->files = calloc(s->count + 1, sizeof(p->files[0]));
	p->folders = calloc(s->folder_count + 1, sizeof(p->folders[0]));
	if (p->files == NULL || p->folders == NULL) {
		return PST_MEMORY;
	}
	for (i = 0; i < s->count; i++) {
		if (s->files[i]->data != NULL) {
			p->files[p->file_count++] = s->files[i];
		}
	}
	for (i = 0; i < s->folder_count; i++) {
		if (s->folders[i]->error == NULL) {
			p->folders[p->folder_count++] = s->folders[i];
			p->member_count += s->folders[i]->count;
		}
	}
	qsort(p->files, p->file_count, sizeof(p->files[0]), compare_files);
	qsort(p->folders, p->folder_count, sizeof(p->folders[0]),
	      compare_folders);
	return PST_OK;
}

static void put_number(const struct plan *p, uint64_t number)
{
	p->put(p->owner, &number, sizeof(number));
}

/* `at` is where the first text comes to lie; returns where the next would. */
static uint64_t put_file_table(const struct plan *p, uint64_t at)
{
	size_t i;

	for (i = 0; i < p->file_count; i++) {
		const struct stored_file *f = p->files[i];
		struct file_record r = {
			.path = at, .length = f->length, .mode = f->mode};

		r.data = r.path + strlen(f->path) + 1;
		at = r.data + f->length + 1;
		p->put(p->owner, &r, sizeof(r));
	}
	return at;
}

static void put_folder_table(const struct plan *p, uint64_t at)
{
	uint64_t first = 0;
	size_t i;

	for (i = 0; i < p->folder_count; i++) {
		const struct stored_folder *f = p->folders[i];
		const struct folder_record r = {at, first, f->count};

		at += strlen(f->path) + 1;
		first += f->count;
		p->put(p->owner, &r, sizeof(r));
	}
}

static void put_members(const struct plan *p)
{
	size_t i, k;

	for (i = 0; i < p->folder_count; i++) {
		for (k = 0; k < p->folders[i]->count; k++) {
			const struct stored_file **found =
				bsearch(&p->folders[i]->files[k], p->files,
			                p->file_count, sizeof(p->files[0]),
			                compare_files);

			/* a folder with an unreadable file is not written */
			put_number(p, (uint64_t)(found - p->files));
		}
	}
}

static void put_contents(const struct plan *p)
{
	size_t i;

	for (i = 0; i < p->file_count; i++) {
		const struct stored_file *f = p->files[i];

		p->put(p->owner, f->path, strlen(f->path) + 1);
		p->put(p->owner, f->data, f->length + 1);
	}
	for (i = 0; i < p->folder_count; i++) {
		const char *path = p->folders[i]->path;

		p->put(p->owner, path, strlen(path) + 1);
	}
}

int file_map_write(const struct file_store *s, uint64_t at, file_map_put_fn put,
                   void *owner)
{
	struct plan p = {.put = put, .owner = owner};
	int result = plan_make(&p, s);

	if (result == PST_OK) {
		put_number(&p, p.file_count);
		put_number(&p, p.folder_count);
		put_number(&p, p.member_count);
		at += COUNTS * sizeof(uint64_t) +
		      p.file_count * sizeof(struct file_record) +
		      p.folder_count * sizeof(struct folder_record) +
		      p.member_count * sizeof(uint64_t);
		put_folder_table(&p, put_file_table(&p, at));
		put_members(&p);
		put_contents(&p);
	}
	free(p.files);
	free(p.folders);
	return result;
}

/* -- reading ----------------------------------------------------------- */

static const char *text_at(const struct file_map *m, uint64_t offset)
{
	return (const char *)m->bytes + offset;
}

static bool is_path(const struct file_map *m, uint64_t offset)
{
	return offset < m->size && m->bytes[offset] == '/' &&
	       memchr(m->bytes + offset, '\0', m->size - (size_t)offset) !=
	               NULL;
}

static bool files_ok(const struct file_map *m)
{
	uint64_t i;

	for (i = 0; i < m->file_count; i++) {
		const struct file_record *f = &m->files[i];

		if (!is_path(m, f->path) || f->data >= m->size ||
		    f->length >= m->size - f->data ||
		    m->bytes[f->data + f->length] != '\0') {
			return false;
		}
		if (i != 0 && strcmp(text_at(m, m->files[i - 1].path),
		                     text_at(m, f->path)) >= 0) {
			return false;
		}
	}
	return true;
}

static bool folders_ok(const struct file_map *m)
{
	uint64_t i;

	for (i = 0; i < m->folder_count; i++) {
		const struct folder_record *f = &m->folders[i];

		if (!is_path(m, f->path) || f->first > m->member_count ||
		    f->count > m->member_count - f->first) {
			return false;
		}
		if (i != 0 && strcmp(text_at(m, m->folders[i - 1].path),
		                     text_at(m, f->path)) >= 0) {
			return false;
		}
	}
	for (i = 0; i < m->member_count; i++) {
		if (m->members[i] >= m->file_count) {
			return false;
		}
	}
	return true;
}

/* `count` records at *at_io; NULL: they do not fit in. */
static const void *take(const struct file_map *m, size_t *at_io, uint64_t count,
                        size_t size)
{
	const uint8_t *table = m->bytes + *at_io;

	if (count > (m->size - *at_io) / size) {
		return NULL;
	}
	*at_io += (size_t)count * size;
	return table;
}

int file_map_open(struct file_map *m, const uint8_t *bytes, size_t size,
                  size_t at)
{
	const uint64_t *counts;

	memset(m, 0, sizeof(*m));
	m->bytes = bytes;
	m->size = size;
	if (at > size || at % sizeof(uint64_t) != 0) {
		return PST_INVALID;
	}
	counts = take(m, &at, COUNTS, sizeof(*counts));
	if (counts == NULL) {
		return PST_INVALID;
	}
	m->file_count = counts[0];
	m->folder_count = counts[1];
	m->member_count = counts[2];
	m->files = take(m, &at, m->file_count, sizeof(*m->files));
	m->folders = take(m, &at, m->folder_count, sizeof(*m->folders));
	m->members = take(m, &at, m->member_count, sizeof(*m->members));
	if (m->files == NULL || m->folders == NULL || m->members == NULL ||
	    !files_ok(m) || !folders_ok(m)) {
		return PST_INVALID;
	}
	return PST_OK;
}

static void show(const struct file_map *m, const struct file_record *r,
                 struct pst_file *out)
{
	memset(out, 0, sizeof(*out));
	out->path = text_at(m, r->path);
	out->data = m->bytes + r->data;
	out->length = (size_t)r->length;
	out->mode = (uint32_t)r->mode;
}

/* Where `path` stands in a table of `count` whose records begin with the path;
 * `count`: nowhere. */
static uint64_t search(const struct file_map *m, const void *table,
                       uint64_t count, size_t size, const char *path)
{
	uint64_t low = 0, high = count, middle, offset;
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		memcpy(&offset, (const uint8_t *)table + middle * size,
		       sizeof(offset));
		order = strcmp(text_at(m, offset), path);
		if (order == 0) {
			return middle;
		}
		if (order < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return count;
}

bool file_map_find(const struct file_map *m, const char *path,
                   struct pst_file *file_out)
{
	uint64_t n =
		search(m, m->files, m->file_count, sizeof(m->files[0]), path);

	if (n == m->file_count) {
		return false;
	}
	show(m, &m->files[n], file_out);
	return true;
}

const struct folder_record *file_map_folder(const struct file_map *m,
                                            const char *path)
{
	uint64_t n = search(m, m->folders, m->folder_count,
	                    sizeof(m->folders[0]), path);

	return n == m->folder_count ? NULL : &m->folders[n];
}

void file_map_member(const struct file_map *m, const struct folder_record *f,
                     uint64_t n, struct pst_file *file_out)
{
	show(m, &m->files[m->members[f->first + n]], file_out);
}
