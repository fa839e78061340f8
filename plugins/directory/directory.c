/* SPDX-License-Identifier: MIT */
/* The service `directory`: files of a folder, to exchanges. */
#include "directory.h"

#include <errno.h>
#include <inttypes.h>
#include <penstock/plugin.h>
#include <unistd.h>

#ifndef PST_VERSION
#define PST_VERSION "0.1"
#endif

enum {
	PART = 16 * 1024 /* bytes of body per slice */
};

struct directory {
	struct pst_slice *request; /* its head, owned until it is answered */
	struct directory_answer answer;
	bool ready;    /* the request is read, or need not be */
	bool answered; /* `answer` is made */
	bool done;     /* tx_out has ended */
};

static int offer(struct pst_instance *me, struct pst_io *io)
{
	const struct pst_answer answer = {.size = sizeof(answer), .accept = 1};
	struct directory *d = me->state;

	(void)io;
	d->answer.fd = -1;
	pst_service_answer(me, &answer);
	return PST_OK;
}

/* RFC 9110 10.1.1: a client that asks first is spared sending its body. 7.8: one
 * that asks for an upgrade waits for what it is told, too. Takes ownership. */
static void look_at(struct pst_instance *me, struct pst_slice *s)
{
	struct directory *d = me->state;
	const struct pst_head *h = (const void *)s->data;

	d->ready = d->ready || (s->flags & PST_EOM) != 0;
	if ((s->flags & PST_HEAD) != 0 && h->kind == PST_HEAD_REQUEST &&
	    d->request == NULL && !d->answered) {
		d->ready = d->ready || pst_head_count(h, "Expect") != 0 ||
		           h->upgrade_by != PST_UPGRADE_NONE;
		d->request = s;
		return;
	}
	pst_slice_free(me, s);
}

/* Read the request to its end: a client that still sends may not listen. */
static bool drain(struct pst_instance *me, struct pst_io *io)
{
	uint32_t read = 0;

	while (pst_peek(io->rx_in) != NULL) {
		struct pst_slice *s;

		if (read >= io->budget) {
			return false;
		}
		s = pst_take(me, io->rx_in);
		read += s->length;
		look_at(me, s);
	}
	return true;
}

static void finish(struct pst_instance *me, struct pst_io *io, enum pst_end end,
                   enum pst_class why)
{
	struct directory *d = me->state;

	directory_answer_close(me, &d->answer);
	d->done = true;
	pst_end(me, io->tx_out, end, why);
}

static enum pst_step no_memory(struct pst_instance *me)
{
	pst_fail(me, PST_CLASS_INTERNAL, 0, "out of memory");
	return PST_STEP_ERROR;
}

/* The length is promised: what cannot be kept must not look whole. */
static enum pst_step broken(struct pst_instance *me, struct pst_io *io,
                            int error)
{
	struct directory *d = me->state;
	uint64_t missing = d->answer.end - d->answer.at;

	pst_fail(me, PST_CLASS_TRUNCATED, 0,
	         "the file %s while it was sent: %" PRIu64 " bytes are missing",
	         error == 0 ? "shrank" : strerror(error), missing);
	finish(me, io, PST_END_RESET, PST_CLASS_TRUNCATED);
	return PST_STEP_ERROR;
}

static ssize_t read_part(const struct directory_answer *a, void *to, size_t n)
{
	ssize_t got;

	if (a->fd < 0) {
		memcpy(to, a->text + a->at, n);
		return (ssize_t)n;
	}
	do {
		got = pread(a->fd, to, n, (off_t)a->at);
	} while (got < 0 && errno == EINTR);
	return got;
}

static enum pst_step put_part(struct pst_instance *me, struct pst_io *io)
{
	struct directory *d = me->state;
	struct directory_answer *a = &d->answer;
	size_t n = a->end - a->at < PART ? (size_t)(a->end - a->at) : PART;
	struct pst_slice *s = pst_slice_new(me, n);
	ssize_t got;

	if (s == NULL) {
		return no_memory(me);
	}
	got = read_part(a, s->data, n);
	if (got <= 0) {
		int error = got < 0 ? errno : 0;

		pst_slice_free(me, s);
		return broken(me, io, error);
	}
	pst_slice_append(s, (uint32_t)got);
	a->at += (uint64_t)got;
	s->flags = a->at == a->end ? PST_EOM : 0;
	pst_put(me, io->tx_out, s);
	if (a->at == a->end) {
		finish(me, io, PST_END_CLEAN, PST_CLASS_CLEAN);
	}
	return PST_STEP_OK;
}

static enum pst_step put_head(struct pst_instance *me, struct pst_io *io)
{
	struct directory *d = me->state;
	struct pst_slice *s;

	if (directory_answer(me, (const void *)d->request->data, &d->answer) !=
	    PST_OK) {
		return no_memory(me);
	}
	d->answered = true;
	pst_slice_free(me, d->request);
	d->request = NULL;
	s = d->answer.head;
	d->answer.head = NULL;
	pst_put(me, io->tx_out, s);
	if (d->answer.at == d->answer.end) {
		finish(me, io, PST_END_CLEAN, PST_CLASS_CLEAN);
	}
	return PST_STEP_OK;
}

static enum pst_step send(struct pst_instance *me, struct pst_io *io)
{
	struct directory *d = me->state;
	uint64_t sent = 0;
	enum pst_step result = PST_STEP_OK;

	while (!d->done && result == PST_STEP_OK &&
	       pst_room(me, io->tx_out) != 0) {
		uint64_t before = d->answer.at;

		if (sent >= io->budget) {
			return PST_STEP_MORE;
		}
		if (!d->answered) {
			result = put_head(me, io);
		} else {
			result = put_part(me, io);
			sent += d->answer.at - before;
		}
	}
	return result;
}

static enum pst_step step(struct pst_instance *me, struct pst_io *io)
{
	struct directory *d = me->state;
	bool drained = drain(me, io);
	enum pst_step result = PST_STEP_OK;

	if (d->ready && (d->request != NULL || d->answered)) {
		result = send(me, io);
	}
	if (result == PST_STEP_ERROR) {
		return result;
	}
	if (!drained) {
		return PST_STEP_MORE;
	}
	if (pst_ended(io->rx_in) && !d->ready && !d->done) {
		finish(me, io, PST_END_RESET, PST_CLASS_TRUNCATED);
	}
	return result;
}

static void close_all(struct pst_instance *me, enum pst_close why)
{
	struct directory *d = me->state;

	(void)why;
	pst_slice_free(me, d->request);
	pst_slice_free(me, d->answer.head);
	directory_answer_close(me, &d->answer);
}

static const struct pst_service directory = {
	.size = sizeof(directory),
	.id = "directory",
	.help = "Serves the files of a folder: types, ranges, conditions, "
		"compressed files, error pages.",
	.shapes = PST_SHAPE_EXCHANGES,
	.state_size = sizeof(struct directory),
	.conf_size = sizeof(struct directory_conf),
	.options = directory_options,
	.option_stride = sizeof(struct pst_option),
	.conf_init = directory_conf_init,
	.conf_finish = directory_conf_finish,
	.offer = offer,
	.step = step,
	.close = close_all,
};

static const void *get(const char *extension, uint32_t n)
{
	return n == 0 && strcmp(extension, PST_EXTENSION_SERVICE) == 0
	               ? &directory
	               : NULL;
}

PST_PLUGIN_NOTE("service:directory");

PST_EXPORT const struct pst_plugin PST_PLUGIN_SYMBOL = {
	.magic = PST_MAGIC,
	.size = sizeof(struct pst_plugin),
	.abi = PST_ABI,
	.name = "directory",
	.version = PST_VERSION,
	.license = "MIT",
	.get = get,
};
