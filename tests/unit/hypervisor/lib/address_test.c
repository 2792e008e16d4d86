/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/support.h"

#include "lib/address.h"

static void counts_whole_pages(void **state)
{
    assert_int_equal(pages_for(0), 0);
    assert_int_equal(pages_for(1), 1);
    assert_int_equal(pages_for(4095), 1);
    assert_int_equal(pages_for(4096), 1);
    assert_int_equal(pages_for(4097), 2);
    assert_int_equal(pages_for(UINT64_C(1) << 39), UINT64_C(1) << 27);
}

/* The same questions asked of each byte. */
static bool shares_a_byte(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
    for (uint64_t i = a; i < a + a_size; i++) {
        if (i >= b && i < b + b_size)
            return true;
    }
    return false;
}

static void overlap_is_a_shared_byte(void **state)
{
    for (uint64_t a = 0; a < 6; a++) {
        for (uint64_t b = 0; b < 6; b++) {
            /* An empty range shares nothing; the function is asked about others only. */
            for (uint64_t a_size = 1; a_size < 6; a_size++) {
                for (uint64_t b_size = 1; b_size < 6; b_size++)
                    assert_int_equal(ranges_overlap(a, a_size, b, b_size),
                                     shares_a_byte(a, a_size, b, b_size));
            }
        }
    }
    assert_false(ranges_overlap(UINT64_MAX - 8, 8, 0, 8));
    assert_true(ranges_overlap(0, UINT64_MAX, UINT64_MAX - 1, 1));
}

static void contains_for_any_values(void **state)
{
    assert_false(range_contains(0x1000, 0x1000, 0xfff));
    assert_true(range_contains(0x1000, 0x1000, 0x1000));
    assert_true(range_contains(0x1000, 0x1000, 0x1fff));
    assert_false(range_contains(0x1000, 0x1000, 0x2000));
    assert_false(range_contains(0x1000, 0, 0x1000));
    /* A range that ends where 64 bits end, and one whose sum wraps. */
    assert_true(range_contains(UINT64_MAX - 15, 16, UINT64_MAX));
    assert_false(range_contains(UINT64_MAX - 15, 16, 0));
    assert_true(range_contains(0x1000, UINT64_MAX, 0x1000));
    assert_false(range_contains(0x1000, UINT64_MAX, 0xfff));
}

static void kinds_of_address_keep_their_value(void **state)
{
    assert_int_equal(phys(0x1234).value, 0x1234);
    assert_int_equal(ipa(UINT64_MAX).value, UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_whole_pages),
        cmocka_unit_test(overlap_is_a_shared_byte),
        cmocka_unit_test(contains_for_any_values),
        cmocka_unit_test(kinds_of_address_keep_their_value),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
