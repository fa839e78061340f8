/* SPDX-License-Identifier: MIT */
/* Queues of lines: their order, and lines that leave before their turn. */
#include "line.h"
#include "line_queue.h"
#include "pst_test.h"

enum {
	LINES = 4
};

static struct line line[LINES];
static struct line_queue q;

static void fill(void)
{
	int i;

	q = (struct line_queue){0};
	for (i = 0; i < LINES; i++) {
		line[i] = (struct line){0};
		line_queue_add(&q, &line[i]);
		CHECK(line[i].queued);
	}
}

static void comes(struct line_queue *from, int i)
{
	CHECK(line_queue_take(from) == &line[i]);
	CHECK(!line[i].queued);
}

static void is_empty(struct line_queue *queue)
{
	CHECK(line_queue_take(queue) == NULL);
	CHECK(queue->first == NULL && queue->last == NULL);
}

static void lines_come_in_the_order_in_which_they_went(void)
{
	int i;

	fill();
	for (i = 0; i < LINES; i++) {
		comes(&q, i);
	}
	is_empty(&q);
	line_queue_add(&q, &line[2]);
	comes(&q, 2);
	is_empty(&q);
}

static void any_of_them_can_leave(void)
{
	int gone, i;

	for (gone = 0; gone < LINES; gone++) {
		fill();
		CHECK(line_queue_drop(&q, &line[gone]));
		CHECK(!line[gone].queued);
		CHECK(!line_queue_drop(&q, &line[gone]));
		line_queue_add(&q, &line[gone]);
		for (i = 0; i < LINES; i++) {
			if (i != gone) {
				comes(&q, i);
			}
		}
		comes(&q, gone);
		is_empty(&q);
	}
}

/* clang-format off */
static CU_TestInfo tests[] = {
	TEST(lines_come_in_the_order_in_which_they_went),
	TEST(any_of_them_can_leave),
	CU_TEST_INFO_NULL,
};
/* clang-format on */

PST_TEST_MAIN(tests)
