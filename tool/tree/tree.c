/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/tree/tree.h"

#include <string.h>

#include "tool/tree/tree_index.h"
#include "tool/tree/tree_walk.h"

#define CELLS_MAX           4
#define VERSION_MIN         16u /* of 2005; before that, names were paths */
#define INTERRUPT_STEPS_MAX 32  /* phandles may go round in a circle */
#define SPI_BASE            32u
#define PPI_BASE            16u
#define EDGE_MASK           3u  /* rising or falling, in the last cell */
#define INVERTED_MASK       10u /* falling, or a low level */

/* --- from node to node --- */

/* Whether nodes are inside of each other as deep as no real ones are; callers follow them down. */
static bool is_too_deep(const void *tree) {
    struct walk walk = walk_from(tree, 0);
    unsigned depth = 0;

    while (walk_next(&walk) != FDT_END) {
        depth += walk.tag == FDT_BEGIN_NODE;
        depth -= walk.tag == FDT_END_NODE;
        if (depth > TREE_DEPTH_MAX)
            return true;
    }
    return false;
}

int tree_check(const void *tree, size_t size) {
    if (size < FDT_V16_SIZE)
        return -FDT_ERR_TRUNCATED;
    /* libfdt 1.6.1 reads from nowhere in older ones. */
    if (fdt_magic(tree) == FDT_MAGIC && fdt_version(tree) < VERSION_MIN)
        return -FDT_ERR_BADVERSION;
    int result = fdt_check_full(tree, size);
    /* For libfdt one without a root is a tree too. */
    if (result == 0 && (fdt_get_name(tree, 0, NULL) == NULL || is_too_deep(tree)))
        return -FDT_ERR_BADSTRUCTURE;
    return result;
}

int tree_next_node(const void *tree, int node) {
    struct walk walk = walk_from(tree, node);

    walk_next(&walk);
    while (walk_next(&walk) != FDT_BEGIN_NODE)
        if (walk.tag == FDT_END)
            return -1;
    return walk.offset;
}

int tree_child(const void *tree, int node, const char *name) {
    struct walk walk = walk_from(tree, node);
    int depth = 0;

    do {
        if (walk_next(&walk) == FDT_BEGIN_NODE) {
            if (depth++ == 1 && strcmp(walk.block + walk.offset + sizeof(fdt32_t), name) == 0)
                return walk.offset;
        } else if (walk.tag == FDT_END_NODE) {
            depth--;
        }
    } while (depth > 0);
    return -1;
}

static struct way way_to(const void *tree, int node) {
    const struct tree_index *index = tree_index_of(tree);
    struct walk walk = walk_from(tree, 0);
    struct way way = {.count = 0};

    if (index != NULL)
        return tree_index_way(index, node);
    do {
        if (walk_next(&walk) == FDT_END || walk.offset > node)
            return (struct way){.count = 0};
        way_follow(&way, &walk);
    } while (walk.offset != node);
    return walk.tag == FDT_BEGIN_NODE ? way : (struct way){.count = 0};
}

int tree_parent(const void *tree, int node) {
    const struct tree_index *index = tree_index_of(tree);

    if (index != NULL)
        return tree_index_parent(index, node);
    struct way way = way_to(tree, node);
    return way_parent(&way);
}

int tree_next_named(const void *tree, int node, const char *name) {
    const struct tree_index *index = tree_index_of(tree);

    if (index != NULL)
        return tree_index_named(index, node, name);
    while ((node = tree_next_node(tree, node)) >= 0)
        if (strcmp(fdt_get_name(tree, node, NULL), name) == 0)
            break;
    return node;
}

/* Whether a property is one of the two that give a node its phandle, and has this one. */
static bool is_phandle(const void *tree, const fdt32_t *property, uint32_t phandle) {
    const char *strings = (const char *)tree + fdt_off_dt_strings(tree);

    if (fdt32_ld(property) != sizeof(fdt32_t) || fdt32_ld(property + 2) != phandle)
        return false;
    const char *name = strings + fdt32_ld(property + 1);
    return strcmp(name, "phandle") == 0 || strcmp(name, "linux,phandle") == 0;
}

int tree_by_phandle(const void *tree, uint32_t phandle) {
    const struct tree_index *index = tree_index_of(tree);
    struct walk walk = walk_from(tree, 0);
    int node = 0;

    if (phandle == 0 || phandle == UINT32_MAX)
        return -1;
    if (index != NULL)
        return tree_index_phandle(index, phandle);
    while (walk_next(&walk) != FDT_END) {
        if (walk.tag == FDT_BEGIN_NODE)
            node = walk.offset;
        else if (walk.tag == FDT_PROP && is_phandle(tree, walk.property, phandle) &&
                 fdt_get_phandle(tree, node) == phandle) /* which asks for `phandle` first */
            return node;
    }
    return -1;
}

/* --- properties --- */

const void *tree_property(const void *tree, int node, const char *name, int *length) {
    const char *strings = (const char *)tree + fdt_off_dt_strings(tree);
    struct walk walk = walk_from(tree, node);

    if (node < 0)
        return NULL;
    walk_next(&walk);
    while (walk_next(&walk) == FDT_PROP || walk.tag == FDT_NOP) {
        if (walk.tag == FDT_NOP || strcmp(strings + fdt32_ld(walk.property + 1), name) != 0)
            continue;
        if (length != NULL)
            *length = (int)fdt32_ld(walk.property);
        return walk.property + 2;
    }
    return NULL;
}

const fdt32_t *tree_cells(const void *tree, int node, const char *property, size_t *count) {
    int length = 0;
    const fdt32_t *cells = tree_property(tree, node, property, &length);

    *count = cells == NULL ? 0 : (size_t)length / sizeof(*cells);
    return cells;
}

const char *tree_string(const void *tree, int node, const char *property) {
    int length = 0;
    const char *string = tree_property(tree, node, property, &length);

    return string != NULL && memchr(string, '\0', (size_t)length) != NULL ? string : NULL;
}

uint32_t tree_cell(const void *tree, int node, const char *property, uint32_t otherwise) {
    size_t count = 0;
    const fdt32_t *cells = tree_cells(tree, node, property, &count);

    return count == 1 ? fdt32_ld(cells) : otherwise;
}

uint64_t tree_number(const fdt32_t *cells, size_t count) {
    uint64_t number = 0;

    for (size_t i = 0; i < count; i++)
        number = number << 32 | fdt32_ld(&cells[i]);
    return number;
}

/* How many cells a property of a bus says that something has; UINT32_MAX: it makes no sense. */
static uint32_t bus_property(const void *tree, int bus, const char *property, uint32_t otherwise) {
    size_t count = 0;
    const fdt32_t *cells = tree_cells(tree, bus, property, &count);

    if (cells == NULL)
        return otherwise;
    return count == 1 ? fdt32_ld(cells) : UINT32_MAX;
}

/* #address-cells and #size-cells of a bus, where both are sensible. */
static bool bus_cells(const void *tree, int bus, size_t *address, size_t *size) {
    *address = bus_property(tree, bus, "#address-cells", 2);
    *size = bus_property(tree, bus, "#size-cells", 1);
    return *address >= 1 && *address <= CELLS_MAX && *size <= 2;
}

/* Takes an address on `bus` to the bus above it. */
static bool translate(const void *tree, int bus, int above, struct system_range *range) {
    size_t count = 0;
    size_t child = 0;
    size_t parent = 0;
    size_t size = 0;
    size_t unused = 0;
    const fdt32_t *ranges = tree_cells(tree, bus, "ranges", &count);

    if (ranges == NULL || !bus_cells(tree, bus, &child, &size) ||
        !bus_cells(tree, above, &parent, &unused) || child > 2 || parent > 2)
        return false;
    for (; count >= child + parent + size; count -= child + parent + size) {
        uint64_t from = tree_number(ranges, child);
        uint64_t to = tree_number(ranges + child, parent);
        uint64_t length = tree_number(ranges + child + parent, size);

        if (range->phys >= from && range->phys - from < length &&
            range->size <= length - (range->phys - from)) {
            range->phys = range->phys - from + to;
            return true;
        }
        ranges += child + parent + size;
        if (child + parent + size == 0)
            break;
    }
    int length = 0;
    return tree_property(tree, bus, "ranges", &length) != NULL && length == 0;
}

/* Takes a range of addresses on the bus to which the first `count` nodes lead up to the CPU. */
static bool to_cpu(const void *tree, const struct way *way, size_t count,
                   struct system_range *range) {
    for (; count > 1; count--)
        if (!translate(tree, way->nodes[count - 1], way->nodes[count - 2], range))
            return false;
    return count == 1 && range->size != 0 && range->phys + range->size - 1 >= range->phys;
}

bool tree_to_cpu(const void *tree, int bus, struct system_range *range) {
    struct way way = way_to(tree, bus);

    return to_cpu(tree, &way, way.count, range);
}

/* Cells of an entry of a node's reg; 0: it has none that can be read. */
static size_t register_cells(const void *tree, int bus, size_t *address, size_t *size) {
    if (bus < 0 || !bus_cells(tree, bus, address, size) || *address > 2 || *size == 0)
        return 0;
    return *address + *size;
}

/* How many whole entries a reg of `count` cells has, below `bus`. */
static size_t entries(const void *tree, int bus, size_t count) {
    size_t address = 0;
    size_t size = 0;
    size_t cells = register_cells(tree, bus, &address, &size);

    return cells == 0 ? 0 : count / cells;
}

size_t tree_register_count(const void *tree, int node) {
    size_t count = 0;

    if (tree_cells(tree, node, "reg", &count) == NULL)
        return 0;
    return entries(tree, tree_parent(tree, node), count);
}

/* Entry `index`, which is there, of the reg of a way's last node. */
static bool read_register(const void *tree, const struct way *way, const fdt32_t *reg, size_t index,
                          struct system_range *range) {
    size_t address = 0;
    size_t size = 0;

    reg += index * register_cells(tree, way_parent(way), &address, &size);
    *range = (struct system_range){tree_number(reg, address), tree_number(reg + address, size)};
    return to_cpu(tree, way, way->count - 1, range);
}

bool tree_register(const void *tree, int node, size_t index, struct system_range *range) {
    size_t count = 0;
    const fdt32_t *reg = tree_cells(tree, node, "reg", &count);

    if (reg == NULL)
        return false;
    struct way way = way_to(tree, node);
    return index < entries(tree, way_parent(&way), count) &&
           read_register(tree, &way, reg, index, range);
}

size_t tree_list_registers(const void *tree, struct tree_node_register **list,
                           struct arena *arena) {
    struct walk walk = walk_from(tree, 0);
    struct way way = {.count = 0};
    size_t listed = 0;

    while (walk_next(&walk) != FDT_END) {
        struct tree_node_register one = {.node = walk.offset};
        size_t count = 0;

        way_follow(&way, &walk);
        if (walk.tag != FDT_BEGIN_NODE)
            continue;
        const fdt32_t *reg = tree_cells(tree, walk.offset, "reg", &count);
        count = reg == NULL ? 0 : entries(tree, way_parent(&way), count);
        for (size_t i = 0; i < count; i++) {
            if (!read_register(tree, &way, reg, i, &one.range))
                continue;
            *ARENA_ADD(arena, *list, listed) = one;
        }
    }
    return listed;
}

bool tree_window(const void *tree, int node, size_t index, struct tree_window *window) {
    size_t count = 0;
    size_t unused = 0;
    const fdt32_t *cells = tree_cells(tree, node, "ranges", &count);

    *window = (struct tree_window){0};
    if (cells == NULL || count == 0)
        return false;
    int above = tree_parent(tree, node);
    if (above < 0 || !bus_cells(tree, node, &window->child_cells, &window->size_cells) ||
        !bus_cells(tree, above, &window->parent_cells, &unused))
        return false;
    size_t entry = window->child_cells + window->parent_cells + window->size_cells;
    if ((index + 1) * entry > count)
        return false;
    window->cells = cells + index * entry;
    if (window->parent_cells <= 2) {
        cells = window->cells + window->child_cells;
        window->cpu.phys = tree_number(cells, window->parent_cells);
        window->cpu.size = tree_number(cells + window->parent_cells, window->size_cells);
        window->has_cpu = tree_to_cpu(tree, above, &window->cpu);
    }
    return true;
}

/* IEEE 1275, PCI bus binding: phys.hi has p in bit 30, and ss in 25:24, 10 and 11 for memory. */
bool tree_window_is_prefetchable(const void *tree, int node, const struct tree_window *window) {
    const char *type = tree_string(tree, node, "device_type");

    return type != NULL && strcmp(type, "pci") == 0 && window->child_cells == 3 &&
           (fdt32_ld(window->cells) & 0x42000000) == 0x42000000;
}

/* One step from a node to where its interrupts go: what it names, or else its parent. */
static int interrupt_step(const void *tree, int node) {
    size_t count = 0;
    const fdt32_t *phandle = tree_cells(tree, node, "interrupt-parent", &count);

    return count == 1 ? tree_by_phandle(tree, fdt32_ld(phandle)) : tree_parent(tree, node);
}

int tree_interrupt_parent(const void *tree, int node) {
    for (int steps = 0; node >= 0 && steps < INTERRUPT_STEPS_MAX; steps++) {
        node = interrupt_step(tree, node);
        if (node >= 0 && tree_property(tree, node, "#interrupt-cells", NULL) != NULL)
            return node;
    }
    return -1;
}

static size_t interrupt_cells(const void *tree, int controller) {
    return controller < 0 ? 0 : tree_cell(tree, controller, "#interrupt-cells", 0);
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

bool tree_interrupt(const void *tree, int node, size_t index, struct tree_interrupt *interrupt) {
    size_t count = 0;
    const fdt32_t *cells = tree_cells(tree, node, "interrupts-extended", &count);

    *interrupt = (struct tree_interrupt){.controller = -1};
    if (cells == NULL) {
        cells = tree_cells(tree, node, "interrupts", &count);
        if (cells == NULL)
            return false;
        int controller = tree_interrupt_parent(tree, node);
        size_t size = interrupt_cells(tree, controller);
        /* What is too short to be one is somebody's interrupt as well: of an unknown controller. */
        if (size == 0 || (index + 1) * size > count)
            return size == 0 ? index == 0 : index * size < count;
        interrupt->controller = controller;
        decode_interrupt(cells + index * size, size, interrupt);
        return true;
    }
    while (count > 0) {
        int controller = tree_by_phandle(tree, fdt32_ld(cells));
        size_t size = interrupt_cells(tree, controller);

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

/* Reads the entry of an interrupt-map at `cells`, of which `count` are left; 0: it cannot be. */
static size_t read_route(const void *tree, const fdt32_t *cells, size_t count,
                         struct tree_route *route) {
    size_t behind = route->child_cells + 1;
    int parent = count < behind ? -1 : tree_by_phandle(tree, fdt32_ld(&cells[route->child_cells]));
    size_t size = parent < 0 ? 0 : interrupt_cells(tree, parent);

    if (size == 0 || size > CELLS_MAX)
        return 0;
    route->address_cells = tree_cell(tree, parent, "#address-cells", 0);
    if (route->address_cells > CELLS_MAX || count < behind + route->address_cells + size)
        return 0;
    route->cells = cells;
    route->interrupt_cells = size;
    route->to = (struct tree_interrupt){.controller = parent};
    decode_interrupt(cells + behind + route->address_cells, size, &route->to);
    return behind + route->address_cells + size;
}

bool tree_route(const void *tree, int node, size_t index, struct tree_route *route) {
    size_t count = 0;
    const fdt32_t *cells = tree_cells(tree, node, "interrupt-map", &count);
    size_t address = tree_cell(tree, node, "#address-cells", 2);
    size_t interrupt = tree_cell(tree, node, "#interrupt-cells", 0);

    for (size_t i = 0; count > 0; i++) {
        *route = (struct tree_route){.child_cells = address + interrupt, .to.controller = -1};
        size_t size = address > CELLS_MAX || interrupt > CELLS_MAX
                          ? 0
                          : read_route(tree, cells, count, route);

        if (i == index || size == 0)
            return i == index;
        cells += size;
        count -= size;
    }
    return false;
}

int tree_find(const void *tree, const char *path, size_t length) {
    int aliases = tree_child(tree, 0, "aliases");
    int size = 0;

    if (length != 0 && path[0] != '/') {
        path = fdt_getprop_namelen(tree, aliases, path, (int)length, &size);
        if (path == NULL || memchr(path, '\0', (size_t)size) == NULL)
            return -1;
        length = strlen(path);
    }
    /* libfdt would follow an alias of an alias too, and one that names itself for ever. */
    int node =
        length == 0 || path[0] != '/' ? -1 : fdt_path_offset_namelen(tree, path, (int)length);
    return node < 0 ? -1 : node;
}

int tree_listed(const void *tree, const char *list, const char *name) {
    int parent = tree_child(tree, 0, list);
    const char *path = parent < 0 ? NULL : tree_string(tree, parent, name);

    return path == NULL || path[0] != '/' ? -1 : tree_find(tree, path, strlen(path));
}

void tree_offer_properties(const void *tree, int node, struct nearest *nearest) {
    int property;

    if (node < 0)
        return;
    fdt_for_each_property_offset(property, tree, node) {
        const char *name = NULL;

        if (fdt_getprop_by_offset(tree, property, &name, NULL) != NULL)
            nearest_offer(nearest, name);
    }
}

bool tree_is_enabled(const void *tree, int node) {
    const char *status = tree_string(tree, node, "status");

    return status == NULL || strcmp(status, "okay") == 0 || strcmp(status, "ok") == 0;
}

bool tree_is_compatible(const void *tree, int node, const char *compatible) {
    int length = 0;
    const char *string = tree_property(tree, node, "compatible", &length);
    const char *end = string == NULL ? NULL : string + length;

    while (string != NULL && memchr(string, '\0', (size_t)(end - string)) != NULL) {
        if (strcmp(string, compatible) == 0)
            return true;
        string += strlen(string) + 1;
    }
    return false;
}

const char *tree_path(const void *tree, int node, struct arena *arena) {
    const char *path = node <= 0 ? "/" : "";

    for (; node > 0; node = tree_parent(tree, node))
        path = arena_printf(arena, "/%s%s", fdt_get_name(tree, node, NULL), path);
    return path;
}
