/* SPDX-License-Identifier: MIT */
/* The layer `tunnel`: a connect hop that goes through a foreign HTTP proxy, by
 * CONNECT (RFC 9110 9.3.6). It asks, and leaves once it has been let through. */
#include "tunnel.h"

#include <penstock/head.h>
#include <stdlib.h>
#include <string.h>

enum {
	SECRET_MAX = 512 /* bytes of credentials */
};

struct through_conf {
	const char *target;
	struct pst_file credentials;

	/* derived */
	char authority[TUNNEL_HOST_SIZE + 16];
	char *authorization; /* owned: the field's value, or NULL */
};

struct through {
	bool asked;
};

/* -- settings ------------------------------------------------------------ */

static const struct pst_option options[] = {
	{
		.name = "target",
		.type = PST_OPTION_STRING,
		.flags = PST_OPTION_CONNECT,
		.offset = offsetof(struct through_conf, target),
		.help = "\"host:port\" to ask the proxy for; without it those "
			"of the URL.",
	},
	{
		.name = "credentials",
		.type = PST_OPTION_FILE,
		.flags = PST_OPTION_CONNECT | PST_OPTION_SECRET,
		.offset = offsetof(struct through_conf, credentials),
		.help = "A file with user:password in its first line, for the "
			"proxy (Basic).",
	},
	{.name = NULL},
};

static int set_target(struct through_conf *c, struct pst_setup *setup)
{
	struct tunnel_name name;

	if (c->target == NULL && tunnel_url_name(setup->url, &name) != PST_OK) {
		pst_error(setup, "target",
		          "it is missing, and no URL says whom to ask the "
		          "proxy for; write \"host:port\"");
		return PST_CONFIG;
	}
	if (c->target != NULL && tunnel_name_read(c->target, strlen(c->target),
	                                          false, &name) != PST_OK) {
		pst_error(setup, "target",
		          "\"%.200s\" is not a host and a port; write, for "
		          "example, \"db.example.com:5432\"",
		          c->target);
		return PST_CONFIG;
	}
	tunnel_name_write(&name, c->authority, sizeof(c->authority));
	return PST_OK;
}

/* RFC 4648 4 */
static void write_base64(const uint8_t *p, size_t n, char *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz"
				     "0123456789+/";
	size_t i;

	for (i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)p[i] << 16 |
		             (i + 1 < n ? (uint32_t)p[i + 1] << 8 : 0) |
		             (i + 2 < n ? (uint32_t)p[i + 2] : 0);

		*out++ = digits[v >> 18];
		*out++ = digits[v >> 12 & 63];
		*out++ = i + 1 < n ? digits[v >> 6 & 63] : '=';
		*out++ = i + 2 < n ? digits[v & 63] : '=';
	}
	*out = '\0';
}

/* RFC 7617 2: a colon ends the user, and nothing is a control character. */
static bool credentials_ok(const uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (p[i] < 0x20 || p[i] == 0x7f) {
			return false;
		}
	}
	return n != 0 && n <= SECRET_MAX && memchr(p, ':', n) != NULL;
}

static size_t first_line(const struct pst_file *file)
{
	const uint8_t *end = memchr(file->data, '\n', file->length);
	size_t n = end == NULL ? file->length : (size_t)(end - file->data);

	return n != 0 && file->data[n - 1] == '\r' ? n - 1 : n;
}

static int set_authorization(struct through_conf *c, struct pst_setup *setup)
{
	static const char basic[] = "Basic ";
	size_t n;

	if (c->credentials.data == NULL) {
		return PST_OK;
	}
	n = first_line(&c->credentials);
	if (!credentials_ok(c->credentials.data, n)) {
		pst_error(setup, "credentials",
		          "the first line of %s is not user:password, without "
		          "control characters and of at most %d bytes",
		          c->credentials.path, SECRET_MAX);
		return PST_CONFIG;
	}
	c->authorization = malloc(sizeof(basic) + (n + 2) / 3 * 4);
	if (c->authorization == NULL) {
		pst_error(setup, NULL, "memory ran out");
		return PST_CONFIG;
	}
	memcpy(c->authorization, basic, sizeof(basic) - 1);
	write_base64(c->credentials.data, n,
	             c->authorization + sizeof(basic) - 1);
	return PST_OK;
}

static int conf_init(void *conf, struct pst_setup *setup)
{
	struct through_conf *c = conf;
	int target = set_target(c, setup);
	int authorization = set_authorization(c, setup);

	return target != PST_OK || authorization != PST_OK ? PST_CONFIG
	                                                   : PST_OK;
}

static void conf_finish(void *conf)
{
	struct through_conf *c = conf;

	if (c->authorization != NULL) {
		explicit_bzero(c->authorization, strlen(c->authorization));
	}
	free(c->authorization);
	c->authorization = NULL;
}

static void conf_explain(const void *conf, struct pst_setup *setup)
{
	const struct through_conf *c = conf;

	pst_explain(setup, "CONNECT", "%s%s", c->authority,
	            c->authorization == NULL ? "" : ", with credentials");
}

/* -- the opening --------------------------------------------------------- */

static enum pst_step fail_memory(struct pst_instance *me)
{
	pst_fail(me, PST_CLASS_INTERNAL, 0, "out of memory");
	return PST_STEP_ERROR;
}

static enum pst_step ask(struct pst_instance *me, struct pst_io *io)
{
	const struct through_conf *c = me->conf;
	struct through *t = me->state;
	const char *secret = c->authorization == NULL ? "" : c->authorization;
	size_t room =
		pst_head_room(1, 64 + strlen(c->authority) + strlen(secret));
	struct pst_slice *s = pst_slice_new(me, room);
	struct pst_head_builder b;
	int64_t size;

	if (s == NULL) {
		return fail_memory(me);
	}
	pst_head_begin(&b, s->data, room, PST_HEAD_REQUEST);
	b.head->upgrade_by = PST_UPGRADE_CONNECT;
	pst_head_set(&b, &b.head->method, "CONNECT", 7);
	pst_head_set(&b, &b.head->authority, c->authority,
	             strlen(c->authority));
	if (c->authorization != NULL) {
		pst_head_add(&b, "Proxy-Authorization", 19, secret,
		             strlen(secret));
	}
	size = pst_head_finish(&b);
	if (size < 0) {
		pst_slice_free(me, s);
		return fail_memory(me);
	}
	pst_slice_append(s, (uint32_t)size);
	s->flags = PST_HEAD;
	pst_put(me, io->tx_out, s);
	t->asked = true;
	return PST_STEP_OK;
}

static enum pst_class class_of(unsigned status)
{
	switch (status) {
	case 408:
	case 504:
		return PST_CLASS_TIMEOUT;
	case 429:
	case 503:
		return PST_CLASS_OVERLOAD;
	case 500:
	case 502:
		return PST_CLASS_UNREACHABLE;
	default:
		return PST_CLASS_REFUSED;
	}
}

/* A response without the tunnel. */
static enum pst_step refused(struct pst_instance *me, unsigned status)
{
	const struct through_conf *c = me->conf;

	pst_fail(me, class_of(status), status,
	         "the proxy answered CONNECT %s with %u%s", c->authority,
	         status,
	         status != 407              ? ""
	         : c->authorization == NULL ? ": it wants credentials"
	                                    : ": it does not take these "
	                                      "credentials");
	return PST_STEP_ERROR;
}

static enum pst_step unanswered(struct pst_instance *me, struct pst_io *io)
{
	if (io->rx_in->end == PST_END_OPEN) {
		return PST_STEP_OK;
	}
	pst_fail(me,
	         io->rx_in->end == PST_END_CLEAN
	                 ? PST_CLASS_TRUNCATED
	                 : (enum pst_class)io->rx_in->end_class,
	         0, "the proxy ended the connection without an answer");
	return PST_STEP_ERROR;
}

static enum pst_step look(struct pst_instance *me, struct pst_io *io)
{
	for (;;) {
		struct pst_slice *s = pst_peek(io->rx_in);
		const struct pst_head *h;
		bool final, granted;
		unsigned status;

		if (s == NULL) {
			return unanswered(me, io);
		}
		h = (const void *)s->data;
		if ((s->flags & PST_HEAD) == 0) {
			pst_fail(me, PST_CLASS_PROTOCOL, 0,
			         "the proxy sent a body without a head");
			return PST_STEP_ERROR;
		}
		final = h->kind == PST_HEAD_RESPONSE;
		granted = h->upgrade_by == PST_UPGRADE_CONNECT;
		status = h->status;
		pst_slice_free(me, pst_take(me, io->rx_in));
		if (final) {
			return granted ? PST_STEP_TRANSPARENT
			               : refused(me, status);
		}
	}
}

static enum pst_step step(struct pst_instance *me, struct pst_io *io)
{
	const struct through *t = me->state;
	enum pst_step result = PST_STEP_OK;

	if (!t->asked) {
		result = ask(me, io);
	}
	return result == PST_STEP_OK ? look(me, io) : result;
}

const struct pst_layer tunnel_layer = {
	.size = sizeof(tunnel_layer),
	.roles = PST_CONNECT,
	.id = "tunnel",
	.help = "CONNECT at a foreign HTTP proxy: bytes over exchanges.",
	.below = PST_SHAPE_EXCHANGES,
	.above = PST_SHAPE_BYTES,
	.provides = PST_PROVIDES_HALF_CLOSE | PST_PROVIDES_RELAY,
	.state_size = sizeof(struct through),
	.conf_size = sizeof(struct through_conf),
	.options = options,
	.option_stride = sizeof(struct pst_option),
	.conf_init = conf_init,
	.conf_finish = conf_finish,
	.conf_explain = conf_explain,
	.step = step,
};
