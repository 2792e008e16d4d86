/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mmio.h - emulated registers: which device answers at which of a VM's addresses.
 */
#pragma once

#include "trap/trap.h"

struct mmio_device {
    /* One access of `size` bytes, aligned to it, inside a range; `offset` as of the range's first.
     */
    uint64_t (*read)(struct vcpu *vcpu, uint64_t offset, unsigned size);
    void (*write)(struct vcpu *vcpu, uint64_t offset, unsigned size, uint64_t value);
};

/* The VM's range that has the guest address in it, or NULL. */
static inline const struct mmio_range *mmio_find(const struct vm *owner, uint64_t at) {
    for (const struct mmio_range *range = owner->ranges; range < &owner->ranges[VM_RANGES];
         range++) {
        if (at - range->at < range->size)
            return range;
    }
    return NULL;
}

/*
 * Emulates the access with the general register at `reg`, NULL for one that reads as zero. Touches
 * nothing else of the guest, as fast paths need it: moving on is the caller's. False if there is no
 * device, or it is unaligned. The vCPU's own core.
 */
bool mmio_emulate(struct vcpu *vcpu, const struct mmio_access *access, uint64_t *reg);
