/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/machine.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "abi/boot_record.h"
#include "config/system.h"
#include "tool/rules.h"
#include "tool/tree.h"

struct reader {
    struct machine *machine;
    const void *tree;
    struct arena *arena;
    struct mark mark;
    struct diagnostics *diagnostics;
    bool failed;
};

static void __attribute__((format(printf, 2, 3)))
refuse(struct reader *reader, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    diagnostics_vadd(reader->diagnostics, SEVERITY_ERROR, reader->mark, rule_name(RULE_BOARD_TREE),
                     format, arguments);
    va_end(arguments);
    reader->failed = true;
}

static void add_range(struct arena *arena, struct system_range **ranges, size_t *count,
                      struct system_range range) {
    *ranges = arena_grow(arena, *ranges, ++*count, sizeof(**ranges));
    (*ranges)[*count - 1] = range;
}

static int compare_ranges(const void *left, const void *right) {
    const struct system_range *a = left;
    const struct system_range *b = right;

    return a->phys < b->phys ? -1 : a->phys > b->phys;
}

/* Whole pages within the address limit, sorted, with neighbours joined. */
static void tidy_ram(struct machine *machine) {
    size_t kept = 0;

    qsort(machine->ram, machine->ram_count, sizeof(*machine->ram), compare_ranges);
    for (size_t i = 0; i < machine->ram_count; i++) {
        struct system_range range = machine->ram[i];
        uint64_t start = (range.phys + SYSTEM_PAGE_SIZE - 1) & ~(uint64_t)(SYSTEM_PAGE_SIZE - 1);
        uint64_t end = (range.phys + range.size) & ~(uint64_t)(SYSTEM_PAGE_SIZE - 1);
        struct system_range *last = kept == 0 ? NULL : &machine->ram[kept - 1];

        end = end > SYSTEM_ADDRESS_MAX ? SYSTEM_ADDRESS_MAX : end;
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

static void read_ram(struct reader *reader) {
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
        refuse(reader, "the board's tree has no memory node with RAM");
    else if (machine->ram_count > SYSTEM_RAM_MAX)
        refuse(reader, "the board's tree has more than %u ranges of RAM", SYSTEM_RAM_MAX);
}

static void read_reserved(struct reader *reader) {
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

static void read_cpus(struct reader *reader) {
    struct machine *machine = reader->machine;
    const void *tree = reader->tree;
    int parent = fdt_path_offset(tree, "/cpus");
    int cells = parent < 0 ? 0 : fdt_address_cells(tree, parent);
    int node;

    if (parent < 0 || cells < 1 || cells > 2) {
        refuse(reader, "the board's tree has no CPUs");
        return;
    }
    fdt_for_each_subnode(node, tree, parent) {
        const char *type = tree_string(tree, node, "device_type");
        size_t count = 0;
        const fdt32_t *reg = tree_cells(tree, node, "reg", &count);

        if (type == NULL || strcmp(type, "cpu") != 0 || count < (size_t)cells ||
            !tree_is_enabled(tree, node))
            continue;
        machine->cpus =
            arena_grow(reader->arena, machine->cpus, ++machine->cpu_count, sizeof(*machine->cpus));
        machine->cpus[machine->cpu_count - 1] =
            (struct machine_cpu){tree_number(reg, (size_t)cells), node};
    }
    if (machine->cpu_count == 0 || machine->cpu_count > SYSTEM_CPUS_MAX) {
        refuse(reader, "the board's tree has %zu CPUs; Bulkhead runs on 1 to %u",
               machine->cpu_count, SYSTEM_CPUS_MAX);
    }
}

static void read_controller(struct reader *reader) {
    struct system_board *board = &reader->machine->board;
    const void *tree = reader->tree;
    int node = fdt_node_offset_by_compatible(tree, -1, "arm,gic-v3");
    struct tree_interrupt interrupt;
    size_t count = 0;

    reader->machine->gic_node = node;
    if (node < 0) {
        refuse(reader, "the board's tree has no interrupt controller that Bulkhead drives "
                       "(arm,gic-v3)");
        return;
    }
    const fdt32_t *cells = tree_cells(tree, node, "#redistributor-regions", &count);
    size_t regions = count == 1 ? fdt32_ld(cells) : 1;
    bool complete = regions <= SYSTEM_GICR_MAX && tree_register(tree, node, 0, &board->arm64.gicd);
    for (size_t i = 0; complete && i < regions; i++)
        complete = tree_register(tree, node, i + 1, &board->arm64.gicr[i]);
    if (!complete || fdt_getprop(tree, node, "redistributor-stride", NULL) != NULL) {
        refuse(reader,
               "the board's GICv3 node lacks registers, or has more regions than Bulkhead "
               "knows (%u)",
               SYSTEM_GICR_MAX);
    }
    if (!tree_interrupt(tree, node, 0, &interrupt) || !interrupt.is_private)
        refuse(reader, "the board's GICv3 node has no maintenance interrupt");
    board->arm64.gic_maintenance_irq = interrupt.number;
}

static void read_timer(struct reader *reader) {
    static const struct {
        const char *name;
        size_t index;
        size_t field;
    } timers[] = {
        {"phys", 1, offsetof(struct system_board, arm64.timer_physical_irq)},
        {"virt", 2, offsetof(struct system_board, arm64.timer_virtual_irq)},
        {"hyp-phys", 3, offsetof(struct system_board, arm64.timer_hypervisor_irq)},
    };
    const void *tree = reader->tree;
    int node = fdt_node_offset_by_compatible(tree, -1, "arm,armv8-timer");

    reader->machine->timer_node = node;
    if (node < 0) {
        refuse(reader, "the board's tree has no architected timer (arm,armv8-timer)");
        return;
    }
    for (size_t i = 0; i < sizeof(timers) / sizeof(timers[0]); i++) {
        struct tree_interrupt interrupt;
        int named = fdt_stringlist_search(tree, node, "interrupt-names", timers[i].name);
        size_t index = named >= 0 ? (size_t)named : timers[i].index;

        if (!tree_interrupt(tree, node, index, &interrupt) || !interrupt.is_private) {
            refuse(reader, "the board's timer node has no %s interrupt", timers[i].name);
            return;
        }
        memcpy((char *)&reader->machine->board + timers[i].field, &interrupt.number,
               sizeof(interrupt.number));
    }
}

/* The node of /chosen's stdout-path, which may be an alias and have options behind a colon. */
static int find_console(struct reader *reader) {
    int chosen = fdt_path_offset(reader->tree, "/chosen");
    const char *path = chosen < 0 ? NULL : tree_string(reader->tree, chosen, "stdout-path");

    if (path == NULL)
        return -1;
    return fdt_path_offset_namelen(reader->tree, path, (int)strcspn(path, ":"));
}

static void read_console(struct reader *reader) {
    struct system_board *board = &reader->machine->board;
    const void *tree = reader->tree;
    int node = find_console(reader);
    struct system_range range;
    struct tree_interrupt interrupt;

    reader->machine->console_node = node;
    if (node < 0 || !tree_is_compatible(tree, node, "arm,pl011") ||
        !tree_register(tree, node, 0, &range) || !tree_interrupt(tree, node, 0, &interrupt) ||
        interrupt.is_private) {
        refuse(reader, "the board's tree names no console that Bulkhead drives: a PL011 with "
                       "registers and an interrupt, in /chosen/stdout-path");
        return;
    }
    board->console_kind = CONSOLE_KIND_PL011;
    board->console_phys = range.phys;
    board->console_irq = interrupt.number;
}

bool machine_read(struct machine *machine, const void *tree, size_t size, struct mark mark,
                  struct arena *arena, struct diagnostics *diagnostics) {
    struct reader reader = {machine, tree, arena, mark, diagnostics, false};
    int broken = fdt_check_full(tree, size);

    if (broken != 0) {
        refuse(&reader, "the board's tree is damaged or no device tree blob: %s",
               fdt_strerror(broken));
        return false;
    }
    machine->tree = tree;
    machine->tree_size = size;
    read_ram(&reader);
    read_reserved(&reader);
    read_cpus(&reader);
    read_controller(&reader);
    read_timer(&reader);
    read_console(&reader);
    return !reader.failed;
}
