/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sources.h - the state of a VM's interrupt controller: what PLIC and APLIC have in
 * common, and what each has of its own. Sources of interrupts have numbers; one that
 * the VM owns has its number in the machine's controller.
 */
#pragma once

#include <stdatomic.h>

#include "abi/system_image.h"
#include "lib/spinlock.h"

#define SOURCE_END   1024u /* sources 1 to 1023; there is no source 0 */
#define SOURCE_WORDS (SOURCE_END / 32)

/* vCPU n has the PLIC's context of the machine's n-th core, or the APLIC's hart index n. */
struct arch_vm {
    struct spinlock lock;           /* of all; an output is read without */
    bool msi;                       /* APLIC: its delivery mode */
    uint32_t words;                 /* that the VM has any sources in */
    uint32_t present[SOURCE_WORDS]; /* sources that the VM has */
    uint32_t owned[SOURCE_WORDS];   /* the machine's among them; the others are emulated devices' */
    /* From here on state: all 0 after a reset. */
    uint32_t line[SOURCE_WORDS];          /* levels of emulated devices */
    uint32_t stale;                       /* vCPUs whose output may have changed, as bits */
    uint32_t pending[SOURCE_WORDS];       /* MSI mode: of emulated sources only */
    _Atomic bool output[SYSTEM_CPUS_MAX]; /* each vCPU's VSEIP */
    uint32_t enabled[SYSTEM_CPUS_MAX][SOURCE_WORDS]; /* for a vCPU; APLIC: if it is the target */
    uint8_t urgency[SOURCE_END]; /* PLIC: priority; APLIC: 256 less that, any in MSI mode */
    /* A PLIC's only. */
    uint32_t claimed[SOURCE_WORDS]; /* its gateway waits for completion */
    uint8_t threshold[SYSTEM_CPUS_MAX];
    /* An APLIC's only. */
    bool domain_enabled;                   /* domaincfg.IE */
    uint32_t source_enabled[SOURCE_WORDS]; /* as setie reads */
    uint32_t input[SOURCE_WORDS];          /* of emulated sources, rectified, 4.5.2 */
    /* Direct mode, of each interrupt delivery control structure: idelivery, iforce, ithreshold. */
    uint32_t idcs[SYSTEM_CPUS_MAX][3];
    uint8_t mode[SOURCE_END];    /* sourcecfg.SM */
    uint32_t target[SOURCE_END]; /* 0 of what is inactive; last: four kilobytes */
};

struct vm;

static inline uint32_t source_bit(uint32_t source) {
    return 1u << (source % 32);
}

/* One bit of an array. */
bool source_test(const uint32_t bits[SOURCE_WORDS], uint32_t source);
void source_assign(uint32_t bits[SOURCE_WORDS], uint32_t source, bool on);

/* A source's pending bit; those whom it may interrupt become stale. */
void source_pend(struct vm *vm, uint32_t source, bool on);

/* The number of the lowest bit, of bits that are not 0. */
uint32_t source_lowest(uint32_t bits);

/*
 * The most urgent of the sources that are pending and enabled for a vCPU, if it is above `above`;
 * of equals the first. 0: none.
 */
uint32_t sources_top(const struct vm *vm, uint32_t vcpu, uint32_t above);

/* What a VM's PLIC and its APLIC do, each in its own way. All with the lock held. */
struct vm_intc_ops {
    /* A source that the VM owns, as the machine has it: true when the hypervisor has claimed it. */
    void (*pend)(struct vm *vm, uint32_t source, bool on);

    /* The line of an emulated device has changed. */
    void (*look_at_line)(struct vm *vm, uint32_t source);

    /* The registers, inside what arch_interrupts covers: 32 bits, aligned. */
    uint32_t (*read)(struct vm *vm, uint32_t offset);
    void (*write)(struct vm *vm, uint32_t offset, uint32_t value);

    /* After each of these, for each vCPU that is stale: whether it is interrupted. MSIs are sent.
     */
    bool (*output)(struct vm *vm, uint32_t vcpu);
};

extern const struct vm_intc_ops vplic_ops, vaplic_ops;
