/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status.h - the one line that says how the system is doing.
 *
 *     control 1 kHz · releases 34,221 · misses 0 · worst 240 ns · linux: up, restarts 0
 *
 * Fed with guests' records and the hypervisor's lines, as console_mux reports
 * them. A control loop is any VM whose records carry `releases=`. A record
 * speaks for the VM that wrote it, whatever name it gives. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define STATUS_MAX_VMS 10

enum status_life { STATUS_WAITING, STATUS_STARTED, STATUS_UP, STATUS_OFF, STATUS_STOPPED };

struct status_vm {
    const char *name;
    enum status_life life;
    uint64_t restarts;
    bool is_loop; /* it has reported releases: the four below are known */
    uint64_t hz;
    uint64_t releases;
    uint64_t misses;
    uint64_t worst_ns;
};

struct status {
    struct status_vm vms[STATUS_MAX_VMS];
    size_t count;
    bool refused;  /* the hypervisor said that it will not start this system... */
    bool panicked; /* ...or that it failed: either way the machine stands still */
};

/* Start with VMs that have not been heard of. More than STATUS_MAX_VMS are left out;
 * the names must outlive it. */
void status_init(struct status *status, const char *const *names, size_t count);

/* Take one line of a speaker: a VM's name, "bulkhead", or "" before the first tag. */
void status_take(struct status *status, const char *speaker, const char *text);

/* The life of a VM after the hypervisor's line "vm NAME: EVENT"; STATUS_WAITING: another line. */
enum status_life status_event(const char *text, const char *name);

/*
 * Write the text, `columns` characters of it at most: if it is too long, the least important parts
 * are left out. Returns the characters written.
 */
size_t status_write(const struct status *status, bool utf8, size_t columns, FILE *out);
