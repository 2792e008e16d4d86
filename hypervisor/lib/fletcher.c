/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/fletcher.h"

void fletcher(uint64_t digest[2], const void *data, uint64_t size) {
    const uint32_t *words = data;
    uint64_t sum = digest[0], sums = digest[1];

    for (uint64_t i = 0; i < size / 4; i++) {
        sum += words[i];
        sums += sum;
    }
    if (size % 4 != 0) {
        sum += words[size / 4] & ((1u << 8 * (size % 4)) - 1);
        sums += sum;
    }
    digest[0] = sum;
    digest[1] = sums;
}
