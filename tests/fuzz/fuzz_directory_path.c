/* SPDX-License-Identifier: MIT */
/* Fuzz target: what `directory` reads of a request: path, Range, dates,
 * preconditions and codings. The first byte chooses which. */
#include "directory_date.h"
#include "directory_match.h"
#include "directory_path.h"
#include "directory_range.h"
#include "fuzz.h"

#include <penstock/testkit.h>

/* No name leads up, out, or to what is hidden. */
static void check_name(const char *text, size_t length, bool all)
{
	size_t at = 0;

	must(strlen(text) == length && length < DIRECTORY_PATH_MAX);
	must(length == 0 || text[0] != '/');
	while (at < length) {
		size_t n = strcspn(text + at, "/");

		must(n != 0);
		must(strncmp(text + at, ".", n) != 0 &&
		     strncmp(text + at, "..", n) != 0);
		must(all || text[at] != '.');
		at += n + 1;
	}
	for (at = 0; at < length; at++) {
		must((uint8_t)text[at] >= 0x20 && text[at] != 0x7f &&
		     text[at] != '\\');
	}
}

static void put(char *to, size_t *length_io, uint8_t c)
{
	static const char hex[] = "0123456789ABCDEF";

	to[(*length_io)++] = '%';
	to[(*length_io)++] = hex[c >> 4];
	to[(*length_io)++] = hex[c & 15];
}

/* Written with every byte encoded it is the same name. */
static void path(const char *raw, size_t length)
{
	static const char *const every[] = {"*"};
	static const struct pst_list none = {0},
				     all = {.item = every, .count = 1};
	static char again[3 * DIRECTORY_PATH_MAX + 2];
	struct directory_path p, q;
	size_t n = 1, i;
	int r;

	if (length == 0 || raw[0] != '/') {
		return;
	}
	r = directory_path_read(raw, length, &all, &p);
	must(r == PST_OK || r == PST_PROTO || r == PST_NO_ROUTE);
	if (r != PST_OK) {
		must(directory_path_read(raw, length, &none, &q) == r);
		return;
	}
	check_name(p.text, p.length, true);
	must(p.length == 0 || p.folder || directory_path_plain(p.text));
	again[0] = '/';
	for (i = 0; i < p.length; i++) {
		if (p.text[i] == '/') {
			again[n++] = '/';
		} else {
			put(again, &n, (uint8_t)p.text[i]);
		}
	}
	must(directory_path_read(again, n, &all, &q) == PST_OK);
	must(q.folder == p.folder && strcmp(q.text, p.text) == 0);
	if (directory_path_read(raw, length, &none, &q) == PST_OK) {
		check_name(q.text, q.length, false);
	}
}

static void range(const char *text, size_t length)
{
	static const uint64_t sizes[] = {0, 1, 10, 1000, UINT64_MAX};
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint64_t first = 1, count = 0;

		if (directory_range_read(text, length, sizes[i], &first,
		                         &count) == DIRECTORY_RANGE_PART) {
			must(count != 0 && count <= sizes[i] &&
			     first <= sizes[i] - count);
		}
	}
}

/* What was read is written in its one form, and read again. */
static void date(const char *text, size_t length)
{
	const int64_t now = 1700000000;
	char written[DIRECTORY_DATE_SIZE];
	int64_t when, again;

	if (directory_date_read(text, length, now, &when) != PST_OK) {
		return;
	}
	directory_date_write(when, written);
	must(strlen(written) == DIRECTORY_DATE_SIZE - 1);
	must(directory_date_read(written, strlen(written), now, &again) ==
	     PST_OK);
	must(when == again);
}

/* Two fields, whose values a NUL parts. */
static void match(const char *name, const char *second, const char *text,
                  size_t length)
{
	static const struct directory_seen seen = {
		.tag = "\"abc\"", .modified = 784111777, .now = 1700000000};
	static uint64_t record[1024];
	const char *end = memchr(text, '\0', length);
	size_t n = end == NULL ? length : (size_t)(end - text);
	struct pst_head_builder b;
	unsigned status;

	pst_head_begin(&b, record, sizeof(record), PST_HEAD_REQUEST);
	pst_head_set(&b, &b.head->method, "GET", 3);
	pst_head_set(&b, &b.head->path, "/", 1);
	pst_head_add(&b, name, strlen(name), text, n);
	if (end != NULL) {
		pst_head_add(&b, second, strlen(second), end + 1,
		             length - n - 1);
	}
	if (pst_head_finish(&b) < 0) {
		return;
	}
	status = directory_match(b.head, &seen);
	must(status == 0 || status == 304 || status == 412);
	(void)directory_match_range(b.head, &seen);
	must(directory_match_coding(b.head, "gzip") <= 1000);
	must(directory_match_coding(b.head, "identity") <= 1000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;

	if (size == 0) {
		return 0;
	}
	size--;
	switch (data[0] % 7) {
	case 0:
		path(text, size);
		break;
	case 1:
		range(text, size);
		break;
	case 2:
		date(text, size);
		break;
	case 3:
		match("If-None-Match", "If-Modified-Since", text, size);
		break;
	case 4:
		match("If-Match", "If-Unmodified-Since", text, size);
		break;
	case 5:
		match("If-Range", "Range", text, size);
		break;
	default:
		match("Accept-Encoding", "Accept-Encoding", text, size);
		break;
	}
	return 0;
}
