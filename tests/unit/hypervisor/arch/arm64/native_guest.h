/* SPDX-License-Identifier: Apache-2.0 */
/*
 * native_guest.h - what the guests of a VM on the machine of native_hw.h do with its interrupt
 * controller, and when their cores look.
 */
#pragma once

#include "hypervisor/arch/arm64/native_hw.h"

#include "hypervisor/support.h"
#include "trap/mmio.h"

/* Takes the physical interrupts of this vCPU's core, until its guest goes on or it is off. */
static inline void settle(uint32_t vcpu) {
    uint32_t before = this_cpu.vcpu->index;

    on_core(vcpu);
    for (uint32_t i = 0; machine_pending(machine.cpu) != MACHINE_NONE; i++) {
        assert_true(i < 100);
        if (vm.vcpus[vcpu].power == VCPU_ON)
            fast_irq();
        else
            arch_interrupts_poll(&vm.vcpus[vcpu]);
    }
    arch_interrupts_sync(&vm.vcpus[vcpu]);
    if (machine_broken() != NULL)
        fail_msg("%s", machine_broken());
    on_core(before);
}

static inline void settle_all(void) {
    for (uint32_t v = 0; v < vm.vcpu_count; v++)
        settle(v);
}

/* All vCPUs run; vCPU 0 is looked at. */
static inline void native_run(uint32_t lists) {
    native_begin(lists, 0);
    for (uint32_t v = vm.vcpu_count; v-- > 0;) {
        vm.vcpus[v].power = VCPU_ON;
        on_core(v);
        arch_vcpu_attach(&vm.vcpus[v]);
    }
    settle_all();
    recorded();
}

/*
 * What this vCPU's guest reads and writes: its distributor, then two frames of each redistributor.
 * It goes on with what that has changed.
 */
static inline uint64_t guest_read(uint64_t offset, unsigned size) {
    uint64_t value = arch_interrupts.read(this_cpu.vcpu, offset, size);

    arch_interrupts_sync(this_cpu.vcpu);
    assert_true(size == 8 || value >> 8 * size == 0); /* as a load leaves it in a register */
    return value;
}

static inline void guest_write(uint64_t offset, unsigned size, uint64_t value) {
    arch_interrupts.write(this_cpu.vcpu, offset, size, value);
    arch_interrupts_sync(this_cpu.vcpu);
}

/* The frame of a vCPU's private interrupts. */
static inline uint64_t privates(uint32_t vcpu, uint64_t offset) {
    return (2 * vcpu + 2) * 0x10000u + offset;
}
