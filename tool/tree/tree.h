/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree.h - a device tree to be read: a blob is checked and unflattened once, into nodes with their
 * parents, properties and phandles. Addresses are tree_address.h's, interrupts tree_interrupt.h's.
 */
#pragma once

#include <libfdt.h>

#include "tool/base/arena.h"
#include "tool/base/nearest.h"

#define TREE_SIZE_MAX 0x200000u /* bytes of a board's; Linux takes no larger ones */

struct tree_property {
    const char *name;
    const void *value; /* in the blob; cells are big endian */
    size_t length;
};

/*
 * A node; all of a tree's are one array, in the tree's order. Those below a node follow it, so
 *     for (child = node + 1; child < node->end; child = child->end)
 * goes through those in it, and with child++ through all below it.
 */
struct tree_node {
    const struct tree *tree;
    const char *name;
    const struct tree_node *parent; /* NULL: it is the root */
    const struct tree_node *end;    /* behind all that is below it */
    const struct tree_property *properties;
    size_t property_count;
    uint32_t phandle; /* 0: it has none */
};

struct tree {
    const void *blob;
    size_t size;                       /* of the blob, by its header */
    const struct tree_node *root;      /* and all others */
    const struct tree_node **phandles; /* those that have one, by it; those alike in their order */
    size_t phandle_count;
};

/* 0: these `size` bytes are a tree that may be read. Else libfdt's error. */
int tree_check(const void *blob, size_t size);

/*
 * Checks a blob, and makes its tree in the arena; the blob must stay as it is. 0, or libfdt's
 * error; then *tree is NULL.
 */
int tree_read(const void *blob, size_t size, struct arena *arena, const struct tree **tree);

/* --- nodes; where there is none, NULL --- */

/* One of those in a node. A name without '@' also means the first that has it before an '@'. */
const struct tree_node *tree_child(const struct tree_node *node, const char *name);

/* The node that the first `length` characters of `path` name, a path or an alias. */
const struct tree_node *tree_find(const struct tree *tree, const char *path, size_t length);

/* The node whose path the root's node `list`, aliases or __symbols__, has for `name`. */
const struct tree_node *tree_listed(const struct tree *tree, const char *list, const char *name);

/* The node with a phandle. */
const struct tree_node *tree_by_phandle(const struct tree *tree, uint32_t phandle);

/* The node whose phandle cell `index` of a property is. */
const struct tree_node *tree_reference(const struct tree_node *node, const char *name,
                                       size_t index);

/* The next node behind `node` (NULL: the first of all) that has this compatible string. */
const struct tree_node *tree_next_compatible(const struct tree *tree, const struct tree_node *node,
                                             const char *compatible);

/* The node's path. */
const char *tree_path(const struct tree_node *node, struct arena *arena);

/* --- properties; the node NULL has none --- */

/* NULL: there is none of the name. */
const struct tree_property *tree_property(const struct tree_node *node, const char *name);

/* A property as cells; NULL, and *count 0, without it. */
const fdt32_t *tree_cells(const struct tree_node *node, const char *name, size_t *count);

/* A property's first string; NULL without it, or if it is no string. */
const char *tree_string(const struct tree_node *node, const char *name);

/* The string behind one of a property's strings, or (NULL) its first; NULL: there is none. */
const char *tree_next_string(const struct tree_property *property, const char *string);

/* A property of one cell; `otherwise` without it, or if it is longer. */
uint32_t tree_cell(const struct tree_node *node, const char *name, uint32_t otherwise);

/* The number in `count` (1 or 2) cells. */
uint64_t tree_number(const fdt32_t *cells, size_t count);

/* Offers the names of a node's properties, of labels or aliases for instance. */
void tree_offer_properties(const struct tree_node *node, struct nearest *nearest);

/* True if the node's status is missing, "okay" or "ok". */
bool tree_is_enabled(const struct tree_node *node);

/* True if one of the node's compatible strings is `compatible`. */
bool tree_is_compatible(const struct tree_node *node, const char *compatible);

/* The first of `count` compatible strings that the node has; NULL: none. */
const char *tree_kind(const struct tree_node *node, const char *const *list, size_t count);

/* True if the node's device_type is `type`. */
bool tree_is_type(const struct tree_node *node, const char *type);
