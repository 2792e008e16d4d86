/* SPDX-License-Identifier: Apache-2.0 */
#include "trap/mmio.h"

/* What a load leaves in a register, or a store takes of it. */
static uint64_t extend(uint64_t value, const struct mmio_access *access) {
    unsigned unused = (64 - 8u * access->size) & 63;

    value <<= unused;
    if (!access->sign_extend || access->write)
        return value >> unused;
    value = (uint64_t)((int64_t)value >> unused);
    return access->width == 4 ? (uint32_t)value : value;
}

bool mmio_emulate(struct vcpu *vcpu, const struct mmio_access *access, uint64_t *reg) {
    const struct mmio_range *range = mmio_find(vcpu->vm, access->at);
    uint64_t offset;

    if (range == NULL || (access->at & (access->size - 1u)) != 0)
        return false;
    offset = access->at - range->at + range->first;
    if (access->write) {
        range->device->write(vcpu, offset, access->size, extend(reg != NULL ? *reg : 0, access));
    } else {
        uint64_t value = range->device->read(vcpu, offset, access->size);

        if (reg != NULL)
            *reg = extend(value, access);
    }
    return true;
}
