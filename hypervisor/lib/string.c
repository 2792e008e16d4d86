/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/string.h"

#include <stdint.h>

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

void *memmove(void *to, const void *from, size_t size) {
    uint8_t *out = to;
    const uint8_t *in = from;

    if (out <= in) {
        while (size-- > 0)
            *out++ = *in++;
    } else {
        while (size-- > 0)
            out[size] = in[size];
    }
    return to;
}

void *memset(void *to, int byte, size_t size) {
    uint8_t *out = to;

    while (size-- > 0)
        *out++ = (uint8_t)byte;
    return to;
}

int memcmp(const void *a, const void *b, size_t size) {
    const uint8_t *left = a;
    const uint8_t *right = b;

    for (; size > 0; size--, left++, right++) {
        if (*left != *right)
            return *left - *right;
    }
    return 0;
}
