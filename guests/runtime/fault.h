/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault.h - how a guest expects a synchronous exception, and goes on behind it.
 *
 * The record is shared by all CPUs: expect faults on one CPU at a time.
 */
#pragma once

#include <stdint.h>

/* What faults have been caught since fault_expect(). */
struct fault {
    uint32_t count;
    uint64_t cause;   /* of the last one, as are the following: ESR_EL1, scause */
    uint64_t address; /* FAR_EL1, stval */
    uint64_t pc;
};

/* From here on a synchronous fault is noted and its instruction skipped; a faulting fetch
 * returns to its caller. */
void fault_expect(void);

/* Ends it, and says what happened. */
struct fault fault_caught(void);
