/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/system/plan.h"

#include <string.h>

#include "config/config_check.h"
#include "tool/base/range.h"

bool plan_in_memory(const struct plan_vm *vm, uint64_t at, uint64_t size) {
    for (size_t i = 0; i < vm->memory_count; i++) {
        const struct plan_memory *memory = &vm->memory[i];

        if (at >= memory->at && size <= memory->size && at - memory->at <= memory->size - size)
            return true;
    }
    return false;
}

uint32_t plan_vcpu_count(const struct plan_vm *vm) {
    return (uint32_t)__builtin_popcountll(vm->description->cpus.number);
}

bool plan_has_node(const struct plan_vm *vm, const struct tree_node *node) {
    for (; node != NULL; node = node->parent) {
        for (size_t i = 0; i < vm->device_count; i++)
            if (vm->devices[i].device.node == node)
                return true;
        if (!tree_is_enabled(node))
            return false;
    }
    return false;
}

bool plan_has_uart(const struct plan_vm *vm) {
    return vm->console == SYSTEM_VM_CONSOLE_PL011 || vm->console == SYSTEM_VM_CONSOLE_16550;
}

/* A VM's entry of the table, but for the levels of stage 2. */
static struct system_vm entry_of(const struct plan *plan, const struct plan_vm *vm) {
    const struct machine *machine = &plan->board->machine;
    struct system_vm entry = vm->life;

    entry.cpus = vm->description->cpus.number;
    entry.entry = vm->entry;
    entry.boot_argument = vm->tree_at;
    entry.seeds_at = vm->seeds_size != 0 ? vm->tree_at + vm->seeds_at : 0;
    entry.flags |= vm->dma_unprotected ? SYSTEM_VM_DMA_UNPROTECTED : 0;
    entry.console = vm->console;
    entry.console_at = plan_has_uart(vm) ? machine->board.console_phys : 0;
    entry.console_irq = plan_has_uart(vm) ? machine->board.console_irq : 0;
    entry.controller_at = machine->guest_controller_at;
    entry.controller_cpus_at = machine->guest_controller_cpus_at;
    strncpy(entry.name, vm->name, sizeof(entry.name) - 1);
    return entry;
}

struct system_range plan_controller(const struct plan *plan, const struct plan_vm *vm, uint32_t n) {
    const struct machine *machine = &plan->board->machine;
    const struct system_vm entry = entry_of(plan, vm);
    struct system_cpu cpus[SYSTEM_CPUS_MAX] = {{0}};
    uint32_t count = 0;

    for (; count < SYSTEM_CPUS_MAX && count < machine->cpu_count; count++)
        cpus[count].controller_index = machine->cpus[count].controller_index;
    const struct system system = {.board = &machine->board, .cpus = cpus, .cpu_count = count};
    const struct system_range range = machine->config->guest_controller(&system, &entry, n);

    return (struct system_range){range.phys, range.size}; /* nothing of it is in `system` */
}

size_t plan_occupants(const struct plan *plan, const struct plan_vm *vm,
                      struct plan_occupant **list) {
    static const char *const names[2][CONFIG_GUEST_CONTROLLER_MAX] = {
        {"the interrupt controller's distributor", "the interrupt controller's redistributors"},
        {"the interrupt controller", "the interrupt files"},
    };
    const struct machine *machine = &plan->board->machine;
    struct mark mark = vm->description->self.mark;
    size_t count = 0;

#define ADD(...) (*ARENA_ADD(plan->arena, *list, count) = (struct plan_occupant){__VA_ARGS__})
    *list = NULL;
    for (uint32_t n = 0; n < CONFIG_GUEST_CONTROLLER_MAX; n++) {
        struct system_range range = plan_controller(plan, vm, n);

        if (range.size != 0)
            ADD(range, names[machine->config->arch == SYSTEM_ARCH_RISCV64][n], mark, NULL);
    }
    if (plan_has_uart(vm))
        ADD({machine->board.console_phys, SYSTEM_PAGE_SIZE}, "the console", mark, NULL);
    if (vm->life.watchdog_at != 0)
        ADD({vm->life.watchdog_at, machine->config->watchdog_size}, "the watchdog", mark, NULL);
    for (const struct plan_device *device = vm->devices; device < vm->devices + vm->device_count;
         device++)
        for (size_t i = 0; i < device->device.register_count; i++)
            ADD(device->device.registers[i], device->device.name, device->mark, device);
    for (size_t i = 0; i < vm->memory_count; i++)
        ADD({vm->memory[i].at, vm->memory[i].size}, "memory", vm->memory[i].mark, NULL);
    for (size_t i = 0; i < vm->member_count; i++) {
        const struct plan_member *member = &vm->members[i];
        const struct plan_channel *channel = &plan->channels[member->channel];

        if (member->settled)
            ADD({member->at, channel->size}, channel->name, member->mark, NULL);
    }
#undef ADD
    return count;
}

struct system_vm plan_table_entry(const struct plan *plan, const struct plan_vm *vm) {
    struct system_vm entry = entry_of(plan, vm);
    struct plan_occupant *list = NULL;
    uint64_t end = 0;

    for (size_t i = plan_occupants(plan, vm, &list); i-- > 0;)
        if (list[i].range.phys + list[i].range.size > end)
            end = list[i].range.phys + list[i].range.size;
    entry.stage2_levels = machine_levels(&plan->board->machine, end);
    return entry;
}

const struct plan_member *plan_member(const struct plan_vm *vm, size_t n) {
    for (size_t i = 0; i < vm->member_count; i++)
        if (vm->members[i].channel == n)
            return &vm->members[i];
    return NULL;
}

size_t plan_interrupts(const struct plan_vm *vm, struct arena *arena,
                       struct tree_interrupt **interrupts) {
    size_t count = 0;

    *interrupts = NULL;
    for (size_t i = 0; i < vm->device_count; i++) {
        const struct device *device = &vm->devices[i].device;

        for (size_t j = 0; j < device->interrupt_count; j++) {
            if (!tree_interrupt_in(*interrupts, count, device->interrupts[j].number))
                *ARENA_ADD(arena, *interrupts, count) = device->interrupts[j];
        }
    }
    return count;
}

void plan_add_payload(struct arena *arena, struct plan_vm *vm, const char *what, uint64_t at,
                      const unsigned char *bytes, uint64_t size, uint64_t slot) {
    *ARENA_ADD(arena, vm->payloads, vm->payload_count) = (struct plan_payload){
        .what = what,
        .at = at,
        .bytes = bytes,
        .size = size,
        .slot_size = slot != 0 ? slot : align_up(size, SYSTEM_PAGE_SIZE),
    };
}

void plan_add_input(struct arena *arena, struct plan_inputs *inputs, const char *what,
                    const char *path, const struct file *file, uint64_t slot) {
    *ARENA_ADD(arena, inputs->items, inputs->count) =
        (struct plan_input){what, path, file->bytes, file->size, slot};
}
