/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_trees.h - the rules about the device tree that a guest gets: generated or the user's own,
 * patched or not, and where it lies.
 */
#pragma once

#include "tool/check/checker.h"

/* The user's own tree. */
void read_tree_file(struct checker *checker, struct plan_vm *vm);
/* The overlay, as a blob. */
void read_patch(struct checker *checker, struct plan_vm *vm);
/* The tree that the guest gets, as a piece to load; or patch-target, tree-unowned. */
void make_tree(struct checker *checker, struct plan_vm *vm);
