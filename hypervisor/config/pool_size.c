/* SPDX-License-Identifier: Apache-2.0 */
#include "config/pool_size.h"

#include <stdbool.h>

#define PAGES_BASE    4u  /* shared by all CPUs: text, tables, control area */
#define PAGES_PER_CPU 12u /* address space, stack, private data */
#define PAGES_PER_VM  12u /* struct vm, vCPUs, stage-2 root, interrupt controller */

/* riscv64, for each VM: its root is four pages, aligned; the vCPUs' interrupt files are mapped; and
 * a page for each register of which the controller has one per source. */
#define PAGES_RISCV64 12u

/* Level-2 and level-3 tables that map `size` bytes, with 2 MiB blocks where those are possible. */
static uint64_t table_pages(uint64_t at, uint64_t phys, uint64_t size) {
    bool blocks = size >= SYSTEM_BLOCK_SIZE && ((at ^ phys) & (SYSTEM_BLOCK_SIZE - 1)) == 0;

    return (size >> 30) + 2 + (blocks ? 2 : (size >> 21) + 2);
}

uint64_t system_pool_pages(const struct system *system) {
    uint64_t pages = PAGES_BASE + (uint64_t)system->cpu_count * PAGES_PER_CPU +
                     (uint64_t)system->vm_count * PAGES_PER_VM;

    if (system->table->arch == SYSTEM_ARCH_RISCV64)
        pages += (uint64_t)system->vm_count * PAGES_RISCV64;
    for (uint32_t i = 0; i < system->memory_count; i++) {
        const struct system_memory *memory = &system->memory[i];

        pages += table_pages(memory->at, memory->phys, memory->size);
    }
    for (uint32_t i = 0; i < system->device_count; i++) {
        const struct system_device *device = &system->devices[i];

        pages += table_pages(device->at, device->phys, device->size);
    }
    return pages;
}
