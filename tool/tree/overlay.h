/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overlay.h - corrections to a device tree that are a device tree overlay: as source (.dtso), which
 * dtc compiles, or as a blob (.dtbo).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "tool/base/arena.h"
#include "tool/base/file.h"
#include "tool/report/diagnostics.h"
#include "tool/report/rules.h"

/* Whom to tell what is wrong, by which rule, and where the overlay is named. */
struct overlay_reader {
    struct arena *arena;
    struct diagnostics *diagnostics;
    enum rule rule;
    struct mark mark;
};

struct overlay {
    const char *path;
    struct file source;  /* the file, as it is */
    unsigned char *blob; /* compiled, and checked */
    size_t size;
};

/* Reads an overlay; what is wrong inside a source is told at its own line. */
bool overlay_read(const struct overlay_reader *reader, const char *path, struct overlay *overlay);

/*
 * A copy of a checked tree with the overlay applied to it, *size bytes; NULL with an error if the
 * tree lacks what the overlay refers to.
 */
unsigned char *overlay_apply(const struct overlay_reader *reader, const struct overlay *overlay,
                             const void *tree, size_t *size);
