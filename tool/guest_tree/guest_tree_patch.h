/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guest_tree_patch.h - what a user changes about a guest's tree: an overlay (`patch:`), or a tree
 * of their own (`dtb: FILE`).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "tool/base/file.h"
#include "tool/system/plan.h"

/*
 * Applies an overlay, a blob that fdt_check_full() took, to a tree. In it, labels are those of the
 * tree's __symbols__; besides, each node whose name is alone in the tree has it for a label, with _
 * for what no label may hold: &pcie_10000000. No __symbols__ is left. The result is in the arena,
 * *size bytes; NULL: *why is a message, without what to do about it if the overlay is malformed.
 */
const void *guest_tree_patch(const void *tree, const struct file *overlay, struct arena *arena,
                             size_t *size, const char **why);

/* A user's tree as the VM gets it: with its args and its initrd in /chosen, as a boot loader would
 * put them there. NULL: there is no room, which cannot be. */
const void *guest_tree_adopt(const struct plan *plan, const struct plan_vm *vm, size_t *size);
