/* SPDX-License-Identifier: Apache-2.0 */
/*
 * range.h - ranges of addresses, as the system image has them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "abi/system_image.h"

/* The next multiple of `align`, a power of two, from `value` on. */
static inline uint64_t align_up(uint64_t value, uint64_t align) {
    return (value + align - 1) & ~(align - 1);
}

/* From where the first of two begins to where the last one ends. */
static inline struct system_range range_union(struct system_range a, struct system_range b) {
    uint64_t start = a.phys < b.phys ? a.phys : b.phys;
    uint64_t end = a.phys + a.size > b.phys + b.size ? a.phys + a.size : b.phys + b.size;

    return (struct system_range){start, end - start};
}

/* Orders struct system_range, and what else begins with 64 bits of address, for qsort(). */
int range_compare(const void *left, const void *right);

/* Whether [phys, phys + size) lies in one of `count` ranges. */
bool range_in(const struct system_range *ranges, size_t count, uint64_t phys, uint64_t size);
