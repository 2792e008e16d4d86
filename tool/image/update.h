/* SPDX-License-Identifier: Apache-2.0 */
/*
 * update.h - other guests' images for a system image that is built already, each within its slot.
 */
#pragma once

#include "tool/base/arena.h"
#include "tool/report/diagnostics.h"

/* One file in the place of another. */
struct update {
    const char *vm;
    bool initrd; /* of its initrd; else of its image */
    const char *path;
};

/*
 * Takes the argument VM=FILE or VM:initrd=FILE apart, in the arena; false: it is none of these.
 */
bool update_parse(struct update *update, const char *argument, struct arena *arena);

/*
 * Writes files into the system image at `path`, `size` bytes, 8-byte aligned. What goes into a slot
 * is what a build from the same description would put there, and the rest of the image is as that
 * build would make it: its table and its manifest are changed too. False with errors in
 * `diagnostics`: then nothing was changed. *manifest is the text for beside it.
 */
bool update_image(unsigned char *image, size_t size, const char *path, const struct update *updates,
                  size_t count, struct arena *arena, struct diagnostics *diagnostics,
                  const char **manifest);
