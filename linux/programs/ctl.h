/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ctl.h - bulkhead-ctl without the machine: what its command line asks for, and what it prints.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* What it needs of Linux. */
struct ctl {
    /* One of Bulkhead's calls: 0, or a number of errno.h that says why there is no value. */
    int (*call)(uint32_t number, uint64_t first, uint64_t second, uint64_t *value);
    void (*pause)(uint32_t ms);
    void (*write)(int file, const char *text, size_t size);
};

enum ctl_exit { CTL_DONE = 0, CTL_REFUSED = 1, CTL_USAGE = 2 };

/* Does what the words after the program's name ask for, the last of which is NULL. Returns enum
 * ctl_exit. */
int ctl_run(const struct ctl *ctl, char *const *words);
