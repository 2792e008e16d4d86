/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overlay.h - corrections to a device tree, a board's or a guest's, that are a device tree overlay:
 * as source (.dtso), which dtc compiles, or as a blob (.dtbo).
 */
#pragma once

#include "tool/base/arena.h"
#include "tool/base/file.h"
#include "tool/tree/dtc.h"
#include "tool/tree/tree.h"

struct overlay {
    const char *path;
    struct file source;      /* the file, as it is; source.why: it cannot be read */
    const struct tree *tree; /* compiled, and checked */
};

/*
 * Reads an overlay into the arena. A file with a NUL is a blob, and one named .dtbo or .dtb has
 * to be one; all else is source. False, with errors: at a line of the source, or (mark.file NULL)
 * of the whole.
 */
bool overlay_read(struct overlay *overlay, const char *path, struct arena *arena,
                  struct dtc_errors *errors);

/* The tree that an overlay is applied to. */
struct overlay_target {
    const struct tree *tree;
    const char *name; /* "the board's tree" */
    const char *help; /* what to do instead of naming a label or a node that it does not have */
};

/*
 * A copy of a tree with the overlay applied to it, as a blob in the arena; NULL, with errors, if
 * the tree lacks what the overlay refers to. In it, labels are those of the tree's __symbols__;
 * besides, each node whose name is alone in the tree has it for a label, with _ for what no label
 * may hold: &pcie_10000000.
 */
unsigned char *overlay_apply(const struct overlay *overlay, const struct overlay_target *target,
                             struct arena *arena, struct dtc_errors *errors);
