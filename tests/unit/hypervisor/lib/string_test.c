/* SPDX-License-Identifier: Apache-2.0 */
/* The hypervisor's own functions: the build gives them names of their own, in here too. */
#define TEST_WITHOUT_STRING
#include "hypervisor/support.h"

#include "lib/string.h"

#define SIZE 256u
#define MOST 90u /* copied: words and what is left of them */

static uint8_t from[SIZE] __attribute__((aligned(8))), to[SIZE] __attribute__((aligned(8))),
    expected[SIZE];

static void fill(void) {
    for (unsigned i = 0; i < SIZE; i++) {
        from[i] = (uint8_t)(i * 7 + 1);
        to[i] = expected[i] = (uint8_t)(0x80 + i);
    }
}

static void check(const uint8_t *got) {
    for (unsigned i = 0; i < SIZE; i++)
        assert_int_equal(got[i], expected[i]);
}

TEST(copies_exactly_at_each_alignment) {
    for (unsigned out = 0; out < 17; out++) {
        for (unsigned in = 0; in < 17; in++) {
            for (unsigned size = 0; size < MOST; size++) {
                fill();
                for (unsigned i = 0; i < size; i++)
                    expected[out + i] = from[in + i];
                assert_ptr_equal(memcpy(to + out, from + in, size), to + out);
                check(to);
            }
        }
    }
}

TEST(sets_exactly) {
    for (unsigned at = 0; at < 17; at++) {
        for (unsigned size = 0; size < SIZE - 17; size++) {
            fill();
            for (unsigned i = 0; i < size; i++)
                expected[at + i] = 0xa5;
            /* Only the low byte counts. */
            assert_ptr_equal(memset(to + at, 0x7a5, size), to + at);
            check(to);
        }
    }
}
