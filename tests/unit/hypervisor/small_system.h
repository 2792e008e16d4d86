/* SPDX-License-Identifier: Apache-2.0 */
/*
 * small_system.h - two VMs on four cores: what most tests need of a system.
 *
 * `linux` has cores 0 to 2, 8 MiB at 0x40000000, an emulated UART, a device with
 * two interrupts (level 34, edge 40 which the machine calls 48) and stops when it
 * fails; `control` has core 3, two pieces of memory, no console, and restarts.
 */
#pragma once

#include "config/system.h"
#include "vm/vm.h"

#define LINUX        0u
#define CONTROL      1u
#define LINUX_VCPUS  3u
#define CONSOLE_AT   UINT64_C(0x09000000)
#define CONSOLE_IRQ  33u
#define GUEST_GICD   UINT64_C(0x08000000)
#define GUEST_GICR   UINT64_C(0x080a0000)
#define GUEST_MEMORY UINT64_C(0x40000000)

struct small_system {
    struct system_table table;
    struct system system;
    struct system_vm vms[2];
    struct system_cpu cpus[4];
    struct system_region memory[8];
    struct system_region devices[8];
    struct system_interrupt interrupts[16];
    struct system_payload payloads[8];
    struct system_channel channels[4];
    struct system_member members[8];
};

extern struct small_system small;
extern struct vm vm;

/* What a test begins with: the host forgets all, and `small` is as described. The test then changes
 * what it is about. */
void small_begin(void);

/* One of its VMs as vm_create() makes it, in zeroed memory. */
void small_create(struct vm *vm, uint32_t index);

/* The beginning, with one of its VMs in `vm`. */
void small_begin_vm(uint32_t index);

/* How often a VM's devices were reset, and what else is to happen then, if set. */
extern uint32_t small_resets;
extern void (*small_on_reset)(void);
