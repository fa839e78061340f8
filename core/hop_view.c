/* SPDX-License-Identifier: MIT */
/* What a service is told about its hops (penstock/hop.h). */
#include "hop_view.h"

#include "arena.h"
#include "trunk.h"
#include "wire.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <penstock/setup.h>
#include <string.h>
#include <sys/socket.h>

/* A pipeline with errors lacks some of it. */
static const char *text_of(const char *text)
{
	return text == NULL ? "" : text;
}

void hop_view(const struct pipeline *p, struct pst_hop *hop_out)
{
	const struct pst_url *url = p->url.text == NULL ? NULL : &p->url;

	hop_out->provides = p->provides;
	hop_out->url = url;
	hop_out->layers = text_of(p->description);
	hop_out->path = text_of(p->route_path);
	hop_out->host = text_of(p->route_host);
	hop_out->peer = "";
	hop_out->high_water = p->limits.high_water;
	hop_out->shape = p->top;
	if (p->role == PST_CONNECT) { /* nobody is routed there */
		hop_out->path = url == NULL ? "/" : url->path;
		hop_out->host = url == NULL ? "" : url->host;
	}
}

const struct stack *hop_lowest(const struct stack *stack)
{
	if (stack->absorbed != NULL) {
		return stack->absorbed;
	}
	if (stack->bottom->kind == STATION_STREAM) {
		const struct stream *st = stack->bottom->instance.state;

		return st->trunk->stack;
	}
	return stack;
}

const char *hop_peer(const struct stack *stack)
{
	const struct wire *w = hop_lowest(stack)->stations[0].instance.state;

	return w != NULL ? w->peer : NULL;
}

/* A socket for both families has IPv4 in IPv6 (RFC 4291 2.5.5.2). */
static int address_text(const struct sockaddr_storage *address, char *text,
                        size_t size)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	const void *from = &v4.sin_addr;
	int family = address->ss_family;

	if (family == AF_INET) {
		memcpy(&v4, address, sizeof(v4));
	} else if (family == AF_INET6) {
		memcpy(&v6, address, sizeof(v6));
		from = &v6.sin6_addr;
		if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
			from = &v6.sin6_addr.s6_addr[12];
			family = AF_INET;
		}
	} else {
		return PST_INVALID;
	}
	return inet_ntop(family, from, text, (socklen_t)size) == NULL
	               ? PST_INVALID
	               : PST_OK;
}

int hop_local(const struct stack *stack, char *text, size_t size)
{
	const struct wire *w = hop_lowest(stack)->stations[0].instance.state;
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);

	return w == NULL || w->fd < 0 ||
	                       getsockname(w->fd, (struct sockaddr *)&address,
	                                   &length) != 0
	               ? PST_INVALID
	               : address_text(&address, text, size);
}

static const struct pst_hop *views(struct arena *memory,
                                   struct pipeline *const *pipelines,
                                   unsigned count)
{
	struct pst_hop *all = arena_array(memory, count + 1, sizeof(*all));
	unsigned i;

	for (i = 0; all != NULL && i < count; i++) {
		all[i].size = sizeof(all[i]);
		hop_view(pipelines[i], &all[i]);
	}
	return all;
}

int hop_views(struct arena *memory, struct service_conf *s,
              struct pst_setup *setup)
{
	setup->connects = views(memory, s->connect, s->connect_count);
	setup->connect_count = s->connect_count;
	setup->accepts = views(memory, s->accept, s->accept_count);
	setup->accept_count = s->accept_count;
	return setup->connects == NULL || setup->accepts == NULL ? PST_MEMORY
	                                                         : PST_OK;
}
