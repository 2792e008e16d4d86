/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VMSAv8-64, 4 KiB granule: Arm ARM (DDI 0487) D8.3, "Translation table
 * descriptor formats". Level 0 of the contract is the architecture's level 3.
 */
#include "arch/page_table.h"

#define VALID   (UINT64_C(1) << 0)
#define TABLE   (UINT64_C(1) << 1) /* at the last level: page */
#define AF      (UINT64_C(1) << 10)
#define INNER   (UINT64_C(3) << 8) /* SH: inner shareable */
#define ADDRESS UINT64_C(0x0000fffffffff000)

/* Stage 1, EL2 translation regime: AP[1] is RES1, AP[2] read-only, one XN bit. */
#define S1_ATTR(index) ((uint64_t)(index) << 2)
#define S1_AP1         (UINT64_C(1) << 6)
#define S1_READ_ONLY   (UINT64_C(1) << 7)
#define S1_XN          (UINT64_C(1) << 54)

/* Stage 2: MemAttr[3:0], S2AP. */
#define S2_NORMAL   (UINT64_C(0xf) << 2)
#define S2_UNCACHED (UINT64_C(0x5) << 2)
#define S2_DEVICE   (UINT64_C(0x1) << 2) /* Device-nGnRE */
#define S2_RO       (UINT64_C(1) << 6)
#define S2_RW       (UINT64_C(3) << 6)
#define S2_XN       (UINT64_C(2) << 53) /* XN[1:0]: neither EL1 nor EL0 executes */

/* Indices into MAIR_EL2 as cpu_hw.c and start.S set it: 0 Device-nGnRE, 1 normal write-back, 2
 * normal non-cacheable. Of two stages the stricter attribute counts: what is normal non-cacheable
 * may be device memory for the guest that wants so. */
static const uint64_t attributes[] = {
    [PAGE_HYPERVISOR_TEXT] = S1_ATTR(1) | INNER | S1_AP1 | S1_READ_ONLY,
    [PAGE_HYPERVISOR_CONST] = S1_ATTR(1) | INNER | S1_AP1 | S1_READ_ONLY | S1_XN,
    [PAGE_HYPERVISOR_DATA] = S1_ATTR(1) | INNER | S1_AP1 | S1_XN,
    [PAGE_HYPERVISOR_UNCACHED] = S1_ATTR(2) | S1_AP1 | S1_XN,
    [PAGE_HYPERVISOR_DEVICE] = S1_ATTR(0) | S1_AP1 | S1_XN,
    [PAGE_GUEST_MEMORY] = S2_NORMAL | INNER | S2_RW,
    [PAGE_GUEST_DEVICE] = S2_DEVICE | S2_RW | S2_XN,
    [PAGE_GUEST_PREFETCHABLE] = S2_UNCACHED | S2_RW | S2_XN,
    [PAGE_GUEST_SHARED] = S2_NORMAL | INNER | S2_RW | S2_XN,
    [PAGE_GUEST_READ_ONLY] = S2_NORMAL | INNER | S2_RO | S2_XN,
};

uint64_t arch_pte_leaf(phys_t address, unsigned level, enum page_use use) {
    uint64_t type = level == 0 ? VALID | TABLE : VALID;

    return (address.value & ADDRESS) | attributes[use] | AF | type;
}

uint64_t arch_pte_table(phys_t table) {
    return (table.value & ADDRESS) | TABLE | VALID;
}

bool arch_pte_next(uint64_t entry, phys_t *table) {
    *table = phys(entry & ADDRESS);
    return (entry & TABLE) != 0;
}
