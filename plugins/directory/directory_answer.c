/* SPDX-License-Identifier: MIT */
/* From a request to its answer: which file, which status, which fields. */
#include "directory_date.h"
#include "directory_match.h"
#include "directory_path.h"
#include "directory_range.h"
#include "directory_reply.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum {
	SETTLED = 2 /* seconds after which a tag is strong */
};

/* A file that was found, and what is said of it. */
struct found {
	int fd;
	struct stat st;
	const char *type, *cache; /* NULL: none */
	const struct directory_coding *coding;
	struct directory_seen seen;
};

/* RFC 9110 15.4.5: these belong to a 304 too. */
static void add_validators(struct reply *r, const struct found *f)
{
	char date[DIRECTORY_DATE_SIZE];

	reply_add(r, "ETag", f->seen.tag);
	directory_date_write(f->seen.modified, date);
	reply_add(r, "Last-Modified", date);
	if (f->cache != NULL) {
		reply_add(r, "Cache-Control", f->cache);
	}
	if (reply_conf(r)->precompressed.count != 0) {
		reply_add(r, "Vary", "Accept-Encoding");
	}
}

static void add_coding(struct reply *r, const struct found *f)
{
	if (f->coding != NULL) {
		reply_add(r, "Content-Encoding", f->coding->name);
	}
}

/* The folder that was meant, as the client wrote it. Its path does not begin
 * with two slashes, so this never names another host. */
static int answer_moved(struct reply *r, const char *raw, size_t path,
                        size_t whole)
{
	int result = reply_begin_error(r, 301, whole + 1);
	struct pst_slice *s;

	if (result != PST_OK) {
		return result;
	}
	s = pst_slice_new(r->me, whole + 1);
	if (s == NULL) {
		pst_slice_free(r->me, r->out->head);
		r->out->head = NULL;
		return PST_MEMORY;
	}
	memcpy(s->data, raw, path);
	s->data[path] = '/';
	memcpy(s->data + path + 1, raw + path, whole - path);
	pst_head_add(&r->b, "Location", 8, (const char *)s->data, whole + 1);
	pst_slice_free(r->me, s);
	return reply_finish(r);
}

static unsigned status_of(int error)
{
	switch (error) {
	case -ENOENT:
	case -ENOTDIR:
	case -EISDIR:
	case -ELOOP:
	case -EXDEV:
	case -ENAMETOOLONG:
	case -ENXIO:
	case -ENODEV:
		return 404;
	case -EACCES:
	case -EPERM:
		return 403;
	case -EMFILE:
	case -ENFILE:
	case -ENOMEM:
	case -EAGAIN:
		return 503;
	default:
		return 500;
	}
}

/* Strong, as each change of a file sets its time, whose steps are fine; but not
 * finer than two changes in quick succession (RFC 9110 8.8.1). */
static void describe(struct found *f, int64_t now)
{
	const struct stat *st = &f->st;
	int64_t modified = (int64_t)st->st_mtim.tv_sec;
	bool strong = modified <= now - SETTLED;

	f->seen.now = now;
	f->seen.modified = modified;
	snprintf(f->seen.tag, sizeof(f->seen.tag),
	         "%s\"%" PRIx64 "-%lx-%" PRIx64 "%s\"", strong ? "" : "W/",
	         (uint64_t)modified, (unsigned long)st->st_mtim.tv_nsec,
	         (uint64_t)st->st_size,
	         f->coding == NULL ? "" : f->coding->mark);
}

static const char *cache_of(const struct directory_conf *c, const char *name)
{
	char path[DIRECTORY_PATH_MAX + 1];
	size_t i;

	snprintf(path, sizeof(path), "/%s", name);
	for (i = 0; i < c->cache_control.count; i++) {
		if (directory_path_like(c->cache[i].name, c->cache[i].length,
		                        path)) {
			return c->cache[i].value;
		}
	}
	return NULL;
}

/* Replace the file by a compressed one beside it. */
static bool try_coding(const struct directory_conf *c, const char *name,
                       const struct directory_coding *coding, struct found *f)
{
	char path[DIRECTORY_PATH_MAX + 4];
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "%s%s", name, coding->end);
	fd = directory_open(c->root, path, &st);
	if (fd < 0) {
		return false;
	}
	if (st.st_mtim.tv_sec < f->st.st_mtim.tv_sec) {
		close(fd);
		return false;
	}
	close(f->fd);
	f->fd = fd;
	f->st = st;
	f->coding = coding;
	return true;
}

/* The coding that the client likes best, and of those the first that is set. */
static void choose_coding(const struct reply *r, const char *name,
                          struct found *f)
{
	const struct directory_conf *c = reply_conf(r);
	unsigned plain = directory_match_coding(r->request, "identity");
	unsigned most = 1001, best;
	size_t i;

	while (f->coding == NULL) {
		best = 0;
		for (i = 0; i < c->precompressed.count; i++) {
			unsigned q = directory_match_coding(r->request,
			                                    c->coding[i]->name);

			best = q < most && q > best ? q : best;
		}
		if (best == 0 || best < plain) {
			return;
		}
		for (i = 0; i < c->precompressed.count; i++) {
			if (directory_match_coding(
				    r->request, c->coding[i]->name) == best &&
			    try_coding(c, name, c->coding[i], f)) {
				return;
			}
		}
		most = best;
	}
}

static int answer_unchanged(struct reply *r, const struct found *f)
{
	int result =
		reply_begin(r, 304, f->cache == NULL ? 0 : strlen(f->cache));

	if (result == PST_OK) {
		add_validators(r, f);
		result = reply_finish(r);
	}
	return result;
}

static int answer_outside(struct reply *r, const struct found *f)
{
	int result = reply_begin_error(r, 416, 0);
	char text[64];

	if (result != PST_OK) {
		return result;
	}
	snprintf(text, sizeof(text), "bytes */%" PRIu64,
	         (uint64_t)f->st.st_size);
	reply_add(r, "Content-Range", text);
	reply_add(r, "Accept-Ranges", "bytes");
	return reply_finish(r);
}

/* Ranges are for GET alone (RFC 9110 14.2). */
static enum directory_range range_of(const struct reply *r,
                                     const struct found *f, uint64_t *first_out,
                                     uint64_t *count_out)
{
	uint32_t at = 0;
	const struct pst_field *field = pst_head_find(r->request, "Range", &at);

	if (field == NULL || r->headless ||
	    pst_head_count(r->request, "Range") != 1 ||
	    !directory_match_range(r->request, &f->seen)) {
		return DIRECTORY_RANGE_NONE;
	}
	return directory_range_read(
		pst_head_text(r->request, field->value), field->value.length,
		(uint64_t)f->st.st_size, first_out, count_out);
}

static int send_file(struct reply *r, struct found *f, bool part,
                     uint64_t first, uint64_t count)
{
	size_t more =
		strlen(f->type) + (f->cache == NULL ? 0 : strlen(f->cache));
	bool open = count != 0 && !r->headless;
	char text[96];
	int result;

	if (open && !directory_root_take(reply_conf(r)->root)) {
		return reply_error(r, 503);
	}
	if (open) {
		r->out->fd = f->fd;
		f->fd = -1;
	}
	result = reply_begin(r, part ? 206 : 200, more);
	if (result != PST_OK) {
		directory_answer_close(r->me, r->out);
		return result;
	}
	reply_type(r, f->type);
	add_coding(r, f);
	add_validators(r, f);
	reply_add(r, "Accept-Ranges", "bytes");
	if (part) {
		snprintf(text, sizeof(text),
		         "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, first,
		         first + count - 1, (uint64_t)f->st.st_size);
		reply_add(r, "Content-Range", text);
	}
	reply_length(r, count);
	r->out->at = first;
	r->out->end = first + count;
	return reply_finish(r);
}

static int judge_file(struct reply *r, struct found *f)
{
	uint64_t first = 0, count = (uint64_t)f->st.st_size;
	unsigned status = directory_match(r->request, &f->seen);

	if (status == 304) {
		return answer_unchanged(r, f);
	}
	if (status != 0) {
		return reply_error(r, status);
	}
	switch (range_of(r, f, &first, &count)) {
	case DIRECTORY_RANGE_NONE:
		return send_file(r, f, false, 0, (uint64_t)f->st.st_size);
	case DIRECTORY_RANGE_PART:
		return send_file(r, f, true, first, count);
	case DIRECTORY_RANGE_OUTSIDE:
		return answer_outside(r, f);
	}
	return PST_INVALID;
}

/* Takes over the descriptor in `f`. */
static int answer_file(struct reply *r, const char *name, struct found *f)
{
	const struct directory_conf *c = reply_conf(r);
	int result;

	choose_coding(r, name, f);
	f->type = directory_type_of(name, c->type, c->types.count);
	f->cache = cache_of(c, name);
	describe(f, pst_wall_clock(r->me));
	result = judge_file(r, f);
	if (f->fd >= 0) {
		close(f->fd);
	}
	return result;
}

/* The first index that is there; 404's error when none is. */
static int open_index(const struct directory_conf *c,
                      struct directory_path *path, struct stat *st_out)
{
	size_t folder = path->length, i;
	int fd = -ENOENT;

	for (i = 0; i < c->index.count; i++) {
		size_t n = strlen(c->index.item[i]);

		if (n >= sizeof(path->text) - folder) {
			continue;
		}
		memcpy(path->text + folder, c->index.item[i], n + 1);
		path->length = folder + n;
		fd = directory_open(c->root, path->text, st_out);
		if (fd >= 0 || status_of(fd) != 404) {
			break;
		}
	}
	return fd;
}

static int answer_missing(struct reply *r)
{
	const struct directory_conf *c = reply_conf(r);
	struct found f = {.fd = -1};

	if (c->fallback_name != NULL) {
		f.fd = directory_open(c->root, c->fallback_name, &f.st);
	}
	return f.fd < 0 ? reply_error(r, 404)
	                : answer_file(r, c->fallback_name, &f);
}

static int answer_path(struct reply *r, struct directory_path *path)
{
	const struct directory_conf *c = reply_conf(r);
	const char *raw = pst_head_text(r->request, r->request->path);
	size_t whole = r->request->path.length;
	struct found f = {.fd = -1};
	unsigned status;

	f.fd = path->folder ? open_index(c, path, &f.st)
	                    : directory_open(c->root, path->text, &f.st);
	if (f.fd >= 0) {
		return answer_file(r, path->text, &f);
	}
	if (f.fd == -EISDIR && !path->folder) {
		return answer_moved(
			r, raw, pst_head_path_length(r->request), whole);
	}
	status = status_of(f.fd);
	return status == 404 ? answer_missing(r) : reply_error(r, status);
}

/* The path of the request below `prefix`. */
static int read_path(const struct directory_conf *c,
                     const struct pst_head *request, struct directory_path *out)
{
	const char *raw = pst_head_text(request, request->path);
	size_t whole = pst_head_path_length(request), n = c->prefix_length;
	int result;

	if (whole < n || memcmp(raw, c->prefix, n) != 0 ||
	    (whole > n && raw[n] != '/')) {
		return PST_NO_ROUTE;
	}
	result = whole == n ? directory_path_read("/", 1, &c->show_hidden, out)
	                    : directory_path_read(raw + n, whole - n,
	                                          &c->show_hidden, out);
	if (whole == n) {
		out->folder = false; /* a root without its slash */
	}
	return result;
}

static int decide(struct reply *r)
{
	const struct directory_conf *c = reply_conf(r);
	struct directory_path path;
	int result;

	if (!r->headless &&
	    !pst_head_equals(r->request, r->request->method, "GET")) {
		return reply_error(r, 405);
	}
	result = read_path(c, r->request, &path);
	if (result != PST_OK) {
		return reply_error(r, result == PST_PROTO ? 400 : 404);
	}
	result = directory_root_open(c->root);
	if (result != 0) {
		pst_log(r->me, PST_LOG_ERROR, "root cannot be opened: %s",
		        strerror(-result));
		return reply_error(r, result == -EMFILE ? 503 : 500);
	}
	return answer_path(r, &path);
}

int directory_answer(struct pst_instance *me, const struct pst_head *request,
                     struct directory_answer *out)
{
	struct reply r = {.me = me, .request = request, .out = out};

	r.headless = pst_head_equals(request, request->method, "HEAD");
	out->fd = -1;
	return decide(&r);
}
