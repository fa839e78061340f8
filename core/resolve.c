/* SPDX-License-Identifier: MIT */
/* Names to addresses without blocking, by c-ares on the loop's watches. */
#include "resolve.h"

#include <ares.h>
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ADDRESSES_MAX 32u
#define TIMEOUT_MS    2000 /* of the first try; c-ares doubles it */
#define TRIES         3

#define RESOLV_CONF "/etc/resolv.conf"

/* One socket of c-ares. */
struct source {
	struct watch watch;
	struct resolver *resolver;
	struct source *next;
	ares_socket_t fd;
};

struct resolve_query {
	struct resolver *resolver;
	struct resolve_query *next; /* while due */
	resolved_fn done;           /* NULL: cancelled */
	void *owner;
	struct resolved result;
};

struct resolver {
	struct loop *loop;
	ares_channel channel;
	struct source *sources;
	struct source *gone; /* closed; may be the one that calls us */
	struct resolve_query *due, **due_end;
	size_t due_count;
	size_t asked; /* queries that c-ares has */
	struct timespec conf_time;
	bool own_servers;
};

/* -- the sockets of c-ares --------------------------------------------- */

static void source_ready(struct watch *w, unsigned events)
{
	struct source *s = w->owner;
	const bool in = (events & LOOP_READ) != 0;
	const bool out = (events & LOOP_WRITE) != 0;

	ares_process_fd(s->resolver->channel, in ? s->fd : ARES_SOCKET_BAD,
	                out ? s->fd : ARES_SOCKET_BAD);
}

static void sources_free(struct source *s)
{
	while (s != NULL) {
		struct source *next = s->next;

		free(s);
		s = next;
	}
}

static struct source *source_add(struct resolver *r, ares_socket_t fd)
{
	struct source *s = calloc(1, sizeof(*s));

	if (s != NULL) {
		s->resolver = r;
		s->fd = fd;
		watch_init(&s->watch, fd, s, source_ready);
		s->next = r->sources;
		r->sources = s;
	}
	return s;
}

/* Called by c-ares; with neither the socket is about to be closed. */
static void socket_wants(void *data, ares_socket_t fd, int readable,
                         int writable)
{
	const unsigned events = (readable != 0 ? LOOP_READ : 0u) |
	                        (writable != 0 ? LOOP_WRITE : 0u);
	struct resolver *r = data;
	struct source **at = &r->sources, *s;

	while (*at != NULL && (*at)->fd != fd) {
		at = &(*at)->next;
	}
	s = *at;
	if (s == NULL && events != 0) {
		/* Without memory the query runs into its timeout. */
		s = source_add(r, fd);
	}
	if (s == NULL) {
		return;
	}
	watch_set(r->loop, &s->watch, events);
	if (events == 0) {
		*at = s->next;
		s->next = r->gone;
		r->gone = s;
	}
}

/* -- results ----------------------------------------------------------- */

static void query_free(struct resolve_query *q)
{
	free(q->result.addresses);
	free(q->result.lengths);
	free(q);
}

static void query_due(struct resolve_query *q)
{
	struct resolver *r = q->resolver;

	q->next = NULL;
	*r->due_end = q;
	r->due_end = &q->next;
	r->due_count++;
}

static void due_remove(struct resolver *r, struct resolve_query **at)
{
	struct resolve_query *q = *at;

	*at = q->next;
	if (r->due_end == &q->next) {
		r->due_end = at;
	}
	r->due_count--;
}

static const char *error_text(int status)
{
	switch (status) {
	case ARES_ENOTFOUND:
		return "the name does not exist";
	case ARES_ENODATA:
		return "the name has no address of the wanted family";
	case ARES_ETIMEOUT:
		return "no name server answered in time";
	case ARES_ECONNREFUSED:
		return "no name server could be reached";
	case ARES_ESERVFAIL:
		return "the name server failed";
	case ARES_EREFUSED:
		return "the name server refused to answer";
	case ARES_EBADNAME:
		return "it is not a name that can be looked up";
	case ARES_ENOMEM:
		return "out of memory";
	default:
		return ares_strerror(status);
	}
}

static bool result_room(struct resolved *result, size_t count)
{
	result->addresses = calloc(count, sizeof(*result->addresses));
	result->lengths = calloc(count, sizeof(*result->lengths));
	if (result->addresses == NULL || result->lengths == NULL) {
		result->error = "out of memory";
		return false;
	}
	return true;
}

static void result_add(struct resolved *result, const struct sockaddr *address,
                       socklen_t length)
{
	memcpy(&result->addresses[result->count], address, length);
	result->lengths[result->count] = length;
	result->count++;
}

static void take_nodes(struct resolved *result,
                       const struct ares_addrinfo_node *first)
{
	const struct ares_addrinfo_node *n;
	size_t count = 0;

	for (n = first; n != NULL && count < ADDRESSES_MAX; n = n->ai_next) {
		count++;
	}
	if (count == 0) {
		result->error = error_text(ARES_ENODATA);
		return;
	}
	if (!result_room(result, count)) {
		return;
	}
	for (n = first; n != NULL && result->count < count; n = n->ai_next) {
		if (n->ai_addrlen <= sizeof(struct sockaddr_storage)) {
			result_add(result, n->ai_addr, n->ai_addrlen);
		}
	}
}

static void answered(void *data, int status, int timeouts,
                     struct ares_addrinfo *info)
{
	struct resolve_query *q = data;

	(void)timeouts;
	q->resolver->asked--;
	if (q->done == NULL || status == ARES_EDESTRUCTION) {
		ares_freeaddrinfo(info);
		query_free(q);
		return;
	}
	if (status == ARES_SUCCESS && info != NULL) {
		take_nodes(&q->result, info->nodes);
	} else {
		q->result.error = error_text(status);
	}
	ares_freeaddrinfo(info);
	query_due(q);
}

/* -- literals ---------------------------------------------------------- */

/* With a scope ("fe80::1%eth0") the system must name the interface. */
static bool is_literal(const char *host)
{
	unsigned char binary[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, binary) == 1 ||
	       inet_pton(AF_INET6, host, binary) == 1 ||
	       (strchr(host, ':') != NULL && strchr(host, '%') != NULL);
}

static void take_literal(struct resolved *result, const char *host, int family,
                         uint16_t port)
{
	const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST,
	                               .ai_family = family,
	                               .ai_socktype = SOCK_STREAM};
	struct addrinfo *info;

	if (getaddrinfo(host, NULL, &hints, &info) != 0) {
		result->error = "the address is not of the wanted family";
		return;
	}
	if (result_room(result, 1)) {
		result_add(result, info->ai_addr, info->ai_addrlen);
		if (info->ai_family == AF_INET6) {
			((struct sockaddr_in6 *)result->addresses)->sin6_port =
				htons(port);
		} else {
			((struct sockaddr_in *)result->addresses)->sin_port =
				htons(port);
		}
	}
	freeaddrinfo(info);
}

/* -- the channel ------------------------------------------------------- */

static int channel_open(struct resolver *r, ares_channel *channel_out)
{
	struct ares_options options;

	memset(&options, 0, sizeof(options));
	options.sock_state_cb = socket_wants;
	options.sock_state_cb_data = r;
	options.timeout = TIMEOUT_MS;
	options.tries = TRIES;
	return ares_init_options(channel_out, &options,
	                         ARES_OPT_SOCK_STATE_CB | ARES_OPT_TIMEOUTMS |
	                                 ARES_OPT_TRIES);
}

static bool conf_changed(struct resolver *r)
{
	struct stat st;
	bool changed;

	if (stat(RESOLV_CONF, &st) != 0) {
		return false;
	}
	changed = st.st_mtim.tv_sec != r->conf_time.tv_sec ||
	          st.st_mtim.tv_nsec != r->conf_time.tv_nsec;
	r->conf_time = st.st_mtim;
	return changed;
}

/* A gateway outlives many versions of the system's list of name servers. */
static void channel_renew(struct resolver *r)
{
	ares_channel fresh;

	if (r->asked == 0 && !r->own_servers && conf_changed(r) &&
	    channel_open(r, &fresh) == ARES_SUCCESS) {
		ares_destroy(r->channel);
		r->channel = fresh;
	}
}

struct resolver *resolver_create(struct loop *loop)
{
	struct resolver *r = calloc(1, sizeof(*r));

	if (r == NULL || ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS) {
		free(r);
		return NULL;
	}
	r->loop = loop;
	r->due_end = &r->due;
	(void)conf_changed(r);
	if (channel_open(r, &r->channel) != ARES_SUCCESS) {
		ares_library_cleanup();
		free(r);
		return NULL;
	}
	return r;
}

void resolver_destroy(struct resolver *r)
{
	if (r == NULL) {
		return;
	}
	ares_destroy(r->channel);
	while (r->due != NULL) {
		struct resolve_query *q = r->due;

		r->due = q->next;
		query_free(q);
	}
	sources_free(r->sources);
	sources_free(r->gone);
	ares_library_cleanup();
	free(r);
}

int resolver_servers(struct resolver *r, const char *list)
{
	r->own_servers = true;
	return ares_set_servers_ports_csv(r->channel, list) == ARES_SUCCESS
	               ? PST_OK
	               : PST_INVALID;
}

/* -- asking ------------------------------------------------------------ */

static void ask_network(struct resolve_query *q, const char *host, int family,
                        uint16_t port)
{
	const struct ares_addrinfo_hints hints = {.ai_flags =
	                                                  ARES_AI_NUMERICSERV,
	                                          .ai_family = family,
	                                          .ai_socktype = SOCK_STREAM};
	char service[8];
	unsigned n = port, i = sizeof(service) - 1;

	service[i] = '\0';
	do {
		service[--i] = (char)('0' + n % 10);
		n /= 10;
	} while (n != 0);
	channel_renew(q->resolver);
	q->resolver->asked++;
	ares_getaddrinfo(q->resolver->channel, host, service + i, &hints,
	                 answered, q);
}

struct resolve_query *resolver_ask(struct resolver *r, const char *host,
                                   int family, uint16_t port, void *owner,
                                   resolved_fn done)
{
	struct resolve_query *q = calloc(1, sizeof(*q));

	if (q == NULL) {
		return NULL;
	}
	q->resolver = r;
	q->owner = owner;
	q->done = done;
	if (is_literal(host)) {
		take_literal(&q->result, host, family, port);
		query_due(q);
	} else {
		ask_network(q, host, family, port);
	}
	return q;
}

void resolver_cancel(struct resolve_query *q)
{
	struct resolver *r;
	struct resolve_query **at;

	if (q == NULL) {
		return;
	}
	r = q->resolver;
	for (at = &r->due; *at != NULL; at = &(*at)->next) {
		if (*at == q) {
			due_remove(r, at);
			query_free(q);
			return;
		}
	}
	/* c-ares has it: freed when it answers. */
	q->done = NULL;
}

uint64_t resolver_wait_ms(struct resolver *r)
{
	struct timeval left;

	if (r->due != NULL) {
		return 0;
	}
	if (r->asked == 0 || ares_timeout(r->channel, NULL, &left) == NULL) {
		return UINT64_MAX;
	}
	return (uint64_t)left.tv_sec * 1000 + (uint64_t)left.tv_usec / 1000 + 1;
}

void resolver_tick(struct resolver *r)
{
	size_t n = r->due_count;

	sources_free(r->gone);
	r->gone = NULL;
	if (r->asked != 0) {
		ares_process_fd(r->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	}
	/* What the callbacks ask for waits for the next tick. */
	for (; n > 0 && r->due != NULL; n--) {
		struct resolve_query *q = r->due;

		due_remove(r, &r->due);
		q->done(q->owner, &q->result);
		query_free(q);
	}
}
