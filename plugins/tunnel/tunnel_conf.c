/* SPDX-License-Identifier: MIT */
/* Settings of the service `tunnel`: which names lead to which pipeline. */
#include "tunnel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct pst_option tunnel_options[] = {
	{
		.name = "targets",
		.type = PST_OPTION_LIST,
		.offset = offsetof(struct tunnel_conf, targets),
		.help = "\"host:port = URL\": clients that ask for host:port "
			"get the connect pipeline of this URL, written as it "
			"is there, or of this number, counted from 0. \"*.\" "
			"in front of a host stands for one label. A name that "
			"stands more than once has its pipelines tried in this "
			"order. Pipelines that are not mentioned are asked for "
			"by the host and port of their URL.",
	},
	{.name = NULL},
};

static const char *words_of(const struct pst_hop *hop)
{
	return hop->url != NULL ? hop->url->text : hop->layers;
}

/* -- one entry ----------------------------------------------------------- */

static size_t trimmed(const char *text, size_t length)
{
	while (length != 0 &&
	       (text[length - 1] == ' ' || text[length - 1] == '\t')) {
		length--;
	}
	return length;
}

static int find_pipeline(const struct pst_setup *setup, const char *text,
                         uint32_t *index_out)
{
	char *end;
	uint32_t i;

	if (text[0] >= '0' && text[0] <= '9') {
		unsigned long n = strtoul(text, &end, 10);

		*index_out = (uint32_t)n;
		return *end == '\0' && n < setup->connect_count ? PST_OK
		                                                : PST_INVALID;
	}
	for (i = 0; i < setup->connect_count; i++) {
		const struct pst_url *url = setup->connects[i].url;

		if (url != NULL && strcmp(url->text, text) == 0) {
			*index_out = i;
			return PST_OK;
		}
	}
	return PST_INVALID;
}

static int refuse_pipeline(struct pst_setup *setup, const char *entry,
                           const char *to)
{
	uint32_t last = setup->connect_count - 1;

	pst_error(
		setup, "targets",
		"\"%.200s\": no connect pipeline is \"%.200s\"; behind = "
		"stands the URL of one as connect has it (\"%.200s\"), or its "
		"number from 0 to %u",
		entry, to, words_of(&setup->connects[last]), (unsigned)last);
	return PST_CONFIG;
}

static int read_entry(struct pst_setup *setup, const char *entry,
                      struct tunnel_target *out)
{
	const char *equals = strchr(entry, '=');
	const char *to = equals == NULL ? NULL : equals + 1;

	if (to == NULL ||
	    tunnel_name_read(entry, trimmed(entry, (size_t)(equals - entry)),
	                     true, &out->name) != PST_OK) {
		pst_error(setup, "targets",
		          "\"%.200s\" is not \"host:port = URL\"; write, for "
		          "example, \"db.example.com:5432 = %.200s\"",
		          entry, words_of(&setup->connects[0]));
		return PST_CONFIG;
	}
	to += strspn(to, " \t");
	if (find_pipeline(setup, to, &out->index) != PST_OK) {
		return refuse_pipeline(setup, entry, to);
	}
	return PST_OK;
}

/* -- all of them --------------------------------------------------------- */

static bool is_mentioned(const struct tunnel_conf *c, uint32_t index)
{
	size_t i;

	for (i = 0; i < c->written; i++) {
		if (c->list[i].index == index) {
			return true;
		}
	}
	return false;
}

static int read_entries(struct tunnel_conf *c, struct pst_setup *setup)
{
	int result = PST_OK;
	size_t i;

	for (i = 0; i < c->targets.count; i++) {
		struct tunnel_target *t = &c->list[c->count];

		t->order = (uint32_t)c->count;
		if (read_entry(setup, c->targets.item[i], t) != PST_OK) {
			result = PST_CONFIG;
			continue;
		}
		c->count++;
	}
	c->written = c->count;
	return result;
}

int tunnel_url_name(const struct pst_url *url, struct tunnel_name *name_out)
{
	char text[TUNNEL_HOST_SIZE + 16];
	bool six;
	int n;

	if (url == NULL) {
		return PST_INVALID;
	}
	six = strchr(url->host, ':') != NULL;
	n = snprintf(text, sizeof(text), six ? "[%s]:%u" : "%s:%u", url->host,
	             (unsigned)url->port);
	return n < 0 || (size_t)n >= sizeof(text)
	               ? PST_INVALID
	               : tunnel_name_read(text, (size_t)n, false, name_out);
}

static int add_others(struct tunnel_conf *c, struct pst_setup *setup)
{
	int result = PST_OK;
	uint32_t i;

	for (i = 0; i < setup->connect_count; i++) {
		struct tunnel_target *t = &c->list[c->count];

		if (is_mentioned(c, i)) {
			continue;
		}
		t->index = i;
		t->order = (uint32_t)c->count;
		if (tunnel_url_name(setup->connects[i].url, &t->name) !=
		    PST_OK) {
			pst_error(
				setup, "targets",
				"connect pipeline %u (%.200s) has no URL with "
				"host and port that clients could ask for; "
				"name it: targets = [ \"host:port = %u\" ]",
				(unsigned)i, words_of(&setup->connects[i]),
				(unsigned)i);
			result = PST_CONFIG;
			continue;
		}
		c->count++;
	}
	return result;
}

static int compare(const void *left, const void *right)
{
	const struct tunnel_target *a = left, *b = right;
	int order = tunnel_name_compare(&a->name, &b->name);

	if (order != 0) {
		return order;
	}
	return a->order < b->order ? -1 : a->order > b->order;
}

static int check_twice(const struct tunnel_conf *c, struct pst_setup *setup)
{
	char name[TUNNEL_HOST_SIZE + 16];
	size_t i, k;

	for (i = 0; i < c->count; i++) {
		for (k = i + 1;
		     k < c->count && tunnel_name_compare(&c->list[i].name,
		                                         &c->list[k].name) == 0;
		     k++) {
			if (c->list[i].index != c->list[k].index) {
				continue;
			}
			tunnel_name_write(&c->list[i].name, name, sizeof(name));
			pst_error(
				setup, "targets",
				"\"%s\" leads to connect pipeline %u (%.200s) "
				"twice; remove one",
				name, (unsigned)c->list[i].index,
				words_of(&setup->connects[c->list[i].index]));
			return PST_CONFIG;
		}
	}
	return PST_OK;
}

int tunnel_conf_init(void *conf, struct pst_setup *setup)
{
	struct tunnel_conf *c = conf;
	int entries, others;

	if (setup->connect_count == 0) {
		return PST_OK; /* the core has said what is missing */
	}
	c->list = calloc(c->targets.count + setup->connect_count,
	                 sizeof(*c->list));
	if (c->list == NULL) {
		pst_error(setup, NULL, "memory ran out");
		return PST_CONFIG;
	}
	entries = read_entries(c, setup);
	/* an entry that is wrong mentions nobody knows whom */
	others = entries == PST_OK ? add_others(c, setup) : PST_OK;
	qsort(c->list, c->count, sizeof(*c->list), compare);
	return entries != PST_OK || others != PST_OK ? PST_CONFIG
	                                             : check_twice(c, setup);
}

void tunnel_conf_finish(void *conf)
{
	struct tunnel_conf *c = conf;

	free(c->list);
	c->list = NULL;
}

void tunnel_conf_explain(const void *conf, struct pst_setup *setup)
{
	const struct tunnel_conf *c = conf;
	char name[TUNNEL_HOST_SIZE + 16];
	size_t i;

	for (i = 0; i < c->count; i++) {
		const struct tunnel_target *t = &c->list[i];

		tunnel_name_write(&t->name, name, sizeof(name));
		pst_explain(setup, "CONNECT", "%s leads to connect %u: %s",
		            name, (unsigned)t->index,
		            words_of(&setup->connects[t->index]));
	}
}

/* -- requests ------------------------------------------------------------ */

/* How many targets have this name, the first in `*first_out`. */
static size_t look_up(const struct tunnel_conf *c,
                      const struct tunnel_name *name,
                      const struct tunnel_target **first_out)
{
	size_t low = 0, high = c->count, n = 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (tunnel_name_compare(&c->list[middle].name, name) < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	*first_out = &c->list[low];
	while (low + n < c->count &&
	       tunnel_name_compare(&c->list[low + n].name, name) == 0) {
		n++;
	}
	return n;
}

size_t tunnel_find(const struct tunnel_conf *c, const char *authority,
                   size_t length, const struct tunnel_target **first_out)
{
	struct tunnel_name name;
	size_t n;

	if (tunnel_name_read(authority, length, false, &name) != PST_OK) {
		return 0;
	}
	n = look_up(c, &name, first_out);
	if (n == 0 && tunnel_name_widen(&name)) {
		n = look_up(c, &name, first_out);
	}
	return n;
}
