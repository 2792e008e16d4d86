/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/guest_tree/guest_tree_writer.h"

#include <string.h>

#include <libfdt.h>

#include "config/config_check.h"
#include "config/system.h"

static void keep(struct tree_writer *writer, int result) {
    if (writer->error == 0 && result < 0)
        writer->error = result;
}

void writer_begin(struct tree_writer *writer, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    keep(writer,
         fdt_begin_node(writer->tree, arena_vprintf(writer->plan->arena, format, arguments)));
    va_end(arguments);
}

void writer_end(struct tree_writer *writer) {
    keep(writer, fdt_end_node(writer->tree));
}

void writer_bytes(struct tree_writer *writer, const char *name, const void *bytes, size_t size) {
    keep(writer, fdt_property(writer->tree, name, bytes, (int)size));
}

void writer_flag(struct tree_writer *writer, const char *name) {
    writer_bytes(writer, name, NULL, 0);
}

void writer_text(struct tree_writer *writer, const char *name, const char *text) {
    writer_bytes(writer, name, text, strlen(text) + 1);
}

void writer_texts(struct tree_writer *writer, const char *name, const char *const *texts,
                  size_t count) {
    size_t size = 0;
    void *place = NULL;

    for (size_t i = 0; i < count; i++)
        size += strlen(texts[i]) + 1;
    keep(writer, fdt_property_placeholder(writer->tree, name, (int)size, &place));
    for (size_t i = 0; i < count && place != NULL; i++) {
        strcpy(place, texts[i]);
        place = (char *)place + strlen(texts[i]) + 1;
    }
}

void writer_cell(struct tree_writer *writer, const char *name, uint32_t cell) {
    keep(writer, fdt_property_u32(writer->tree, name, cell));
}

void writer_numbers(struct tree_writer *writer, const char *name, const uint64_t *numbers,
                    size_t count, size_t size) {
    fdt32_t cells[GUEST_TREE_CELLS_MAX];
    size_t used = 0;

    for (size_t i = 0; i < count && used + size <= GUEST_TREE_CELLS_MAX; i++) {
        if (size == 2)
            fdt32_st(&cells[used++], (uint32_t)(numbers[i] >> 32));
        fdt32_st(&cells[used++], (uint32_t)numbers[i]);
    }
    writer_bytes(writer, name, cells, used * sizeof(cells[0]));
}

void writer_copy(struct tree_writer *writer, const struct tree_node *node, const char *name) {
    const struct tree_property *property = tree_property(node, name);

    if (property != NULL)
        writer_bytes(writer, name, property->value, property->length);
}

const struct machine_cpu *writer_cpu(const struct tree_writer *writer, uint32_t vcpu) {
    const struct system_vm entry = {.cpus = writer->vm->description->cpus.number};

    return &writer->machine->cpus[system_vm_cpu(&entry, vcpu)];
}

void writer_cpus(struct tree_writer *writer, writer_cpu_part *put, writer_cpu_part *put_below) {
    static const char capacity[] = "capacity-dmips-mhz";
    uint64_t timebase = writer->machine->board.riscv64.timebase;
    uint32_t count = plan_vcpu_count(writer->vm);
    bool is_told = true;

    writer_begin(writer, "cpus");
    writer_cell(writer, "#address-cells", 1);
    writer_cell(writer, "#size-cells", 0);
    if (writer_is_riscv64(writer))
        writer_numbers(writer, "timebase-frequency", &timebase, 1, timebase > UINT32_MAX ? 2 : 1);
    for (uint32_t vcpu = 0; vcpu < count; vcpu++)
        is_told = is_told && tree_property(writer_cpu(writer, vcpu)->node, capacity) != NULL;
    for (uint32_t vcpu = 0; vcpu < count; vcpu++) {
        const struct machine_cpu *cpu = writer_cpu(writer, vcpu);

        writer_begin(writer, "cpu@%x", (unsigned)vcpu);
        writer_text(writer, "device_type", "cpu");
        writer_copy(writer, cpu->node, "compatible");
        writer_cell(writer, "reg", vcpu);
        put(writer, cpu);
        if (is_told)
            writer_copy(writer, cpu->node, capacity);
        if (put_below != NULL)
            put_below(writer, cpu);
        writer_end(writer);
    }
    writer_end(writer);
}

/* The n-th phandle that the board's tree does not have. */
static uint32_t free_phandle(const struct tree_writer *writer, uint32_t n) {
    const struct tree *tree = writer->machine->tree;

    return (tree->phandle_count == 0 ? 0 : tree->phandles[tree->phandle_count - 1]->phandle) + 1 +
           n;
}

uint32_t writer_phandle(struct tree_writer *writer) {
    return free_phandle(writer, 1 + writer->phandle_count++);
}

uint32_t writer_controller(const struct tree_writer *writer) {
    uint32_t phandle = writer->machine->controller_node->phandle;

    return phandle != 0 ? phandle : free_phandle(writer, 0); /* the board never refers to it */
}

bool writer_is_riscv64(const struct tree_writer *writer) {
    return writer->machine->config->arch == SYSTEM_ARCH_RISCV64;
}

struct system_range writer_controller_range(const struct tree_writer *writer, uint32_t n) {
    return plan_controller(writer->plan, writer->vm, n);
}
