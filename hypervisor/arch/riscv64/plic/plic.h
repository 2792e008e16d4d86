/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plic.h - the machine's PLIC (RISC-V Platform-Level Interrupt Controller 1.0).
 *
 * The enable bits of a core's context are written by cores of its own VM only, under
 * the VM's lock. The console's source, which any VM may have, is enabled in all
 * contexts, at the lowest priority; where it goes is decided by thresholds, and those
 * are words of their own.
 */
#pragma once

#include <stdint.h>

struct system;
struct vm;

/* Offsets of chapter 3, "Memory Map", of the machine's and of a VM's; priorities are at 0. */
#define PLIC_PENDING      0x1000u
#define PLIC_ENABLES      0x2000u
#define PLIC_ENABLES_SIZE 0x80u /* of each context */
#define PLIC_CONTEXTS     0x200000u
#define PLIC_CONTEXT_SIZE 0x1000u
#define PLIC_THRESHOLD    0u /* of each context */
#define PLIC_CLAIM        4u

/*
 * Maps what is below, for each core of the machine, and sets this core's context: all sources off
 * but the console's, which does not come here yet. Each core, when it is up: a firmware that starts
 * a hart resets that hart's context, whatever was in it (OpenSBI 1.5 and 1.6 do).
 */
const char *plic_cpu_init(const struct system *system); /* NULL */

/* First core: the sources' priorities. NULL, or what is wrong. */
const char *plic_machine_init(const struct system *system);

/* The console's source goes to the core from now on. */
void plic_console_route(uint32_t source, uint32_t cpu);

/* Takes the most urgent source for this core; 0: there is none. */
uint32_t plic_claim(void);

/* The console's source, which this core has claimed, comes again while its level is high. */
void plic_console_enable(uint32_t source);

/* Ends a claim of any core, by one that has the source enabled. */
void plic_complete(uint32_t cpu, uint32_t source);

/*
 * The core's enable bits of sources 32 * word and up: those in `mask` become as in `bits`. VM's
 * lock held.
 */
void plic_enable(uint32_t cpu, uint32_t word, uint32_t mask, uint32_t bits);

/* Pending bits of sources 32 * word and up. */
uint32_t plic_pending(uint32_t word);

/* Completed, if this core has claimed it, and enabled on none of the VM's. VM's lock held. */
void plic_turn_off(const struct vm *vm, uint32_t source);

/*
 * A source of this core's VM, all of whose sources are off: nothing is left of what was pending or
 * claimed, but for a level that is still high.
 */
void plic_renew(uint32_t source);
