/* SPDX-License-Identifier: Apache-2.0 */
/* witness.h - each architecture's part of it: registers that nobody else may change. */
#pragma once

#include <stdint.h>

/* Writes those of the system that this guest has no other use for. */
void witness_write(void);

/* Over those, and over others that it never writes again. */
uint64_t witness_sum(void);

/* Holds a pattern in the general registers for a while, interrupts masked; 0: it has stayed. */
uint64_t witness_registers(uint64_t seed);
