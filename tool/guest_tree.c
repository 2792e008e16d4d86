/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guest_tree.c - copied nodes keep their phandles, and the guest's interrupt controller has the
 * board's: so whatever refers to another node still does.
 */
#include "tool/guest_tree.h"

#include <stdarg.h>
#include <string.h>

#include <libfdt.h>

#include "config/system.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define IRQ_SPI      0
#define IRQ_PPI      1
#define IRQ_EDGE     1
#define IRQ_LEVEL    4
#define CELLS_MAX    128
#define SPI_BASE     32u
#define PPI_BASE     16u

struct writer {
    const struct plan *plan;
    const struct plan_vm *vm;
    const void *board; /* the board's tree */
    void *tree;
    int error;   /* libfdt's first */
    int *copied; /* nodes of the board's tree that are in the guest's */
    size_t copied_count;
};

static void keep(struct writer *writer, int result) {
    if (writer->error == 0 && result < 0)
        writer->error = result;
}

static void begin(struct writer *writer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void begin(struct writer *writer, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    keep(writer,
         fdt_begin_node(writer->tree, arena_vprintf(writer->plan->arena, format, arguments)));
    va_end(arguments);
}

static void end(struct writer *writer) {
    keep(writer, fdt_end_node(writer->tree));
}

static void put_flag(struct writer *writer, const char *name) {
    keep(writer, fdt_property(writer->tree, name, NULL, 0));
}

static void put_text(struct writer *writer, const char *name, const char *text) {
    keep(writer, fdt_property(writer->tree, name, text, (int)strlen(text) + 1));
}

static void put_cell(struct writer *writer, const char *name, uint32_t cell) {
    keep(writer, fdt_property_u32(writer->tree, name, cell));
}

/* A property of cells: `count` numbers of `size` cells each, size 1 or 2. */
static void put_numbers(struct writer *writer, const char *name, const uint64_t *numbers,
                        size_t count, size_t size) {
    fdt32_t cells[CELLS_MAX];
    size_t used = 0;

    for (size_t i = 0; i < count && used + size <= CELLS_MAX; i++) {
        if (size == 2)
            fdt32_st(&cells[used++], (uint32_t)(numbers[i] >> 32));
        fdt32_st(&cells[used++], (uint32_t)numbers[i]);
    }
    keep(writer, fdt_property(writer->tree, name, cells, (int)(used * sizeof(cells[0]))));
}

#define PUT_CELLS(writer, name, ...)                                                               \
    put_numbers(writer, name, (const uint64_t[]){__VA_ARGS__},                                     \
                COUNT(((const uint64_t[]){__VA_ARGS__})), 1)
#define PUT_RANGES(writer, name, ...)                                                              \
    put_numbers(writer, name, (const uint64_t[]){__VA_ARGS__},                                     \
                COUNT(((const uint64_t[]){__VA_ARGS__})), 2)

/* Copies a property of the board's node, if it has it. */
static void put_copy(struct writer *writer, int node, const char *name) {
    int length = 0;
    const void *value = fdt_getprop(writer->board, node, name, &length);

    if (value != NULL)
        keep(writer, fdt_property(writer->tree, name, value, length));
}

/* --- nodes that are made --- */

static void put_chosen(struct writer *writer) {
    const struct plan_vm *vm = writer->vm;
    uint64_t initrd_end = vm->initrd_at + vm->initrd_file.size;

    begin(writer, "chosen");
    if (vm->description->args.given)
        put_text(writer, "bootargs", vm->description->args.text);
    if (vm->has_console)
        put_text(writer, "stdout-path", "serial0");
    if (vm->initrd_at != 0) {
        PUT_RANGES(writer, "linux,initrd-start", vm->initrd_at);
        PUT_RANGES(writer, "linux,initrd-end", initrd_end);
    }
    end(writer);
}

static void put_memory(struct writer *writer) {
    for (size_t i = 0; i < writer->vm->memory_count; i++) {
        const struct plan_memory *memory = &writer->vm->memory[i];

        begin(writer, "memory@%llx", (unsigned long long)memory->at);
        put_text(writer, "device_type", "memory");
        PUT_RANGES(writer, "reg", memory->at, memory->size);
        end(writer);
    }
}

static void put_cpus(struct writer *writer) {
    const struct machine *machine = &writer->plan->board->machine;
    uint64_t cpus = writer->vm->description->cpus.number;
    uint32_t vcpu = 0;

    begin(writer, "cpus");
    put_cell(writer, "#address-cells", 1);
    put_cell(writer, "#size-cells", 0);
    for (size_t i = 0; i < machine->cpu_count; i++) {
        if ((cpus >> i & 1) == 0)
            continue;
        begin(writer, "cpu@%x", (unsigned)vcpu);
        put_text(writer, "device_type", "cpu");
        put_copy(writer, machine->cpus[i].node, "compatible");
        put_cell(writer, "reg", vcpu++);
        put_text(writer, "enable-method", "psci");
        end(writer);
    }
    end(writer);
}

static void put_psci(struct writer *writer) {
    static const char compatible[] = "arm,psci-1.0\0arm,psci-0.2";

    begin(writer, "psci");
    keep(writer, fdt_property(writer->tree, "compatible", compatible, (int)sizeof(compatible)));
    put_text(writer, "method", "hvc");
    end(writer);
}

static uint32_t controller_phandle(const struct writer *writer) {
    uint32_t phandle = fdt_get_phandle(writer->board, writer->plan->board->machine.gic_node);

    if (phandle == 0 && fdt_find_max_phandle(writer->board, &phandle) == 0)
        phandle++; /* the board's tree never refers to it */
    return phandle;
}

static void put_controller(struct writer *writer) {
    const struct system_board *board = &writer->plan->board->machine.board;

    begin(writer, "intc@%llx", (unsigned long long)board->arm64.gicd.phys);
    put_text(writer, "compatible", "arm,gic-v3");
    put_flag(writer, "interrupt-controller");
    put_cell(writer, "#interrupt-cells", 3);
    put_cell(writer, "#address-cells", 0);
    PUT_RANGES(writer, "reg", board->arm64.gicd.phys, SYSTEM_GICD_SIZE, board->arm64.gicr[0].phys,
               plan_vcpu_count(writer->vm) * SYSTEM_GICR_SIZE);
    put_cell(writer, "phandle", controller_phandle(writer));
    end(writer);
}

/* The guest's timers: the secure one (which no guest uses, but the binding wants it), physical
 * and virtual; the hypervisor keeps its own. */
static void put_timer(struct writer *writer) {
    const struct machine *machine = &writer->plan->board->machine;
    const uint32_t physical = machine->board.arm64.timer_physical_irq - PPI_BASE;
    const uint32_t virtual = machine->board.arm64.timer_virtual_irq - PPI_BASE;
    struct tree_interrupt secure = {.number = machine->board.arm64.timer_physical_irq};

    tree_interrupt(machine->tree, machine->timer_node, 0, &secure);
    begin(writer, "timer");
    put_copy(writer, machine->timer_node, "compatible");
    PUT_CELLS(writer, "interrupts", IRQ_PPI, secure.number - PPI_BASE, IRQ_LEVEL, IRQ_PPI, physical,
              IRQ_LEVEL, IRQ_PPI, virtual, IRQ_LEVEL);
    put_copy(writer, machine->timer_node, "always-on");
    put_copy(writer, machine->timer_node, "clock-frequency");
    end(writer);
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

static void put_properties(struct writer *writer, int node) {
    int property;

    fdt_for_each_property_offset(property, writer->board, node) {
        const char *name = NULL;
        int length = 0;
        const void *value = fdt_getprop_by_offset(writer->board, property, &name, &length);

        if (value != NULL && !is_left_out(name))
            keep(writer, fdt_property(writer->tree, name, value, length));
    }
}

static bool is_new(struct writer *writer, int node) {
    for (size_t i = 0; i < writer->copied_count; i++)
        if (writer->copied[i] == node)
            return false;
    writer->copied = arena_grow(writer->plan->arena, writer->copied, ++writer->copied_count,
                                sizeof(*writer->copied));
    writer->copied[writer->copied_count - 1] = node;
    return true;
}

/* The fixed clocks and regulators that a node depends on, each once. */
static void put_providers(struct writer *writer, int node) {
    struct device_provider provider;

    for (size_t i = 0; device_provider(writer->board, node, i, &provider); i++) {
        if (provider.is_fixed && is_new(writer, provider.node)) {
            begin(writer, "%s", fdt_get_name(writer->board, provider.node, NULL));
            put_properties(writer, provider.node);
            end(writer);
        }
    }
}

/* A device, at the addresses where the CPU sees it. */
static const char *put_device(struct writer *writer, int node) {
    const char *name = fdt_get_name(writer->board, node, NULL);
    uint64_t reg[CELLS_MAX / 2] = {0};
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
    begin(writer, "%s", name);
    put_properties(writer, node);
    put_numbers(writer, "reg", reg, count, 2);
    end(writer);
    return name;
}

static void put_devices(struct writer *writer) {
    const struct plan_vm *vm = writer->vm;

    for (size_t i = 0; i < vm->device_count; i++)
        if (!vm->devices[i].bad && is_new(writer, vm->devices[i].device.node))
            put_device(writer, vm->devices[i].device.node);
    if (vm->has_console) {
        const char *console = put_device(writer, writer->plan->board->machine.console_node);

        begin(writer, "aliases");
        put_text(writer, "serial0", arena_printf(writer->plan->arena, "/%s", console));
        end(writer);
    }
}

static void put_tree(struct writer *writer) {
    begin(writer, "%s", "");
    put_text(writer, "model", "Bulkhead virtual machine");
    put_text(writer, "compatible", "linux,dummy-virt");
    put_cell(writer, "#address-cells", 2);
    put_cell(writer, "#size-cells", 2);
    put_cell(writer, "interrupt-parent", controller_phandle(writer));
    put_copy(writer, 0, "dma-coherent");
    put_chosen(writer);
    put_memory(writer);
    put_cpus(writer);
    put_psci(writer);
    put_controller(writer);
    put_timer(writer);
    put_devices(writer);
    end(writer);
}

size_t guest_tree_build(const struct plan *plan, const struct plan_vm *vm,
                        const unsigned char **tree) {
    struct writer writer = {.plan = plan, .vm = vm, .board = plan->board->machine.tree};

    writer.tree = arena_alloc(plan->arena, GUEST_TREE_SIZE_MAX);
    keep(&writer, fdt_create(writer.tree, GUEST_TREE_SIZE_MAX));
    keep(&writer, fdt_finish_reservemap(writer.tree));
    put_tree(&writer);
    keep(&writer, fdt_finish(writer.tree));
    *tree = writer.tree;
    return writer.error == 0 ? fdt_totalsize(writer.tree) : 0;
}
