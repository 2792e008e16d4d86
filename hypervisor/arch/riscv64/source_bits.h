/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source_bits.h - a bit for each interrupt source, as PLIC and APLIC number them.
 */
#ifndef RISCV64_SOURCE_BITS_H
#define RISCV64_SOURCE_BITS_H

#include <stdbool.h>
#include <stdint.h>

#define SOURCE_END   1024u /* sources 1 to 1023; there is no source 0 */
#define SOURCE_WORDS (SOURCE_END / 32)

static inline bool source_test(const uint32_t bits[SOURCE_WORDS], uint32_t source) {
    return (bits[source / 32] >> (source % 32) & 1) != 0;
}

static inline void source_assign(uint32_t bits[SOURCE_WORDS], uint32_t source, bool on) {
    uint32_t bit = 1u << (source % 32);

    bits[source / 32] = on ? bits[source / 32] | bit : bits[source / 32] & ~bit;
}
#endif
