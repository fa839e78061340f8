/* SPDX-License-Identifier: MIT */
/* Segments, slices and queues. */
#include "pst_test.h"
#include "queue.h"

static struct pst_budget budget, other;
static struct pst_queue q, r;

static void fresh(void)
{
	queue_purge(&q);
	queue_purge(&r);
	budget = (struct pst_budget){.limit = 65536};
	other = (struct pst_budget){.limit = 65536};
	queue_init(&q, &budget);
	queue_init(&r, &budget);
}

static struct pst_slice *slice(const char *text, uint32_t flags)
{
	size_t n = strlen(text);
	struct pst_slice *s = segment_slice(n, 0);

	if (n != 0) {
		memcpy(s->data, text, n);
	}
	s->length = (uint32_t)n;
	s->after -= (uint32_t)n;
	s->flags = flags;
	return s;
}

static void check_text(struct pst_queue *queue, const char *want)
{
	char got[256] = "";
	struct pst_slice *s;
	size_t n = 0;

	for (s = queue->first; s != NULL; s = s->next) {
		memcpy(got + n, s->data, s->length);
		n += s->length;
	}
	got[n] = '\0';
	CHECK_STR(got, want);
	CHECK_INT(queue->bytes, n);
}

static void short_bytes_are_copied_behind_the_last(void)
{
	fresh();
	queue_put(&q, slice("one", 0));
	queue_put(&q, slice("two", 0));
	CHECK(q.first == q.last);
	check_text(&q, "onetwo");
}

static void short_messages_share_a_segment_and_stay_apart(void)
{
	fresh();
	queue_put(&q, slice("one", PST_BINARY | PST_EOM));
	queue_put(&q, slice("two", PST_TEXT | PST_EOM));
	CHECK(q.first != q.last);
	CHECK(q.first->segment == q.last->segment);
	CHECK_INT(q.first->flags, PST_BINARY | PST_EOM);
	CHECK_INT(q.last->flags, PST_TEXT | PST_EOM);
	CHECK_INT(q.first->after, 0);
	check_text(&q, "onetwo");
}

static void many_tiny_messages_hold_little_more_than_themselves(void)
{
	int i;

	fresh();
	for (i = 0; i < 1000; i++) {
		queue_put(&q, slice("x", PST_BINARY | PST_EOM));
	}
	CHECK_INT(q.bytes, 1000);
	CHECK(budget.held < 1000 * (sizeof(struct pst_slice) + 1) + 4096);
}

static void a_cut_keeps_room_apart(void)
{
	struct pst_slice *front;

	fresh();
	queue_put(&q, slice("headbody", PST_BINARY | PST_EOM));
	front = queue_cut(&q, 4);
	CHECK_MEM(front->data, "head", 4);
	CHECK_INT(front->after, 0);
	CHECK(front->before >= SEGMENT_HEADROOM);
	CHECK_INT(front->flags, PST_BINARY);
	CHECK_INT(q.first->before, 0);
	CHECK_INT(q.first->flags, PST_BINARY | PST_EOM);
	check_text(&q, "body");
	segment_slice_free(front);
	check_text(&q, "body");
}

static void a_parsed_off_header_becomes_headroom(void)
{
	uint32_t before;

	fresh();
	queue_put(&q, slice("headbody", 0));
	before = q.first->before;
	queue_consume(&q, 4);
	CHECK_INT(q.first->before, before + 4);
	CHECK(pst_slice_prepend(q.first, 4) != NULL);
	CHECK_MEM(q.first->data, "head", 4);
}

static void pullup_joins_slices_and_keeps_the_rest(void)
{
	uint8_t *p;

	fresh();
	queue_put(&q, slice("abc", PST_BINARY));
	queue_put(&r, slice("def", PST_BINARY));
	/* no room behind the first: they stay two slices */
	q.first->after = 0;
	queue_move(&q, &r, SIZE_MAX);
	CHECK(q.first != q.last);
	p = queue_pullup(&q, 5, 0);
	if (CHECK(p != NULL)) {
		CHECK_MEM(p, "abcde", 5);
	}
	check_text(&q, "abcdef");
}

static void pullup_stops_at_a_messages_end(void)
{
	fresh();
	queue_put(&q, slice("abc", PST_BINARY | PST_EOM));
	queue_put(&q, slice("def", PST_BINARY | PST_EOM));
	CHECK(queue_pullup(&q, 4, 0) == NULL);
	CHECK(queue_pullup(&q, 3, 0) != NULL);
	check_text(&q, "abcdef");
}

static void records_carry_no_payload(void)
{
	fresh();
	CHECK_INT(queue_write(&q, "record", 6, PST_CONTROL, 0), 0);
	queue_put(&q, slice("data", 0));
	CHECK_INT(q.bytes, 4);
	CHECK(queue_pullup(&q, 4, 0) == NULL);
	segment_slice_free(queue_take(&q));
	CHECK(queue_pullup(&q, 4, 0) != NULL);
}

static void moving_all_is_one_relink(void)
{
	struct pst_slice *first;

	fresh();
	queue_put(&r, slice("abc", 0));
	first = r.first;
	CHECK_INT(queue_move(&q, &r, SIZE_MAX), 3);
	CHECK(q.first == first);
	CHECK(r.first == NULL && r.last == NULL);
	CHECK_INT(r.bytes, 0);
}

static void moving_between_directions_moves_the_charge(void)
{
	fresh();
	queue_init(&r, &other);
	queue_put(&r, slice("abc", 0));
	CHECK(other.held > 0);
	queue_move(&q, &r, SIZE_MAX);
	CHECK_INT(other.held, 0);
	CHECK(budget.held > 0);
	queue_purge(&q);
	CHECK_INT(budget.held, 0);
}

static void a_full_direction_notes_who_waits(void)
{
	fresh();
	budget.limit = 16;
	CHECK_INT(queue_room(&q), 16);
	CHECK(!budget.blocked);
	queue_put(&q, slice("more than that", 0));
	CHECK_INT(queue_room(&q), 0);
	CHECK(budget.blocked);
}

static void nothing_comes_behind_the_end(void)
{
	fresh();
	queue_end(&q, PST_END_CLEAN, PST_CLASS_CLEAN);
	queue_end(&q, PST_END_RESET, PST_CLASS_INTERNAL);
	CHECK_INT(q.end, PST_END_CLEAN);
	queue_put(&q, slice("late", 0));
	CHECK(pst_ended(&q));
	CHECK_INT(budget.held, 0);
}

static void writes_of_any_length_arrive_whole(void)
{
	static uint8_t big[100000];
	size_t i, at = 0;
	struct pst_slice *s;

	fresh();
	for (i = 0; i < sizeof(big); i++) {
		big[i] = (uint8_t)(i * 31);
	}
	CHECK_INT(queue_write(&q, big, sizeof(big), PST_BINARY | PST_EOM, 0),
	          0);
	for (s = q.first; s != NULL; s = s->next) {
		CHECK(memcmp(s->data, big + at, s->length) == 0);
		CHECK_INT((s->flags & PST_EOM) != 0, s->next == NULL);
		at += s->length;
	}
	CHECK_INT(at, sizeof(big));
	CHECK_INT(queue_write(&r, "", 0, PST_TEXT | PST_EOM, 0), 0);
	CHECK(r.first != NULL);
}

static void random_operations_neither_lose_nor_leak(void)
{
	uint32_t seed = 12345;
	uint64_t in = 0, out = 0;
	int i;

	fresh();
	for (i = 0; i < 200000; i++) {
		uint8_t block[3000];
		size_t n;
		struct pst_slice *s;

		seed = seed * 1103515245 + 12345;
		n = (seed >> 8) % sizeof(block);
		switch ((seed >> 24) % 5) {
		case 0:
			if (budget.held < budget.limit) {
				memset(block, 1, n);
				(void)!queue_write(&q, block, n, seed & PST_EOM,
				                   0);
				in += n;
			}
			break;
		case 1:
			s = queue_cut(&q, n % 100 + 1);
			if (s != NULL) {
				queue_put(&r, s);
			}
			break;
		case 2:
			(void)queue_pullup(&q, n % 2000, 0);
			break;
		case 3:
			queue_move(&r, &q, n);
			break;
		default:
			n = n < r.bytes ? n : r.bytes;
			queue_consume(&r, n);
			out += n;
			break;
		}
	}
	CHECK_INT(in - out, q.bytes + r.bytes);
	queue_purge(&q);
	queue_purge(&r);
	CHECK_INT(budget.held, 0);
	segment_trim();
}

static CU_TestInfo tests[] = {
	TEST(short_bytes_are_copied_behind_the_last),
	TEST(short_messages_share_a_segment_and_stay_apart),
	TEST(many_tiny_messages_hold_little_more_than_themselves),
	TEST(a_cut_keeps_room_apart),
	TEST(a_parsed_off_header_becomes_headroom),
	TEST(pullup_joins_slices_and_keeps_the_rest),
	TEST(pullup_stops_at_a_messages_end),
	TEST(records_carry_no_payload),
	TEST(moving_all_is_one_relink),
	TEST(moving_between_directions_moves_the_charge),
	TEST(a_full_direction_notes_who_waits),
	TEST(nothing_comes_behind_the_end),
	TEST(writes_of_any_length_arrive_whole),
	TEST(random_operations_neither_lose_nor_leak),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN(tests)
