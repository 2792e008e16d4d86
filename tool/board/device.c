/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/board/device.h"

#include <string.h>

#include "config/config_check.h"
#include "tool/base/range.h"
#include "tool/board/device_advice.h"
#include "tool/tree/provider.h"

#define LISTED_MAX 3 /* paths of nodes with one name */

/* --- by name --- */

/* Nodes with the unit name `name`: the first in *node; how many there are, and the paths of some.
 */
static size_t find_unit_name(const struct tree *tree, const char *name, struct arena *arena,
                             const struct tree_node **node, const char **paths) {
    size_t count = 0;

    for (const struct tree_node *at = tree->root + 1; at < tree->root->end; at++) {
        if (strcmp(at->name, name) != 0)
            continue;
        if (count == 0)
            *node = at;
        if (count == 1)
            *paths = tree_path(*node, arena);
        if (count > 0 && count < LISTED_MAX)
            *paths = arena_printf(arena, "%s, %s", *paths, tree_path(at, arena));
        count++;
    }
    return count;
}

enum device_result device_find(const struct board *board, const char *name, struct arena *arena,
                               const struct tree_node **node, const char **why) {
    const struct tree *tree = board->machine.tree;
    const char *paths = "";
    size_t count = 0;

    for (size_t i = 0; i < board->name_count; i++) {
        if (strcmp(board->names[i].name, name) == 0) {
            name = board->names[i].device;
            break;
        }
    }
    *node =
        name[0] == '/' ? tree_find(tree, name, strlen(name)) : tree_listed(tree, "aliases", name);
    if (*node == NULL && name[0] != '/') {
        count = find_unit_name(tree, name, arena, node, &paths);
        if (count == 0)
            *node = tree_listed(tree, "__symbols__", name);
    }
    if (count > 1) {
        *node = NULL;
        *why = arena_printf(arena, "%zu nodes of the board have this name; write the path: %s%s",
                            count, paths, count > LISTED_MAX ? ", ..." : "");
        return DEVICE_AMBIGUOUS;
    }
    if (*node != NULL)
        return DEVICE_OK;
    *why = device_advice(board, name, arena);
    return DEVICE_UNKNOWN;
}

/* --- what comes with it --- */

void device_list(struct device *device, struct arena *arena) {
    const struct tree_node *node = device->node;

    device->path = tree_path(node, arena);
    device->name = node->name;
    while (node < device->node->end) {
        if (node != device->node && !tree_is_enabled(node)) {
            node = node->end; /* nor is what is below it */
            continue;
        }
        *ARENA_ADD(arena, device->nodes, device->node_count) = node++;
    }
}

/* One reading of a device. */
struct device_reader {
    const struct board *board;
    struct device *device;
    const struct device_omission *omissions;
    size_t omission_count;
    struct arena *arena;
    const char *why;
};

uint64_t device_address_end(const struct board *board) {
    return machine_address_end(&board->machine);
}

bool device_omits(const struct device_omission *omissions, size_t count,
                  const struct tree_node *node, const char *property) {
    for (size_t i = 0; i < count; i++) {
        const struct value *words = omissions[i].properties;

        for (size_t j = 0; omissions[i].node == node && j < words->count; j++) {
            const char *word = words->items[j].text;

            if (strcmp(word, property) == 0 || provider_is_about(property, word))
                return true;
        }
    }
    return false;
}

bool device_covers(const struct device *device, const struct tree_node *node) {
    return device->node != NULL && node >= device->node && node < device->node->end;
}

bool device_is_secure(const struct tree_node *node) {
    const char *secure = tree_string(node, "secure-status");

    return secure != NULL && strcmp(secure, "okay") == 0 && !tree_is_enabled(node);
}

bool device_is_iommu(const struct tree_node *node) {
    return tree_property(node, "#iommu-cells") != NULL;
}

bool device_may_master(const struct board *board, const struct tree_node *node) {
    struct system_range range;

    return tree_kind(node, board->no_dma, board->no_dma_count) == NULL &&
           tree_register(node, 0, &range);
}

static bool has(const struct device_reader *reader, const struct tree_node *node,
                const char *property) {
    return tree_property(node, property) != NULL &&
           !device_omits(reader->omissions, reader->omission_count, node, property);
}

/* Adds a range to those of a list as whole pages; what overlaps becomes one. */
static void add_pages(struct system_range **list, size_t *count, struct system_range range,
                      struct arena *arena) {
    uint64_t mask = SYSTEM_PAGE_SIZE - 1;
    uint64_t start = range.phys & ~mask;
    uint64_t last = (range.phys + (range.size - 1)) | mask;
    struct system_range pages = {start, last == UINT64_MAX ? ~mask - start : last + 1 - start};

    for (size_t i = 0; i < *count;) {
        struct system_range old = (*list)[i];

        if (!overlap(old, pages)) {
            i++;
            continue;
        }
        pages = range_union(old, pages);
        (*list)[i] = (*list)[--*count];
        i = 0; /* what is joined may reach others */
    }
    *ARENA_ADD(arena, *list, *count) = pages;
}

static void add_registers(struct device_reader *reader, const struct tree_node *node) {
    struct device *device = reader->device;
    uint64_t end = device_address_end(reader->board);
    struct system_range range;
    struct tree_window window;

    for (size_t i = 0; i < tree_register_count(node); i++) {
        if (tree_register(node, i, &range))
            add_pages(&device->registers, &device->register_count, range, reader->arena);
    }
    for (size_t i = 0; tree_window(node, i, &window); i++) {
        if (!window.has_cpu)
            continue;
        if (window.cpu.phys + (window.cpu.size - 1) < end) {
            add_pages(&device->registers, &device->register_count, window.cpu, reader->arena);
            if (tree_window_is_prefetchable(node, &window))
                add_pages(&device->prefetchable, &device->prefetchable_count, window.cpu,
                          reader->arena);
            continue;
        }
        *ARENA_ADD(reader->arena, device->lost, device->lost_count) = window.cpu;
    }
}

bool device_is_prefetchable(const struct device *device, struct system_range range) {
    for (size_t i = 0; i < device->prefetchable_count; i++)
        if (device->prefetchable[i].phys == range.phys &&
            device->prefetchable[i].size == range.size)
            return true;
    return false;
}

static enum device_result add_interrupt(struct device_reader *reader,
                                        const struct tree_interrupt *interrupt) {
    const struct machine *machine = &reader->board->machine;
    struct device *device = reader->device;

    if (interrupt->controller == NULL) {
        reader->why = "its interrupts go to no controller that the tree has";
        return DEVICE_UNFIT;
    }
    if (interrupt->controller != machine->controller_node)
        return DEVICE_OK; /* a provider's: check_unowned_provider() */
    if (interrupt->is_inverted) {
        reader->why = "it interrupts by a falling edge or a low level";
        return DEVICE_NOT_SUPPORTED;
    }
    if (interrupt->is_private) {
        reader->why = "its interrupt is private to each CPU, so no VM can own it";
        return DEVICE_UNFIT;
    }
    if (!machine->config->interrupt_ok(&machine->board, interrupt->number, interrupt->number)) {
        reader->why = "the interrupt controller has no interrupt of its number";
        return DEVICE_UNFIT;
    }
    if (!tree_interrupt_in(device->interrupts, device->interrupt_count, interrupt->number))
        *ARENA_ADD(reader->arena, device->interrupts, device->interrupt_count) = *interrupt;
    return DEVICE_OK;
}

static enum device_result add_interrupts(struct device_reader *reader,
                                         const struct tree_node *node) {
    struct tree_interrupt_walk walk = {.node = node};
    enum device_result result = DEVICE_OK;
    struct tree_interrupt interrupt;
    const char *property = NULL;

    while (result == DEVICE_OK && tree_next_interrupt(&walk, &interrupt, &property))
        if (has(reader, node, property))
            result = add_interrupt(reader, &interrupt);
    return result;
}

static enum device_result read_node(struct device_reader *reader, const struct tree_node *node) {
    struct device *device = reader->device;

    if (device_is_iommu(node)) {
        reader->why = "it is an IOMMU, by which a VM would rule over others' memory";
        return DEVICE_UNFIT;
    }
    device->has_stream =
        device->has_stream || has(reader, node, "iommus") || has(reader, node, "iommu-map");
    device->has_msi =
        device->has_msi || has(reader, node, "msi-map") || has(reader, node, "msi-parent");
    if (has(reader, node, "memory-region")) {
        const struct tree_node *region = tree_reference(node, "memory-region", 0);

        device->memory = region == NULL ? "a node that the tree lacks" : region->name;
    }
    add_registers(reader, node);
    return add_interrupts(reader, node);
}

/* A bus above the device that gives its DMA other addresses than the CPU's; NULL: there is none. */
static const char *find_translation(const struct tree_node *node) {
    for (node = node->parent; node != NULL && node->parent != NULL; node = node->parent) {
        const struct tree_property *ranges = tree_property(node, "dma-ranges");

        if (ranges != NULL && ranges->length != 0)
            return node->name;
    }
    return NULL;
}

static bool depends_on_others(const struct device *device) {
    struct provider provider;

    for (size_t i = 0; i < device->node_count; i++) {
        struct provider_search search = provider_search(device->nodes[i]);

        if (provider_next(&search, &provider))
            return true;
    }
    return false;
}

enum device_result device_read(const struct board *board, struct device *device,
                               const struct device_omission *omissions, size_t omission_count,
                               struct arena *arena, const char **why) {
    struct device_reader reader = {board, device, omissions, omission_count, arena, ""};
    enum device_result result = DEVICE_OK;

    device->translated = find_translation(device->node);
    if (device_is_secure(device->node)) {
        *why = "it belongs to the secure world";
        return DEVICE_UNFIT;
    }
    for (size_t i = 0; result == DEVICE_OK && i < device->node_count; i++)
        result = read_node(&reader, device->nodes[i]);
    *why = reader.why;
    return result;
}

bool device_is_whole(const struct device *device, struct arena *arena, const char **why) {
    const struct tree_node *node = device->node;

    if (device->register_count != 0)
        return true;
    if (tree_property(node, "reg") != NULL) {
        *why = arena_printf(arena, "it is behind %s, with which it comes",
                            node->parent == NULL ? "" : node->parent->name);
        return false;
    }
    *why = "it has no registers that a VM could be given";
    return depends_on_others(device);
}
