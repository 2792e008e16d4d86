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

#include "arch/riscv64/intc.h"

/* Offsets of chapter 3, "Memory Map", of the machine's and of a VM's; priorities are at 0. */
#define PLIC_PENDING      0x1000u
#define PLIC_ENABLES      0x2000u
#define PLIC_ENABLES_SIZE 0x80u /* of each context */
#define PLIC_CONTEXTS     0x200000u
#define PLIC_CONTEXT_SIZE 0x1000u
#define PLIC_THRESHOLD    0u /* of each context */
#define PLIC_CLAIM        4u

/*
 * Each core's part is set when it is up: a firmware that starts a hart resets that hart's context,
 * whatever was in it (OpenSBI 1.5 and 1.6 do). All sources are off then but the console's, which
 * does not come there before it is routed.
 */
extern const struct intc_ops plic_ops;

/* Ends a claim of any core, by one that has the source enabled. */
void plic_complete(uint32_t cpu, uint32_t source);

/*
 * The core's enable bits of sources 32 * word and up: those in `mask` become as in `bits`. VM's
 * lock held.
 */
void plic_enable(uint32_t cpu, uint32_t word, uint32_t mask, uint32_t bits);

/* Pending bits of sources 32 * word and up. */
uint32_t plic_pending(uint32_t word);
