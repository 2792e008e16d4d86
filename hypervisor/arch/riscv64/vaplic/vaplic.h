/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vaplic.h - the state machine of a VM's APLIC domain (RISC-V Advanced Interrupt
 * Architecture 1.0, chapter 4), in direct or in MSI delivery mode. Hart index n is
 * vCPU n. Pure: what it wants of the machine's APLIC and IMSICs goes through
 * aia/aia.h.
 *
 * A source that the VM owns has its machine number. In MSI mode the machine's
 * domain does all of its work: registers are passed on, confined to the VM's
 * sources and files. In direct mode the hypervisor takes its interrupts: an edge
 * is latched here; a level is masked in the machine's domain (`held`) until its
 * input is seen low at one of the guest's own claims.
 */
#ifndef RISCV64_VAPLIC_H
#define RISCV64_VAPLIC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "abi/system_image.h"
#include "arch/riscv64/source_bits.h"
#include "lib/spinlock.h"

#define VAPLIC_IDCS     0x4000u /* offset of the interrupt delivery control structures ... */
#define VAPLIC_IDC_SIZE 32u     /* ... one for each vCPU, in direct mode */

struct vaplic_idc {
    bool delivery, force;
    uint8_t threshold;
    _Atomic bool output; /* there is something to deliver: vCPU's VSEIP */
};

struct vaplic {
    struct spinlock lock; /* of all but the outputs */
    uint64_t at;
    bool msi;            /* delivery mode: a constant of the domain */
    bool enabled;        /* domaincfg.IE */
    uint32_t identities; /* MSI mode: the highest */
    uint32_t vcpu_count;
    uint32_t machine_cpu[SYSTEM_CPUS_MAX]; /* of each vCPU, and ... */
    uint32_t hart_index[SYSTEM_CPUS_MAX];  /* ... what the machine's APLIC calls it */
    uint32_t owned[SOURCE_WORDS];          /* sources of the machine's APLIC */
    uint32_t emulated[SOURCE_WORDS];       /* sources that are levels of emulated devices */
    uint32_t line[SOURCE_WORDS];           /* such a level */
    uint32_t active[SOURCE_WORDS];         /* source mode is not Inactive */
    uint32_t pending[SOURCE_WORDS];        /* MSI mode: of emulated sources only */
    uint32_t held[SOURCE_WORDS];           /* an owned level, taken and masked; direct mode */
    uint32_t enable[SOURCE_WORDS];
    uint8_t mode[SOURCE_END];    /* sourcecfg.SM */
    uint32_t target[SOURCE_END]; /* as the guest wrote it */
    struct vaplic_idc idcs[SYSTEM_CPUS_MAX];
};

/* The state that a reset leaves, with all owned sources inactive in the machine's domain, too. */
void vaplic_reset(struct vaplic *vaplic);

/*
 * All below: with the lock held; `self` is the caller's vCPU. Siblings whose output changes are
 * kicked, the caller's own is the caller's to look at.
 *
 * Direct mode: the hypervisor has claimed `source`. False if the VM does not own it.
 */
bool vaplic_take(struct vaplic *vaplic, uint32_t self, uint32_t source);

/* The level of an emulated device. */
void vaplic_set_level(struct vaplic *vaplic, uint32_t self, uint32_t source, bool level);

/* The registers, by their offset from vaplic->at: 32 bits, aligned. */
uint32_t vaplic_read(struct vaplic *vaplic, uint32_t self, uint64_t offset);
void vaplic_write(struct vaplic *vaplic, uint32_t self, uint64_t offset, uint32_t value);
#endif
