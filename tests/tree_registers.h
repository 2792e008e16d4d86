/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree_registers.h - what tree_list_registers() must be: for a unit test and a fuzz target.
 */
#pragma once

#include "tool/tree/tree.h"

/* Whether the list that is made in one walk has what tree_register() has of each node; *count:
 * how many. */
static inline bool tree_registers_agree(const void *tree, size_t *count) {
    struct arena arena = {0};
    struct tree_node_register *list = NULL;
    bool agree = true;
    size_t at = 0;

    *count = tree_list_registers(tree, &list, &arena);
    for (int node = 0; node >= 0; node = tree_next_node(tree, node)) {
        for (size_t i = 0; i < tree_register_count(tree, node); i++) {
            struct system_range range;

            if (!tree_register(tree, node, i, &range))
                continue;
            agree = agree && at < *count && list[at].node == node &&
                    list[at].range.phys == range.phys && list[at].range.size == range.size;
            at++;
        }
    }
    arena_free(&arena);
    return agree && at == *count;
}
