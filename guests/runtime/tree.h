/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree.h - what a guest wants of its device tree, which it can trust: the VM's arguments, and where
 * its console is. `tree` is its address; nothing is found at 0, or where there is no tree.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A property of the node at a path, "/chosen" say; NULL: there is none. */
const void *tree_property(uint64_t tree, const char *path, const char *name, uint32_t *size);

/* What stands behind NAME= in the arguments, up to the next blank, cut to `size` - 1 characters;
 * false: there is no such word. */
bool tree_argument(uint64_t tree, const char *name, char *value, size_t size);

/* The same as a decimal number; 0: there is none. */
uint64_t tree_argument_number(uint64_t tree, const char *name);

/* Where the registers of the console are that the tree chooses; 0: it chooses none. */
uint64_t tree_console(uint64_t tree);
