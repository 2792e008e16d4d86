/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/memory.h"

#include "arch/arm64/include/sysreg_hw.h"
#include "lib/blocks.h"
#include "lib/string.h"

void arch_tables_written(void) {
    DSB(ishst);
    INSTRUCTION("tlbi alle2");
    DSB(nsh);
    ISB();
}

void arch_guest_tlb_flush(void) {
    /* Each core of the VM does it for itself: no other core is made to wait. */
    DSB(nshst);
    INSTRUCTION("tlbi vmalls12e1");
    DSB(nsh);
    ISB();
}

#define DC_ZVA(at)   DC("zva", at)
#define DC_CIVAC(at) DC("civac", at)

void arch_memory_clear(void *start, uint64_t size) {
    uint64_t block = READ_SYSREG(dczid_el0) & 0x1f; /* log2 of its words; DZP, bit 4: prohibited */

    if (block > 9) /* of 2 KiB, DCZID_EL0.BS (D19.2) */
        memset(start, 0, size);
    else
        EACH_BLOCK(DC_ZVA, start, (uintptr_t)start + size, UINT64_C(4) << block);
}

void arch_cache_clean(const void *start, uint64_t size) {
    uint64_t line = UINT64_C(4) << (READ_SYSREG(ctr_el0) >> 16 & 0xf);

    EACH_BLOCK(DC_CIVAC, (uintptr_t)start & ~(line - 1), (uintptr_t)start + size, line);
    DSB(sy);
}

void arch_io_fence(void) {
    /* Device memory is outer shareable (B2.7), the lock's order that of its inner domain. */
    INSTRUCTION("dmb osh");
}

void arch_instructions_written(void) {
    /* Only this core executes the guest, so only its own cache holds its old instructions. */
    DSB(ish);
    INSTRUCTION("ic iallu");
    DSB(nsh);
    ISB();
}

volatile bool probe_running, probe_good;

bool arch_memory_probe(bool (*access)(volatile uint64_t *word), volatile uint64_t *word) {
    bool good;

    probe_running = probe_good = true;
    good = access(word);
    probe_running = false;
    /* On silicon a store's abort may be an SError, pending behind the barriers: ISR_EL1.A. */
    return good && probe_good && (READ_SYSREG(isr_el1) & 0x100) == 0;
}
