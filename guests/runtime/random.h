/* SPDX-License-Identifier: Apache-2.0 */
/*
 * random.h - pseudo-random numbers, the same in every run; each CPU has its own.
 */
#pragma once

#include <stdint.h>

/* Begins this CPU's numbers anew, as the seed says. */
void random_seed(uint64_t seed);

/* Any; below a limit (not 0); and such that those with a meaning come up more often than by
 * chance. */
uint64_t random64(void);
uint64_t random_below(uint64_t limit);
uint64_t random_value(void);
