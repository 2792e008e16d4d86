/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sv39, and Sv39x4 to Sv57x4: Privileged Architecture 1.13, 12.4 to 12.6 and 20.5.1.
 * What memory is normal and what device is said by the hart's physical memory
 * attributes, and for the guest by its own PBMT, which counts last.
 */
#include "arch/page_table.h"

#define VALID    (UINT64_C(1) << 0)
#define READ     (UINT64_C(1) << 1)
#define WRITE    (UINT64_C(1) << 2)
#define EXECUTE  (UINT64_C(1) << 3)
#define USER     (UINT64_C(1) << 4) /* stage 2: every access is one of user mode */
#define ACCESSED (UINT64_C(1) << 6)
#define DIRTY    (UINT64_C(1) << 7)
#define ADDRESS  UINT64_C(0x003ffffffffffc00)

static const uint64_t attributes[] = {
    [PAGE_HYPERVISOR_TEXT] = READ | EXECUTE,
    [PAGE_HYPERVISOR_CONST] = READ,
    [PAGE_HYPERVISOR_DATA] = READ | WRITE | DIRTY,
    [PAGE_HYPERVISOR_UNCACHED] = READ | WRITE | DIRTY,
    [PAGE_HYPERVISOR_DEVICE] = READ | WRITE | DIRTY,
    [PAGE_GUEST_MEMORY] = READ | WRITE | EXECUTE | USER | DIRTY,
    [PAGE_GUEST_DEVICE] = READ | WRITE | USER | DIRTY,
    [PAGE_GUEST_PREFETCHABLE] = READ | WRITE | USER | DIRTY,
    [PAGE_GUEST_SHARED] = READ | WRITE | USER | DIRTY,
    [PAGE_GUEST_READ_ONLY] = READ | USER,
};

uint64_t arch_pte_leaf(phys_t address, unsigned level, enum page_use use) {
    (void)level; /* an entry with permissions is a leaf, at each level */
    return (address.value >> 2 & ADDRESS) | attributes[use] | ACCESSED | VALID;
}

uint64_t arch_pte_table(phys_t table) {
    return (table.value >> 2 & ADDRESS) | VALID;
}

bool arch_pte_next(uint64_t entry, phys_t *table) {
    *table = phys((entry & ADDRESS) << 2);
    return (entry & (READ | WRITE | EXECUTE)) == 0;
}
