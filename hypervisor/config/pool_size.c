/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pool_size.c - how much RAM the hypervisor takes for itself.
 */

#include "config/system.h"

#define PAGES_BASE    4u  /* shared by all CPUs: text, tables, control area */
#define PAGES_PER_CPU 12u /* address space, stack, private data */
/*
 * struct vm, vCPUs, interrupt controller; and what the architecture with most needs for the root of
 * stage 2 (riscv64: four pages, aligned), for what more than three levels have at address 0, for
 * its interrupt files and for registers per source.
 */
#define PAGES_PER_VM 24u

/* Tables below the root that map `size` bytes, with 2 MiB blocks where those are possible. */
static uint64_t table_pages(uint64_t at, uint64_t phys, uint64_t size) {
    bool blocks = size >= SYSTEM_BLOCK_SIZE && ((at ^ phys) & (SYSTEM_BLOCK_SIZE - 1)) == 0;
    uint64_t pages = (size >> 30) + 2 + (blocks ? 2 : (size >> 21) + 2);

    return at + size <= UINT64_C(1) << 39 ? pages : pages + (size >> 39) + 2 + (size >> 48) + 2;
}

uint64_t system_pool_pages(const struct system *system) {
    uint64_t pages = PAGES_BASE;

    pages += system->cpu_count * PAGES_PER_CPU + system->vm_count * PAGES_PER_VM;
    for (uint32_t i = 0; i < system->memory_count; i++)
        pages += table_pages(system->memory[i].at, system->memory[i].phys, system->memory[i].size);
    for (uint32_t i = 0; i < system->device_count; i++)
        pages +=
            table_pages(system->devices[i].at, system->devices[i].phys, system->devices[i].size);
    return pages;
}
