/* SPDX-License-Identifier: Apache-2.0 */
/*
 * board.h - one board: its board.yaml, and the device tree that this names.
 */
#pragma once

#include "tool/base/arena.h"
#include "tool/base/file.h"
#include "tool/board/machine.h"
#include "tool/format/value.h"
#include "tool/report/diagnostics.h"
#include "tool/tree/overlay.h"

/* RAM that the tree omits but firmware uses. */
struct board_reserve {
    uint64_t phys;
    uint64_t size;
    const char *purpose;
};

/* A friendly name for a device. */
struct board_name {
    const char *name;
    const char *device;
};

/* A zeroed struct board is ready. All of it lives until board_close(). */
struct board {
    struct arena arena;
    const char *name;   /* the folder's name */
    const char *folder; /* where board.yaml is */
    const char *file;   /* board.yaml's path */
    const char *tree_file;
    const char *tree_written; /* the same as board.yaml names it */
    const char *overlay_written;
    struct file source;      /* board.yaml's bytes */
    struct file tree_source; /* the tree's, before the overlay */
    struct overlay overlay;  /* path NULL: there is none */
    const char *arch;        /* "arm64" */
    uint64_t home;
    const char **qemu; /* arguments that make QEMU this board; NULL terminated */
    size_t qemu_count;
    struct board_name *names;
    size_t name_count;
    struct board_reserve *reserve;
    size_t reserve_count;
    const char **no_dma; /* compatible strings */
    size_t no_dma_count;
    struct machine machine;   /* what the tree says, with the overlay */
    struct system_range *ram; /* its RAM without what it or board.yaml reserves: whole pages */
    size_t ram_count;
};

/*
 * Opens a board: a folder, or the name of a folder in `boards` (NULL: no such folder is known).
 * `mark` is where the board was named, for messages. False with errors in `diagnostics`.
 */
bool board_open_at(struct board *board, const char *name_or_path, const char *boards,
                   struct mark mark, struct diagnostics *diagnostics);

/* The same for a name that stands in no file. */
bool board_open(struct board *board, const char *name_or_path, const char *boards,
                struct diagnostics *diagnostics);

/*
 * The architecture of a board that `file` names ("": no file does), without reading more than that;
 * "arm64" if there is no such board, or nothing in it.
 */
const char *board_arch(const char *name_or_path, const char *boards, const char *file,
                       struct arena *arena);

/* Fills in `ram` of a board whose machine, and what board.yaml reserves, are known. */
void board_cut_ram(struct board *board);

/* The begin of the first bank of RAM that is not all reserved: a guest's RAM is there unless its
 * description says where. 0: there is none. */
uint64_t board_ram_base(const struct board *board);

/* Frees all that belongs to the board; it may be opened again. */
void board_close(struct board *board);
