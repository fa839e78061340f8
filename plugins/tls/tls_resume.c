/* SPDX-License-Identifier: MIT */
/* Sessions of back-ends: a short stack, newest first, under a lock. */
#include "tls_resume.h"

#include "tls_conf.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct entry {
	gnutls_datum_t data; /* owned */
	uint64_t since_ms;
	int64_t expires;
};

struct tls_resume_cache {
	pthread_mutex_t lock;
	unsigned count;
	struct entry entry[TLS_RESUME_SESSIONS]; /* oldest first */
};

void tls_resume_free(gnutls_datum_t *data)
{
	if (data->data != NULL) {
		gnutls_memset(data->data, 0, data->size);
		gnutls_free(data->data);
		data->data = NULL;
	}
	data->size = 0;
}

int tls_resume_init(struct tls_conf *conf, struct pst_setup *setup)
{
	struct tls_resume_cache *cache;

	if (setup->role != PST_CONNECT || !conf->resume.enabled) {
		return PST_OK;
	}
	cache = calloc(1, sizeof(*cache));
	if (cache == NULL || pthread_mutex_init(&cache->lock, NULL) != 0) {
		free(cache);
		pst_error(setup, "resumption", "memory ran out");
		return PST_CONFIG;
	}
	conf->resume.cache = cache;
	return PST_OK;
}

void tls_resume_finish(struct tls_resume *resume)
{
	struct tls_resume_cache *cache = resume->cache;

	if (cache == NULL) {
		return;
	}
	tls_resume_drop(cache);
	pthread_mutex_destroy(&cache->lock);
	free(cache);
	resume->cache = NULL;
}

void tls_resume_explain(const struct tls_conf *conf, struct pst_setup *setup)
{
	if (setup->role == PST_CONNECT) {
		pst_explain(setup, "resumption", "%s",
		            conf->resume.enabled ? "on" : "off");
	}
}

void tls_resume_put(struct tls_resume_cache *cache, gnutls_datum_t data,
                    uint64_t now_ms, int64_t expires)
{
	struct entry oldest = {.data = {NULL, 0}};

	pthread_mutex_lock(&cache->lock);
	if (cache->count == TLS_RESUME_SESSIONS) {
		oldest = cache->entry[0];
		cache->count--;
		memmove(cache->entry, cache->entry + 1,
		        cache->count * sizeof(cache->entry[0]));
	}
	cache->entry[cache->count++] = (struct entry){
		.data = data, .since_ms = now_ms, .expires = expires};
	pthread_mutex_unlock(&cache->lock);
	tls_resume_free(&oldest.data);
}

static bool take_newest(struct tls_resume_cache *cache, struct entry *out)
{
	bool found;

	pthread_mutex_lock(&cache->lock);
	found = cache->count != 0;
	if (found) {
		*out = cache->entry[--cache->count];
	}
	pthread_mutex_unlock(&cache->lock);
	return found;
}

bool tls_resume_take(struct tls_resume_cache *cache, uint64_t now_ms,
                     int64_t wall_clock, gnutls_datum_t *data_out)
{
	struct entry e;

	while (take_newest(cache, &e)) {
		if (now_ms - e.since_ms <= TLS_RESUME_AGE_MS &&
		    wall_clock <= e.expires) {
			*data_out = e.data;
			return true;
		}
		tls_resume_free(&e.data);
	}
	return false;
}

void tls_resume_drop(struct tls_resume_cache *cache)
{
	struct entry e;

	while (take_newest(cache, &e)) {
		tls_resume_free(&e.data);
	}
}
