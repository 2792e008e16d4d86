/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vgic_hw.h - a vCPU's list registers, on its own core (ICH_*_EL2).
 */
#pragma once

#include "vm/vm.h"

/* List registers this core has: 1 to VGIC_LISTS. Behind gic_cpu_init(). */
uint32_t vgic_list_count(void);

/* The virtual CPU interface to its reset state, with nothing in its list registers. */
void vgic_cpu_reset(struct vcpu *vcpu);

/* Takes all out of the list registers, into the books. Lock held. */
void vgic_lists_fold(struct vcpu *vcpu);

/* Folds and fills, if its `work` says so. */
void vgic_lists_sync(struct vcpu *vcpu);

/* Whether the vCPU has an interrupt to take, masked by its PSTATE or not. */
bool vgic_lists_pending(const struct vcpu *vcpu);

/* Interrupt `number` has come to this core, acknowledged and dropped: into the books. */
void vgic_take_own(struct vcpu *vcpu, uint32_t number);

/* SGIs that have been sent to this core's vCPU. */
void vgic_take_sgis(struct vcpu *vcpu);

/* This vCPU writes ICC_SGI1R_EL1 (group1) or ICC_SGI0R_EL1. */
void vgic_send_sgi(struct vcpu *vcpu, uint64_t value, bool group1);

/* This vCPU's write to ICC_DIR_EL1 has trapped: more is active than fits. */
void vgic_end(struct vcpu *vcpu, uint32_t number);
