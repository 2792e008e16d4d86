/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/guest_tree/guest_tree_copy.h"

#include <string.h>

#include "config/config_arch.h"
#include "tool/base/array.h"
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
static bool note_copy(struct tree_writer *writer, int node, const char *name) {
    for (size_t i = 0; i < writer->copy_count; i++)
        if (writer->copies[i].node == node)
            return false;
    name = unique_name(writer, name);
    *ARENA_ADD(writer->plan->arena, writer->copies, writer->copy_count) =
        (struct tree_copy){node, name};
    return true;
}

const char *guest_tree_copy_path(const struct tree_writer *writer, int node) {
    struct arena *arena = writer->plan->arena;
    const char *below = "";

    if (node < 0 || !plan_has_node(writer->plan, writer->vm, node))
        return NULL;
    for (; node >= 0; node = tree_parent(writer->board, node)) {
        for (size_t i = 0; i < writer->copy_count; i++)
            if (writer->copies[i].node == node)
                return arena_printf(arena, "/%s%s", writer->copies[i].name, below);
        below = arena_printf(arena, "/%s%s", fdt_get_name(writer->board, node, NULL), below);
    }
    return NULL;
}

/* --- properties --- */

/* Properties that are written anew, or mean nothing to a guest. */
static bool is_dropped(const char *name, bool below_root) {
    static const char *const always[] = {
        "status", "secure-status", "msi-map",        "msi-parent",    "msi-map-mask",
        "iommus", "iommu-map",     "iommu-map-mask", "interrupt-map", "ranges"};
    static const char *const on_top[] = {"reg", "interrupt-parent", "dma-ranges"};

    for (size_t i = 0; i < COUNT(always); i++)
        if (strcmp(always[i], name) == 0)
            return true;
    for (size_t i = 0; below_root && i < COUNT(on_top); i++)
        if (strcmp(on_top[i], name) == 0)
            return true;
    return false;
}

static bool is_left_out(const struct tree_writer *writer, int node, const char *name) {
    return device_omits(writer->vm->omissions, writer->vm->omission_count, node, name);
}

static void put_properties(struct tree_writer *writer, int node, bool below_root) {
    int property;

    fdt_for_each_property_offset(property, writer->board, node) {
        const char *name = NULL;
        int length = 0;
        const void *value = fdt_getprop_by_offset(writer->board, property, &name, &length);

        if (value != NULL && !is_dropped(name, below_root) && !is_left_out(writer, node, name))
            writer_bytes(writer, name, value, (size_t)length);
    }
}

/* Cells under construction. */
struct cells {
    struct arena *arena;
    fdt32_t *cells;
    size_t count;
};

static void add_cells(struct cells *list, const fdt32_t *cells, size_t count) {
    for (size_t i = 0; i < count; i++) {
        *ARENA_ADD(list->arena, list->cells, list->count) = cells[i];
    }
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
static void put_ranges(struct tree_writer *writer, int node, bool below_root) {
    struct cells list = {.arena = writer->plan->arena};
    struct tree_window window;
    int length = 0;

    if (fdt_getprop(writer->board, node, "ranges", &length) == NULL)
        return;
    for (size_t i = 0; tree_window(writer->board, node, i, &window); i++) {
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
    if (list.count != 0 || length == 0)
        put_cells(writer, "ranges", &list);
}

/* The addresses of a bus's DMA, which above it are the machine's. */
static void put_dma_ranges(struct tree_writer *writer, int node) {
    struct cells list = {.arena = writer->plan->arena};
    int above = tree_parent(writer->board, node);
    size_t parent = above < 0 ? 0 : (size_t)fdt_address_cells(writer->board, above);
    size_t child = tree_cell(writer->board, node, "#address-cells", 2);
    size_t size = tree_cell(writer->board, node, "#size-cells", 1);
    size_t count = 0;
    const fdt32_t *cells = tree_cells(writer->board, node, "dma-ranges", &count);

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
static void put_interrupt_map(struct tree_writer *writer, int node) {
    struct cells list = {.arena = writer->plan->arena};
    struct tree_route route;

    if (is_left_out(writer, node, "interrupt-map"))
        return;
    for (size_t i = 0; tree_route(writer->board, node, i, &route) && route.to.controller >= 0;
         i++) {
        const fdt32_t *behind = route.cells + route.child_cells + 1;
        bool own = route.to.controller == writer->plan->board->machine.controller_node;

        add_cells(&list, route.cells, route.child_cells + 1);
        add_cells(&list, behind, own ? 0 : route.address_cells);
        add_cells(&list, behind + route.address_cells, route.interrupt_cells);
    }
    if (list.count != 0)
        put_cells(writer, "interrupt-map", &list);
}

static bool is_riscv64(const struct tree_writer *writer) {
    return writer->plan->board->machine.config->arch == SYSTEM_ARCH_RISCV64;
}

void guest_tree_put_parent(struct tree_writer *writer) {
    if (is_riscv64(writer))
        writer_cell(writer, "interrupt-parent", writer_controller(writer));
}

/*
 * Who hears the interrupts of a copied node and those below it. On arm64 the root says it for all
 * that the machine's controller hears; on RISC-V it does not: the harts' own controllers would
 * inherit it, and be below what is below them.
 */
static void put_interrupt_parent(struct tree_writer *writer, int node) {
    int parent = tree_interrupt_parent(writer->board, node);

    if (parent < 0)
        return;
    if (parent == writer->plan->board->machine.controller_node)
        guest_tree_put_parent(writer);
    else if (plan_has_node(writer->plan, writer->vm, parent))
        writer_cell(writer, "interrupt-parent", fdt_get_phandle(writer->board, parent));
}

/* Whether a node or one below it has interrupts that go where the node says. */
static bool has_interrupts(const struct tree_writer *writer, int node) {
    int depth = 0;

    for (; node >= 0 && depth >= 0; node = fdt_next_node(writer->board, node, &depth))
        if (fdt_getprop(writer->board, node, "interrupts", NULL) != NULL)
            return true;
    return false;
}

/* What buses above a node say for all that is on them. */
static void put_inherited(struct tree_writer *writer, int node) {
    static const char *const names[] = {"dma-coherent", "dma-noncoherent"};
    int above = node;

    for (size_t i = 0; i < COUNT(names); i++)
        if (fdt_getprop(writer->board, node, names[i], NULL) != NULL)
            return;
    while ((above = tree_parent(writer->board, above)) > 0) {
        for (size_t i = 0; i < COUNT(names); i++) {
            if (fdt_getprop(writer->board, above, names[i], NULL) != NULL) {
                writer_flag(writer, names[i]);
                return;
            }
        }
    }
}

/* --- nodes --- */

/* The fixed clocks and regulators that a node depends on, and those behind them. */
static void put_providers(struct tree_writer *writer, int node) {
    struct provider_search search = provider_search(writer->board, node);
    struct provider provider;

    while (provider_next(&search, &provider)) {
        if (!provider.is_fixed || is_left_out(writer, node, provider.property) ||
            plan_has_node(writer->plan, writer->vm, provider.node) ||
            !note_copy(writer, provider.node, fdt_get_name(writer->board, provider.node, NULL)))
            continue;
        const char *name = writer->copies[writer->copy_count - 1].name;
        put_providers(writer, provider.node);
        writer_begin(writer, "%s", name);
        put_properties(writer, provider.node, true);
        writer_end(writer);
    }
}

/* For a node and all below it that the VM has. */
static void put_all_providers(struct tree_writer *writer, int node) {
    int child;

    put_providers(writer, node);
    fdt_for_each_subnode(child, writer->board, node) {
        if (plan_has_node(writer->plan, writer->vm, child))
            put_all_providers(writer, child);
    }
}

static void put_children(struct tree_writer *writer, int node) {
    int child;

    fdt_for_each_subnode(child, writer->board, node) {
        if (!plan_has_node(writer->plan, writer->vm, child))
            continue;
        writer_begin(writer, "%s", fdt_get_name(writer->board, child, NULL));
        put_properties(writer, child, false);
        put_ranges(writer, child, false);
        put_interrupt_map(writer, child);
        put_children(writer, child);
        writer_end(writer);
    }
}

/* The name that a node has in the guest's tree: its own, but for the address if that is another one
 * for the CPU than on the node's bus. */
static const char *top_name(const struct tree_writer *writer, int node, uint64_t phys) {
    const char *name = fdt_get_name(writer->board, node, NULL);
    int bus = tree_parent(writer->board, node);
    size_t count = 0;
    const fdt32_t *reg = tree_cells(writer->board, node, "reg", &count);
    int cells = bus < 0 ? 0 : fdt_address_cells(writer->board, bus);

    if (cells >= 1 && cells <= 2 && count > (size_t)cells &&
        tree_number(reg, (size_t)cells) == phys)
        return name;
    return arena_printf(writer->plan->arena, "%.*s@%llx", (int)strcspn(name, "@"), name,
                        (unsigned long long)phys);
}

void guest_tree_copy(struct tree_writer *writer, const struct plan_device *device) {
    int node = device->device.node;
    const char *name = fdt_get_name(writer->board, node, NULL);
    struct cells reg = {.arena = writer->plan->arena};
    struct system_range range;

    if (plan_has_node(writer->plan, writer->vm, tree_parent(writer->board, node)))
        return;
    for (size_t i = 0; i < tree_register_count(writer->board, node); i++) {
        if (!tree_register(writer->board, node, i, &range))
            continue;
        if (reg.count == 0)
            name = top_name(writer, node, range.phys);
        add_number(&reg, range.phys);
        add_number(&reg, range.size);
    }
    if (!note_copy(writer, node, name))
        return;
    name = writer->copies[writer->copy_count - 1].name;
    put_all_providers(writer, node);
    writer_begin(writer, "%s", name);
    put_properties(writer, node, true);
    put_inherited(writer, node);
    if (has_interrupts(writer, node))
        put_interrupt_parent(writer, node);
    if (reg.count != 0)
        put_cells(writer, "reg", &reg);
    put_ranges(writer, node, true);
    put_dma_ranges(writer, node);
    put_interrupt_map(writer, node);
    put_children(writer, node);
    writer_end(writer);
}
