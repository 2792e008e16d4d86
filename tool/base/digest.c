/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/base/digest.h"

#include <stdio.h>

#include <nettle/sha2.h>

const char *digest_sha256(struct arena *arena, const void *bytes, size_t size) {
    struct sha256_ctx context;
    uint8_t digest[SHA256_DIGEST_SIZE];
    char *text = arena_alloc(arena, 2 * sizeof(digest) + 1);

    sha256_init(&context);
    sha256_update(&context, size, bytes);
    sha256_digest(&context, sizeof(digest), digest);
    for (size_t i = 0; i < sizeof(digest); i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    return text;
}
