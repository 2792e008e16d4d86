/* SPDX-License-Identifier: Apache-2.0 */
/*
 * board_file.h - the format of board.yaml.
 */
#pragma once

#include "tool/format/value.h"

struct tree_file {
    struct value self;
    struct value file;
    struct value overlay;
    struct value sha256;
    struct value from;
};

struct reserve_file {
    struct value self;
    struct value phys;
    struct value size;
    struct value purpose;
};

struct board_file {
    struct value self;
    struct value version;
    struct value arch;
    struct value tree;
    struct value names;
    struct value reserve;
    struct value no_dma;
    struct value home;
    struct value qemu;
};

/* What is read to a struct board_file. */
const struct schema *board_schema(void);
