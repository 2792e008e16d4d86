/* SPDX-License-Identifier: Apache-2.0 */
/*
 * machine.h - what a board's device tree says: RAM, CPUs, interrupt controller, timer, console.
 * The one source for all such numbers.
 */
#pragma once

#include "abi/system_image.h"
#include "tool/base/arena.h"
#include "tool/tree/tree.h"

struct config_arch;
struct machine_arch;

struct machine_cpu {
    uint64_t hwid; /* MPIDR affinity fields, or hart id */
    const struct tree_node *node;
    const struct tree_node *intc; /* riscv64: its own interrupt controller */
    uint32_t controller_index;    /* both: as in struct system_cpu */
    uint64_t controller_phys;
};

/* A zeroed struct machine is ready. It points into the tree, which must stay. */
struct machine {
    const struct tree *tree;
    struct system_range *ram; /* sorted, merged, whole pages, below the architecture's end */
    size_t ram_count;
    struct system_range *reserved; /* what the tree says to be taken; any order, any bytes */
    size_t reserved_count;
    struct machine_cpu *cpus; /* in the tree's order */
    size_t cpu_count;
    struct system_board board; /* console, interrupt controller, timer */
    const struct config_arch *config;
    const struct machine_arch *arch;         /* machine_reader.h: how it was read */
    const struct tree_node *controller_node; /* which devices interrupt */
    const struct tree_node *msi_node;        /* riscv64: the IMSIC that it sends to; NULL: none */
    const struct tree_node *timer_node;      /* arm64 */
    const struct tree_node *pmu_node;        /* arm64; NULL: none, or one for each kind of core */
    const struct tree_node *console_node;    /* NULL: Bulkhead has none */
    const struct tree_node **own_nodes;      /* controllers and timers, which no VM may own */
    size_t own_count;
    /* Where a guest's interrupt controller is: as in struct system_vm. */
    uint64_t guest_controller_at;
    uint64_t guest_controller_cpus_at;
};

/* Whether a node is one of machine->own_nodes. */
bool machine_owns(const struct machine *machine, const struct tree_node *node);

/* The end of a guest's addresses on this machine. */
uint64_t machine_address_end(const struct machine *machine);

/* The fewest levels of stage 2 that reach all addresses below `end`; the most, if none do. */
uint32_t machine_levels(const struct machine *machine, uint64_t end);

/* From now on the board's console is a device as any other, and Bulkhead has none. */
void machine_release_console(struct machine *machine);
