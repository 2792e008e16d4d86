/* SPDX-License-Identifier: Apache-2.0 */
/*
 * device.h - finding the board's devices by name, and what comes with owning one.
 */
#ifndef TOOL_DEVICE_H
#define TOOL_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tool/board.h"
#include "tool/tree.h"

struct device {
    int node;
    const char *path;
    const char *name;               /* unit name */
    struct system_range *registers; /* whole pages */
    size_t register_count;
    struct tree_interrupt *interrupts;
    size_t interrupt_count;
};

enum device_result {
    DEVICE_OK,
    DEVICE_UNKNOWN,
    DEVICE_AMBIGUOUS,
    DEVICE_UNFIT,         /* nothing that a VM could own, ever */
    DEVICE_NOT_SUPPORTED, /* not yet */
};

/*
 * The node that `name` means: one of the board's names, an alias, a unit name that only one node
 * has, a label, or a path. Without success *why is the rest of a message.
 */
enum device_result device_find(const struct board *board, const char *name, struct arena *arena,
                               int *node, const char **why);

/* What comes with owning device->node. Without success *why is the rest of a message. */
enum device_result device_read(const struct board *board, struct device *device,
                               struct arena *arena, const char **why);

/* One node that a device depends on (clocks, resets, ...). */
struct device_provider {
    const char *property; /* the device's */
    int node;             /* -1: the tree has no such node */
    bool is_fixed;        /* a fixed clock or regulator, which is copied */
};

/* The `index`-th provider of a node; false if there are no more. */
bool device_provider(const void *tree, int node, size_t index, struct device_provider *provider);

#endif
