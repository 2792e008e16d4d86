/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/chacha20.h"

#include "lib/string.h"

#define WORDS 16u /* of a block */

static void add_and_turn(uint32_t *to, uint32_t from, uint32_t *other, unsigned bits) {
    *to += from;
    *other ^= *to;
    *other = *other << bits | *other >> (32 - bits);
}

static void quarter_round(uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d) {
    add_and_turn(a, *b, d, 16);
    add_and_turn(c, *d, b, 12);
    add_and_turn(a, *b, d, 8);
    add_and_turn(c, *d, b, 7);
}

void chacha20_draw(void *key, void *drawn) {
    uint32_t start[WORDS] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574}, x[WORDS];

    memcpy(&start[4], key, CHACHA20_SIZE);
    memcpy(x, start, sizeof(x));
    for (unsigned round = 0; round < 20; round++) {
        unsigned turn = round % 2; /* columns, then diagonals */

        for (unsigned i = 0; i < 4; i++)
            quarter_round(&x[i], &x[4 + (i + turn) % 4], &x[8 + (i + 2 * turn) % 4],
                          &x[12 + (i + 3 * turn) % 4]);
    }
    for (unsigned i = 0; i < WORDS; i++)
        x[i] += start[i];
    memcpy(key, x, CHACHA20_SIZE);
    memcpy(drawn, &x[WORDS / 2], CHACHA20_SIZE);
    /* No compiler drops these calls: it doesn't know the function. */
    memset(start, 0, sizeof(start));
    memset(x, 0, sizeof(x));
}
