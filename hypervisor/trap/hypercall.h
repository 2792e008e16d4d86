/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hypercall.h - Bulkhead's own calls (abi/hypercall.h), however they arrive.
 */
#pragma once

#include "vm/vm.h"

/* What is no answer, as Arm's SMC Calling Convention (DEN 0028) has it. */
#define HYPERCALL_UNKNOWN -1
#define HYPERCALL_INVALID -3

/* Function `number` with its first two arguments. */
int64_t hypercall_dispatch(struct vcpu *caller, uint64_t number, const uint64_t arguments[2]);

/* HYPERCALL_WATCHDOG's, defined in dev/. False: the VM has none. */
bool watchdog_feed(struct vm *vm, uint64_t ms);
