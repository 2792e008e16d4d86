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

static const struct mmio_device *find(const struct vm *vm, uint64_t at, uint64_t *offset) {
    for (unsigned i = 0; mmio_devices[i] != NULL; i++) {
        if (mmio_devices[i]->covers(vm, at, offset))
            return mmio_devices[i];
    }
    return NULL;
}

bool mmio_dispatch(struct vcpu *vcpu, const struct mmio_access *access) {
    uint64_t offset = 0;
    const struct mmio_device *device = find(vcpu->vm, access->at, &offset);
    uint64_t *reg = arch_vcpu_register(vcpu, access->reg);
    uint64_t value;

    if (device == NULL || (offset & (access->size - 1u)) != 0)
        return false;
    if (access->write) {
        value = reg != NULL ? *reg : 0;
        device->write(vcpu, offset, access->size, extend(value, access->size, false, 8));
    } else {
        value = device->read(vcpu, offset, access->size);
        if (reg != NULL)
            *reg = extend(value, access->size, access->sign_extend, access->width);
    }
    arch_vcpu_skip(vcpu);
    return true;
}
