/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guest_tree_audit.h - whether a guest's tree says only what the VM owns: its memory, its CPUs, its
 * devices' registers and interrupts. Bulkhead enforces that anyway; a guest that is told more
 * breaks at a place that nobody looks for.
 */
#pragma once

#include "tool/system/plan.h"

/* Messages, each of one thing that a node has and the VM does not own. */
struct audit_findings {
    const char **texts;
    size_t count;
};

/* Looks at all enabled nodes of a tree; texts are in the plan's arena. */
void guest_tree_audit(const struct plan *plan, const struct plan_vm *vm, const struct tree *tree,
                      struct audit_findings *findings);
