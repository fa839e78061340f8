/* SPDX-License-Identifier: MIT */
/* Media types by the ends of names. */
#include "directory_type.h"

#include <penstock/head.h>

struct known {
	const char *end, *type;
};

static const struct known table[] = {
	{"7z", "application/x-7z-compressed"},
	{"aac", "audio/aac"},
	{"apng", "image/apng"},
	{"atom", "application/atom+xml"},
	{"avi", "video/x-msvideo"},
	{"avif", "image/avif"},
	{"bmp", "image/bmp"},
	{"br", "application/x-brotli"},
	{"bz2", "application/x-bzip2"},
	{"css", "text/css"},
	{"csv", "text/csv"},
	{"doc", "application/msword"},
	{"docx", "application/vnd.openxmlformats-officedocument."
                 "wordprocessingml.document"},
	{"eot", "application/vnd.ms-fontobject"},
	{"epub", "application/epub+zip"},
	{"flac", "audio/flac"},
	{"geojson", "application/geo+json"},
	{"gif", "image/gif"},
	{"gz", "application/gzip"},
	{"htm", "text/html"},
	{"html", "text/html"},
	{"ico", "image/vnd.microsoft.icon"},
	{"ics", "text/calendar"},
	{"jpeg", "image/jpeg"},
	{"jpg", "image/jpeg"},
	{"js", "text/javascript"},
	{"json", "application/json"},
	{"jsonld", "application/ld+json"},
	{"m4a", "audio/mp4"},
	{"m4v", "video/mp4"},
	{"map", "application/json"},
	{"md", "text/markdown"},
	{"mjs", "text/javascript"},
	{"mkv", "video/matroska"},
	{"mov", "video/quicktime"},
	{"mp3", "audio/mpeg"},
	{"mp4", "video/mp4"},
	{"mpeg", "video/mpeg"},
	{"odp", "application/vnd.oasis.opendocument.presentation"},
	{"ods", "application/vnd.oasis.opendocument.spreadsheet"},
	{"odt", "application/vnd.oasis.opendocument.text"},
	{"oga", "audio/ogg"},
	{"ogg", "audio/ogg"},
	{"ogv", "video/ogg"},
	{"opus", "audio/ogg"},
	{"otf", "font/otf"},
	{"pdf", "application/pdf"},
	{"pem", "application/x-pem-file"},
	{"png", "image/png"},
	{"ppt", "application/vnd.ms-powerpoint"},
	{"pptx", "application/vnd.openxmlformats-officedocument."
                 "presentationml.presentation"},
	{"rss", "application/rss+xml"},
	{"rtf", "application/rtf"},
	{"svg", "image/svg+xml"},
	{"tar", "application/x-tar"},
	{"tif", "image/tiff"},
	{"tiff", "image/tiff"},
	{"ttf", "font/ttf"},
	{"txt", "text/plain"},
	{"vtt", "text/vtt"},
	{"wasm", "application/wasm"},
	{"wav", "audio/wav"},
	{"weba", "audio/webm"},
	{"webm", "video/webm"},
	{"webmanifest", "application/manifest+json"},
	{"webp", "image/webp"},
	{"woff", "font/woff"},
	{"woff2", "font/woff2"},
	{"xhtml", "application/xhtml+xml"},
	{"xls", "application/vnd.ms-excel"},
	{"xlsx", "application/vnd.openxmlformats-officedocument."
                 "spreadsheetml.sheet"},
	{"xml", "application/xml"},
	{"zip", "application/zip"},
	{"zst", "application/zstd"},
};

static bool same(const char *a, const char *b, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++) {
		if (pst_ascii_lower((uint8_t)a[i]) !=
		    pst_ascii_lower((uint8_t)b[i])) {
			return false;
		}
	}
	return true;
}

static const char *end_of(const char *name)
{
	const char *slash = strrchr(name, '/');
	const char *dot = strrchr(slash == NULL ? name : slash, '.');

	return dot == NULL ? "" : dot + 1;
}

const char *directory_type_of(const char *name,
                              const struct directory_pair *own, size_t count)
{
	const char *end = end_of(name);
	size_t length = strlen(end), i;

	for (i = 0; i < count; i++) {
		if (own[i].length == length && same(own[i].name, end, length)) {
			return own[i].value;
		}
	}
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strlen(table[i].end) == length &&
		    same(table[i].end, end, length)) {
			return table[i].type;
		}
	}
	return "application/octet-stream";
}

bool directory_type_is_text(const char *type)
{
	return strlen(type) > 5 && same(type, "text/", 5) &&
	       strchr(type, ';') == NULL;
}
