/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/base/range.h"

int range_compare(const void *left, const void *right) {
    const struct system_range *a = left;
    const struct system_range *b = right;

    return a->phys < b->phys ? -1 : a->phys > b->phys;
}

bool range_in(const struct system_range *ranges, size_t count, uint64_t phys, uint64_t size) {
    for (size_t i = 0; i < count; i++)
        if (phys >= ranges[i].phys && size <= ranges[i].size &&
            phys - ranges[i].phys <= ranges[i].size - size)
            return true;
    return false;
}
