/* SPDX-License-Identifier: Apache-2.0 */
#include "mem/guest_space.h"

#include "arch_types.h"
#include "mem/page_table.h"

/* An empty root table, aligned to its size. */
static phys_t create_root(struct page_pool *pool) {
    phys_t start = page_pool_phys(pool, page_pool_alloc(pool, 2 * ARCH_ROOT_PAGES - 1));
    uint64_t size = ARCH_ROOT_PAGES * PAGE_SIZE;

    return phys((start.value + size - PAGE_SIZE) & ~(size - 1));
}

phys_t guest_space_create(struct page_pool *pool, const struct system *system,
                          const struct system_vm *vm) {
    const struct system_region *memory = &system->memory[vm->memory.first];
    const struct system_region *device = &system->devices[vm->devices.first];
    const struct system_member *member = &system->members[vm->members.first];
    phys_t root = create_root(pool);
    const struct page_table table = {pool, page_pool_pointer(pool, root), vm->stage2_levels};

    /* Where a CPU has an interrupt file for its guest, it lies behind the hypervisor's own. */
    for (uint32_t i = 0; i < system_vm_vcpu_count(vm); i++) {
        uint64_t file = system->cpus[system_vm_cpu(vm, i)].controller_phys;

        if (file != 0)
            page_table_map(&table, vm->controller_cpus_at + i * PAGE_SIZE, phys(file + PAGE_SIZE),
                           PAGE_SIZE, PAGE_GUEST_DEVICE);
    }
    for (uint32_t i = 0; i < vm->memory.count; i++, memory++)
        page_table_map(&table, memory->at, phys(memory->phys), memory->size, PAGE_GUEST_MEMORY);
    for (uint32_t i = 0; i < vm->devices.count; i++, device++)
        page_table_map(&table, device->at, phys(device->phys), device->size,
                       device->flags != 0 ? PAGE_GUEST_PREFETCHABLE : PAGE_GUEST_DEVICE);
    for (uint32_t i = 0; i < vm->members.count; i++, member++) {
        const struct system_channel *channel = &system->channels[member->channel];
        bool writes = (member->flags & SYSTEM_MEMBER_WRITES) != 0;

        page_table_map(&table, member->at, phys(channel->phys), PAGE_SIZE, PAGE_GUEST_READ_ONLY);
        page_table_map(&table, member->at + PAGE_SIZE, phys(channel->phys + PAGE_SIZE),
                       channel->size - PAGE_SIZE,
                       writes ? PAGE_GUEST_SHARED : PAGE_GUEST_READ_ONLY);
    }
    return root;
}
