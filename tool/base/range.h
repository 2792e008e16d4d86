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

/* Orders struct system_range, and what else begins with 64 bits of address, for qsort(). */
int range_compare(const void *left, const void *right);

/* Whether [phys, phys + size) lies in one of `count` ranges. */
bool range_in(const struct system_range *ranges, size_t count, uint64_t phys, uint64_t size);
