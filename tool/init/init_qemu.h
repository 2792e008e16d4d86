/* SPDX-License-Identifier: Apache-2.0 */
/*
 * init_qemu.h - the tree that QEMU makes for one of its machines, for `bulkhead init --qemu`.
 */
#pragma once

#include "tool/base/arena.h"
#include "tool/base/file.h"
#include "tool/base/text.h"
#include "tool/report/diagnostics.h"

/* One with an arena and diagnostics, and the rest zeroed, is ready. */
struct init_qemu {
    struct arena *arena;
    struct diagnostics *diagnostics; /* for all that goes wrong */
    const char *program;
    const char **arguments; /* what makes it the machine, as `qemu:` of a board has it */
    size_t argument_count;
    struct text left_out; /* what of the user's arguments is not part of the machine */
    const char *from;     /* "QEMU 10.0.2 virt" */
    struct file tree;
};

/*
 * Takes a command line apart, as a shell would: the program may stand first, or else `arch` tells
 * which one. False, with an error, if it is none or names no machine.
 */
bool init_qemu_parse(struct init_qemu *qemu, const char *command, const char *arch);

/* Has QEMU write the machine's tree; false with an error. */
bool init_qemu_dump(struct init_qemu *qemu);
