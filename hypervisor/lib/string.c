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

/* 64 bytes at a time, then 8, but for the ends: so memory is cleared where no instruction does it.
 */
void *memset(void *to, int byte, size_t size) {
    uint64_t word = (uint8_t)byte * UINT64_C(0x0101010101010101);
    uint8_t *out = to, *end = out + size;

    while (out < end && ((uintptr_t)out & 7) != 0)
        *out++ = (uint8_t)byte;
    for (; out + 64 <= end; out += 64) {
        uint64_t *at = (uint64_t *)(void *)out;

        at[0] = at[1] = at[2] = at[3] = at[4] = at[5] = at[6] = at[7] = word;
    }
    for (; end - out >= 8; out += 8)
        *(uint64_t *)(void *)out = word;
    while (out < end)
        *out++ = (uint8_t)byte;
    return to;
}
