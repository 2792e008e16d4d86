/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manage.h - what one VM may ask of another, and know of it: abi/hypercall.h's calls, of whoever
 * the caller's description lets it manage.
 */
#pragma once

#include "vm/vm.h"

/* The number of the `n`-th VM that `vm` manages; SYSTEM_VMS_MAX: there is none. */
uint32_t manage_target(const struct vm *vm, uint64_t n);

/*
 * HYPERCALL_MANAGE and so on, of the VM `target`; false where the second argument is of nothing
 * that there is. It does what it is asked at its cores' next exits, which they take for it.
 */
bool manage_ask(const struct vcpu *caller, uint32_t target, uint64_t what, uint64_t *answer);

bool manage_fact(const struct system *system, uint32_t target, uint64_t fact, uint64_t *value);
bool manage_counter(const struct system *system, uint32_t target, uint64_t which, uint64_t *value);
