/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/memory.h"

#include "arch/riscv64/hart.h"
#include "arch/riscv64/include/csr_hw.h"
#include "lib/blocks.h"
#include "lib/string.h"

void arch_tables_written(void) {
    INSTRUCTION("sfence.vma");
}

void arch_guest_tlb_flush(void) {
    INSTRUCTION(".insn r 0x73, 0, 0x31, x0, x0, x0"); /* HFENCE.GVMA: all */
    INSTRUCTION(".insn r 0x73, 0, 0x11, x0, x0, x0"); /* HFENCE.VVMA: all */
}

/* Of Zicbom's blocks the size can't be seen. None is smaller: too many flushes do no harm. */
#define BLOCK_MIN 16u

#define CBO_FLUSH(at) CBO("2", at)
#define CBO_ZERO(at)  CBO("4", at)

/*
 * That a zeroed block is as large as the board's tree says has been seen; such a tree, with one
 * size for both, is believed.
 */
static uint64_t block_size(void) {
    return cpu_has(SYSTEM_ISA_ZICBOZ) ? this_cpu.system.board->riscv64.block_size : BLOCK_MIN;
}

void arch_memory_clear(void *start, uint64_t size) {
    if (cpu_has(SYSTEM_ISA_ZICBOZ))
        EACH_BLOCK(CBO_ZERO, start, (uintptr_t)start + size, block_size());
    else
        memset(start, 0, size);
}

void arch_cache_clean(const void *start, uint64_t size) {
    uint64_t block = block_size();

    /*
     * A guest's caches are on from its first instruction. But it may map memory as
     * non-cacheable (Svpbmt), or a device of its may read around the caches, and find
     * what was there before.
     */
    if (cpu_has(SYSTEM_ISA_ZICBOM))
        EACH_BLOCK(CBO_FLUSH, (uintptr_t)start & ~(block - 1), (uintptr_t)start + size, block);
    INSTRUCTION("fence iorw, iorw");
}

void arch_io_fence(void) {
    /* An AMO's aq and rl, and FENCE RW,W, leave the other address domain alone (A, 13.1). */
    INSTRUCTION("fence iorw, iorw");
}

void arch_instructions_written(void) {
    /* Only this hart executes the guest, so only its own cache holds its old instructions. */
    INSTRUCTION("fence.i");
}
