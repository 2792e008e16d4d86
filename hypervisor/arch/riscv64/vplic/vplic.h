/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vplic.h - the state machine of a VM's PLIC (RISC-V Platform-Level Interrupt
 * Controller 1.0). Context n is vCPU n's supervisor mode. Pure: what it wants of
 * the machine's PLIC goes through plic/plic.h.
 *
 * A source that the VM owns has its machine number. From the time the hypervisor
 * claims it until the guest completes it, it is claimed in the machine's PLIC,
 * whose gateway sends no more: here it is first pending, then claimed.
 */
#ifndef RISCV64_VPLIC_H
#define RISCV64_VPLIC_H

#include "arch/riscv64/sources.h"

struct vplic_context {
    uint32_t enabled[SOURCE_WORDS];
    uint32_t threshold;
};

struct vplic {
    struct sources sources; /* first */
    uint32_t pending[SOURCE_WORDS];
    uint32_t claimed[SOURCE_WORDS]; /* its gateway waits for completion */
    uint8_t priority[SOURCE_END];
    struct vplic_context contexts[SYSTEM_CPUS_MAX];
};

/*
 * All below: with the lock held; `self` is the caller's vCPU, for sources_output().
 *
 * The hypervisor has claimed `source` in the machine's PLIC. False if the VM does not own it.
 */
bool vplic_take(struct vplic *vplic, uint32_t self, uint32_t source);

/* The level of an emulated device. */
void vplic_set_level(struct vplic *vplic, uint32_t self, uint32_t source, bool level);

/* The registers, by their offset from sources.at: 32 bits, aligned. */
uint32_t vplic_read(struct vplic *vplic, uint32_t self, uint64_t offset);
void vplic_write(struct vplic *vplic, uint32_t self, uint64_t offset, uint32_t value);
#endif
