/* SPDX-License-Identifier: Apache-2.0 */
/*
 * features_hw.h - what this hart has of features.h's, found by trying, and what its guest is given.
 */
#pragma once

#include "arch/riscv64/features.h"

/* At boot, first: what this hart has. NULL, or what it lacks that there is no way without. */
const char *features_find(const struct system_board_riscv64 *board);

/*
 * Then: gives the guest what the board's tree has of it, hides the rest, and brings all registers
 * that decide what traps to a defined state. NULL, or what the hart lacks.
 */
const char *features_give(const struct system_board_riscv64 *board);

/* Whether this hart has the feature: nothing before features_find(), nothing that is hidden after
 * features_give(). */
bool cpu_has(uint32_t feature);
