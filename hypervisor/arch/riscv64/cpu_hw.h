/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cpu_hw.h - what this hart has.
 */
#ifndef RISCV64_CPU_HW_H
#define RISCV64_CPU_HW_H

#include <stdbool.h>

#include "arch/riscv64/features.h"

/* Whether this hart has the feature; after arch_cpu_init(), before it nothing. */
bool cpu_has(enum feature feature);

#endif
