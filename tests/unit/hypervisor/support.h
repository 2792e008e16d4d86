/* SPDX-License-Identifier: Apache-2.0 */
/*
 * support.h - what the hypervisor's unit tests share beside test.h: random numbers that
 * are the same in each run, and the order of what they record.
 */
#pragma once

#include "arch/host/host.h"
#include "tests/unit/test.h"

/* This, and nothing else, was recorded since the last look: "dsb ishst; kick 1". */
#define ASSERT_RECORDED(wanted) assert_string_equal(recorded(), wanted)

struct random {
    uint64_t state; /* not 0 */
};

/* xorshift64* */
static inline uint64_t random_next(struct random *random) {
    random->state ^= random->state >> 12;
    random->state ^= random->state << 25;
    random->state ^= random->state >> 27;
    return random->state * UINT64_C(0x2545f4914f6cdd1d);
}

/* 0 to end - 1 */
static inline uint32_t random_below(struct random *random, uint32_t end) {
    return (uint32_t)((random_next(random) >> 32) % end);
}

/* What a hostile caller tries: one of `favourites`, something near one, or anything. */
static inline uint64_t random_value(struct random *random, const uint64_t *favourites,
                                    uint32_t count) {
    uint64_t value = favourites[random_below(random, count)];

    switch (random_below(random, 5)) {
    case 0:
        return random_next(random);
    case 1:
        return value ^ UINT64_C(1) << random_below(random, 64);
    case 2:
        return value + random_below(random, 32);
    default:
        return value;
    }
}
