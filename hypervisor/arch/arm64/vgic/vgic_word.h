/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vgic_word.h - the registers that have the same of many interrupts (IHI 0069, GICD_IGROUPR to
 * GICD_IROUTER), as a vCPU reads and writes them on its own core.
 */
#pragma once

#include "arch/arm64/gic/gic.h"
#include "vm/vm.h"

/*
 * Reads what is pending, or active. Takes the lock. What is in a sibling's list register reads as
 * active until it has ended there: who waits for that never goes on too early. Pending and active
 * bits of a sibling's linked private ones (timers) are its own core's: writing them does nothing.
 */
uint32_t vgic_word_state(struct vcpu *vcpu, struct vgic_word *word, enum gic_bank bank);

/* Both with the lock held. Who is concerned is asked. */
void vgic_word_write(struct vcpu *vcpu, struct vgic_word *word, enum gic_bank bank, uint32_t value);

/*
 * `count` interrupts from `first` on, of which `value` has a field each: priorities, triggers or
 * (one) a route, by the offset at which those begin.
 */
void vgic_word_set(struct vcpu *vcpu, struct vgic_word *word, uint32_t bank, unsigned first,
                   unsigned count, uint64_t value);
