/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/guest_tree/guest_tree_copy.h"

#include <string.h>

#include "config/config_check.h"
#include "tool/tree/provider.h"

/* --- which nodes there are --- */

/* Below the root, no two nodes have one name. */
static const char *unique_name(struct tree_writer *writer, const char *name) {
    struct arena *arena = writer->plan->arena;
    const char *unique = name;

    for (unsigned n = 2;; n++) {
        bool found = false;

        for (size_t i = 0; i < writer->copy_count; i++)
            found = found || strcmp(writer->copies[i].name, unique) == 0;
        if (!found)
            return unique;
        unique = arena_printf(arena, "%.*s-%u%s", (int)strcspn(name, "@"), name, n,
                              name + strcspn(name, "@"));
    }
}

/* Notes a node below the root; false: it is there already. */
static bool note_copy(struct tree_writer *writer, const struct tree_node *node, const char *name) {
    for (size_t i = 0; i < writer->copy_count; i++)
        if (writer->copies[i].node == node)
            return false;
    name = unique_name(writer, name);
    *ARENA_ADD(writer->plan->arena, writer->copies, writer->copy_count) =
        (struct tree_copy){node, name};
    return true;
}

const char *guest_tree_copy_path(const struct tree_writer *writer, const struct tree_node *node) {
    struct arena *arena = writer->plan->arena;
    const char *below = "";

    if (!plan_has_node(writer->vm, node))
        return NULL;
    for (; node != NULL; node = node->parent) {
        for (size_t i = 0; i < writer->copy_count; i++)
            if (writer->copies[i].node == node)
                return arena_printf(arena, "/%s%s", writer->copies[i].name, below);
        below = arena_printf(arena, "/%s%s", node->name, below);
    }
    return NULL;
}

/* --- properties --- */

/* Properties that are written anew, or mean nothing to a guest. */
static bool is_dropped(const char *name, bool below_root) {
    static const char *const names[] = {
        "reg",    "interrupt-parent", "dma-ranges", /* these where it is below the root */
        "status", "secure-status",    "msi-map",        "msi-parent",    "msi-map-mask",
        "iommus", "iommu-map",        "iommu-map-mask", "interrupt-map", "ranges"};

    for (size_t i = below_root ? 0 : 3; i < COUNT(names); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static bool is_left_out(const struct tree_writer *writer, const struct tree_node *node,
                        const char *name) {
    return device_omits(writer->vm->omissions, writer->vm->omission_count, node, name);
}

static void put_properties(struct tree_writer *writer, const struct tree_node *node,
                           bool below_root) {
    for (size_t i = 0; i < node->property_count; i++) {
        const struct tree_property *property = &node->properties[i];

        if (!is_dropped(property->name, below_root) && !is_left_out(writer, node, property->name))
            writer_bytes(writer, property->name, property->value, property->length);
    }
}

/* Cells under construction. */
struct cells {
    struct arena *arena;
    fdt32_t *cells;
    size_t count;
};

static void add_cells(struct cells *list, const fdt32_t *cells, size_t count) {
    for (size_t i = 0; i < count; i++)
        *ARENA_ADD(list->arena, list->cells, list->count) = cells[i];
}

static void add_number(struct cells *list, uint64_t number) {
    fdt32_t cells[2];

    fdt32_st(&cells[0], (uint32_t)(number >> 32));
    fdt32_st(&cells[1], (uint32_t)number);
    add_cells(list, cells, 2);
}

static void put_cells(struct tree_writer *writer, const char *name, const struct cells *list) {
    writer_bytes(writer, name, list->cells, list->count * sizeof(*list->cells));
}

/* A bus's windows, without those that the guest cannot address. Below the root the address above is
 * the CPU's, in two cells. */
static void put_ranges(struct tree_writer *writer, const struct tree_node *node, bool below_root) {
    struct cells list = {.arena = writer->plan->arena};
    const struct tree_property *ranges = tree_property(node, "ranges");
    struct tree_window window;

    if (ranges == NULL)
        return;
    for (size_t i = 0; tree_window(node, i, &window); i++) {
        if (!window.has_cpu ||
            window.cpu.phys + (window.cpu.size - 1) >= device_address_end(writer->plan->board))
            continue;
        add_cells(&list, window.cells, window.child_cells);
        if (below_root)
            add_number(&list, window.cpu.phys);
        else
            add_cells(&list, window.cells + window.child_cells, window.parent_cells);
        add_cells(&list, window.cells + window.child_cells + window.parent_cells,
                  window.size_cells);
    }
    if (list.count != 0 || ranges->length == 0)
        put_cells(writer, "ranges", &list);
}

/* The addresses of a bus's DMA, which above it are the machine's. */
static void put_dma_ranges(struct tree_writer *writer, const struct tree_node *node) {
    struct cells list = {.arena = writer->plan->arena};
    size_t parent = node->parent == NULL ? 0 : tree_address_cells(node->parent);
    size_t child = tree_cell(node, "#address-cells", 2);
    size_t size = tree_cell(node, "#size-cells", 1);
    size_t count = 0;
    const fdt32_t *cells = tree_cells(node, "dma-ranges", &count);

    if (cells == NULL || parent < 1 || parent > 2 || child > 4 || size > 2)
        return;
    for (; count >= child + parent + size; count -= child + parent + size) {
        add_cells(&list, cells, child);
        add_number(&list, tree_number(cells + child, parent));
        add_cells(&list, cells + child + parent, size);
        cells += child + parent + size;
    }
    put_cells(writer, "dma-ranges", &list);
}

/* The guest's own controller has no addresses, whatever the board's has. */
static void put_interrupt_map(struct tree_writer *writer, const struct tree_node *node) {
    struct cells list = {.arena = writer->plan->arena};
    struct tree_route route;

    if (is_left_out(writer, node, "interrupt-map"))
        return;
    for (size_t i = 0; tree_route(node, i, &route) && route.to.controller != NULL; i++) {
        const fdt32_t *behind = route.cells + route.child_cells + 1;
        bool own = route.to.controller == writer->machine->controller_node;

        add_cells(&list, route.cells, route.child_cells + 1);
        add_cells(&list, behind, own ? 0 : route.address_cells);
        add_cells(&list, behind + route.address_cells, route.interrupt_cells);
    }
    if (list.count != 0)
        put_cells(writer, "interrupt-map", &list);
}

void guest_tree_put_parent(struct tree_writer *writer) {
    if (writer_is_riscv64(writer))
        writer_cell(writer, "interrupt-parent", writer_controller(writer));
}

/*
 * Who hears the interrupts of a copied node and those below it. On arm64 the root says it for all
 * that the machine's controller hears; on RISC-V it does not: the harts' own controllers would
 * inherit it, and be below what is below them.
 */
static void put_interrupt_parent(struct tree_writer *writer, const struct tree_node *node) {
    const struct tree_node *parent = tree_interrupt_parent(node);

    if (parent != NULL && parent == writer->machine->controller_node)
        guest_tree_put_parent(writer);
    else if (plan_has_node(writer->vm, parent))
        writer_cell(writer, "interrupt-parent", parent->phandle);
}

/* Whether a node or one below it has interrupts that go where the node says. */
static bool has_interrupts(const struct tree_node *node) {
    const struct tree_node *at = node;

    while (at < node->end && tree_property(at, "interrupts") == NULL)
        at++;
    return at < node->end;
}

/* The property of a node, or of a bus above it that says it for all on it. */
static void put_inherited(struct tree_writer *writer, const struct tree_node *node) {
    static const char *const names[] = {"dma-coherent", "dma-noncoherent"};

    for (const struct tree_node *at = node; at->parent != NULL; at = at->parent) {
        for (size_t i = 0; i < COUNT(names); i++) {
            if (tree_property(at, names[i]) == NULL)
                continue;
            if (at != node)
                writer_flag(writer, names[i]);
            return;
        }
    }
}

/* --- nodes --- */

/* The fixed clocks and regulators that a node depends on, and those behind them. */
static void put_providers(struct tree_writer *writer, const struct tree_node *node) {
    struct provider_search search = provider_search(node);
    struct provider provider;

    while (provider_next(&search, &provider)) {
        if (!provider.is_fixed || is_left_out(writer, node, provider.property) ||
            plan_has_node(writer->vm, provider.node) ||
            !note_copy(writer, provider.node, provider.node->name))
            continue;
        const char *name = writer->copies[writer->copy_count - 1].name;
        put_providers(writer, provider.node);
        writer_begin(writer, "%s", name);
        put_properties(writer, provider.node, true);
        writer_end(writer);
    }
}

static void put_children(struct tree_writer *writer, const struct tree_node *node) {
    for (const struct tree_node *child = node + 1; child < node->end; child = child->end) {
        if (!plan_has_node(writer->vm, child))
            continue;
        writer_begin(writer, "%s", child->name);
        put_properties(writer, child, false);
        put_ranges(writer, child, false);
        put_interrupt_map(writer, child);
        put_children(writer, child);
        writer_end(writer);
    }
}

/* The name that a node has in the guest's tree: its own, but for the address if that is another one
 * for the CPU than on the node's bus. */
static const char *top_name(const struct tree_writer *writer, const struct tree_node *node,
                            uint64_t phys) {
    size_t count = 0;
    const fdt32_t *reg = tree_cells(node, "reg", &count);
    size_t cells = node->parent == NULL ? 0 : tree_address_cells(node->parent);

    if (cells >= 1 && cells <= 2 && count > cells && tree_number(reg, cells) == phys)
        return node->name;
    return arena_printf(writer->plan->arena, "%.*s@%llx", (int)strcspn(node->name, "@"), node->name,
                        (unsigned long long)phys);
}

void guest_tree_copy(struct tree_writer *writer, const struct plan_device *device) {
    const struct tree_node *node = device->device.node;
    const char *name = node->name;
    struct cells reg = {.arena = writer->plan->arena};
    struct system_range range;

    if (plan_has_node(writer->vm, node->parent))
        return;
    for (size_t i = 0; i < tree_register_count(node); i++) {
        if (!tree_register(node, i, &range))
            continue;
        if (reg.count == 0)
            name = top_name(writer, node, range.phys);
        add_number(&reg, range.phys);
        add_number(&reg, range.size);
    }
    if (!note_copy(writer, node, name))
        return;
    name = writer->copies[writer->copy_count - 1].name;
    for (const struct tree_node *at = node; at < node->end; at++)
        if (plan_has_node(writer->vm, at))
            put_providers(writer, at);
    writer_begin(writer, "%s", name);
    put_properties(writer, node, true);
    put_inherited(writer, node);
    if (has_interrupts(node))
        put_interrupt_parent(writer, node);
    if (reg.count != 0)
        put_cells(writer, "reg", &reg);
    put_ranges(writer, node, true);
    put_dma_ranges(writer, node);
    put_interrupt_map(writer, node);
    put_children(writer, node);
    writer_end(writer);
}
