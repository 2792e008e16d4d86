/* SPDX-License-Identifier: Apache-2.0 */
#include "trap/hypercall.h"

#include "abi/hypercall.h"

int64_t hypercall_dispatch(const struct vcpu *caller, uint64_t number,
                           const uint64_t arguments[2]) {
    const struct vm *vm = caller->vm;

    if (number == HYPERCALL_RESTARTS)
        return (int64_t)vm->restarts;
    if (number != HYPERCALL_COUNTER)
        return HYPERCALL_UNKNOWN;
    if (arguments[0] >= vm->vcpu_count || arguments[1] >= EXIT_CAUSES)
        return HYPERCALL_INVALID;
    return (int64_t)vm->vcpus[arguments[0]].exits[arguments[1]];
}
