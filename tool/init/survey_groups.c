/* SPDX-License-Identifier: Apache-2.0 */
/*
 * survey_groups.c - how a device could be passed through. Which rule stands against it is asked of
 * those who check descriptions: each device is put into a system of its own.
 */
#include <string.h>

#include "abi/boot_record.h"
#include "config/config_check.h"
#include "tool/check/check.h"
#include "tool/format/schema.h"
#include "tool/init/survey.h"

/* --- which rule stands against it --- */

/*
 * Makes of a board what devices can be checked against, as if Bulkhead drove all of it. Where the
 * tree has no RAM, or no controller to place a guest's by, they are where no register lies: that
 * the board lacks them is told apart.
 */
static void make_checkable(struct board *board, const struct tree_node *controller,
                           struct arena *arena) {
    struct machine *machine = &board->machine;
    uint64_t end = machine_address_end(machine);

    if (machine->controller_node == NULL) {
        if (machine->config->arch == SYSTEM_ARCH_RISCV64)
            machine->board.riscv64.sources = SYSTEM_INTERRUPTS_MAX;
        machine->guest_controller_at = end - 2 * SYSTEM_BLOCK_SIZE;
        machine->guest_controller_cpus_at = end - 3 * SYSTEM_BLOCK_SIZE;
    }
    machine->controller_node = controller;
    if (machine->board.console_kind == CONSOLE_KIND_NONE)
        machine_release_console(machine);
    if (machine->ram_count == 0) {
        machine->ram = arena_alloc(arena, sizeof(*machine->ram));
        machine->ram[0] = (struct system_range){end - SYSTEM_BLOCK_SIZE, SYSTEM_BLOCK_SIZE};
        machine->ram_count = 1;
    }
    board->ram = machine->ram;
    board->ram_count = machine->ram_count;
}

#define CONTROLLER "an interrupt controller or timer of the machine's, or over one"

/* Errors are in an entry for what is probed, or in the system around it. */
static const struct mark entry_mark = {.file = "probe", .line = 1};
static const struct mark system_mark = {.file = "probe"};

/* The entry for a node: the plain one, or with all that can be decided in its favour. */
static struct device_description make_entry(const struct survey_device *device,
                                            const struct tree_node *node, bool decided,
                                            struct arena *arena) {
    struct device_description entry = {
        .node = {.mark = entry_mark, .given = true},
        .enable = {.given = true, .number = node == device->node},
        .dma = {.given = decided, .text = "none"},
    };

    entry.node.text = node == device->node ? device->path : tree_path(node, arena);
    if (decided)
        entry.without = survey_without(device, node, arena);
    for (size_t i = 0; i < entry.without.count; i++)
        entry.without.items[i].mark = entry_mark;
    return entry;
}

/* The first rule that a system breaks whose only VM has these devices; of its other rules none. */
static enum rule check_entries(const struct board *board, struct value devices,
                               struct arena *arena) {
    struct memory_description memory = {.self = {.mark = system_mark},
                                        .size = {.number = SYSTEM_PAGE_SIZE}};
    struct vm_description vm = {
        .self = {.mark = system_mark, .key = "probe"},
        .cpus = {.mark = system_mark, .number = 1},
        .memory = {.mark = system_mark, .maps = &memory, .count = 1},
        .image = {.bad = true}, /* it has none */
        .devices = devices,
        .console = {.given = true, .text = "none"},
    };
    struct description description = {.board = {.mark = system_mark},
                                      .vms = {.mark = system_mark, .maps = &vm, .count = 1}};
    struct diagnostics diagnostics = {0};
    struct plan plan = {
        .arena = arena, .diagnostics = &diagnostics, .description = &description, .board = board};
    enum rule rule = RULE_NONE;

    check_system(&plan);
    for (size_t i = 0; i < diagnostics.count && rule == RULE_NONE; i++)
        if (diagnostics.items[i].severity == SEVERITY_ERROR && diagnostics.items[i].mark.line != 0)
            rule = rule_of(&diagnostics.items[i]);
    diagnostics_free(&diagnostics);
    return rule;
}

/* The first rule that stands against it: plain, or with all decided in its favour. */
static enum rule probe(const struct board *board, const struct survey_device *device,
                       bool decided) {
    struct arena scratch = {0};
    struct device_description *entries = NULL;
    struct value devices = {.mark = entry_mark};
    enum rule rule = RULE_NONE;

    for (const struct tree_node *node = device->node; node != NULL;
         node = survey_next_user(device, node)) {
        struct device_description entry = make_entry(device, node, decided, &scratch);

        if (strcmp(survey_clean(&scratch, entry.node.text), entry.node.text) != 0)
            rule = RULE_DEVICE_UNKNOWN; /* its name cannot even be written */
        *ARENA_ADD(&scratch, entries, devices.count) = entry;
        if (!decided)
            break;
    }
    devices.maps = entries;
    if (rule == RULE_NONE)
        rule = check_entries(board, devices, &scratch);
    arena_free(&scratch);
    return rule;
}

/* Whether it is known, without asking, that something has to be decided about it. */
static bool has_decision(const struct survey_device *device) {
    return !device->harmless || device->has_stream ||
           survey_next_user(device, device->node - 1) != NULL;
}

/* The reason for which a part of the machine cannot be passed through, whatever the rules say: the
 * rest of a sentence; NULL: the device is no such part. */
static const char *part_of_board(const struct survey *survey, const struct survey_device *device) {
    if (survey_is_part(survey, SURVEY_IOMMU, device->node))
        return "an IOMMU, which contains the DMA of others";
    if (survey_is_part(survey, SURVEY_CONTROLLER, device->node))
        return CONTROLLER;
    return NULL;
}

/* device_read()'s objection where all that can be left out is; NULL: it has none. */
static const char *unfit(const struct board *board, const struct survey_device *device,
                         struct arena *arena) {
    struct device_omission *omissions = NULL;
    size_t count = 0;
    struct device found = {.node = device->node};
    const char *why = NULL;

    for (const struct tree_node *node = device->node; node != NULL;
         node = survey_next_user(device, node)) {
        struct value *words = arena_alloc(arena, sizeof(*words));

        *words = survey_without(device, node, arena);
        *ARENA_ADD(arena, omissions, count) = (struct device_omission){node, words};
    }
    device_list(&found, arena);
    enum device_result result = device_read(board, &found, omissions, count, arena, &why);
    if (result == DEVICE_NOT_SUPPORTED)
        return arena_printf(arena, "not yet supported: %s", why);
    return result == DEVICE_OK && device_is_whole(&found, arena, &why) ? NULL : why;
}

/* The reason for which a device cannot be passed through: the rest of a sentence. */
static const char *reason(struct survey *survey, const struct board *checked,
                          const struct survey_device *device) {
    static const struct {
        enum rule rule;
        const char *text;
    } reasons[] = {
        {RULE_DEVICE_IS_CONTROLLER, CONTROLLER},
        {RULE_DEVICE_IS_CONSOLE, "Bulkhead's console, which all VMs share, or in its page"},
        {RULE_DEVICE_UNKNOWN, "its name cannot be written in a description"},
        {RULE_DEVICE_TWICE, "a node below it has a path that means another one first"},
        {RULE_DEVICE_IS_RAM, "its registers lie in RAM"},
        {RULE_ADDRESS_TOO_HIGH, "its registers are beyond the addresses that a guest has"},
        {RULE_ADDRESS_TAKEN, "each guest has memory or its interrupt controller where it is"},
        {RULE_INTERRUPT_SHARED, "it has the interrupt of Bulkhead's console"},
    };

    const char *why = part_of_board(survey, device);
    for (size_t i = 0; i < COUNT(reasons) && why == NULL; i++)
        if (device->obstacle == reasons[i].rule)
            why = reasons[i].text;
    if (why == NULL)
        why = unfit(checked, device, &survey->board.arena);
    if (why == NULL && device->obstacle == RULE_DEVICE_UNFIT)
        why = "it has registers in a page of the secure world or of an IOMMU";
    return why != NULL ? why : rule_info(device->obstacle)->name;
}

/* --- what they have in common --- */

/* Whether it matters who has pages or interrupts in common with it. */
static bool is_candidate(const struct survey *survey, const struct survey_device *device) {
    return device->enabled &&
           (device->obstacle == RULE_NONE || part_of_board(survey, device) != NULL);
}

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
            if (survey_is_same_interrupt(&one->interrupts[i], &other->interrupts[j]))
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

    for (size_t i = 0; i < index && is_candidate(survey, device); i++) {
        const struct survey_device *other = &survey->devices[i];

        if (!is_candidate(survey, other))
            continue;
        if (share_page(device, other))
            join_pages(survey, device->page, other->page);
        if (device->interrupt_owner == index && share_interrupt(device, other))
            device->interrupt_owner = other->interrupt_owner;
    }
}

static bool needs(const struct survey_device *device, const struct tree_node *node) {
    for (size_t i = 0; i < device->need_count; i++)
        if (device->needs[i].node == node)
            return true;
    return false;
}

/* Counts a device as one of the users of those that it needs. */
static void count_users(struct survey *survey, const struct survey_device *device) {
    for (size_t i = 0; i < survey->device_count; i++)
        survey->devices[i].users += device->enabled && needs(device, survey->devices[i].node);
}

/* --- the groups --- */

/* Whether another device has one of its pages as well. */
static bool has_page_mate(const struct survey *survey, size_t index) {
    size_t page = survey->devices[index].page;

    for (size_t i = 0; i < survey->device_count; i++)
        if (i != index && survey->devices[i].page == page)
            return true;
    return false;
}

/* Whether a device is, by its name, one that concerns the whole machine. */
static bool is_common(const struct survey_device *device, struct arena *arena) {
    static const char names[] =
        "clock-controller|clock|reset-controller|power-controller|power-management|"
        "memory-controller|ddr-pmu|interconnect|noc|syscon|system-controller|pinctrl|pinmux|"
        "watchdog|efuse|thermal-sensor|nvmem|qos|cache-controller|dmc|system-cache-controller|tbu|"
        "hwlock|test";
    int length = (int)strcspn(device->unit, "@");

    return schema_is_choice(names, arena_printf(arena, "%.*s", length, device->unit));
}

static enum survey_group group_of(struct survey *survey, size_t index) {
    const struct survey_device *device = &survey->devices[index];

    if (part_of_board(survey, device) != NULL)
        return SURVEY_NEVER;
    if (!device->enabled && device->obstacle != RULE_DEVICE_UNFIT)
        return SURVEY_DISABLED;
    if (device->obstacle != RULE_NONE)
        return SURVEY_NEVER;
    if (has_page_mate(survey, index))
        return SURVEY_SHARED;
    if (device->users != 0 || is_common(device, &survey->board.arena))
        return SURVEY_COMMON;
    return device->as_is ? SURVEY_READY : SURVEY_DECISION;
}

/* Its pages give it what else has registers there, used or not. */
static const char *master_beside(const struct survey *survey, const struct survey_device *device) {
    for (size_t i = 0; i < survey->device_count; i++)
        if (!survey->devices[i].harmless && share_page(device, &survey->devices[i]))
            return survey->devices[i].name;
    return NULL;
}

void survey_group_devices(struct survey *survey) {
    struct board checked = survey->board;

    make_checkable(&checked, survey->main_controller, &survey->board.arena);
    for (size_t i = 0; i < survey->device_count; i++) {
        struct survey_device *device = &survey->devices[i];

        device->as_is = !has_decision(device) && probe(&checked, device, false) == RULE_NONE;
        device->obstacle = device->as_is ? RULE_NONE : probe(&checked, device, true);
        compare(survey, i);
        count_users(survey, device);
    }
    for (size_t i = 0; i < survey->device_count; i++) {
        struct survey_device *device = &survey->devices[i];

        device->group = group_of(survey, i);
        if (device->group == SURVEY_NEVER)
            device->why = reason(survey, &checked, device);
        if (device->group == SURVEY_DECISION && device->harmless)
            device->master = master_beside(survey, device);
    }
}
