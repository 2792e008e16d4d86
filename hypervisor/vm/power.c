/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/power.h"

#include "arch/cpu.h"

enum power_result power_vcpu_on(struct vcpu *caller, uint64_t index, uint64_t entry,
                                uint64_t argument) {
    struct vm *vm = caller->vm;
    struct vcpu *target;
    uint32_t power;

    if (index >= vm->vcpu_count)
        return POWER_NO_SUCH_VCPU;
    if (system_vm_at(vm->system, vm->config, entry, 1) == NULL)
        return POWER_BAD_ENTRY;
    target = &vm->vcpus[index];
    spin_lock(&vm->power_lock);
    power = atomic_load(&target->power);
    if (power == VCPU_OFF) {
        target->entry = entry;
        target->argument = argument;
        atomic_store(&target->power, VCPU_STARTING);
    }
    spin_unlock(&vm->power_lock);
    if (power != VCPU_OFF)
        return power == VCPU_STARTING ? POWER_STARTING : POWER_ALREADY_ON;
    arch_cpu_kick(target->cpu);
    return POWER_OK;
}
