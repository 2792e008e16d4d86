/* SPDX-License-Identifier: Apache-2.0 */
#include "config/system.h"

static const void *entries(const struct system_table *table, struct system_section section) {
    return (const uint8_t *)table + section.offset;
}

#define VIEW(section, number, ...)                                                                 \
    .section = entries(table, table->section), .number = table->section.count,

void system_open(struct system *system, const struct system_table *table) {
    *system = (struct system){.table = table, .board = &table->board, SYSTEM_SECTIONS(VIEW)};
}

uint32_t system_vm_vcpu_count(const struct system_vm *vm) {
    uint32_t count = 0;

    for (uint64_t cpus = vm->cpus; cpus != 0; cpus &= cpus - 1)
        count++;
    return count;
}

uint32_t system_vm_cpu(const struct system_vm *vm, uint32_t vcpu) {
    uint32_t cpu = 0;

    for (; cpu < 64; cpu++)
        if ((vm->cpus >> cpu & 1) != 0 && vcpu-- == 0)
            break;
    return cpu;
}

const struct system_region *system_vm_at(const struct system *system, const struct system_vm *vm,
                                         uint64_t at, uint64_t size) {
    const struct system_region *memory = &system->memory[vm->memory.first];

    for (uint32_t i = 0; i < vm->memory.count; i++, memory++)
        if (range_contains(memory->at, memory->size, at) &&
            size <= memory->size - (at - memory->at))
            return memory;
    return NULL;
}

uint32_t system_vm_of_cpu(const struct system *system, uint32_t cpu) {
    for (uint32_t vm = 0; cpu < 64 && vm < system->vm_count; vm++)
        if ((system->vms[vm].cpus >> cpu & 1) != 0)
            return vm;
    return SYSTEM_VMS_MAX;
}
