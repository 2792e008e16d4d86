/* SPDX-License-Identifier: Apache-2.0 */
/*
 * board_ram.h - what of a board's RAM may be given out.
 */
#pragma once

#include "abi/system_image.h"
#include "tool/base/arena.h"

/* Takes a range, and what else is in its pages, out of *count pieces of RAM, in any order. */
void board_ram_cut(struct system_range **ram, size_t *count, struct system_range taken,
                   struct arena *arena);
