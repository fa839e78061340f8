/* SPDX-License-Identifier: MIT */
/* Fuzz target: heads, trailers, chunked bodies, and whole connections. The first
 * byte chooses which, the second the size of the pieces. */
#include "fuzz.h"
#include "h1_body.h"
#include "h1_parse.h"
#include "h1_write.h"

#include <penstock/plugin.h>
#include <penstock/testkit.h>

static const struct h1_limits limits = {
	.max_head = 4096, .max_line = 1024, .max_fields = 32};
/* Host and Content-Length: writing a request adds them where it had none. */
static const struct h1_limits written = {
	.max_head = 4096, .max_line = 1024, .max_fields = 32 + 2};

/* Scanning in pieces finds what scanning at once finds. */
static int64_t scan(const uint8_t *p, size_t n, enum h1_kind kind, size_t piece,
                    struct h1_scan *scan_out)
{
	struct h1_scan parts = {.kind = (uint8_t)kind};
	struct h1_error err = {0, NULL};
	int64_t whole, r = PST_AGAIN;
	size_t at = 0;

	memset(scan_out, 0, sizeof(*scan_out));
	scan_out->kind = (uint8_t)kind;
	whole = h1_scan(scan_out, p, n, &limits, &err);
	must(whole <= (int64_t)n);
	must(whole >= 0 || whole == PST_AGAIN ||
	     (err.status != 0 && err.text != NULL));
	while (at < n && r == PST_AGAIN) {
		size_t length = n - at < piece ? n - at : piece;

		r = h1_scan(&parts, p + at, length, &limits, &err);
		at += length;
	}
	must(r == whole || (whole == PST_LIMIT && r == PST_PROTO) ||
	     (whole == PST_PROTO && r == PST_LIMIT));
	return whole;
}

/* A head that was parsed can be written, and is then the same head. */
static void request(const uint8_t *p, size_t n, size_t piece)
{
	static uint64_t record[4096], again[4096];
	static uint8_t text[16384];
	struct pst_head_builder b;
	struct h1_message message, second;
	struct h1_extra extra = {.delimit = H1_DELIMIT_NONE};
	struct h1_error err;
	struct h1_scan s;
	int64_t length = scan(p, n, H1_REQUEST, piece, &s), r;

	if (length < 0) {
		return;
	}
	must(h1_record_room(&s, (size_t)length) <= sizeof(record));
	pst_head_begin(&b, record, h1_record_room(&s, (size_t)length),
	               PST_HEAD_REQUEST);
	r = h1_parse_request(p, (size_t)length, &limits, &b, &message, &err);
	must(r > 0 || (err.status >= 400 && err.text != NULL));
	must(r != PST_AGAIN && (r != PST_LIMIT || err.status != 500));
	if (r < 0) {
		return;
	}
	must(pst_kit_head_ok(record, (size_t)r));
	extra.delimit = h1_delimit_request(b.head, &extra.length);
	if (b.head->authority.length == 0) {
		extra.host = "none";
	}
	r = h1_write(b.head, &extra, text, sizeof(text));
	must(r > 0);
	pst_head_begin(&b, again, sizeof(again), PST_HEAD_REQUEST);
	must(h1_parse_request(text, (size_t)r, &written, &b, &second, &err) >
	     0);
	must(b.head->body ==
	     ((const struct pst_head *)(const void *)record)->body);
	must(b.head->body_length ==
	     ((const struct pst_head *)(const void *)record)->body_length);
	must(b.head->field_count ==
	     ((const struct pst_head *)(const void *)record)->field_count);
}

static void response(const uint8_t *p, size_t n, size_t piece)
{
	static uint64_t record[4096];
	static uint8_t text[16384];
	const struct h1_asked asked = {.head = (piece & 1) != 0,
	                               .connect = (piece & 2) != 0,
	                               .upgrade = {"websocket", 9}};
	struct pst_head_builder b;
	struct h1_message message;
	struct h1_extra extra = {.delimit = H1_DELIMIT_NONE};
	struct h1_error err;
	struct h1_scan s;
	int64_t length = scan(p, n, H1_RESPONSE, piece, &s), r;

	if (length < 0) {
		return;
	}
	pst_head_begin(&b, record, h1_record_room(&s, (size_t)length),
	               PST_HEAD_RESPONSE);
	r = h1_parse_response(p, (size_t)length, &limits, &asked, &b, &message,
	                      &err);
	must(r > 0 || err.text != NULL);
	must(r != PST_AGAIN && (r != PST_LIMIT || err.status != 500));
	if (r > 0) {
		must(pst_kit_head_ok(record, (size_t)r));
		extra.delimit = h1_delimit_response(b.head, 11, asked.head,
		                                    &extra.length);
		must(h1_write(b.head, &extra, text, sizeof(text)) > 0);
	}
}

static void trailers(const uint8_t *p, size_t n, size_t piece)
{
	static uint64_t record[4096];
	struct pst_head_builder b;
	struct h1_error err;
	struct h1_scan s;
	int64_t length = scan(p, n, H1_TRAILERS, piece, &s), r;

	if (length < 0) {
		return;
	}
	pst_head_begin(&b, record, h1_record_room(&s, (size_t)length),
	               PST_HEAD_TRAILERS);
	r = h1_parse_trailers(p, (size_t)length, &limits, &b, &err);
	must(r < 0 || pst_kit_head_ok(record, (size_t)r));
}

/* Returns the bytes of data; the last result goes to *r_out. */
static size_t chunks(const uint8_t *p, size_t n, size_t piece, int *r_out)
{
	struct h1_chunks c;
	struct h1_error err;
	size_t at = 0, data = 0;
	int r = PST_AGAIN;

	memset(&c, 0, sizeof(c));
	while (at < n && c.state != H1_CHUNK_END) {
		size_t length = n - at < piece ? n - at : piece, used;

		if (c.state == H1_CHUNK_DATA) {
			used = c.left < length ? (size_t)c.left : length;
			h1_chunks_took(&c, used);
			data += used;
		} else {
			r = h1_chunks_read(&c, p + at, length, &used, &err);
			must(used <= length);
			if (r != PST_OK && r != PST_AGAIN) {
				break;
			}
		}
		at += used;
	}
	*r_out = c.state == H1_CHUNK_END ? PST_OK : r;
	return data;
}

static void answer_all(struct pst_kit *k)
{
	static const struct pst_kit_head ok = {.kind = PST_HEAD_RESPONSE,
	                                       .status = 200,
	                                       .body = PST_BODY_UNKNOWN};
	unsigned i;

	for (i = 0; i < pst_kit_streams(k) && i < 100; i++) {
		if (pst_kit_stream_done(k, i) || pst_kit_failed(k)) {
			continue;
		}
		(void)pst_kit_feed_kit_head(pst_kit_stream_tx_in(k, i), &ok, 0);
		pst_kit_feed_slice(pst_kit_stream_tx_in(k, i), "body", 4,
		                   PST_EOM);
		pst_kit_run(k);
	}
}

static void connection(const uint8_t *p, size_t n, size_t piece,
                       enum pst_role role)
{
	static const struct pst_kit_head get = {.kind = PST_HEAD_REQUEST,
	                                        .method = "GET",
	                                        .authority = "a",
	                                        .path = "/"};
	const struct pst_kit_params params = {
		.layer = PST_PLUGIN_SYMBOL.get(PST_EXTENSION_LAYER, 0),
		.mux = PST_PLUGIN_SYMBOL.get(PST_EXTENSION_MUX, 0),
		.role = role};
	struct pst_kit *k = pst_kit_create(&params);

	must(pst_kit_ready(k));
	pst_kit_run(k);
	if (role == PST_CONNECT) {
		must(pst_kit_stream_open(k) == 0);
		(void)pst_kit_feed_kit_head(pst_kit_stream_tx_in(k, 0), &get,
		                            PST_EOM);
		pst_kit_run(k);
	}
	pst_kit_split(pst_kit_rx_in(k), piece, 0);
	pst_kit_feed(pst_kit_rx_in(k), p, n);
	pst_kit_run(k);
	if (role == PST_ACCEPT) {
		answer_all(k);
	}
	pst_kit_end(pst_kit_rx_in(k), PST_END_CLEAN, PST_CLASS_CLEAN);
	pst_kit_run(k);
	must(pst_kit_destroy(k) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t piece;
	int whole, parts;

	if (size < 2) {
		return 0;
	}
	piece = (size_t)data[1] % 64 + 1;
	switch (data[0] % 6) {
	case 0:
		request(data + 2, size - 2, piece);
		break;
	case 1:
		response(data + 2, size - 2, piece);
		break;
	case 2:
		trailers(data + 2, size - 2, piece);
		break;
	case 3:
		must(chunks(data + 2, size - 2, size, &whole) ==
		     chunks(data + 2, size - 2, piece, &parts));
		must(whole == parts);
		break;
	case 4:
		connection(data + 2, size - 2, piece, PST_ACCEPT);
		break;
	default:
		connection(data + 2, size - 2, piece, PST_CONNECT);
		break;
	}
	return 0;
}
