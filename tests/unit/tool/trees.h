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
