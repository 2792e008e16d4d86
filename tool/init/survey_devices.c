/* SPDX-License-Identifier: Apache-2.0 */
/*
 * survey_devices.c - what of a board could be passed through: the devices, what comes with each,
 * and what they are called.
 */
#include <string.h>

#include "tool/base/range.h"
#include "tool/board/need.h"
#include "tool/format/schema.h"
#include "tool/init/survey.h"

#define DEPTH_MAX       16 /* of buses; boards have 5 */
#define NAME_LENGTH_MAX 32 /* a longer one gets a short one in board.yaml */

/* Compatible strings of what turns the firmware's services into providers. */
static const char firmware[] =
    "arm,scmi|arm,scmi-smc|arm,scpi|linaro,scmi-optee|xlnx,zynqmp-firmware|fsl,imx-scu|"
    "fsl,imx8qxp-clk|ti,k2g-sci|ti,am654-sci|raspberrypi,bcm2835-firmware";

/* Of devices that people call "rtc". */
static const char clocks[] = "arm,pl031|google,goldfish-rtc|xlnx,zynqmp-rtc";

/* --- finding them --- */

static bool has(const struct tree_node *node, const char *property) {
    return tree_property(node, property) != NULL;
}

/* Whether a node is only a way to what is below it. */
static bool is_bus(const struct tree_node *node) {
    struct system_range range;

    if (!has(node, "compatible"))
        return true;
    return survey_find_kind(node, "simple-bus|simple-pm-bus") != NULL ||
           (has(node, "ranges") && !tree_register(node, 0, &range));
}

/* Whether a node has its own way into a description, or none at all. */
static bool is_special(const struct tree_node *node) {
    return tree_is_type(node, "memory") || tree_is_type(node, "cpu") ||
           schema_is_choice("cpus|reserved-memory|chosen|aliases|firmware|__symbols__|psci|"
                            "thermal-zones|__fixups__",
                            node->name);
}

static void add_device(struct survey *survey, const struct tree_node *node, const char *path,
                       bool enabled) {
    struct arena *arena = &survey->board.arena;
    struct survey_device device = {.node = node,
                                   .path = path,
                                   .unit = survey_clean(arena, node->name),
                                   .enabled = enabled,
                                   .page = survey->device_count,
                                   .interrupt_owner = survey->device_count};

    *ARENA_ADD(arena, survey->devices, survey->device_count) = device;
}

/* The nodes below a bus that have registers, the buses below it likewise. */
static void find_below(struct survey *survey, const struct tree_node *bus, const char *above,
                       bool enabled, unsigned depth) {
    struct system_range range;

    for (const struct tree_node *node = bus + 1; node < bus->end; node = node->end) {
        bool usable = enabled && tree_is_enabled(node);

        if (bus->parent == NULL && is_special(node))
            continue;
        const char *path = arena_printf(&survey->board.arena, "%s/%s", above, node->name);

        if (is_bus(node) && depth < DEPTH_MAX)
            find_below(survey, node, path, usable, depth + 1);
        else if (tree_register(node, 0, &range))
            add_device(survey, node, path, usable);
    }
}

/* --- what comes with each --- */

static void add_registers(struct survey *survey, struct survey_device *device,
                          struct system_range range) {
    if (!range_in(device->registers, device->register_count, range.phys, range.size))
        *ARENA_ADD(&survey->board.arena, device->registers, device->register_count) = range;
}

/* A node's registers, and a bus's windows as far as guests can address them. */
static void read_registers(struct survey *survey, struct survey_device *device,
                           const struct tree_node *node) {
    uint64_t end = device_address_end(&survey->board);
    struct system_range range;
    struct tree_window window;

    for (size_t i = 0; i < tree_register_count(node); i++)
        if (tree_register(node, i, &range))
            add_registers(survey, device, range);
    for (size_t i = 0; tree_window(node, i, &window); i++)
        if (window.has_cpu && window.cpu.phys + (window.cpu.size - 1) < end)
            add_registers(survey, device, window.cpu);
}

/*
 * The node that a VM would have to own for one that a device needs: the device around it, or the
 * firmware's node; else the node itself.
 */
static const struct tree_node *find_owner(const struct survey *survey, const struct tree_node *node,
                                          bool *is_firmware) {
    const struct tree_node *owner = node;

    *is_firmware = false;
    for (const struct tree_node *at = node; at != NULL && at->parent != NULL; at = at->parent) {
        if (strcmp(at->name, "firmware") == 0)
            *is_firmware = true;
        else if (!*is_firmware)
            owner = at;
        if (survey_find_kind(at, firmware) != NULL) {
            *is_firmware = true;
            return at;
        }
        for (size_t i = 0; i < survey->device_count; i++)
            if (survey->devices[i].node == at)
                return at;
    }
    return *is_firmware ? owner : node;
}

/* Whether a node comes with a device. */
static bool is_one_of(const struct device *device, const struct tree_node *node) {
    for (size_t i = 0; i < device->node_count; i++)
        if (device->nodes[i] == node)
            return true;
    return false;
}

/* Whether the tree disables a node, or one that it is in. */
static bool is_disabled(const struct tree_node *node) {
    while (node != NULL && tree_is_enabled(node))
        node = node->parent;
    return node != NULL;
}

/* The node `user` of a device needs another node; a copied one is needed by all of the device. */
static void add_need(struct survey *survey, struct survey_device *device,
                     const struct tree_node *user, const struct provider *provider) {
    struct arena *arena = &survey->board.arena;
    struct survey_need need = {
        .user = provider->is_fixed ? device->node : user, .node = provider->node, .property = ""};

    if (!provider->is_fixed) {
        const struct tree_node *owner = find_owner(survey, provider->node, &need.is_firmware);

        need.property = survey_clean(arena, provider->property);
        if (owner != device->node) /* else it is not enabled, so it does not come with it */
            need.node = owner;
    }
    for (size_t i = 0; i < device->need_count; i++) {
        const struct survey_need *old = &device->needs[i];

        if (old->user == need.user && old->node == need.node &&
            strcmp(old->property, need.property) == 0)
            return;
    }
    need.name = need.node == NULL ? "a node that the tree does not have"
                                  : survey_clean(arena, need.node->name);
    need.is_disabled = is_disabled(need.node);
    *ARENA_ADD(arena, device->needs, device->need_count) = need;
}

static void add_interrupt(struct survey *survey, struct survey_device *device,
                          const struct tree_interrupt *interrupt) {
    for (size_t i = 0; i < device->interrupt_count; i++)
        if (survey_is_same_interrupt(&device->interrupts[i], interrupt))
            return;
    *ARENA_ADD(&survey->board.arena, device->interrupts, device->interrupt_count) = *interrupt;
}

static void read_interrupts(struct survey *survey, struct survey_device *device,
                            const struct tree_node *node) {
    struct tree_interrupt_walk walk = {.node = node};
    struct tree_interrupt interrupt;
    const char *property = NULL;

    while (tree_next_interrupt(&walk, &interrupt, &property))
        add_interrupt(survey, device, &interrupt);
}

/* Notes the needs of one node of the device for nodes that are not of `all`, its own. */
static void read_needs(struct survey *survey, struct survey_device *device,
                       const struct device *all, const struct tree_node *node) {
    struct machine machine = survey->board.machine;
    struct need_walk walk = need_walk(&machine, node);
    struct provider need;
    size_t count = 0;

    tree_cells(node, "memory-region", &count);
    machine.controller_node = survey->main_controller; /* whether or not Bulkhead drives it */
    while (need_next(&walk, &need))
        if (!is_one_of(all, need.node))
            add_need(survey, device, node, &need);
    for (size_t i = 0; i < count; i++) {
        need = (struct provider){"memory-region", tree_reference(node, "memory-region", i), false};
        add_need(survey, device, node, &need);
    }
}

static void read_device(struct survey *survey, struct survey_device *device) {
    struct device all = {.node = device->node};

    device_list(&all, &survey->board.arena);
    device->below = all.node_count - 1;
    device->harmless = true;
    for (size_t i = 0; i < all.node_count; i++) {
        const struct tree_node *node = all.nodes[i];

        read_registers(survey, device, node);
        read_interrupts(survey, device, node);
        read_needs(survey, device, &all, node);
        device->harmless = device->harmless && !device_may_master(&survey->board, node);
        device->has_stream = device->has_stream || has(node, "iommus") || has(node, "iommu-map");
    }
}

/* --- their names --- */

static bool means(struct survey *survey, const char *name, const struct tree_node *node) {
    struct arena *arena = &survey->board.arena;
    const char *why = NULL;
    const struct tree_node *found = NULL;

    return name != NULL && name[0] != '\0' && strcmp(survey_clean(arena, name), name) == 0 &&
           device_find(&survey->board, name, arena, &found, &why) == DEVICE_OK && found == node;
}

/* The name of the property, of aliases or __symbols__, whose value is this path. */
static const char *name_of_path(const struct tree *tree, const char *list, const char *path) {
    const struct tree_node *node = tree_child(tree->root, list);

    for (size_t i = 0; node != NULL && i < node->property_count; i++) {
        const struct tree_property *property = &node->properties[i];

        if (property->length == strlen(path) + 1 && strcmp(property->value, path) == 0)
            return property->name;
    }
    return NULL;
}

/* The name that a description can call the device by and that people know best. */
static void name_device(struct survey *survey, struct survey_device *device) {
    static const char *const parents[] = {"aliases", "__symbols__"};

    for (size_t i = 0; i < COUNT(parents); i++) {
        device->name = name_of_path(survey->board.machine.tree, parents[i], device->path);
        if (means(survey, device->name, device->node))
            return;
    }
    device->name = device->unit;
    if (!means(survey, device->name, device->node))
        device->name = survey_clean(&survey->board.arena, device->path);
}

/* A name that means nothing on the board yet. */
static const char *invent_name(struct survey *survey, const char *kind, bool numbered) {
    struct arena *arena = &survey->board.arena;
    const char *name = numbered ? arena_printf(arena, "%s0", kind) : kind;
    const char *why = NULL;
    const struct tree_node *found = NULL;

    for (unsigned number = numbered ? 1 : 0;
         device_find(&survey->board, name, arena, &found, &why) != DEVICE_UNKNOWN; number++)
        name = arena_printf(arena, "%s%u", kind, number);
    return name;
}

/* A name by what the device does, if no other does it and it has no name; NULL: none. */
static const char *known_name(const struct survey *survey, const struct survey_device *device) {
    const struct tree *tree = survey->board.machine.tree;
    const char *kind = survey_find_kind(device->node, clocks);
    bool is_known = kind != NULL && device->name == device->unit &&
                    tree_next_compatible(tree, NULL, kind) == device->node &&
                    tree_next_compatible(tree, device->node, kind) == NULL;

    return is_known ? "rtc" : NULL;
}

/* A device without a handy name gets one in board.yaml: what it does, or its kind and a number. */
static void rename_device(struct survey *survey, struct survey_device *device) {
    struct board *board = &survey->board;
    const char *comma = strrchr(device->unit, ',');
    const char *kind = comma != NULL ? comma + 1 : device->unit;
    const char *known = known_name(survey, device);

    if (known == NULL && device->name[0] != '/' && strlen(device->name) <= NAME_LENGTH_MAX)
        return;
    kind = arena_printf(&board->arena, "%.*s", (int)strcspn(kind, "@"), kind);
    struct board_name entry = {invent_name(survey, known != NULL ? known : kind, known == NULL),
                               device->name};
    *ARENA_ADD(&board->arena, board->names, board->name_count) = entry;
    device->name = entry.name;
}

/* Calls the devices that are needed by their names. */
static void name_needs(struct survey *survey, const struct survey_device *device) {
    for (size_t i = 0; i < device->need_count; i++)
        for (size_t j = 0; j < survey->device_count; j++)
            if (survey->devices[j].node == device->needs[i].node)
                device->needs[i].name = survey->devices[j].name;
}

/* --- all of it --- */

void survey_find_devices(struct survey *survey) {
    find_below(survey, survey->board.machine.tree->root, "", true, 0);
    for (size_t i = 0; i < survey->device_count; i++) {
        read_device(survey, &survey->devices[i]);
        name_device(survey, &survey->devices[i]);
    }
}

void survey_name_devices(struct survey *survey) {
    for (size_t i = 0; i < survey->device_count; i++) {
        struct survey_device *device = &survey->devices[i];

        if (device->group != SURVEY_NEVER && device->group != SURVEY_DISABLED)
            rename_device(survey, device);
    }
    for (size_t i = 0; i < survey->device_count; i++)
        name_needs(survey, &survey->devices[i]);
}
