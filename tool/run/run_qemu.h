/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_qemu.h - a QEMU of ours: found, started, ended.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define QEMU_LINES_MAX 4 /* serial lines of a board */

/* One of the machine's serial lines; -1 when closed. */
struct qemu_line {
    int to;   /* what is written here, the line receives */
    int from; /* what the line sends */
};

struct qemu {
    pid_t pid;                              /* 0: none is running; it leads a process group */
    struct qemu_line lines[QEMU_LINES_MAX]; /* the board's, and the rest closed */
    int errors;                             /* its stderr; -1 when closed */
    bool exited;                            /* and status is its wait status */
    int status;
};

/* How virtual time goes. */
enum qemu_clock {
    QEMU_CLOCK_PACED, /* an instruction is a ns; idle time takes as long as it would */
    QEMU_CLOCK_EXACT, /* the same without waiting, and repeatable to the bit */
    QEMU_CLOCK_WALL,  /* the host's time; deadlines then measure the host */
};

struct qemu_config {
    const char *program;
    const char *const *board; /* arguments that make it the board; a -serial counts as a line */
    size_t board_count;
    const char *kernel; /* the system image's path */
    enum qemu_clock clock;
    const char *gdb;    /* where to wait for gdb, as QEMU's -gdb takes it; NULL: don't */
    char *const *extra; /* the user's own arguments */
    size_t extra_count;
};

/*
 * The path of the QEMU for an architecture ("arm64"): the one in the project's cache, or else
 * the bare name, to be looked for in PATH. To be freed; NULL without memory.
 */
char *qemu_find(const char *arch);

/* How many serial lines a board has: as many as its arguments have -serial, but one at least. */
size_t qemu_line_count(const char *const *board, size_t count);

/* The whole argument vector, NULL-terminated; only the array is to be freed. NULL without memory.
 */
const char **qemu_arguments(const struct qemu_config *config);

/*
 * Start it, with arguments for that many lines. It dies with us, even if we are killed. `preload`,
 * unless NULL, is a library to be loaded into it first. Returns false with errno set if it could
 * not be started; a program that can't be run ends at once with code 127 and a message in `errors`.
 */
bool qemu_start(struct qemu *qemu, const char *const *arguments, size_t line_count,
                const char *preload);

/* Look, without waiting, whether it has ended: sets exited and status. */
void qemu_poll(struct qemu *qemu);

/* End it now: SIGKILL for its whole group, and close all. A QEMU under icount ignores less. */
void qemu_kill(struct qemu *qemu);

/* The exit code that a shell would show for it. */
int qemu_exit_code(const struct qemu *qemu);
