/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process.h - another program: started, or run to its end with all that it says.
 */
#pragma once

#include <sys/types.h>

#include "tool/base/arena.h"
#include "tool/base/file.h"

#define PROCESS_FDS_MAX 8

/*
 * Starts argv[0], looked for in PATH; fds[n] is its file descriptor n, of `count` (at most
 * PROCESS_FDS_MAX), unless it is -1. It leads a process group of its own, and dies with us, even if
 * we are killed. -1, with errno set, if there can be no more processes; a program that cannot be
 * run ends at once with code 127.
 */
pid_t process_start(const char *const *argv, const int *fds, size_t count);

/* The exit code that a shell shows for a wait status: 127 if there is no such program, 128 + a
 * signal. */
int process_code(int status);

/*
 * A file without a name, which has these bytes and is gone with its last descriptor: that one, or
 * -1 with errno set. A program that inherits it as descriptor n may open it as /dev/fd/n.
 */
int process_file(const void *bytes, size_t size);

struct process {
    int code; /* process_code() */
    bool timed_out;
    unsigned char *output; /* its stdout; 8-byte aligned, a NUL behind the last */
    size_t output_size;
    char *errors; /* its stderr, as text */
};

/*
 * Runs a program as process_start() does, and waits for its end, for `seconds` at most: then it is
 * killed. It reads `input`; NULL: nothing. False, with errno set, if it could not be run at all.
 */
bool process_run(const char *const *argv, const struct file *input, unsigned seconds,
                 struct process *process, struct arena *arena);
