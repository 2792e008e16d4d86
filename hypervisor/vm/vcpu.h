/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vcpu.h - one virtual CPU, which owns one core for good. Lies inside its VM's
 * pages: siblings reach it, other VMs don't.
 */
#pragma once

#include <stdatomic.h>

#include "abi/counters.h"
#include "arch_types.h"

enum vcpu_power {
    VCPU_OFF = 0,
    VCPU_STARTING, /* a sibling has asked for it; entry and argument are set */
    VCPU_ON,
};

/* In `work`: its VM has a request. The other bits are the architecture's. */
#define VCPU_SETTLE 1u

struct vcpu {
    struct vm *vm;
    _Atomic uint32_t work;  /* what there is to do before its guest goes on; any core sets it */
    uint32_t index;         /* in its VM */
    uint32_t cpu;           /* of the machine */
    _Atomic uint32_t power; /* enum vcpu_power */
    uint64_t entry;         /* where it starts, or begins anew, ... */
    uint64_t argument;      /* ... and with what in the first argument register */
    uint64_t exits[EXIT_CAUSES]; /* written by its own core only, as are ... */
    uint64_t traps; /* ... its last 16, of trap_handle(): a digit each, an exit_cause */
    struct arch_vcpu arch;
};

/*
 * Comes back when this core's guest is to be entered: loads the VM's memory at
 * its start and restart with its siblings, waits while the vCPU is off, and
 * stands still for good when the VM is off or stopped. Its own core only.
 */
void vcpu_settle(struct vcpu *vcpu);
