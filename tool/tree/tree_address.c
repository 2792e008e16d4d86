/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/tree/tree_address.h"

#define CELLS_MAX 4

/* How many cells a property of a bus says that something has; UINT32_MAX: it makes no sense. */
static uint32_t bus_property(const struct tree_node *bus, const char *name, uint32_t otherwise) {
    size_t count = 0;
    const fdt32_t *cells = tree_cells(bus, name, &count);

    if (cells == NULL)
        return otherwise;
    return count == 1 ? fdt32_ld(cells) : UINT32_MAX;
}

size_t tree_address_cells(const struct tree_node *bus) {
    uint32_t cells = bus_property(bus, "#address-cells", 2);

    return cells <= CELLS_MAX ? cells : 0;
}

/* #address-cells and #size-cells of a bus, where both are sensible. */
static bool bus_cells(const struct tree_node *bus, size_t *address, size_t *size) {
    *address = tree_address_cells(bus);
    *size = bus_property(bus, "#size-cells", 1);
    return *address != 0 && *size <= 2;
}

/* A bus's ranges. */
struct ranges {
    const fdt32_t *cells;
    size_t count; /* of cells */
    size_t child; /* cells of an address below, of one above, and of a size */
    size_t parent;
    size_t size;
};

/* False: the bus has none, or none that can be read. */
static bool read_ranges(const struct tree_node *bus, struct ranges *ranges) {
    size_t unused = 0;

    ranges->cells = tree_cells(bus, "ranges", &ranges->count);
    return ranges->cells != NULL && bus->parent != NULL &&
           bus_cells(bus, &ranges->child, &ranges->size) &&
           bus_cells(bus->parent, &ranges->parent, &unused);
}

/* Takes an address on `bus` to the bus above it. */
static bool translate(const struct tree_node *bus, struct system_range *range) {
    struct ranges ranges = {0};

    if (!read_ranges(bus, &ranges) || ranges.child > 2 || ranges.parent > 2)
        return false;
    size_t entry = ranges.child + ranges.parent + ranges.size;
    for (size_t i = 0; (i + 1) * entry <= ranges.count; i++) {
        const fdt32_t *cells = ranges.cells + i * entry;
        uint64_t from = tree_number(cells, ranges.child);
        uint64_t size = tree_number(cells + ranges.child + ranges.parent, ranges.size);

        if (range->phys >= from && range->phys - from < size &&
            range->size <= size - (range->phys - from)) {
            range->phys = range->phys - from + tree_number(cells + ranges.child, ranges.parent);
            return true;
        }
    }
    return tree_property(bus, "ranges")->length == 0; /* the same addresses */
}

bool tree_to_cpu(const struct tree_node *bus, struct system_range *range) {
    for (; bus->parent != NULL; bus = bus->parent)
        if (!translate(bus, range))
            return false;
    return range->size != 0 && range->phys + range->size - 1 >= range->phys;
}

/* A node's reg, and the cells of an entry's address and size; how many entries there are. */
static size_t read_reg(const struct tree_node *node, const fdt32_t **reg, size_t *address,
                       size_t *size) {
    size_t count = 0;

    *reg = tree_cells(node, "reg", &count);
    if (*reg == NULL || node->parent == NULL || !bus_cells(node->parent, address, size) ||
        *address > 2 || *size == 0)
        return 0;
    return count / (*address + *size);
}

size_t tree_register_count(const struct tree_node *node) {
    const fdt32_t *reg = NULL;
    size_t address = 0;
    size_t size = 0;

    return read_reg(node, &reg, &address, &size);
}

bool tree_register(const struct tree_node *node, size_t index, struct system_range *range) {
    const fdt32_t *reg = NULL;
    size_t address = 0;
    size_t size = 0;

    if (index >= read_reg(node, &reg, &address, &size))
        return false;
    reg += index * (address + size);
    *range = (struct system_range){tree_number(reg, address), tree_number(reg + address, size)};
    return tree_to_cpu(node->parent, range);
}

bool tree_window(const struct tree_node *node, size_t index, struct tree_window *window) {
    struct ranges ranges = {0};

    *window = (struct tree_window){0};
    if (!read_ranges(node, &ranges))
        return false;
    size_t entry = ranges.child + ranges.parent + ranges.size;
    if ((index + 1) * entry > ranges.count)
        return false;
    *window = (struct tree_window){.cells = ranges.cells + index * entry,
                                   .child_cells = ranges.child,
                                   .parent_cells = ranges.parent,
                                   .size_cells = ranges.size};
    if (ranges.parent <= 2) {
        const fdt32_t *above = window->cells + ranges.child;

        window->cpu.phys = tree_number(above, ranges.parent);
        window->cpu.size = tree_number(above + ranges.parent, ranges.size);
        window->has_cpu = tree_to_cpu(node->parent, &window->cpu);
    }
    return true;
}

/* IEEE 1275, PCI bus binding: phys.hi has p in bit 30, and ss in 25:24, 10 and 11 for memory. */
bool tree_window_is_prefetchable(const struct tree_node *node, const struct tree_window *window) {
    return tree_is_type(node, "pci") && window->child_cells == 3 &&
           (fdt32_ld(window->cells) & 0x42000000) == 0x42000000;
}
