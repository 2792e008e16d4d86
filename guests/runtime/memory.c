/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions a compiler may call on its own in freestanding code. Their stores are volatile
 * so that it does not make a call to the same function out of the loop.
 */
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memset(void *to, int value, size_t size);

void *memcpy(void *restrict to, const void *restrict from, size_t size) {
    volatile uint8_t *out = to;
    const uint8_t *in = from;

    while (size-- > 0)
        *out++ = *in++;
    return to;
}

void *memset(void *to, int value, size_t size) {
    volatile uint8_t *out = to;

    while (size-- > 0)
        *out++ = (uint8_t)value;
    return to;
}
