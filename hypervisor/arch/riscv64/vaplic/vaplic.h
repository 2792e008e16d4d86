/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vaplic.h - the state machine of a VM's APLIC domain (RISC-V Advanced Interrupt
 * Architecture 1.0, chapter 4), in direct or in MSI delivery mode. Hart index n is
 * vCPU n. Pure: what it wants of the machine's APLIC and IMSICs goes through
 * aia/aplic.h and
 * aia/imsic.h.
 *
 * A source that the VM owns has its machine number. In MSI mode the machine's
 * domain does all of its work: registers are passed on, confined to the VM's
 * sources and files. In direct mode the hypervisor takes its interrupts: an edge
 * is latched here; a level is masked in the machine's domain (`held`) until its
 * input is seen low at one of the guest's own claims.
 */
#ifndef RISCV64_VAPLIC_H
#define RISCV64_VAPLIC_H

#include "arch/riscv64/sources.h"

/* An interrupt delivery control structure: direct mode. */
struct vaplic_idc {
    bool delivery, force;
    uint8_t threshold;
};

struct vaplic {
    struct sources sources;          /* first */
    bool enabled;                    /* domaincfg.IE */
    uint8_t mode[SOURCE_END];        /* sourcecfg.SM, and by it ... */
    uint32_t active[SOURCE_WORDS];   /* ... not inactive, ... */
    uint32_t wired[SOURCE_WORDS];    /* ... has an input, ... */
    uint32_t inverted[SOURCE_WORDS]; /* ... of which low is asserted, ... */
    uint32_t level[SOURCE_WORDS];    /* ... and that is a level */
    uint32_t pending[SOURCE_WORDS];  /* MSI mode: of emulated sources only */
    uint32_t held[SOURCE_WORDS];
    uint32_t enable[SOURCE_WORDS];
    uint32_t target[SOURCE_END];
    struct vaplic_idc idcs[SYSTEM_CPUS_MAX];
};

/*
 * All below: with the lock held; `self` is the caller's vCPU, for sources_output().
 *
 * Direct mode: the hypervisor has claimed `source`. False if the VM does not own it.
 */
bool vaplic_take(struct vaplic *vaplic, uint32_t self, uint32_t source);

/* The level of an emulated device. */
void vaplic_set_level(struct vaplic *vaplic, uint32_t self, uint32_t source, bool level);

/* The registers, by their offset from sources.at: 32 bits, aligned. */
uint32_t vaplic_read(struct vaplic *vaplic, uint32_t self, uint64_t offset);
void vaplic_write(struct vaplic *vaplic, uint32_t self, uint64_t offset, uint32_t value);
#endif
