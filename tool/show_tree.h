/* SPDX-License-Identifier: Apache-2.0 */
/*
 * show_tree.h - the device tree that a VM of a system image gets, as source.
 */
#ifndef TOOL_SHOW_TREE_H
#define TOOL_SHOW_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * Prints the tree of the VM called `vm`, by the device tree compiler. False, with a message in
 * *why that lasts until the program's end: the image is none, or has no such VM or tree.
 */
bool show_tree(FILE *stream, const unsigned char *image, size_t size, const char *vm,
               const char **why);

#endif
