/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arch_mmio.h - device registers, accessed by exactly one instruction of that width.
 */
#pragma once

#include <stdint.h>

#define MMIO_ACCESSORS(bits, type, load, store)                                                    \
    static inline type mmio_read##bits(uint64_t address) {                                         \
        uint64_t value;                                                                            \
        __asm__ volatile(load " %0, (%1)" : "=r"(value) : "r"(address) : "memory");                \
        return (type)value;                                                                        \
    }                                                                                              \
    static inline void mmio_write##bits(uint64_t address, type value) {                            \
        __asm__ volatile(store " %0, (%1)" ::"r"((uint64_t)value), "r"(address) : "memory");       \
    }

MMIO_ACCESSORS(8, uint8_t, "lbu", "sb")
MMIO_ACCESSORS(16, uint16_t, "lhu", "sh")
MMIO_ACCESSORS(32, uint32_t, "lwu", "sw")
MMIO_ACCESSORS(64, uint64_t, "ld", "sd")

#undef MMIO_ACCESSORS
