/* SPDX-License-Identifier: MIT */
/* What the tests of the http layer share: kits of both roles, short checks. */
#ifndef TEST_HTTP_KIT_H
#define TEST_HTTP_KIT_H

#include "pst_test.h"

#include <penstock/plugin.h>
#include <penstock/testkit.h>

#define DATE "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"

__attribute__((unused)) static struct pst_kit *http_kit(
	enum pst_role role, const char *const *options,
	const struct pst_url *url)
{
	struct pst_kit_params p = {
		.layer = PST_PLUGIN_SYMBOL.get(PST_EXTENSION_LAYER, 0),
		.mux = PST_PLUGIN_SYMBOL.get(PST_EXTENSION_MUX, 0),
		.role = role,
		.options = options,
		.url = url,
	};
	struct pst_kit *k = pst_kit_create(&p);

	pst_kit_set_wall_clock(k, 784111777);
	if (pst_kit_ready(k)) {
		pst_kit_run(k);
	}
	return k;
}

__attribute__((unused)) static struct pst_kit *front_with(const char *name,
                                                          const char *value)
{
	const char *const options[] = {name, value, NULL};

	return http_kit(PST_ACCEPT, options, NULL);
}

__attribute__((unused)) static struct pst_kit *front(void)
{
	return http_kit(PST_ACCEPT, NULL, NULL);
}

/** Bytes arrive; the kit runs. */
__attribute__((unused)) static void receive(struct pst_kit *k, const char *text)
{
	pst_kit_feed(pst_kit_rx_in(k), text, strlen(text));
	pst_kit_run(k);
}

__attribute__((unused)) static void hang_up(struct pst_kit *k, enum pst_end end)
{
	pst_kit_end(pst_kit_rx_in(k), end, PST_CLASS_UNREACHABLE);
	pst_kit_run(k);
}

/** Everything sent so far, taken; valid until the next call. */
__attribute__((unused)) static const char *sent(struct pst_kit *k)
{
	static char text[1 << 17];
	size_t n = pst_kit_read(pst_kit_tx_out(k), text, sizeof(text) - 1);

	text[n] = '\0';
	return text;
}

/** True when what was sent begins so; it is taken. */
__attribute__((unused)) static bool sends(struct pst_kit *k, const char *text)
{
	const char *got = sent(k);
	bool same = strncmp(got, text, strlen(text)) == 0;

	if (!same) {
		fprintf(stderr, "want %s\ngot  %s\n", text, got);
	}
	return same;
}

/** The next head above stream `n`, taken; valid until the next call. */
__attribute__((unused)) static const struct pst_head *next_head(
	struct pst_kit *k, unsigned n, uint32_t *flags_out)
{
	static uint64_t copy[4096];
	struct pst_slice *s = pst_kit_take(pst_kit_stream_rx_out(k, n));
	const struct pst_head *h = s == NULL ? NULL : pst_kit_head_of(s);

	*flags_out = 0;
	if (h != NULL) {
		memcpy(copy, h, s->length);
		h = (const struct pst_head *)(const void *)copy;
		*flags_out = s->flags;
	}
	if (s != NULL) {
		pst_kit_free(s);
	}
	return h;
}

/** All payload above stream `n`, taken; *eom_out: EOM was on its end. */
__attribute__((unused)) static size_t body_of(struct pst_kit *k, unsigned n,
                                              char *out, size_t room,
                                              bool *eom_out)
{
	struct pst_kit_port *p = pst_kit_stream_rx_out(k, n);
	struct pst_slice *s;
	size_t length = 0;

	*eom_out = false;
	while ((s = pst_kit_peek(p)) != NULL && !(s->flags & PST_HEAD)) {
		s = pst_kit_take(p);
		CHECK(!*eom_out);
		CHECK(s->length <= room - length);
		memcpy(out + length, s->data, s->length);
		length += s->length;
		*eom_out = (s->flags & PST_EOM) != 0;
		pst_kit_free(s);
	}
	return length;
}

/** The service above stream `n` sends this head; the kit runs. */
__attribute__((unused)) static void give_head(struct pst_kit *k, unsigned n,
                                              const struct pst_kit_head *h,
                                              uint32_t flags)
{
	CHECK_INT(pst_kit_feed_kit_head(pst_kit_stream_tx_in(k, n), h, flags),
	          0);
	pst_kit_run(k);
}

__attribute__((unused)) static void give(struct pst_kit *k, unsigned n,
                                         const char *text, uint32_t flags)
{
	pst_kit_feed_slice(pst_kit_stream_tx_in(k, n), text, strlen(text),
	                   flags);
	pst_kit_run(k);
}

/** 200 without a body. */
__attribute__((unused)) static void give_ok(struct pst_kit *k, unsigned n)
{
	const struct pst_kit_head ok = {.kind = PST_HEAD_RESPONSE,
	                                .status = 200};

	give_head(k, n, &ok, PST_EOM);
	pst_kit_end(pst_kit_stream_tx_in(k, n), PST_END_CLEAN, PST_CLASS_CLEAN);
	pst_kit_run(k);
}

__attribute__((unused)) static void break_off(struct pst_kit *k, unsigned n,
                                              enum pst_class why)
{
	pst_kit_end(pst_kit_stream_tx_in(k, n), PST_END_RESET, why);
	pst_kit_run(k);
}

#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define OK  "HTTP/1.1 200 OK\r\n" DATE "Content-Length: 0\r\n\r\n"

__attribute__((unused)) static const struct pst_kit_head chunked_ok = {
	.kind = PST_HEAD_RESPONSE, .status = 200, .body = PST_BODY_UNKNOWN};

#define FINISH(k) CHECK_INT(pst_kit_destroy(k), 0)

#endif
