/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chacha20.h - many secrets out of one: ChaCha20's block function (RFC 8439, 2.3) with fast key
 * erasure. Each draw replaces the key, and nothing later leads back to it.
 */
#pragma once

#include "lib/address.h"

#define CHACHA20_SIZE 32u /* bytes of a key, and of a draw */

/*
 * Of the first block under `key`, with a nonce of zeros, the first half becomes the key, the second
 * one `drawn`; CHACHA20_SIZE bytes each, of any alignment. Any context, no locks; leaves no secret
 * on the stack.
 */
void chacha20_draw(void *key, void *drawn);
