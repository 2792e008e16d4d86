/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mmio.h - emulated registers. The table of devices is bound in boot/.
 */
#pragma once

#include "trap/trap.h"

struct mmio_device {
    /* Whether the device is at this guest address of this VM; its registers' offset in *offset. */
    bool (*covers)(const struct vm *vm, uint64_t at, uint64_t *offset);
    /* One access of `size` bytes, aligned to it, inside the device. */
    uint64_t (*read)(struct vcpu *vcpu, uint64_t offset, unsigned size);
    void (*write)(struct vcpu *vcpu, uint64_t offset, unsigned size, uint64_t value);
};

extern const struct mmio_device *const mmio_devices[]; /* up to a NULL */

/* Emulates the access and moves the guest on; false if there is no device, or it is unaligned. */
bool mmio_dispatch(struct vcpu *vcpu, const struct mmio_access *access);
