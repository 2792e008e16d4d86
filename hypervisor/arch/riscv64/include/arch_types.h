/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arch_types.h - what riscv64 keeps in struct vm and struct vcpu.
 */
#pragma once

#include "arch/riscv64/sources.h" /* struct arch_vm */

/* What the validator has to know of the images that this hypervisor runs. */
#define ARCH_CONFIG config_riscv64

/* Of a stage 2's root table, which is aligned to its size: two bits more than a table's index. */
#define ARCH_ROOT_PAGES 4u

struct vcpu;

/* The registers of an interrupted guest; vectors.S knows the layout. */
struct frame {
    uint64_t x[32];   /* x[0] is always 0 */
    uint64_t pc;      /* sepc, ... */
    uint64_t status;  /* ... sstatus and ... */
    uint64_t hstatus; /* ... hstatus: saved and restored on the slow path only */
    struct vcpu *vcpu;
};

/* Bits of a vCPU's `work`. */
#define VCPU_IPI       2u /* a sibling's IPI (SBI), for hvip */
#define VCPU_OUTPUT    4u /* a sibling has changed what its interrupt controller has for it */
#define VCPU_SUSPENDED 8u /* by HSM: waits for an interrupt */

struct arch_vcpu {
    struct frame *frame;   /* on its own core's stack: the same address on every core */
    bool resumes;          /* from a suspension: begins anew, as if it were started */
    uint64_t value;        /* stval of the exit that is being handled ... */
    unsigned trapped_size; /* ... and bytes of the instruction that trapped */
    bool counters_clean;   /* no performance counter has been touched since they were reset */
    bool counters_open;    /* in this life they have been clean */
};
