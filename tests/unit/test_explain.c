/* SPDX-License-Identifier: MIT */
#include "explain.h"

#include "fake_registry.h"
#include "manual.h"
#include "pst_test.h"

#include <unistd.h>

static char certificate[64];
static char *drawn;

static int draw(const char *text, const char *service, bool utf8)
{
	struct fake_load l;
	size_t size = 0;
	FILE *out;
	int result = PST_INVALID;

	free(drawn);
	drawn = NULL;
	fake_load(&l, text);
	out = open_memstream(&drawn, &size);
	if (CHECK(l.gateway != NULL && out != NULL)) {
		result = explain_print(out, l.gateway, service, utf8);
	}
	fclose(out);
	fake_unload(&l);
	return result;
}

static bool shows(const char *part)
{
	if (strstr(drawn, part) == NULL) {
		printf("not drawn: %s\n%s\n", part, drawn);
		return CHECK(false);
	}
	return CHECK(true);
}

static bool hides(const char *part)
{
	return CHECK(strstr(drawn, part) == NULL);
}

static const char *gateway_text(void)
{
	static char text[1024];

	snprintf(text, sizeof(text),
	         "defaults = {\nconnect = { net = { nodelay = false; }; }; };\n"
	         "services = ( { name = \"q\"; accept = { url = "
	         "\"frames://gw/quotes\"; crypt = { certificate = \"%s\"; "
	         "private_key = \"%s\"; password = \"hush\"; }; };\n"
	         "connect = \"net://back:1\"; },\n"
	         "{ name = \"e\"; type = \"echo\"; accept = \"net://[::1]:7\"; "
	         "} );",
	         certificate, certificate);
	return text;
}

static void both_hops_are_drawn_in_order(void)
{
	static const char *const order[] = {
		"services.q  (t.conf:3)",
		"client",
		"frames://gw/quotes",
		"to gw:443",
		"for host gw, path /quotes and below",
		"accept: net, crypt, web, frames; secure, streams",
		"| net: bytes",
		"| crypt: bytes; secure, half-close",
		"| web: exchanges; streams",
		"| frames: messages",
		"service q: proxy",
		"connect: net; half-close",
		"to back:1",
		"back-end"};
	const char *at;
	size_t i;

	CHECK_INT(draw(gateway_text(), "q", false), PST_OK);
	for (i = 0, at = drawn; i < sizeof(order) / sizeof(order[0]); i++) {
		const char *next = strstr(at, order[i]);

		if (!CHECK(next != NULL)) {
			printf("not in order: %s\n%s", order[i], drawn);
			return;
		}
		at = next;
	}
}

static void effective_settings_are_marked(void)
{
	CHECK_INT(draw(gateway_text(), "q", false), PST_OK);
	shows("backlog 128");
	shows("nodelay              false  (defaults, line 2)");
	shows(certificate);
	shows("> certificate        CN=hello");
	hides("alpn"); /* nobody set it, and it has no default */
}

static void secrets_stay_secret(void)
{
	CHECK_INT(draw(gateway_text(), NULL, false), PST_OK);
	hides("hush");
	shows("password             (secret)");
}

static void plaintext_is_pointed_at(void)
{
	CHECK_INT(draw(gateway_text(), "q", false), PST_OK);
	shows("on the wire: encrypted by crypt");
	shows("plaintext exists here, in the memory of this process");
	shows("on the wire: PLAINTEXT");
	CHECK_INT(draw(gateway_text(), "e", false), PST_OK);
	hides("plaintext exists here");
	hides("encrypted");
}

static const char *badge_text(const char *more)
{
	static char text[1024];

	snprintf(text, sizeof(text),
	         "badges = ( { name = \"gold\";\ntext = \"shiny\"; } );\n"
	         "services = ( { name = \"q\"; type = \"echo\"; accept = { "
	         "url = \"crypt://gw:1\"; crypt = { certificate = \"%s\"; "
	         "private_key = \"%s\"; %s }; }; } );",
	         certificate, certificate, more);
	return text;
}

static void resources_are_shown_under_their_layer(void)
{
	CHECK_INT(draw(badge_text("badge = ( \"gold\", { text = \"dull\"; }, "
	                          "\"everybody\" );"),
	               "q", false),
	          PST_OK);
	shows("badge                gold, { ... }, everybody");
	shows("    badges gold  (t.conf:1)");
	shows("    > says               shiny");
	shows("    badges { ... }");
	shows("    > says               dull");
	shows("    badges everybody");
}

static void long_facts_are_wrapped_at_spaces(void)
{
	char setting[400] = "badge = { text = \"", *end;
	unsigned i;

	for (i = 0; i < 10; i++) {
		end = setting + strlen(setting);
		snprintf(end, sizeof(setting) - (size_t)(end - setting),
		         "number-%u-of-many-words ", i);
	}
	strcat(setting, "\"; };");
	CHECK_INT(draw(badge_text(setting), "q", false), PST_OK);
	shows("    > says               number-0-of-many-words "
	      "number-1-of-many-words number-2-of-many-words |\n");
	shows("|                          number-3-of-many-words ");
}

static void a_claim_is_plaintext_all_the_same(void)
{
	CHECK_INT(draw(badge_text("offloaded = true;"), "q", false), PST_OK);
	shows("on the wire: PLAINTEXT, which crypt claims to be secure");
	shows("crypt: bytes; claimed to be secure, half-close");
	hides("encrypted");
	hides("plaintext exists here");
}

static void one_service_or_all_are_drawn(void)
{
	CHECK_INT(draw(gateway_text(), NULL, false), PST_OK);
	shows("service q: proxy");
	shows("service e: echo");
	CHECK_INT(draw(gateway_text(), "e", false), PST_OK);
	hides("service q: proxy");
	CHECK_INT(draw(gateway_text(), "none", false), PST_CONFIG);
	CHECK_STR(drawn, "");
}

static void without_utf8_all_is_ascii(void)
{
	const char *p;

	CHECK_INT(draw(gateway_text(), NULL, false), PST_OK);
	for (p = drawn; *p != '\0'; p++) {
		if (!CHECK((*p >= ' ' && *p < 0x7f) || *p == '\n')) {
			return;
		}
	}
	CHECK_INT(draw(gateway_text(), NULL, true), PST_OK);
	shows("\xe2\x94\x8c\xe2\x94\x80 accept");
}

static void every_line_of_a_box_is_as_wide(void)
{
	size_t width = 0, length;
	const char *p;

	CHECK_INT(draw(gateway_text(), "q", false), PST_OK);
	for (p = drawn; *p != '\0'; p += length + 1) {
		length = strcspn(p, "\n");
		if (strncmp(p, "  +-", 4) == 0 && width == 0) {
			width = length;
		}
		if (strncmp(p, "  | ", 4) == 0) {
			CHECK_INT(length, width);
		}
		if (strncmp(p, "  +--", 5) == 0) {
			CHECK_INT(length, width);
			width = 0;
		}
	}
}

static void control_bytes_are_not_written(void)
{
	CHECK_INT(draw("services = ( { name = \"a\"; type = \"answer\"; body = "
	               "\"x\\x1b[31m\"; accept = \"web://gw\"; } );",
	               NULL, false),
	          PST_OK);
	hides("\x1b");
	shows("x?[31m");
}

static void a_file_is_no_terminal(void)
{
	FILE *f = tmpfile();

	CHECK(f != NULL && !explain_wants_utf8(f));
	fclose(f);
}

static void the_manual_has_every_row(void)
{
	size_t size = 0;
	FILE *out;

	free(drawn);
	drawn = NULL;
	out = open_memstream(&drawn, &size);
	manual_print(out, fake_registry());
	fclose(out);
	shows(".SS The penstock group\n");
	shows("\\fBworkers\\fR (integer, 0 to 1024; default 0)\n");
	shows("\\fBhigh_water\\fR (size, 32k to 1g; default 64k)\n");
	shows("\\fBlevel\\fR (error | warning | info | debug; default info)");
	shows(".SS Endpoint net\nSockets.\n");
	shows("\\fBbacklog\\fR (integer, 1 to 65535; accept only; default "
	      "128)\n");
	shows(".SS Layer crypt\n");
	shows("\\fBcertificate\\fR (file; accept only; required)\n");
	shows("\\fBprivate_key\\fR (file; accept only; secret)\n");
	shows("\\fBlayer.crypt.opened\\fR\nLetters that were opened.\n");
	shows("\\fBlayer.crypt.waiting\\fR (up and down)\n");
	shows("\\fBcrypt.seal\\fR (in log lines)\nWhat the seal showed.\n");
	shows("\\fBcrypt.paper\\fR\n");
	shows(".SS Layer front\\-only\n");
	shows(".SS Service type answer\n");
	shows("\\fBwebs\\fR (net, crypt, web; port 443)\n");
	shows(".SS List badges\nWho may come in.\n");
	shows("The list \\fBbadges\\fR stands beside");
	shows("; a path, which has a dot or a slash in it, for \\fBfiles\\fR");
	shows("; the word \\fBeverybody\\fR.\n");
	shows("\\fBkey\\fR (files; secret)\n");
	shows("\\fBbadge\\fR (names of badges)\n");
	CHECK(strstr(drawn, "keystore") == NULL); /* it is elsewhere */
	shows(".SS Signers\n");
	CHECK(strstr(drawn, "Layer crypt") < strstr(drawn, "Layer flip"));
}

static CU_TestInfo tests[] = {
	TEST(both_hops_are_drawn_in_order),
	TEST(effective_settings_are_marked),
	TEST(secrets_stay_secret),
	TEST(plaintext_is_pointed_at),
	TEST(resources_are_shown_under_their_layer),
	TEST(long_facts_are_wrapped_at_spaces),
	TEST(a_claim_is_plaintext_all_the_same),
	TEST(one_service_or_all_are_drawn),
	TEST(without_utf8_all_is_ascii),
	TEST(every_line_of_a_box_is_as_wide),
	TEST(control_bytes_are_not_written),
	TEST(a_file_is_no_terminal),
	TEST(the_manual_has_every_row),
	CU_TEST_INFO_NULL,
};

int main(int argc, char **argv)
{
	int failed, fd;

	(void)argc;
	strcpy(certificate, "/tmp/pst-exp-XXXXXX");
	fd = mkstemp(certificate);
	if (fd < 0 || write(fd, "hello\nx", 7) != 7) {
		return 99;
	}
	close(fd);
	failed = pst_test_run(argv[0], tests);
	free(drawn);
	remove(certificate);
	return failed;
}
