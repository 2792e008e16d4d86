/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/tree/tree_interrupt.h"

#define CELLS_MAX           4
#define INTERRUPT_STEPS_MAX 32 /* phandles may go round in a circle */
#define SPI_BASE            32u
#define PPI_BASE            16u
#define EDGE_MASK           3u  /* rising or falling, in the last cell */
#define INVERTED_MASK       10u /* falling, or a low level */

/* One step from a node to where its interrupts go: what it names, or else its parent. */
static const struct tree_node *interrupt_step(const struct tree_node *node) {
    return tree_property(node, "interrupt-parent") == NULL
               ? node->parent
               : tree_reference(node, "interrupt-parent", 0);
}

const struct tree_node *tree_interrupt_parent(const struct tree_node *node) {
    for (int steps = 0; node != NULL && steps < INTERRUPT_STEPS_MAX; steps++) {
        node = interrupt_step(node);
        if (tree_property(node, "#interrupt-cells") != NULL)
            return node;
    }
    return NULL;
}

/* Makes a number of a controller's cells; of an unknown controller's it means nothing. */
static void decode_interrupt(const fdt32_t *cells, size_t count, struct tree_interrupt *interrupt) {
    const fdt32_t *flags = count < 3 ? &cells[1] : &cells[2];

    if (count < 3) {
        interrupt->number = fdt32_ld(&cells[0]);
    } else {
        interrupt->is_private = fdt32_ld(&cells[0]) == 1;
        interrupt->number = fdt32_ld(&cells[1]) + (interrupt->is_private ? PPI_BASE : SPI_BASE);
    }
    if (count > 1) {
        interrupt->edge = (fdt32_ld(flags) & EDGE_MASK) != 0;
        interrupt->is_inverted = count == 2 && (fdt32_ld(flags) & INVERTED_MASK) != 0;
    }
}

/* Entry `index` of `interrupts-extended`: `count` cells. */
static bool read_extended(const struct tree *tree, const fdt32_t *cells, size_t count, size_t index,
                          struct tree_interrupt *interrupt) {
    while (count > 0) {
        const struct tree_node *controller = tree_by_phandle(tree, fdt32_ld(cells));
        size_t size = tree_cell(controller, "#interrupt-cells", 0);

        if (size == 0 || size + 1 > count)
            return index == 0;
        if (index-- == 0) {
            interrupt->controller = controller;
            decode_interrupt(cells + 1, size, interrupt);
            return true;
        }
        cells += size + 1;
        count -= size + 1;
    }
    return false;
}

bool tree_interrupt(const struct tree_node *node, size_t index, struct tree_interrupt *interrupt) {
    size_t count = 0;
    const fdt32_t *cells = tree_cells(node, "interrupts-extended", &count);

    *interrupt = (struct tree_interrupt){0};
    if (cells != NULL)
        return read_extended(node->tree, cells, count, index, interrupt);
    cells = tree_cells(node, "interrupts", &count);
    if (cells == NULL)
        return false;
    const struct tree_node *controller = tree_interrupt_parent(node);
    size_t size = tree_cell(controller, "#interrupt-cells", 0);
    /* An entry cut short is an interrupt as well, of an unknown controller. */
    if (size == 0 || (index + 1) * size > count)
        return size == 0 ? index == 0 : index * size < count;
    interrupt->controller = controller;
    decode_interrupt(cells + index * size, size, interrupt);
    return true;
}

/* Reads the entry of an interrupt-map at `cells`, of which `count` are left; 0: it cannot be. */
static size_t read_route(const struct tree *tree, const fdt32_t *cells, size_t count,
                         struct tree_route *route) {
    size_t behind = route->child_cells + 1;
    const struct tree_node *parent =
        count < behind ? NULL : tree_by_phandle(tree, fdt32_ld(&cells[route->child_cells]));
    size_t size = tree_cell(parent, "#interrupt-cells", 0);

    if (size == 0 || size > CELLS_MAX)
        return 0;
    route->address_cells = tree_cell(parent, "#address-cells", 0);
    if (route->address_cells > CELLS_MAX || count < behind + route->address_cells + size)
        return 0;
    route->cells = cells;
    route->interrupt_cells = size;
    route->to = (struct tree_interrupt){.controller = parent};
    decode_interrupt(cells + behind + route->address_cells, size, &route->to);
    return behind + route->address_cells + size;
}

bool tree_route(const struct tree_node *node, size_t index, struct tree_route *route) {
    size_t count = 0;
    const fdt32_t *cells = tree_cells(node, "interrupt-map", &count);
    size_t address = tree_cell(node, "#address-cells", 2);
    size_t interrupt = tree_cell(node, "#interrupt-cells", 0);

    for (size_t i = 0; count > 0; i++) {
        *route = (struct tree_route){.child_cells = address + interrupt};
        size_t size = address > CELLS_MAX || interrupt > CELLS_MAX
                          ? 0
                          : read_route(node->tree, cells, count, route);

        if (i == index || size == 0)
            return i == index;
        cells += size;
        count -= size;
    }
    return false;
}

bool tree_next_interrupt(struct tree_interrupt_walk *walk, struct tree_interrupt *interrupt,
                         const char **property) {
    bool extended = tree_property(walk->node, "interrupts-extended") != NULL;
    struct tree_route route;

    *property = extended ? "interrupts-extended" : "interrupts";
    if (walk->routes == 0 && tree_interrupt(walk->node, walk->own++, interrupt))
        return true;
    *property = "interrupt-map";
    if (!tree_route(walk->node, walk->routes++, &route))
        return false;
    *interrupt = route.to;
    return true;
}
