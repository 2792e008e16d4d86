/* SPDX-License-Identifier: Apache-2.0 */
#include "trap/hypercall.h"

#include "abi/hypercall.h"

enum hypercall_result hypercall_dispatch(const struct vcpu *caller, uint64_t number,
                                         const uint64_t arguments[2], uint64_t *value) {
    const struct vm *vm = caller->vm;

    if (number == HYPERCALL_RESTARTS) {
        *value = vm->restarts;
        return HYPERCALL_OK;
    }
    if (number != HYPERCALL_COUNTER)
        return HYPERCALL_UNKNOWN;
    if (arguments[0] >= vm->vcpu_count || arguments[1] >= EXIT_CAUSES)
        return HYPERCALL_INVALID;
    *value = vm->vcpus[arguments[0]].exits[arguments[1]];
    return HYPERCALL_OK;
}
