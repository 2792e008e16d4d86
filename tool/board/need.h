/* SPDX-License-Identifier: Apache-2.0 */
/*
 * need.h - all that a node of a device tree needs of other nodes, and that a VM has to own with it,
 * or to leave out: its providers, and interrupt controllers other than the machine's.
 */
#pragma once

#include "tool/board/machine.h"
#include "tool/tree/provider.h"
#include "tool/tree/tree_interrupt.h"

/* How far a walk through the needs of a node has come. */
struct need_walk {
    const struct machine *machine;
    struct provider_search providers;
    struct tree_interrupt_walk interrupts;
};

/* Begins a walk through the needs of a node. */
struct need_walk need_walk(const struct machine *machine, const struct tree_node *node);

/* The next need; false if there are no more. */
bool need_next(struct need_walk *walk, struct provider *need);
