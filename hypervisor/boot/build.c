/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/build.h"

#include "arch/memory.h"
#include "arch/vcpu.h"
#include "boot/entropy.h"
#include "dev/guest_console.h"
#include "dev/watchdog.h"
#include "lib/report.h"
#include "mem/guest_space.h"
#include "vm/control.h"
#include "vm/this_cpu.h"

/* What is at hand while the system is built. */
struct build {
    struct page_pool pool;       /* mapped in WINDOW_TARGET */
    phys_t *spaces;              /* of each core of the machine */
    bool has_key;                /* else there are no random numbers */
    uint64_t key[ENTROPY_WORDS]; /* what VMs' keys are drawn from: leads back to none of them */
};

/* A VM's pages: at SPACE_VM on each of its cores. */
struct vm_pages {
    struct vm vm;
    struct vuart uart;
};

_Static_assert(sizeof(struct vm_pages) <= SYSTEM_POOL_VM * PAGE_SIZE, "is more than is reserved");
_Static_assert(SYSTEM_POOL_VM <= SPACE_VM_PAGES, "has no room at SPACE_VM");

void build_common(struct space_tables *tables) {
    const struct boot_record *record = space_record();
    uint64_t table_pages = pages_for(smaller(record->table_size, SYSTEM_TABLE_SIZE_MAX));

    if (record->console_kind != CONSOLE_KIND_NONE)
        space_map(tables, SPACE_CONSOLE, phys(record->console_phys), PAGE_SIZE,
                  PAGE_HYPERVISOR_DEVICE);
    space_map(tables, SPACE_TABLE, phys(record->home + record->table_offset),
              table_pages * PAGE_SIZE, PAGE_HYPERVISOR_CONST);
}

/* The control area is what the pool has given first. */
static void map_control(struct space_tables *tables, const struct page_pool *pool) {
    space_map(tables, SPACE_CONTROL, pool->start, SYSTEM_POOL_CONTROL * PAGE_SIZE,
              PAGE_HYPERVISOR_DATA);
}

/* Where this core's `variable` is in the private data of another. */
static void *in_other(uint8_t *private_data, const void *variable) {
    return private_data + ((const uint8_t *)variable - link_private_start);
}

/* The address space of a VM's core, and the private data of one that is not this. */
static struct space_tables *build_cpu(struct build *build, uint32_t cpu, struct vcpu *vcpu) {
    uint64_t private_size = (uint64_t)(link_private_end - link_private_start);
    struct space_tables *tables;
    uint8_t *private_data;

    if (cpu == this_cpu.index) {
        this_cpu.vcpu = vcpu;
        return &own_tables;
    }
    private_data = page_pool_alloc(&build->pool, pages_for(private_size));
    tables = in_other(private_data, &own_tables);
    space_create(tables, phys(space_record()->home), page_pool_phys(&build->pool, private_data));
    build_common(tables);
    map_control(tables, &build->pool);
    *(struct this_cpu *)in_other(private_data, &this_cpu) =
        (struct this_cpu){cpu, vcpu, .has_siblings = true, .system = this_cpu.system};
    build->spaces[cpu] = page_pool_phys(&build->pool, tables->root);
    control()->cores++;
    control()->started |= 1u << cpu;
    return tables;
}

/* A VM's structures and stage 2, and a space for each of its cores. */
static void build_vm(struct build *build, uint32_t index) {
    const struct system *system = &this_cpu.system;
    const struct system_vm *config = &system->vms[index];
    struct vm_pages *own = (struct vm_pages *)SPACE_VM;
    struct vm_pages *pages = page_pool_alloc(&build->pool, pages_for(sizeof(*pages)));

    vm_create(&pages->vm, &own->vm, system, index);
    control()->vms[index].pages = page_pool_phys(&build->pool, pages);
    atomic_store(&control()->vms[index].life, VM_BOOT);
    pages->vm.has_seed_key = build->has_key;
    chacha20_draw(build->key, pages->vm.seed_key);
    pages->vm.stage2 = guest_space_create(&build->pool, system, config);
    arch_vm_create(&pages->vm, system);
    watchdog_create(&pages->vm);
    if (config->console != SYSTEM_VM_CONSOLE_NONE)
        guest_console_create(&pages->vm, &own->uart);
    for (uint32_t i = 0; i < pages->vm.vcpu_count; i++) {
        uint32_t cpu = pages->vm.vcpus[i].cpu;

        space_map(build_cpu(build, cpu, &own->vm.vcpus[i]), SPACE_VM,
                  page_pool_phys(&build->pool, pages), pages_for(sizeof(*pages)) * PAGE_SIZE,
                  PAGE_HYPERVISOR_DATA);
    }
}

void build_system(phys_t *spaces, phys_t tree) {
    const struct system *system = &this_cpu.system;
    phys_t start = phys(system->table->pool.phys);
    uint64_t size = smaller(system->table->pool.size, SPACE_WINDOW_SIZE);
    uint64_t image_size = (uint64_t)(link_private_end - (uint8_t *)SPACE_BASE);
    struct build build = {.spaces = spaces};

    build.has_key = entropy_gather(system, tree, build.key);
    build.pool = (struct page_pool){
        start, space_window(WINDOW_TARGET, start, size, PAGE_HYPERVISOR_DATA), size / PAGE_SIZE, 0};
    page_pool_alloc(&build.pool, SYSTEM_POOL_CONTROL);
    map_control(&own_tables, &build.pool);
    atomic_store(&control()->vms_alive, system->vm_count);
    control()->cores = 1;
    control()->started = 1u << this_cpu.index;
    for (uint32_t i = 0; i < system->vm_count; i++)
        build_vm(&build, i);
    space_window_close(WINDOW_TARGET); /* and what is new in this core's own space counts */
    report("%lu KiB for the hypervisor: %lu of %lu pages of its pool used",
           image_size / 1024 + build.pool.used * 4, build.pool.used, build.pool.count);
    if (!build.has_key)
        report("no source of random numbers: no VM gets seeds");
}
