/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guest_tree.c - copied nodes keep their phandles, and the guest's interrupt controller has the
 * board's: so whatever refers to another node still does.
 */
#include "tool/guest_tree.h"

#include <string.h>

#include "config/config_arch.h"
#include "tool/guest_tree_writer.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* An emulated 16550: bytes of registers, and its clock where the board's does not say one. */
#define NS16550_SIZE  0x100
#define NS16550_CLOCK 1843200

/* --- nodes that are made --- */

static void put_chosen(struct tree_writer *writer) {
    const struct plan_vm *vm = writer->vm;
    uint64_t initrd_end = vm->initrd_at + vm->initrd_file.size;

    writer_begin(writer, "chosen");
    if (vm->description->args.given)
        writer_text(writer, "bootargs", vm->description->args.text);
    if (plan_has_uart(vm) || vm->console_device != NULL)
        writer_text(writer, "stdout-path", "serial0");
    if (vm->initrd_at != 0) {
        WRITER_RANGES(writer, "linux,initrd-start", vm->initrd_at);
        WRITER_RANGES(writer, "linux,initrd-end", initrd_end);
    }
    writer_end(writer);
}

static void put_memory(struct tree_writer *writer) {
    for (size_t i = 0; i < writer->vm->memory_count; i++) {
        const struct plan_memory *memory = &writer->vm->memory[i];

        writer_begin(writer, "memory@%llx", (unsigned long long)memory->at);
        writer_text(writer, "device_type", "memory");
        WRITER_RANGES(writer, "reg", memory->at, memory->size);
        writer_end(writer);
    }
}

/* --- nodes that are copied --- */

/* Properties that are written anew, or mean nothing to a guest. */
static bool is_left_out(const char *name) {
    static const char *const names[] = {"reg",  "interrupt-parent", "status",
                                        "dmas", "dma-names",        "secure-status"};

    for (size_t i = 0; i < COUNT(names); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void put_properties(struct tree_writer *writer, int node) {
    int property;

    fdt_for_each_property_offset(property, writer->board, node) {
        const char *name = NULL;
        int length = 0;
        const void *value = fdt_getprop_by_offset(writer->board, property, &name, &length);

        if (value != NULL && !is_left_out(name))
            writer_bytes(writer, name, value, (size_t)length);
    }
}

static bool is_new(struct tree_writer *writer, int node) {
    for (size_t i = 0; i < writer->copied_count; i++)
        if (writer->copied[i] == node)
            return false;
    writer->copied = arena_grow(writer->plan->arena, writer->copied, ++writer->copied_count,
                                sizeof(*writer->copied));
    writer->copied[writer->copied_count - 1] = node;
    return true;
}

/* The fixed clocks and regulators that a node depends on, each once. */
static void put_providers(struct tree_writer *writer, int node) {
    struct device_provider provider;

    for (size_t i = 0; device_provider(writer->board, node, i, &provider); i++) {
        if (provider.is_fixed && is_new(writer, provider.node)) {
            writer_begin(writer, "%s", fdt_get_name(writer->board, provider.node, NULL));
            put_properties(writer, provider.node);
            writer_end(writer);
        }
    }
}

static bool is_riscv64(const struct tree_writer *writer) {
    return writer->plan->board->machine.config->arch == SYSTEM_ARCH_RISCV64;
}

/*
 * Who hears the interrupts of a copy of the board's node. On RISC-V the root does not say it for
 * all: the harts' own controllers would inherit it, and be below what is below them.
 */
static void put_interrupt_parent(struct tree_writer *writer, int node) {
    if (is_riscv64(writer) && fdt_getprop(writer->board, node, "interrupts", NULL) != NULL)
        writer_cell(writer, "interrupt-parent", writer_controller(writer));
}

/* A device, at the addresses where the CPU sees it. */
static const char *put_device(struct tree_writer *writer, int node) {
    const char *name = fdt_get_name(writer->board, node, NULL);
    uint64_t reg[GUEST_TREE_CELLS_MAX / 2] = {0};
    size_t count = 0;
    struct system_range range;

    for (size_t i = 0; count + 2 <= COUNT(reg) && tree_register(writer->board, node, i, &range);
         i++) {
        reg[count++] = range.phys;
        reg[count++] = range.size;
    }
    name = arena_printf(writer->plan->arena, "%.*s@%llx", (int)strcspn(name, "@"), name,
                        (unsigned long long)reg[0]);
    put_providers(writer, node);
    writer_begin(writer, "%s", name);
    put_properties(writer, node);
    put_interrupt_parent(writer, node);
    writer_numbers(writer, "reg", reg, count, 2);
    writer_end(writer);
    return name;
}

/* The emulated UART, which the board's lends its place and its interrupt. */
static const char *put_console(struct tree_writer *writer) {
    const struct machine *machine = &writer->plan->board->machine;
    int node = machine->console_node;

    if (writer->vm->console == SYSTEM_VM_CONSOLE_PL011)
        return put_device(writer, node);
    const char *name = arena_printf(writer->plan->arena, "serial@%llx",
                                    (unsigned long long)machine->board.console_phys);
    writer_begin(writer, "%s", name);
    writer_text(writer, "compatible", "ns16550a");
    WRITER_RANGES(writer, "reg", machine->board.console_phys, NS16550_SIZE);
    put_interrupt_parent(writer, node);
    writer_copy(writer, node, "interrupts");
    writer_copy(writer, node, "interrupts-extended");
    writer_cell(writer, "clock-frequency",
                tree_cell(machine->tree, node, "clock-frequency", NS16550_CLOCK));
    writer_end(writer);
    return name;
}

static void put_devices(struct tree_writer *writer) {
    const struct plan_vm *vm = writer->vm;

    const char *console = NULL;

    for (size_t i = 0; i < vm->device_count; i++) {
        const struct plan_device *device = &vm->devices[i];

        if (!device->bad && is_new(writer, device->device.node)) {
            const char *name = put_device(writer, device->device.node);

            console = device == vm->console_device ? name : console;
        }
    }
    if (plan_has_uart(vm))
        console = put_console(writer);
    if (console != NULL) {
        writer_begin(writer, "aliases");
        writer_text(writer, "serial0", arena_printf(writer->plan->arena, "/%s", console));
        writer_end(writer);
    }
}

static void put_tree(struct tree_writer *writer) {
    writer_begin(writer, "%s", "");
    writer_text(writer, "model", "Bulkhead virtual machine");
    writer_text(writer, "compatible", "linux,dummy-virt");
    writer_cell(writer, "#address-cells", 2);
    writer_cell(writer, "#size-cells", 2);
    if (!is_riscv64(writer))
        writer_cell(writer, "interrupt-parent", writer_controller(writer));
    writer_copy(writer, 0, "dma-coherent");
    put_chosen(writer);
    put_memory(writer);
    if (is_riscv64(writer))
        guest_tree_riscv64(writer);
    else
        guest_tree_arm64(writer);
    put_devices(writer);
    writer_end(writer);
}

size_t guest_tree_build(const struct plan *plan, const struct plan_vm *vm,
                        const unsigned char **tree) {
    struct tree_writer writer = {.plan = plan, .vm = vm, .board = plan->board->machine.tree};

    writer.tree = arena_alloc(plan->arena, GUEST_TREE_SIZE_MAX);
    writer.error = fdt_create(writer.tree, GUEST_TREE_SIZE_MAX);
    if (writer.error == 0)
        writer.error = fdt_finish_reservemap(writer.tree);
    put_tree(&writer);
    if (writer.error == 0)
        writer.error = fdt_finish(writer.tree);
    *tree = writer.tree;
    return writer.error == 0 ? fdt_totalsize(writer.tree) : 0;
}
