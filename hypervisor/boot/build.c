/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/build.h"

#include <stddef.h>

#include "abi/boot_record.h"
#include "arch/memory.h"
#include "arch/vcpu.h"
#include "dev/guest_console.h"
#include "lib/report.h"
#include "mem/guest_space.h"
#include "mem/hypervisor_space.h"
#include "vm/control.h"
#include "vm/this_cpu.h"

#define CONTROL_PAGES 2u

/* A VM's pages: at SPACE_VM on each of its cores. */
struct vm_pages {
    struct vm vm;
    struct vuart uart;
};

_Static_assert(sizeof(struct vm_pages) <= SPACE_VM_PAGES * PAGE_SIZE, "has no room at SPACE_VM");

/* The validator has checked that the pool is large enough: running dry is our mistake. */
static void *take(struct page_pool *pool, uint64_t pages) {
    void *start = page_pool_alloc(pool, pages);

    if (start == NULL)
        panic("the page pool is too small: %lu of %lu pages used", pool->used, pool->count);
    return start;
}

const struct boot_record *build_record(void) {
    return (const struct boot_record *)(SPACE_BASE + BOOT_RECORD_OFFSET);
}

static void map_table(struct space_tables *tables, uint64_t size) {
    const struct boot_record *record = build_record();

    space_map(tables, SPACE_TABLE, phys(record->home + record->table_offset),
              pages_for(size) * PAGE_SIZE, PAGE_HYPERVISOR_CONST);
}

struct page_pool build_pool(const struct system *system) {
    phys_t start = phys(system->table->pool.phys);
    uint64_t size = system->table->pool.size;

    if (size > SPACE_WINDOW_SIZE)
        size = SPACE_WINDOW_SIZE;
    return (struct page_pool){start, space_window(WINDOW_TARGET, start, size), size / PAGE_SIZE, 0};
}

phys_t build_control(struct page_pool *pool) {
    phys_t start = page_pool_phys(pool, take(pool, CONTROL_PAGES));

    space_map(space_tables(), SPACE_CONTROL, start, CONTROL_PAGES * PAGE_SIZE,
              PAGE_HYPERVISOR_DATA);
    arch_tables_written();
    return start;
}

uint64_t build_vm_pages(void) {
    return pages_for(sizeof(struct vm_pages));
}

phys_t build_vm(struct page_pool *pool, const struct system *system, uint32_t index) {
    struct vm_pages *pages = take(pool, build_vm_pages());
    struct vm_pages *own = (struct vm_pages *)SPACE_VM;
    const struct system_vm *config = &system->vms[index];

    vm_create(&pages->vm, &own->vm, system, index);
    if (config->console != SYSTEM_VM_CONSOLE_NONE)
        pages->vm.uart = &own->uart;
    if (!guest_space_create(pool, system, config, &pages->vm.stage2))
        panic("the page pool is too small for vm %s", config->name);
    arch_vm_create(&pages->vm, system);
    return page_pool_phys(pool, pages);
}

/* What every core needs: console, table, control area, its VM. */
static void build_space(struct space_tables *tables, const struct system *system,
                        phys_t control_area, phys_t vm) {
    const struct system_board *board = system->board;

    map_table(tables, system->table->size);
    if (board->console_phys != 0)
        space_map(tables, SPACE_CONSOLE, phys(board->console_phys), PAGE_SIZE,
                  PAGE_HYPERVISOR_DEVICE);
    space_map(tables, SPACE_CONTROL, control_area, CONTROL_PAGES * PAGE_SIZE, PAGE_HYPERVISOR_DATA);
    if (vm.value != 0)
        space_map(tables, SPACE_VM, vm, build_vm_pages() * PAGE_SIZE, PAGE_HYPERVISOR_DATA);
}

void build_first_space(void) {
    const struct boot_record *record = build_record();
    uint64_t private_offset = (uint64_t)(space_private_start() - (uint8_t *)SPACE_BASE);

    space_create(space_tables(), phys(record->home), phys(record->home + private_offset));
    if (record->console_kind != CONSOLE_KIND_NONE)
        space_map(space_tables(), SPACE_CONSOLE, phys(record->console_phys), PAGE_SIZE,
                  PAGE_HYPERVISOR_DEVICE);
    if (record->table_size <= SYSTEM_TABLE_SIZE_MAX)
        map_table(space_tables(), record->table_size);
    arch_tables_written();
}

/* The vCPU that core `cpu` is for, as the core will see it; NULL if no VM has the core. */
static struct vcpu *vcpu_of(const struct system *system, uint32_t cpu) {
    struct vm_pages *own = (struct vm_pages *)SPACE_VM;
    uint32_t index = system_vm_of_cpu(system, cpu);

    if (index == SYSTEM_VMS_MAX)
        return NULL;
    for (uint32_t i = 0; i < system_vm_vcpu_count(&system->vms[index]); i++) {
        if (system_vm_cpu(&system->vms[index], i) == cpu)
            return &own->vm.vcpus[i];
    }
    return NULL;
}

void build_own(const struct system *system, phys_t control_area, phys_t vm) {
    build_space(space_tables(), system, control_area, vm);
    arch_tables_written();
    this_cpu.vcpu = vcpu_of(system, this_cpu.index);
}

phys_t build_cpu(struct page_pool *pool, const struct system *system, uint32_t cpu,
                 phys_t control_area, phys_t vm) {
    uint8_t *private_data = take(pool, pages_for(space_private_size()));
    uint64_t tables_at = (uint64_t)((uint8_t *)space_tables() - space_private_start());
    uint64_t this_at = (uint64_t)((uint8_t *)&this_cpu - space_private_start());
    struct space_tables *tables = (struct space_tables *)(void *)(private_data + tables_at);
    struct this_cpu *other = (struct this_cpu *)(void *)(private_data + this_at);

    space_create(tables, space_image(), page_pool_phys(pool, private_data));
    build_space(tables, system, control_area, vm);
    other->index = cpu;
    other->vcpu = vcpu_of(system, cpu);
    other->system = *system;
    return page_pool_phys(pool, tables->root);
}
