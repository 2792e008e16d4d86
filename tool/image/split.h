/* SPDX-License-Identifier: Apache-2.0 */
/*
 * split.h - a system image as single files, for a boot loader that fetches each to its place, and
 * the U-Boot script that does so.
 */
#pragma once

#include "config/system.h"
#include "tool/base/arena.h"

struct split_file {
    const char *name;
    const unsigned char *bytes;
    size_t size;
    uint64_t phys; /* where it is loaded; of the script and its text: 0 */
};

/*
 * The files of an image that its build has checked: bulkhead.bin, which is its beginning up to the
 * end of the system table; VM.WHAT for each payload; boot.cmd, which loads all of them and starts
 * Bulkhead by booti; and boot.scr, the same in U-Boot's wrapping. `source` is the description's
 * name, for the script's comment. All is in the arena or in the image.
 */
struct split_file *split_files(const unsigned char *image, size_t size, const char *source,
                               struct arena *arena, size_t *count);

/* Writes them into a folder, which is made if need be. False, with a message in *why. */
bool split_write(const struct split_file *files, size_t count, const char *folder, const char **why,
                 struct arena *arena);
