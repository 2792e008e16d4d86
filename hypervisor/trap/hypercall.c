/* SPDX-License-Identifier: Apache-2.0 */
#include "trap/hypercall.h"

#include "vm/manage.h"

static bool own_counter(const struct vm *vm, uint64_t vcpu, uint64_t cause, uint64_t *value) {
    if (vcpu >= vm->vcpu_count || cause >= EXIT_CAUSES)
        return false;
    *value = vm->vcpus[vcpu].exits[cause];
    return true;
}

/* About a VM that the caller manages. */
static bool manage(struct vcpu *caller, uint64_t number, const uint64_t arguments[2],
                   uint64_t *value) {
    uint32_t target = manage_target(caller->vm, arguments[0]);

    if (target == SYSTEM_VMS_MAX)
        return false;
    if (number == HYPERCALL_MANAGED)
        return manage_fact(caller->vm->system, target, arguments[1], value);
    if (number == HYPERCALL_MANAGED_COUNTER)
        return manage_counter(caller->vm->system, target, arguments[1], value);
    return manage_ask(caller, target, arguments[1], value);
}

enum hypercall_result hypercall_dispatch(struct vcpu *caller, uint64_t number,
                                         const uint64_t arguments[2], uint64_t *value) {
    struct vm *vm = caller->vm;
    bool good;

    if (number == HYPERCALL_RESTARTS) {
        *value = atomic_load(&control()->vms[vm->index].restarts);
        return HYPERCALL_OK;
    }
    if (number == HYPERCALL_WATCHDOG) {
        if (!watchdog_feed(vm, arguments[0]))
            return HYPERCALL_UNKNOWN;
        *value = vm->config->watchdog;
        return HYPERCALL_OK;
    }
    if (number == HYPERCALL_COUNTER)
        good = own_counter(vm, arguments[0], arguments[1], value);
    else if (number >= HYPERCALL_MANAGED && number <= HYPERCALL_MANAGE)
        good = manage(caller, number, arguments, value);
    else
        return HYPERCALL_UNKNOWN;
    return good ? HYPERCALL_OK : HYPERCALL_INVALID;
}
