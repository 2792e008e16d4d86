/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostile.h - between the hostile guest and what it does to each architecture. On CPU 0.
 */
#pragma once

#include "runtime/random.h"

#include <stdint.h>

struct hostile_device {
    uint64_t at;
    uint64_t size;
};

/* Begins a part: a test in which faults are expected, and counted. */
void begin_part(const char *name);

/* How many faults there were since it began, or since this was asked last. */
uint32_t part_faults(void);

/* Ends a part, and makes sure that the machine is still ours, whole and working. */
void end_part(void);

/* One of the loads or stores of 1 to 8 bytes. */
void access_once(uint64_t at);

/* Each architecture's: where its emulated devices are. */
extern const struct hostile_device hostile_devices[];
extern const uint32_t hostile_device_count;

/* Each architecture's: after whatever was done, this CPU's timers and the interrupt controller as
 * after a reset, interrupts masked and `handler` set. */
void hostile_recover(void (*handler)(uint32_t irq));

/* Each architecture's: tests that the guest runs at the level that it is meant to. */
void hostile_check_level(void);

/* Each architecture's: calls the address, which is outside all memory. */
void hostile_jump(uint64_t at);

/* Each architecture's: sends an interrupt to any CPUs, there or not. */
void hostile_send(void);

/* Each architecture's, with parts of their own: calls to whoever is below, none of which ends
 * this VM or stops this CPU; registers and instructions. CPU 1 is on, if there is one. */
void hostile_try_calls(void);
void hostile_try_registers(void);
