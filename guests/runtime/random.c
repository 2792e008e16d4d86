/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/random.h"

#include "arch_board.h"
#include "runtime/cpu.h"

#define GOLDEN 0x9e3779b97f4a7c15u

static uint64_t states[CPUS_MAX];

/* Neighbouring seeds give numbers that have nothing in common: splitmix64. */
void random_seed(uint64_t seed) {
    uint64_t x = seed + GOLDEN;

    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    states[cpu_index() % CPUS_MAX] = x ^ x >> 31;
}

/* xorshift64*. */
uint64_t random64(void) {
    uint64_t *state = &states[cpu_index() % CPUS_MAX];
    uint64_t x = *state != 0 ? *state : GOLDEN;

    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    return x * 0x2545f4914f6cdd1d;
}

uint64_t random_below(uint64_t limit) {
    return (random64() >> 16) % limit;
}

uint64_t random_value(void) {
    switch (random_below(6)) {
    case 0:
        return random_below(64);
    case 1:
        return ~random_below(64);
    case 2:
        return 1ull << random_below(64);
    case 3:
        return BOARD_RAM + random_below(0x2000000);
    case 4:
        return (uint32_t)random64();
    default:
        return random64();
    }
}
