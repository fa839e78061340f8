/* SPDX-License-Identifier: MIT */
/* From a file, or a generation, to a gateway. */
#include "configure.h"

#include "arena.h"
#include "conf_file.h"
#include "gateway_settings.h"
#include "generation.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static struct configuration *create(void)
{
	struct configuration *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		return NULL;
	}
	c->memory = calloc(1, sizeof(*c->memory));
	if (c->memory == NULL) {
		free(c);
		return NULL;
	}
	arena_init(c->memory);
	if (getrandom(c->seed, sizeof(c->seed), 0) != sizeof(c->seed)) {
		abort(); /* keys are made of it: never without */
	}
	return c;
}

void configure_destroy(struct configuration *c)
{
	if (c == NULL) {
		return;
	}
	conf_value_destroy(c->tree);
	explicit_bzero(c->seed, sizeof(c->seed));
	file_store_destroy(c->files);
	arena_finish(c->memory);
	free(c->memory);
	free(c);
}

static int out_of_memory(struct diag *d, struct configuration *c)
{
	diag_add(d, PST_LOG_ERROR, NULL, 0, NULL, "out of memory");
	configure_destroy(c);
	return PST_CONFIG;
}

/* The tree is there: read what concerns the process. */
static int complete(struct configuration *c, struct diag *d, size_t errors,
                    struct configuration **c_out)
{
	if (c->tree == NULL) {
		configure_destroy(c);
		return PST_CONFIG;
	}
	if (c->files == NULL) {
		c->files = file_store_create();
	}
	if (c->files == NULL ||
	    gateway_settings_read(c->tree, c->memory, c->files, d,
	                          &c->settings) == PST_MEMORY) {
		return out_of_memory(d, c);
	}
	c->failed = c->partial || d->errors != errors;
	*c_out = c;
	return c->failed ? PST_CONFIG : PST_OK;
}

int configure_load(const char *path, struct diag *d,
                   struct configuration **c_out)
{
	struct configuration *c = create();
	size_t errors = d->errors;
	bool whole;

	*c_out = NULL;
	if (c == NULL) {
		return out_of_memory(d, NULL);
	}
	c->tree = conf_file_read(path, d, &whole);
	c->partial = !whole;
	return complete(c, d, errors, c_out);
}

int configure_load_text(const char *name, const char *text, struct diag *d,
                        struct configuration **c_out)
{
	struct configuration *c = create();
	size_t errors = d->errors;
	bool whole;

	*c_out = NULL;
	if (c == NULL) {
		return out_of_memory(d, NULL);
	}
	c->tree = conf_text_read(name, text, strlen(text), d, &whole);
	c->partial = !whole;
	return complete(c, d, errors, c_out);
}

int configure_load_generation(int fd, struct diag *d,
                              struct configuration **c_out)
{
	struct configuration *c = create();
	size_t errors = d->errors;
	int result;

	*c_out = NULL;
	if (c == NULL) {
		return out_of_memory(d, NULL);
	}
	c->checked = true;
	result = generation_read(fd, &c->tree, &c->files, c->seed);
	if (result == PST_MEMORY) {
		return out_of_memory(d, c);
	}
	if (result != PST_OK) {
		diag_add(d, PST_LOG_ERROR, NULL, 0, NULL,
		         "the configuration that was handed over cannot be "
		         "read: %s",
		         result == PST_IO ? strerror(errno)
		                          : "it is not whole, or not sealed");
		configure_destroy(c);
		return PST_CONFIG;
	}
	return complete(c, d, errors, c_out);
}

/* -- from a URL -------------------------------------------------------- */

#define MADE_UP "command line"

static struct conf_value *child(struct conf_value *parent, enum conf_type type,
                                const char *name, const char *path,
                                const char *text)
{
	struct conf_value *v =
		parent == NULL ? NULL : conf_value_create(type, name, NULL, 0);

	if (v == NULL) {
		return NULL;
	}
	v->path = strdup(path);
	v->string = text == NULL ? NULL : strdup(text);
	if (v->path == NULL || (text != NULL && v->string == NULL)) {
		conf_value_destroy(v);
		return NULL;
	}
	return conf_value_append(parent, v) == PST_OK ? v : NULL;
}

static struct conf_value *layer_group(struct conf_value *connect,
                                      const char *layer)
{
	size_t i;

	for (i = 0; i < connect->count; i++) {
		if (strcmp(connect->children[i]->name, layer) == 0) {
			return connect->children[i];
		}
	}
	return child(connect, CONF_GROUP, layer, layer, NULL);
}

/* A setting that is given again is one more in a list. */
static struct conf_value *put_setting(struct conf_value *group,
                                      const char *name, const char *path,
                                      const char *text)
{
	size_t i;

	for (i = 0; group != NULL && i < group->count; i++) {
		struct conf_value *v = group->children[i];

		if (strcmp(v->name, name) != 0) {
			continue;
		}
		if (v->type == CONF_STRING &&
		    child(v, CONF_STRING, NULL, path, v->string) == NULL) {
			return NULL;
		}
		if (v->type == CONF_STRING) {
			v->type = CONF_LIST;
			free(v->string);
			v->string = NULL;
		}
		return child(v, CONF_STRING, NULL, path, text);
	}
	return child(group, CONF_STRING, name, path, text);
}

/* `text` is cut apart. */
static int add_setting(struct conf_value *connect, char *text, struct diag *d)
{
	char *value = strchr(text, '='), *option;
	struct conf_value *group, *v;

	if (value != NULL) {
		*value++ = '\0';
	}
	option = strchr(text, '.');
	if (value == NULL || text[0] == '\0' || text[0] == '.' ||
	    (option != NULL && option[1] == '\0')) {
		diag_add(d, PST_LOG_ERROR, MADE_UP, 0, NULL,
		         "\"%s\" is not a setting; write LAYER.OPTION=VALUE",
		         text);
		return PST_CONFIG;
	}
	if (option == NULL) { /* of the hop itself */
		v = put_setting(connect, text, text, value);
		return v == NULL ? PST_MEMORY : PST_OK;
	}
	*option = '\0';
	group = layer_group(connect, text);
	*option = '.';
	v = put_setting(group, option + 1, text, value);
	return v == NULL ? PST_MEMORY : PST_OK;
}

static int add_settings(struct conf_value *connect, const char *const *settings,
                        size_t count, struct diag *d)
{
	int result = PST_OK, one;
	size_t i;

	for (i = 0; i < count && result != PST_MEMORY; i++) {
		char *text = strdup(settings[i]);

		one = text == NULL ? PST_MEMORY : add_setting(connect, text, d);
		free(text);
		result = one != PST_OK ? one : result;
	}
	return result;
}

static int make_up(struct configuration *c, const char *url,
                   const char *const *settings, size_t count, struct diag *d)
{
	struct conf_value *services, *service, *connect;

	c->tree = conf_value_create(CONF_GROUP, NULL, NULL, 0);
	services = child(c->tree, CONF_LIST, "services", "services", NULL);
	service = child(services, CONF_GROUP, NULL, "connect", NULL);
	if (child(service, CONF_STRING, "name", "name", "connect") == NULL) {
		return PST_MEMORY;
	}
	connect = child(service, CONF_GROUP, "connect", "connect", NULL);
	if (child(connect, CONF_STRING, "url", "url", url) == NULL) {
		return PST_MEMORY;
	}
	return add_settings(connect, settings, count, d);
}

int configure_load_url(const char *url, const char *const *settings,
                       size_t count, struct diag *d,
                       struct configuration **c_out)
{
	struct configuration *c = create();
	size_t errors = d->errors;

	*c_out = NULL;
	if (c == NULL || make_up(c, url, settings, count, d) == PST_MEMORY) {
		return out_of_memory(d, c);
	}
	c->connect_only = true;
	return complete(c, d, errors, c_out);
}

/* -- the gateway ------------------------------------------------------- */

int configure_build(struct configuration *c, struct registry *r,
                    const struct pst_core *core, struct diag *d,
                    struct gateway **gateway_out)
{
	struct gateway_params p;
	size_t errors = d->errors;
	int result;

	*gateway_out = NULL;
	if (c->partial && conf_get(c->tree, "services") == NULL) {
		return PST_CONFIG; /* they may be in what is missing */
	}
	memset(&p, 0, sizeof(p));
	p.root = c->tree;
	p.registry = r;
	p.files = c->files;
	p.core = core;
	p.settings = &c->settings;
	p.diag = d;
	p.seed = c->seed;
	p.checked = c->checked;
	p.reload = c->reload;
	p.connect_only = c->connect_only;
	result = gateway_build(&p, gateway_out);
	if (result == PST_OK && (c->failed || d->errors != errors)) {
		gateway_destroy(*gateway_out);
		*gateway_out = NULL;
		result = PST_CONFIG;
	}
	return result == PST_OK ? PST_OK : PST_CONFIG;
}

int configure_seal(const struct configuration *c, int *fd_out)
{
	return generation_write(c->tree, c->files, c->seed, fd_out);
}
