/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dtc.h - runs the device tree compiler, dtc, which has to be installed: source to blob and back.
 */
#pragma once

#include "tool/base/arena.h"
#include "tool/base/file.h"
#include "tool/report/diagnostics.h"

/* One error: where, and what dtc says. Without a file it is of the whole: dtc could not be run. */
struct dtc_error {
    struct mark mark;
    const char *text;
};

struct dtc_errors {
    struct dtc_error *items;
    size_t count;
};

/* Compiles the source at `path`, an overlay with its labels' uses, to a blob in the arena. False,
 * with errors. */
bool dtc_compile(const char *path, struct file *blob, struct arena *arena,
                 struct dtc_errors *errors);

/* The source of a blob, as text in the arena; NULL, with errors. */
const char *dtc_source(const void *blob, size_t size, struct arena *arena,
                       struct dtc_errors *errors);

/* Takes apart what dtc says on its error stream; for tests. */
void dtc_read_errors(const char *text, const char *path, struct arena *arena,
                     struct dtc_errors *errors);
