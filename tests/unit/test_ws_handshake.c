/* SPDX-License-Identifier: MIT */
/* The WebSocket opening handshake: requests, responses, origins. */
#include "pst_test.h"
#include "ws_handshake.h"
#include "ws_list.h"

#include <penstock/origin.h>
#include <penstock/testkit.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define KEY      "dGhlIHNhbXBsZSBub25jZQ=="     /* RFC 6455 1.3 */
#define ACCEPT   "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" /* its answer */
#define FIELDS(...)         \
	{                   \
		__VA_ARGS__ \
	}
#define GOOD   "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", KEY
#define ANSWER "Sec-WebSocket-Accept", ACCEPT

static uint64_t memory[512];

static const struct pst_head *build(const struct pst_kit_head *from)
{
	memset(memory, 0x5a, sizeof(memory));
	CHECK(pst_kit_build_head(from, memory, sizeof(memory)) > 0);
	return (const struct pst_head *)(const void *)memory;
}

static struct pst_kit_head request(const char *const *fields)
{
	return (struct pst_kit_head){
		.kind = PST_HEAD_REQUEST,
		.version = 11,
		.method = "GET",
		.authority = "example.com",
		.path = "/chat?x=1",
		.upgrade_by = PST_UPGRADE_FIELD,
		.upgrade = "websocket",
		.fields = fields,
	};
}

static const char *const known_items[] = {"mqtt", "chat"};
static const char *const origin_items[] = {"https://good.example",
                                           "https://*.wild.example:*"};
static const struct pst_list known = {2, known_items};
static const struct pst_list origins = {2, origin_items};
static const struct pst_list none = {0, NULL};

static unsigned ask(const struct pst_kit_head *h, const char **protocol_out)
{
	const struct ws_terms terms = {&known, WS_CHOICE_CLIENT, false,
	                               &origins};
	struct ws_refusal why = {0};
	const char *key = NULL;

	if (ws_request_check(build(h), &terms, &key, protocol_out, &why) ==
	    PST_OK) {
		CHECK(key != NULL && memcmp(key, KEY, WS_KEY_LENGTH) == 0);
		return 101;
	}
	CHECK(why.text != NULL && why.text[0] != '\0');
	CHECK_INT(why.reason,
	          why.status == 403 ? PST_CLASS_POLICY : PST_CLASS_PROTOCOL);
	return why.status;
}

static void the_key_of_the_standard_has_its_answer(void)
{
	char accept[WS_ACCEPT_LENGTH], key[WS_KEY_LENGTH];

	ws_accept_of_key(KEY, accept);
	CHECK_MEM(accept, ACCEPT, WS_ACCEPT_LENGTH);
	ws_key_of_nonce((const uint8_t *)"the sample nonce", key);
	CHECK_MEM(key, KEY, WS_KEY_LENGTH);
}

static void requests_get_their_status_by_their_fields(void)
{
	static const struct {
		unsigned status;
		const char *fields[12];
	} rows[] = {
		{101, FIELDS(GOOD)},
		{101, FIELDS("sec-websocket-version", "13", "SEC-WEBSOCKET-KEY",
	                     KEY)},
		{101, FIELDS(GOOD, "Sec-WebSocket-Extensions",
	                     "permessage-deflate; client_max_window_bits")},
		{101, FIELDS(GOOD, "Origin", "https://good.example")},
		{101, FIELDS(GOOD, "Origin", "HTTPS://GOOD.example")},
		{101, FIELDS(GOOD, "Origin", "https://example.com")},
		{101, FIELDS(GOOD, "Origin", "http://EXAMPLE.com")},
		{101, FIELDS(GOOD, "Origin", "https://a.b.wild.example:8443")},
		{101, FIELDS(GOOD, "Sec-WebSocket-Protocol", "unheard-of")},
		/* extensions (RFC 6455 9.1) */
		{101, FIELDS(GOOD, "Sec-WebSocket-Extensions",
	                     "a, b;c ; d = e;f=\"g\" ,, h;i=\"\\j\"")},
		{400, FIELDS(GOOD, "Sec-WebSocket-Extensions", "")},
		{400, FIELDS(GOOD, "Sec-WebSocket-Extensions", "a;")},
		{400, FIELDS(GOOD, "Sec-WebSocket-Extensions", "a;;b")},
		{400, FIELDS(GOOD, "Sec-WebSocket-Extensions", "a b")},
		{400, FIELDS(GOOD, "Sec-WebSocket-Extensions", ";a")},
		{400, FIELDS(GOOD, "Sec-WebSocket-Extensions", "a;b=")},
		{400, FIELDS(GOOD, "Sec-WebSocket-Extensions", "a;=b")},
		{400, FIELDS(GOOD, "Sec-WebSocket-Extensions", "a;b=\"\"")},
		{400, FIELDS(GOOD, "Sec-WebSocket-Extensions", "a;b=\"c")},
		{400, FIELDS(GOOD, "Sec-WebSocket-Extensions", "a;b=\"c d\"")},
		{400, FIELDS(GOOD, "Sec-WebSocket-Extensions", "a;b=\"c\\\"")},
		{400, FIELDS(GOOD, "Sec-WebSocket-Extensions", "a;b=c=d")},
		{400, FIELDS(GOOD, "Sec-WebSocket-Extensions", "a, b;")},
		/* version (RFC 6455 4.4) */
		{426, FIELDS("Sec-WebSocket-Key", KEY)},
		{426, FIELDS("Sec-WebSocket-Key", KEY, "Sec-WebSocket-Version",
	                     "8")},
		{426, FIELDS("Sec-WebSocket-Key", KEY, "Sec-WebSocket-Version",
	                     "0")},
		{426, FIELDS("Sec-WebSocket-Key", KEY, "Sec-WebSocket-Version",
	                     "14")},
		{426, FIELDS("Sec-WebSocket-Key", KEY, "Sec-WebSocket-Version",
	                     "013")},
		{426, FIELDS("Sec-WebSocket-Key", KEY, "Sec-WebSocket-Version",
	                     "13, 8")},
		{426,
	         FIELDS("Sec-WebSocket-Key", KEY, "Sec-WebSocket-Version", "")},
		{426, FIELDS("Sec-WebSocket-Version", "7")},
		{400, FIELDS(GOOD, "Sec-WebSocket-Version", "13")},
		{400, FIELDS(GOOD, "Sec-WebSocket-Version", "8")},
		/* key */
		{400, FIELDS("Sec-WebSocket-Version", "13")},
		{400, FIELDS(GOOD, "Sec-WebSocket-Key", KEY)},
		{400, FIELDS("Sec-WebSocket-Version", "13", "Sec-WebSocket-Key",
	                     "")},
		{400, FIELDS("Sec-WebSocket-Version", "13", "Sec-WebSocket-Key",
	                     "dGhlIHNhbXBsZSBub25jZQ=")},
		{400, FIELDS("Sec-WebSocket-Version", "13", "Sec-WebSocket-Key",
	                     "dGhlIHNhbXBsZSBub25jZQ")},
		{400, FIELDS("Sec-WebSocket-Version", "13", "Sec-WebSocket-Key",
	                     "dGhlIHNhbXBsZSBub25jZR==")},
		{400, FIELDS("Sec-WebSocket-Version", "13", "Sec-WebSocket-Key",
	                     "dGhlIHNhbXBsZSBub25jZQ==A")},
		{400, FIELDS("Sec-WebSocket-Version", "13", "Sec-WebSocket-Key",
	                     "dGhlIHNhbXBs!SBub25jZQ==")},
		{400, FIELDS("Sec-WebSocket-Version", "13", "Sec-WebSocket-Key",
	                     "dGhlIHNhbXBsZSBub25jZQ===")},
		{400, FIELDS("Sec-WebSocket-Version", "13", "Sec-WebSocket-Key",
	                     "dGhlIHNhbXBsZSBub25jZSE=")},
		{400, FIELDS("Sec-WebSocket-Version", "13", "Sec-WebSocket-Key",
	                     "========================")},
		/* subprotocols */
		{400, FIELDS(GOOD, "Sec-WebSocket-Protocol", "chat, chat")},
		{400, FIELDS(GOOD, "Sec-WebSocket-Protocol", "chat",
	                     "Sec-WebSocket-Protocol", "chat")},
		{400, FIELDS(GOOD, "Sec-WebSocket-Protocol", "a b")},
		{400, FIELDS(GOOD, "Sec-WebSocket-Protocol", "chat, \"x\"")},
		{400, FIELDS(GOOD, "Sec-WebSocket-Protocol", "ch\xc3\xa4t")},
		{400, FIELDS(GOOD, "Sec-WebSocket-Protocol", "")},
		{400, FIELDS(GOOD, "Sec-WebSocket-Protocol", " , ")},
		{400, FIELDS(GOOD, "Sec-WebSocket-Protocol", "chat;q=1")},
		/* origins */
		{403, FIELDS(GOOD, "Origin", "https://evil.example")},
		{403, FIELDS(GOOD, "Origin", "http://good.example")},
		{403, FIELDS(GOOD, "Origin", "https://good.example:8443")},
		{403, FIELDS(GOOD, "Origin", "https://good.example.evil")},
		{403, FIELDS(GOOD, "Origin", "https://wild.example:1")},
		{403, FIELDS(GOOD, "Origin", "https://evil/.wild.example:1")},
		{403, FIELDS(GOOD, "Origin", "https://example.com:8443")},
		{403, FIELDS(GOOD, "Origin", "null")},
		{403, FIELDS(GOOD, "Origin", "")},
		{400, FIELDS(GOOD, "Origin", "https://good.example", "Origin",
	                     "https://good.example")},
	};
	const char *protocol;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		struct pst_kit_head h = request(rows[i].fields);

		if (!CHECK_INT(ask(&h, &protocol), rows[i].status)) {
			printf("\n  row %zu\n", i);
		}
	}
}

static void requests_get_their_status_by_their_line(void)
{
	static const char *const good[] = {GOOD, NULL};
	const char *protocol;
	struct pst_kit_head h;

	h = request(good);
	h.upgrade = "WebSocket";
	CHECK_INT(ask(&h, &protocol), 101);
	h.upgrade = "h2c, websocket";
	CHECK_INT(ask(&h, &protocol), 101);
	h.upgrade = "h2c";
	CHECK_INT(ask(&h, &protocol), 426);
	h.upgrade = "websockets";
	CHECK_INT(ask(&h, &protocol), 426);
	h.upgrade = "websocke";
	CHECK_INT(ask(&h, &protocol), 426);
	h.upgrade = "websocket/13";
	CHECK_INT(ask(&h, &protocol), 426);
	h = request(good);
	h.upgrade = NULL;
	h.upgrade_by = PST_UPGRADE_NONE;
	CHECK_INT(ask(&h, &protocol), 426);
	h.method = "POST";
	CHECK_INT(ask(&h, &protocol), 426);
	h = request(good);
	h.method = "POST";
	CHECK_INT(ask(&h, &protocol), 405);
	h.method = "get";
	CHECK_INT(ask(&h, &protocol), 405);
	h = request(good);
	h.version = 10;
	CHECK_INT(ask(&h, &protocol), 400);
	h = request(good);
	h.body = PST_BODY_LENGTH;
	h.body_length = 5;
	CHECK_INT(ask(&h, &protocol), 400);
	h.body = PST_BODY_UNKNOWN;
	CHECK_INT(ask(&h, &protocol), 400);
	h = request(good);
	h.authority = NULL;
	CHECK_INT(ask(&h, &protocol), 400);
	h = request(good);
	h.kind = PST_HEAD_RESPONSE;
	h.status = 101;
	CHECK_INT(ask(&h, &protocol), 400);
}

static void the_clients_first_known_subprotocol_is_chosen(void)
{
	static const struct {
		const char *fields[12];
		const char *chosen;
	} rows[] = {
		{FIELDS(GOOD), NULL},
		{FIELDS(GOOD, "Sec-WebSocket-Protocol", "mqtt"), "mqtt"},
		{FIELDS(GOOD, "Sec-WebSocket-Protocol", "chat, mqtt"), "chat"},
		{FIELDS(GOOD, "Sec-WebSocket-Protocol", "x,,mqtt ,chat"),
	         "mqtt"},
		{FIELDS(GOOD, "Sec-WebSocket-Protocol", "x",
	                "Sec-WebSocket-Protocol", "y, chat"),
	         "chat"},
		{FIELDS(GOOD, "Sec-WebSocket-Protocol", "CHAT"), NULL},
	};
	const char *protocol;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		struct pst_kit_head h = request(rows[i].fields);

		CHECK_INT(ask(&h, &protocol), 101);
		CHECK_STR(protocol, rows[i].chosen);
	}
}

static void without_terms_any_origin_and_no_subprotocol(void)
{
	const struct ws_terms terms = {&none, WS_CHOICE_CLIENT, false, &none};
	const char *const fields[] = {GOOD,           "Origin",
	                              "null",         "Sec-WebSocket-Protocol",
	                              "mqtt, mqttv3", NULL};
	struct pst_kit_head h = request(fields);
	struct ws_refusal why;
	const char *key, *protocol;

	CHECK_INT(ws_request_check(build(&h), &terms, &key, &protocol, &why),
	          PST_OK);
	CHECK(protocol == NULL);
}

static void too_many_subprotocols_are_refused(void)
{
	char names[1024] = "";
	const char *const fields[] = {GOOD, "Sec-WebSocket-Protocol", names,
	                              NULL};
	struct pst_kit_head h = request(fields);
	const char *protocol;
	int i;

	for (i = 0; i < 64; i++) {
		snprintf(names + strlen(names), sizeof(names) - strlen(names),
		         "%sp%d", i == 0 ? "" : ",", i);
	}
	CHECK_INT(ask(&h, &protocol), 101);
	strcat(names, ",one-more");
	CHECK_INT(ask(&h, &protocol), 400);
}

static void origin_patterns_match(void)
{
	static const struct {
		const char *pattern;
		const char *origin;
		bool allowed;
	} rows[] = {
		{"*", "https://a", true},
		{"*", "null", false},
		{"null", "null", true},
		{"null", "https://null", false},
		{"https://*", "https://a.b:1", true},
		{"https://*", "http://a", false},
		{"https://*.a.b", "https://x.a.b", true},
		{"https://*.a.b", "https://x.y.a.b", true},
		{"https://*.a.b", "https://a.b", false},
		{"https://*.a.b", "https://x.a.b.c", false},
		{"https://*.a.b", "https://x/.a.b", false},
		{"*://a", "https://a", true},
		{"*://a", "https://b", false},
		{"https://a:*", "https://a:8443", true},
		{"https://a:*", "https://a", false},
		{"https://*a*a*a*a*b", "https://aaaaaaaaaaaaaaaaaaaaaac",
	         false},
		{"https://*ab", "https://aabab", true},
		{"https://a**b", "https://ab", true},
		{"https://A.b", "https://a.B", true},
	};
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		const struct pst_list one = {1, &rows[i].pattern};

		if (!CHECK_INT(pst_origin_listed(rows[i].origin,
		                                 strlen(rows[i].origin), &one),
		               rows[i].allowed)) {
			printf("\n  %s %s\n", rows[i].pattern, rows[i].origin);
		}
	}
}

static struct pst_kit_head response(const char *const *fields)
{
	return (struct pst_kit_head){
		.kind = PST_HEAD_RESPONSE,
		.version = 11,
		.status = 101,
		.upgrade_by = PST_UPGRADE_FIELD,
		.upgrade = "websocket",
		.fields = fields,
	};
}

static enum pst_class hear(const struct pst_kit_head *h,
                           const char **protocol_out)
{
	const struct ws_offer offer = {&known, NULL};
	struct ws_refusal why = {0};
	struct ws_deflate agreed;

	if (ws_response_check(build(h), (const uint8_t *)"the sample nonce",
	                      &offer, protocol_out, &agreed, &why) == PST_OK) {
		return PST_CLASS_CLEAN;
	}
	CHECK(why.text != NULL && why.text[0] != '\0');
	CHECK_INT(why.status, h->status);
	return (enum pst_class)why.reason;
}

static void responses_are_judged_by_their_fields(void)
{
	static const struct {
		enum pst_class why;
		const char *fields[12];
		const char *protocol;
	} rows[] = {
		{PST_CLASS_CLEAN, FIELDS(ANSWER), NULL},
		{PST_CLASS_CLEAN, FIELDS("sec-websocket-accept", ACCEPT), NULL},
		{PST_CLASS_CLEAN,
	         FIELDS(ANSWER, "Sec-WebSocket-Protocol", "chat"), "chat"},
		{PST_CLASS_CLEAN,
	         FIELDS(ANSWER, "Sec-WebSocket-Extensions", ""), NULL},
		{PST_CLASS_PROTOCOL, FIELDS("Server", "x"), NULL},
		{PST_CLASS_PROTOCOL, FIELDS("Sec-WebSocket-Accept", ""), NULL},
		{PST_CLASS_PROTOCOL,
	         FIELDS("Sec-WebSocket-Accept", "S3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
	         NULL},
		{PST_CLASS_PROTOCOL, FIELDS("Sec-WebSocket-Accept", ACCEPT "="),
	         NULL},
		{PST_CLASS_PROTOCOL, FIELDS("Sec-WebSocket-Accept", KEY), NULL},
		{PST_CLASS_PROTOCOL, FIELDS(ANSWER, ANSWER), NULL},
		{PST_CLASS_PROTOCOL,
	         FIELDS(ANSWER, "Sec-WebSocket-Protocol", "stomp"), NULL},
		{PST_CLASS_PROTOCOL,
	         FIELDS(ANSWER, "Sec-WebSocket-Protocol", "Chat"), NULL},
		{PST_CLASS_PROTOCOL,
	         FIELDS(ANSWER, "Sec-WebSocket-Protocol", "chat, mqtt"), NULL},
		{PST_CLASS_PROTOCOL,
	         FIELDS(ANSWER, "Sec-WebSocket-Protocol", ""), NULL},
		{PST_CLASS_PROTOCOL,
	         FIELDS(ANSWER, "Sec-WebSocket-Protocol", "chat",
	                "Sec-WebSocket-Protocol", "chat"),
	         NULL},
		{PST_CLASS_PROTOCOL,
	         FIELDS(ANSWER, "Sec-WebSocket-Extensions",
	                "permessage-deflate"),
	         NULL},
		{PST_CLASS_PROTOCOL,
	         FIELDS(ANSWER, "Sec-WebSocket-Extensions", "",
	                "Sec-WebSocket-Extensions", "x"),
	         NULL},
	};
	const char *protocol;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		struct pst_kit_head h = response(rows[i].fields);

		protocol = NULL;
		if (!CHECK_INT(hear(&h, &protocol), rows[i].why)) {
			printf("\n  row %zu\n", i);
		}
		if (rows[i].why == PST_CLASS_CLEAN) {
			CHECK_STR(protocol, rows[i].protocol);
		}
	}
}

static void responses_are_judged_by_their_line(void)
{
	static const uint16_t statuses[] = {200, 204, 301, 302, 307, 400, 401,
	                                    403, 404, 426, 500, 502, 503};
	static const char *const good[] = {ANSWER, NULL};
	const char *protocol;
	struct pst_kit_head h;
	size_t i;

	for (i = 0; i < COUNT(statuses); i++) {
		h = response(good);
		h.status = statuses[i];
		CHECK_INT(hear(&h, &protocol), PST_CLASS_REFUSED);
	}
	h = response(good);
	h.upgrade = "WEBSOCKET";
	CHECK_INT(hear(&h, &protocol), PST_CLASS_CLEAN);
	h.upgrade = "h2c";
	CHECK_INT(hear(&h, &protocol), PST_CLASS_PROTOCOL);
	h.upgrade = "websocket, h2c";
	CHECK_INT(hear(&h, &protocol), PST_CLASS_PROTOCOL);
	h = response(good);
	h.upgrade_by = PST_UPGRADE_NONE;
	CHECK_INT(hear(&h, &protocol), PST_CLASS_PROTOCOL);
}

static CU_TestInfo tests[] = {
	TEST(the_key_of_the_standard_has_its_answer),
	TEST(requests_get_their_status_by_their_fields),
	TEST(requests_get_their_status_by_their_line),
	TEST(the_clients_first_known_subprotocol_is_chosen),
	TEST(without_terms_any_origin_and_no_subprotocol),
	TEST(too_many_subprotocols_are_refused),
	TEST(origin_patterns_match),
	TEST(responses_are_judged_by_their_fields),
	TEST(responses_are_judged_by_their_line),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
