/* SPDX-License-Identifier: Apache-2.0 */
/*
 * survey_devices.c - what of a board could be passed through. Which rule stands against it is asked
 * of those who check descriptions: each device is put into a system of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "abi/boot_record.h"
#include "tool/check.h"
#include "tool/provider.h"
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

static void add_registers(struct survey *survey, struct survey_device *device,
                          struct system_range range) {
    for (size_t i = 0; i < device->register_count; i++)
        if (range.phys >= device->registers[i].phys &&
            range.phys + (range.size - 1) <=
                device->registers[i].phys + (device->registers[i].size - 1))
            return;
    device->registers = arena_grow(&survey->board.arena, device->registers,
                                   ++device->register_count, sizeof(*device->registers));
    device->registers[device->register_count - 1] = range;
}

/* A node's registers, and a bus's windows as far as guests can address them. */
static void read_registers(struct survey *survey, struct survey_device *device, int node) {
    const void *tree = survey->board.machine.tree;
    uint64_t end = device_address_end(&survey->board);
    struct system_range range;
    struct tree_window window;

    for (size_t i = 0; i < tree_register_count(tree, node); i++)
        if (tree_register(tree, node, i, &range))
            add_registers(survey, device, range);
    for (size_t i = 0; tree_window(tree, node, i, &window); i++)
        if (window.has_cpu && window.cpu.phys + (window.cpu.size - 1) < end)
            add_registers(survey, device, window.cpu);
}

static bool is_same(const struct tree_interrupt *a, const struct tree_interrupt *b) {
    return a->controller == b->controller && a->number == b->number &&
           a->is_private == b->is_private;
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

/* The need of the node `user` for `owner`; a new one if there was none. */
static struct survey_need *find_need(struct survey *survey, struct survey_device *device, int user,
                                     int owner, bool is_fixed) {
    struct arena *arena = &survey->board.arena;

    for (size_t i = 0; i < device->need_count; i++) {
        struct survey_need *need = &device->needs[i];

        if (need->user == user && need->node == owner && need->is_fixed == is_fixed)
            return need;
    }
    device->needs = arena_grow(arena, device->needs, ++device->need_count, sizeof(*device->needs));
    struct survey_need *need = &device->needs[device->need_count - 1];
    *need = (struct survey_need){
        .user = user,
        .node = owner,
        .name = owner < 0
                    ? "a node that the tree does not have"
                    : survey_clean(arena, fdt_get_name(survey->board.machine.tree, owner, NULL)),
        .is_fixed = is_fixed,
    };
    return need;
}

/* The node `user` of a device needs another node; a copied one is needed by all of the device. */
static void add_need(struct survey *survey, struct survey_device *device, int user,
                     const struct provider *provider) {
    struct arena *arena = &survey->board.arena;
    bool is_firmware = false;
    bool is_fixed = provider->is_fixed;
    int owner = is_fixed ? provider->node : find_owner(survey, provider->node, &is_firmware);

    if (owner == device->node)
        return;
    struct survey_need *need =
        find_need(survey, device, is_fixed ? device->node : user, owner, is_fixed);
    const char *property = survey_clean(arena, provider->property);
    need->is_firmware = is_firmware;
    for (size_t i = 0; i < need->property_count; i++)
        if (strcmp(need->properties[i], property) == 0)
            return;
    need->properties =
        arena_grow(arena, need->properties, ++need->property_count, sizeof(*need->properties));
    need->properties[need->property_count - 1] = property;
}

/* One of its interrupts; what goes to another controller than the machine's is needed, too. */
static void add_interrupt(struct survey *survey, struct survey_device *device, int node,
                          const char *property, const struct tree_interrupt *interrupt) {
    for (size_t i = 0; i < device->interrupt_count; i++)
        if (is_same(&device->interrupts[i], interrupt))
            return;
    if (interrupt->controller != survey->main_controller) {
        const struct provider controller = {property, interrupt->controller, false};

        add_need(survey, device, node, &controller);
    }
    device->interrupts = arena_grow(&survey->board.arena, device->interrupts,
                                    ++device->interrupt_count, sizeof(*device->interrupts));
    device->interrupts[device->interrupt_count - 1] = *interrupt;
}

static void read_interrupts(struct survey *survey, struct survey_device *device, int node) {
    const void *tree = survey->board.machine.tree;
    const char *property =
        has(tree, node, "interrupts-extended") ? "interrupts-extended" : "interrupts";
    struct tree_interrupt interrupt;
    struct tree_route route;

    for (size_t i = 0; tree_interrupt(tree, node, i, &interrupt); i++)
        add_interrupt(survey, device, node, property, &interrupt);
    for (size_t i = 0; tree_route(tree, node, i, &route); i++)
        add_interrupt(survey, device, node, "interrupt-map", &route.to);
}

static void read_needs(struct survey *survey, struct survey_device *device, int node) {
    const void *tree = survey->board.machine.tree;
    struct provider provider;
    size_t count = 0;
    const fdt32_t *region = tree_cells(tree, node, "memory-region", &count);

    for (size_t i = 0; provider_at(tree, node, i, &provider); i++)
        add_need(survey, device, node, &provider);
    for (size_t i = 0; i < count; i++) {
        provider =
            (struct provider){"memory-region", tree_by_phandle(tree, fdt32_ld(&region[i])), false};
        add_need(survey, device, node, &provider);
    }
}

/* Whether a node is known not to be a bus master. */
static bool is_harmless(const struct board *board, int node) {
    struct system_range range;

    for (size_t i = 0; i < board->no_dma_count; i++)
        if (tree_is_compatible(board->machine.tree, node, board->no_dma[i]))
            return true;
    return !tree_register(board->machine.tree, node, 0, &range);
}

static void read_device(struct survey *survey, struct survey_device *device) {
    const void *tree = survey->board.machine.tree;
    struct device all = {.node = device->node};

    device_list(&survey->board, &all, &survey->board.arena);
    device->below = all.node_count - 1;
    device->harmless = true;
    for (size_t i = 0; i < all.node_count; i++) {
        int node = all.nodes[i];

        read_registers(survey, device, node);
        read_interrupts(survey, device, node);
        read_needs(survey, device, node);
        device->harmless = device->harmless && is_harmless(&survey->board, node);
        device->has_stream =
            device->has_stream || has(tree, node, "iommus") || has(tree, node, "iommu-map");
    }
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

/*
 * Makes of a board what devices can be checked against, as if Bulkhead drove all of it. Where the
 * tree has no RAM there is some that no register lies in: that it lacks it is told apart.
 */
static void make_checkable(struct board *board, int controller, struct arena *arena) {
    struct machine *machine = &board->machine;

    if (machine->controller_node < 0)
        machine->board.riscv64.sources = SYSTEM_INTERRUPTS_MAX;
    machine->controller_node = controller;
    if (machine->board.console_kind == CONSOLE_KIND_NONE)
        machine_release_console(machine);
    if (machine->ram_count == 0) {
        machine->ram = arena_alloc(arena, sizeof(*machine->ram));
        machine->ram[0] = (struct system_range){machine_address_end(machine) - SYSTEM_BLOCK_SIZE,
                                                SYSTEM_BLOCK_SIZE};
        machine->ram_count = 1;
    }
    board->ram = machine->ram;
    board->ram_count = machine->ram_count;
}

/* The first error at the probed device. */
static const struct diagnostic *first_error(const struct diagnostics *diagnostics) {
    for (size_t i = 0; i < diagnostics->count; i++)
        if (diagnostics->items[i].severity == SEVERITY_ERROR &&
            diagnostics->items[i].mark.line >= PROBE_LINE)
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

/* The entries of a device: the plain one, or with all that can be decided in its favour. */
static const char *entries(const struct board *board, const struct survey_device *device,
                           bool decided, struct arena *arena) {
    const char *path = quoted(arena, device->path);

    if (!decided)
        return arena_printf(arena, "      - { node: %s, enable: yes }\n", path);
    const char *text = arena_printf(arena, "      - { node: %s, enable: yes, dma: none%s }\n", path,
                                    survey_without(device, device->node, arena));
    for (int user = device->node; (user = survey_next_user(device, user)) >= 0;)
        text = arena_printf(arena, "%s      - { node: %s, dma: none%s }\n", text,
                            quoted(arena, tree_path(board->machine.tree, user, arena)),
                            survey_without(device, user, arena));
    return text;
}

/* The first rule that a system breaks whose only VM has this device; of its other rules none. */
static const char *probe(const struct board *board, const struct survey_device *device,
                         bool decided) {
    struct arena scratch = {0};
    struct options options = {.boards = "."};
    struct diagnostics diagnostics = {0};
    struct plan plan = {.arena = &scratch, .diagnostics = &diagnostics, .board = board};
    const char *text =
        arena_printf(&scratch, PROBE "%s", entries(board, device, decided, &scratch));
    const char *rule = rule_info(RULE_DEVICE_UNKNOWN)->name; /* its name cannot even be written */

    if (strcmp(survey_clean(&scratch, device->path), device->path) == 0)
        plan.description =
            description_parse("probe", text, strlen(text), &options, &scratch, &diagnostics);
    if (plan.description != NULL) {
        check_system(&plan);
        const struct diagnostic *error = first_error(&diagnostics);
        rule = error == NULL ? NULL : error->rule;
    }
    if (rule != NULL)
        rule = rule_info(rule_find(rule))->name; /* which stays */
    options_free(&options);
    diagnostics_free(&diagnostics);
    arena_free(&scratch);
    return rule;
}

/* Whether this rule stands against it whatever is decided. */
static bool is_rule(const struct survey_device *device, enum rule rule) {
    return device->obstacle != NULL && strcmp(device->obstacle, rule_info(rule)->name) == 0;
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

/* What device_read() has against it, with all that can be left out left out; NULL: nothing. */
static const char *unfit(struct survey *survey, const struct survey_device *device) {
    struct arena *arena = &survey->board.arena;
    struct device_omission *omissions = arena_alloc(arena, device->need_count * sizeof(*omissions));
    struct device found = {.node = device->node};
    struct board checked = survey->board;
    const char *why = NULL;

    for (size_t i = 0; i < device->need_count; i++) {
        const struct survey_need *need = &device->needs[i];
        struct value *words = arena_alloc(arena, sizeof(*words));

        words->count = need->is_fixed ? 0 : need->property_count;
        words->items = arena_alloc(arena, (words->count + 1) * sizeof(*words->items));
        for (size_t j = 0; j < words->count; j++)
            words->items[j].text = need->properties[j];
        omissions[i] = (struct device_omission){need->user, words};
    }
    make_checkable(&checked, survey->main_controller, arena);
    device_list(&checked, &found, arena);
    enum device_result result =
        device_read(&checked, &found, omissions, device->need_count, arena, &why);
    if (result == DEVICE_NOT_SUPPORTED)
        return arena_printf(arena, "not yet supported: %s", why);
    return result == DEVICE_OK && device_is_whole(&checked, &found, arena, &why) ? NULL : why;
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

    if (is_iommu(survey, device))
        return "an IOMMU, which contains the DMA of others";
    if (is_controller(survey, device))
        return reasons[0].text;
    for (size_t i = 0; i < COUNT(reasons); i++)
        if (is_rule(device, reasons[i].rule))
            return reasons[i].text;
    const char *why = unfit(survey, device);
    if (why == NULL && is_rule(device, RULE_DEVICE_UNFIT))
        why = "it has registers in a page of the secure world";
    return why != NULL ? why : device->obstacle;
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
    if (device->obstacle != NULL)
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
    make_checkable(&checked, survey->main_controller, &survey->board.arena);
    for (size_t i = 0; i < survey->device_count; i++) {
        struct survey_device *device = &survey->devices[i];

        read_device(survey, device);
        name_device(survey, device);
        compare(survey, i);
        device->rule = probe(&checked, device, false);
        device->obstacle = device->rule == NULL ? NULL : probe(&checked, device, true);
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
