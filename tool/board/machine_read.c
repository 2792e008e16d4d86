/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/board/machine_read.h"

#include <stdlib.h>
#include <string.h>

#include "config/config_check.h"
#include "tool/base/range.h"
#include "tool/board/machine_reader.h"

/* Whole pages within the address limit, sorted, with neighbours joined. */
static void tidy_ram(struct machine *machine) {
    uint64_t most = machine->config->address_end;
    size_t kept = 0;

    qsort(machine->ram, machine->ram_count, sizeof(*machine->ram), range_compare);
    for (size_t i = 0; i < machine->ram_count; i++) {
        struct system_range range = machine->ram[i];
        uint64_t start = align_up(range.phys, SYSTEM_PAGE_SIZE);
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
    const struct tree_node *root = reader->tree->root;

    for (const struct tree_node *node = root; node < root->end; node++) {
        struct system_range range;

        if (!tree_is_type(node, "memory") || !tree_is_enabled(node))
            continue;
        for (size_t i = 0; tree_register(node, i, &range); i++)
            *ARENA_ADD(reader->arena, machine->ram, machine->ram_count) = range;
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
    const struct tree_node *parent = tree_child(reader->tree->root, "reserved-memory");
    const void *blob = reader->tree->blob;
    struct system_range range;

    for (int i = 0; i < fdt_num_mem_rsv(blob); i++)
        if (fdt_get_mem_rsv(blob, i, &range.phys, &range.size) == 0 && range.size != 0)
            *ARENA_ADD(reader->arena, machine->reserved, machine->reserved_count) = range;
    if (parent == NULL)
        return;
    for (const struct tree_node *node = parent + 1; node < parent->end; node = node->end)
        for (size_t i = 0; tree_register(node, i, &range); i++)
            *ARENA_ADD(reader->arena, machine->reserved, machine->reserved_count) = range;
}

static void read_cpus(struct machine_reader *reader) {
    struct machine *machine = reader->machine;
    const struct tree_node *parent = tree_child(reader->tree->root, "cpus");
    size_t cells = parent == NULL ? 0 : tree_address_cells(parent);

    if (cells < 1 || cells > 2) {
        machine_refuse(reader, "%s", machine->arch->cpu_missing);
        return;
    }
    for (const struct tree_node *node = parent + 1; node < parent->end; node = node->end) {
        size_t count = 0;
        const fdt32_t *reg = tree_cells(node, "reg", &count);

        if (tree_is_type(node, "cpu") && count >= cells && tree_is_enabled(node) &&
            (machine->arch->is_usable == NULL || machine->arch->is_usable(reader, node)))
            *ARENA_ADD(reader->arena, machine->cpus, machine->cpu_count) =
                (struct machine_cpu){.hwid = tree_number(reg, cells), .node = node};
    }
    if (machine->cpu_count == 0) {
        machine_refuse(reader, "%s", machine->arch->cpu_missing);
    } else if (machine->cpu_count > SYSTEM_CPUS_MAX) {
        machine_refuse(reader, "the board's tree has %zu CPUs; Bulkhead runs on 1 to %u",
                       machine->cpu_count, SYSTEM_CPUS_MAX);
    }
}

/* The console is the node of /chosen's stdout-path, which may be an alias and have options behind a
 * colon. */
static void read_console(struct machine_reader *reader) {
    struct machine *machine = reader->machine;
    const char *path = tree_string(tree_child(reader->tree->root, "chosen"), "stdout-path");

    if (path != NULL)
        machine->console_node = tree_find(reader->tree, path, strcspn(path, ":"));
    if (machine->console_node == NULL ||
        !machine_find_console(machine, machine->console_node, &machine->board)) {
        machine_refuse(reader,
                       "the board's tree names no console that Bulkhead drives: %s with registers "
                       "and an interrupt, in /chosen/stdout-path",
                       machine->arch->console_name);
    }
}

const char *machine_arch_of(const struct tree *tree) {
    static const char *const only_32_bits[] = {
        "arm,cortex-a5",  "arm,cortex-a7",  "arm,cortex-a8",    "arm,cortex-a9",   "arm,cortex-a12",
        "arm,cortex-a15", "arm,cortex-a17", "arm,arm1176jzf-s", "arm,arm1176jz-s", "arm,arm926ej-s",
        "arm,cortex-m3",  "arm,cortex-m4",  "arm,cortex-m7",    "qcom,krait",      "qcom,scorpion",
    };
    const struct tree_node *parent = tree_child(tree->root, "cpus");
    const char *arch = NULL;

    if (parent == NULL)
        return NULL;
    for (const struct tree_node *node = parent + 1; node < parent->end; node = node->end) {
        if (!tree_is_type(node, "cpu") ||
            tree_kind(node, only_32_bits, COUNT(only_32_bits)) != NULL)
            continue;
        arch = tree_is_compatible(node, "riscv") || tree_property(node, "riscv,isa") != NULL ||
                       tree_property(node, "riscv,isa-base") != NULL
                   ? machine_riscv64.name
                   : machine_arm64.name;
    }
    return arch;
}

bool machine_read(struct machine *machine, const char *arch_name, const struct tree *tree,
                  struct mark mark, struct arena *arena, struct diagnostics *diagnostics) {
    static const struct machine_arch *const archs[] = {&machine_arm64, &machine_riscv64};
    const struct machine_arch *arch = archs[strcmp(arch_name, archs[1]->name) == 0];
    struct machine_reader reader = {machine, tree, arena, mark, diagnostics, false};
    const char *own = machine_arch_of(tree);

    machine->tree = tree;
    machine->config = arch->config;
    machine->arch = arch;
    if (own != NULL && strcmp(own, arch->name) != 0) {
        machine_refuse(&reader,
                       "the board's tree is that of a machine of %s, not of %s; name the right "
                       "file, or write arch: %s",
                       own, arch->name, own);
        return false;
    }
    read_ram(&reader);
    read_reserved(&reader);
    read_cpus(&reader);
    arch->read(&reader);
    read_console(&reader);
    return !reader.failed;
}
