/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guest_tree_copy.h - for guest_tree.c: nodes of the board's tree in a guest's. Copied nodes keep
 * their phandles, and the guest's interrupt controller has the board's: so whatever refers to
 * another node still does.
 */
#pragma once

#include "tool/guest_tree/guest_tree_writer.h"

/*
 * Copies a device of the VM and all below it to where the guest's tree is being written, at the
 * addresses where the CPU sees it, with the fixed clocks and regulators that it needs before it;
 * each node once. One that comes with another of the VM's devices is left to that.
 */
void guest_tree_copy(struct tree_writer *writer, const struct plan_device *device);

/* The path in the guest's tree of a node that was copied; NULL: it was not. */
const char *guest_tree_copy_path(const struct tree_writer *writer, const struct tree_node *node);

/* Has the interrupts of the node being written go to the guest's controller. */
void guest_tree_put_parent(struct tree_writer *writer);
