/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address.h - the kinds of address, which the compiler keeps apart.
 *
 * Machine (physical) addresses are phys_t; virtual ones of the hypervisor are C
 * pointers; what a guest says, an address or any other number, is a plain number.
 * Everything here needs them, and so the standard types too, which come along.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_SHIFT 12
#define PAGE_SIZE  ((uint64_t)1 << PAGE_SHIFT)

typedef struct {
    uint64_t value;
} phys_t;

static inline phys_t phys(uint64_t value) {
    return (phys_t){value};
}

static inline uint64_t pages_for(uint64_t size) {
    return (size + PAGE_SIZE - 1) >> PAGE_SHIFT;
}

static inline uint64_t smaller(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

/* Whether `value` lies in [start, start + size), for any values. */
static inline bool range_contains(uint64_t start, uint64_t size, uint64_t value) {
    return value >= start && value - start < size;
}
