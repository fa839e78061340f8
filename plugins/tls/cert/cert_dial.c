/* SPDX-License-Identifier: MIT */
/* A TLS connection to a server, to see what it shows. Nothing is believed. */
#include "cert/cert_dial.h"

#include "cert/cert_line.h"
#include "tls_alert.h"
#include "tls_names.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	PATIENCE = 10000, /* milliseconds to connect, and to shake hands */
	VERDICT = 3000,   /* and to hear that a certificate is refused */
	FAREWELL = 1000   /* and to end well */
};

/* -- TCP --------------------------------------------------------------- */

static int connect_one(const struct addrinfo *a)
{
	int fd = socket(a->ai_family,
	                a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
	                a->ai_protocol);
	struct pollfd wait = {fd, POLLOUT, 0};
	socklen_t size = sizeof(int);
	int error = 0;

	if (fd < 0) {
		return -1;
	}
	if (connect(fd, a->ai_addr, a->ai_addrlen) == 0) {
		return fd;
	}
	error = errno;
	if (error == EINPROGRESS) {
		error = poll(&wait, 1, PATIENCE) == 1 ? 0 : ETIMEDOUT;
		if (error == 0) {
			getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
		}
	}
	if (error == 0) {
		return fd;
	}
	close(fd);
	errno = error;
	return -1;
}

static int connect_any(struct cert_dial *dial)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list, *a;
	const char *host = dial->at->host, *port = dial->at->port;
	int ret = getaddrinfo(host, port, &hints, &list);

	if (ret != 0) {
		return cert_bad("%s: %s", host,
		                ret == EAI_SYSTEM ? strerror(errno)
		                                  : gai_strerror(ret));
	}
	dial->fd = -1;
	for (a = list; a != NULL && dial->fd < 0; a = a->ai_next) {
		dial->fd = connect_one(a);
	}
	ret = errno;
	freeaddrinfo(list);
	return dial->fd >= 0
	               ? CERT_GOOD
	               : cert_bad("%s port %s: %s", host, port, strerror(ret));
}

/* -- TLS --------------------------------------------------------------- */

static void note_authorities(struct cert_dial *dial,
                             const gnutls_datum_t *names, int count)
{
	size_t used = 0;
	int i;

	snprintf(dial->authorities, sizeof(dial->authorities), "any authority");
	for (i = 0; i < count && used < sizeof(dial->authorities); i++) {
		char name[256] = "?";
		size_t size = sizeof(name);
		int n;

		gnutls_x509_rdn_get(&names[i], name, &size);
		n = snprintf(dial->authorities + used,
		             sizeof(dial->authorities) - used, "%s%s",
		             i == 0 ? "" : " or ", name);
		used += n > 0 ? (size_t)n : 0;
	}
}

static int on_asked(gnutls_session_t session, const gnutls_datum_t *names,
                    int count, const gnutls_pk_algorithm_t *algorithms,
                    int algorithm_count, gnutls_retr2_st *answer)
{
	struct cert_dial *dial = gnutls_session_get_ptr(session);

	(void)algorithms;
	(void)algorithm_count;
	dial->asked = true;
	note_authorities(dial, names, count);
	answer->cert_type = GNUTLS_CRT_X509;
	answer->key_type = GNUTLS_PRIVKEY_X509;
	answer->ncerts = 0;
	answer->deinit_all = 0;
	if (dial->own != NULL) {
		answer->cert.x509 = dial->own->crt;
		answer->ncerts = dial->own->count;
		answer->key.x509 = dial->own->key;
	}
	return 0;
}

static int session_open(struct cert_dial *dial)
{
	static const gnutls_datum_t http = {
		(unsigned char *)(uintptr_t) "http/1.1", 8};
	struct tls_name name;
	const char *why;
	int ret = gnutls_certificate_allocate_credentials(&dial->credentials);

	if (ret == 0) {
		gnutls_certificate_set_retrieve_function(dial->credentials,
		                                         on_asked);
		ret = gnutls_init(&dial->session, GNUTLS_CLIENT);
	}
	if (ret == 0) {
		gnutls_session_set_ptr(dial->session, dial);
		/* old servers, too, shall be told what is wrong with them */
		ret = gnutls_set_default_priority_append(
			dial->session, "+VERS-TLS1.1:+VERS-TLS1.0:%COMPAT",
			NULL, 0);
	}
	if (ret == 0) {
		ret = gnutls_credentials_set(dial->session,
		                             GNUTLS_CRD_CERTIFICATE,
		                             dial->credentials);
	}
	if (ret == 0 && dial->url->http) {
		ret = gnutls_alpn_set_protocols(dial->session, &http, 1, 0);
	}
	if (ret == 0 && tls_name_parse(dial->sni, &name, &why) == PST_OK &&
	    name.address_length == 0) {
		ret = gnutls_server_name_set(dial->session, GNUTLS_NAME_DNS,
		                             name.text, strlen(name.text));
	}
	return ret == 0 ? CERT_GOOD : cert_bad("TLS: %s", gnutls_strerror(ret));
}

static int handshake_trouble(struct cert_dial *dial, int ret)
{
	const char *host = dial->at->host, *port = dial->at->port;
	unsigned alert;

	switch (ret) {
	case GNUTLS_E_FATAL_ALERT_RECEIVED:
		alert = (unsigned)gnutls_alert_get(dial->session);
		return cert_bad("%s port %s: refuses the handshake with alert "
		                "%u %s%s%s%s",
		                host, port, alert, tls_alert_name(alert),
		                tls_alert_hint(alert),
		                dial->asked ? "; it asks for a certificate of "
		                            : "",
		                dial->asked ? dial->authorities : "");
	case GNUTLS_E_UNEXPECTED_PACKET:
	case GNUTLS_E_UNEXPECTED_PACKET_LENGTH:
	case GNUTLS_E_RECORD_OVERFLOW:
	case GNUTLS_E_UNSUPPORTED_VERSION_PACKET:
		return cert_bad("%s port %s: does not speak TLS; is it a plain "
		                "port?",
		                host, port);
	case GNUTLS_E_PREMATURE_TERMINATION:
	case GNUTLS_E_PULL_ERROR:
	case GNUTLS_E_PUSH_ERROR:
		return cert_bad("%s port %s: hangs up in the handshake; is it "
		                "a plain port?",
		                host, port);
	case GNUTLS_E_TIMEDOUT:
		return cert_bad("%s port %s: does not answer within %d s; is "
		                "it a plain port that waits for the client?",
		                host, port, PATIENCE / 1000);
	default:
		return cert_bad("%s port %s: the handshake fails: %s", host,
		                port, gnutls_strerror(ret));
	}
}

int cert_dial_open(struct cert_dial *dial)
{
	int code, ret;

	dial->fd = -1;
	code = session_open(dial);
	if (code == CERT_GOOD) {
		code = connect_any(dial);
	}
	if (code != CERT_GOOD) {
		return code;
	}
	gnutls_transport_set_int(dial->session, dial->fd);
	gnutls_handshake_set_timeout(dial->session, PATIENCE);
	do {
		struct pollfd wait = {dial->fd, POLLIN, 0};

		ret = gnutls_handshake(dial->session);
		if (ret == GNUTLS_E_AGAIN) {
			wait.events = gnutls_record_get_direction(dial->session)
			                      ? POLLOUT
			                      : POLLIN;
			if (poll(&wait, 1, PATIENCE) == 0) {
				ret = GNUTLS_E_TIMEDOUT;
			}
		}
	} while (ret < 0 && gnutls_error_is_fatal(ret) == 0);
	dial->up = ret == 0;
	return ret == 0 ? CERT_GOOD : handshake_trouble(dial, ret);
}

/* Leave as the protocol says, so that the server's log has nothing to tell. */
static void part(struct cert_dial *dial)
{
	struct pollfd wait = {dial->fd, POLLIN, 0};
	char text[4096];
	ssize_t n;

	gnutls_bye(dial->session, GNUTLS_SHUT_WR);
	shutdown(dial->fd, SHUT_WR);
	do {
		n = poll(&wait, 1, FAREWELL) == 1
		            ? recv(dial->fd, text, sizeof(text), 0)
		            : 0;
	} while (n > 0);
}

void cert_dial_close(struct cert_dial *dial)
{
	if (dial->session != NULL) {
		if (dial->up) {
			part(dial);
		}
		gnutls_deinit(dial->session);
	}
	if (dial->credentials != NULL) {
		gnutls_certificate_free_credentials(dial->credentials);
	}
	if (dial->fd >= 0) {
		close(dial->fd);
	}
	dial->fd = -1;
}

int cert_dial_chain(const struct cert_dial *dial, struct cert_items *chain)
{
	unsigned count = 0, i;
	const gnutls_datum_t *list =
		gnutls_certificate_get_peers(dial->session, &count);
	int code = CERT_GOOD;

	if (list == NULL || count == 0) {
		return cert_bad("%s port %s: shows no certificate",
		                dial->at->host, dial->at->port);
	}
	for (i = 0; i < count && code == CERT_GOOD; i++) {
		gnutls_x509_crt_t crt;

		if (gnutls_x509_crt_init(&crt) != 0) {
			return cert_bad("memory ran out");
		}
		if (gnutls_x509_crt_import(crt, &list[i],
		                           GNUTLS_X509_FMT_DER) != 0) {
			gnutls_x509_crt_deinit(crt);
			return cert_bad("%s port %s: certificate %u of its "
			                "chain cannot be read",
			                dial->at->host, dial->at->port, i + 1);
		}
		code = cert_items_add(chain, crt);
	}
	return code;
}

/* RFC 8446 4.4.2.4: in TLS 1.3 the server refuses after the handshake. */
unsigned cert_dial_refused(struct cert_dial *dial)
{
	char text[512];
	ssize_t n;

	if (dial->url->http) {
		int length = snprintf(text, sizeof(text),
		                      "HEAD / HTTP/1.1\r\nHost: %s\r\n"
		                      "Connection: close\r\n\r\n",
		                      dial->url->host);

		gnutls_record_send(dial->session, text, (size_t)length);
	}
	do {
		struct pollfd wait = {dial->fd, POLLIN, 0};

		n = gnutls_record_recv(dial->session, text, sizeof(text));
		if (n == GNUTLS_E_AGAIN &&
		    gnutls_record_check_pending(dial->session) == 0 &&
		    poll(&wait, 1, VERDICT) == 0) {
			return 0; /* it waits for us: we are in */
		}
	} while (n < 0 && gnutls_error_is_fatal((int)n) == 0);
	if (n == GNUTLS_E_FATAL_ALERT_RECEIVED) {
		return (unsigned)gnutls_alert_get(dial->session);
	}
	return 0;
}

int cert_dial_where(const struct cert_line *line, struct cert_url *url,
                    struct cert_url *at)
{
	char why[CERT_WHY_MAX];

	if (cert_url_parse(line->operand[0], url, why) != PST_OK) {
		return cert_usage(line, "\"%s\" %s", line->operand[0], why);
	}
	*at = *url;
	if (cert_given(line, CERT_ADDRESS) &&
	    cert_address_parse(line->value[CERT_ADDRESS], at) != PST_OK) {
		return cert_usage(line, "--address \"%s\" is not HOST:PORT",
		                  line->value[CERT_ADDRESS]);
	}
	return CERT_GOOD;
}
