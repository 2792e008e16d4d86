/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/support.h"

#include "lib/address.h"

TEST(counts_whole_pages) {
    assert_int_equal(pages_for(0), 0);
    assert_int_equal(pages_for(1), 1);
    assert_int_equal(pages_for(4095), 1);
    assert_int_equal(pages_for(4096), 1);
    assert_int_equal(pages_for(4097), 2);
    assert_int_equal(pages_for(UINT64_C(1) << 39), UINT64_C(1) << 27);
}

TEST(contains_for_any_values) {
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

TEST(kinds_of_address_keep_their_value) {
    assert_int_equal(phys(0x1234).value, 0x1234);
}
