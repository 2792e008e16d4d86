/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_qemu.h - a QEMU of ours: found, started, ended.
 */
#pragma once

#include <stdio.h>
#include <sys/types.h>

#include "tool/base/arena.h"

#define QEMU_LINES_MAX 4 /* serial lines of a board */

struct qemu {
    pid_t pid;                 /* 0: none is running; it leads a process group */
    int input;                 /* of the first serial line, which takes pipes: of a socket, many
                                  small pieces fill the buffer, and what waits for it has no fixed
                                  time */
    int lines[QEMU_LINES_MAX]; /* the first one's output; the others both ways; -1 when closed */
    int errors;                /* its stderr; -1 when closed */
    bool exited;               /* and this is its wait status: */
    int status;                /* process_code() makes the exit code of it */
};

/* How virtual time goes. */
enum qemu_clock {
    QEMU_CLOCK_PACED, /* an instruction is a ns; idle time takes as long as it would */
    QEMU_CLOCK_EXACT, /* the same without waiting, and repeatable to the bit */
    QEMU_CLOCK_WALL,  /* the host's time; deadlines then measure the host */
};

struct qemu_config {
    const char *program;
    const char *preload;      /* a library to be loaded into it first; NULL: none */
    const char *const *board; /* arguments that make it the board; a -serial counts as a line */
    size_t board_count;
    const char *kernel; /* the system image's path; NULL: none */
    enum qemu_clock clock;
    const char *gdb;    /* where to wait for gdb, as QEMU's -gdb takes it; NULL: nowhere */
    bool is_shown;      /* for a person or a script: what is connected to us leads nowhere */
    char *const *extra; /* the user's own arguments */
    size_t extra_count;
};

/* The path by which a QEMU that qemu_start() starts reads its image. */
#define QEMU_IMAGE "/dev/fd/6"

/*
 * The path of the QEMU for an architecture ("arm64"): the one in the project's cache, or else the
 * bare name, to be looked for in PATH.
 */
const char *qemu_find(const char *arch, struct arena *arena);

/* How many serial lines a board has: as many as its arguments have -serial, but one at least. */
size_t qemu_line_count(const char *const *board, size_t count);

/* The whole argument vector, NULL-terminated. */
const char *const *qemu_arguments(const struct qemu_config *config, struct arena *arena);

/* Prints arguments as one line that a shell takes for them. */
void qemu_print(FILE *stream, const char *const *arguments);

/*
 * Starts it, with arguments for that many lines; `image` is a file that it finds as QEMU_IMAGE, or
 * -1. It dies with us, even if we are killed. False, with errno set, if there can be no more
 * processes; a program that cannot be run ends at once with code 127.
 */
bool qemu_start(struct qemu *qemu, const char *const *arguments, size_t line_count, int image);

/* Looks, without waiting, whether it has ended: sets exited and status. */
void qemu_poll(struct qemu *qemu);

/* Ends it now: SIGKILL for its whole group, and closes all. A QEMU under icount ignores less. */
void qemu_kill(struct qemu *qemu);
