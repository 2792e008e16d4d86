/* SPDX-License-Identifier: Apache-2.0 */
/*
 * native_hw.h - the hypervisor's own files around the list registers, compiled here
 * on the registers of machine.h. For one test program's main file: what they define
 * takes the place of the fakes in arch/host.
 */
#pragma once

#include "hypervisor/arch/arm64/fake_sysreg.h"

#undef skip /* cmocka's: fast_hw.c has its own */

/* NOLINTBEGIN(bugprone-suspicious-include) */
#include "arch/arm64/controls_hw.c"
#include "arch/arm64/fast_hw.c"
#include "arch/arm64/trap_hw.c"
#include "arch/arm64/vcpu_hw.c"
#include "arch/arm64/vgic/vgic_hw.c"
/* NOLINTEND(bugprone-suspicious-include) */

#include "arch/host/host.h"
#include "hypervisor/small_system.h"

/* Of gic_hw.c, hypervisor.lds and registers.S. */
uint64_t id_register(uint64_t index) {
    return index;
}

uint64_t gic_kick_of(uint64_t hwid) {
    return hwid; /* small_system.h: its number */
}

void gic_kick(uint64_t value) {
    record("kick %lu", value);
    machine.kicks++;
    machine_irq((uint32_t)value, MACHINE_KICK)->pending = true;
}

void arch_cpu_kick(uint32_t cpu) {
    gic_kick(cpu);
}

struct frame link_frame;

void reset_el1(void) {
}

void reset_keys(void) {
}

void reset_debug(uint64_t breakpoints, uint64_t watchpoints) {
    record("debug %lu %lu", breakpoints, watchpoints);
}

/* A vCPU of `vm` on its core. */
static inline void on_core(uint32_t vcpu) {
    this_cpu.index = machine.cpu = vm.vcpus[vcpu].cpu;
    this_cpu.vcpu = &vm.vcpus[vcpu];
}

/* `small` and `vm` on a machine with so many list registers, and this vCPU on its core. */
static inline void native_begin(uint32_t lists, uint32_t vcpu) {
    host_space_open();
    machine_reset(lists);
    this_cpu.system = small.system;
    arch_vm_create(&vm, &small.system);
    on_core(vcpu);
}
