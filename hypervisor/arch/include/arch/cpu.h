/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cpu.h - contract: this core, its clock, its siblings. Hypervisor context.
 */
#pragma once

#include <stdnoreturn.h>

#include "lib/address.h"

struct system;

/* First core, before the MMU is on (boot/early.c): refuses if it was not started as it must be. */
void arch_check_start(void);

/*
 * Brings this core's virtualization registers, interrupt controller interface
 * and timers from the unknown state of reset to a defined one. NULL, or what
 * is wrong with this core in words for a person.
 */
const char *arch_cpu_init(const struct system *system, uint32_t cpu);

/* The machine's interrupt controller as a whole; once, by the first core, before arch_cpu_init. */
const char *arch_machine_init(const struct system *system);

/*
 * Has the firmware start a core in the hypervisor, in the address space whose
 * root table is at `space`. False if the firmware refuses.
 */
bool arch_cpu_start(uint64_t hwid, phys_t space);

/* Never returns; the core stands still with its interrupts masked. */
noreturn void arch_halt(void);

/* Has the firmware switch the machine off; halts if it doesn't. */
noreturn void arch_machine_off(void);

/* Waits until an interrupt is pending for the hypervisor or a guest; may return early. */
void arch_wait(void);

/* In a loop that waits for another core: leaves the machinery to that one. */
void arch_relax(void);

/* A monotonic clock that all cores share, and its ticks per second. */
uint64_t arch_clock(void);
uint64_t arch_clock_frequency(void);

/* A random number out of the machine's source; false if there is none, or it has nothing now. */
bool arch_random(uint64_t *number);

/*
 * Fires this core's own timer when the clock is at `at`; one shot, replaces an earlier one. All of
 * them are vm/alarm.h's, whose alarm_fired() it calls.
 */
void arch_timer_set(uint64_t at);

/* Makes another core of the machine leave its guest and look at its requests. */
void arch_cpu_kick(uint32_t cpu);
