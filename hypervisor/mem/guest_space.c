/* SPDX-License-Identifier: Apache-2.0 */
#include "mem/guest_space.h"

#include <stddef.h>

#include "mem/page_table.h"

/* An empty root table, aligned to its size. */
static uint64_t *create_root(struct page_pool *pool) {
    uint64_t pages = arch_guest_root_pages();
    uint8_t *start = page_pool_alloc(pool, 2 * pages - 1);
    uint64_t beyond;

    if (start == NULL)
        return NULL;
    beyond = page_pool_phys(pool, start).value % (pages * PAGE_SIZE);
    return (uint64_t *)(void *)(beyond == 0 ? start : start + pages * PAGE_SIZE - beyond);
}

/* Where a CPU has an interrupt file for its guest, it lies behind the hypervisor's own. */
static bool map_files(struct page_pool *pool, uint64_t *table, const struct system *system,
                      const struct system_vm *vm) {
    bool mapped = true;

    for (uint32_t i = 0; mapped && vm->controller_cpus_at != 0 && i < system_vm_vcpu_count(vm);
         i++) {
        uint64_t file = system->cpus[system_vm_cpu(vm, i)].controller_phys;

        if (file != 0)
            mapped = page_table_map(pool, table, vm->controller_cpus_at + i * PAGE_SIZE,
                                    phys(file + PAGE_SIZE), PAGE_SIZE, PAGE_GUEST_DEVICE);
    }
    return mapped;
}

bool guest_space_create(struct page_pool *pool, const struct system *system,
                        const struct system_vm *vm, phys_t *root) {
    const struct system_memory *memory = &system->memory[vm->memory.first];
    const struct system_device *device = &system->devices[vm->devices.first];
    uint64_t *table = create_root(pool);
    bool mapped = table != NULL && map_files(pool, table, system, vm);

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
