/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pool_size.c - how much RAM the hypervisor takes for itself: what boot/build.c asks the pool for.
 */

#include "config/system.h"

/*
 * The tables below the root that map a range, but for the one of each level that `last` says was
 * counted last. A block of 2 MiB needs none; whether there could be blocks of 1 GiB is not asked,
 * since memory has no place yet when the tool asks.
 */
static uint64_t table_pages(uint64_t *last, uint32_t levels, struct system_region region) {
    uint64_t at = region.at, size = region.size, end = at + size, pages = 0;

    for (uint32_t level = 0; level < levels - 1; level++) {
        uint64_t span = (uint64_t)SYSTEM_BLOCK_SIZE << 9 * level; /* what a table maps */
        uint64_t first = at / span, final = (end - 1) / span;
        bool blocks = level == 0 && size >= span && (at ^ region.phys) % span == 0;

        pages += blocks ? (at % span != 0) + (uint64_t)(end % span != 0) : final - first + 1;
        pages -= last[level] == first;
        last[level] = final;
    }
    return pages;
}

/* In the order of guest_space_create(). */
static uint64_t stage2_pages(const struct system *system, const struct system_vm *vm) {
    uint64_t last[SYSTEM_LEVELS_MAX - 1] = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};
    uint32_t levels = vm->stage2_levels;
    uint64_t pages = 0;

    for (uint32_t i = 0; i < system_vm_vcpu_count(vm); i++) {
        uint64_t at = vm->controller_cpus_at + i * SYSTEM_PAGE_SIZE;

        if (system->cpus[system_vm_cpu(vm, i)].controller_phys != 0)
            pages += table_pages(last, levels, (struct system_region){at, 0, SYSTEM_PAGE_SIZE, 0});
    }
    for (uint32_t i = vm->memory.first; i < vm->memory.first + vm->memory.count; i++)
        pages += table_pages(last, levels, system->memory[i]);
    for (uint32_t i = vm->devices.first; i < vm->devices.first + vm->devices.count; i++)
        pages += table_pages(last, levels, system->devices[i]);
    for (uint32_t i = vm->members.first; i < vm->members.first + vm->members.count; i++) {
        const struct system_channel *channel = &system->channels[system->members[i].channel];
        struct system_region part = {system->members[i].at, channel->phys, SYSTEM_PAGE_SIZE, 0};

        pages += table_pages(last, levels, part);
        part.at += SYSTEM_PAGE_SIZE;
        part.phys += SYSTEM_PAGE_SIZE;
        part.size = channel->size - SYSTEM_PAGE_SIZE;
        pages += table_pages(last, levels, part);
    }
    return pages;
}

uint64_t system_pool_pages(const struct system *system) {
    /* riscv64: four pages, aligned. */
    uint64_t root = system->table->arch == SYSTEM_ARCH_RISCV64 ? 7 : 1;
    uint64_t pages = SYSTEM_POOL_CONTROL + system->vm_count * (SYSTEM_POOL_VM + root);
    uint32_t cpus = 0;

    for (uint32_t i = 0; i < system->vm_count; i++) {
        cpus += system_vm_vcpu_count(&system->vms[i]);
        pages += stage2_pages(system, &system->vms[i]);
    }
    /* The core that boots, which may be any, has its own already. */
    return pages + SYSTEM_POOL_CPU * (cpus < system->cpu_count ? cpus : cpus - 1);
}
