/* SPDX-License-Identifier: Apache-2.0 */
/*
 * survey_devices.c - what of a board could be passed through. Which rule stands against it is asked
 * of those who check descriptions: each device is put into a system of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "abi/boot_record.h"
#include "tool/check.h"
#include "tool/survey.h"

#define COUNT(array)    (sizeof(array) / sizeof((array)[0]))
#define DEPTH_MAX       16 /* of buses; boards have 5 */
#define NAME_LENGTH_MAX 32 /* a longer one gets a short one in board.yaml */

/* A description of a VM up to its devices, and the line where they stand. */
#define PROBE                                                                                      \
    "bulkhead: 1\nboard: probe\nvms:\n  probe:\n    cpus: 0\n    memory: 4 KiB\n"                  \
    "    image: none\n    console: none\n    devices:\n"
#define PROBE_LINE 10

/* Compatible strings of what turns the firmware's services into providers. */
static const char *const firmware[] = {
    "arm,scmi",
    "arm,scmi-smc",
    "arm,scpi",
    "linaro,scmi-optee",
    "xlnx,zynqmp-firmware",
    "fsl,imx-scu",
    "fsl,imx8qxp-clk",
    "ti,k2g-sci",
    "ti,am654-sci",
    "raspberrypi,bcm2835-firmware",
};

/* Devices that people call by what they do. */
static const struct {
    const char *compatible;
    const char *name;
} known_names[] = {
    {"arm,pl031", "rtc"},
    {"google,goldfish-rtc", "rtc"},
    {"xlnx,zynqmp-rtc", "rtc"},
};

static bool is_any_of(const void *tree, int node, const char *const *list, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (tree_is_compatible(tree, node, list[i]))
            return true;
    return false;
}

/* --- finding them --- */

static bool has(const void *tree, int node, const char *property) {
    return fdt_getprop(tree, node, property, NULL) != NULL;
}

/* Whether a node is only a way to what is below it. */
static bool is_bus(const void *tree, int node) {
    static const char *const buses[] = {"simple-bus", "simple-pm-bus"};
    struct system_range range;

    if (!has(tree, node, "compatible"))
        return true;
    return is_any_of(tree, node, buses, COUNT(buses)) ||
           (has(tree, node, "ranges") && !tree_register(tree, node, 0, &range));
}

/* What has its own way into a description, or none at all. */
static bool is_special(const void *tree, int node) {
    static const char *const names[] = {"cpus",    "reserved-memory", "chosen",
                                        "aliases", "firmware",        "__symbols__",
                                        "psci",    "thermal-zones",   "__fixups__"};
    const char *name = fdt_get_name(tree, node, NULL);
    const char *type = tree_string(tree, node, "device_type");

    if (type != NULL && (strcmp(type, "memory") == 0 || strcmp(type, "cpu") == 0))
        return true;
    for (size_t i = 0; name != NULL && i < COUNT(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static void add_device(struct survey *survey, int node, const char *path, bool enabled) {
    struct arena *arena = &survey->board.arena;
    const char *name = fdt_get_name(survey->board.machine.tree, node, NULL);
    struct survey_device device = {.node = node,
                                   .path = path,
                                   .unit = survey_clean(arena, name),
                                   .enabled = enabled,
                                   .page = survey->device_count,
                                   .interrupt_owner = survey->device_count};

    survey->devices =
        arena_grow(arena, survey->devices, ++survey->device_count, sizeof(*survey->devices));
    survey->devices[survey->device_count - 1] = device;
}

/* The nodes below a bus that have registers, the buses below it likewise. */
static void find_below(struct survey *survey, int bus, const char *above, bool enabled,
                       unsigned depth) {
    const void *tree = survey->board.machine.tree;
    struct system_range range;
    int node;

    fdt_for_each_subnode(node, tree, bus) {
        bool usable = enabled && tree_is_enabled(tree, node);

        if (bus == 0 && is_special(tree, node))
            continue;
        const char *name = fdt_get_name(tree, node, NULL);
        const char *path =
            arena_printf(&survey->board.arena, "%s/%s", above, name == NULL ? "" : name);

        if (is_bus(tree, node) && depth < DEPTH_MAX)
            find_below(survey, node, path, usable, depth + 1);
        else if (tree_register(tree, node, 0, &range))
            add_device(survey, node, path, usable);
    }
}

/* --- what comes with each --- */

static void read_registers(struct survey *survey, struct survey_device *device) {
    struct arena *arena = &survey->board.arena;
    struct system_range range;

    for (size_t i = 0; tree_register(survey->board.machine.tree, device->node, i, &range); i++) {
        device->registers = arena_grow(arena, device->registers, ++device->register_count,
                                       sizeof(*device->registers));
        device->registers[i] = range;
    }
}

static bool is_same(const struct tree_interrupt *a, const struct tree_interrupt *b) {
    return a->controller == b->controller && a->number == b->number &&
           a->is_private == b->is_private;
}

static void read_interrupts(struct survey *survey, struct survey_device *device) {
    struct arena *arena = &survey->board.arena;
    struct tree_interrupt interrupt;

    for (size_t i = 0; tree_interrupt(survey->board.machine.tree, device->node, i, &interrupt);
         i++) {
        bool is_new = true;

        for (size_t j = 0; j < device->interrupt_count; j++)
            is_new = is_new && !is_same(&device->interrupts[j], &interrupt);
        if (!is_new)
            continue;
        device->interrupts = arena_grow(arena, device->interrupts, ++device->interrupt_count,
                                        sizeof(*device->interrupts));
        device->interrupts[device->interrupt_count - 1] = interrupt;
    }
}

/*
 * What a VM would have to own for a node that a device needs: the device that it is part of, or the
 * firmware's node; else the node itself.
 */
static int find_owner(const struct survey *survey, int node, bool *is_firmware) {
    const void *tree = survey->board.machine.tree;
    int owner = node;

    *is_firmware = false;
    for (int at = node; at > 0; at = tree_parent(tree, at)) {
        const char *name = fdt_get_name(tree, at, NULL);

        if (name != NULL && strcmp(name, "firmware") == 0)
            *is_firmware = true;
        else if (!*is_firmware)
            owner = at;
        if (is_any_of(tree, at, firmware, COUNT(firmware))) {
            *is_firmware = true;
            return at;
        }
        for (size_t i = 0; i < survey->device_count; i++)
            if (survey->devices[i].node == at)
                return at;
    }
    return *is_firmware ? owner : node;
}

static void add_need(struct survey *survey, struct survey_device *device,
                     const struct device_provider *provider) {
    struct arena *arena = &survey->board.arena;
    const void *tree = survey->board.machine.tree;
    struct survey_need *need = NULL;
    bool is_firmware = false;
    int owner =
        provider->is_fixed ? provider->node : find_owner(survey, provider->node, &is_firmware);

    if (owner == device->node)
        return;
    for (size_t i = 0; i < device->need_count; i++)
        if (device->needs[i].node == owner && device->needs[i].is_fixed == provider->is_fixed)
            need = &device->needs[i];
    if (need == NULL) {
        device->needs =
            arena_grow(arena, device->needs, ++device->need_count, sizeof(*device->needs));
        need = &device->needs[device->need_count - 1];
        *need = (struct survey_need){
            .node = owner,
            .name = owner < 0 ? "a node that the tree does not have"
                              : survey_clean(arena, fdt_get_name(tree, owner, NULL)),
            .is_fixed = provider->is_fixed,
            .is_firmware = is_firmware,
        };
    }
    const char *property = survey_clean(arena, provider->property);
    for (size_t i = 0; i < need->property_count; i++)
        if (strcmp(need->properties[i], property) == 0)
            return;
    need->properties =
        arena_grow(arena, need->properties, ++need->property_count, sizeof(*need->properties));
    need->properties[need->property_count - 1] = property;
}

static void read_device(struct survey *survey, struct survey_device *device) {
    const struct board *board = &survey->board;
    const void *tree = board->machine.tree;
    struct device_provider provider;
    int child;

    read_registers(survey, device);
    read_interrupts(survey, device);
    for (size_t i = 0; device_provider(tree, device->node, i, &provider); i++)
        add_need(survey, device, &provider);
    fdt_for_each_subnode(child, tree, device->node) {
        device->children++;
    }
    for (size_t i = 0; i < board->no_dma_count; i++)
        device->harmless =
            device->harmless || tree_is_compatible(tree, device->node, board->no_dma[i]);
    device->has_stream = has(tree, device->node, "iommus") || has(tree, device->node, "iommu-map");
}

/* --- their names --- */

static bool means(const struct survey *survey, const char *name, int node) {
    struct arena scratch = {0};
    const char *why = NULL;
    int found = -1;
    bool yes = name != NULL && name[0] != '\0' && strcmp(survey_clean(&scratch, name), name) == 0 &&
               device_find(&survey->board, name, &scratch, &found, &why) == DEVICE_OK &&
               found == node;

    arena_free(&scratch);
    return yes;
}

/* The name of the property, of /aliases or /__symbols__, whose value is this path. */
static const char *name_of_path(const void *tree, const char *parent, const char *path) {
    int node = fdt_path_offset(tree, parent);
    int property;

    if (node < 0)
        return NULL;
    fdt_for_each_property_offset(property, tree, node) {
        const char *name = NULL;
        int length = 0;
        const char *value = fdt_getprop_by_offset(tree, property, &name, &length);

        if (value != NULL && length == (int)strlen(path) + 1 && strcmp(value, path) == 0)
            return name;
    }
    return NULL;
}

/* The name that a description can call the device by and that people know best. */
static void name_device(struct survey *survey, struct survey_device *device) {
    static const char *const parents[] = {"/aliases", "/__symbols__"};

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
    enum device_result result = DEVICE_OK;
    const char *name = kind;

    for (unsigned number = 0; result != DEVICE_UNKNOWN; number++) {
        struct arena scratch = {0};
        const char *why = NULL;
        int found = -1;

        name = numbered || number != 0 ? arena_printf(arena, "%s%u", kind, number) : kind;
        result = device_find(&survey->board, name, &scratch, &found, &why);
        arena_free(&scratch);
    }
    return name;
}

/* What a device is known to do, if it is the only one that does it and has no other name. */
static const char *known_name(const struct survey *survey, const struct survey_device *device) {
    const void *tree = survey->board.machine.tree;

    for (size_t i = 0; i < COUNT(known_names) && device->name == device->unit; i++) {
        const char *compatible = known_names[i].compatible;
        int first = fdt_node_offset_by_compatible(tree, -1, compatible);

        if (first == device->node && fdt_node_offset_by_compatible(tree, first, compatible) < 0)
            return known_names[i].name;
    }
    return NULL;
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
    board->names =
        arena_grow(&board->arena, board->names, ++board->name_count, sizeof(*board->names));
    board->names[board->name_count - 1] = entry;
    device->name = entry.name;
}

/* --- which rule stands against it --- */

/* RAM that no register lies in, where the tree has none: that the board lacks it is told apart. */
static struct system_range no_ram = {SYSTEM_ADDRESS_MAX - SYSTEM_BLOCK_SIZE, SYSTEM_BLOCK_SIZE};

/* Makes of a board what devices can be checked against, as if Bulkhead drove all of it. */
static void make_checkable(struct board *board, int controller) {
    struct machine *machine = &board->machine;

    if (machine->controller_node < 0)
        machine->board.riscv64.sources = SYSTEM_INTERRUPTS_MAX;
    machine->controller_node = controller;
    if (machine->board.console_kind == CONSOLE_KIND_NONE)
        machine_release_console(machine);
    if (machine->ram_count == 0) {
        machine->ram = &no_ram;
        machine->ram_count = 1;
    }
    board->ram = machine->ram;
    board->ram_count = machine->ram_count;
}

/* The first error at the probed device. */
static const struct diagnostic *first_error(const struct diagnostics *diagnostics) {
    for (size_t i = 0; i < diagnostics->count; i++)
        if (diagnostics->items[i].mark.line >= PROBE_LINE)
            return &diagnostics->items[i];
    return NULL;
}

/* A path between quotes. */
static const char *quoted(struct arena *arena, const char *path) {
    const char *text = "";

    for (const char *quote; (quote = strchr(path, '\'')) != NULL; path = quote + 1)
        text = arena_printf(arena, "%s%.*s''", text, (int)(quote - path), path);
    return arena_printf(arena, "'%s%s'", text, path);
}

/* The first rule that a system breaks whose only VM has this device; of its other rules none. */
static const char *probe(const struct board *board, const struct survey_device *device) {
    struct arena scratch = {0};
    struct options options = {.boards = "."};
    struct diagnostics diagnostics = {0};
    struct plan plan = {.arena = &scratch, .diagnostics = &diagnostics, .board = board};
    const char *path = quoted(&scratch, device->path);
    const char *text = arena_printf(&scratch, PROBE "      - { node: %s, enable: yes }\n", path);
    const char *rule = rule_name(RULE_DEVICE_UNKNOWN); /* its name cannot even be written */

    if (strcmp(survey_clean(&scratch, device->path), device->path) == 0)
        plan.description =
            description_parse("probe", text, strlen(text), &options, &scratch, &diagnostics);
    if (plan.description != NULL) {
        check_system(&plan);
        const struct diagnostic *error = first_error(&diagnostics);
        rule = error == NULL ? NULL : error->rule;
    }
    for (int i = 0; rule != NULL && i < RULE_COUNT; i++)
        if (strcmp(rule_name((enum rule)i), rule) == 0)
            rule = rule_name((enum rule)i); /* which stays */
    options_free(&options);
    diagnostics_free(&diagnostics);
    arena_free(&scratch);
    return rule;
}

static bool is_rule(const struct survey_device *device, enum rule rule) {
    return device->rule != NULL && strcmp(device->rule, rule_name(rule)) == 0;
}

static bool is_part(const struct survey_part *parts, size_t count, int node) {
    for (size_t i = 0; i < count; i++)
        if (parts[i].node == node)
            return true;
    return false;
}

/* Who programs an IOMMU rules over all DMA behind it. */
static bool is_iommu(const struct survey *survey, const struct survey_device *device) {
    return is_part(survey->iommus, survey->iommu_count, device->node);
}

static bool is_controller(const struct survey *survey, const struct survey_device *device) {
    return is_part(survey->controllers, survey->controller_count, device->node);
}

/* Why a device cannot be passed through, as the rest of a sentence. */
static const char *reason(struct survey *survey, const struct survey_device *device) {
    static const struct {
        enum rule rule;
        const char *text;
    } reasons[] = {
        {RULE_DEVICE_IS_CONTROLLER,
         "an interrupt controller or timer of the machine's, or over one"},
        {RULE_DEVICE_IS_CONSOLE, "Bulkhead's console, which all VMs share, or in its page"},
        {RULE_DEVICE_UNKNOWN, "its name cannot be written in a description"},
        {RULE_DEVICE_IS_RAM, "its registers lie in RAM"},
        {RULE_ADDRESS_TOO_HIGH, "its registers are beyond the addresses that a guest has"},
        {RULE_INTERRUPT_SHARED, "it has the interrupt of Bulkhead's console"},
    };
    struct device found = {.node = device->node};
    struct board checked = survey->board;
    const char *why = NULL;

    make_checkable(&checked, survey->main_controller);
    if (is_iommu(survey, device))
        return "an IOMMU, which contains the DMA of others";
    if (is_controller(survey, device))
        return reasons[0].text;
    for (size_t i = 0; i < COUNT(reasons); i++)
        if (is_rule(device, reasons[i].rule))
            return reasons[i].text;
    enum device_result result = device_read(&checked, &found, &survey->board.arena, &why);
    if (result == DEVICE_NOT_SUPPORTED)
        return arena_printf(&survey->board.arena, "not yet supported: %s", why);
    if (result != DEVICE_OK)
        return why;
    return device->rule;
}

/* Whether another device has one of its pages as well. */
static bool has_page_mate(const struct survey *survey, size_t index) {
    size_t page = survey->devices[index].page;

    for (size_t i = 0; i < survey->device_count; i++)
        if (i != index && survey->devices[i].page == page)
            return true;
    return false;
}

/* Whether a device is, by its name, one that concerns the whole machine. */
static bool is_common(const struct survey_device *device) {
    static const char *const names[] = {
        "clock-controller",
        "clock",
        "reset-controller",
        "power-controller",
        "power-management",
        "memory-controller",
        "ddr-pmu",
        "interconnect",
        "noc",
        "syscon",
        "system-controller",
        "pinctrl",
        "pinmux",
        "watchdog",
        "efuse",
        "thermal-sensor",
        "nvmem",
        "qos",
        "cache-controller",
        "dmc",
        "system-cache-controller",
        "tbu",
        "hwlock",
        "test",
    };
    size_t length = strcspn(device->unit, "@");

    for (size_t i = 0; i < COUNT(names); i++)
        if (strlen(names[i]) == length && strncmp(names[i], device->unit, length) == 0)
            return true;
    return false;
}

static enum survey_group group_of(const struct survey *survey, size_t index) {
    const struct survey_device *device = &survey->devices[index];

    if (is_iommu(survey, device) || is_controller(survey, device))
        return SURVEY_NEVER;
    if (!device->enabled && !is_rule(device, RULE_DEVICE_UNFIT))
        return SURVEY_DISABLED;
    if (device->rule != NULL && !is_rule(device, RULE_DEVICE_DMA) &&
        !is_rule(device, RULE_UNOWNED_PROVIDER))
        return SURVEY_NEVER;
    if (has_page_mate(survey, index))
        return SURVEY_SHARED;
    if (device->users != 0 || is_common(device))
        return SURVEY_COMMON;
    return device->rule == NULL ? SURVEY_READY : SURVEY_DECISION;
}

/* --- what they have in common --- */

static bool share_page(const struct survey_device *one, const struct survey_device *other) {
    uint64_t mask = ~(uint64_t)(SYSTEM_PAGE_SIZE - 1);

    for (size_t i = 0; i < one->register_count; i++) {
        struct system_range a = one->registers[i];

        for (size_t j = 0; j < other->register_count; j++) {
            struct system_range b = other->registers[j];

            if ((a.phys & mask) <= ((b.phys + b.size - 1) & mask) &&
                (b.phys & mask) <= ((a.phys + a.size - 1) & mask))
                return true;
        }
    }
    return false;
}

static bool share_interrupt(const struct survey_device *one, const struct survey_device *other) {
    for (size_t i = 0; i < one->interrupt_count; i++)
        for (size_t j = 0; j < other->interrupt_count; j++)
            if (is_same(&one->interrupts[i], &other->interrupts[j]))
                return true;
    return false;
}

/* Makes one of two sets of devices that have pages in common. */
static void join_pages(struct survey *survey, size_t one, size_t other) {
    size_t first = one < other ? one : other;

    for (size_t i = 0; i < survey->device_count; i++)
        if (survey->devices[i].page == one || survey->devices[i].page == other)
            survey->devices[i].page = first;
}

static void compare(struct survey *survey, size_t index) {
    struct survey_device *device = &survey->devices[index];

    for (size_t i = 0; i < index && device->enabled; i++) {
        const struct survey_device *other = &survey->devices[i];

        if (!other->enabled)
            continue;
        if (share_page(device, other))
            join_pages(survey, device->page, other->page);
        if (device->interrupt_owner == index && share_interrupt(device, other))
            device->interrupt_owner = other->interrupt_owner;
    }
}

/* Finds the devices that a device needs, and counts it as one of their users. */
static void find_needs(struct survey *survey, const struct survey_device *device) {
    for (size_t i = 0; i < device->need_count; i++) {
        struct survey_need *need = &device->needs[i];

        for (size_t j = 0; j < survey->device_count; j++) {
            struct survey_device *other = &survey->devices[j];

            if (other->node != need->node)
                continue;
            need->name = other->name;
            other->users += device->enabled;
        }
    }
}

/* --- all of it --- */

void survey_find_devices(struct survey *survey) {
    struct board checked = survey->board;

    find_below(survey, 0, "", true, 0);
    make_checkable(&checked, survey->main_controller);
    for (size_t i = 0; i < survey->device_count; i++) {
        struct survey_device *device = &survey->devices[i];

        read_device(survey, device);
        name_device(survey, device);
        compare(survey, i);
        device->rule = probe(&checked, device);
    }
    for (size_t i = 0; i < survey->device_count; i++)
        find_needs(survey, &survey->devices[i]);
    for (size_t i = 0; i < survey->device_count; i++) {
        struct survey_device *device = &survey->devices[i];

        device->group = group_of(survey, i);
        if (device->group == SURVEY_NEVER)
            device->why = reason(survey, device);
        else if (device->group != SURVEY_DISABLED)
            rename_device(survey, device);
    }
}
