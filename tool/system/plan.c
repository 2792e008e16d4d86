/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/system/plan.h"

#include <string.h>

#include "config/config_arch.h"
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
    uint32_t count = 0;

    for (uint64_t cpus = vm->description->cpus.number; cpus != 0; cpus &= cpus - 1)
        count++;
    return count;
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

static uint64_t later(uint64_t end, struct system_range range) {
    return range.size != 0 && range.phys + range.size > end ? range.phys + range.size : end;
}

/* Where a VM's controller is, by the architecture's part of the validator. */
static void find_controller(const struct machine *machine, const struct system_vm *entry,
                            uint32_t n, struct system_range *range) {
    struct system_cpu cpus[SYSTEM_CPUS_MAX] = {{0}};
    uint32_t count = 0;

    for (; count < SYSTEM_CPUS_MAX && count < machine->cpu_count; count++)
        cpus[count].controller_index = machine->cpus[count].controller_index;
    const struct system system = {.board = &machine->board, .cpus = cpus, .cpu_count = count};
    *range = machine->config->guest_controller(&system, entry, n);
}

/* The end of all that lies somewhere in the VM's address space. */
static uint64_t address_end(const struct plan *plan, const struct plan_vm *vm,
                            const struct system_vm *entry) {
    const struct machine *machine = &plan->board->machine;
    uint64_t end = entry->console_at == 0 ? 0 : entry->console_at + SYSTEM_PAGE_SIZE;

    for (uint32_t n = 0; n < CONFIG_GUEST_CONTROLLER_MAX; n++) {
        struct system_range range;

        find_controller(machine, entry, n, &range);
        end = later(end, range);
    }
    for (size_t i = 0; i < vm->memory_count; i++)
        end = later(end, (struct system_range){vm->memory[i].at, vm->memory[i].size});
    for (size_t i = 0; i < vm->device_count; i++)
        for (size_t j = 0; j < vm->devices[i].device.register_count; j++)
            end = later(end, vm->devices[i].device.registers[j]);
    return end;
}

struct system_vm plan_table_entry(const struct plan *plan, const struct plan_vm *vm) {
    const struct machine *machine = &plan->board->machine;
    struct system_vm entry = {
        .cpus = vm->description->cpus.number,
        .entry = vm->entry,
        .boot_argument = vm->tree_at,
        .on_fault = vm->on_fault,
        .restart_max = vm->restart_max,
        .restart_within = vm->restart_within,
        .restart_then = vm->restart_then,
        .seeds_at = vm->seeds_size != 0 ? vm->tree_at + vm->seeds_at : 0,
        .flags = vm->dma_unprotected ? SYSTEM_VM_DMA_UNPROTECTED : 0,
        .console = vm->console,
        .console_at = plan_has_uart(vm) ? machine->board.console_phys : 0,
        .console_irq = plan_has_uart(vm) ? machine->board.console_irq : 0,
        .controller_at = machine->guest_controller_at,
        .controller_cpus_at = machine->guest_controller_cpus_at,
    };

    strncpy(entry.name, vm->name, sizeof(entry.name) - 1);
    entry.stage2_levels = machine_levels(machine, address_end(plan, vm, &entry));
    return entry;
}

void plan_controller(const struct plan *plan, const struct plan_vm *vm, uint32_t n,
                     struct system_range *range) {
    const struct system_vm entry = plan_table_entry(plan, vm);

    find_controller(&plan->board->machine, &entry, n, range);
}

size_t plan_interrupts(const struct plan_vm *vm, struct arena *arena,
                       struct tree_interrupt **interrupts) {
    size_t count = 0;

    *interrupts = NULL;
    for (size_t i = 0; i < vm->device_count; i++) {
        const struct device *device = &vm->devices[i].device;

        for (size_t j = 0; j < device->interrupt_count; j++) {
            bool is_new = true;

            for (size_t k = 0; k < count; k++)
                is_new = is_new && (*interrupts)[k].number != device->interrupts[j].number;
            if (is_new) {
                *ARENA_ADD(arena, *interrupts, count) = device->interrupts[j];
            }
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
