/* SPDX-License-Identifier: MIT */
/* A registry of made-up transports and services. */
#include "fake_registry.h"

#include "fake_route.h"
#include "suggest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int fake_confs_alive;

const struct pst_core fake_core = {
	.size = sizeof(struct pst_core),
	.abi = PST_ABI,
	.version = "test",
	.diagnose = setup_diagnose,
	.check_secret = setup_check_secret,
	.expires = setup_expires,
	.seed = setup_seed,
	.find = setup_find,
};

static void conf_finish(void *conf)
{
	(void)conf;
	fake_confs_alive--;
}

/* -- net --------------------------------------------------------------- */

struct net_conf {
	const char *bind, *address;
	int64_t backlog;
	bool nodelay;
};

static const struct pst_option net_options[] = {
	{.name = "bind",
         .type = PST_OPTION_STRING,
         .flags = PST_OPTION_ACCEPT,
         .offset = offsetof(struct net_conf, bind),
         .help = "Where to listen."},
	{.name = "address",
         .type = PST_OPTION_STRING,
         .flags = PST_OPTION_CONNECT,
         .offset = offsetof(struct net_conf, address),
         .help = "Where to connect."},
	{.name = "backlog",
         .type = PST_OPTION_INT,
         .flags = PST_OPTION_ACCEPT,
         .offset = offsetof(struct net_conf, backlog),
         .min = 1,
         .max = 65535,
         .initial = "128",
         .help = "How many may wait."},
	{.name = "nodelay",
         .type = PST_OPTION_BOOL,
         .flags = PST_BOTH_HOPS,
         .offset = offsetof(struct net_conf, nodelay),
         .initial = "true",
         .help = "Send at once."},
	{.name = NULL},
};

static int net_init(void *conf, struct pst_setup *setup)
{
	(void)conf;
	(void)setup;
	fake_confs_alive++;
	return PST_OK;
}

static int net_plan(const void *conf, struct pst_setup *setup,
                    struct pst_socket_plan *plan)
{
	const struct net_conf *c = conf;
	const char *text = setup->role == PST_ACCEPT ? c->bind : c->address;

	plan->backlog = (uint32_t)c->backlog;
	if (text != NULL) {
		plan->host = text;
		plan->port = 1000;
		return PST_OK;
	}
	if (setup->url == NULL) {
		pst_error(setup, setup->role == PST_ACCEPT ? "bind" : "address",
		          "is missing: a list of layers has no URL");
		return PST_CONFIG;
	}
	if (strcmp(setup->url->scheme, "file") == 0) {
		plan->family = PST_FAMILY_UNIX;
		plan->path = setup->url->path;
	}
	plan->host = setup->url->host;
	plan->port = setup->url->port;
	return PST_OK;
}

static const struct pst_endpoint net = {
	.size = sizeof(net),
	.roles = PST_ACCEPT | PST_CONNECT,
	.id = "net",
	.help = "Sockets.",
	.above = PST_SHAPE_BYTES,
	.provides = PST_PROVIDES_HALF_CLOSE,
	.conf_size = sizeof(struct net_conf),
	.option_stride = sizeof(struct pst_option),
	.options = net_options,
	.conf_init = net_init,
	.conf_finish = conf_finish,
	.plan = net_plan,
};

/* -- badges ------------------------------------------------------------ */

static const struct pst_option badge_options[] = {
	{.name = "files",
         .type = PST_OPTION_FILES,
         .offset = offsetof(struct fake_badge, files),
         .help = "What it is made of."},
	{.name = "key",
         .type = PST_OPTION_FILES,
         .flags = PST_OPTION_SECRET,
         .offset = offsetof(struct fake_badge, key),
         .help = "What opens it."},
	{.name = "everybody",
         .type = PST_OPTION_BOOL,
         .offset = offsetof(struct fake_badge, everybody),
         .initial = "false",
         .help = "For all."},
	{.name = "text",
         .type = PST_OPTION_STRING,
         .offset = offsetof(struct fake_badge, text),
         .help = "What it says."},
	{.name = "friends",
         .type = PST_OPTION_REFS,
         .offset = offsetof(struct fake_badge, friends),
         .help = "Other badges.",
         .kind = "badges"},
	{.name = "password", .flags = PST_OPTION_ELSEWHERE, .help = "use key"},
	{.name = NULL},
};

unsigned fake_badges_made;

static int badge_init(void *conf, struct pst_setup *setup)
{
	struct fake_badge *b = conf;

	fake_confs_alive++;
	fake_badges_made++;
	b->flags = setup->flags;
	b->seed = pst_seed(setup);
	b->signer = pst_find(setup, PST_EXTENSION_SIGNER, NULL);
	b->slow = pst_find(setup, PST_EXTENSION_SIGNER, "slow");
	b->nobody = pst_find(setup, PST_EXTENSION_SIGNER, "nobody");
	if (setup->role != 0 || setup->url != NULL || setup->now == 0 ||
	    setup->service != NULL) {
		pst_error(setup, NULL, "is not set up as a resource");
	}
	if (b->text != NULL && strcmp(b->text, "bad") == 0) {
		pst_error(setup, "text", "\"bad\" is not good");
		return PST_CONFIG;
	}
	if (b->text != NULL && strcmp(b->text, "silent") == 0) {
		return PST_CONFIG;
	}
	if (b->text != NULL) {
		pst_expires(setup, 4711, "badge %s", b->text);
	}
	if (b->files.count != 0 &&
	    pst_check_secret(setup, "files", &b->files.item[0]) != 0) {
		return PST_CONFIG;
	}
	return PST_OK;
}

static void badge_explain(const void *conf, struct pst_setup *setup)
{
	const struct fake_badge *b = conf;

	pst_explain(setup, "says", "%s", b->text == NULL ? "none" : b->text);
}

static const struct pst_resource badges = {
	.size = sizeof(badges),
	.conf_size = sizeof(struct fake_badge),
	.id = "badges",
	.help = "Who may come in.",
	.path_option = "files",
	.word_option = "everybody",
	.options = badge_options,
	.option_stride = sizeof(struct pst_option),
	.conf_init = badge_init,
	.conf_finish = conf_finish,
	.conf_explain = badge_explain,
};

static const struct pst_option stamp_options[] = {
	{.name = NULL},
};

static const struct pst_resource stamps = {
	.size = sizeof(stamps),
	.conf_size = 1,
	.id = "stamps",
	.help = "By name only.",
	.options = stamp_options,
	.option_stride = sizeof(struct pst_option),
};

static const struct pst_signer fast = {.size = sizeof(fast), .id = "fast"};
static const struct pst_signer slow = {.size = sizeof(slow), .id = "slow"};

/* -- crypt ------------------------------------------------------------- */

struct crypt_conf {
	struct pst_file certificate, private_key, trust;
	uint32_t min_version, verify;
	const char *password;
	struct pst_list alpn;
	struct pst_refs badges, stamps, guests;
	bool offloaded;
};

static const char *const versions[] = {"1.2", "1.3", NULL};
static const char *const switches[] = {"off", "on", NULL};

static const struct pst_option crypt_options[] = {
	{.name = "certificate",
         .type = PST_OPTION_FILE,
         .flags = PST_OPTION_ACCEPT | PST_OPTION_REQUIRED,
         .offset = offsetof(struct crypt_conf, certificate),
         .help = "Who we are."},
	{.name = "private_key",
         .type = PST_OPTION_FILE,
         .flags = PST_OPTION_ACCEPT | PST_OPTION_SECRET,
         .offset = offsetof(struct crypt_conf, private_key),
         .help = "Its key."},
	{.name = "trust",
         .type = PST_OPTION_FILE,
         .flags = PST_OPTION_CONNECT,
         .offset = offsetof(struct crypt_conf, trust),
         .help = "Whom we believe."},
	{.name = "min_version",
         .type = PST_OPTION_ENUM,
         .flags = PST_BOTH_HOPS,
         .offset = offsetof(struct crypt_conf, min_version),
         .choices = versions,
         .initial = "1.2",
         .help = "The oldest version."},
	{.name = "verify",
         .type = PST_OPTION_ENUM,
         .flags = PST_OPTION_CONNECT,
         .offset = offsetof(struct crypt_conf, verify),
         .choices = switches,
         .initial = "on",
         .help = "Whether the peer is checked."},
	{.name = "password",
         .type = PST_OPTION_STRING,
         .flags = PST_BOTH_HOPS | PST_OPTION_SECRET,
         .offset = offsetof(struct crypt_conf, password),
         .help = "Opens the key."},
	{.name = "alpn",
         .type = PST_OPTION_LIST,
         .flags = PST_BOTH_HOPS,
         .offset = offsetof(struct crypt_conf, alpn),
         .help = "Protocols."},
	{.name = "badge",
         .type = PST_OPTION_REFS,
         .flags = PST_BOTH_HOPS,
         .offset = offsetof(struct crypt_conf, badges),
         .help = "Who may come in.",
         .kind = "badges"},
	{.name = "offloaded",
         .type = PST_OPTION_BOOL,
         .flags = PST_BOTH_HOPS,
         .offset = offsetof(struct crypt_conf, offloaded),
         .help = "Somebody else keeps the secrets."},
	{.name = "guests",
         .type = PST_OPTION_REFS,
         .flags = PST_OPTION_CONNECT,
         .offset = offsetof(struct crypt_conf, guests),
         .initial = "everybody",
         .help = "Who may come, too.",
         .kind = "badges"},
	{.name = "stamp",
         .type = PST_OPTION_REFS,
         .flags = PST_BOTH_HOPS,
         .offset = offsetof(struct crypt_conf, stamps),
         .help = "A stamp.",
         .kind = "stamps"},
	{.name = "keystore",
         .flags = PST_OPTION_ACCEPT | PST_OPTION_ELSEWHERE,
         .help = "use certificate"},
	{.name = NULL},
};

const struct pst_refs *fake_guests(const void *conf)
{
	return &((const struct crypt_conf *)conf)->guests;
}

static int crypt_init(void *conf, struct pst_setup *setup)
{
	const struct crypt_conf *c = conf;

	fake_confs_alive++;
	if (c->certificate.data != NULL && c->private_key.data == NULL) {
		pst_error(setup, "certificate", "has no private_key");
		return PST_CONFIG;
	}
	if (setup->role == PST_CONNECT && c->verify == 0) {
		pst_warning(setup, "verify", "off: anybody may answer");
	}
	return PST_OK;
}

static uint32_t crypt_provides(const void *conf, enum pst_role role)
{
	const struct crypt_conf *c = conf;
	uint32_t provides =
		PST_PROVIDES_HALF_CLOSE |
		(c->offloaded ? PST_PROVIDES_CLAIMED : PST_PROVIDES_SECURE);

	if (role == PST_CONNECT && c->verify != 0) {
		provides |= PST_PROVIDES_AUTHENTICATED;
	}
	return provides;
}

static void crypt_explain(const void *conf, struct pst_setup *setup)
{
	const struct crypt_conf *c = conf;

	if (c->certificate.data != NULL) {
		pst_explain(
			setup, "certificate", "CN=%.*s",
			(int)strcspn((const char *)c->certificate.data, "\n"),
			(const char *)c->certificate.data);
	}
}

static const struct pst_metric crypt_metrics[] = {
	{.name = "opened", .help = "Letters that were opened."},
	{.name = "waiting", .gauge = 1, .help = "Letters that wait."},
	{.name = NULL},
};

static const struct pst_attribute crypt_attributes[] = {
	{.key = "crypt.seal",
         .flags = PST_ATTRIBUTE_LOG,
         .help = "What the seal showed."},
	{.key = "crypt.paper", .help = "What it was written on."},
	{.key = NULL},
};

static const struct pst_layer crypt = {
	.size = sizeof(crypt),
	.roles = PST_ACCEPT | PST_CONNECT,
	.id = "crypt",
	.help = "Keeps secrets.",
	.below = PST_SHAPE_BYTES,
	.above = PST_SHAPE_BYTES,
	.provides = PST_PROVIDES_SECURE | PST_PROVIDES_HALF_CLOSE,
	.headroom = 40,
	.tailroom = 16,
	.lookahead = 16 * 1024,
	.conf_size = sizeof(struct crypt_conf),
	.options = crypt_options,
	.option_stride = sizeof(struct pst_option),
	.metrics = crypt_metrics,
	.metric_stride = sizeof(struct pst_metric),
	.attributes = crypt_attributes,
	.attribute_stride = sizeof(struct pst_attribute),
	.conf_init = crypt_init,
	.conf_finish = conf_finish,
	.conf_provides = crypt_provides,
	.conf_explain = crypt_explain,
};

/* -- web --------------------------------------------------------------- */

struct web_conf {
	const char *host, *path;
	uint64_t max_head;
};

static const struct pst_option web_options[] = {
	{.name = "host",
         .type = PST_OPTION_STRING,
         .flags = PST_BOTH_HOPS | PST_OPTION_ROUTE,
         .offset = offsetof(struct web_conf, host),
         .help = "The host served."},
	{.name = "path",
         .type = PST_OPTION_STRING,
         .flags = PST_OPTION_ACCEPT | PST_OPTION_ROUTE,
         .offset = offsetof(struct web_conf, path),
         .help = "The path served."},
	{.name = "max_head",
         .type = PST_OPTION_SIZE,
         .flags = PST_BOTH_HOPS,
         .offset = offsetof(struct web_conf, max_head),
         .min = 1024,
         .max = 65536,
         .initial = "16k",
         .unit = "bytes",
         .help = "The longest head."},
	{.name = NULL},
};

static const struct pst_layer web = {
	.size = sizeof(web),
	.roles = PST_ACCEPT | PST_CONNECT,
	.id = "web",
	.help = "Exchanges.",
	.below = PST_SHAPE_BYTES,
	.above = PST_SHAPE_EXCHANGES,
	.provides = PST_PROVIDES_MUX,
	.headroom = 32,
	.conf_size = sizeof(struct web_conf),
	.options = web_options,
	.option_stride = sizeof(struct pst_option),
};

static const struct pst_mux web_mux = {.size = sizeof(web_mux), .id = "web"};

/* -- the small ones ---------------------------------------------------- */

static const struct pst_layer frames = {
	.size = sizeof(frames),
	.roles = PST_ACCEPT | PST_CONNECT,
	.id = "frames",
	.help = "Messages.",
	.below = PST_SHAPE_EXCHANGES,
	.above = PST_SHAPE_MESSAGES,
	.provides = PST_PROVIDES_OFFER,
	.headroom = 14,
};

static const struct pst_layer flip = {
	.size = sizeof(flip),
	.roles = PST_ACCEPT | PST_CONNECT,
	.id = "flip",
	.help = "Flips bits.",
	.below = PST_SHAPE_BYTES,
	.provides = PST_PROVIDES_HALF_CLOSE,
};

static const struct pst_layer relay = {
	.size = sizeof(relay),
	.roles = PST_CONNECT,
	.id = "relay",
	.help = "Through another's relay.",
	.below = PST_SHAPE_EXCHANGES,
	.above = PST_SHAPE_BYTES,
	.provides = PST_PROVIDES_HALF_CLOSE | PST_PROVIDES_RELAY,
};

static const struct pst_layer front_only = {
	.size = sizeof(front_only),
	.roles = PST_ACCEPT,
	.id = "front-only",
	.help = "Accepts.",
	.below = PST_SHAPE_BYTES,
};

static const struct pst_layer vast = {
	.size = sizeof(vast),
	.roles = PST_ACCEPT | PST_CONNECT,
	.id = "vast",
	.help = "Looks far ahead.",
	.below = PST_SHAPE_BYTES,
	.lookahead = 1024 * 1024,
};

static int liar_init(void *conf, struct pst_setup *setup)
{
	(void)conf;
	(void)setup;
	fake_confs_alive++;
	return PST_CONFIG;
}

static const struct pst_layer liar = {
	.size = sizeof(liar),
	.roles = PST_ACCEPT | PST_CONNECT,
	.id = "liar",
	.help = "Refuses.",
	.below = PST_SHAPE_BYTES,
	.conf_init = liar_init,
	.conf_finish = conf_finish,
};

static const struct pst_layer tunnel = {
	.size = sizeof(tunnel),
	.roles = PST_ACCEPT | PST_CONNECT,
	.id = "tunnel",
	.help = "Streams in messages.",
	.below = PST_SHAPE_MESSAGES,
	.above = PST_SHAPE_BYTES,
	.provides = PST_PROVIDES_MUX,
};

static const struct pst_mux tunnel_mux = {.size = sizeof(tunnel_mux),
                                          .id = "tunnel"};

/* -- schemes ----------------------------------------------------------- */

static const char *const of_net[] = {"net", NULL};
static const char *const of_crypt[] = {"net", "crypt", NULL};
static const char *const of_web[] = {"net", "web", NULL};
static const char *const of_webs[] = {"net", "crypt", "web", NULL};
static const char *const of_frame[] = {"net", "web", "frames", NULL};
static const char *const of_frames[] = {"net", "crypt", "web", "frames", NULL};

static const struct pst_scheme schemes[] = {
	{.name = "net", .layers = of_net, .flags = PST_SCHEME_NEEDS_PORT},
	{.name = "crypt",
         .layers = of_crypt,
         .flags = PST_SCHEME_SECURE | PST_SCHEME_NEEDS_PORT},
	{.name = "web", .layers = of_web, .default_port = 80},
	{.name = "webs",
         .layers = of_webs,
         .default_port = 443,
         .flags = PST_SCHEME_SECURE},
	{.name = "frame", .layers = of_frame, .default_port = 80},
	{.name = "frames",
         .layers = of_frames,
         .default_port = 443,
         .flags = PST_SCHEME_SECURE},
	{.name = "file", .layers = of_net, .flags = PST_SCHEME_PATH_ONLY},
	{.name = "hollow", .layers = of_net, .flags = PST_SCHEME_SECURE},
};

/* -- services ---------------------------------------------------------- */

static const struct pst_service proxy = {
	.size = sizeof(proxy),
	.flags = PST_SERVICE_CONNECTS,
	.id = "proxy",
	.help = "Joins.",
	.shapes = PST_SHAPE_BYTES | PST_SHAPE_MESSAGES | PST_SHAPE_EXCHANGES,
};

static const struct pst_service echo = {
	.size = sizeof(echo),
	.id = "echo",
	.help = "Says it again.",
	.shapes = PST_SHAPE_BYTES | PST_SHAPE_MESSAGES,
};

static const struct pst_service burrow = {
	.size = sizeof(burrow),
	.flags = PST_SERVICE_CONNECTS | PST_SERVICE_TUNNELS,
	.id = "burrow",
	.help = "Opens tunnels.",
	.shapes = PST_SHAPE_EXCHANGES,
};

struct answer_conf {
	int64_t status;
	const char *body;
};

static const struct pst_option answer_options[] = {
	{.name = "status",
         .type = PST_OPTION_INT,
         .offset = offsetof(struct answer_conf, status),
         .min = 200,
         .max = 599,
         .initial = "200",
         .help = "The status."},
	{.name = "body",
         .type = PST_OPTION_STRING,
         .flags = PST_OPTION_REQUIRED,
         .offset = offsetof(struct answer_conf, body),
         .help = "The body."},
	{.name = NULL},
};

static int answer_init(void *conf, struct pst_setup *setup)
{
	const struct answer_conf *c = conf;

	fake_confs_alive++;
	if (c->status == 299) {
		pst_error(setup, "status", "299 is not an answer");
		return PST_CONFIG;
	}
	return PST_OK;
}

static const struct pst_service answer = {
	.size = sizeof(answer),
	.id = "answer",
	.help = "Always the same.",
	.shapes = PST_SHAPE_EXCHANGES,
	.conf_size = sizeof(struct answer_conf),
	.options = answer_options,
	.option_stride = sizeof(struct pst_option),
	.conf_init = answer_init,
	.conf_finish = conf_finish,
};

/* -- the registry ------------------------------------------------------ */

static const struct {
	enum registry_kind kind;
	const char *id;
	const void *record;
} records[] = {
	{REGISTRY_ENDPOINT, "net", &net},
	{REGISTRY_LAYER, "crypt", &crypt},
	{REGISTRY_LAYER, "web", &web},
	{REGISTRY_MUX, "web", &web_mux},
	{REGISTRY_LAYER, "frames", &frames},
	{REGISTRY_LAYER, "flip", &flip},
	{REGISTRY_LAYER, "relay", &relay},
	{REGISTRY_LAYER, "front-only", &front_only},
	{REGISTRY_LAYER, "vast", &vast},
	{REGISTRY_LAYER, "liar", &liar},
	{REGISTRY_LAYER, "tunnel", &tunnel},
	{REGISTRY_MUX, "tunnel", &tunnel_mux},
	{REGISTRY_LAYER, "sort", &sort_layer},
	{REGISTRY_ROUTE, "sort", &sort_route},
	{REGISTRY_LAYER, "strip", &strip_layer},
	{REGISTRY_ROUTE, "strip", &strip_route},
	{REGISTRY_SCHEME, "net", &schemes[0]},
	{REGISTRY_SCHEME, "crypt", &schemes[1]},
	{REGISTRY_SCHEME, "web", &schemes[2]},
	{REGISTRY_SCHEME, "webs", &schemes[3]},
	{REGISTRY_SCHEME, "frame", &schemes[4]},
	{REGISTRY_SCHEME, "frames", &schemes[5]},
	{REGISTRY_SCHEME, "file", &schemes[6]},
	{REGISTRY_SCHEME, "hollow", &schemes[7]},
	{REGISTRY_SERVICE, "proxy", &proxy},
	{REGISTRY_SERVICE, "echo", &echo},
	{REGISTRY_SERVICE, "answer", &answer},
	{REGISTRY_SERVICE, "burrow", &burrow},
	{REGISTRY_RESOURCE, "badges", &badges},
	{REGISTRY_RESOURCE, "stamps", &stamps},
	{REGISTRY_SIGNER, "slow", &slow},
	{REGISTRY_SIGNER, "fast", &fast},
};

#define RECORDS (sizeof(records) / sizeof(records[0]))

struct registry {
	int unused;
};

struct registry *fake_registry(void)
{
	static struct registry only;

	return &only;
}

const void *registry_find(struct registry *r, enum registry_kind kind,
                          const char *id, struct diag *d, const char *file,
                          unsigned line, const char *setting)
{
	static const char *const kinds[] = {"layer",   "mux",      "scheme",
	                                    "service", "endpoint", "resource",
	                                    "route",   "signer"};
	struct suggestion near;
	char hint[128];
	size_t i;

	(void)r;
	suggest_init(&near, id);
	for (i = 0; i < RECORDS; i++) {
		if (records[i].kind != kind) {
			continue;
		}
		if (strcmp(records[i].id, id) == 0) {
			return records[i].record;
		}
		suggest_try(&near, records[i].id);
	}
	if (d != NULL) {
		diag_add(d, PST_LOG_ERROR, file, line, setting,
		         "no plugin offers %s \"%s\"%s", kinds[kind], id,
		         suggest_hint(&near, hint, sizeof(hint)));
	}
	return NULL;
}

const void *registry_find_extension(struct registry *r, const char *extension,
                                    const char *id)
{
	(void)extension;
	return registry_find(r, REGISTRY_SIGNER, id == NULL ? "fast" : id, NULL,
	                     NULL, 0, NULL);
}

const char *registry_id(const struct registry *r, enum registry_kind kind,
                        size_t n)
{
	size_t i;

	(void)r;
	for (i = 0; i < RECORDS; i++) {
		if (records[i].kind == kind && n-- == 0) {
			return records[i].id;
		}
	}
	return NULL;
}

void registry_note(struct registry *r, const char *fmt, ...)
{
	(void)r;
	(void)fmt;
}

/* -- loading ----------------------------------------------------------- */

void fake_load(struct fake_load *l, const char *text)
{
	memset(l, 0, sizeof(*l));
	diag_init(&l->diag);
	if (configure_load_text("t.conf", text, &l->diag, &l->configuration) !=
	            PST_OK &&
	    l->configuration == NULL) {
		return;
	}
	if (configure_build(l->configuration, fake_registry(), &fake_core,
	                    &l->diag, &l->gateway) != PST_OK &&
	    l->diag.errors == 0) {
		fprintf(stderr, "refused without a word\n");
		abort();
	}
}

void fake_unload(struct fake_load *l)
{
	gateway_destroy(l->gateway);
	configure_destroy(l->configuration);
	diag_finish(&l->diag);
}

size_t fake_errors(const char *text)
{
	struct fake_load l;
	size_t errors;

	fake_load(&l, text);
	errors = l.diag.errors;
	if (errors != 0) {
		diag_print(&l.diag, stdout);
	}
	fake_unload(&l);
	return errors;
}

bool fake_refused(const char *text, const char *part)
{
	struct fake_load l;
	bool held;

	fake_load(&l, text);
	held = diag_has(&l.diag, part);
	if (l.diag.errors != 1 || l.gateway != NULL) {
		printf("%zu errors:\n", l.diag.errors);
		diag_print(&l.diag, stdout);
		held = false;
	}
	fake_unload(&l);
	return held && fake_confs_alive == 0;
}
