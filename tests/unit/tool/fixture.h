/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixture.h - a folder with guests' images and a hypervisor that is none, to compile systems with.
 * Boards come from boards/, so tests run in the project's root.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/system.h"
#include "tool/image/compile.h"

#define FIXTURE_HYPERVISOR_SIZE   0x3000 /* of the file */
#define FIXTURE_HYPERVISOR_MEMORY 0x5800 /* with its .bss */

struct fixture {
    char folder[64];
    struct arena arena;
    struct compile_request request;
    struct diagnostics diagnostics;
    struct compiled compiled;
};

/* Makes the folder, with `Image` (a kernel of 64 KiB), `guest.elf`, `initrd` and the hypervisor. */
void fixture_open(struct fixture *fixture);
void fixture_open_riscv64(struct fixture *fixture);

/* Writes a file into the folder. */
void fixture_write(struct fixture *fixture, const char *name, const void *bytes, size_t size);

/* Compiles a description, given as text; what was compiled before is gone. */
bool fixture_compile(struct fixture *fixture, const char *text, bool emit);

/* A description that must be accepted: compiles it, and opens the image's table. */
void fixture_system(struct fixture *fixture, const char *text, struct system *system);

/* The device tree of VM `vm`, out of the image of the last system. */
const struct tree *fixture_tree(struct fixture *fixture, const struct system *system, uint32_t vm);

/* Removes all of it; nothing, if it is not open. */
void fixture_close(struct fixture *fixture);
