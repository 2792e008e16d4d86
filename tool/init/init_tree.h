/* SPDX-License-Identifier: Apache-2.0 */
/*
 * init_tree.h - the tree that a board keeps: what it was given, but the same each time.
 */
#pragma once

#include "tool/base/arena.h"
#include "tool/base/file.h"
#include "tool/report/diagnostics.h"

/*
 * Replaces a file's bytes by a copy without seeds of random numbers and without room for more.
 * False with an error of rule board-tree, at `label`, that tells what it is if it is no device tree
 * blob.
 */
bool init_tree_take(struct file *file, const char *label, struct arena *arena,
                    struct diagnostics *diagnostics);
