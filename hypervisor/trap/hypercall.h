/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hypercall.h - Bulkhead's own calls (abi/hypercall.h), however they arrive.
 */
#pragma once

#include "vm/vm.h"

enum hypercall_result { HYPERCALL_OK, HYPERCALL_UNKNOWN, HYPERCALL_INVALID };

/* Function `number` with its first two arguments; the answer in *value where the result is OK. */
enum hypercall_result hypercall_dispatch(struct vcpu *caller, uint64_t number,
                                         const uint64_t arguments[2], uint64_t *value);

/* HYPERCALL_WATCHDOG's, defined in dev/. False: the VM has none. */
bool watchdog_feed(struct vm *vm, uint64_t ms);
