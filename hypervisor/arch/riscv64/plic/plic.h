/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plic.h - the machine's PLIC (RISC-V Platform-Level Interrupt Controller 1.0).
 *
 * The enable bits of a core's context are written by cores of its own VM only, under
 * the VM's lock. The console's source, which any VM may have, is enabled in all
 * contexts, at the lowest priority; where it goes is decided by thresholds, and those
 * are words of their own.
 */
#ifndef RISCV64_PLIC_H
#define RISCV64_PLIC_H

#include <stdbool.h>
#include <stdint.h>

struct system;

/* As struct intc has them. */
const char *plic_machine_init(const struct system *system);
const char *plic_cpu_init(const struct system *system, uint32_t cpu);
void plic_console_route(uint32_t source, uint32_t cpu);
void plic_console_enable(uint32_t source);

/* Whether the console's source goes to this core. */
bool plic_console_is_here(void);

/* Takes the most urgent source for this core; 0: there is none. */
uint32_t plic_claim(void);

/* Ends a claim of any of the VM's cores, on this one. VM's lock held. */
void plic_complete(uint32_t source);

/* Of the core's context. VM's lock held. */
void plic_enable(uint32_t cpu, uint32_t source, bool on);

/* Pending bits of sources 32 * word and up. */
uint32_t plic_pending(uint32_t word);

/*
 * A source of this core's VM, which it has enabled nowhere: can be delivered from now on, and
 * nothing is left of what was pending or claimed, but for a level that is still high.
 */
void plic_renew(uint32_t source);
#endif
