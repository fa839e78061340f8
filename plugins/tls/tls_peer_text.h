/* SPDX-License-Identifier: MIT */
/* What a peer wrote into its certificate, made safe for logs and fields. */
#ifndef TLS_PEER_TEXT_H
#define TLS_PEER_TEXT_H

#include <gnutls/x509.h>
#include <stdbool.h>
#include <stddef.h>

/** Write data[length]; bytes that are no printable ASCII become "\HH" (RFC 4514
 *  2.4). Returns false when it did not fit and was cut. */
bool tls_clean(char *out, size_t size, const void *data, size_t length);

/** Write "DNS:a.example, email:bob@a.example, URI:urn:x, IP:192.0.2.1". Bytes
 *  that could end an item become "%HH", so that no name looks like two.
 *  Returns false when it did not fit: then the text ends within the names. */
bool tls_san_text(gnutls_x509_crt_t crt, char *out, size_t size);

/** Write the serial number in hexadecimal. Returns false when there is none. */
bool tls_serial_text(gnutls_x509_crt_t crt, char *out, size_t size);

/** Write "2026-11-21T09:00:00Z". Returns false when it is no date. */
bool tls_time_text(time_t when, char *out, size_t size);

#endif
