/* SPDX-License-Identifier: MIT */
/* Coming back: tickets for clients, whose rules they keep to, and sessions with
 * back-ends. */
#include "kit_check.h"
#include "test_tls_raw.h"
#include "tls_conf.h"

#include <pthread.h>
#include <time.h>

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TLS_1_2   "NORMAL:-VERS-ALL:+VERS-TLS1.2"
#define TLS_1_3   "NORMAL:-VERS-ALL:+VERS-TLS1.3"

enum {
	HOUR = 3600
};

/* -- time ----------------------------------------------------------------- */

static time_t moment;

/* So many seconds behind the beginning of a period of three lifetimes, each of
 * ten hours. */
static void begin_at(time_t within)
{
	const time_t period = 30 * HOUR;

	moment = (time(NULL) / period + 1) * period + within;
}

static time_t stands_still(time_t *out)
{
	if (out != NULL) {
		*out = moment;
	}
	return moment;
}

/* -- a bare client that comes back ---------------------------------------- */

static unsigned tickets_seen;

/* RFC 8446 4.6.1: lifetime, age_add, nonce, ticket; GnuTLS begins a ticket with
 * the name of the key that seals it. */
static uint8_t key_name[16];

static void keep_key_name(const gnutls_datum_t *msg)
{
	size_t at = 9;

	if (CHECK(msg->size > at && msg->size > at + msg->data[8] + 18)) {
		memcpy(key_name, msg->data + at + msg->data[8] + 2, 16);
	}
}

static int count_tickets(gnutls_session_t s, unsigned type, unsigned when,
                         unsigned incoming, const gnutls_datum_t *msg)
{
	(void)s;
	(void)type;
	(void)when;
	tickets_seen += incoming;
	keep_key_name(msg);
	return 0;
}

struct visit {
	const char *priority;
	const char *const *options; /* of the gateway's end */
	const struct tinyca_cert *with;
	const struct tls_ticket *seal; /* use this one's key; NULL: its own */
};

/* What came of it. */
static struct {
	bool up, resumed;
	unsigned tickets;
	unsigned code;
	char text[1000], subject[100];
	int64_t counted;
	enum pst_provenance how;
} seen;

static struct tls_conf *conf_of(struct pst_kit *k)
{
	return (struct tls_conf *)(uintptr_t)pst_kit_instance(k)->conf;
}

static void note_visit(struct raw *r)
{
	const char *subject =
		pst_kit_attribute(r->kit, "tls.peer.subject", &seen.how);
	const char *resumed = pst_kit_attribute(r->kit, "tls.resumed", NULL);

	seen.up = pst_kit_ups(r->kit) == 1 && !pst_kit_failed(r->kit);
	seen.resumed = gnutls_session_is_resumed(r->session) != 0;
	seen.tickets = tickets_seen;
	seen.code = pst_kit_fail_code(r->kit);
	seen.counted = pst_kit_metric(r->kit, "handshakes_resumed");
	snprintf(seen.text, sizeof(seen.text), "%s", pst_kit_fail_text(r->kit));
	snprintf(seen.subject, sizeof(seen.subject), "%s",
	         subject == NULL ? "" : subject);
	if (seen.up) {
		CHECK_INT(resumed != NULL, seen.resumed);
	}
}

/* Connect with the session in *data_io, if any, and leave the new one there. */
static void visit(const struct visit *v, gnutls_datum_t *data_io)
{
	struct raw r;
	char one[1];

	raw_open(&r, PST_ACCEPT, v->priority, 0, v->options);
	if (v->with != NULL) {
		gnutls_x509_crt_t crt = v->with->crt;

		CHECK(gnutls_certificate_set_x509_key(r.credentials, &crt, 1,
		                                      v->with->key) >= 0);
	}
	if (v->seal != NULL) {
		memcpy(conf_of(r.kit)->ticket.key, v->seal->key,
		       sizeof(v->seal->key));
	}
	tickets_seen = 0;
	gnutls_handshake_set_hook_function(r.session,
	                                   GNUTLS_HANDSHAKE_NEW_SESSION_TICKET,
	                                   GNUTLS_HOOK_PRE, count_tickets);
	if (data_io->data != NULL) {
		CHECK_INT(gnutls_session_set_data(r.session, data_io->data,
		                                  data_io->size),
		          0);
		gnutls_free(data_io->data);
		data_io->data = NULL;
	}
	if (raw_shake(&r) == 0) {
		raw_receive(&r, one, 1); /* goes away after three records */
		raw_receive(&r, one, 1);
		CHECK_INT(gnutls_session_get_data2(r.session, data_io), 0);
	}
	note_visit(&r);
	raw_close(&r);
}

/* Come with `first`, come back with `second`. Is the session resumed? */
static bool comes_back(const struct visit *first, const struct visit *second)
{
	gnutls_datum_t data = {NULL, 0};

	visit(first, &data);
	CHECK(seen.up);
	CHECK(!seen.resumed);
	visit(second, &data);
	gnutls_free(data.data);
	return seen.resumed;
}

static bool comes_back_with(const char *const *first, const char *const *second)
{
	const struct visit a = {.priority = TLS_1_3, .options = first};
	const struct visit b = {.priority = TLS_1_3, .options = second};

	return comes_back(&a, &b);
}

/* -- tickets -------------------------------------------------------------- */

static void a_client_comes_back_to_another_worker(void)
{
	/* kits share a seed, as workers do */
	CHECK(comes_back_with(NULL, NULL));
	CHECK(seen.up);
	CHECK_INT(seen.counted, 1);
}

static void a_client_of_tls_1_2_comes_back(void)
{
	const struct visit v = {.priority = TLS_1_2};

	CHECK(comes_back(&v, &v));
	CHECK_INT(seen.counted, 1);
}

static void tickets_says_how_many(void)
{
	static const char *const counts[] = {"0", "1", "2", "3", "4"};
	unsigned i;

	for (i = 0; i < 5; i++) {
		const struct visit v = {.priority = TLS_1_3,
		                        .options = LIST("tickets", counts[i])};
		gnutls_datum_t data = {NULL, 0};

		visit(&v, &data);
		CHECK(seen.up);
		CHECK_INT(seen.tickets, i);
		visit(&v, &data);
		CHECK_INT(seen.resumed, i != 0);
		CHECK_INT(seen.tickets, i != 0);
		gnutls_free(data.data);
	}
}

static void two_tickets_unless_told_otherwise(void)
{
	const struct visit v = {.priority = TLS_1_3};
	gnutls_datum_t data = {NULL, 0};

	visit(&v, &data);
	CHECK_INT(seen.tickets, 2);
	gnutls_free(data.data);
}

static void without_tickets_nobody_comes_back_by_tls_1_2(void)
{
	const struct visit v = {.priority = TLS_1_2,
	                        .options = LIST("tickets", "0")};

	CHECK(!comes_back(&v, &v));
	CHECK(seen.up);
}

static void tickets_are_bounded(void)
{
	struct pst_kit *k = world_kit(PST_ACCEPT,
	                              LIST("certificate", "gw", "private_key",
	                                   "gw.key", "tickets", "5"),
	                              NULL);

	CHECK_REFUSED(k, "tickets", "5");
}

static void a_ticket_ends_with_its_lifetime(void)
{
	const struct visit v = {.priority = TLS_1_3,
	                        .options = LIST("ticket_lifetime", "10h",
	                                        "ticket_key", "raw-key")};
	gnutls_datum_t data = {NULL, 0}, copy;

	begin_at(HOUR); /* so that the key stays */
	gnutls_global_set_time_function(stands_still);
	visit(&v, &data);
	copy.size = data.size;
	copy.data = gnutls_malloc(data.size);
	memcpy(copy.data, data.data, data.size);
	moment += 9 * HOUR;
	visit(&v, &data);
	CHECK(seen.resumed);
	gnutls_free(data.data);
	moment += HOUR + 60;
	visit(&v, &copy);
	CHECK(seen.up);
	CHECK(!seen.resumed);
	gnutls_free(copy.data);
	gnutls_global_set_time_function(time);
}

static void the_sealing_key_changes_by_itself(void)
{
	const struct visit v = {.priority = TLS_1_3,
	                        .options = LIST("ticket_lifetime", "10h")};
	gnutls_datum_t data = {NULL, 0};
	uint8_t first[16];

	begin_at(-60);
	gnutls_global_set_time_function(stands_still);
	visit(&v, &data);
	memcpy(first, key_name, 16);
	visit(&v, &data);
	CHECK(seen.resumed);
	CHECK_MEM(key_name, first, 16);
	moment += 120;
	visit(&v, &data);
	CHECK(seen.resumed);
	CHECK(memcmp(key_name, first, 16) != 0);
	gnutls_free(data.data);
	gnutls_global_set_time_function(time);
}

/* -- the master ----------------------------------------------------------- */

static uint8_t raw_key[64], other_key[64], zero_key[64], same_key[64];
static char hex_key[130];

static void make_keys(void)
{
	size_t i;

	for (i = 0; i < 64; i++) {
		raw_key[i] = (uint8_t)(7 * i + 1);
		other_key[i] = (uint8_t)(5 * i + 3);
		same_key[i] = 'x';
		snprintf(hex_key + 2 * i, 3, i % 2 == 0 ? "%02x" : "%02X",
		         raw_key[i]);
	}
	hex_key[128] = '\n';
	world_file("raw-key", raw_key, 64);
	world_file("other-key", other_key, 64);
	world_file("zero-key", zero_key, 64);
	world_file("same-key", same_key, 64);
	world_file("hex-key", hex_key, 129);
	world_file("short-key", raw_key, 32);
	world_file("short-hex", hex_key, 126);
	world_file("bad-hex", "zz", 2);
	world_file("no-key", "", 0);
}

static void hosts_with_one_file_agree(void)
{
	CHECK(comes_back_with(LIST("ticket_key", "raw-key"),
	                      LIST("ticket_key", "raw-key")));
	CHECK(comes_back_with(LIST("ticket_key", "raw-key"),
	                      LIST("ticket_key", "hex-key")));
	/* each with a certificate of its own */
	CHECK(comes_back_with(LIST("ticket_key", "raw-key"),
	                      LIST("ticket_key", "raw-key", "certificate",
	                           "rsa", "private_key", "rsa.key")));
}

static void hosts_with_other_files_do_not(void)
{
	CHECK(!comes_back_with(LIST("ticket_key", "raw-key"),
	                       LIST("ticket_key", "other-key")));
	CHECK(seen.up);
	CHECK(!comes_back_with(LIST("ticket_key", "raw-key"), NULL));
	CHECK(seen.up);
}

static void a_wrong_ticket_key_is_refused(void)
{
	static const char *const wrong[][2] = {
		{"zero-key", "no secret"},
		{"same-key", "no secret"},
		{"short-key", "not 64 bytes"},
		{"short-hex", "not 64 bytes"},
		{"bad-hex", "openssl rand -out FILE 64"},
		{"no-key", "not 64 bytes"},
	};
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct pst_kit *k =
			world_kit(PST_ACCEPT,
		                  LIST("certificate", "gw", "private_key",
		                       "gw.key", "ticket_key", wrong[i][0]),
		                  NULL);

		CHECK_REFUSED(k, "ticket_key", wrong[i][1]);
	}
}

static void a_ticket_key_without_tickets_is_refused(void)
{
	struct pst_kit *k =
		world_kit(PST_ACCEPT,
	                  LIST("certificate", "gw", "private_key", "gw.key",
	                       "ticket_key", "raw-key", "tickets", "0"),
	                  NULL);

	CHECK_REFUSED(k, "ticket_key", "tickets is 0");
}

static void explain_tells_of_resumption(void)
{
	struct world_pair p;

	world_pair(&p, LIST("ticket_key", "raw-key", "ticket_lifetime", "1h"),
	           LIST("resumption", "false"));
	pst_kit_explain(p.front);
	CHECK(pst_kit_diagnosed(p.front, "resumption", "3600 s"));
	CHECK(pst_kit_diagnosed(p.front, "resumption", "raw-key"));
	pst_kit_explain(p.back);
	CHECK(pst_kit_diagnosed(p.back, "resumption", "off"));
	world_part(&p);
}

/* -- rules ---------------------------------------------------------------- */

static void a_ticket_keeps_to_the_rules_it_was_made_under(void)
{
	static const char *const *const none = NULL;

	CHECK(!comes_back_with(
		none, LIST("client_auth", "request", "client_trust", "ca")));
	CHECK(seen.up);
	CHECK(!comes_back_with(
		LIST("client_auth", "request", "client_trust", "ca"), none));
	CHECK(!comes_back_with(
		LIST("client_auth", "request", "client_trust", "ca"),
		LIST("client_auth", "request", "client_trust", "other-ca")));
	CHECK(!comes_back_with(LIST("sni", "a.example"),
	                       LIST("sni", "b.example")));
	CHECK(!comes_back_with(none, LIST("min_version", "1.3")));
	CHECK(comes_back_with(LIST("sni", "a.example", "heavy", "never"),
	                      LIST("sni", "A.example", "default", "true")));
}

/* What is trusted counts, not by which name; and so do lists. */
static void a_ticket_keeps_to_what_is_trusted(void)
{
	struct tinyca_crl spec = {.issuer = world_cert(WORLD_CA)};
	size_t length;
	char *list = tinyca_make_crl(&spec, &length);

	world_file("list", list, length);
	world_trust("plain", LIST("certificates", "ca"));
	world_trust("listed", LIST("certificates", "ca", "crl", "list"));
	CHECK(comes_back_with(
		LIST("client_auth", "request", "client_trust", "plain"),
		LIST("client_auth", "request", "client_trust", "plain")));
	CHECK(!comes_back_with(
		LIST("client_auth", "request", "client_trust", "plain"),
		LIST("client_auth", "request", "client_trust", "listed")));
	CHECK(seen.up);
	CHECK(!comes_back_with(
		LIST("client_auth", "request", "client_trust", "plain"),
		LIST("client_auth", "request", "client_trust", "plain",
	             "client_names", "alice")));
	CHECK(seen.up);
	free(list);
}

static const char *const demands[] = {"client_auth", "require", "client_trust",
                                      "ca", NULL};

static void a_certificate_comes_back_with_its_client(void)
{
	static const char *const versions[] = {TLS_1_2, TLS_1_3};
	size_t i;

	for (i = 0; i < 2; i++) {
		const struct visit v = {.priority = versions[i],
		                        .options = demands,
		                        .with = world_cert(WORLD_CLIENT)};

		CHECK(comes_back(&v, &v));
		CHECK(seen.up);
		CHECK_STR(seen.subject, "CN=alice");
		CHECK_INT(seen.how, PST_PROVEN);
	}
}

static void a_certificate_is_judged_again_when_its_client_comes_back(void)
{
	static const char *const versions[] = {TLS_1_2, TLS_1_3};
	struct pst_kit *k =
		world_kit(PST_ACCEPT,
	                  LIST("certificate", "gw", "private_key", "gw.key",
	                       "client_auth", "require", "client_trust", "ca"),
	                  NULL);
	size_t i;

	for (i = 0; i < 2; i++) {
		/* the second place trusts another, and has the first's key */
		const struct visit a = {.priority = versions[i],
		                        .options = demands,
		                        .with = world_cert(WORLD_CLIENT)};
		const struct visit b = {
			.priority = versions[i],
			.options = LIST("client_auth", "require",
		                        "client_trust", "other-ca"),
			.with = world_cert(WORLD_CLIENT),
			.seal = &conf_of(k)->ticket};

		CHECK(comes_back(&a, &b));
		CHECK(!seen.up);
		CHECK_INT(seen.code, 48);
	}
	CHECK_INT(pst_kit_destroy(k), 0);
}

/* -- sessions with back-ends ------------------------------------------------ */

/* A pair of which the connecting end has the sessions of `from`. */
static void again(struct world_pair *p, const char *const *front,
                  const char *const *back, struct world_pair *from)
{
	struct tls_resume *mine, *theirs;
	struct tls_resume_cache *cache;

	world_pair(p, front, back);
	mine = &conf_of(p->back)->resume;
	theirs = &conf_of(from->back)->resume;
	cache = mine->cache;
	mine->cache = theirs->cache;
	theirs->cache = cache;
}

static bool is_resumed(const struct world_pair *p)
{
	CHECK_INT(pst_kit_ups(p->back), 1);
	CHECK_INT(pst_kit_attribute(p->front, "tls.resumed", NULL) != NULL,
	          pst_kit_attribute(p->back, "tls.resumed", NULL) != NULL);
	return pst_kit_attribute(p->back, "tls.resumed", NULL) != NULL;
}

static void a_back_end_is_come_back_to(void)
{
	static const char *const versions[] = {"1.2", "1.3"};
	size_t i;

	for (i = 0; i < 2; i++) {
		const char *const *version = LIST("max_version", versions[i]);
		enum pst_provenance how = PST_CLAIMED;
		struct world_pair p, q, third;

		world_pair(&p, version, NULL);
		world_run(&p);
		CHECK(!is_resumed(&p));
		again(&q, version, NULL, &p);
		world_run(&q);
		CHECK(is_resumed(&q));
		CHECK_INT(pst_kit_metric(q.back, "handshakes_resumed"), 1);
		CHECK_STR(pst_kit_attribute(q.back, "tls.peer.subject", &how),
		          "CN=gateway");
		CHECK_INT(how, PST_PROVEN);
		again(&third, version, NULL, &q);
		world_run(&third);
		CHECK(is_resumed(&third));
		world_part(&p);
		world_part(&q);
		world_part(&third);
	}
}

static void other_settings_do_not_share_sessions(void)
{
	struct world_pair p, q;

	world_pair(&p, NULL, NULL);
	world_run(&p);
	world_pair(&q, NULL, NULL);
	world_run(&q);
	CHECK(!is_resumed(&q));
	world_part(&p);
	world_part(&q);
}

static void resumption_can_be_off(void)
{
	struct world_pair p;

	world_pair(&p, NULL, LIST("resumption", "false"));
	CHECK(conf_of(p.back)->resume.cache == NULL);
	world_run(&p);
	CHECK_INT(pst_kit_ups(p.back), 1);
	world_part(&p);
}

static bool has_session(struct pst_kit *k)
{
	gnutls_datum_t d;

	if (!tls_resume_take(conf_of(k)->resume.cache,
	                     pst_now_ms(pst_kit_instance(k)), 0, &d)) {
		return false;
	}
	tls_resume_free(&d);
	return true;
}

static void a_back_end_that_forgot_us_empties_the_cache(void)
{
	struct world_pair p, q;

	world_pair(&p, LIST("tickets", "4"), NULL);
	world_run(&p);
	CHECK(has_session(p.back));
	again(&q, LIST("tickets", "0"), NULL, &p);
	world_run(&q);
	CHECK(!is_resumed(&q));
	CHECK(!has_session(q.back));
	world_part(&p);
	world_part(&q);
}

/* Tickets and data come together, and nothing comes after. */
static void data_behind_tickets_does_not_wait(void)
{
	gnutls_datum_t key = {NULL, 0};
	struct raw r;

	raw_open(&r, PST_CONNECT, TLS_1_3, GNUTLS_NO_AUTO_SEND_TICKET, NULL);
	CHECK_INT(gnutls_session_ticket_key_generate(&key), 0);
	CHECK_INT(gnutls_session_ticket_enable_server(r.session, &key), 0);
	CHECK_INT(raw_shake(&r), 0);
	CHECK_INT(gnutls_session_ticket_send(r.session, 3, 0), 0);
	raw_send(&r, "quote", 5);
	CHECK(pst_kit_reads(pst_kit_rx_out(r.kit), "quote", 5));
	CHECK(has_session(r.kit));
	gnutls_memset(key.data, 0, key.size);
	gnutls_free(key.data);
	raw_close(&r);
}

static void a_connection_leaves_a_few_sessions_only(void)
{
	gnutls_datum_t key = {NULL, 0};
	struct raw r;
	unsigned n = 0;

	raw_open(&r, PST_CONNECT, TLS_1_3, GNUTLS_NO_AUTO_SEND_TICKET, NULL);
	CHECK_INT(gnutls_session_ticket_key_generate(&key), 0);
	CHECK_INT(gnutls_session_ticket_enable_server(r.session, &key), 0);
	CHECK_INT(raw_shake(&r), 0);
	CHECK_INT(gnutls_session_ticket_send(r.session, 12, 0), 0);
	raw_send(&r, "quote", 5);
	while (n < 20 && has_session(r.kit)) {
		n++;
	}
	CHECK_INT(n, TLS_RESUME_OF_ONE);
	gnutls_memset(key.data, 0, key.size);
	gnutls_free(key.data);
	raw_close(&r);
}

/* -- what a handshake costs -------------------------------------------------- */

static unsigned heavies(const char *const *front, const char *const *back)
{
	struct world_pair p;
	unsigned n;

	world_pair(&p, front, back);
	world_run(&p);
	CHECK_INT(pst_kit_ups(p.front), 1);
	n = pst_kit_heavies(p.front);
	world_part(&p);
	return n;
}

static void the_last_flight_of_a_client_is_no_heavy_step(void)
{
	CHECK_INT(heavies(NULL, NULL), 1);
	/* a key exchange to compute; a certificate to judge */
	CHECK_INT(heavies(LIST("max_version", "1.2"), NULL), 2);
	CHECK_INT(heavies(LIST("client_auth", "request", "client_trust", "ca"),
	                  NULL),
	          2);
}

/* -- the cache ------------------------------------------------------------ */

static struct tls_conf stand_in;

static struct tls_resume_cache *new_cache(void)
{
	struct pst_setup setup = {.role = PST_CONNECT};

	memset(&stand_in, 0, sizeof(stand_in));
	stand_in.resume.enabled = true;
	CHECK_INT(tls_resume_init(&stand_in, &setup), 0);
	return stand_in.resume.cache;
}

static gnutls_datum_t session_data(uint8_t mark)
{
	gnutls_datum_t d = {gnutls_malloc(4), 4};

	memset(d.data, mark, 4);
	return d;
}

static int take(struct tls_resume_cache *c, uint64_t now_ms, int64_t clock)
{
	gnutls_datum_t d;
	int mark;

	if (!tls_resume_take(c, now_ms, clock, &d)) {
		return -1;
	}
	mark = d.data[0];
	tls_resume_free(&d);
	return mark;
}

static void the_cache_gives_the_newest_once(void)
{
	struct tls_resume_cache *c = new_cache();

	tls_resume_put(c, session_data(1), 0, 100);
	tls_resume_put(c, session_data(2), 5, 100);
	CHECK_INT(take(c, 5, 0), 2);
	CHECK_INT(take(c, 5, 0), 1);
	CHECK_INT(take(c, 5, 0), -1);
	tls_resume_put(c, session_data(3), 5, 100);
	tls_resume_drop(c);
	CHECK_INT(take(c, 5, 0), -1);
	tls_resume_finish(&stand_in.resume);
}

static void the_cache_is_bounded(void)
{
	struct tls_resume_cache *c = new_cache();
	int i;

	for (i = 0; i < TLS_RESUME_SESSIONS + 5; i++) {
		tls_resume_put(c, session_data((uint8_t)i), 0, 100);
	}
	for (i = TLS_RESUME_SESSIONS + 4; i >= 5; i--) {
		CHECK_INT(take(c, 0, 0), i);
	}
	CHECK_INT(take(c, 0, 0), -1);
	tls_resume_put(c, session_data(1), 0, 100);
	tls_resume_finish(&stand_in.resume);
}

static void the_cache_forgets_what_is_old(void)
{
	struct tls_resume_cache *c = new_cache();

	tls_resume_put(c, session_data(1), 0, 100);
	CHECK_INT(take(c, TLS_RESUME_AGE_MS + 1, 0), -1);
	CHECK_INT(take(c, 0, 0), -1);
	tls_resume_put(c, session_data(2), 0, 100);
	CHECK_INT(take(c, TLS_RESUME_AGE_MS, 100), 2);
	/* the back-end's certificate has ended since */
	tls_resume_put(c, session_data(3), 0, 100);
	CHECK_INT(take(c, 0, 101), -1);
	tls_resume_finish(&stand_in.resume);
}

static void *put_and_take(void *arg)
{
	struct tls_resume_cache *c = arg;
	int i, wrong = 0;

	for (i = 0; i < 2000; i++) {
		gnutls_datum_t d;

		tls_resume_put(c, session_data(7), 0, 100);
		if (i % 3 != 0 && tls_resume_take(c, 0, 0, &d)) {
			wrong += d.size != 4 || d.data[0] != 7;
			tls_resume_free(&d);
		}
		if (i % 100 == 0) {
			tls_resume_drop(c);
		}
	}
	return wrong == 0 ? NULL : arg;
}

static void threads_share_the_cache(void)
{
	struct tls_resume_cache *c = new_cache();
	pthread_t thread[4];
	void *wrong;
	int i;

	for (i = 0; i < 4; i++) {
		CHECK_INT(pthread_create(&thread[i], NULL, put_and_take, c), 0);
	}
	for (i = 0; i < 4; i++) {
		CHECK_INT(pthread_join(thread[i], &wrong), 0);
		CHECK(wrong == NULL);
	}
	tls_resume_finish(&stand_in.resume);
}

static void make(void)
{
	world_make();
	make_keys();
}

static CU_TestInfo tests[] = {
	TEST(a_client_comes_back_to_another_worker),
	TEST(a_client_of_tls_1_2_comes_back),
	TEST(tickets_says_how_many),
	TEST(two_tickets_unless_told_otherwise),
	TEST(without_tickets_nobody_comes_back_by_tls_1_2),
	TEST(tickets_are_bounded),
	TEST(a_ticket_ends_with_its_lifetime),
	TEST(the_sealing_key_changes_by_itself),
	TEST(hosts_with_one_file_agree),
	TEST(hosts_with_other_files_do_not),
	TEST(a_wrong_ticket_key_is_refused),
	TEST(a_ticket_key_without_tickets_is_refused),
	TEST(explain_tells_of_resumption),
	TEST(a_ticket_keeps_to_the_rules_it_was_made_under),
	TEST(a_ticket_keeps_to_what_is_trusted),
	TEST(a_certificate_comes_back_with_its_client),
	TEST(a_certificate_is_judged_again_when_its_client_comes_back),
	TEST(a_back_end_is_come_back_to),
	TEST(other_settings_do_not_share_sessions),
	TEST(resumption_can_be_off),
	TEST(a_back_end_that_forgot_us_empties_the_cache),
	TEST(data_behind_tickets_does_not_wait),
	TEST(a_connection_leaves_a_few_sessions_only),
	TEST(the_last_flight_of_a_client_is_no_heavy_step),
	TEST(the_cache_gives_the_newest_once),
	TEST(the_cache_is_bounded),
	TEST(the_cache_forgets_what_is_old),
	TEST(threads_share_the_cache),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN_WITHIN(tests, make, world_finish)
