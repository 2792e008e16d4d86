/* SPDX-License-Identifier: Apache-2.0 */
#include "mem/guest_space.h"

#include <stddef.h>

#include "mem/page_table.h"

bool guest_space_create(struct page_pool *pool, const struct system *system,
                        const struct system_vm *vm, phys_t *root) {
    const struct system_memory *memory = &system->memory[vm->memory.first];
    const struct system_device *device = &system->devices[vm->devices.first];
    uint64_t *table = page_pool_alloc(pool, 1);
    bool mapped = table != NULL;

    for (uint32_t i = 0; mapped && i < vm->memory.count; i++, memory++)
        mapped = page_table_map(pool, table, memory->at, phys(memory->phys), memory->size,
                                PAGE_GUEST_MEMORY);
    for (uint32_t i = 0; mapped && i < vm->devices.count; i++, device++)
        mapped = page_table_map(pool, table, device->at, phys(device->phys), device->size,
                                PAGE_GUEST_DEVICE);
    if (mapped)
        *root = page_pool_phys(pool, table);
    return mapped;
}
