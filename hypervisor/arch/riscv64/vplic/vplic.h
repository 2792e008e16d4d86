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

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "abi/system_image.h"
#include "arch/riscv64/source_bits.h"
#include "lib/spinlock.h"

#define VPLIC_CONTEXTS   0x200000u /* offset of the contexts' own pages; below it what they share */
#define VPLIC_PRIORITIES 7u        /* the most urgent one */

struct vplic_context {
    uint32_t enabled[SOURCE_WORDS];
    uint32_t threshold;
    _Atomic bool output; /* there is something to claim: vCPU's VSEIP */
};

struct vplic {
    struct spinlock lock; /* of all but the outputs */
    uint64_t at;
    uint32_t vcpu_count;
    uint32_t machine_cpu[SYSTEM_CPUS_MAX]; /* of each vCPU */
    uint32_t owned[SOURCE_WORDS];          /* sources of the machine's PLIC */
    uint32_t emulated[SOURCE_WORDS];       /* sources that are levels of emulated devices */
    uint32_t line[SOURCE_WORDS];           /* such a level */
    uint32_t pending[SOURCE_WORDS];
    uint32_t claimed[SOURCE_WORDS]; /* its gateway waits for completion */
    uint8_t priority[SOURCE_END];
    struct vplic_context contexts[SYSTEM_CPUS_MAX];
};

/* The state that a reset leaves; touches no physical source. */
void vplic_reset(struct vplic *vplic);

/*
 * All below: with the lock held; `self` is the caller's vCPU. Siblings whose output changes are
 * kicked, the caller's own is the caller's to look at.
 *
 * The hypervisor has claimed `source` in the machine's PLIC. False if the VM does not own it.
 */
bool vplic_take(struct vplic *vplic, uint32_t self, uint32_t source);

/* The level of an emulated device. */
void vplic_set_level(struct vplic *vplic, uint32_t self, uint32_t source, bool level);

/* The registers, by their offset from vplic->at: 32 bits, aligned. */
uint32_t vplic_read(struct vplic *vplic, uint32_t self, uint64_t offset);
void vplic_write(struct vplic *vplic, uint32_t self, uint64_t offset, uint32_t value);
#endif
