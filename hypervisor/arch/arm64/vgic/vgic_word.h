/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vgic_word.h - the registers that have the same of many interrupts (IHI 0069, GICD_IGROUPR to
 * GICD_IROUTER), as a guest reads and writes them.
 */
#pragma once

#include "vm/vm.h"

/* Those that have a bit for each of 32, by their offset / 0x80. */
enum vgic_bank {
    VGIC_GROUP = 1,
    VGIC_ENABLE_SET,
    VGIC_ENABLE_CLEAR,
    VGIC_PENDING_SET,
    VGIC_PENDING_CLEAR,
    VGIC_ACTIVE_SET,
    VGIC_ACTIVE_CLEAR,
};

/* One access by `vcpu`, on its own core. */
struct vgic_access {
    struct vcpu *vcpu;
    struct vgic_word *word;
    uint32_t frame; /* 0: shared interrupts; 2 * n + 2: private ones of vCPU n */
};

/*
 * Reads what is pending, or active. Takes the lock. What is in a sibling's list register reads as
 * active until it has ended there: who waits for that never goes on too early. Pending and active
 * bits of a sibling's linked private ones (timers) are its own core's: writing them does nothing.
 */
uint32_t vgic_word_state(const struct vgic_access *access, enum vgic_bank bank);

/* All below: with the lock held. Who is concerned is asked. */
void vgic_word_write(const struct vgic_access *access, enum vgic_bank bank, uint32_t value);

/* From interrupt `first` of the word on: `size` bytes of priorities, 16 triggers; one route. */
void vgic_word_set_priorities(const struct vgic_access *access, unsigned first, unsigned size,
                              uint64_t value);
void vgic_word_set_triggers(const struct vgic_access *access, unsigned first, uint64_t value);
void vgic_word_set_route(const struct vgic_access *access, unsigned n, uint64_t affinity);
