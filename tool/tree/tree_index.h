/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree_index.h - what tree.c looks up in a tree that has an index (tree_index(), tree_forget() in
 * tree.h), instead of walking through it: a check asks some twenty times for each device.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tool/tree/tree_walk.h"

struct tree_index;

/* A tree's index; NULL: it has none. */
const struct tree_index *tree_index_of(const void *tree);

/* The node that a node is in; -1: none, or there is no such node. */
int tree_index_parent(const struct tree_index *index, int node);

/* The way to a node. */
struct way tree_index_way(const struct tree_index *index, int node);

/* The first node with this phandle; -1: none. */
int tree_index_phandle(const struct tree_index *index, uint32_t number);

/* The first node of that unit name behind `node`; -1: none. */
int tree_index_named(const struct tree_index *index, int node, const char *name);
