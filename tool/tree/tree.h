/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree.h - reading flattened device trees: what libfdt leaves to its callers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libfdt.h>

#include "abi/system_image.h"
#include "tool/base/arena.h"
#include "tool/base/nearest.h"

/*
 * One entry of `interrupts` or `interrupts-extended`: three cells for a GIC, two for an APLIC, one
 * for a PLIC. Of another controller only the node is told.
 */
struct tree_interrupt {
    int controller;  /* its node; -1: unknown */
    uint32_t number; /* GIC INTID, or source */
    bool edge;
    bool is_private;  /* a PPI */
    bool is_inverted; /* APLIC: by a low level or a falling edge */
};

#define TREE_SIZE_MAX 0x200000u /* bytes of a board's; Linux takes no larger ones */

/* 0: these `size` bytes are a tree that may be read. Else libfdt's error. */
int tree_check(const void *tree, size_t size);

/*
 * Makes an index of a tree that has passed tree_check(), by which the functions below need not walk
 * through it to find a node's parent or one by its phandle. The tree must stay as it is, and the
 * arena must live, until tree_forget(), which does nothing where there is none.
 */
void tree_index(const void *tree, struct arena *arena);
void tree_forget(const void *tree);

/*
 * The node behind a node in the tree's order, the one that it is in, one of those in it, and the
 * one with a phandle; -1: there is none. Of a tree that has passed tree_check().
 */
int tree_next_node(const void *tree, int node);
int tree_parent(const void *tree, int node);
int tree_child(const void *tree, int node, const char *name);
int tree_by_phandle(const void *tree, uint32_t phandle);

/* The next node behind `node` in the tree's order that has this unit name; -1: there is none. */
int tree_next_named(const void *tree, int node, const char *name);

/* The node that the first `length` characters of `path` name, a path or an alias; -1: none. */
int tree_find(const void *tree, const char *path, size_t length);

/* The node whose path the root's node `list`, aliases or __symbols__, has for `name`; -1: none. */
int tree_listed(const void *tree, const char *list, const char *name);

/* Offers the names of a node's properties, of labels or aliases for instance; node -1: none. */
void tree_offer_properties(const void *tree, int node, struct nearest *nearest);

/* A property's value, and in *length how many bytes it has (length may be NULL); NULL, and *length
 * as it was, if there is none. */
const void *tree_property(const void *tree, int node, const char *name, int *length);

/* A property as cells; *count is 0 without it. Its cells are big endian. */
const fdt32_t *tree_cells(const void *tree, int node, const char *property, size_t *count);

/* A property's first string; NULL without it, or if it is no string. */
const char *tree_string(const void *tree, int node, const char *property);

/* A property of one cell; `otherwise` without it, or if it is longer. */
uint32_t tree_cell(const void *tree, int node, const char *property, uint32_t otherwise);

/* The number in `count` (1 or 2) cells. */
uint64_t tree_number(const fdt32_t *cells, size_t count);

/*
 * Entry `index` of a node's reg, as the CPU sees it: through every bus's ranges. False if there is
 * no such entry, or no address that the CPU could use.
 */
bool tree_register(const void *tree, int node, size_t index, struct system_range *range);

/* An entry of a node's reg, as the CPU sees it. */
struct tree_node_register {
    int node;
    struct system_range range;
};

/* All that tree_register() has for the nodes of a tree, in its order, found in one walk; how many.
 * *list is NULL before. */
size_t tree_list_registers(const void *tree, struct tree_node_register **list, struct arena *arena);

/* How many entries a node's reg has. */
size_t tree_register_count(const void *tree, int node);

/* Takes a range of addresses on `bus` up to the CPU; false: it has no address there. */
bool tree_to_cpu(const void *tree, int bus, struct system_range *range);

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
bool tree_window(const void *tree, int node, size_t index, struct tree_window *window);

/* Whether it is a PCI bus's, for memory that may be prefetched. */
bool tree_window_is_prefetchable(const void *tree, int node, const struct tree_window *window);

/* Entry `index` of a node's interrupts; false if there is none. */
bool tree_interrupt(const void *tree, int node, size_t index, struct tree_interrupt *interrupt);

/* One entry of an interrupt-map: an interrupt below the node, and what it is above. */
struct tree_route {
    const fdt32_t *cells;
    size_t child_cells;     /* address and interrupt below */
    size_t address_cells;   /* behind the phandle of the parent: its address, */
    size_t interrupt_cells; /* and its interrupt */
    struct tree_interrupt to;
};

/* Entry `index` of a node's interrupt-map; false if there is none. Behind one whose parent is
 * unknown (to.controller -1; no cells) nothing can be read. */
bool tree_route(const void *tree, int node, size_t index, struct tree_route *route);

/* The node that the interrupts of a node go to; -1: none is named. */
int tree_interrupt_parent(const void *tree, int node);

/* True if the node's status is missing, "okay" or "ok". */
bool tree_is_enabled(const void *tree, int node);

/* True if one of the node's compatible strings is `compatible`. */
bool tree_is_compatible(const void *tree, int node, const char *compatible);

/* The node's path. */
const char *tree_path(const void *tree, int node, struct arena *arena);
