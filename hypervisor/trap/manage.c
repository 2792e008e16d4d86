/* SPDX-License-Identifier: Apache-2.0 */
#include "trap/manage.h"

#include "lib/report.h"
#include "lib/string.h"
#include "trap/hypercall.h"

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
    enum vm_life life = vm_life(target);

    return life <= VM_LOST ? states[life] : MANAGED_CHANGING;
}

int64_t manage_fact(const struct system *system, uint32_t target, uint64_t fact) {
    const struct system_vm *config = &system->vms[target];
    int64_t word;

    if (fact == MANAGED_STATE)
        return state(target);
    if (fact == MANAGED_END)
        return atomic_load(&control()->vms[target].life) / VM_ENDED;
    if (fact == MANAGED_RESTARTS)
        return atomic_load(&control()->vms[target].restarts);
    if (fact == MANAGED_VCPUS)
        return system_vm_vcpu_count(config);
    if (fact - MANAGED_NAME >= sizeof(config->name) / sizeof(word))
        return HYPERCALL_INVALID;
    memcpy(&word, config->name + (fact - MANAGED_NAME) * sizeof(word), sizeof(word));
    return word; /* of letters, digits and hyphens: no error */
}

int64_t manage_counter(const struct system *system, uint32_t target, uint64_t which) {
    uint64_t vcpu = which >> 32, cause = which & UINT32_MAX;
    const struct vm *vm;
    int64_t exits;

    if (vcpu >= system_vm_vcpu_count(&system->vms[target]) || cause >= EXIT_CAUSES)
        return HYPERCALL_INVALID;
    /* For this look alone: another VM's memory is mapped nowhere. */
    vm = space_window(WINDOW_SOURCE, control()->vms[target].pages, sizeof(*vm),
                      PAGE_HYPERVISOR_CONST);
    memcpy(&exits, &vm->vcpus[vcpu].exits[cause], sizeof(exits));
    space_window_close(WINDOW_SOURCE);
    return exits;
}

int64_t manage_ask(const struct vcpu *caller, uint32_t target, uint64_t what) {
    static const char *const words[] = {"stopped", "started", "restarted"};
    const struct system *system = caller->vm->system;
    enum managed_state was = state(target);

    if (what > MANAGE_RESTART)
        return HYPERCALL_INVALID;
    if (was == MANAGED_LOST)
        return MANAGE_GONE;
    if (what == MANAGE_STOP ? was >= MANAGED_OFF : what == MANAGE_START && was == MANAGED_RUNNING)
        return MANAGE_ALREADY;
    if (was == MANAGED_CHANGING ||
        !vm_ask(system, target, what == MANAGE_STOP ? VM_STOP : VM_RESTART, MANAGED_REQUEST))
        return MANAGE_BUSY;
    report("vm %s: %s by vm %s", system->vms[target].name, words[what], caller->vm->config->name);
    return MANAGE_DONE;
}
