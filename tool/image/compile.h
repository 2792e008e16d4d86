/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compile.h - a description in, a system out: what check, build, run and show share.
 */
#pragma once

#include "tool/base/arena.h"
#include "tool/board/board.h"
#include "tool/report/diagnostics.h"
#include "tool/system/description.h"

#define COMPILED_LINES_MAX 4

/* A UART of the board that a VM owns: the one with the alias serialN. */
struct compiled_line {
    int vm;          /* -1: no VM's, so Bulkhead's if anybody's */
    bool is_console; /* it is what the VM has for a console */
};

/* A compiled system, for those who run or show it. A zeroed one is ready. */
struct compiled {
    struct arena arena;
    struct board board;
    const char **vm_names; /* in the description's order */
    bool *vm_consoles;     /* whether each has Bulkhead's console */
    size_t vm_count;
    struct compiled_line lines[COMPILED_LINES_MAX]; /* by the N of their aliases */
    unsigned char *image; /* the whole system image; NULL if it was not asked for */
    size_t image_size;
    const char *manifest; /* manifest.h: the one beside the image; NULL like `image` */
};

/* A request to compile. */
struct compile_request {
    const char *path; /* of the description */
    struct description_reading reading;
    const char *hypervisor; /* its binary; NULL: ARCH/hypervisor.bin beside the program */
    bool emit;              /* makes the image; else only checks */
    bool no_images;         /* does without the guests' files: what comes out can be looked at */
};

/*
 * Checks the description and, if `emit`, makes the system image in memory. All errors
 * go to `diagnostics`; without any, `compiled` is filled in. Reads the board, the guests' images
 * and (if `emit`) the hypervisor's binary; with `no_images` only the board.
 */
bool compile(struct compiled *compiled, const struct compile_request *request,
             struct diagnostics *diagnostics);

/* Writes an image that was asked for, and its manifest beside it; false: with a message in *why. */
bool compiled_write(struct compiled *compiled, const char *output, const char **why);

/* Frees all that compile() filled in. */
void compiled_free(struct compiled *compiled);
