/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arch_mmio.h - device registers. Written in assembly so that the compiler never picks a load or
 * store with write-back, which a hypervisor could not decode.
 */
#pragma once

#include <stdint.h>

#define MMIO_ACCESSORS(bits, type, load, store)                                                    \
    static inline type mmio_read##bits(uint64_t address) {                                         \
        uint64_t value;                                                                            \
        __asm__ volatile(load "[%1]" : "=r"(value) : "r"(address) : "memory");                     \
        return (type)value;                                                                        \
    }                                                                                              \
    static inline void mmio_write##bits(uint64_t address, type value) {                            \
        __asm__ volatile(store "[%1]" ::"r"((uint64_t)value), "r"(address) : "memory");            \
    }

MMIO_ACCESSORS(8, uint8_t, "ldrb %w0, ", "strb %w0, ")
MMIO_ACCESSORS(16, uint16_t, "ldrh %w0, ", "strh %w0, ")
MMIO_ACCESSORS(32, uint32_t, "ldr %w0, ", "str %w0, ")
MMIO_ACCESSORS(64, uint64_t, "ldr %0, ", "str %0, ")

#undef MMIO_ACCESSORS
