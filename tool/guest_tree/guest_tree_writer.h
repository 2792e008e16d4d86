/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guest_tree_writer.h - for guest_tree.c and guest_tree_ARCH.c: writing a tree, node by node.
 */
#pragma once

#include "tool/system/plan.h"

#define GUEST_TREE_CELLS_MAX 128 /* of one property */

/* A node of the board's tree that is below the guest's root, with all below it. */
struct tree_copy {
    const struct tree_node *node;
    const char *name; /* there */
};

struct tree_writer {
    const struct plan *plan;
    const struct plan_vm *vm;
    const struct machine *machine; /* the board's */
    void *tree;
    int error; /* libfdt's first */
    struct tree_copy *copies;
    size_t copy_count;
    uint32_t phandle_count; /* taken beyond the board's own */
};

/* Begins and ends a node. */
void writer_begin(struct tree_writer *writer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void writer_end(struct tree_writer *writer);

/* Properties: without a value; of bytes; a string; several, each ended by a NUL; a cell. */
void writer_flag(struct tree_writer *writer, const char *name);
void writer_bytes(struct tree_writer *writer, const char *name, const void *bytes, size_t size);
void writer_text(struct tree_writer *writer, const char *name, const char *text);
void writer_texts(struct tree_writer *writer, const char *name, const char *const *texts,
                  size_t count);
void writer_cell(struct tree_writer *writer, const char *name, uint32_t cell);

/* A property of cells: `count` numbers of `size` cells each, size 1 or 2. */
void writer_numbers(struct tree_writer *writer, const char *name, const uint64_t *numbers,
                    size_t count, size_t size);

#define WRITER_LIST(writer, name, size, ...)                                                       \
    writer_numbers(writer, name, (const uint64_t[]){__VA_ARGS__},                                  \
                   sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t), size)
#define WRITER_CELLS(writer, name, ...)  WRITER_LIST(writer, name, 1, __VA_ARGS__)
#define WRITER_RANGES(writer, name, ...) WRITER_LIST(writer, name, 2, __VA_ARGS__)

/* Copies a property of the board's node, if it has it. */
void writer_copy(struct tree_writer *writer, const struct tree_node *node, const char *name);

/* The machine's CPU that runs a vCPU. */
const struct machine_cpu *writer_cpu(const struct tree_writer *writer, uint32_t vcpu);

/* The CPUs, with the properties that `put` adds to each, and (NULL: none) the nodes of `put_below`.
 * How fast they are beside each other is told if the board says it of all of them. */
typedef void writer_cpu_part(struct tree_writer *writer, const struct machine_cpu *cpu);
void writer_cpus(struct tree_writer *writer, writer_cpu_part *put, writer_cpu_part *put_below);

/* A phandle that the board's tree does not have; another one each time. */
uint32_t writer_phandle(struct tree_writer *writer);

/* The phandle of the board's controller, which is the guest's too. */
uint32_t writer_controller(const struct tree_writer *writer);

/* Whether the machine is a RISC-V one. */
bool writer_is_riscv64(const struct tree_writer *writer);

/* The n-th range of its registers, at the guest's addresses. */
struct system_range writer_controller_range(const struct tree_writer *writer, uint32_t n);

/* Each architecture's own nodes: its CPUs, and all else that is no device. */
void guest_tree_arm64(struct tree_writer *writer);
void guest_tree_riscv64(struct tree_writer *writer);
