/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/device.h"

#include <string.h>

#include "config/config_arch.h"
#include "tool/nearest.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- by name --- */

/* Nodes with the unit name `name`: the first in *node; how many there are. */
static size_t find_unit_name(const void *tree, const char *name, int *node) {
    size_t count = 0;

    for (int at = tree_next_node(tree, 0); at >= 0; at = tree_next_node(tree, at)) {
        const char *other = fdt_get_name(tree, at, NULL);

        if (other != NULL && strcmp(other, name) == 0 && count++ == 0)
            *node = at;
    }
    return count;
}

static int find_label(const void *tree, const char *name) {
    int symbols = fdt_path_offset(tree, "/__symbols__");
    const char *path = symbols < 0 ? NULL : tree_string(tree, symbols, name);

    return path == NULL ? -1 : tree_find(tree, path, strlen(path));
}

static void offer_properties(const void *tree, const char *parent, struct nearest *nearest) {
    int node = fdt_path_offset(tree, parent);
    int property;

    if (node < 0)
        return;
    fdt_for_each_property_offset(property, tree, node) {
        const char *name = NULL;

        if (fdt_getprop_by_offset(tree, property, &name, NULL) != NULL)
            nearest_offer(nearest, name);
    }
}

static const char *nearest_device(const struct board *board, const char *name) {
    const void *tree = board->machine.tree;
    struct nearest nearest;

    nearest_begin(&nearest, name);
    for (size_t i = 0; i < board->name_count; i++)
        nearest_offer(&nearest, board->names[i].name);
    offer_properties(tree, "/aliases", &nearest);
    for (int at = tree_next_node(tree, 0); at >= 0; at = tree_next_node(tree, at)) {
        size_t count = 0;
        const char *other = fdt_get_name(tree, at, NULL);

        if (other == NULL || tree_cells(tree, at, "reg", &count) == NULL)
            continue;
        if (strlen(name) == strcspn(other, "@") && strncmp(name, other, strlen(name)) == 0)
            return other; /* only the address is missing */
        nearest_offer(&nearest, other);
    }
    offer_properties(tree, "/__symbols__", &nearest);
    return nearest.best;
}

enum device_result device_find(const struct board *board, const char *name, struct arena *arena,
                               int *node, const char **why) {
    const void *tree = board->machine.tree;
    size_t count = 0;

    for (size_t i = 0; i < board->name_count; i++) {
        if (strcmp(board->names[i].name, name) == 0) {
            name = board->names[i].device;
            break;
        }
    }
    *node = tree_find(tree, name, strlen(name));
    count = *node >= 0;
    if (count == 0 && name[0] != '/')
        count = find_unit_name(tree, name, node);
    if (count == 0) {
        *node = find_label(tree, name);
        count = *node >= 0;
    }
    if (count == 1)
        return DEVICE_OK;
    if (count > 1) {
        *why =
            arena_printf(arena, "%zu nodes of the board have this name; write the path, as in %s",
                         count, tree_path(tree, *node, arena));
        return DEVICE_AMBIGUOUS;
    }
    const char *near = nearest_device(board, name);
    *why = near != NULL ? arena_printf(arena, "did you mean '%s'?", near)
                        : "write an alias, a node's name or its path";
    return DEVICE_UNKNOWN;
}

/* --- what comes with it --- */

/* Properties that tie a node to things which Bulkhead cannot give to a VM yet. */
static const char *const unsupported[] = {
    "interrupt-map", "iommus",        "iommu-map", "msi-map",
    "msi-parent",    "memory-region", "ranges",    "interrupt-controller",
};

static bool overlaps(const struct system_range *a, const struct system_range *b) {
    return a->phys < b->phys + b->size && b->phys < a->phys + a->size;
}

/* Adds a range of registers as whole pages; repeats inside one node are legal and add nothing. */
static void add_registers(struct device *device, struct system_range range, struct arena *arena) {
    uint64_t mask = SYSTEM_PAGE_SIZE - 1;
    uint64_t start = range.phys & ~mask;
    struct system_range pages = {start, ((range.phys + range.size + mask) & ~mask) - start};

    for (size_t i = 0; i < device->register_count; i++) {
        struct system_range *old = &device->registers[i];

        if (overlaps(old, &pages)) {
            uint64_t end = old->phys + old->size;
            uint64_t pages_end = pages.phys + pages.size;

            old->phys = old->phys < pages.phys ? old->phys : pages.phys;
            old->size = (end > pages_end ? end : pages_end) - old->phys;
            return;
        }
    }
    device->registers =
        arena_grow(arena, device->registers, ++device->register_count, sizeof(*device->registers));
    device->registers[device->register_count - 1] = pages;
}

static enum device_result read_interrupts(const struct board *board, struct device *device,
                                          struct arena *arena, const char **why) {
    struct tree_interrupt interrupt;

    for (size_t i = 0; tree_interrupt(board->machine.tree, device->node, i, &interrupt); i++) {
        bool is_new = true;

        if (interrupt.controller != board->machine.controller_node) {
            *why = "it interrupts through another controller than the board's first";
            return DEVICE_NOT_SUPPORTED;
        }
        if (interrupt.is_inverted) {
            *why = "it interrupts by a falling edge or a low level";
            return DEVICE_NOT_SUPPORTED;
        }
        if (interrupt.is_private) {
            *why = "its interrupt is private to each CPU, so no VM can own it";
            return DEVICE_UNFIT;
        }
        if (!board->machine.config->interrupt_ok(&board->machine.board, interrupt.number,
                                                 interrupt.number)) {
            *why = "the interrupt controller has no interrupt of its number";
            return DEVICE_UNFIT;
        }
        for (size_t j = 0; j < device->interrupt_count; j++)
            is_new = is_new && device->interrupts[j].number != interrupt.number;
        if (is_new) {
            device->interrupts = arena_grow(arena, device->interrupts, ++device->interrupt_count,
                                            sizeof(*device->interrupts));
            device->interrupts[device->interrupt_count - 1] = interrupt;
        }
    }
    return DEVICE_OK;
}

enum device_result device_read(const struct board *board, struct device *device,
                               struct arena *arena, const char **why) {
    const void *tree = board->machine.tree;
    struct system_range range;

    device->path = tree_path(tree, device->node, arena);
    device->name = fdt_get_name(tree, device->node, NULL);
    for (size_t i = 0; i < COUNT(unsupported); i++) {
        if (fdt_getprop(tree, device->node, unsupported[i], NULL) != NULL) {
            *why = arena_printf(arena, "it has '%s'", unsupported[i]);
            return DEVICE_NOT_SUPPORTED;
        }
    }
    if (fdt_first_subnode(tree, device->node) >= 0) {
        *why = "it has child nodes";
        return DEVICE_NOT_SUPPORTED;
    }
    const char *secure = tree_string(tree, device->node, "secure-status");
    const char *status = tree_string(tree, device->node, "status");
    if (secure != NULL && status != NULL && strcmp(secure, "okay") == 0 &&
        strcmp(status, "disabled") == 0) {
        *why = "it belongs to the secure world";
        return DEVICE_UNFIT;
    }
    for (size_t i = 0; tree_register(tree, device->node, i, &range); i++)
        add_registers(device, range, arena);
    if (device->register_count == 0) {
        *why = "it has no registers that a VM could be given";
        return DEVICE_UNFIT;
    }
    return read_interrupts(board, device, arena, why);
}

/* --- what it depends on --- */

/* Properties that are lists of phandles, each with as many cells as its provider says. */
static const struct {
    const char *property;
    const char *cells; /* NULL: none */
} providers[] = {
    {"clocks", "#clock-cells"},
    {"assigned-clocks", "#clock-cells"},
    {"assigned-clock-parents", "#clock-cells"},
    {"resets", "#reset-cells"},
    {"power-domains", "#power-domain-cells"},
    {"dmas", "#dma-cells"},
    {"phys", "#phy-cells"},
    {"mboxes", "#mbox-cells"},
    {"interconnects", "#interconnect-cells"},
    {"io-channels", "#io-channel-cells"},
    {"phy-handle", NULL},
    {"nvmem-cells", NULL},
    {"operating-points-v2", NULL},
};

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(text);
    size_t end_length = strlen(end);

    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

/* If `property` names providers: true, with the name of their cells' property. */
static bool is_provider_property(const char *property, const char **cells) {
    *cells = NULL;
    for (size_t i = 0; i < COUNT(providers); i++) {
        if (strcmp(providers[i].property, property) == 0) {
            *cells = providers[i].cells;
            return true;
        }
    }
    if (strcmp(property, "gpios") == 0 || ends_with(property, "-gpios") ||
        ends_with(property, "-gpio")) {
        *cells = "#gpio-cells";
        return true;
    }
    return ends_with(property, "-supply") ||
           (strncmp(property, "pinctrl-", 8) == 0 && property[8] >= '0' && property[8] <= '9');
}

bool device_provider(const void *tree, int node, size_t index, struct device_provider *provider) {
    int property;

    fdt_for_each_property_offset(property, tree, node) {
        const char *name = NULL;
        const char *cells_name = NULL;
        int length = 0;
        const fdt32_t *cells = fdt_getprop_by_offset(tree, property, &name, &length);

        if (cells == NULL || !is_provider_property(name, &cells_name))
            continue;
        for (size_t at = 0, count = (size_t)length / sizeof(*cells); at < count;) {
            int target = tree_by_phandle(tree, fdt32_ld(&cells[at]));
            size_t size_count = 0;
            const fdt32_t *size = target < 0 || cells_name == NULL
                                      ? NULL
                                      : tree_cells(tree, target, cells_name, &size_count);

            at += 1 + (size_count == 1 ? fdt32_ld(size) : 0);
            if (index-- == 0) {
                *provider = (struct device_provider){name, target < 0 ? -1 : target, false};
                provider->is_fixed =
                    target >= 0 && (tree_is_compatible(tree, target, "fixed-clock") ||
                                    (tree_is_compatible(tree, target, "regulator-fixed") &&
                                     fdt_getprop(tree, target, "gpio", NULL) == NULL));
                return true;
            }
        }
    }
    return false;
}
