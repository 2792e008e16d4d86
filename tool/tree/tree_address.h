/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree_address.h - where the nodes of a device tree have their registers, as the CPU sees them.
 */
#pragma once

#include "abi/system_image.h"
#include "tool/tree/tree.h"

/* #address-cells of a bus, 1 to 4; 0: what it says makes no sense. */
size_t tree_address_cells(const struct tree_node *bus);

/*
 * Entry `index` of a node's reg, as the CPU sees it: through every bus's ranges. False if there is
 * no such entry, or no address that the CPU could use.
 */
bool tree_register(const struct tree_node *node, size_t index, struct system_range *range);

/* How many entries a node's reg has. */
size_t tree_register_count(const struct tree_node *node);

/* Takes a range of addresses on `bus` up to the CPU; false: it has no address there. */
bool tree_to_cpu(const struct tree_node *bus, struct system_range *range);

/* One entry of a bus's ranges: addresses below it, the same above it, and their size. */
struct tree_window {
    const fdt32_t *cells;
    size_t child_cells;
    size_t parent_cells;
    size_t size_cells;
    bool has_cpu; /* the CPU has addresses for it: */
    struct system_range cpu;
};

/* Entry `index` of a node's ranges; false if there is none. */
bool tree_window(const struct tree_node *node, size_t index, struct tree_window *window);

/* Whether it is a PCI bus's, for memory that may be prefetched. */
bool tree_window_is_prefetchable(const struct tree_node *node, const struct tree_window *window);
