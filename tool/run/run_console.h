/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_console.h - the user at the machine: keyboard, screen and signals while QEMU runs.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "tool/run/run_qemu.h"

/* One of the board's serial lines: the UART with the alias serialN. */
struct run_line {
    int vm;          /* who owns it; -1: no VM, so it is Bulkhead's if anybody's */
    bool is_console; /* it is what the VM has for a console */
};

struct run_console_config {
    struct qemu *qemu;
    const char *const *names; /* of the VMs, in the description's order */
    const bool *consoles;     /* of each, whether it has Bulkhead's console */
    size_t count;
    struct run_line lines[QEMU_LINES_MAX];
    bool plain; /* prefixed lines instead of a terminal */
    /* Called once, when the machine has said its first word: it has read its files by then. */
    void (*first_output)(void *context);
    void *context;
};

enum run_end {
    RUN_END_MACHINE, /* QEMU ended by itself */
    RUN_END_QUIT,    /* the user wanted it so */
    RUN_END_SIGNAL,  /* a signal asked for it */
    RUN_END_HALTED,  /* the hypervisor refused or failed, and nobody sits there to read it */
    RUN_END_OUTPUT,  /* nobody reads our output any more */
    RUN_END_SYSTEM,  /* no memory, or no terminal */
};

/*
 * Ask for SIGINT, SIGTERM and their like to end run_console() instead of the process. To be
 * called before anything is made that would be left behind.
 */
bool run_signals_install(void);

/* The signal that asked to end, or 0. */
int run_signals_stop(void);

/* Serve the user until one side ends it. QEMU may still run then; the terminal is as before. */
enum run_end run_console(const struct run_console_config *config);
