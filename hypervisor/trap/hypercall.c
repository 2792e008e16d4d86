/* SPDX-License-Identifier: Apache-2.0 */
#include "trap/hypercall.h"

#include "abi/hypercall.h"

static enum hypercall_result counter(const struct vcpu *caller, const uint64_t arguments[2],
                                     uint64_t *value) {
    if (arguments[0] >= caller->vm->vcpu_count || arguments[1] >= EXIT_CAUSES)
        return HYPERCALL_INVALID;
    *value = caller->vm->vcpus[arguments[0]].exits[arguments[1]];
    return HYPERCALL_OK;
}

enum hypercall_result hypercall_dispatch(const struct vcpu *caller, uint64_t number,
                                         const uint64_t arguments[2], uint64_t *value) {
    switch (number) {
    case HYPERCALL_COUNTER:
        return counter(caller, arguments, value);
    case HYPERCALL_RESTARTS:
        *value = caller->vm->restarts;
        return HYPERCALL_OK;
    default:
        return HYPERCALL_UNKNOWN;
    }
}
