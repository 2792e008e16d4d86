/* SPDX-License-Identifier: Apache-2.0 */
/* Each bit of each kind of entry, as DDI 0487 D8.3 has it. */
#include "hypervisor/support.h"

#include "arch/page_table.h"

#define BIT(n) (UINT64_C(1) << (n))

static const enum page_use uses[] = {
    PAGE_HYPERVISOR_TEXT, PAGE_HYPERVISOR_CONST, PAGE_HYPERVISOR_DATA,     PAGE_HYPERVISOR_DEVICE,
    PAGE_GUEST_MEMORY,    PAGE_GUEST_DEVICE,     PAGE_HYPERVISOR_UNCACHED, PAGE_GUEST_PREFETCHABLE,
};

static uint64_t page(enum page_use use) {
    return arch_pte_leaf(phys(0), 0, use);
}

TEST(types_of_entries) {
    for (unsigned i = 0; i < COUNT_OF(uses); i++) {
        /* Bits [1:0]: 01 a block, 11 a page at the last level. */
        assert_int_equal(arch_pte_leaf(phys(0), 2, uses[i]) & 3, 1);
        assert_int_equal(arch_pte_leaf(phys(0), 1, uses[i]) & 3, 1);
        assert_int_equal(arch_pte_leaf(phys(0), 0, uses[i]) & 3, 3);
        /* The access flag: hardware does not set it. */
        assert_true((page(uses[i]) & BIT(10)) != 0);
        /* nG, contiguous, DBM and what software may use: all 0. */
        assert_int_equal(page(uses[i]) & (BIT(11) | BIT(51) | BIT(52) | UINT64_C(0xf) << 55), 0);
    }
    assert_int_equal(arch_pte_table(phys(0x7f001000)), 0x7f001003);
}

TEST(addresses) {
    static const uint64_t values[] = {0x1000, 0x40000000, UINT64_C(0x7ffffff000),
                                      UINT64_C(0xfffffffff000)};

    for (unsigned i = 0; i < COUNT_OF(values); i++) {
        for (unsigned level = 0; level < 3; level++) {
            uint64_t entry = arch_pte_leaf(phys(values[i]), level, PAGE_GUEST_MEMORY);

            assert_int_equal(entry & UINT64_C(0x0000fffffffff000), values[i]);
            assert_int_equal(entry ^ arch_pte_leaf(phys(0), level, PAGE_GUEST_MEMORY), values[i]);
        }
    }
    /* Nothing of an address gets into the attributes. */
    assert_int_equal(arch_pte_leaf(phys(UINT64_MAX), 0, PAGE_GUEST_MEMORY) &
                         ~UINT64_C(0xfffffffff000),
                     page(PAGE_GUEST_MEMORY));
}

TEST(hypervisor_attributes) {
    /* AttrIndx [4:2], AP[2:1] [7:6] (AP[1] RES1 at EL2), SH [9:8], XN 54. */
    assert_int_equal(page(PAGE_HYPERVISOR_TEXT), 3 | 1u << 2 | 3u << 6 | 3u << 8 | BIT(10));
    assert_int_equal(page(PAGE_HYPERVISOR_CONST),
                     3 | 1u << 2 | 3u << 6 | 3u << 8 | BIT(10) | BIT(54));
    assert_int_equal(page(PAGE_HYPERVISOR_DATA),
                     3 | 1u << 2 | 1u << 6 | 3u << 8 | BIT(10) | BIT(54));
    assert_int_equal(page(PAGE_HYPERVISOR_UNCACHED), 3 | 2u << 2 | 1u << 6 | BIT(10) | BIT(54));
    assert_int_equal(page(PAGE_HYPERVISOR_DEVICE), 3 | 0u << 2 | 1u << 6 | BIT(10) | BIT(54));
}

TEST(guest_attributes) {
    /* MemAttr [5:2], S2AP [7:6], SH [9:8], XN[1:0] [54:53]. */
    assert_int_equal(page(PAGE_GUEST_MEMORY), 3 | 0xfu << 2 | 3u << 6 | 3u << 8 | BIT(10));
    assert_int_equal(page(PAGE_GUEST_DEVICE), 3 | 1u << 2 | 3u << 6 | BIT(10) | BIT(54));
    /* Normal, outer and inner non-cacheable. */
    assert_int_equal(page(PAGE_GUEST_PREFETCHABLE), 3 | 5u << 2 | 3u << 6 | BIT(10) | BIT(54));
}

TEST(write_and_execute_never_go_together) {
    for (unsigned i = 0; i < COUNT_OF(uses); i++) {
        bool writable = (page(uses[i]) & BIT(7)) == 0;
        bool executable = (page(uses[i]) & BIT(54)) == 0;

        if (uses[i] < PAGE_GUEST_MEMORY)
            assert_false(writable && executable);
    }
}

TEST(entries_read_back) {
    phys_t next;

    assert_true(arch_pte_next(arch_pte_table(phys(0x7f003000)), &next));
    assert_int_equal(next.value, 0x7f003000);
    assert_false(arch_pte_next(arch_pte_leaf(phys(0x40000000), 2, PAGE_GUEST_MEMORY), &next));
    assert_false(arch_pte_next(arch_pte_leaf(phys(0x40000000), 1, PAGE_GUEST_MEMORY), &next));
}
