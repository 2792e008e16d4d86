/* SPDX-License-Identifier: Apache-2.0 */
/*
 * machine.h - the machine that a guest runs on, whatever its architecture: a Bulkhead VM, or
 * the bare board.
 */
#pragma once

#include "abi/hypercall.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdnoreturn.h>

/* What each guest defines. Boot CPU, interrupts masked, console on. `tree`: address of the
 * device tree, 0 if there is none. Returning switches the machine off. */
void guest_main(uint64_t tree);

/* Finds out what there is below; once, first. `from_el2`: an arm64 machine's firmware left it at
 * EL2, and answers SMC. */
void machine_init(bool from_el2);

/* Switches this VM (or the board) off. */
noreturn void machine_off(void);

/* Restarts this VM (or the board) from its image. */
noreturn void machine_reset(void);

/* Whether this is a Bulkhead VM. */
bool machine_is_bulkhead(void);

/* One of Bulkhead's own calls: what it says, or MACHINE_INVALID for a bad argument, or some other
 * negative number where there is no such call, as on the bare board. */
int64_t machine_call(uint32_t number, uint64_t first, uint64_t second);

#define MACHINE_INVALID (-3)

/* Exits of one of this VM's vCPUs for a cause of abi/counters.h, and one exit more each time it is
 * asked. */
static inline int64_t machine_exits(uint32_t vcpu, uint32_t cause) {
    return machine_call(HYPERCALL_COUNTER, vcpu, cause);
}

/* How often this VM was restarted since the machine's boot. */
static inline int64_t machine_restarts(void) {
    return machine_call(HYPERCALL_RESTARTS, 0, 0);
}
