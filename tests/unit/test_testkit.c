/* SPDX-License-Identifier: MIT */
/* The test kit runs honest layers and catches the others. */
#include "pst_test.h"

#include <penstock/testkit.h>

/* -- a layer that does what its settings say, right or wrong -------------- */

enum vice {
	NONE = 0,
	PUT_AFTER_END,
	KEEP_SLICE,
	KEEP_QUEUE,
	NEVER_REST,
	LAZY,
	MOVE_AND_HEAVY,
	TIMER_ON_HELPER,
	SILENT_ERROR,
	FLAGS_IN_BYTES,
	GROW,
	FLOOD,
	LAST_WORDS,
	LEAVE,
	UNKNOWN_ATTRIBUTE,
	UP_TWICE
};

static const char *const vices[] = {"none",
                                    "put-after-end",
                                    "keep-slice",
                                    "keep-queue",
                                    "never-rest",
                                    "lazy",
                                    "move-heavy",
                                    "timer-on-helper",
                                    "silent-error",
                                    "flags",
                                    "grow",
                                    "flood",
                                    "last-words",
                                    "leave",
                                    "attribute",
                                    "up-twice",
                                    NULL};

struct conf {
	uint32_t vice;
	int64_t number;
	uint64_t size, time;
	bool flag;
	const char *text;
	struct pst_file file;
	struct pst_list list;
};

struct state {
	struct pst_queue *kept_queue;
	struct pst_slice *kept_slice;
	unsigned steps, timeouts, turns;
	bool up;
};

#define ROW(n, t, m, ...)                                            \
	{                                                            \
		.name = n, .type = t, .flags = PST_BOTH_HOPS,        \
		.offset = offsetof(struct conf, m), .help = "Test.", \
		__VA_ARGS__                                          \
	}

static const struct pst_option options[] = {
	ROW("vice", PST_OPTION_ENUM, vice, .choices = vices, .initial = "none"),
	ROW("number", PST_OPTION_INT, number, .min = 1, .max = 9,
            .initial = "7"),
	ROW("size", PST_OPTION_SIZE, size, .initial = "16k"),
	ROW("time", PST_OPTION_TIME, time, .initial = "2s"),
	ROW("flag", PST_OPTION_BOOL, flag, .initial = "false"),
	ROW("text", PST_OPTION_STRING, text, .initial = NULL),
	ROW("file", PST_OPTION_FILE, file, .initial = NULL),
	ROW("list", PST_OPTION_LIST, list, .initial = NULL),
	{.name = NULL},
};

static const struct pst_metric metrics[] = {
	{.name = "steps", .help = "Steps."},
	{.name = NULL},
};

static const struct pst_attribute attributes[] = {
	{.key = "test.fact", .help = "A fact."},
	{.key = NULL},
};

static int conf_init(void *conf, struct pst_setup *setup)
{
	const struct conf *c = conf;

	if (c->number == 3) {
		pst_error(setup, "number", "3 is unlucky");
		return PST_CONFIG;
	}
	return 0;
}

static void grow(struct pst_instance *me, struct pst_io *io)
{
	struct pst_slice *s = pst_slice_new(me, 1);

	s->length = 9; /* by hand, past what was claimed */
	pst_put(me, io->rx_out, s);
}

static void flood(struct pst_instance *me, struct pst_io *io)
{
	static const char much[512];
	unsigned i;

	for (i = 0; i < 8; i++) {
		CHECK_INT(pst_write(me, io->rx_out, much, 512, 0), 0);
	}
}

static enum pst_step misbehave(struct pst_instance *me, struct pst_io *io)
{
	const struct conf *c = me->conf;
	struct state *st = me->state;

	switch ((enum vice)c->vice) {
	case PUT_AFTER_END:
		pst_end(me, io->rx_out, PST_END_CLEAN, PST_CLASS_CLEAN);
		CHECK_INT(pst_write(me, io->rx_out, "x", 1, 0), 0);
		break;
	case KEEP_SLICE:
		st->kept_slice = pst_slice_new(me, 1);
		break;
	case KEEP_QUEUE:
		if (st->kept_queue != NULL) {
			CHECK(pst_take(me, st->kept_queue) == NULL);
		}
		st->kept_queue = io->rx_in;
		return st->turns < 3 ? PST_STEP_MORE : PST_STEP_OK;
	case NEVER_REST:
		return PST_STEP_MORE;
	case LAZY:
		pst_move(me, io->rx_out, io->rx_in, 1);
		return PST_STEP_OK;
	case MOVE_AND_HEAVY:
		return pst_move(me, io->rx_out, io->rx_in, 1) != 0
		               ? PST_STEP_HEAVY
		               : PST_STEP_OK;
	case TIMER_ON_HELPER:
		if ((io->flags & PST_IO_HELPER) == 0 && st->steps++ == 0) {
			return PST_STEP_HEAVY;
		}
		if ((io->flags & PST_IO_HELPER) != 0) {
			pst_timer(me, 0, 5);
		}
		break;
	case SILENT_ERROR:
		return PST_STEP_ERROR;
	case FLAGS_IN_BYTES:
		CHECK_INT(pst_write(me, io->rx_out, "x", 1, PST_EOM), 0);
		break;
	case GROW:
		grow(me, io);
		break;
	case FLOOD:
		flood(me, io);
		break;
	case LAST_WORDS:
		CHECK_INT(pst_write(me, io->tx_out, "bye", 3, 0), 0);
		pst_fail(me, PST_CLASS_PROTOCOL, 42, "peer said %s", "no");
		return PST_STEP_ERROR;
	case LEAVE:
		return PST_STEP_TRANSPARENT;
	case UNKNOWN_ATTRIBUTE:
		pst_attribute_set(me, "other.fact", "1", 1, PST_CLAIMED);
		break;
	case UP_TWICE:
		return st->steps++ < 2 ? PST_STEP_UP : PST_STEP_OK;
	case NONE:
		break;
	}
	return PST_STEP_OK;
}

static enum pst_step step(struct pst_instance *me, struct pst_io *io)
{
	const struct conf *c = me->conf;
	struct state *st = me->state;

	if (c->vice != NONE) {
		return ++st->turns > 4 && c->vice != NEVER_REST
		               ? PST_STEP_OK
		               : misbehave(me, io);
	}
	if (!st->up) {
		st->up = true;
		pst_count(me, 0, 1);
		return PST_STEP_UP;
	}
	pst_pass(me, io->rx_out, io->rx_in);
	pst_pass(me, io->tx_out, io->tx_in);
	return PST_STEP_OK;
}

static void timeout(struct pst_instance *me, uint32_t id)
{
	struct state *st = me->state;

	st->timeouts += id + 1;
	if (id == 0) {
		pst_timer(me, 1, 10);
	}
	pst_log(me, PST_LOG_DEBUG, "timer %u at=%u", id,
	        (unsigned)pst_now_ms(me));
}

static const struct pst_layer layer = {
	.size = sizeof(layer),
	.roles = PST_ACCEPT | PST_CONNECT,
	.id = "test",
	.below = PST_SHAPE_BYTES | PST_SHAPE_MESSAGES | PST_SHAPE_EXCHANGES,
	.headroom = 10,
	.state_size = sizeof(struct state),
	.conf_size = sizeof(struct conf),
	.options = options,
	.metrics = metrics,
	.attributes = attributes,
	.option_stride = sizeof(struct pst_option),
	.metric_stride = sizeof(struct pst_metric),
	.attribute_stride = sizeof(struct pst_attribute),
	.conf_init = conf_init,
	.step = step,
	.timeout = timeout,
};

static struct pst_kit *kit_with(const char *const *names)
{
	struct pst_kit_params p = {.layer = &layer, .options = names};

	return pst_kit_create(&p);
}

static struct pst_kit *kit_vice(const char *vice)
{
	const char *const names[] = {"vice", vice, NULL};

	return kit_with(names);
}

/** Run a kit with that vice; its violations must mention `text`. */
static void caught(const char *vice, const char *text)
{
	struct pst_kit *k = kit_vice(vice);
	bool found = false;
	unsigned i;

	pst_kit_limit(pst_kit_rx_out(k), 16);
	pst_kit_feed(pst_kit_rx_in(k), "ab", 1);
	pst_kit_feed(pst_kit_rx_in(k), "ab", 1);
	pst_kit_run(k);
	for (i = 0; i < pst_kit_violations(k); i++) {
		found = found || strstr(pst_kit_violation(k, i), text) != NULL;
	}
	CHECK(found);
	pst_kit_forgive(k);
	pst_kit_destroy(k);
}

/* -- tests ------------------------------------------------------------------- */

static void bytes_pass_both_ways(void)
{
	struct pst_kit *k = kit_with(NULL);

	CHECK(pst_kit_ready(k));
	pst_kit_split(pst_kit_rx_in(k), 3, 99);
	pst_kit_feed(pst_kit_rx_in(k), "hello, world", 12);
	pst_kit_feed(pst_kit_tx_in(k), "back", 4);
	pst_kit_run(k);
	CHECK_INT(pst_kit_ups(k), 1);
	CHECK_INT(pst_kit_metric(k, "steps"), 1);
	CHECK(!pst_kit_reads(pst_kit_rx_out(k), "hello, worl", 11));
	CHECK(!pst_kit_reads(pst_kit_rx_out(k), "hello, worlds", 13));
	CHECK(pst_kit_reads(pst_kit_rx_out(k), "hello, world", 12));
	CHECK(pst_kit_reads(pst_kit_tx_out(k), "back", 4));
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void ends_follow_what_was_queued(void)
{
	struct pst_kit *k = kit_with(NULL);

	pst_kit_feed(pst_kit_rx_in(k), "a", 1);
	pst_kit_end(pst_kit_rx_in(k), PST_END_CUT, PST_CLASS_TRUNCATED);
	pst_kit_run(k);
	CHECK_INT(pst_kit_ended(pst_kit_rx_out(k)), PST_END_OPEN);
	CHECK(pst_kit_reads(pst_kit_rx_out(k), "a", 1));
	CHECK_INT(pst_kit_ended(pst_kit_rx_out(k)), PST_END_CUT);
	CHECK_INT(pst_kit_end_class(pst_kit_rx_out(k)), PST_CLASS_TRUNCATED);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void messages_keep_their_boundaries(void)
{
	struct pst_kit_params p = {.layer = &layer,
	                           .below = PST_SHAPE_MESSAGES};
	struct pst_kit *k = pst_kit_create(&p);
	struct pst_kit_port *out = pst_kit_rx_out(k);
	const struct pst_control *c;
	struct pst_slice *s;

	pst_kit_split(pst_kit_rx_in(k), 2, 0);
	pst_kit_feed_message(pst_kit_rx_in(k), "abc", 3, PST_TEXT);
	pst_kit_feed_control(pst_kit_rx_in(k), PST_CONTROL_CLOSE,
	                     PST_CLASS_CLEAN, 1000, "done");
	pst_kit_run(k);
	s = pst_kit_take(out);
	CHECK_INT(s->flags, PST_TEXT);
	CHECK_INT(s->length, 2);
	pst_kit_free(s);
	s = pst_kit_take(out);
	CHECK_INT(s->flags, PST_TEXT | PST_EOM);
	pst_kit_free(s);
	s = pst_kit_take(out);
	c = pst_kit_control_of(s);
	if (CHECK(c != NULL)) {
		CHECK_INT(c->code, 1000);
		CHECK_INT(c->text_length, 4);
	}
	pst_kit_free(s);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void heads_are_built_and_read_back(void)
{
	static const char *const fields[] = {"Accept", "*", "X-A", "b", NULL};
	const struct pst_kit_head request = {.kind = PST_HEAD_REQUEST,
	                                     .method = "GET",
	                                     .authority = "a.example",
	                                     .path = "/p?q",
	                                     .fields = fields};
	struct pst_kit_params p = {.layer = &layer,
	                           .below = PST_SHAPE_EXCHANGES};
	struct pst_kit *k = pst_kit_create(&p);
	const struct pst_head *h;

	CHECK_INT(pst_kit_feed_kit_head(pst_kit_rx_in(k), &request, PST_EOM),
	          0);
	pst_kit_run(k);
	h = pst_kit_head_of(pst_kit_peek(pst_kit_rx_out(k)));
	if (CHECK(h != NULL)) {
		CHECK(pst_kit_span_is(h, h->method, "GET"));
		CHECK(pst_kit_span_is(h, h->path, "/p?q"));
		CHECK(pst_kit_field_is(h, "accept", "*"));
		CHECK(pst_kit_field_is(h, "host", NULL));
		CHECK(!pst_kit_head_ok(h, h->size - 1));
	}
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void malformed_heads_are_not_ok(void)
{
	uint64_t room[64] = {0};
	const struct pst_kit_head from = {
		.kind = PST_HEAD_RESPONSE, .status = 200, .reason = "OK"};
	struct pst_head *h = (struct pst_head *)(void *)room;
	int64_t size = pst_kit_build_head(&from, room, sizeof(room));

	CHECK(pst_kit_head_ok(room, (size_t)size));
	h->reason.at = 4000;
	CHECK(!pst_kit_head_ok(room, (size_t)size));
	h->reason.at = 1; /* within the record's members */
	CHECK(!pst_kit_head_ok(room, (size_t)size));
	CHECK_INT(pst_kit_build_head(&from, room, 8), PST_LIMIT);
}

/* -- resources ----------------------------------------------------------- */

struct badge {
	struct pst_files files;
	bool everybody;
	const char *text;
};

struct badge_user {
	struct pst_refs badges;
	struct pst_file key;
};

static int badges_alive;

static const struct pst_option badge_options[] = {
	{.name = "files",
         .type = PST_OPTION_FILES,
         .offset = offsetof(struct badge, files)},
	{.name = "everybody",
         .type = PST_OPTION_BOOL,
         .offset = offsetof(struct badge, everybody)},
	{.name = "text",
         .type = PST_OPTION_STRING,
         .offset = offsetof(struct badge, text)},
	{.name = NULL},
};

static int badge_init(void *conf, struct pst_setup *setup)
{
	const struct badge *b = conf;

	badges_alive++;
	if (b->files.count != 0) {
		pst_expires(setup, 1234, "badge %s", b->files.item[0].path);
	}
	if (b->text != NULL && strcmp(b->text, "bad") == 0) {
		pst_error(setup, "text", "\"bad\" is not good");
		return PST_CONFIG;
	}
	return 0;
}

static void badge_finish(void *conf)
{
	(void)conf;
	badges_alive--;
}

static const struct pst_resource badge_kind = {
	.size = sizeof(badge_kind),
	.conf_size = sizeof(struct badge),
	.id = "badges",
	.path_option = "files",
	.word_option = "everybody",
	.options = badge_options,
	.option_stride = sizeof(struct pst_option),
	.conf_init = badge_init,
	.conf_finish = badge_finish,
};

static const struct pst_option badge_user_options[] = {
	{.name = "badge",
         .type = PST_OPTION_REFS,
         .offset = offsetof(struct badge_user, badges),
         .kind = "badges"},
	{.name = "key",
         .type = PST_OPTION_FILE,
         .flags = PST_OPTION_SECRET,
         .offset = offsetof(struct badge_user, key)},
	{.name = "token", .flags = PST_OPTION_ELSEWHERE, .help = "use badge"},
	{.name = NULL},
};

static int badge_user_init(void *conf, struct pst_setup *setup)
{
	(void)conf;
	CHECK_INT(pst_seed(setup)[31], 32);
	CHECK_STR(pst_find(setup, "pst.signer/1", NULL), "the first");
	CHECK_STR(pst_find(setup, "pst.signer/1", "b"), "the second");
	CHECK(pst_find(setup, "pst.signer/1", "c") == NULL);
	return 0;
}

static const struct pst_layer badge_user = {
	.size = sizeof(badge_user),
	.roles = PST_ACCEPT,
	.id = "badge-user",
	.below = PST_SHAPE_BYTES,
	.above = PST_SHAPE_BYTES,
	.conf_size = sizeof(struct badge_user),
	.options = badge_user_options,
	.option_stride = sizeof(struct pst_option),
	.conf_init = badge_user_init,
};

static struct pst_kit *kit_of_badges(const char *const *given, bool strict)
{
	static const struct pst_kit_file files[] = {
		{"dir/b.pem", "B", 1, 0640},
		{"dir/a.pem", "A", 1, 0},
		{"dir/sub/c.pem", "C", 1, 0},
		{"one.pem", "1", 1, 0604},
	};
	static const char *const corp[] = {"files", "dir", NULL};
	static const char *const bad[] = {"text", "bad", NULL};
	static const struct pst_kit_resource resources[] = {
		{"badges", "corp", corp},
		{"badges", "bad", bad},
	};
	static const struct pst_resource *const kinds[] = {&badge_kind};
	static const struct pst_kit_offer offers[] = {
		{"pst.signer/1", "b", "the second"},
		{"pst.signer/1", "a", "the first"},
	};
	const struct pst_kit_params p = {.layer = &badge_user,
	                                 .options = given,
	                                 .files = files,
	                                 .file_count = 4,
	                                 .kinds = kinds,
	                                 .kind_count = 1,
	                                 .resources = resources,
	                                 .resource_count = 2,
	                                 .offers = offers,
	                                 .offer_count = 2,
	                                 .strict = strict};

	return pst_kit_create(&p);
}

static void resources_are_given_by_name_in_place_by_path_and_by_word(void)
{
	static const char *const given[] = {
		"badge", "corp",    "badge", "@corp",     "badge", "corp",
		"badge", "one.pem", "badge", "everybody", NULL};
	struct pst_kit *k = kit_of_badges(given, false);
	const struct badge_user *c = pst_kit_instance(k)->conf;
	const struct badge *b;
	int64_t when;

	CHECK(pst_kit_ready(k));
	if (CHECK_INT(c->badges.count, 5)) {
		CHECK_STR(c->badges.item[0].name, "corp");
		CHECK(c->badges.item[1].name == NULL);
		CHECK(c->badges.item[0].conf == c->badges.item[2].conf);
		CHECK(c->badges.item[0].conf != c->badges.item[1].conf);
		b = c->badges.item[0].conf;
		CHECK_INT(b->files.count, 2);
		CHECK_STR(b->files.item[0].path, "dir/a.pem");
		CHECK_INT(b->files.item[0].mode, 0600);
		CHECK_INT(b->files.item[1].mode, 0640);
		b = c->badges.item[3].conf;
		CHECK_MEM(b->files.item[0].data, "1", 2);
		b = c->badges.item[4].conf;
		CHECK(b->everybody);
	}
	CHECK_INT(badges_alive, 4);
	CHECK_STR(pst_kit_expiry(k, 0, &when), "badge dir/a.pem");
	CHECK_INT(when, 1234);
	CHECK(pst_kit_expiry(k, 3, NULL) == NULL);
	CHECK_INT(pst_kit_destroy(k), 0);
	CHECK_INT(badges_alive, 0);
}

static void what_is_wrong_with_a_resource_is_said(void)
{
	static const char *const unknown[] = {"badge", "crop", NULL};
	static const char *const bad[] = {"badge", "bad", "badge", "bad", NULL};
	static const char *const elsewhere[] = {"token", "1", NULL};
	struct pst_kit *k = kit_of_badges(unknown, false);

	CHECK(!pst_kit_ready(k));
	CHECK(pst_kit_diagnosed(k, "badge", "corp, bad"));
	CHECK_INT(pst_kit_destroy(k), 0);
	k = kit_of_badges(bad, false);
	CHECK(!pst_kit_ready(k));
	CHECK(pst_kit_diagnosed(k, "badges.bad.text", "is not good"));
	CHECK(pst_kit_diagnosis(k, 1) == NULL);
	CHECK_INT(pst_kit_destroy(k), 0);
	k = kit_of_badges(elsewhere, false);
	CHECK(!pst_kit_ready(k));
	CHECK(pst_kit_diagnosed(k, "token", "use badge"));
	CHECK_INT(pst_kit_destroy(k), 0);
	CHECK_INT(badges_alive, 0);
}

static void secrets_that_others_read_are_warned_of_or_refused(void)
{
	static const char *const given[] = {"key", "one.pem", NULL};
	struct pst_kit *k = kit_of_badges(given, false);

	CHECK(pst_kit_ready(k));
	CHECK(pst_kit_diagnosed(k, "key", "mode 0604"));
	CHECK_INT(pst_kit_destroy(k), 0);
	k = kit_of_badges(given, true);
	CHECK(!pst_kit_ready(k));
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void options_are_parsed_by_their_type(void)
{
	static const char *const names[] = {
		"number", "4",    "size", "2m",  "time", "3m",
		"flag",   "true", "text", "abc", "file", "f.pem",
		"list",   "one",  "list", "two", NULL};
	const struct pst_kit_file file = {"f.pem", "PEM", 3, 0};
	struct pst_kit_params p = {.layer = &layer,
	                           .options = names,
	                           .files = &file,
	                           .file_count = 1};
	struct pst_kit *k = pst_kit_create(&p);
	const struct conf *c = pst_kit_instance(k)->conf;

	CHECK_INT(c->number, 4);
	CHECK_INT(c->size, 2097152);
	CHECK_INT(c->time, 180000);
	CHECK(c->flag);
	CHECK_STR(c->text, "abc");
	CHECK_MEM(c->file.data, "PEM", 4);
	CHECK_INT(c->list.count, 2);
	CHECK_STR(c->list.item[1], "two");
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void defaults_are_filled_in(void)
{
	struct pst_kit *k = kit_with(NULL);
	const struct conf *c = pst_kit_instance(k)->conf;

	CHECK_INT(c->number, 7);
	CHECK_INT(c->size, 16384);
	CHECK_INT(c->time, 2000);
	CHECK(c->text == NULL);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void refused(const char *name, const char *value, const char *text)
{
	const char *const names[] = {name, value, NULL};
	struct pst_kit *k = kit_with(names);

	CHECK(!pst_kit_ready(k));
	CHECK(pst_kit_diagnosed(k, name, text));
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void bad_options_are_diagnosed(void)
{
	refused("number", "10", "range");
	refused("number", "x", "number");
	refused("number", "3", "unlucky");
	refused("size", "1x", "unit");
	refused("flag", "maybe", "true or false");
	refused("vice", "envy", "choices");
	refused("file", "/nonexistent/f", "readable");
	refused("colour", "red", "unknown");
}

static void timers_are_due_in_order_of_time(void)
{
	struct pst_kit *k = kit_with(NULL);
	struct state *st = pst_kit_instance(k)->state;

	pst_timer(pst_kit_instance(k), 0, 100);
	CHECK_INT(pst_kit_timer(k, 0), 100);
	pst_kit_advance(k, 99);
	CHECK_INT(st->timeouts, 0);
	pst_kit_advance(k, 20);
	CHECK_INT(st->timeouts, 3);
	CHECK(pst_kit_logged(k, "timer 1 at=1110"));
	CHECK_INT(pst_kit_timer(k, 0), UINT64_MAX);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_stalled_output_takes_away_room(void)
{
	struct pst_kit *k = kit_with(NULL);
	struct pst_kit_port *out = pst_kit_rx_out(k);

	pst_kit_stall(out, true);
	pst_kit_limit(out, 4);
	pst_kit_feed(pst_kit_rx_in(k), "abcdef", 6);
	pst_kit_run(k);
	CHECK_INT(pst_kit_waiting(out), 6);
	CHECK(pst_kit_reads(out, "abcdef", 6));
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_pair_carries_data_and_ends(void)
{
	struct pst_kit_params back = {.layer = &layer, .role = PST_CONNECT};
	struct pst_kit *both[2] = {kit_with(NULL), pst_kit_create(&back)};

	pst_kit_pair(both[0], both[1]);
	pst_kit_split(pst_kit_rx_in(both[1]), 1, 0);
	pst_kit_feed(pst_kit_tx_in(both[0]), "down", 4);
	pst_kit_end(pst_kit_tx_in(both[0]), PST_END_CLEAN, PST_CLASS_CLEAN);
	pst_kit_feed(pst_kit_tx_in(both[1]), "up", 2);
	pst_kit_run_all(both, 2);
	CHECK(pst_kit_reads(pst_kit_rx_out(both[1]), "down", 4));
	CHECK_INT(pst_kit_ended(pst_kit_rx_out(both[1])), PST_END_CLEAN);
	CHECK(pst_kit_reads(pst_kit_rx_out(both[0]), "up", 2));
	CHECK_INT(pst_kit_ended(pst_kit_rx_out(both[0])), PST_END_OPEN);
	CHECK_INT(pst_kit_destroy(both[0]), 0);
	CHECK_INT(pst_kit_destroy(both[1]), 0);
}

static void last_words_are_kept_after_an_error(void)
{
	struct pst_kit *k = kit_vice("last-words");

	pst_kit_run(k);
	CHECK(pst_kit_failed(k));
	CHECK_INT(pst_kit_fail_class(k), PST_CLASS_PROTOCOL);
	CHECK_INT(pst_kit_fail_code(k), 42);
	CHECK_STR(pst_kit_fail_text(k), "peer said no");
	CHECK(pst_kit_reads(pst_kit_tx_out(k), "bye", 3));
	CHECK_INT(pst_kit_ended(pst_kit_tx_out(k)), PST_END_CLEAN);
	CHECK_INT(pst_kit_ended(pst_kit_rx_out(k)), PST_END_RESET);
	CHECK_INT(pst_kit_end_class(pst_kit_rx_out(k)), PST_CLASS_PROTOCOL);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void a_layer_that_leaves_is_passed_by(void)
{
	struct pst_kit *k = kit_vice("leave");

	pst_kit_feed(pst_kit_rx_in(k), "abc", 3);
	pst_kit_end(pst_kit_rx_in(k), PST_END_CLEAN, PST_CLASS_CLEAN);
	pst_kit_run(k);
	CHECK(pst_kit_left(k));
	CHECK(pst_kit_reads(pst_kit_rx_out(k), "abc", 3));
	CHECK_INT(pst_kit_ended(pst_kit_rx_out(k)), PST_END_CLEAN);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void misbehaviour_is_caught(void)
{
	caught("put-after-end", "has ended");
	caught("keep-queue", "take");
	caught("never-rest", "never comes to rest");
	caught("lazy", "nothing had changed");
	caught("move-heavy", "HEAVY");
	caught("timer-on-helper", "on the helper");
	caught("silent-error", "without pst_fail");
	caught("flags", "in bytes queue");
	caught("grow", "grew past");
	caught("flood", "past the room");
	caught("attribute", "not in the table");
	caught("up-twice", "twice");
}

static void leaked_slices_are_counted(void)
{
	struct pst_kit *k = kit_vice("keep-slice");
	struct state *st = pst_kit_instance(k)->state;
	struct pst_slice *kept;

	pst_kit_step(k);
	kept = st->kept_slice;
	CHECK(kept != NULL);
	pst_kit_free(kept);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void memory_can_be_made_to_fail(void)
{
	struct pst_kit *k = kit_with(NULL);
	struct pst_instance *me = pst_kit_instance(k);
	struct pst_slice *s;

	pst_kit_fail_memory(k, 2);
	s = pst_slice_new(me, 1);
	CHECK(s != NULL);
	pst_slice_free(me, s);
	CHECK(pst_slice_new(me, 1) == NULL);
	s = pst_slice_new(me, 1);
	CHECK(s != NULL);
	pst_slice_free(me, s);
	CHECK_INT(pst_kit_destroy(k), 0);
}

/* -- queue functions, called from within a step ----------------------------- */

static void (*scene)(struct pst_instance *me, struct pst_io *io);

static enum pst_step play(struct pst_instance *me, struct pst_io *io)
{
	struct state *st = me->state;

	if (st->steps++ == 0) {
		scene(me, io);
		return PST_STEP_MORE;
	}
	return PST_STEP_OK;
}

static const struct pst_layer stage = {
	.size = sizeof(stage),
	.roles = PST_ACCEPT,
	.id = "stage",
	.below = PST_SHAPE_MESSAGES,
	.headroom = 4,
	.state_size = sizeof(struct state),
	.step = play,
};

static void on_stage(void (*what)(struct pst_instance *, struct pst_io *),
                     size_t split)
{
	struct pst_kit_params p = {.layer = &stage};
	struct pst_kit *k = pst_kit_create(&p);

	scene = what;
	pst_kit_split(pst_kit_rx_in(k), split, 0);
	pst_kit_feed_message(pst_kit_rx_in(k), "abcdef", 6, PST_TEXT);
	pst_kit_feed_message(pst_kit_rx_in(k), "gh", 2, PST_BINARY);
	pst_kit_run(k);
	CHECK_INT(pst_kit_destroy(k), 0);
}

static void cutting(struct pst_instance *me, struct pst_io *io)
{
	struct pst_slice *s = pst_cut(me, io->rx_in, 2);

	CHECK_MEM(s->data, "ab", 2);
	CHECK_INT(s->flags, PST_TEXT);
	CHECK_INT(s->after, 0);
	CHECK_INT(io->rx_in->bytes, 6);
	CHECK_INT(pst_peek(io->rx_in)->before, 0);
	pst_slice_free(me, s);
	s = pst_cut(me, io->rx_in, 99);
	CHECK_MEM(s->data, "cdef", 4);
	CHECK_INT(s->flags, PST_TEXT | PST_EOM);
	pst_put(me, io->rx_out, s);
}

static void a_cut_takes_the_front_and_eom_stays_behind(void)
{
	on_stage(cutting, 0);
}

static void pulling(struct pst_instance *me, struct pst_io *io)
{
	uint8_t *p = pst_pullup(me, io->rx_in, 5);

	if (CHECK(p != NULL)) {
		CHECK_MEM(p, "abcde", 5);
	}
	CHECK(pst_pullup(me, io->rx_in, 7) == NULL);
	p = pst_pullup(me, io->rx_in, 6);
	CHECK_MEM(p, "abcdef", 6);
	CHECK_INT(pst_peek(io->rx_in)->flags, PST_TEXT | PST_EOM);
	CHECK_INT(io->rx_in->bytes, 8);
	pst_consume(me, io->rx_in, 7);
	CHECK_MEM(pst_peek(io->rx_in)->data, "h", 1);
}

static void a_pullup_stops_at_the_end_of_a_message(void)
{
	on_stage(pulling, 1);
	on_stage(pulling, 4);
	on_stage(pulling, 0);
}

/* -- a service and a mux, in short --------------------------------------------- */

static int offer(struct pst_instance *me, struct pst_io *io)
{
	(void)io;
	return pst_service_connect(me, 0);
}

static int back(struct pst_instance *me, uint32_t index, enum pst_back what)
{
	struct pst_answer a = {.size = sizeof(a)};

	a.accept = what == PST_BACK_UP;
	a.reason = pst_reason(me, &a.text);
	(void)index;
	pst_service_answer(me, &a);
	return a.accept != 0 ? pst_service_join(me) : 0;
}

static const struct pst_service service = {
	.size = sizeof(service),
	.id = "test",
	.shapes = PST_SHAPE_BYTES,
	.offer = offer,
	.back = back,
};

static void service_calls_are_kept(void)
{
	struct pst_kit_params p = {.service = &service};
	struct pst_kit *k = pst_kit_create(&p);

	CHECK_INT(pst_kit_offer(k), 0);
	CHECK_INT(pst_kit_connects(k), 1);
	CHECK(pst_kit_answer(k) == NULL);
	pst_kit_set_reason(k, PST_CLASS_UNREACHABLE, "nobody there");
	pst_kit_back(k, 0, PST_BACK_REFUSED);
	if (CHECK(pst_kit_answer(k) != NULL)) {
		CHECK_INT(pst_kit_answer(k)->reason, PST_CLASS_UNREACHABLE);
		CHECK_STR(pst_kit_answer(k)->text, "nobody there");
	}
	CHECK(!pst_kit_joined(k));
	CHECK_INT(pst_kit_destroy(k), 0);
}

static unsigned closed_streams;

static void stream_close(struct pst_instance *me, struct pst_stream *s)
{
	(void)me;
	(void)s;
	closed_streams++;
}

static int stream_open(struct pst_instance *me, struct pst_stream *s)
{
	(void)me;
	(void)s;
	return 0;
}

static enum pst_step mux_step(struct pst_instance *me, struct pst_io *io)
{
	struct pst_stream *s;

	CHECK(io->rx_out == NULL && io->tx_in == NULL);
	while ((s = pst_stream_next(me)) != NULL) {
		pst_pass(me, io->tx_out, s->tx_in);
		if (pst_ended(s->tx_in)) {
			pst_end(me, s->rx_out, PST_END_CLEAN, PST_CLASS_CLEAN);
			pst_stream_done(me, s);
		}
	}
	return PST_STEP_OK;
}

static const struct pst_layer mux_layer = {
	.size = sizeof(mux_layer),
	.roles = PST_CONNECT,
	.id = "mux",
	.below = PST_SHAPE_BYTES,
	.above = PST_SHAPE_BYTES,
	.provides = PST_PROVIDES_MUX,
	.step = mux_step,
};

static const struct pst_mux mux = {
	.size = sizeof(mux),
	.stream_state_size = 8,
	.id = "mux",
	.stream_open = stream_open,
	.stream_close = stream_close,
};

static void streams_are_opened_done_and_closed_once(void)
{
	struct pst_kit_params p = {
		.layer = &mux_layer, .mux = &mux, .role = PST_CONNECT};
	struct pst_kit *k = pst_kit_create(&p);

	closed_streams = 0;
	CHECK_INT(pst_kit_stream_open(k), 0);
	CHECK_INT(pst_kit_stream_open(k), 1);
	pst_kit_feed(pst_kit_stream_tx_in(k, 1), "xyz", 3);
	pst_kit_end(pst_kit_stream_tx_in(k, 1), PST_END_CLEAN, PST_CLASS_CLEAN);
	pst_kit_run(k);
	CHECK(pst_kit_reads(pst_kit_tx_out(k), "xyz", 3));
	CHECK(pst_kit_stream_done(k, 1));
	CHECK(!pst_kit_stream_done(k, 0));
	pst_kit_stream_close(k, 1);
	CHECK_INT(closed_streams, 1);
	CHECK_INT(pst_kit_destroy(k), 0);
	CHECK_INT(closed_streams, 2);
}

static enum pst_step leaving_step(struct pst_instance *me, struct pst_io *io)
{
	static const struct pst_kit_head from = {.kind = PST_HEAD_REQUEST,
	                                         .method = "GET"};
	uint64_t room[64];
	struct pst_stream *s;

	pst_consume(me, io->rx_in, 1);
	CHECK(pst_kit_build_head(&from, room, sizeof(room)) > 0);
	CHECK_INT(pst_stream_accept(me, (const void *)room, &s), 0);
	CHECK_INT(pst_write(me, s->rx_out, "1", 1, 0), 0);
	return PST_STEP_TRANSPARENT;
}

static void a_mux_that_leaves_joins_trunk_and_stream(void)
{
	struct pst_layer leaving = mux_layer;
	struct pst_kit_params p = {.layer = &leaving, .mux = &mux};
	struct pst_kit *k;

	closed_streams = 0;
	leaving.step = leaving_step;
	k = pst_kit_create(&p);
	pst_kit_feed(pst_kit_rx_in(k), "!23", 3);
	pst_kit_end(pst_kit_rx_in(k), PST_END_CLEAN, PST_CLASS_CLEAN);
	pst_kit_run(k);
	pst_kit_feed(pst_kit_stream_tx_in(k, 0), "456", 3);
	pst_kit_run(k);
	CHECK(pst_kit_left(k));
	CHECK(pst_kit_reads(pst_kit_stream_rx_out(k, 0), "123", 3));
	CHECK_INT(pst_kit_ended(pst_kit_stream_rx_out(k, 0)), PST_END_CLEAN);
	CHECK(pst_kit_reads(pst_kit_tx_out(k), "456", 3));
	CHECK_INT(pst_kit_destroy(k), 0);
	CHECK_INT(closed_streams, 1);
}

static CU_TestInfo tests[] = {
	TEST(bytes_pass_both_ways),
	TEST(ends_follow_what_was_queued),
	TEST(messages_keep_their_boundaries),
	TEST(heads_are_built_and_read_back),
	TEST(malformed_heads_are_not_ok),
	TEST(resources_are_given_by_name_in_place_by_path_and_by_word),
	TEST(what_is_wrong_with_a_resource_is_said),
	TEST(secrets_that_others_read_are_warned_of_or_refused),
	TEST(options_are_parsed_by_their_type),
	TEST(defaults_are_filled_in),
	TEST(bad_options_are_diagnosed),
	TEST(timers_are_due_in_order_of_time),
	TEST(a_stalled_output_takes_away_room),
	TEST(a_pair_carries_data_and_ends),
	TEST(last_words_are_kept_after_an_error),
	TEST(a_layer_that_leaves_is_passed_by),
	TEST(misbehaviour_is_caught),
	TEST(leaked_slices_are_counted),
	TEST(memory_can_be_made_to_fail),
	TEST(a_cut_takes_the_front_and_eom_stays_behind),
	TEST(a_pullup_stops_at_the_end_of_a_message),
	TEST(service_calls_are_kept),
	TEST(streams_are_opened_done_and_closed_once),
	TEST(a_mux_that_leaves_joins_trunk_and_stream),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
