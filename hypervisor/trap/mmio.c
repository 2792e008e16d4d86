/* SPDX-License-Identifier: Apache-2.0 */
#include "trap/mmio.h"

/* What a load with sign extension leaves in a register. */
static uint64_t extend(uint64_t value, const struct mmio_access *access) {
    unsigned unused = 64 - 8u * access->size;

    value = (uint64_t)((int64_t)(value << unused) >> unused);
    return access->width == 4 ? (uint32_t)value : value;
}

bool mmio_emulate(struct vcpu *vcpu, const struct mmio_access *access, uint64_t *reg) {
    const struct mmio_range *range = mmio_find(vcpu->vm, access->at);
    uint64_t value;

    if (range == NULL || (access->at & (access->size - 1u)) != 0)
        return false;
    if (access->write) {
        mmio_range_write(vcpu, range, access->at, access->size, reg != NULL ? *reg : 0);
        return true;
    }
    value = mmio_range_read(vcpu, range, access->at, access->size);
    if (reg != NULL)
        *reg = access->sign_extend ? extend(value, access) : value;
    return true;
}
