/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arch_types.h - what arm64 keeps in struct vm and struct vcpu.
 */
#pragma once

#include "arch/arm64/vgic/vgic.h"

/* What the validator knows of the images that this hypervisor runs. */
#define ARCH_CONFIG config_arm64

/* Of a stage 2's root table, which is aligned to its size. */
#define ARCH_ROOT_PAGES 1u

struct arch_vm {
    struct vgic vgic;
    _Atomic uint64_t random; /* clock behind which it may ask for random numbers again */
};

/* The registers of an interrupted guest; vectors.S knows the layout. */
struct frame {
    uint64_t x[31];
    uint64_t pc;     /* ELR_EL2, and ... */
    uint64_t pstate; /* ... SPSR_EL2: saved and restored on the slow path only */
    uint64_t unused;
};

struct arch_vcpu {
    struct vgic_cpu *vgic; /* its own in its VM's */
    struct frame *frame;   /* on its own core's stack: the same address on every core */
    bool suspended;        /* CPU_SUSPEND: waits for an interrupt */
};
