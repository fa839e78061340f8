/* SPDX-License-Identifier: MIT */
/* From what listeners ask for to a set of sockets. */
#include "sockets.h"

#include "gateway.h"
#include "socket_holder.h"
#include "socket_open.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

/* What listen_set_open works on. */
struct opening {
	struct listen_set *set;
	struct listen_set *old;
	const struct listen_request *requests, *request;
	unsigned listener;
	unsigned workers;
	bool look; /* only which addresses they are: nothing is opened */
	struct diag *d;
};

static struct listen_address *set_append(struct listen_set *set)
{
	struct listen_address *more =
		reallocarray(set->addresses, set->count + 1, sizeof(*more));

	if (more == NULL) {
		return NULL;
	}
	set->addresses = more;
	more += set->count++;
	memset(more, 0, sizeof(*more));
	return more;
}

static int fd_append(struct listen_address *a, int fd)
{
	int *more = reallocarray(a->fds, a->count + 1, sizeof(*more));

	if (more == NULL) {
		close(fd);
		return PST_MEMORY;
	}
	a->fds = more;
	more[a->count++] = fd;
	return PST_OK;
}

/* Take over what the generation before has bound: nothing that waits in a
 * socket's queue is lost. */
static int address_inherit(const struct opening *op, struct listen_address *a,
                           const struct listen_address *from)
{
	unsigned i;

	a->address = from->address;
	a->length = from->length;
	a->device = from->device;
	a->inode = from->inode;
	if (a->address.ss_family == AF_UNIX &&
	    socket_file_adjust(op->request, op->d) != PST_OK) {
		return PST_IO;
	}
	for (i = 0; i < from->count; i++) {
		int fd = fcntl(from->fds[i], F_DUPFD_CLOEXEC, 0);

		if (fd < 0) {
			socket_report(op->d, PST_LOG_ERROR, op->request,
			              "a listening socket cannot be kept: %s",
			              strerror(errno));
			return PST_IO;
		}
		if (fd_append(a, fd) != PST_OK) {
			return PST_MEMORY;
		}
		if (socket_adjust(fd, a, op->request, op->d) != PST_OK) {
			return PST_IO;
		}
	}
	return PST_OK;
}

/* Our own sockets must not look like those of somebody else. */
static struct listen_address *same_port(const struct listen_set *set,
                                        struct listen_address *like)
{
	size_t i;

	for (i = 0; set != NULL && i < set->count; i++) {
		struct listen_address *a = &set->addresses[i];

		if (a != like && a->address.ss_family != AF_UNIX &&
		    *socket_port(&a->address) == *socket_port(&like->address)) {
			return a;
		}
	}
	return NULL;
}

static int address_probe(const struct opening *op, struct listen_address *a)
{
	char where[SOCKET_TEXT_MAX], holder[100];

	if (a->any_port || same_port(op->old, a) != NULL || !socket_probe(a)) {
		return PST_OK;
	}
	socket_address_text(&a->address, a->length, where, sizeof(where));
	socket_holder_text(ntohs(*socket_port(&a->address)), holder,
	                   sizeof(holder));
	socket_report(op->d, PST_LOG_ERROR, op->request,
	              "cannot listen on %s: the address is in use%s; stop what "
	              "listens there, or name another with `bind`",
	              where, holder);
	return PST_IO;
}

static int address_open(const struct opening *op, struct listen_address *a)
{
	const bool is_unix = a->address.ss_family == AF_UNIX;
	const struct listen_address *from = listen_set_find(op->old, a);
	const unsigned want = is_unix ? 1 : op->workers;
	int result;

	if (from != NULL) {
		result = address_inherit(op, a, from);
	} else {
		result = is_unix ? PST_OK : address_probe(op, a);
	}
	while (result == PST_OK && a->count < want) {
		int fd = is_unix ? socket_open_unix(a, op->request, op->d)
		                 : socket_open_inet(a, op->request, op->d);

		result = fd < 0 ? fd : fd_append(a, fd);
	}
	return result;
}

static void address_fill(const struct opening *op, struct listen_address *a,
                         const struct sockaddr *address, socklen_t length)
{
	memset(a, 0, sizeof(*a));
	memcpy(&a->address, address, length);
	a->length = length;
	a->listener = op->listener;
	a->v6only = op->request->plan.v6only != 0;
	a->any_port = a->address.ss_family != AF_UNIX &&
	              *socket_port(&a->address) == 0;
}

/* "quotes (gw.conf:12)" */
static void service_text(const struct listen_request *r, char *text,
                         size_t size)
{
	if (r->file == NULL) {
		snprintf(text, size, "%s", r->service);
	} else {
		snprintf(text, size, "%s (%s:%u)", r->service, r->file,
		         r->line);
	}
}

/* Two names of one address: within a listener it is opened once. */
static int address_again(const struct opening *op,
                         const struct listen_address *first)
{
	char where[SOCKET_TEXT_MAX], other[512];

	if (first->listener == op->listener) {
		return PST_OK;
	}
	socket_address_text(&first->address, first->length, where,
	                    sizeof(where));
	service_text(&op->requests[first->listener], other, sizeof(other));
	socket_report(op->d, PST_LOG_ERROR, op->request,
	              "%s is what service %s listens on too, under another "
	              "name; write both alike",
	              where, other);
	return PST_IO;
}

static bool is_any(const struct sockaddr_storage *address)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (address->ss_family == AF_INET) {
		memcpy(&v4, address, sizeof(v4));
		return v4.sin_addr.s_addr == htonl(INADDR_ANY);
	}
	memcpy(&v6, address, sizeof(v6));
	return memcmp(&v6.sin6_addr, &in6addr_any, sizeof(in6addr_any)) == 0;
}

/* What comes to `one` comes to `all` too. */
static bool covers(const struct listen_address *all,
                   const struct listen_address *one)
{
	const sa_family_t family = all->address.ss_family;

	return is_any(&all->address) && (family == one->address.ss_family ||
	                                 (family == AF_INET6 && !all->v6only));
}

/* The system would refuse it, or, after a reload, send clients to either. */
static int address_alone(const struct opening *op, struct listen_address *a)
{
	char where[SOCKET_TEXT_MAX], there[SOCKET_TEXT_MAX], service[512];
	size_t i;

	for (i = 0; i < op->set->count; i++) {
		struct listen_address *other = &op->set->addresses[i];

		if (a->address.ss_family == AF_UNIX || a->any_port ||
		    other->address.ss_family == AF_UNIX ||
		    other->listener == op->listener ||
		    *socket_port(&a->address) !=
		            *socket_port(&other->address) ||
		    (!covers(a, other) && !covers(other, a))) {
			continue;
		}
		socket_address_text(&a->address, a->length, where,
		                    sizeof(where));
		socket_address_text(&other->address, other->length, there,
		                    sizeof(there));
		service_text(&op->requests[other->listener], service,
		             sizeof(service));
		socket_report(op->d, PST_LOG_ERROR, op->request,
		              "cannot listen on %s: service %s already listens "
		              "on that port, at %s; name another with `bind`, "
		              "or write both alike",
		              where, service, there);
		return PST_IO;
	}
	return PST_OK;
}

static int address_add(const struct opening *op, const struct sockaddr *address,
                       socklen_t length)
{
	struct listen_address filled, *a;
	int result;

	address_fill(op, &filled, address, length);
	a = filled.any_port ? NULL : listen_set_find(op->set, &filled);
	if (a != NULL) {
		return address_again(op, a);
	}
	result = address_alone(op, &filled);
	if (result != PST_OK) {
		return result;
	}
	a = set_append(op->set);
	if (a == NULL) {
		return PST_MEMORY;
	}
	*a = filled;
	return op->look ? PST_OK : address_open(op, a);
}

/* -- from a plan to addresses ------------------------------------------ */

static int unix_add(const struct opening *op)
{
	const char *path = op->request->plan.path;
	struct sockaddr_storage address;
	socklen_t length;

	if (socket_unix_address(path, &address, &length) != PST_OK) {
		socket_report(op->d, PST_LOG_ERROR, op->request,
		              "the path \"%s\" has %zu bytes; a unix socket's "
		              "has 1 to %zu",
		              path, strlen(path),
		              sizeof(((struct sockaddr_un *)0)->sun_path) - 1);
		return PST_IO;
	}
	if (op->look && socket_file_look(op->request, op->d) != PST_OK) {
		return PST_IO;
	}
	return address_add(op, (const struct sockaddr *)&address, length);
}

static bool has_ipv6(void)
{
	const struct sockaddr_in6 any = {.sin6_family = AF_INET6};
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool works;

	if (fd < 0) {
		return false;
	}
	works = bind(fd, (const struct sockaddr *)&any, sizeof(any)) == 0;
	close(fd);
	return works;
}

/* Without a host: one socket for both families where the system has both. */
static int any_add(const struct opening *op)
{
	const struct pst_socket_plan *plan = &op->request->plan;
	const in_port_t port = htons((uint16_t)plan->port);
	const struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = port};
	const struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
	                                .sin6_port = port};

	if (plan->family == PST_FAMILY_IPV4 ||
	    (plan->family == PST_FAMILY_ANY && !has_ipv6())) {
		return address_add(op, (const struct sockaddr *)&v4,
		                   sizeof(v4));
	}
	return address_add(op, (const struct sockaddr *)&v6, sizeof(v6));
}

/* True for an address that another one of the same name may stand in for. */
static bool is_foreign(const struct addrinfo *info)
{
	int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_storage address;
	bool foreign;

	if (fd < 0) {
		return errno == EAFNOSUPPORT;
	}
	memcpy(&address, info->ai_addr, info->ai_addrlen);
	*socket_port(&address) = 0;
	foreign = bind(fd, (const struct sockaddr *)&address,
	               info->ai_addrlen) != 0 &&
	          errno == EADDRNOTAVAIL;
	close(fd);
	return foreign;
}

static int foreign_report(const struct opening *op, const struct addrinfo *info,
                          bool alone)
{
	struct sockaddr_storage address;
	char where[SOCKET_TEXT_MAX];

	memset(&address, 0, sizeof(address));
	memcpy(&address, info->ai_addr, info->ai_addrlen);
	socket_address_text(&address, info->ai_addrlen, where, sizeof(where));
	socket_report(op->d, alone ? PST_LOG_ERROR : PST_LOG_WARNING,
	              op->request,
	              alone ? "cannot listen on %s: it is not an address of "
	                      "this machine; name one with `bind`"
	                    : "does not listen on %s: it is not an address of "
	                      "this machine",
	              where);
	return alone ? PST_IO : PST_OK;
}

static int infos_add(const struct opening *op, const struct addrinfo *first)
{
	const struct addrinfo *i;
	size_t ours = 0;
	int result = PST_OK, one;

	for (i = first; i != NULL && !op->look; i = i->ai_next) {
		ours += !is_foreign(i);
	}
	for (i = first; i != NULL && result != PST_MEMORY; i = i->ai_next) {
		one = !op->look && is_foreign(i)
		              ? foreign_report(op, i, ours == 0)
		              : address_add(op, i->ai_addr, i->ai_addrlen);
		result = one != PST_OK ? one : result;
	}
	return result;
}

static int host_add(const struct opening *op)
{
	const struct pst_socket_plan *plan = &op->request->plan;
	struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
	                         .ai_family = AF_UNSPEC,
	                         .ai_socktype = SOCK_STREAM};
	struct addrinfo *info;
	char port[8];
	int failed, result;

	if (plan->family == PST_FAMILY_IPV4) {
		hints.ai_family = AF_INET;
	} else if (plan->family == PST_FAMILY_IPV6) {
		hints.ai_family = AF_INET6;
	}
	snprintf(port, sizeof(port), "%u", (unsigned)(uint16_t)plan->port);
	failed = getaddrinfo(plan->host, port, &hints, &info);
	if (failed != 0 && op->look) {
		return PST_OK; /* another machine may know it */
	}
	if (failed != 0) {
		socket_report(op->d, PST_LOG_ERROR, op->request,
		              "the host \"%s\" cannot be resolved: %s; name an "
		              "address of this machine with `bind`",
		              plan->host, gai_strerror(failed));
		return PST_IO;
	}
	result = infos_add(op, info);
	freeaddrinfo(info);
	return result;
}

static int request_add(const struct opening *op)
{
	const struct pst_socket_plan *plan = &op->request->plan;

	if (plan->family == PST_FAMILY_UNIX) {
		return unix_add(op);
	}
	if (plan->host == NULL || plan->host[0] == '\0') {
		return any_add(op);
	}
	return host_add(op);
}

int listen_set_open(struct listen_set *set_out,
                    const struct listen_request *requests, size_t count,
                    unsigned workers, struct listen_set *old, struct diag *d)
{
	struct opening op = {.set = set_out,
	                     .requests = requests,
	                     .old = old,
	                     .workers = workers == 0 ? 1 : workers,
	                     .d = d};
	int result = PST_OK;
	size_t i;

	memset(set_out, 0, sizeof(*set_out));
	for (i = 0; i < count && result != PST_MEMORY; i++) {
		int one;

		op.request = &requests[i];
		op.listener = (unsigned)i;
		one = request_add(&op);
		result = one != PST_OK ? one : result;
	}
	if (result == PST_MEMORY) {
		diag_add(d, PST_LOG_ERROR, NULL, 0, NULL,
		         "out of memory while sockets are opened");
	}
	if (result != PST_OK) {
		listen_set_close(set_out);
		return PST_IO;
	}
	return PST_OK;
}

/* Names are looked up only where it matters. */
static bool shares_port(const struct listen_request *requests, size_t count,
                        size_t index)
{
	const struct pst_socket_plan *plan = &requests[index].plan;
	size_t i;

	for (i = 0; i < count; i++) {
		const struct pst_socket_plan *other = &requests[i].plan;

		if (i != index && other->port == plan->port &&
		    other->family != PST_FAMILY_UNIX) {
			return plan->family != PST_FAMILY_UNIX;
		}
	}
	return false;
}

int listen_set_look(const struct listen_request *requests, size_t count,
                    struct diag *d)
{
	struct listen_set set = {NULL, 0};
	struct opening op = {
		.set = &set, .requests = requests, .look = true, .d = d};
	int result = PST_OK, one;
	size_t i;

	for (i = 0; i < count && result != PST_MEMORY; i++) {
		op.request = &requests[i];
		op.listener = (unsigned)i;
		if (op.request->plan.path != NULL ||
		    shares_port(requests, count, i)) {
			one = request_add(&op);
			result = one != PST_OK ? one : result;
		}
	}
	listen_set_close(&set);
	return result;
}

void listen_set_restore(struct listen_set *set,
                        const struct listen_request *requests)
{
	struct diag ignored;
	int result = PST_OK;
	size_t i;
	unsigned k;

	diag_init(&ignored);
	for (i = 0; i < set->count; i++) {
		const struct listen_address *a = &set->addresses[i];
		const struct listen_request *r = &requests[a->listener];

		for (k = 0; k < a->count && result == PST_OK; k++) {
			result = socket_adjust(a->fds[k], a, r, &ignored);
		}
		if (a->address.ss_family == AF_UNIX && result == PST_OK) {
			result = socket_file_adjust(r, &ignored);
		}
	}
	diag_finish(&ignored);
}

void listen_request_fill(struct listen_request *out, const struct listener *l)
{
	const struct pipeline *p = l->nodes[0].lower;

	out->plan = l->plan;
	out->service = p->service->name;
	out->url = p->url.text;
	out->file = p->file;
	out->line = p->line;
}
