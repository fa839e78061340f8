/* SPDX-License-Identifier: MIT */
/* Fuzz whole stacks: the real plugins over a socket pair, in one worker.
 *
 * Input: byte 0 chooses the listener, byte 1 how the rest is cut; then what the
 * client sends. Whatever that is, the session must end and hold nothing. */
#include "acceptor.h"
#include "configure.h"
#include "fuzz.h"
#include "session.h"
#include "worker_state.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	TURNS = 6,         /* per piece that the client sends */
	MOST_ROUNDS = 200, /* until everything must have ended */
	STEP_MS = 60 * 60 * 1000
};

static const char config[] =
	"services: ("
	" { name = \"ws\"; type = \"echo\"; accept = \"ws://localhost:7001/\"; "
	"},"
	" { name = \"page\"; type = \"respond\"; body = \"hello\";"
	"   accept = \"http://localhost:7002/\"; },"
	" { name = \"exchange\"; type = \"echo\";"
	"   accept = \"http://localhost:7003/a\"; },"
	" { name = \"both\"; type = \"echo\";"
	"   accept = \"ws://localhost:7003/w\"; },"
	" { name = \"bytes\"; type = \"echo\";"
	"   accept = \"tcp://localhost:7004\"; }"
	");";

static struct {
	struct worker *worker;
	struct gateway *gateway;
	struct log log;
} all;

static void fail(struct diag *d, const char *what)
{
	diag_print(d, stderr);
	fprintf(stderr, "fuzz_stack: %s\n", what);
	exit(77);
}

static struct gateway *build(void)
{
	static struct diag d;
	static char folder[4096];
	static const char *folders[] = {folder};
	const char *tree = getenv("PST_BUILD");
	static struct configuration *c; /* static: they live as long as we do */
	static struct registry *r;
	struct gateway *g = NULL;

	diag_init(&d);
	snprintf(folder, sizeof(folder), "%s/plugins/loadable",
	         tree != NULL ? tree : ".");
	r = registry_create(folders, 1, &d);
	if (r == NULL || configure_load_text("fuzz", config, &d, &c) != 0 ||
	    configure_build(c, r, core_table(), &d, &g) != 0 ||
	    registry_init_plugins(r, core_table(), &d) != 0) {
		fail(&d, "cannot build the stacks; is PST_BUILD set?");
	}
	return g;
}

static void start(void)
{
	static struct counters *counters;
	struct worker_params p = {.control_fd = -1};

	signal(SIGPIPE, SIG_IGN);
	all.gateway = build();
	log_init(&all.log);
	all.log.fd = open("/dev/null", O_WRONLY);
	all.log.level = PST_LOG_DEBUG;
	counters = counters_create(1);
	p.gateway = all.gateway;
	p.counters = counters;
	p.log = &all.log;
	all.worker = worker_create(&p);
	if (all.worker == NULL) {
		exit(99);
	}
	all.worker->clock.manual = true;
}

static void turn(int client)
{
	char gone[4096];
	int i;

	for (i = 0; i < TURNS; i++) {
		loop_run_once(all.worker->loop, false);
		while (recv(client, gone, sizeof(gone), MSG_DONTWAIT) > 0) {
		}
	}
}

static void feed(int client, const uint8_t *data, size_t size, uint8_t cut)
{
	size_t piece = cut == 0 ? size : cut;

	while (size != 0) {
		size_t n = piece < size ? piece : size;

		if (send(client, data, n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
			return;
		}
		turn(client);
		data += n;
		size -= n;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct listener *l;
	int pair[2], round;

	if (all.worker == NULL) {
		start();
	}
	if (size < 2 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) {
		return 0;
	}
	l = &all.gateway->listeners[data[0] % all.gateway->listener_count];
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	acceptor_take(all.worker, l, pair[0], "fuzz");
	feed(pair[1], data + 2, size - 2, data[1]);
	if ((data[1] & 1) != 0) {
		shutdown(pair[1], SHUT_WR);
		turn(pair[1]);
	}
	close(pair[1]);
	for (round = 0;
	     all.worker->sessions != NULL || all.worker->trunks != NULL;
	     round++) {
		must(round != MOST_ROUNDS); /* else it never ends */
		loop_run_once(all.worker->loop, false);
		all.worker->clock.now_ms += round > 4 ? STEP_MS : 0;
	}
	return 0;
}
