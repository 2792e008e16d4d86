/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_qemu.h - a QEMU of ours: found, started, ended.
 */
#ifndef TOOL_RUN_QEMU_H
#define TOOL_RUN_QEMU_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct qemu {
    pid_t pid;   /* 0: none is running; it leads a process group of its own */
    int to;      /* what is written here, the serial line receives; -1 when closed */
    int from;    /* what the serial line sends; -1 when closed */
    int errors;  /* its stderr; -1 when closed */
    bool exited; /* and status is its wait status */
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
    const char *const *board; /* arguments that make it the board */
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

/* The whole argument vector, NULL-terminated; only the array is to be freed. NULL without memory.
 */
const char **qemu_arguments(const struct qemu_config *config);

/*
 * Start it. It dies with us, even if we are killed. `preload`, unless NULL, is a library to be
 * loaded into it first. Returns false with errno set if it could not be started; a program that
 * can't be run ends at once with code 127 and a message in `errors`.
 */
bool qemu_start(struct qemu *qemu, const char *const *arguments, const char *preload);

/* Look, without waiting, whether it has ended: sets exited and status. */
void qemu_poll(struct qemu *qemu);

/* End it now: SIGKILL for its whole group, and close all. A QEMU under icount ignores less. */
void qemu_kill(struct qemu *qemu);

/* The exit code that a shell would show for it. */
int qemu_exit_code(const struct qemu *qemu);

#endif
