/* SPDX-License-Identifier: MIT */
/* Settings of the service `directory`. */
#include "directory.h"
#include "directory_path.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	TYPE_MAX = 200 /* bytes of a media type */
};

#define ROW(n, t, m, ...)                                                 \
	{                                                                 \
		.name = n, .type = t,                                     \
		.offset = offsetof(struct directory_conf, m), __VA_ARGS__ \
	}

/* Names that users of other gateways know a setting by. */
#define ELSEWHERE(known, advice)                                 \
	{                                                        \
		.name = (known), .type = PST_OPTION_STRING,      \
		.flags = PST_OPTION_ELSEWHERE, .help = (advice), \
	}

const struct pst_option directory_options[] = {
	{.name = "root",
         .type = PST_OPTION_STRING,
         .flags = PST_OPTION_REQUIRED,
         .offset = offsetof(struct directory_conf, root_path),
         .help = "The folder whose files are served: an absolute path, which "
                 "workers must be able to read; another folder in its place "
                 "is used after a reload."},
	ROW("prefix", PST_OPTION_STRING, prefix, .initial = "/",
            .help = "What is taken off a request's path before it is looked "
                    "up below root, such as /docs; other paths are unknown."),
	ROW("index", PST_OPTION_LIST, index, .initial = "index.html",
            .help = "Names that are looked for, in this order, when a folder "
                    "is asked for; folders are never listed."),
	ROW("types", PST_OPTION_LIST, types,
            .help = "Media types by the ends of names, each "
                    "\"ext=type/subtype\"; before the built-in ones."),
	ROW("cache_control", PST_OPTION_LIST, cache_control,
            .help = "Values of Cache-Control, each \"value\" or "
                    "\"pattern=value\" with a pattern that begins with * or / "
                    "and in which * is anything; the first that matches the "
                    "path of the file counts."),
	ROW("precompressed", PST_OPTION_LIST, precompressed,
            .help = "Kinds of compressed files, br or gz, that are sent "
                    "instead when they stand beside the asked one "
                    "(name.gz), are not older and the client takes them."),
	ROW("error_pages", PST_OPTION_LIST, error_pages,
            .help = "Files below root that are the bodies of errors, each "
                    "\"404=/path\"."),
	ROW("fallback", PST_OPTION_STRING, fallback,
            .help = "A file below root that is sent, with status 200, for "
                    "paths that are not there: for pages that do their own "
                    "routing."),
	ROW("show_hidden", PST_OPTION_LIST, show_hidden,
            .help = "Names beginning with a dot that are served all the "
                    "same, such as .well-known; \"*\" is all of them."),
	ROW("max_open_files", PST_OPTION_INT, max_open_files, .min = 1,
            .max = 1000000, .initial = "1024", .unit = "files",
            .help = "Files that a worker sends at one time; more requests "
                    "get a 503."),
	ELSEWHERE("alias", "use root"),
	ELSEWHERE("directory", "use root"),
	ELSEWHERE("location", "use prefix, and the path of the accept URL"),
	ELSEWHERE("welcome_file", "use index"),
	ELSEWHERE("autoindex", "use index: folders are never listed"),
	ELSEWHERE("try_files", "use fallback"),
	ELSEWHERE("expires", "use cache_control"),
	ELSEWHERE("add_header", "use cache_control for Cache-Control; there "
                                "are no other fields"),
	ELSEWHERE("error_page", "use error_pages"),
	ELSEWHERE("error_pages_directory", "use error_pages"),
	ELSEWHERE("default_type", "use types"),
	ELSEWHERE("mime_mapping", "use types"),
	ELSEWHERE("gzip_static", "use precompressed"),
	ELSEWHERE("brotli_static", "use precompressed"),
	{.name = NULL},
};

static const struct directory_coding codings[] = {
	{".br", "br", "-br"},
	{".gz", "gzip", "-gz"},
};

static bool value_ok(const char *text)
{
	size_t i;

	for (i = 0; text[i] != '\0'; i++) {
		uint8_t c = (uint8_t)text[i];

		if (c < 0x20 || c == 0x7f) {
			return false;
		}
	}
	return i != 0;
}

/* Split "name=value"; false without both. */
static bool split(const char *text, struct directory_pair *out)
{
	const char *equals = strchr(text, '=');

	if (equals == NULL || equals == text || !value_ok(equals + 1)) {
		return false;
	}
	out->name = text;
	out->length = (size_t)(equals - text);
	out->value = equals + 1;
	return true;
}

static int read_types(struct directory_conf *c, struct pst_setup *setup)
{
	int result = PST_OK;
	size_t i;

	for (i = 0; i < c->types.count; i++) {
		const char *text = c->types.item[i];
		struct directory_pair *t = &c->type[i];
		const char *slash;

		t->name = "";
		if (split(text, t) && memchr(t->name, '.', t->length) == NULL &&
		    (slash = strchr(t->value, '/')) != NULL &&
		    slash != t->value && slash[1] != '\0' &&
		    strlen(t->value) <= TYPE_MAX) {
			continue;
		}
		pst_error(setup, "types",
		          "\"%s\" is not a type; write \"ext=type/subtype\", "
		          "such as \"glb=model/gltf-binary\"",
		          text);
		result = PST_CONFIG;
	}
	return result;
}

static int read_cache(struct directory_conf *c, struct pst_setup *setup)
{
	int result = PST_OK;
	size_t i;

	for (i = 0; i < c->cache_control.count; i++) {
		const char *text = c->cache_control.item[i];
		struct directory_pair *p = &c->cache[i];
		bool pattern = text[0] == '*' || text[0] == '/';

		p->name = "*";
		p->length = 1;
		p->value = text;
		if (pattern ? split(text, p) : value_ok(text)) {
			continue;
		}
		pst_error(setup, "cache_control",
		          "\"%s\" is not a rule; write \"value\" or "
		          "\"pattern=value\", such as \"*.css=max-age=3600\"",
		          text);
		result = PST_CONFIG;
	}
	return result;
}

static int read_codings(struct directory_conf *c, struct pst_setup *setup)
{
	int result = PST_OK;
	size_t i, j;

	for (i = 0; i < c->precompressed.count; i++) {
		const char *text = c->precompressed.item[i];

		for (j = 0; j < sizeof(codings) / sizeof(codings[0]); j++) {
			if (strcmp(text, codings[j].end + 1) == 0) {
				c->coding[i] = &codings[j];
			}
		}
		if (c->coding[i] == NULL) {
			pst_error(setup, "precompressed",
			          "\"%s\" is not a kind of compressed files; "
			          "use br or gz",
			          text);
			result = PST_CONFIG;
		}
	}
	return result;
}

static int check_names(const struct directory_conf *c, struct pst_setup *setup)
{
	int result = PST_OK;
	size_t i;

	for (i = 0; i < c->index.count; i++) {
		if (!directory_path_plain(c->index.item[i]) ||
		    strchr(c->index.item[i], '/') != NULL) {
			pst_error(setup, "index",
			          "\"%s\" is not a file's name; write one such "
			          "as \"index.html\"",
			          c->index.item[i]);
			result = PST_CONFIG;
		}
	}
	for (i = 0; i < c->show_hidden.count; i++) {
		const char *name = c->show_hidden.item[i];

		if (strcmp(name, "*") != 0 &&
		    (name[0] != '.' || !directory_path_plain(name) ||
		     strchr(name, '/') != NULL)) {
			pst_error(setup, "show_hidden",
			          "\"%s\" is not a name with a dot in front; "
			          "write one such as \".well-known\", or \"*\"",
			          name);
			result = PST_CONFIG;
		}
	}
	return result;
}

static int read_prefix(struct directory_conf *c, struct pst_setup *setup)
{
	size_t n = strlen(c->prefix), i;
	bool ok = c->prefix[0] == '/';

	for (i = 0; i < n; i++) {
		ok = ok && (uint8_t)c->prefix[i] > 0x20 &&
		     (uint8_t)c->prefix[i] < 0x7f && c->prefix[i] != '?' &&
		     c->prefix[i] != '#';
	}
	if (!ok || strstr(c->prefix, "//") != NULL) {
		pst_error(setup, "prefix",
		          "\"%s\" is not the beginning of a path; write it as "
		          "it stands in requests, such as \"/docs\"",
		          c->prefix);
		return PST_CONFIG;
	}
	c->prefix_length = c->prefix[n - 1] == '/' ? n - 1 : n;
	return PST_OK;
}

/* A setting's "/path" as a name below the root, which must be there. */
static const char *file_below(struct directory_conf *c, struct pst_setup *setup,
                              const char *option, const char *path)
{
	const char *name = path + (path[0] == '/' ? 1 : 0);
	struct stat st;
	int fd;

	if (!directory_path_plain(name)) {
		pst_error(setup, option,
		          "\"%s\" is not a path below root; write one such as "
		          "\"/404.html\"",
		          path);
		return NULL;
	}
	if ((setup->flags & PST_SETUP_CHECKED) != 0) {
		return name;
	}
	fd = directory_open(c->root, name, &st);
	if (fd < 0) {
		pst_error(setup, option,
		          "\"%s\" cannot be read below root: %s; put a file "
		          "there or leave the setting out",
		          path, strerror(-fd));
		return NULL;
	}
	close(fd);
	return name;
}

static bool has_body(unsigned status)
{
	static const unsigned known[] = {400, 403, 404, 405,
	                                 412, 416, 500, 503};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i] == status) {
			return true;
		}
	}
	return false;
}

static int read_page(struct directory_conf *c, struct pst_setup *setup,
                     const char *text, struct directory_page *out)
{
	struct directory_pair p = {text, 0, NULL};

	if (!split(text, &p) || p.length != 3 ||
	    strspn(text, "0123456789") != 3) {
		pst_error(setup, "error_pages",
		          "\"%s\" is not a status and a path; write one such "
		          "as \"404=/404.html\"",
		          text);
		return PST_CONFIG;
	}
	out->status = (unsigned)strtoul(text, NULL, 10);
	if (!has_body(out->status)) {
		pst_error(setup, "error_pages",
		          "%u is never answered here; use one of 400, 403, "
		          "404, 405, 412, 416, 500 and 503",
		          out->status);
		return PST_CONFIG;
	}
	out->path = file_below(c, setup, "error_pages", p.value);
	return out->path == NULL ? PST_CONFIG : PST_OK;
}

static int read_pages(struct directory_conf *c, struct pst_setup *setup)
{
	int result = PST_OK;
	size_t i;

	for (i = 0; i < c->error_pages.count; i++) {
		if (read_page(c, setup, c->error_pages.item[i], &c->page[i]) !=
		    PST_OK) {
			result = PST_CONFIG;
		}
	}
	if (c->fallback != NULL) {
		c->fallback_name =
			file_below(c, setup, "fallback", c->fallback);
		result = c->fallback_name == NULL ? PST_CONFIG : result;
	}
	return result;
}

static int check_root(struct directory_conf *c, struct pst_setup *setup)
{
	int result;

	if (c->root_path[0] != '/') {
		pst_error(setup, "root",
		          "\"%s\" is not an absolute path; write it from /, "
		          "such as \"/srv/www\"",
		          c->root_path);
		return PST_CONFIG;
	}
	if ((setup->flags & PST_SETUP_CHECKED) != 0) {
		return PST_OK;
	}
	result = directory_root_open(c->root);
	if (result == 0 && access(c->root_path, X_OK) != 0) {
		result = -errno;
	}
	if (result != 0) {
		pst_error(setup, "root",
		          "\"%s\" cannot be used: %s; name a folder that the "
		          "gateway may read",
		          c->root_path, strerror(-result));
		return PST_CONFIG;
	}
	return PST_OK;
}

static void *room_for(size_t count, size_t size)
{
	return calloc(count == 0 ? 1 : count, size);
}

static bool reserve(struct directory_conf *c)
{
	c->root = directory_root_create(c->root_path,
	                                (uint32_t)c->max_open_files);
	c->type = room_for(c->types.count, sizeof(*c->type));
	c->cache = room_for(c->cache_control.count, sizeof(*c->cache));
	c->page = room_for(c->error_pages.count, sizeof(*c->page));
	c->coding = room_for(c->precompressed.count, sizeof(*c->coding));
	return c->root != NULL && c->type != NULL && c->cache != NULL &&
	       c->page != NULL && c->coding != NULL;
}

/* All wrong settings are told, not only the first. The root is closed again:
 * the checker and the workers' setup need it for the look only. */
int directory_conf_init(void *conf, struct pst_setup *setup)
{
	struct directory_conf *c = conf;
	int result = PST_OK;

	if (!reserve(c)) {
		pst_error(setup, NULL, "memory ran out");
		return PST_CONFIG;
	}
	result |= read_types(c, setup);
	result |= read_cache(c, setup);
	result |= read_codings(c, setup);
	result |= check_names(c, setup);
	result |= read_prefix(c, setup);
	if (check_root(c, setup) != PST_OK) {
		return PST_CONFIG;
	}
	result |= read_pages(c, setup);
	directory_root_close(c->root);
	return result == PST_OK ? PST_OK : PST_CONFIG;
}

void directory_conf_finish(void *conf)
{
	struct directory_conf *c = conf;

	directory_root_destroy(c->root);
	free(c->type);
	free(c->cache);
	free(c->page);
	free(c->coding);
	c->root = NULL;
	c->type = NULL;
	c->cache = NULL;
	c->page = NULL;
	c->coding = NULL;
}
