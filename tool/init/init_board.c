/* SPDX-License-Identifier: Apache-2.0 */
/*
 * init_board.c - a first board.yaml, and the frame of an overlay.
 */
#include <string.h>

#include "abi/boot_record.h"
#include "tool/base/number.h"
#include "tool/base/text.h"
#include "tool/init/init_texts.h"

#define LISTED_MAX 12 /* ranges, parts: more are only counted */

uint64_t init_ram_size(const struct survey *survey) {
    uint64_t size = 0;

    for (size_t i = 0; i < survey->board.machine.ram_count; i++)
        size += survey->board.machine.ram[i].size;
    return size;
}

static const char *cpu_kind(const struct machine *machine, size_t index, struct arena *arena) {
    const char *kind = tree_string(machine->cpus[index].node, "compatible");

    return kind == NULL ? "of an unknown kind" : survey_clean(arena, kind);
}

const char *init_cpu_range(struct arena *arena, size_t first, size_t last) {
    return first == last ? arena_printf(arena, "%zu", first)
                         : arena_printf(arena, "%zu-%zu", first, last);
}

const char *init_cpus_text(const struct survey *survey, bool numbered, struct arena *arena) {
    const struct machine *machine = &survey->board.machine;
    struct text text = {.arena = arena};

    for (size_t first = 0, next; first < machine->cpu_count; first = next) {
        const char *kind = cpu_kind(machine, first, arena);

        next = first + 1;
        while (next < machine->cpu_count && strcmp(cpu_kind(machine, next, arena), kind) == 0)
            next++;
        if (numbered)
            text_list(&text, ", ", "%s %s", init_cpu_range(arena, first, next - 1), kind);
        else
            text_list(&text, ", ", "%zu x %s", next - first, kind);
    }
    return text.size == 0 ? "none that Bulkhead could use" : text_get(&text);
}

const char *init_ranges_text(const struct system_range *ranges, size_t count, size_t most,
                             struct arena *arena) {
    struct text text = {.arena = arena};

    for (size_t i = 0; i < count && i < most; i++)
        text_list(&text, ", ", "%s at %s", number_size_text(arena, ranges[i].size),
                  text_address(arena, ranges[i].phys));
    if (count > most)
        text_add(&text, " and %zu more", count - most);
    return text_get(&text);
}

/* A comment, in as many lines as it takes. */
static void comment(struct text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void comment(struct text *text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const char *words = arena_vprintf(text->arena, format, arguments);
    va_end(arguments);
    text_wrap(text, "# ", "# ", words);
}

/* "TITLE: A (kind), B (kind, which Bulkhead does not drive)". */
static void put_parts(struct text *text, const struct survey *survey, enum survey_role role,
                      const char *title, const char *undriven) {
    struct text list = {.arena = text->arena};
    size_t count = 0;

    for (size_t i = 0; i < survey->part_count; i++) {
        const struct survey_part *part = &survey->parts[i];

        if (part->role == role && count++ < LISTED_MAX)
            text_list(&list, ", ", "%s (%s%s)", part->name, part->kind,
                      part->driven ? "" : undriven);
    }
    if (count > LISTED_MAX)
        text_add(&list, " and %zu more", count - LISTED_MAX);
    if (count != 0 || role == SURVEY_CONTROLLER)
        comment(text, "%s: %s", title, text_get(&list));
}

/* The reasons for which Bulkhead does not run on the board yet. */
static void put_lacks(struct text *text, const struct survey *survey) {
    if (survey->lacks.count == 0)
        return;
    text_add(text, "#\n");
    comment(text, "Bulkhead cannot run on this board yet:");
    for (size_t i = 0; i < survey->lacks.count; i++)
        text_wrap(text, "#   - ", "#     ", survey->lacks.items[i].message);
    if (init_overlay_text(survey, text->arena) != NULL)
        comment(text, "What only the tree lacks can be filled in, in board.dtso.");
}

static void put_head(struct text *text, const struct survey *survey,
                     const struct init_source *source) {
    static const char undriven[] = ", which Bulkhead does not drive";
    struct arena *arena = text->arena;
    const char *others = survey->cpus_left_out == 0
                             ? ""
                             : arena_printf(arena, "; %zu more are disabled, or cannot run VMs",
                                            survey->cpus_left_out);

    comment(text, "%s: what its device tree cannot say.", survey->model);
    comment(text,
            "Made by `bulkhead init` out of %s; docs/porting.md goes through it line by line.",
            source->from);
    put_lacks(text, survey);
    text_add(text, "#\n");
    comment(text, "CPUs: %s%s", init_cpus_text(survey, false, arena), others);
    put_parts(text, survey, SURVEY_CONTROLLER, "Interrupt controllers", undriven);
    put_parts(text, survey, SURVEY_UART, "UARTs", undriven);
    put_parts(text, survey, SURVEY_IOMMU, "IOMMUs, which Bulkhead does not drive yet", "");
}

static void put_tree(struct text *text, const struct survey *survey,
                     const struct init_source *source) {
    text_add(text, "board: 1\narch: %s\ntree:\n  file: board.dtb\n  sha256: %s\n",
             survey->board.arch, source->digest);
    text_add(text, "  from: \"%s\"\n", source->from);
    if (init_overlay_text(survey, text->arena) != NULL)
        text_add(text, "  overlay: board.dtso # to be filled in\n");
    else
        text_add(text, "  # overlay: board.dtso # if the tree has to be corrected\n");
}

static void put_names(struct text *text, const struct survey *survey) {
    const struct board *board = &survey->board;

    if (board->name_count == 0)
        return;
    text_add(text, "\n# Names for devices, beside the tree's own.\nnames:\n");
    for (size_t i = 0; i < board->name_count; i++)
        text_add(text, "  %s: \"%s\"\n", board->names[i].name, board->names[i].device);
}

static void put_ram(struct text *text, const struct survey *survey) {
    struct arena *arena = text->arena;
    const struct board *board = &survey->board;
    const struct machine *machine = &board->machine;

    text_add(text, "\n");
    if (machine->ram_count == 0)
        comment(text, "The tree has no RAM: a boot loader writes it there.");
    else
        comment(text, "RAM: %s.",
                init_ranges_text(machine->ram, machine->ram_count, LISTED_MAX, arena));
    if (machine->reserved_count != 0)
        comment(text, "The tree itself reserves %s.",
                init_ranges_text(machine->reserved, machine->reserved_count, LISTED_MAX, arena));
    comment(text, "What firmware keeps for itself and the tree does not reserve stands here.");
    if (board->reserve_count == 0)
        text_add(text, "# reserve: [ { phys: 0x0000_0000, size: 2 MiB, for: firmware } ]\n");
    for (size_t i = 0; i < board->reserve_count; i++)
        text_add(text, "reserve: [ { phys: %s, size: %s, for: %s } ]\n",
                 text_address(arena, board->reserve[i].phys),
                 number_size_text(arena, board->reserve[i].size), board->reserve[i].purpose);
}

static void put_no_dma(struct text *text, const struct survey *survey) {
    const struct board *board = &survey->board;

    text_add(text, "\n");
    comment(text, "Devices that never read or write memory by themselves, by their compatible "
                  "strings. Every other one counts as a bus master. Add what the manual says to "
                  "be none.");
    text_add(text, board->no_dma_count == 0 ? "no-dma: []\n" : "no-dma:\n");
    for (size_t i = 0; i < board->no_dma_count; i++)
        text_add(text, "  - \"%s\"\n", board->no_dma[i]);
}

static void put_home(struct text *text, const struct survey *survey) {
    struct arena *arena = text->arena;

    text_add(text, "\n");
    comment(text, "Where Bulkhead and its payloads live: a multiple of 2 MiB, in RAM that nobody "
                  "has reserved. A boot loader that loads it elsewhere does no harm, it moves.");
    if (survey->home_room != 0) {
        comment(text, "%llu MiB are free there.", (unsigned long long)(survey->home_room >> 20));
        text_add(text, "home: %s\n", text_address(arena, survey->board.home));
    } else {
        text_add(text, "home: 0x0000_0000 # to be filled in\n");
    }
}

static void put_qemu(struct text *text, const struct init_source *source) {
    if (source->qemu_count == 0)
        return;
    text_add(text, "\n# What makes QEMU this board; each -serial is a UART.\nqemu:\n");
    for (size_t i = 0; i < source->qemu_count; i++)
        text_add(text, "  - \"%s\"\n", source->qemu[i]);
}

const char *init_board_text(const struct survey *survey, const struct init_source *source,
                            struct arena *arena) {
    struct text text = {.arena = arena};

    put_head(&text, survey, source);
    put_tree(&text, survey, source);
    put_names(&text, survey);
    put_ram(&text, survey);
    put_no_dma(&text, survey);
    put_home(&text, survey);
    put_qemu(&text, source);
    return text_get(&text);
}

/* --- the overlay --- */

/* Cells of an address or a size, of which nothing is known but a number. */
static const char *cells_of(struct arena *arena, uint64_t number, size_t count) {
    if (count < 2)
        return arena_printf(arena, "0x%llx", (unsigned long long)number);
    return arena_printf(arena, "0x%llx 0x%llx", (unsigned long long)(number >> 32),
                        (unsigned long long)(number & UINT32_MAX));
}

/* The tree's memory node, which has an address at best; NULL: there is none. */
static const struct tree_node *find_memory(const struct tree_node *root) {
    for (const struct tree_node *node = root + 1; node < root->end; node = node->end)
        if (tree_is_type(node, "memory"))
            return node;
    return NULL;
}

static void put_memory_node(struct text *text, const struct survey *survey) {
    struct arena *arena = text->arena;
    const struct tree *tree = survey->board.machine.tree;
    size_t address_cells = tree_address_cells(tree->root);
    const struct tree_node *node = find_memory(tree->root);
    size_t count = 0;
    const fdt32_t *reg = tree_cells(node, "reg", &count);
    uint64_t at = 0;

    if (reg != NULL && (address_cells == 1 || address_cells == 2) && count >= address_cells)
        at = tree_number(reg, address_cells);
    text_add(text, "/*\n"
                   " * RAM: its address and its size in bytes, out of the manual, or as the boot\n"
                   " * loader says it in /sys/firmware/fdt of the running board.\n"
                   " */\n");
    text_add(
        text,
        "&{/} {\n    %s {\n        device_type = \"memory\";\n        reg = <%s  %s>;\n    };\n"
        "};\n",
        node != NULL ? survey_clean(arena, node->name)
                     : arena_printf(arena, "memory@%llx", (unsigned long long)at),
        cells_of(arena, at, address_cells),
        cells_of(arena, 0, tree_cell(tree->root, "#size-cells", 1)));
}

/* The first UART that could be the console, where the tree names none that can; NULL: none. */
static const char *find_console(const struct survey *survey) {
    if (survey->board.machine.board.console_kind != CONSOLE_KIND_NONE)
        return NULL;
    for (size_t i = 0; i < survey->part_count; i++)
        if (survey->parts[i].role == SURVEY_UART && survey->parts[i].driven)
            return survey->parts[i].name;
    return NULL;
}

const char *init_overlay_text(const struct survey *survey, struct arena *arena) {
    struct text text = {.arena = arena};
    const char *console = find_console(survey);

    if (survey->board.machine.ram_count != 0 && console == NULL)
        return NULL;
    text_add(&text,
             "/dts-v1/;\n/plugin/;\n\n"
             "/* Corrections to the board's tree. A node is named by its path, &{/path}. */\n");
    if (survey->board.machine.ram_count == 0) {
        text_add(&text, "\n");
        put_memory_node(&text, survey);
    }
    if (console != NULL) {
        text_add(
            &text,
            "\n/*\n * Bulkhead's console: a UART that it drives. Name the one that is connected.\n"
            " */\n&{/} {\n    chosen {\n        stdout-path = \"%s\";\n    };\n};\n",
            console);
    }
    return text_get(&text);
}
