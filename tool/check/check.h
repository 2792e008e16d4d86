/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.h - makes a plan, step by step, and applies the rules that need more than one value to be
 * looked at, where those that they rely on (rules.h) hold.
 */
#pragma once

#include "tool/system/plan.h"

/*
 * Fills in what `plan` needs from its description, board and the guests' files, with an error for
 * each rule that is broken. Without errors it is placed, and can be emitted. Without a board (NULL)
 * the rules are applied that do without.
 */
void check_system(struct plan *plan);

/*
 * The part of it that looks at the files of a VM that the plan has already: reads those that are
 * given, and sees to it that they fit their slots.
 */
void check_files(struct plan *plan, struct plan_vm *vm);
