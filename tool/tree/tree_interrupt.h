/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree_interrupt.h - what the nodes of a device tree interrupt, and through which interrupt-maps.
 */
#pragma once

#include "tool/tree/tree.h"

/*
 * One entry of `interrupts` or `interrupts-extended`: three cells for a GIC, two for an APLIC, one
 * for a PLIC. Of another controller only the node is told.
 */
struct tree_interrupt {
    const struct tree_node *controller; /* NULL: unknown */
    uint32_t number;                    /* GIC INTID, or source */
    bool edge;
    bool is_private;  /* a PPI */
    bool is_inverted; /* APLIC: by a low level or a falling edge */
};

/* Whether one of a list has a number. */
static inline bool tree_interrupt_in(const struct tree_interrupt *list, size_t count,
                                     uint64_t number) {
    for (size_t i = 0; i < count; i++)
        if (list[i].number == number)
            return true;
    return false;
}

/* Entry `index` of a node's interrupts; false if there is none. */
bool tree_interrupt(const struct tree_node *node, size_t index, struct tree_interrupt *interrupt);

/* One entry of an interrupt-map: an interrupt below the node, and what it is above. */
struct tree_route {
    const fdt32_t *cells;
    size_t child_cells;     /* address and interrupt below */
    size_t address_cells;   /* behind the phandle of the parent: its address, */
    size_t interrupt_cells; /* and its interrupt */
    struct tree_interrupt to;
};

/* Entry `index` of a node's interrupt-map; false if there is none. Behind one whose parent is
 * unknown (to.controller NULL; no cells) nothing can be read. */
bool tree_route(const struct tree_node *node, size_t index, struct tree_route *route);

/* How far one has come through all interrupts that a node has to do with; begins with the node. */
struct tree_interrupt_walk {
    const struct tree_node *node;
    size_t own; /* of its own, how many there were */
    size_t routes;
};

/* The next of a node's interrupts, and behind them of its interrupt-map's; false: there are no
 * more. *property is the name of the one that has it. */
bool tree_next_interrupt(struct tree_interrupt_walk *walk, struct tree_interrupt *interrupt,
                         const char **property);

/* The node that the interrupts of a node go to; NULL: none is named. */
const struct tree_node *tree_interrupt_parent(const struct tree_node *node);
