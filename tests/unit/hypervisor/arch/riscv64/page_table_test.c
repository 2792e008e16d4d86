/* SPDX-License-Identifier: Apache-2.0 */
/* Each bit of each kind of entry, as Privileged Architecture 1.13, 12.4 has it. */
#include "hypervisor/support.h"

#include "arch/page_table.h"

#define V 0x01u
#define R 0x02u
#define W 0x04u
#define X 0x08u
#define U 0x10u
#define A 0x40u
#define D 0x80u

static const enum page_use uses[] = {
    PAGE_HYPERVISOR_TEXT, PAGE_HYPERVISOR_CONST, PAGE_HYPERVISOR_DATA,     PAGE_HYPERVISOR_DEVICE,
    PAGE_GUEST_MEMORY,    PAGE_GUEST_DEVICE,     PAGE_HYPERVISOR_UNCACHED, PAGE_GUEST_PREFETCHABLE,
    PAGE_GUEST_SHARED,    PAGE_GUEST_READ_ONLY,
};

static uint64_t page(enum page_use use) {
    return arch_pte_leaf(phys(0), 0, use);
}

TEST(attributes) {
    assert_int_equal(page(PAGE_HYPERVISOR_TEXT), V | R | X | A);
    assert_int_equal(page(PAGE_HYPERVISOR_CONST), V | R | A);
    assert_int_equal(page(PAGE_HYPERVISOR_DATA), V | R | W | A | D);
    assert_int_equal(page(PAGE_HYPERVISOR_DEVICE), V | R | W | A | D);
    /* Stage 2 takes every access for one of user mode. */
    assert_int_equal(page(PAGE_GUEST_MEMORY), V | R | W | X | U | A | D);
    assert_int_equal(page(PAGE_GUEST_DEVICE), V | R | W | U | A | D);
    assert_int_equal(page(PAGE_GUEST_SHARED), V | R | W | U | A | D);
    assert_int_equal(page(PAGE_GUEST_READ_ONLY), V | R | U | A);
    /* PBMT, bits 62:61, is the guest's own: a later stage's counts. */
    assert_int_equal(page(PAGE_GUEST_PREFETCHABLE), page(PAGE_GUEST_DEVICE));
    assert_int_equal(page(PAGE_HYPERVISOR_UNCACHED), page(PAGE_HYPERVISOR_DATA));
}

TEST(write_and_execute_never_go_together) {
    for (unsigned i = 0; i < COUNT_OF(uses); i++) {
        if (uses[i] != PAGE_GUEST_MEMORY)
            assert_true((page(uses[i]) & (W | X)) != (W | X));
        /* Reserved without Svpbmt and Svnapot: bits 63 to 54; and no entry is global. */
        assert_int_equal(page(uses[i]) & (UINT64_C(0x3ff) << 54 | 0x20), 0);
    }
}

TEST(addresses) {
    static const uint64_t values[] = {0x1000, 0x80000000, UINT64_C(0x7ffffff000),
                                      UINT64_C(0xfffffffffff000)};

    for (unsigned i = 0; i < COUNT_OF(values); i++) {
        for (unsigned level = 0; level < 3; level++) {
            uint64_t entry = arch_pte_leaf(phys(values[i]), level, PAGE_GUEST_MEMORY);

            assert_int_equal(entry >> 10, values[i] >> 12);
            assert_int_equal(entry & 0x3ff, page(PAGE_GUEST_MEMORY));
        }
        assert_int_equal(arch_pte_table(phys(values[i])), values[i] >> 12 << 10 | V);
    }
    /* Nothing of an address gets into the attributes. */
    assert_int_equal(arch_pte_leaf(phys(UINT64_MAX), 0, PAGE_GUEST_DEVICE) & 0x3ff,
                     page(PAGE_GUEST_DEVICE));
    assert_int_equal(arch_pte_leaf(phys(UINT64_MAX), 0, PAGE_GUEST_DEVICE) >> 54, 0);
}

TEST(entries_read_back) {
    phys_t next;

    assert_true(arch_pte_next(arch_pte_table(phys(0x9f003000)), &next));
    assert_int_equal(next.value, 0x9f003000);
    for (unsigned i = 0; i < COUNT_OF(uses); i++)
        assert_false(arch_pte_next(arch_pte_leaf(phys(0x80000000), 1, uses[i]), &next));
}
