/* SPDX-License-Identifier: Apache-2.0 */
/*
 * machine_read.h - reading a machine out of a board's tree.
 */
#pragma once

#include "tool/board/machine.h"
#include "tool/report/diagnostics.h"

/* The architecture of a tree's CPUs, "arm64"; NULL: it has none, or none of 64 bits. */
const char *machine_arch_of(const struct tree *tree);

/*
 * Reads the machine of an architecture ("arm64") out of a tree. False with errors (of rule
 * board-tree, at `mark`) in `diagnostics`.
 */
bool machine_read(struct machine *machine, const char *arch, const struct tree *tree,
                  struct mark mark, struct arena *arena, struct diagnostics *diagnostics);
