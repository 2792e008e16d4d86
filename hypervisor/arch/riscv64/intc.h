/* SPDX-License-Identifier: Apache-2.0 */
/*
 * intc.h - what differs from kind to kind of the machine's interrupt controller. Sources are the
 * machine's, by their number.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct system;
struct vm;

/* Registers that all cores have from SPACE_ARCH on, mapped before any of these is called. */
#define INTC_COMMON_SIZE 0x4000u

struct intc_ops {
    /*
     * First core, before its cpu_init: brings what all cores share to a defined state. NULL, or
     * what is wrong.
     */
    const char *(*machine_init)(const struct system *system);

    /* Each core: maps its own registers, and brings them to a defined state. As above. */
    const char *(*cpu_init)(const struct system *system);

    /* The console's source goes to the core from now on. */
    void (*route)(uint32_t source, uint32_t cpu);

    /* The console's source, which this core has claimed, comes again while its level is high. */
    void (*enable)(uint32_t source);

    /* Takes the most urgent source for this core; 0: there is none; SOURCE_END: it is a kick. */
    uint32_t (*claim)(void);

    /* Off, on each of the VM's cores. It may be any VM's. VM's lock held. */
    void (*turn_off)(const struct vm *vm, uint32_t source);

    /*
     * A source of this core's VM, all of whose sources are off: nothing is left of what was pending
     * or claimed, but for a level that is still high. NULL: nothing is anyway.
     */
    void (*renew)(uint32_t source);
};
