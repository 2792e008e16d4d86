/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/board/machine.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "abi/boot_record.h"
#include "config/config_arch.h"
#include "tool/base/range.h"
#include "tool/board/machine_reader.h"
#include "tool/report/rules.h"

void machine_refuse(struct machine_reader *reader, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    rule_vbroken(reader->diagnostics, RULE_BOARD_TREE, reader->mark, format, arguments);
    va_end(arguments);
    reader->failed = true;
}

void machine_own(struct machine_reader *reader, int node) {
    struct machine *machine = reader->machine;

    *ARENA_ADD(reader->arena, machine->own_nodes, machine->own_count) = node;
}

static void add_range(struct arena *arena, struct system_range **ranges, size_t *count,
                      struct system_range range) {
    *ARENA_ADD(arena, *ranges, *count) = range;
}

/* Whole pages within the address limit, sorted, with neighbours joined. */
static void tidy_ram(struct machine *machine) {
    uint64_t most = machine->config->address_end;
    size_t kept = 0;

    qsort(machine->ram, machine->ram_count, sizeof(*machine->ram), range_compare);
    for (size_t i = 0; i < machine->ram_count; i++) {
        struct system_range range = machine->ram[i];
        uint64_t start = (range.phys + SYSTEM_PAGE_SIZE - 1) & ~(uint64_t)(SYSTEM_PAGE_SIZE - 1);
        uint64_t end = (range.phys + range.size) & ~(uint64_t)(SYSTEM_PAGE_SIZE - 1);
        struct system_range *last = kept == 0 ? NULL : &machine->ram[kept - 1];

        end = end > most ? most : end;
        if (end <= start)
            continue;
        if (last != NULL && start <= last->phys + last->size) {
            uint64_t last_end = last->phys + last->size;

            last->size = (end > last_end ? end : last_end) - last->phys;
        } else {
            machine->ram[kept++] = (struct system_range){start, end - start};
        }
    }
    machine->ram_count = kept;
}

static void read_ram(struct machine_reader *reader) {
    struct machine *machine = reader->machine;
    const void *tree = reader->tree;
    static const char memory[] = "memory";
    int node = fdt_node_offset_by_prop_value(tree, -1, "device_type", memory, (int)sizeof(memory));

    while (node >= 0) {
        struct system_range range;

        for (size_t i = 0; tree_is_enabled(tree, node) && tree_register(tree, node, i, &range); i++)
            add_range(reader->arena, &machine->ram, &machine->ram_count, range);
        node =
            fdt_node_offset_by_prop_value(tree, node, "device_type", memory, (int)sizeof(memory));
    }
    if (machine->ram_count != 0)
        tidy_ram(machine);
    if (machine->ram_count == 0)
        machine_refuse(reader, "the board's tree has no memory node with RAM");
    else if (machine->ram_count > SYSTEM_RAM_MAX)
        machine_refuse(reader, "the board's tree has more than %u ranges of RAM", SYSTEM_RAM_MAX);
}

static void read_reserved(struct machine_reader *reader) {
    struct machine *machine = reader->machine;
    const void *tree = reader->tree;
    int parent = fdt_path_offset(tree, "/reserved-memory");
    struct system_range range;
    int node;

    for (int i = 0; i < fdt_num_mem_rsv(tree); i++)
        if (fdt_get_mem_rsv(tree, i, &range.phys, &range.size) == 0 && range.size != 0)
            add_range(reader->arena, &machine->reserved, &machine->reserved_count, range);
    if (parent < 0)
        return;
    fdt_for_each_subnode(node, tree, parent) {
        for (size_t i = 0; tree_register(tree, node, i, &range); i++)
            add_range(reader->arena, &machine->reserved, &machine->reserved_count, range);
    }
}

static void read_cpus(struct machine_reader *reader, const struct machine_arch *arch) {
    struct machine *machine = reader->machine;
    const void *tree = reader->tree;
    int parent = fdt_path_offset(tree, "/cpus");
    int cells = parent < 0 ? 0 : fdt_address_cells(tree, parent);
    int node;

    if (parent < 0 || cells < 1 || cells > 2) {
        machine_refuse(reader, "%s", arch->cpu_missing);
        return;
    }
    fdt_for_each_subnode(node, tree, parent) {
        const char *type = tree_string(tree, node, "device_type");
        size_t count = 0;
        const fdt32_t *reg = tree_cells(tree, node, "reg", &count);

        if (type == NULL || strcmp(type, "cpu") != 0 || count < (size_t)cells ||
            !tree_is_enabled(tree, node) || !arch->is_usable(reader, node))
            continue;
        *ARENA_ADD(reader->arena, machine->cpus, machine->cpu_count) =
            (struct machine_cpu){.hwid = tree_number(reg, (size_t)cells), .node = node};
    }
    if (machine->cpu_count == 0) {
        machine_refuse(reader, "%s", arch->cpu_missing);
    } else if (machine->cpu_count > SYSTEM_CPUS_MAX) {
        machine_refuse(reader, "the board's tree has %zu CPUs; Bulkhead runs on 1 to %u",
                       machine->cpu_count, SYSTEM_CPUS_MAX);
    }
}

/* The node of /chosen's stdout-path, which may be an alias and have options behind a colon. */
static int find_console(struct machine_reader *reader) {
    int chosen = fdt_path_offset(reader->tree, "/chosen");
    const char *path = chosen < 0 ? NULL : tree_string(reader->tree, chosen, "stdout-path");

    if (path == NULL)
        return -1;
    return tree_find(reader->tree, path, strcspn(path, ":"));
}

bool machine_find_console(const struct machine *machine, const struct machine_arch *arch, int node,
                          struct system_board *board) {
    const void *tree = machine->tree;
    struct system_range range;
    struct tree_interrupt interrupt;
    uint32_t layout = UINT32_MAX;

    for (size_t i = 0; node >= 0 && arch->consoles[i] != NULL; i++)
        if (tree_is_compatible(tree, node, arch->consoles[i]))
            layout = arch->console_layout(tree, node);
    if (layout == UINT32_MAX || !tree_register(tree, node, 0, &range) ||
        !tree_interrupt(tree, node, 0, &interrupt) || interrupt.is_private ||
        (machine->controller_node >= 0 && interrupt.controller != machine->controller_node))
        return false;
    board->console_kind = arch->config->console;
    board->console_phys = range.phys;
    board->console_irq = interrupt.number;
    board->console_layout = layout;
    return true;
}

static void read_console(struct machine_reader *reader, const struct machine_arch *arch) {
    struct machine *machine = reader->machine;

    machine->console_node = find_console(reader);
    if (!machine_find_console(machine, arch, machine->console_node, &machine->board)) {
        machine_refuse(reader,
                       "the board's tree names no console that Bulkhead drives: %s with registers "
                       "and an interrupt, in /chosen/stdout-path",
                       arch->console_name);
    }
}

uint32_t machine_levels(const struct machine *machine, uint64_t end) {
    uint32_t levels = SYSTEM_LEVELS_MIN;

    while (levels < SYSTEM_LEVELS_MAX && machine->config->guest_end(&machine->board, levels) < end)
        levels++;
    return levels;
}

uint64_t machine_address_end(const struct machine *machine) {
    uint64_t end = 0;

    for (uint32_t levels = SYSTEM_LEVELS_MIN; levels <= SYSTEM_LEVELS_MAX; levels++) {
        uint64_t reached = machine->config->guest_end(&machine->board, levels);

        end = reached > end ? reached : end;
    }
    return end;
}

void machine_release_console(struct machine *machine) {
    machine->console_node = -1;
    machine->board.console_kind = CONSOLE_KIND_NONE;
    machine->board.console_phys = 0;
    machine->board.console_irq = 0;
    machine->board.console_layout = 0;
}

bool machine_read(struct machine *machine, const char *arch_name, const void *tree, size_t size,
                  struct mark mark, struct arena *arena, struct diagnostics *diagnostics) {
    static const struct machine_arch *const archs[] = {&machine_arm64, &machine_riscv64};
    const struct machine_arch *arch = archs[strcmp(arch_name, archs[1]->name) == 0];
    struct machine_reader reader = {machine, tree, arena, mark, diagnostics, false};
    int broken = tree_check(tree, size);

    if (broken != 0) {
        machine_refuse(&reader, "the board's tree is damaged or no device tree blob: %s",
                       fdt_strerror(broken));
        return false;
    }
    machine->tree = tree;
    machine->tree_size = size;
    machine->config = arch->config;
    machine->msi_node = machine->timer_node = machine->pmu_node = -1;
    read_ram(&reader);
    read_reserved(&reader);
    read_cpus(&reader, arch);
    arch->read(&reader);
    read_console(&reader, arch);
    return !reader.failed;
}

bool machine_owns(const struct machine *machine, int node) {
    for (size_t i = 0; i < machine->own_count; i++)
        if (machine->own_nodes[i] == node)
            return true;
    return false;
}
