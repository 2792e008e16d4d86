/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_console.h - the user at the machine: keyboard, screen and signals while QEMU runs.
 */
#pragma once

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
};

/*
 * Serves the user until one side ends it; signals that ask to end do so too. QEMU may still run
 * then; the terminal is as before. Returns the exit code: QEMU's own, 128 + a signal's number,
 * EXIT_CODE_DESCRIPTION if the hypervisor refused or failed and nobody sits there to read it, or
 * EXIT_CODE_SYSTEM without memory or terminal.
 */
int run_console(const struct run_console_config *config);
