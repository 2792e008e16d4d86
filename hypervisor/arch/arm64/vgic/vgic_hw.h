/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vgic_hw.h - a vCPU's list registers, on its own core (ICH_*_EL2).
 */
#pragma once

#include "arch/arm64/gic/gic_cpu_hw.h"
#include "vm/vm.h"

/* The virtual CPU interface to its reset state, with nothing in its list registers. */
void vgic_cpu_reset(struct vcpu *vcpu);

/* Takes all out of the list registers, into the books. Lock held. */
void vgic_lists_fold(struct vcpu *vcpu);

/* Folds and fills, if its `work` says so. */
void vgic_lists_sync(struct vcpu *vcpu);

/* Whether the vCPU has an interrupt to take, masked by its PSTATE or not. */
bool vgic_lists_pending(const struct vcpu *vcpu);

/*
 * An interrupt has come to this core, acknowledged and dropped, or an SGI: into the books. First it
 * is tried, by its place in list_of[], whether the list register that it had last is still its own,
 * and empty: then that takes the same word again, without a lock.
 */
void vgic_take(struct vcpu *vcpu, uint32_t number);

static inline bool vgic_take_again(const struct vcpu *vcpu, uint32_t place) {
    uint32_t list = vcpu->arch.vgic->list_of[place];

    /* What a sibling has posted is done first. */
    if (list == 0 || (atomic_load_explicit(&vcpu->work, memory_order_relaxed) & VGIC_FOLD) != 0 ||
        (lists_empty() >> (list - 1) & 1) == 0)
        return false;
    list_write(vcpu->arch.vgic->ready[list - 1], list - 1);
    return true;
}

/* SGIs that have been sent to this core's vCPU. */
void vgic_take_sgis(struct vcpu *vcpu);

/* This vCPU writes ICC_SGI1R_EL1 (group1) or ICC_SGI0R_EL1. */
void vgic_send_sgi(struct vcpu *vcpu, uint64_t value, bool group1);

/* This vCPU's write to ICC_DIR_EL1 has trapped: more is active than fits. */
void vgic_end(struct vcpu *vcpu, uint32_t number);
