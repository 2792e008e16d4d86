/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/string.h"

/* Copying goes word by word where both sides allow it: guest images are many megabytes. */
void *memcpy(void *restrict to, const void *restrict from, size_t size) {
    uint8_t *out = to;
    const uint8_t *in = from;

    if ((((uintptr_t)out | (uintptr_t)in) & 7) == 0) {
        for (; size >= 8; size -= 8, out += 8, in += 8)
            *(uint64_t *)(void *)out = *(const uint64_t *)(const void *)in;
    }
    while (size-- > 0)
        *out++ = *in++;
    return to;
}

void *memset(void *to, int byte, size_t size) {
    uint8_t *out = to;

    while (size-- > 0)
        *out++ = (uint8_t)byte;
    return to;
}
