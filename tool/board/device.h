/* SPDX-License-Identifier: Apache-2.0 */
/*
 * device.h - finding the board's devices by name, and what comes with owning one.
 */
#pragma once

#include "tool/board/board.h"
#include "tool/format/value.h"
#include "tool/tree/tree_address.h"
#include "tool/tree/tree_interrupt.h"

/* What comes with owning a node: all that is said in it and in the nodes below it that the tree
 * does not disable. */
struct device {
    const struct tree_node *node;
    const char *path;
    const char *name;               /* unit name */
    const struct tree_node **nodes; /* it and those below it, in the tree's order */
    size_t node_count;
    struct system_range *registers; /* and windows of buses; whole pages, none over another */
    size_t register_count;
    struct system_range *prefetchable; /* those windows of them that are */
    size_t prefetchable_count;
    struct system_range *lost; /* windows that end beyond a guest's addresses: left out */
    size_t lost_count;
    struct tree_interrupt *interrupts; /* of the machine's controller, each once */
    size_t interrupt_count;
    bool has_stream;        /* an IOMMU sees its DMA */
    bool has_msi;           /* it could interrupt by messages */
    const char *memory;     /* the node of reserved memory that it needs; NULL: it needs none */
    const char *translated; /* a bus above it that gives DMA other addresses; NULL: there is none */
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
 * has, a label, or a path. Without success it is NULL, and *why is the rest of a message.
 */
enum device_result device_find(const struct board *board, const char *name, struct arena *arena,
                               const struct tree_node **node, const char **why);

/* Fills in which nodes the device is, in the board's tree. */
void device_list(struct device *device, struct arena *arena);

/* Properties that a node goes without: a list of words. */
struct device_omission {
    const struct tree_node *node;
    const struct value *properties;
};

/* Whether `property` is left out of a node. */
bool device_omits(const struct device_omission *omissions, size_t count,
                  const struct tree_node *node, const char *property);

/*
 * Reads what comes with owning the listed nodes, but for what is left out. Without success *why is
 * the rest of a message.
 */
enum device_result device_read(const struct board *board, struct device *device,
                               const struct device_omission *omissions, size_t omission_count,
                               struct arena *arena, const char **why);

/* Whether a device that was read can be owned although its parent is not; if not, *why. */
bool device_is_whole(const struct device *device, struct arena *arena, const char **why);

/* Whether a node belongs to the secure world alone. */
bool device_is_secure(const struct tree_node *node);

/* Whether a node is an IOMMU: who programs it rules over all DMA behind it. */
bool device_is_iommu(const struct tree_node *node);

/* Whether registers of a read device are one of its buses' prefetchable windows, and no more. */
bool device_is_prefetchable(const struct device *device, struct system_range range);

/* Whether a node may read and write memory by itself: it has registers, and the board does not say
 * that it is harmless. */
bool device_may_master(const struct board *board, const struct tree_node *node);

/* Whether `node` is the device's own or below it, enabled or not. */
bool device_covers(const struct device *device, const struct tree_node *node);

/* The end of what a guest can address on this board. */
uint64_t device_address_end(const struct board *board);
