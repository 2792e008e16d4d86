/* SPDX-License-Identifier: Apache-2.0 */
/* Each bit of each kind of entry, as DDI 0487 D8.3 has it. */
#include "hypervisor/support.h"

#include "arch/page_table.h"

#define BIT(n) (UINT64_C(1) << (n))

static uint64_t page(enum page_use use) {
    return arch_pte_leaf(phys(0), 0, use);
}

/*
 * Bits [1:0]: 11 a page at the last level; the access flag, 10, which hardware does not set; and 0:
 * nG, contiguous, DBM and what software may use.
 */
#define PAGE (3 | BIT(10))
/* AttrIndx [4:2], AP[2:1] [7:6] (AP[1] RES1 at EL2), SH [9:8], XN 54. */
#define STAGE_1(index, ap, sh, xn)                                                                 \
    (PAGE | (index) << 2 | (ap) << 6 | (sh) << 8 | (uint64_t)(xn) << 54)
/* MemAttr [5:2], S2AP [7:6], SH [9:8], XN[1:0] [54:53]. */
#define STAGE_2(attributes, sh, xn)                                                                \
    (PAGE | (attributes) << 2 | 3u << 6 | (sh) << 8 | (uint64_t)(xn) << 53)

/* What the hypervisor may execute it may not write. */
TEST(each_use_has_its_attributes) {
    static const uint64_t expected[] = {
        [PAGE_HYPERVISOR_TEXT] = STAGE_1(1u, 3u, 3u, 0),
        [PAGE_HYPERVISOR_CONST] = STAGE_1(1u, 3u, 3u, 1),
        [PAGE_HYPERVISOR_DATA] = STAGE_1(1u, 1u, 3u, 1),
        [PAGE_HYPERVISOR_UNCACHED] = STAGE_1(2u, 1u, 0u, 1),
        [PAGE_HYPERVISOR_DEVICE] = STAGE_1(0u, 1u, 0u, 1),
        [PAGE_GUEST_MEMORY] = STAGE_2(0xfu, 3u, 0),
        [PAGE_GUEST_DEVICE] = STAGE_2(1u, 0u, 2),
        [PAGE_GUEST_PREFETCHABLE] = STAGE_2(5u, 0u, 2), /* outer and inner non-cacheable */
        [PAGE_GUEST_SHARED] = STAGE_2(0xfu, 3u, 2),
        [PAGE_GUEST_READ_ONLY] = STAGE_2(0xfu, 3u, 2) & ~UINT64_C(0x80),
    };

    for (enum page_use use = 0; use < COUNT_OF(expected); use++) {
        for (unsigned level = 0; level < 3; level++) /* 01: a block */
            assert_int_equal(arch_pte_leaf(phys(0), level, use),
                             level == 0 ? expected[use] : expected[use] & ~UINT64_C(2));
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

TEST(entries_read_back) {
    phys_t next;

    assert_true(arch_pte_next(arch_pte_table(phys(0x7f003000)), &next));
    assert_int_equal(next.value, 0x7f003000);
    assert_false(arch_pte_next(arch_pte_leaf(phys(0x40000000), 2, PAGE_GUEST_MEMORY), &next));
    assert_false(arch_pte_next(arch_pte_leaf(phys(0x40000000), 1, PAGE_GUEST_MEMORY), &next));
}
