/* SPDX-License-Identifier: Apache-2.0 */
/*
 * good_table.h - a small system table that is right, to be broken in one place by a test.
 */
#pragma once

#include "abi/system_image.h"

/* Two VMs: `first` with CPUs 0 and 2, two regions, a device; `second` with CPU 1, no
 * console. They share a channel; `second` is in another one too. */
struct good_table {
    struct system_table table;
    struct system_range ram[2];
    struct system_cpu cpus[4];
    struct system_vm vms[2];
    struct system_region memory[3];
    struct system_region devices[3];
    struct system_interrupt interrupts[3];
    struct system_payload payloads[3];
    struct system_channel channels[2];
    struct system_member members[3];
};

/* Fills it in, checksum included: for arm64; for riscv64 with an interrupt controller. */
void good_table_make(struct good_table *good);
void good_table_make_riscv64(struct good_table *good, enum system_controller kind);

/* The checksum again, after a change. */
void good_table_seal(struct good_table *good);
