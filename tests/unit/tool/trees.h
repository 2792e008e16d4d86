/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trees.h - for tests of what reads device trees: a blob's tree, and its nodes by their paths.
 */
#pragma once

#include "tests/unit/test.h"

#include "tool/tree/tree_address.h"
#include "tool/tree/tree_interrupt.h"

/* The tree of a blob without faults. */
static inline const struct tree *read_tree(const void *blob, struct arena *arena) {
    const struct tree *tree = NULL;

    assert_int_equal(tree_read(blob, fdt_totalsize(blob), arena, &tree), 0);
    return tree;
}

/* The tree of a source: a file's path from the project's root. */
const struct tree *compile_tree(const char *path, struct arena *arena);

/* The node at a path, or of an alias; NULL: there is none. */
static inline const struct tree_node *find_node(const struct tree *tree, const char *path) {
    return tree_find(tree, path, strlen(path));
}

/* The same where it has to be there. */
static inline const struct tree_node *node_at(const struct tree *tree, const char *path) {
    const struct tree_node *node = find_node(tree, path);

    if (node == NULL)
        fail_msg("the tree has no %s", path);
    return node;
}

#define CELLS(...) (const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / 4

/* Cells as a tree has them, for a blob that is being made: `put(tree, "reg", CELLS(0, 1))`. */
static inline void put(void *tree, const char *name, const uint32_t *cells, size_t count) {
    fdt32_t big[64];

    for (size_t i = 0; i < count; i++)
        fdt32_st(&big[i], cells[i]);
    assert_int_equal(fdt_property(tree, name, big, (int)(4 * count)), 0);
}
