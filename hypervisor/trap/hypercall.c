/* SPDX-License-Identifier: Apache-2.0 */
#include "trap/hypercall.h"

#include "trap/manage.h"

/* About a VM that the caller manages. */
static int64_t managed(struct vcpu *caller, uint64_t number, const uint64_t arguments[2]) {
    uint32_t target = manage_target(caller->vm, arguments[0]);

    if (target == SYSTEM_VMS_MAX)
        return HYPERCALL_INVALID;
    if (number == HYPERCALL_MANAGED)
        return manage_fact(caller->vm->system, target, arguments[1]);
    if (number == HYPERCALL_MANAGED_COUNTER)
        return manage_counter(caller->vm->system, target, arguments[1]);
    return manage_ask(caller, target, arguments[1]);
}

/* Apart, so that counters go the short way. */
static __attribute__((noinline)) int64_t other(struct vcpu *caller, uint64_t number,
                                               const uint64_t arguments[2]) {
    struct vm *vm = caller->vm;

    if (number == HYPERCALL_RESTARTS)
        return atomic_load(&control()->vms[vm->index].restarts);
    if (number == HYPERCALL_WATCHDOG)
        return watchdog_feed(vm, arguments[0]) ? (int64_t)vm->config->watchdog : HYPERCALL_UNKNOWN;
    if (number >= HYPERCALL_MANAGED && number <= HYPERCALL_MANAGE)
        return managed(caller, number, arguments);
    return HYPERCALL_UNKNOWN;
}

int64_t hypercall_dispatch(struct vcpu *caller, uint64_t number, const uint64_t arguments[2]) {
    const struct vm *vm = caller->vm;

    if (number != HYPERCALL_COUNTER)
        return other(caller, number, arguments);
    if (arguments[0] >= vm->vcpu_count || arguments[1] >= EXIT_CAUSES)
        return HYPERCALL_INVALID;
    return (int64_t)vm->vcpus[arguments[0]].exits[arguments[1]];
}
