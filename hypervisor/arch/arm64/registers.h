/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registers.h - registers.S: registers by the list, on this core.
 */
#pragma once

#include <stdint.h>

/* Guest state that every core has: EL1 and EL0 (but SCTLR_EL1), timers and FP among it. */
void reset_el1(void);

/* Only where the core has pointer authentication; its breakpoints and watchpoints (1 to 16). */
void reset_keys(void);
void reset_debug(uint64_t breakpoints, uint64_t watchpoints);

/* ID register S3_0_C0_C<crm>_<op2>, by (crm - 1) * 8 + op2, 0 to 55. */
uint64_t id_register(uint64_t index);

/* The words of the first `count` (1 to 16) list registers; and of one. */
void lists_read(uint64_t *words, uint64_t count);
void list_write(uint64_t word, uint64_t list);
