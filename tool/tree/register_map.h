/* SPDX-License-Identifier: Apache-2.0 */
/*
 * register_map.h - who has registers where: all of a board's tree, by address.
 */
#pragma once

#include "tool/base/arena.h"
#include "tool/tree/tree_address.h"

/* An entry of a node's reg, as the CPU sees it. */
struct register_map_item {
    const struct tree_node *node;
    struct system_range range;
};

/* A zeroed struct register_map is empty. */
struct register_map {
    struct register_map_item *items; /* by address */
    uint64_t *last;                  /* the last byte of the item and of all before it */
    size_t count;
};

/* The registers of all nodes of a tree. */
struct register_map register_map_make(const struct tree *tree, struct arena *arena);

/* Where a search for what lies over a range begins, and its next item; NULL: there are no more. */
size_t register_map_find(const struct register_map *map, struct system_range range);
const struct register_map_item *register_map_next(const struct register_map *map,
                                                  struct system_range range, size_t *at);
