/* SPDX-License-Identifier: Apache-2.0 */
/*
 * machine.h - what a board's device tree says: RAM, CPUs, interrupt controller, timer, console.
 * The one source for all such numbers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/system_image.h"
#include "tool/base/arena.h"
#include "tool/report/diagnostics.h"

struct config_arch;

struct machine_cpu {
    uint64_t hwid; /* MPIDR affinity fields, or hart id */
    int node;
    int intc;                  /* riscv64: its own interrupt controller's node */
    uint32_t controller_index; /* both: as in struct system_cpu */
    uint64_t controller_phys;
};

/* A zeroed struct machine is ready. It points into the tree, which must stay. */
struct machine {
    const void *tree; /* checked by tree_check() */
    size_t tree_size;
    struct system_range *ram; /* sorted, merged, whole pages, below the architecture's end */
    size_t ram_count;
    struct system_range *reserved; /* what the tree says to be taken; any order, any bytes */
    size_t reserved_count;
    struct machine_cpu *cpus; /* in the tree's order */
    size_t cpu_count;
    struct system_board board; /* console, interrupt controller, timer */
    const struct config_arch *config;
    int controller_node; /* which devices interrupt */
    int msi_node;        /* riscv64: the IMSIC that the controller sends to; -1: none */
    int timer_node;      /* arm64 */
    int pmu_node;        /* arm64; -1: none, or several kinds of core have their own */
    int console_node;    /* -1: Bulkhead has none */
    int *own_nodes;      /* controllers and timers, which no VM may own */
    size_t own_count;
    /* Where a guest's interrupt controller is: as in struct system_vm. */
    uint64_t guest_controller_at;
    uint64_t guest_controller_cpus_at;
};

/*
 * Reads the machine of an architecture ("arm64") out of a flattened tree of `size` bytes at an
 * 8-byte aligned address. False with errors (of rule board-tree, at `mark`) in `diagnostics`.
 */
bool machine_read(struct machine *machine, const char *arch, const void *tree, size_t size,
                  struct mark mark, struct arena *arena, struct diagnostics *diagnostics);

/* Whether a node is one of machine->own_nodes. */
bool machine_owns(const struct machine *machine, int node);

/* The end of a guest's addresses on this machine. */
uint64_t machine_address_end(const struct machine *machine);

/* The fewest levels of stage 2 that reach all addresses below `end`; the most, if none do. */
uint32_t machine_levels(const struct machine *machine, uint64_t end);

/* From now on the board's console is a device as any other, and Bulkhead has none. */
void machine_release_console(struct machine *machine);
