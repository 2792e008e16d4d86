/* SPDX-License-Identifier: Apache-2.0 */
/*
 * show_tree.h - the device tree that a VM of a system image gets, as source.
 */
#pragma once

#include <stdint.h>
#include <stdio.h>

#include "tool/show/shown.h"

/*
 * Prints the tree of VM `vm`, by the device tree compiler. NULL, or why there is nothing: the VM
 * has no tree, it is damaged, or there is no compiler.
 */
const char *show_tree(FILE *stream, struct shown *shown, uint32_t vm);
