/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/manage.h"

#include "lib/report.h"
#include "lib/string.h"
#include "vm/control.h"

uint32_t manage_target(const struct vm *vm, uint64_t n) {
    uint32_t managed = vm->config->manages;

    for (uint32_t i = 0; i < SYSTEM_VMS_MAX; i++)
        if ((managed >> i & 1) != 0 && n-- == 0)
            return i;
    return SYSTEM_VMS_MAX;
}

static enum managed_state state(uint32_t target) {
    static const uint8_t states[] = {
        [VM_RUN] = MANAGED_RUNNING,     [VM_WAITING] = MANAGED_WAITING, [VM_OFF] = MANAGED_OFF,
        [VM_STOPPED] = MANAGED_STOPPED, [VM_LOST] = MANAGED_LOST,
    };
    uint32_t life = vm_life(target);

    return life < VM_BOOT ? states[life] : MANAGED_CHANGING;
}

bool manage_ask(const struct vcpu *caller, uint32_t target, uint64_t what, uint64_t *answer) {
    static const char *const words[] = {"stopped", "started", "restarted"};
    const struct system *system = caller->vm->system;
    enum managed_state was = state(target);

    if (what > MANAGE_RESTART)
        return false;
    if (was == MANAGED_LOST)
        *answer = MANAGE_GONE;
    else if (what == MANAGE_STOP ? was >= MANAGED_OFF
                                 : what == MANAGE_START && was == MANAGED_RUNNING)
        *answer = MANAGE_ALREADY;
    else if (!vm_ask(system, target, what == MANAGE_STOP ? VM_STOP : VM_RESTART, MANAGED_REQUEST))
        *answer = MANAGE_BUSY;
    else
        *answer = MANAGE_DONE;
    if (*answer == MANAGE_DONE)
        report("vm %s: %s by vm %s", system->vms[target].name, words[what],
               caller->vm->config->name);
    return true;
}

bool manage_fact(const struct system *system, uint32_t target, uint64_t fact, uint64_t *value) {
    const struct system_vm *config = &system->vms[target];

    if (fact == MANAGED_STATE)
        *value = state(target);
    else if (fact == MANAGED_END)
        *value = atomic_load(&control()->vms[target].life) / VM_ENDED;
    else if (fact == MANAGED_RESTARTS)
        *value = atomic_load(&control()->vms[target].restarts);
    else if (fact == MANAGED_VCPUS)
        *value = system_vm_vcpu_count(config);
    else if (fact - MANAGED_NAME < sizeof(config->name) / sizeof(*value))
        memcpy(value, config->name + (fact - MANAGED_NAME) * sizeof(*value), sizeof(*value));
    else
        return false;
    return true;
}

bool manage_counter(const struct system *system, uint32_t target, uint64_t which, uint64_t *value) {
    uint64_t vcpu = which >> 32, cause = which & UINT32_MAX;
    const struct vm *vm;

    if (vcpu >= system_vm_vcpu_count(&system->vms[target]) || cause >= EXIT_CAUSES)
        return false;
    /* For this look alone: another VM's memory is mapped nowhere. */
    vm = space_window(WINDOW_SOURCE, control()->vms[target].pages, sizeof(*vm),
                      PAGE_HYPERVISOR_CONST);
    *value = *(const volatile uint64_t *)&vm->vcpus[vcpu].exits[cause];
    space_window_close(WINDOW_SOURCE);
    return true;
}
