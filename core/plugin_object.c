/* SPDX-License-Identifier: MIT */
/* One shared object that may be a plugin: looked at, loaded, begun, ended. */
#include "plugin_object.h"

#include "elf_note.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *plugin_object_name(const struct plugin_object *o)
{
	if (o->shown != NULL) {
		return o->shown;
	}
	return o->plugin->name != NULL ? o->plugin->name : "(linked in)";
}

void plugin_object_refuse(struct plugin_object *o, const char *fmt, ...)
{
	const size_t size = sizeof(o->refused);
	int length;
	va_list ap;

	length = snprintf(o->refused, size, "%.1000s ", plugin_object_name(o));
	va_start(ap, fmt);
	vsnprintf(o->refused + length, size - (size_t)length, fmt, ap);
	va_end(ap);
}

/* Whoever may write to the file or to its folder can run code as us. */
static int permissions_check(struct plugin_object *o, int fd)
{
	char *folder, *slash;
	struct stat st;
	int result = PST_OK;

	if (fstat(fd, &st) == 0 && (st.st_mode & S_IWOTH) != 0) {
		plugin_object_refuse(o, "is refused: it is writable by others; "
		                        "run chmod o-w on it");
		return PST_CONFIG;
	}
	folder = strdup(o->path);
	slash = folder == NULL ? NULL : strrchr(folder, '/');
	if (slash == NULL) {
		free(folder);
		return PST_MEMORY;
	}
	slash[slash == folder ? 1 : 0] = '\0';
	if (stat(folder, &st) != 0 || (st.st_mode & S_IWOTH) != 0) {
		plugin_object_refuse(o,
		                     "is refused: its folder %s is writable "
		                     "by others; run chmod o-w on it",
		                     folder);
		result = PST_CONFIG;
	}
	free(folder);
	return result;
}

static int abi_check(struct plugin_object *o, uint32_t abi)
{
	const bool same = PST_ABI_MAJOR == 0 ? abi == PST_ABI
	                                     : abi >> 16 == PST_ABI_MAJOR;

	if (!same) {
		plugin_object_refuse(o,
		                     "is refused: it was built for plugin ABI "
		                     "%u.%u and this is %u.%u; build it again",
		                     abi >> 16, abi & 0xffff, PST_ABI_MAJOR,
		                     PST_ABI_MINOR);
	}
	return same ? PST_OK : PST_CONFIG;
}

static int object_look(struct plugin_object *o, int fd)
{
	struct elf_note note;
	const char *why;

	if (elf_note_read(fd, &note, &why) != PST_OK) {
		plugin_object_refuse(o, "is not a plugin: %s", why);
		return PST_CONFIG;
	}
	memcpy(o->provides, note.text, sizeof(o->provides));
	o->abi = note.abi;
	if (permissions_check(o, fd) != PST_OK) {
		return PST_CONFIG;
	}
	return abi_check(o, note.abi);
}

struct plugin_object *plugin_object_create(const char *folder, const char *name)
{
	struct plugin_object *o = calloc(1, sizeof(*o));
	int fd;

	if (o == NULL || asprintf(&o->shown, "%s/%s", folder, name) < 0) {
		free(o);
		return NULL;
	}
	o->path = realpath(o->shown, NULL);
	fd = o->path == NULL ? -1
	                     : open(o->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		plugin_object_refuse(o, "cannot be read: %s", strerror(errno));
	} else {
		/* What is wrong stands in o->refused. */
		(void)!object_look(o, fd);
		close(fd);
	}
	if (o->path == NULL) {
		o->path = strdup(o->shown);
	}
	if (o->path == NULL) {
		plugin_object_destroy(o);
		return NULL;
	}
	return o;
}

struct plugin_object *plugin_object_linked(const struct pst_plugin *plugin,
                                           const char *provides)
{
	struct plugin_object *o = calloc(1, sizeof(*o));

	if (o != NULL) {
		snprintf(o->provides, sizeof(o->provides), "%s", provides);
		o->plugin = plugin;
		o->abi = plugin->abi;
		(void)!abi_check(o, plugin->abi);
	}
	return o;
}

void plugin_object_destroy(struct plugin_object *o)
{
	if (o != NULL) {
		free(o->path);
		free(o->shown);
		free(o);
	}
}

static int plugin_check(struct plugin_object *o, const struct pst_plugin *p)
{
	if (p->magic != PST_MAGIC) {
		plugin_object_refuse(o,
		                     "is refused: its symbol pst_plugin "
		                     "begins with 0x%08x instead of 0x%08x",
		                     p->magic, PST_MAGIC);
		return PST_CONFIG;
	}
	if (p->size < sizeof(*p)) {
		plugin_object_refuse(o,
		                     "is refused: its symbol pst_plugin has "
		                     "%u bytes instead of %zu",
		                     p->size, sizeof(*p));
		return PST_CONFIG;
	}
	if (p->abi != o->abi) {
		plugin_object_refuse(o,
		                     "is refused: its note says ABI %u.%u, its "
		                     "symbol pst_plugin %u.%u; build it again",
		                     o->abi >> 16, o->abi & 0xffff,
		                     p->abi >> 16, p->abi & 0xffff);
		return PST_CONFIG;
	}
	if (p->get == NULL || p->name == NULL) {
		plugin_object_refuse(o,
		                     "is refused: its symbol pst_plugin has "
		                     "no %s",
		                     p->get == NULL ? "get" : "name");
		return PST_CONFIG;
	}
	return PST_OK;
}

int plugin_object_load(struct plugin_object *o)
{
	const struct pst_plugin *p;
	void *handle;
	int result;

	if (o->refused[0] != '\0') {
		return PST_CONFIG;
	}
	if (o->plugin != NULL) {
		return PST_OK;
	}
	handle = dlopen(o->path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (handle == NULL) {
		plugin_object_refuse(o, "cannot be loaded: %s", dlerror());
		return PST_CONFIG;
	}
	p = dlsym(handle, "pst_plugin");
	if (p == NULL) {
		plugin_object_refuse(o, "is refused: it exports no symbol "
		                        "pst_plugin");
		dlclose(handle);
		return PST_CONFIG;
	}
	result = plugin_check(o, p);
	/* With RTLD_NODELETE this gives back the handle, not the object. */
	dlclose(handle);
	o->plugin = result == PST_OK ? p : NULL;
	return result;
}

int plugin_object_init(struct plugin_object *o, const struct pst_core *core)
{
	int failed;

	if (o->refused[0] != '\0') {
		return PST_CONFIG;
	}
	if (o->begun) {
		return PST_OK;
	}
	failed = o->plugin->init == NULL ? 0 : o->plugin->init(core);
	if (failed != 0) {
		plugin_object_refuse(o, "is refused: its init failed with %d",
		                     failed);
		return PST_CONFIG;
	}
	o->begun = true;
	return PST_OK;
}

void plugin_object_finish(struct plugin_object *o)
{
	if (o->begun && o->plugin->finish != NULL) {
		o->plugin->finish();
	}
	o->begun = false;
}
