/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/base/range.h"

int range_compare(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left;
    uint64_t b = *(const uint64_t *)right;

    return a < b ? -1 : a > b;
}

bool range_in(const struct system_range *ranges, size_t count, uint64_t phys, uint64_t size) {
    for (size_t i = 0; i < count; i++)
        if (phys >= ranges[i].phys && size <= ranges[i].size &&
            phys - ranges[i].phys <= ranges[i].size - size)
            return true;
    return false;
}
