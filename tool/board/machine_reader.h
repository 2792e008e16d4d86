/* SPDX-License-Identifier: Apache-2.0 */
/*
 * machine_reader.h - for machine_read.c and machine_ARCH.c: reading a board's tree, in parts.
 */
#pragma once

#include "tool/board/machine.h"
#include "tool/report/diagnostics.h"
#include "tool/tree/tree_address.h"
#include "tool/tree/tree_interrupt.h"

struct machine_reader {
    struct machine *machine;
    const struct tree *tree;
    struct arena *arena;
    struct mark mark;
    struct diagnostics *diagnostics;
    bool failed;
};

struct machine_arch {
    const char *name;
    const struct config_arch *config;
    /* Whether a hart or core that the tree has can run VMs; NULL: each can. */
    bool (*is_usable)(const struct machine_reader *reader, const struct tree_node *node);
    const char *cpu_missing; /* what is said if none can */
    /* Reads controller and timer, when the CPUs are known. */
    void (*read)(struct machine_reader *reader);
    const char *const *consoles; /* compatible strings of its UART; NULL terminated */
    const char *console_name;
    uint32_t (*console_layout)(
        const struct tree_node *node); /* NULL: it has none. UINT32_MAX: we drive none such */
};

extern const struct machine_arch machine_arm64, machine_riscv64;

/* Adds an error of rule board-tree. */
void machine_refuse(struct machine_reader *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Whether a node (or -1) is a UART that Bulkhead can have for its console: then the console's
 * fields of `board` are filled in. The machine's interrupt controller is known.
 */
bool machine_find_console(const struct machine *machine, const struct tree_node *node,
                          struct system_board *board);

/* Notes a node whose registers are the machine's own. */
void machine_own(struct machine_reader *reader, const struct tree_node *node);
