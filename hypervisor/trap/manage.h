/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manage.h - what one VM may know of another and ask of it, if its description lets it manage that
 * one: abi/hypercall.h's calls. Each answers as hypercall_dispatch() does; the caller's own core.
 */
#pragma once

#include "vm/vm.h"

/* The number of the `n`-th VM that `vm` manages; SYSTEM_VMS_MAX: there is none. */
uint32_t manage_target(const struct vm *vm, uint64_t n);

/* HYPERCALL_MANAGED: what is known of VM `target`, enum managed_fact. */
int64_t manage_fact(const struct system *system, uint32_t target, uint64_t fact);

/* HYPERCALL_MANAGED_COUNTER: its exits, of a vCPU in the upper 32 bits for a cause in the lower. */
int64_t manage_counter(const struct system *system, uint32_t target, uint64_t which);

/* HYPERCALL_MANAGE: it does this at its cores' next exits, which they take for it. */
int64_t manage_ask(const struct vcpu *caller, uint32_t target, uint64_t what);
