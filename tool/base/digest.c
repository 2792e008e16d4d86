/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/base/digest.h"

#include <nettle/base16.h>
#include <nettle/sha2.h>

const char *digest_sha256(struct arena *arena, const void *bytes, size_t size) {
    struct sha256_ctx context;
    uint8_t digest[SHA256_DIGEST_SIZE];
    char *text = arena_alloc(arena, 2 * sizeof(digest) + 1);

    sha256_init(&context);
    sha256_update(&context, size, bytes);
    sha256_digest(&context, sizeof(digest), digest);
    base16_encode_update(text, sizeof(digest), digest);
    return text;
}
