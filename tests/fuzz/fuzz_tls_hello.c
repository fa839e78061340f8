/* SPDX-License-Identifier: MIT */
/* Fuzz target: hellos of both kinds, whole and cut; what is kept for the log
 * keeps its bounds and has nothing in it that a log must not have. */
#include "fuzz.h"
#include "tls_hello.h"

static void check_text(const char *text, size_t room)
{
	size_t i;

	must(memchr(text, '\0', room) != NULL);
	for (i = 0; text[i] != '\0'; i++) {
		must(text[i] >= ' ' && text[i] < 0x7f && text[i] != '"');
	}
}

static void read_hellos(const uint8_t *data, size_t size)
{
	struct tls_hello hello;
	struct tls_text sni, asked, alpn;
	int ret = tls_client_hello(data, size, &hello, &sni);

	must(ret == PST_OK || ret == PST_PROTO);
	check_text(hello.alpn, sizeof(hello.alpn));
	must(sni.length == 0 ||
	     ((const uint8_t *)sni.data >= data &&
	      (const uint8_t *)sni.data + sni.length <= data + size));
	if (ret == PST_OK) {
		must(tls_client_asks(data, size, &asked, &alpn) == PST_OK);
		must(asked.length == sni.length);
	}
	ret = tls_server_hello(data, size, &hello);
	must(ret == PST_OK || ret == PST_PROTO);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t cut = size == 0 ? 0 : data[0] % size;
	bool is_head;

	read_hellos(data, size);
	read_hellos(data, cut);
	if (tls_first_bytes(data,
	                    size < TLS_PREFIX_MAX ? size : TLS_PREFIX_MAX) ==
	    TLS_FIRST_HTTP) {
		(void)tls_first_is_request(data, size, &is_head);
	}
	return 0;
}
