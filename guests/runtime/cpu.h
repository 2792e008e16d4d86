/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cpu.h - the processors of a bare-metal guest, whatever their architecture: numbers from 0 on,
 * stacks, interrupt masks, and switching them on and off.
 *
 * arch_cpu.h adds, inline and for any context:
 *
 *   cpu_barrier()              waits until all memory accesses before it have completed
 *   cpu_wait()                 sleeps until an interrupt is pending for this CPU, masked or not
 *   cpu_irq_enable()           takes interrupts on this CPU from here on
 *   cpu_irq_disable()          holds them back from here on
 *   cpu_index()                this CPU's number
 *   cpu_set_vectors(address)   where exceptions go from here on; anywhere
 *   cpu_spin()                 masks everything on this CPU and spins for ever
 */
#pragma once

#define CPUS_MAX       8
#define CPU_STACK_SIZE 16384 /* bytes, one per CPU */

#ifndef __ASSEMBLER__
#include "arch_cpu.h"

#include <stdbool.h>
#include <stdint.h>

/* Sleeps until an interrupt comes for this CPU, and takes it: they are masked before and after. */
static inline void cpu_sleep(void) {
    cpu_wait();
    cpu_irq_enable();
    cpu_irq_disable();
}

/* How many CPUs this machine has. */
uint32_t cpu_count(void);

/*
 * Starts CPU `index` in `entry`, on its own stack, interrupts masked. Returns 0, or the
 * firmware's error. `entry` must not return.
 */
int64_t cpu_start(uint32_t index, void (*entry)(uint64_t argument), uint64_t argument);

/* Switches this CPU off; returns only if the firmware refuses. */
void cpu_off(void);

/* This CPU sleeps by the firmware's help, as cpu_wait() does without; its state is kept. */
void cpu_suspend(void);

/* Whether the firmware says that a CPU is on, or off; both are false for one that is neither yet,
 * or that is not there. */
bool cpu_is_on(uint32_t index);
bool cpu_is_off(uint32_t index);

#endif
