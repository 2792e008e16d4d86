/* SPDX-License-Identifier: Apache-2.0 */
/*
 * init_texts.h - what `bulkhead init` writes: files with comments for somebody who sees the board,
 * and Bulkhead, for the first time.
 */
#pragma once

#include "tool/init/survey.h"

/* The tree's origin. */
struct init_source {
    const char *from;        /* for `from:` and people */
    const char *digest;      /* of the tree that is written, SHA-256 */
    const char *const *qemu; /* arguments that make QEMU the board */
    size_t qemu_count;       /* 0: it is not QEMU's */
};

/* board.yaml. */
const char *init_board_text(const struct survey *survey, const struct init_source *source,
                            struct arena *arena);

/* board.dtso, a frame for what the tree lacks; NULL if it lacks nothing that could be put there. */
const char *init_overlay_text(const struct survey *survey, struct arena *arena);

/* system.yaml, for the board in the same folder. */
const char *init_system_text(const struct survey *survey, struct arena *arena);

/* How much RAM the board has. */
uint64_t init_ram_size(const struct survey *survey);

/* "4 KiB at 0x0900_0000, ...": at most `most`, the others are only counted; "": there is none. */
const char *init_ranges_text(const struct system_range *ranges, size_t count, size_t most,
                             struct arena *arena);

/* CPUs that follow each other and are of one kind, as "0-3", or "0". */
const char *init_cpu_range(struct arena *arena, size_t first, size_t last);

/* The kinds of its CPUs: "4 x arm,cortex-a53, 2 x arm,cortex-a72", or which ones they are, "0-3
 * arm,cortex-a53, 4-5 arm,cortex-a72". */
const char *init_cpus_text(const struct survey *survey, bool numbered, struct arena *arena);
