/* SPDX-License-Identifier: MIT */
/* The layer `tls` with OpenSSL's own client and server, over a real socket. */
#include "test_tls_world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	PATIENCE = 60000, /* ms until a silent peer counts as hung */
	ARGS = 40,
	BULK = 300000,
	PATH = 128
};

static char folder[64];
static char upload[BULK], download[BULK];

/* -- files and processes -------------------------------------------------- */

static const char *path_of(const char *name)
{
	static char paths[8][PATH];
	static unsigned at;
	char *path = paths[at++ % 8];

	snprintf(path, PATH, "%s/%s", folder, name);
	return path;
}

static void write_file(const char *name, const void *data, size_t length)
{
	FILE *f = fopen(path_of(name), "wb");

	if (f == NULL || fwrite(data, 1, length, f) != length ||
	    fclose(f) != 0) {
		perror(name);
		exit(99);
	}
}

static size_t read_file(const char *name, void *out, size_t size)
{
	FILE *f = fopen(path_of(name), "rb");
	size_t n = 0;

	if (f != NULL) {
		n = fread(out, 1, size, f);
		fclose(f);
	}
	return n;
}

static void write_world(void)
{
	static const struct {
		enum world_cert which;
		const char *pem, *key;
	} files[] = {{WORLD_CA, "ca", "ca.key"},
	             {WORLD_OTHER_CA, "other-ca", "other-ca.key"},
	             {WORLD_GW, "gw", "gw.key"},
	             {WORLD_RSA, "rsa", "rsa.key"},
	             {WORLD_CLIENT, "client", "client.key"}};
	size_t i;

	snprintf(folder, sizeof(folder), "/tmp/pst-tls-XXXXXX");
	if (mkdtemp(folder) == NULL) {
		perror(folder);
		exit(99);
	}
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		const struct tinyca_cert *c = world_cert(files[i].which);

		write_file(files[i].pem, c->pem, strlen(c->pem));
		write_file(files[i].key, c->key_pem, strlen(c->key_pem));
	}
	write_file("upload", upload, sizeof(upload));
	write_file("nothing", "", 0);
}

static void remove_world(void)
{
	static const char *const names[] = {
		"ca",     "ca.key",  "other-ca", "other-ca.key", "gw",
		"gw.key", "rsa",     "rsa.key",  "client",       "client.key",
		"upload", "nothing", "out",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		unlink(path_of(names[i]));
	}
	rmdir(folder);
}

/* Start `openssl args...`; its input is the file `in`. Output goes to `out_fd`,
 * or to the file "out" when that is -1. */
static pid_t start(const char *const *args, const char *in, int out_fd)
{
	char *argv[ARGS];
	size_t n = 0;
	pid_t pid;

	argv[n++] = (char *)(uintptr_t) "openssl";
	while (*args != NULL && n + 1 < ARGS) {
		argv[n++] = (char *)(uintptr_t)*args++;
	}
	argv[n] = NULL;
	pid = fork();
	if (pid != 0) {
		return pid;
	}
	if (out_fd < 0) {
		out_fd = open(path_of("out"), O_WRONLY | O_CREAT | O_TRUNC,
		              0600);
	}
	dup2(open(path_of(in), O_RDONLY), 0);
	dup2(out_fd, 1);
	dup2(open("/dev/null", O_WRONLY), 2);
	execvp("openssl", argv);
	_exit(127);
}

static int finish(pid_t pid)
{
	int status = -1;

	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* -- the wire -------------------------------------------------------------- */

/* A kit whose wire is a socket. */
struct wire {
	struct pst_kit *kit;
	int fd;
	bool in_ended, out_ended;
};

static bool write_all(int fd, const uint8_t *data, size_t length)
{
	while (length != 0) {
		ssize_t n = send(fd, data, length, MSG_NOSIGNAL);

		if (n <= 0) {
			return false;
		}
		data += n;
		length -= (size_t)n;
	}
	return true;
}

static void flush(struct wire *w)
{
	struct pst_kit_port *out = pst_kit_tx_out(w->kit);
	uint8_t buffer[16384];
	size_t n;

	while ((n = pst_kit_read(out, buffer, sizeof(buffer))) != 0) {
		if (!write_all(w->fd, buffer, n)) {
			return;
		}
	}
	if (pst_kit_ended(out) != PST_END_OPEN && !w->out_ended) {
		w->out_ended = true;
		shutdown(w->fd, SHUT_WR);
	}
}

/* Wait for the peer once, and let the kit see what it sent. Returns false when
 * the peer is gone or hangs. */
static bool turn(struct wire *w)
{
	struct pollfd p = {.fd = w->fd, .events = POLLIN};
	uint8_t buffer[16384];
	ssize_t n;

	pst_kit_run(w->kit);
	flush(w);
	if (w->in_ended || !CHECK(poll(&p, 1, PATIENCE) == 1)) {
		return false;
	}
	n = recv(w->fd, buffer, sizeof(buffer), 0);
	if (n > 0) {
		pst_kit_feed(pst_kit_rx_in(w->kit), buffer, (size_t)n);
	} else {
		w->in_ended = true;
		pst_kit_end(pst_kit_rx_in(w->kit),
		            n == 0 ? PST_END_CLEAN : PST_END_RESET,
		            PST_CLASS_CLEAN);
	}
	pst_kit_run(w->kit);
	flush(w);
	return true;
}

static size_t receive(struct wire *w, void *out, size_t want)
{
	struct pst_kit_port *rx = pst_kit_rx_out(w->kit);

	while (pst_kit_waiting(rx) < want && turn(w)) {
	}
	return pst_kit_read(rx, out, want);
}

static void run_out(struct wire *w)
{
	while (turn(w)) {
	}
}

static struct sockaddr_in loopback(uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return a;
}

/* -- OpenSSL's client ------------------------------------------------------- */

static pid_t client;

/* An accept kit with `options`, and s_client with `extra` in front of it. */
static struct wire serve(const char *const *options, const char *const *extra,
                         const char *in)
{
	struct sockaddr_in a = loopback(0);
	socklen_t size = sizeof(a);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct pollfd p = {.fd = listener, .events = POLLIN};
	const char *args[ARGS] = {"s_client",    "-connect",       NULL,
	                          "-servername", "gw.example.com", "-quiet",
	                          "-nocommands"};
	struct wire w = {.fd = -1};
	struct world_pair pair;
	char where[32];
	size_t n = 7;

	if (bind(listener, (struct sockaddr *)&a, sizeof(a)) != 0 ||
	    listen(listener, 1) != 0 ||
	    getsockname(listener, (struct sockaddr *)&a, &size) != 0) {
		perror("listen");
		exit(99);
	}
	snprintf(where, sizeof(where), "127.0.0.1:%u", ntohs(a.sin_port));
	args[2] = where;
	while (*extra != NULL && n + 1 < ARGS) {
		args[n++] = *extra++;
	}
	client = start(args, in, -1);
	if (CHECK(poll(&p, 1, PATIENCE) == 1)) {
		w.fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	}
	close(listener);
	world_pair(&pair, options, NULL);
	pst_kit_link(pst_kit_tx_out(pair.front), NULL);
	CHECK_INT(pst_kit_destroy(pair.back), 0);
	w.kit = pair.front;
	return w;
}

static int part(struct wire *w, pid_t pid)
{
	close(w->fd);
	CHECK_INT(pst_kit_destroy(w->kit), 0);
	return finish(pid);
}

/* A server that nobody reached waits for ever. */
static void part_server(struct wire *w, pid_t pid)
{
	close(w->fd);
	CHECK_INT(pst_kit_destroy(w->kit), 0);
	kill(pid, SIGTERM);
	finish(pid);
}

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Up, down, and a clean end each way. */
static void exchange(const char *version, const char *wanted,
                     const char *const *options)
{
	static char got[BULK + 1];
	char ca[PATH];
	struct wire w;

	snprintf(ca, sizeof(ca), "%s", path_of("ca"));
	w = serve(options,
	          LIST(version, "-CAfile", ca, "-verify_return_error",
	               "-verify_hostname", "gw.example.com"),
	          "upload");
	CHECK_INT(receive(&w, got, BULK), BULK);
	CHECK_MEM(got, upload, BULK);
	CHECK_STR(pst_kit_attribute(w.kit, "tls.version", NULL), wanted);
	CHECK_STR(pst_kit_attribute(w.kit, "tls.sni", NULL), "gw.example.com");
	pst_kit_feed(pst_kit_tx_in(w.kit), download, BULK);
	pst_kit_end(pst_kit_tx_in(w.kit), PST_END_CLEAN, PST_CLASS_CLEAN);
	run_out(&w);
	CHECK_INT(pst_kit_ended(pst_kit_rx_out(w.kit)), PST_END_CLEAN);
	CHECK(!pst_kit_failed(w.kit));
	CHECK_INT(part(&w, client), 0);
	CHECK_INT(read_file("out", got, sizeof(got)), BULK);
	CHECK_MEM(got, download, BULK);
}

static void a_foreign_client_gets_what_it_asks_for(void)
{
	exchange("-tls1_3", "TLS1.3", NULL);
	exchange("-tls1_2", "TLS1.2", NULL);
	exchange("-tls1_3", "TLS1.3",
	         LIST("certificate", "rsa", "private_key", "rsa.key"));
	exchange("-tls1_2", "TLS1.2",
	         LIST("certificate", "rsa", "private_key", "rsa.key"));
}

static void a_foreign_client_that_does_not_trust_us_says_so(void)
{
	char ca[PATH];
	struct wire w;

	snprintf(ca, sizeof(ca), "%s", path_of("other-ca"));
	w = serve(NULL, LIST("-CAfile", ca, "-verify_return_error"), "nothing");
	run_out(&w);
	CHECK(pst_kit_failed(w.kit));
	CHECK_INT(pst_kit_fail_code(w.kit), 48);
	CHECK_INT(pst_kit_fail_class(w.kit), PST_CLASS_REFUSED);
	CHECK(strstr(pst_kit_fail_text(w.kit), "unknown_ca") != NULL);
	CHECK(part(&w, client) != 0);
}

static void a_foreign_client_shows_its_certificate(void)
{
	enum pst_provenance how = PST_CLAIMED;
	char cert[PATH], key[PATH], one[1];
	struct wire w;

	snprintf(cert, sizeof(cert), "%s", path_of("client"));
	snprintf(key, sizeof(key), "%s", path_of("client.key"));
	w = serve(LIST("client_auth", "require", "client_trust", "ca"),
	          LIST("-cert", cert, "-key", key), "upload");
	CHECK_INT(receive(&w, one, 1), 1);
	CHECK_STR(pst_kit_attribute(w.kit, "tls.peer.subject", &how),
	          "CN=alice");
	CHECK_INT(how, PST_PROVEN);
	pst_kit_end(pst_kit_tx_in(w.kit), PST_END_CLEAN, PST_CLASS_CLEAN);
	run_out(&w);
	part(&w, client);
}

static void a_foreign_client_without_certificate_is_told(void)
{
	struct wire w =
		serve(LIST("client_auth", "require", "client_trust", "ca"),
	              LIST("-tls1_3"), "nothing");

	run_out(&w);
	CHECK(pst_kit_failed(w.kit));
	CHECK_INT(pst_kit_fail_code(w.kit), 116);
	CHECK(part(&w, client) != 0);
}

static void a_foreign_client_of_old_is_refused(void)
{
	static const char *const args[] = {"-tls1_1", "-cipher",
	                                   "ALL:@SECLEVEL=0", NULL};
	struct wire w = serve(NULL, args, "nothing");

	run_out(&w);
	CHECK(pst_kit_failed(w.kit));
	CHECK(strstr(pst_kit_fail_text(w.kit), "offers TLS 1.1") != NULL);
	CHECK_INT(pst_kit_fail_code(w.kit), 70);
	CHECK(part(&w, client) != 0);
}

/* -- OpenSSL's server -------------------------------------------------------- */

static pid_t server;

/* The port in the line "ACCEPT 127.0.0.1:40123"; 0 when none comes. */
static uint16_t read_port(int fd)
{
	char text[1024] = "";
	size_t used = 0;

	while (used < sizeof(text) - 1) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		const char *at = strstr(text, "ACCEPT ");
		ssize_t n;

		if (at != NULL && strchr(at, '\n') != NULL) {
			at = strchr(at, ':');
			return at == NULL ? 0 : (uint16_t)atoi(at + 1);
		}
		if (poll(&p, 1, PATIENCE) != 1) {
			return 0;
		}
		n = read(fd, text + used, sizeof(text) - 1 - used);
		if (n <= 0) {
			return 0;
		}
		used += (size_t)n;
		text[used] = '\0';
	}
	return 0;
}

/* s_server that reverses lines, with `extra`; a connect kit in front of it. */
static struct wire call(const char *const *options, const char *const *extra)
{
	const char *args[ARGS] = {"s_server", "-accept", "127.0.0.1:0",
	                          "-naccept", "1",       "-rev"};
	struct sockaddr_in a;
	struct wire w = {.fd = -1};
	struct world_pair pair;
	int out[2];
	size_t n = 6;

	if (pipe2(out, O_CLOEXEC) != 0) {
		perror("pipe");
		exit(99);
	}
	while (*extra != NULL && n + 1 < ARGS) {
		args[n++] = *extra++;
	}
	server = start(args, "nothing", out[1]);
	close(out[1]);
	a = loopback(read_port(out[0]));
	w.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK_INT(connect(w.fd, (struct sockaddr *)&a, sizeof(a)), 0);
	close(out[0]);
	world_pair(&pair, NULL, options);
	pst_kit_link(pst_kit_tx_out(pair.back), NULL);
	CHECK_INT(pst_kit_destroy(pair.front), 0);
	w.kit = pair.back;
	return w;
}

static void reverse(const char *cert, const char *version, const char *wanted)
{
	char pem[PATH], key[PATH], got[8] = "";
	struct wire w;

	snprintf(pem, sizeof(pem), "%s/%s", folder, cert);
	snprintf(key, sizeof(key), "%s/%s.key", folder, cert);
	w = call(NULL, LIST("-cert", pem, "-key", key, version));
	pst_kit_feed(pst_kit_tx_in(w.kit), "stream\n", 7);
	CHECK_INT(receive(&w, got, 7), 7);
	CHECK_MEM(got, "maerts\n", 7);
	CHECK_STR(pst_kit_attribute(w.kit, "tls.version", NULL), wanted);
	CHECK_STR(pst_kit_attribute(w.kit, "tls.group", NULL), "X25519");
	pst_kit_end(pst_kit_tx_in(w.kit), PST_END_CLEAN, PST_CLASS_CLEAN);
	run_out(&w);
	CHECK(!pst_kit_failed(w.kit));
	part_server(&w, server);
}

static void a_foreign_back_end_answers(void)
{
	reverse("gw", "-tls1_3", "TLS1.3");
	reverse("gw", "-tls1_2", "TLS1.2");
	reverse("rsa", "-tls1_3", "TLS1.3");
}

static void a_foreign_back_end_with_other_groups_is_asked_again(void)
{
	char pem[PATH], key[PATH], got[4] = "";
	struct wire w;

	snprintf(pem, sizeof(pem), "%s", path_of("gw"));
	snprintf(key, sizeof(key), "%s", path_of("gw.key"));
	w = call(NULL, LIST("-cert", pem, "-key", key, "-groups", "P-384"));
	pst_kit_feed(pst_kit_tx_in(w.kit), "ab\n", 3);
	CHECK_INT(receive(&w, got, 3), 3);
	CHECK_STR(pst_kit_attribute(w.kit, "tls.group", NULL), "SECP384R1");
	pst_kit_end(pst_kit_tx_in(w.kit), PST_END_CLEAN, PST_CLASS_CLEAN);
	run_out(&w);
	part_server(&w, server);
}

static void a_foreign_back_end_gets_our_certificate(void)
{
	char pem[PATH], key[PATH], ca[PATH], got[4] = "";
	struct wire w;

	snprintf(pem, sizeof(pem), "%s", path_of("gw"));
	snprintf(key, sizeof(key), "%s", path_of("gw.key"));
	snprintf(ca, sizeof(ca), "%s", path_of("ca"));
	w = call(LIST("certificate", "client", "private_key", "client.key"),
	         LIST("-cert", pem, "-key", key, "-Verify", "2", "-CAfile", ca,
	              "-verify_return_error"));
	pst_kit_feed(pst_kit_tx_in(w.kit), "ab\n", 3);
	CHECK_INT(receive(&w, got, 3), 3);
	CHECK_MEM(got, "ba\n", 3);
	pst_kit_end(pst_kit_tx_in(w.kit), PST_END_CLEAN, PST_CLASS_CLEAN);
	run_out(&w);
	part_server(&w, server);
}

static void a_foreign_back_end_that_wants_a_certificate_says_so(void)
{
	char pem[PATH], key[PATH], ca[PATH];
	struct wire w;

	snprintf(pem, sizeof(pem), "%s", path_of("gw"));
	snprintf(key, sizeof(key), "%s", path_of("gw.key"));
	snprintf(ca, sizeof(ca), "%s", path_of("ca"));
	w = call(NULL, LIST("-cert", pem, "-key", key, "-Verify", "2",
	                    "-CAfile", ca, "-tls1_3"));
	run_out(&w);
	CHECK(pst_kit_failed(w.kit));
	CHECK_INT(pst_kit_fail_code(w.kit), 116);
	CHECK(strstr(pst_kit_fail_text(w.kit), "it wants a certificate") !=
	      NULL);
	part_server(&w, server);
}

static CU_TestInfo tests[] = {
	TEST(a_foreign_client_gets_what_it_asks_for),
	TEST(a_foreign_client_that_does_not_trust_us_says_so),
	TEST(a_foreign_client_shows_its_certificate),
	TEST(a_foreign_client_without_certificate_is_told),
	TEST(a_foreign_client_of_old_is_refused),
	TEST(a_foreign_back_end_answers),
	TEST(a_foreign_back_end_with_other_groups_is_asked_again),
	TEST(a_foreign_back_end_gets_our_certificate),
	TEST(a_foreign_back_end_that_wants_a_certificate_says_so),
	CU_TEST_INFO_NULL,
};

int main(int argc, char **argv)
{
	size_t i;
	int ret;

	(void)argc;
	if (system("openssl version >/dev/null 2>&1") != 0) {
		pst_test_skip("the openssl command is not installed");
	}
	for (i = 0; i < BULK; i++) {
		upload[i] = (char)('a' + i * 7 % 13);
		download[i] = (char)(i * 31 >> 3);
	}
	world_make();
	write_world();
	ret = pst_test_run(argv[0], tests);
	remove_world();
	world_finish();
	return ret;
}
