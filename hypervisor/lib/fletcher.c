/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/fletcher.h"

void fletcher(uint64_t digest[2], const void *data, uint64_t size) {
    const uint32_t *words = data;
    const uint8_t *rest = (const uint8_t *)data + size - size % 4;
    uint64_t sum = digest[0], sums = digest[1];
    uint32_t last = 0;

    for (uint64_t i = 0; i < size / 4; i++) {
        sum += words[i];
        sums += sum;
    }
    for (uint64_t i = 0; i < size % 4; i++)
        last |= (uint32_t)rest[i] << 8 * i;
    if (size % 4 != 0) {
        sum += last;
        sums += sum;
    }
    digest[0] = sum;
    digest[1] = sums;
}
