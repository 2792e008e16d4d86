/* SPDX-License-Identifier: Apache-2.0 */
/*
 * init_system.c - a first description of a system: one small VM and one with the rest, and of each
 * device what it would bring with it.
 */
#include <string.h>

#include "config/system.h"
#include "tool/base/number.h"
#include "tool/base/text.h"
#include "tool/init/init_texts.h"

#define MIB (UINT64_C(1) << 20)

#define LINUX_MAX     (512 * MIB)
#define LINUX_UNKNOWN (256 * MIB) /* where the tree has no RAM */
#define LINUX_MIN     (64 * MIB)
#define CONTROL       (16 * MIB)
#define LISTED_MAX    4  /* registers, interrupts: more are only counted */
#define ITEM_COLUMN   34 /* where what a short line brings is told, behind it */

/* --- what a device brings with it --- */

static const char *interrupt_text(const struct survey *survey, struct arena *arena,
                                  const struct tree_interrupt *interrupt) {
    if (interrupt->controller == NULL)
        return "one of an unknown controller";
    if (interrupt->is_private)
        return arena_printf(arena, "%u of each CPU", interrupt->number);
    if (interrupt->controller == survey->main_controller)
        return arena_printf(arena, "%u", interrupt->number);
    return arena_printf(arena, "%u of %s", interrupt->number,
                        survey_clean(arena, interrupt->controller->name));
}

static const char *interrupts_text(const struct survey *survey, struct arena *arena,
                                   const struct survey_device *device) {
    struct text list = {.arena = arena};

    for (size_t i = 0; i < device->interrupt_count && i < LISTED_MAX; i++)
        text_list(&list, ", ", "%s", interrupt_text(survey, arena, &device->interrupts[i]));
    if (device->interrupt_count > LISTED_MAX)
        text_add(&list, " and %zu more", device->interrupt_count - LISTED_MAX);
    return text_get(&list);
}

/* Whether two needs are told together: "clocks and resets of clk". */
static bool is_with(const struct survey_need *one, const struct survey_need *other) {
    return survey_is_need_of(other, one->user) && one->node == other->node;
}

/* The properties of a need and those that are told with it: "clocks, resets and dmas". */
static const char *properties_text(struct arena *arena, const struct survey_device *device,
                                   const struct survey_need *need) {
    struct text list = {.arena = arena};
    const char *last = NULL;

    for (size_t i = 0; i < device->need_count; i++) {
        if (!is_with(need, &device->needs[i]))
            continue;
        if (last != NULL)
            text_list(&list, ", ", "%s", last);
        last = device->needs[i].property;
    }
    text_list(&list, " and ", "%s", last);
    return text_get(&list);
}

/* The needs of one node of the device, its own or one below it. */
static const char *needs_text(struct arena *arena, const struct survey_device *device,
                              const struct tree_node *user) {
    struct text list = {.arena = arena};

    for (size_t i = 0, first = 0; i < device->need_count; i++, first = 0) {
        const struct survey_need *need = &device->needs[i];

        while (first < i && !is_with(need, &device->needs[first]))
            first++;
        if (first == i && survey_is_need_of(need, user))
            text_list(&list, ", ", "%s of %s%s", properties_text(arena, device, need), need->name,
                      need->is_firmware   ? " (firmware)"
                      : need->is_disabled ? " (disabled)"
                                          : "");
    }
    return text_get(&list);
}

/* Nodes that are copied for it. */
static const char *copies_text(struct arena *arena, const struct survey_device *device) {
    struct text list = {.arena = arena};

    for (size_t i = 0; i < device->need_count; i++)
        if (device->needs[i].property[0] == '\0')
            text_list(&list, ", ", "a copy of %s", device->needs[i].name);
    return text_get(&list);
}

/* Appends a fact, unless it is "". */
static void add_fact(struct text *facts, const char *what, const char *words) {
    if (words[0] != '\0')
        text_list(facts, "; ", "%s%s", what, words);
}

/* One sentence of all that comes with a device, or has to. */
static const char *facts_text(const struct survey *survey, struct arena *arena, size_t index) {
    const struct survey_device *device = &survey->devices[index];
    const struct survey_device *sharer = &survey->devices[device->interrupt_owner];
    struct text facts = {.arena = arena};

    add_fact(&facts, "",
             init_ranges_text(device->registers, device->register_count, LISTED_MAX, arena));
    add_fact(&facts, device->interrupt_count == 1 ? "interrupt " : "interrupts ",
             interrupts_text(survey, arena, device));
    add_fact(&facts, "", copies_text(arena, device));
    add_fact(&facts, "needs ", needs_text(arena, device, device->node));
    if (device->has_stream)
        add_fact(&facts, "", "behind an IOMMU");
    if (!device->harmless)
        add_fact(&facts, "", "counts as a bus master");
    if (device->master != NULL)
        add_fact(&facts, "in a page of a bus master, ", device->master);
    if (sharer != device)
        add_fact(&facts, "shares an interrupt with ", sharer->name);
    if (device->below != 0)
        text_list(&facts, "; ", "%zu node%s below it", device->below,
                  device->below == 1 ? "" : "s");
    return device->name == device->unit
               ? text_get(&facts)
               : arena_printf(arena, "%s: %s", device->unit, text_get(&facts));
}

/* --- its lines under devices: --- */

/* ", without: [ a, b ]" for the entry of the node `user`; "" if it needs nothing of others. */
static const char *without_text(struct arena *arena, const struct survey_device *device,
                                const struct tree_node *user) {
    const struct value list = survey_without(device, user, arena);
    struct text text = {.arena = arena};

    for (size_t i = 0; i < list.count; i++)
        text_list(&text, ", ", "%s", survey_quoted(arena, list.items[i].text));
    return text.size == 0 ? "" : arena_printf(arena, ", without: [ %s ]", text_get(&text));
}

static void put_item(struct text *text, const char *words, const char *facts) {
    struct arena *arena = text->arena;
    const char *item = arena_printf(arena, "    #   - %s", words);

    if (strlen(item) < ITEM_COLUMN) {
        text_wrap(text, arena_printf(arena, "%-*s# ", ITEM_COLUMN, item),
                  arena_printf(arena, "%-*s# ", ITEM_COLUMN, "    #"), facts);
    } else {
        text_wrap(text, "    #   - ", "    #       ", words);
        text_wrap(text, "    #     # ", "    #     # ", facts);
    }
}

/* The device, and each node below it that needs something of others, which is left out there. */
static void put_device(struct text *text, const struct survey *survey, size_t index) {
    const struct survey_device *device = &survey->devices[index];
    struct arena *arena = text->arena;
    const char *name = device->name;
    const char *facts = facts_text(survey, arena, index);
    const char *dma = device->harmless && device->has_stream ? ", dma: none" : "";

    for (const struct tree_node *user = device->node; user != NULL;
         user = survey_next_user(device, user)) {
        if (user != device->node) {
            name = survey_clean(arena, tree_path(user, arena));
            facts = arena_printf(arena, "below %s: needs %s", device->name,
                                 needs_text(arena, device, user));
            dma = "";
        }
        const char *more = arena_printf(arena, "%s%s", dma, without_text(arena, device, user));
        const char *item = survey_quoted(arena, name);

        if (more[0] != '\0')
            item = arena_printf(arena, "{ node: %s%s }", item, more);
        put_item(text, item, facts);
    }
}

static void put_note(struct text *text, const char *words) {
    text_wrap(text, "    #   # ", "    #   # ", words);
}

static void put_group(struct text *text, const struct survey *survey, enum survey_group group,
                      const char *title) {
    if (survey_count(survey, group) == 0)
        return;
    put_note(text, title);
    for (size_t i = 0; i < survey->device_count; i++)
        if (survey->devices[i].group == group)
            put_device(text, survey, i);
}

/* --- devices of which only the names are listed --- */

/* The names of a group; behind those that others need, how many do. */
static void put_names(struct text *text, const struct survey *survey, enum survey_group group,
                      const char *title) {
    struct text names = {.arena = text->arena};

    if (survey_count(survey, group) == 0)
        return;
    put_note(text, title);
    for (size_t i = 0; i < survey->device_count; i++) {
        const struct survey_device *device = &survey->devices[i];

        if (device->group != group)
            continue;
        text_list(&names, ", ", "%s", device->name);
        if (group == SURVEY_COMMON && device->users != 0)
            text_add(&names, " (%zu)", device->users);
    }
    text_wrap(text, "    #   #   ", "    #   #   ", text_get(&names));
}

/* Whether two devices stand in one line: as they share pages, or for the reason why not. */
static bool is_of_set(const struct survey_device *first, const struct survey_device *other) {
    if (first->group == SURVEY_NEVER)
        return other->why != NULL && strcmp(first->why, other->why) == 0;
    return other->enabled && first->page == other->page;
}

/* The devices of a group, each set in a line. */
static void put_sets(struct text *text, const struct survey *survey, enum survey_group group,
                     const char *title) {
    if (survey_count(survey, group) != 0)
        put_note(text, title);
    for (size_t first = 0; first < survey->device_count; first++) {
        const struct survey_device *device = &survey->devices[first];
        struct text names = {.arena = text->arena};
        bool told = device->group != group;

        for (size_t i = 0; i < survey->device_count && !told; i++) {
            const struct survey_device *other = &survey->devices[i];

            if (!is_of_set(device, other))
                continue;
            told = i < first && other->group == group;
            text_list(&names, ", ", "%s%s", other->name,
                      other->group != group ? " (see below)" : "");
        }
        if (!told)
            text_wrap(text, "    #   #   ", "    #   #     ",
                      group != SURVEY_NEVER
                          ? text_get(&names)
                          : arena_printf(text->arena, "%s: %s", device->why, text_get(&names)));
    }
}

static void put_devices(struct text *text, const struct survey *survey) {
    if (survey->device_count == 0)
        return;
    text_add(text,
             "    # Its devices: take '# ' away from the next line and from those of its devices.\n"
             "    # devices:\n");
    if (!survey->judged)
        put_note(text, "As Bulkhead does not drive the board's interrupt controller or CPUs yet, "
                       "this is what it would be if it did.");
    put_group(text, survey, SURVEY_READY, "As they are:");
    put_group(text, survey, SURVEY_DECISION,
              "With a decision. A device that counts as a bus master could read and write all of "
              "memory: if the manual says that it is none, add it to no-dma in board.yaml, and "
              "write { node: NAME, dma: none } where it is behind an IOMMU. What it needs of "
              "others has to be owned as well, or is left out as written here: then "
              "the firmware has to leave it in a usable state.");
    put_sets(text, survey, SURVEY_SHARED,
             "Those of a line have pages of registers in common, so all go to one VM, or none:");
    put_names(text, survey, SURVEY_COMMON,
              "These concern more than one VM; in brackets, how many others need one. Who owns it "
              "rules over them:");
    put_names(text, survey, SURVEY_DISABLED,
              "The tree disables these, mostly as the board does not connect them; `enable: yes` "
              "uses one all the same:");
    put_sets(text, survey, SURVEY_NEVER, "These cannot be passed through:");
}

/* --- the VMs --- */

/* A power of two that leaves most of the RAM free, or at least fits. */
static uint64_t linux_memory(const struct survey *survey) {
    uint64_t room = survey->largest_room / 3;
    uint64_t size = LINUX_MAX;

    if (room == 0)
        return LINUX_UNKNOWN;
    while (size > room && (size > LINUX_MIN || size >= survey->largest_room))
        size /= 2;
    return size;
}

/* The UARTs that a VM could have for itself. */
static void put_console(struct text *text, const struct survey *survey) {
    struct text names = {.arena = text->arena};

    for (size_t i = 0; i < survey->device_count; i++)
        if (survey->devices[i].group == SURVEY_READY &&
            strncmp(survey->devices[i].name, "serial", 6) == 0)
            text_list(&names, ", ", "%s", survey->devices[i].name);
    if (names.size != 0)
        text_wrap(text, "    # ", "    # ",
                  arena_printf(text->arena,
                               "console: %s # a UART of its own, in place of the shared one",
                               text_get(&names)));
}

const char *init_system_text(const struct survey *survey, struct arena *arena) {
    struct text text = {.arena = arena};
    size_t cpus = survey->board.machine.cpu_count;
    const char *kinds = init_cpus_text(survey, true, arena);

    cpus = cpus > SYSTEM_CPUS_MAX ? SYSTEM_CPUS_MAX : cpus;
    text_wrap(&text, "# ", "# ",
              arena_printf(arena,
                           "A first system for %s. Put the guests' images beside this file, "
                           "or change their paths; `bulkhead check` then says what else is "
                           "missing.",
                           survey->model));
    if (strstr(kinds, ", ") != NULL) /* of more than one kind */
        text_add(&text, "# CPUs: %s\n", kinds);
    text_add(&text, "bulkhead: 1\nboard: ./ # this folder\nvms:\n");
    if (cpus > 1) {
        text_add(&text, "  control:\n    cpus: %zu\n    memory: %s\n    image: control.elf\n",
                 cpus - 1, number_size_text(arena, CONTROL));
        put_console(&text, survey);
        text_add(&text, "    # on-fault: restart\n");
    }
    text_add(&text,
             "  linux:\n    cpus: %s\n    memory: %s\n    image: Image\n"
             "    initrd: rootfs.cpio.gz\n",
             init_cpu_range(arena, 0, cpus < 2 ? 0 : cpus - 2),
             number_size_text(arena, linux_memory(survey)));
    put_devices(&text, survey);
    return text_get(&text);
}
