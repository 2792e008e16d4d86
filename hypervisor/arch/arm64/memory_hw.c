/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/memory.h"

#include "arch/arm64/include/sysreg_hw.h"
#include "lib/crc32c.h"
#include "lib/string.h"

void arch_tables_written(void) {
    DSB(ishst);
    __asm__ volatile("tlbi alle2" : : : "memory");
    DSB(nsh);
    ISB();
}

void arch_guest_tlb_flush(void) {
    /* Each core of the VM does it for itself: no other core is made to wait. */
    DSB(nshst);
    __asm__ volatile("tlbi vmalls12e1" : : : "memory");
    DSB(nsh);
    ISB();
}

void arch_memory_clear(void *start, uint64_t size) {
    uint64_t block = READ_SYSREG(dczid_el0);
    uint8_t *end = (uint8_t *)start + size;

    if ((block & 0x10) != 0) { /* DZP: DC ZVA is prohibited */
        memset(start, 0, size);
        return;
    }
    block = UINT64_C(4) << (block & 0xf);
    for (uint8_t *at = start; at < end; at += block)
        __asm__ volatile("dc zva, %0" : : "r"(at) : "memory");
}

void arch_cache_clean(const void *start, uint64_t size) {
    uint64_t line = UINT64_C(4) << (READ_SYSREG(ctr_el0) >> 16 & 0xf);
    const uint8_t *end = (const uint8_t *)start + size;
    const uint8_t *at = (const uint8_t *)((uintptr_t)start & ~(line - 1));

    for (; at < end; at += line)
        __asm__ volatile("dc civac, %0" : : "r"(at) : "memory");
    DSB(sy);
}

void arch_io_fence(void) {
    /* Device memory is outer shareable (B2.7), the lock's order that of its inner domain. */
    __asm__ volatile("dmb osh" : : : "memory");
}

void arch_instructions_written(void) {
    /* Only this core executes the guest, so only its own cache holds its old instructions. */
    DSB(ish);
    __asm__ volatile("ic iallu" : : : "memory");
    DSB(nsh);
    ISB();
}

uint32_t arch_crc32c(uint32_t crc, const void *data, uint64_t size) {
    const uint8_t *at = data;

    if (id_field(READ_SYSREG(id_aa64isar0_el1), 16) == 0)
        return crc32c(crc, data, size);
    crc = ~crc;
    for (; size > 0 && ((uintptr_t)at & 7) != 0; size--, at++)
        __asm__(".arch_extension crc\n\tcrc32cb %w0, %w0, %w1" : "+r"(crc) : "r"(*at));
    for (; size >= 8; size -= 8, at += 8)
        __asm__(".arch_extension crc\n\tcrc32cx %w0, %w0, %1"
                : "+r"(crc)
                : "r"(*(const uint64_t *)(const void *)at));
    for (; size > 0; size--, at++)
        __asm__(".arch_extension crc\n\tcrc32cb %w0, %w0, %w1" : "+r"(crc) : "r"(*at));
    return ~crc;
}
