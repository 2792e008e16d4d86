/* SPDX-License-Identifier: Apache-2.0 */
#include "trap/mmio.h"

#include "arch/vcpu.h"

/* What a load of `size` bytes leaves in a register of `width` bytes. */
static uint64_t extend(uint64_t value, unsigned size, bool sign, unsigned width) {
    unsigned unused = 64 - 8 * size;

    value <<= unused;
    value = sign ? (uint64_t)((int64_t)value >> unused) : value >> unused;
    return width == 4 ? (uint32_t)value : value;
}

bool mmio_dispatch(struct vcpu *vcpu, const struct mmio_access *access) {
    const struct mmio_range *range = mmio_find(vcpu->vm, access->at);
    uint64_t *reg = arch_vcpu_register(vcpu, access->reg);
    uint64_t offset, value;

    if (range == NULL || (access->at & (access->size - 1u)) != 0)
        return false;
    offset = access->at - range->at + range->first;
    if (access->write) {
        value = reg != NULL ? *reg : 0;
        range->device->write(vcpu, offset, access->size, extend(value, access->size, false, 8));
    } else {
        value = range->device->read(vcpu, offset, access->size);
        if (reg != NULL)
            *reg = extend(value, access->size, access->sign_extend, access->width);
    }
    arch_vcpu_skip(vcpu);
    return true;
}
