/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process.h - another program, run to its end, with all that it says.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "tool/base/arena.h"
#include "tool/base/file.h"

struct process {
    int code; /* as a shell would show it: 127 if there is no such program, 128 + a signal */
    bool timed_out;
    unsigned char *output; /* its stdout; 8-byte aligned, a NUL behind the last */
    size_t output_size;
    char *errors; /* its stderr, as text */
};

/*
 * Runs argv[0], looked for in PATH, and waits for its end, for `seconds` at most: then it is
 * killed. It reads `input`; NULL: nothing. False, with errno set, if it could not be run at all.
 */
bool process_run(const char *const *argv, const struct file *input, unsigned seconds,
                 struct process *process, struct arena *arena);
