/* SPDX-License-Identifier: MIT */
/* Masking of WebSocket payload (RFC 6455 5.3), in place. */
#ifndef WS_MASK_H
#define WS_MASK_H

#include <stddef.h>
#include <stdint.h>

/**
 * XOR data[length], at any alignment, with the key's four bytes over and over.
 * Masking and unmasking are the same.
 *
 * key      as it lies in memory; its first byte meets data[0]
 * Returns  the key turned so that it fits the byte behind the last
 */
uint32_t ws_mask(uint8_t *data, size_t length, uint32_t key);

#endif
