/* SPDX-License-Identifier: MIT */
/* How fast bytes are masked and text is validated, beside plain loops and a
 * plain copy, in the cache and out of it. */
#include "ws_mask.h"
#include "ws_utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PLAIN __attribute__((noinline, optimize("no-tree-vectorize")))

enum {
	CACHED = 16 * 1024, /* what the gateway has in hand: a segment */
	LARGE = 64 * 1024 * 1024
};

static uint8_t *data, *copy;
static size_t size;

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

PLAIN static void plain_mask(uint8_t *p, size_t n, const uint8_t key[4])
{
	size_t i;

	for (i = 0; i < n; i++) {
		p[i] ^= key[i & 3];
	}
}

PLAIN static bool plain_utf8(const uint8_t *p, size_t n)
{
	size_t i = 0, j, more;

	while (i < n) {
		uint8_t c = p[i++];

		if (c < 0x80) {
			continue;
		}
		more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
		if (c < 0xc2 || c > 0xf4 || n - i < more ||
		    (c == 0xe0 && p[i] < 0xa0) || (c == 0xed && p[i] > 0x9f) ||
		    (c == 0xf0 && p[i] < 0x90) || (c == 0xf4 && p[i] > 0x8f)) {
			return false;
		}
		for (j = 0; j < more; j++) {
			if ((p[i++] & 0xc0) != 0x80) {
				return false;
			}
		}
	}
	return true;
}

static void run_copy(void)
{
	memcpy(copy, data, size);
	__asm__ volatile("" : : "r"(copy) : "memory");
}

static void run_mask(void)
{
	ws_mask(data, size, 0x5a17c3e9);
}

static void run_plain_mask(void)
{
	static const uint8_t key[4] = {0xe9, 0xc3, 0x17, 0x5a};

	plain_mask(data, size, key);
}

static void require(bool held)
{
	if (!held) {
		fprintf(stderr, "ws_bytes: valid text was refused\n");
		exit(1);
	}
}

static void run_utf8(void)
{
	require(ws_utf8_valid(data, size));
}

static void run_plain_utf8(void)
{
	require(plain_utf8(data, size));
}

/* GB/s, the best of three. */
static double speed(void (*run)(void))
{
	double best = 0;
	int turn;

	run();
	for (turn = 0; turn < 3; turn++) {
		double began = cpu_seconds(), took;
		size_t done = 0;

		do {
			run();
			done += size;
			took = cpu_seconds() - began;
		} while (took < 0.15);
		if ((double)done / took / 1e9 > best) {
			best = (double)done / took / 1e9;
		}
	}
	return best;
}

static void fill(const char *word)
{
	size_t n = strlen(word), i;

	for (i = 0; i + n <= size; i += n) {
		memcpy(data + i, word, n);
	}
	memset(data + i, ' ', size - i);
}

static void line(const char *what, void (*ours)(void), void (*plain)(void))
{
	double a = speed(ours), b = speed(plain), c = speed(run_copy);

	printf("| %-26s | %8.2f | %8.2f | %5.1f | %8.2f |\n", what, a, b, a / b,
	       c);
	fflush(stdout);
}

static void table(const char *where, size_t bytes)
{
	size = bytes;
	printf("\n%s\n\n| GB/s of CPU time           |     ours |    plain | "
	       "ratio |   memcpy |\n|---|---|---|---|---|\n",
	       where);
	fill("the quick brown fox ");
	line("mask", run_mask, run_plain_mask);
	fill("the quick brown fox ");
	line("UTF-8: ASCII", run_utf8, run_plain_utf8);
	fill("Gr\xc3\xbc\xc3\x9f"
	     "e aus K\xc3\xb6ln, 5 \xe2\x82\xac \xf0\x9f\x98\x80 ");
	line("UTF-8: mixed", run_utf8, run_plain_utf8);
	fill("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e");
	line("UTF-8: three bytes each", run_utf8, run_plain_utf8);
}

int main(void)
{
	data = malloc(LARGE);
	copy = malloc(LARGE);
	if (data == NULL || copy == NULL) {
		return 1;
	}
	memset(copy, 1, LARGE);
	table("16 KiB, in the cache", CACHED);
	table("64 MiB, from memory", LARGE);
	free(data);
	free(copy);
	return 0;
}
