/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mmio.h - emulated registers: which device answers at which of a VM's addresses.
 */
#pragma once

#include "trap/trap.h"

struct mmio_device {
    /* One access of `size` bytes, aligned to it, inside a range; `offset` as of its first. What is
     * read has no more bits. */
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
 * The two halves of emulating an access that is aligned, in a range: what is read, and what is
 * written. They touch nothing else of the guest, as fast paths need it. The vCPU's own core.
 */
static inline uint64_t mmio_range_read(struct vcpu *vcpu, const struct mmio_range *range,
                                       uint64_t at, unsigned size) {
    return range->device->read(vcpu, at - range->at + range->first, size);
}

static inline void mmio_range_write(struct vcpu *vcpu, const struct mmio_range *range, uint64_t at,
                                    unsigned size, uint64_t value) {
    range->device->write(vcpu, at - range->at + range->first, size,
                         value & ~UINT64_C(0) >> (64 - 8 * size));
}

/*
 * Emulates any access, with the general register at `reg`, NULL for one that reads as zero. Moving
 * on is the caller's. False if there is no device, or it is unaligned.
 */
bool mmio_emulate(struct vcpu *vcpu, const struct mmio_access *access, uint64_t *reg);
