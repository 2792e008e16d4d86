/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/riscv64/hart.h"

#include "arch/cpu.h"
#include "arch/riscv64/include/csr_hw.h"
#include "arch/riscv64/probe_hw.h"
#include "arch/riscv64/sbi_handlers.h"
#include "arch/riscv64/trap.h"
#include "arch/trap.h"
#include "arch/vcpu.h"
#include "lib/report.h"
#include "mem/hypervisor_space.h"

/*
 * Until the vCPU is to be entered. A suspended one is woken by what it would take if it could,
 * pending and enabled in vsie; restarts and the like reach it as well.
 */
void slow_settle(struct vcpu *vcpu) {
    vcpu_settle(vcpu);
    while ((atomic_load(&vcpu->work) & VCPU_SUSPENDED) != 0 &&
           (READ_CSR(vsip) & READ_CSR(vsie)) == 0) {
        arch_wait();
        arch_interrupts_poll(vcpu);
        vcpu_settle(vcpu);
    }
    if ((atomic_fetch_and(&vcpu->work, ~VCPU_SUSPENDED) & VCPU_SUSPENDED) != 0 &&
        vcpu->arch.resumes)
        vcpu_resume(vcpu);
}

/*
 * The instruction at the guest's pc, where htinst does not tell it; 0 if it can't be read, since a
 * sibling has unmapped it.
 */
static uint32_t fetch(uint64_t pc) {
    uint32_t low = 0, high = 0;
    bool read = PROBE_GUEST({
        HLVX_HU(low, pc);
        if (IS_FULL(low))
            HLVX_HU(high, pc + 2);
    });

    return read ? high << 16 | low : 0;
}

/* What this core's guest is out for, by a trap. */
static struct trap taken;

/* Of the general registers those that C may change: saved, as vectors.S says, or x0. */
#define IS_SAVED(reg) ((0x3fce3u >> (reg)&1) != 0)

bool fast_trap(struct vcpu *vcpu) {
    uint64_t cause = READ_CSR(scause);
    uint64_t htinst = READ_CSR(htinst);
    bool access = cause == CAUSE_GUEST_LOAD || cause == CAUSE_GUEST_STORE;
    uint64_t pc = READ_CSR(sepc);
    uint32_t reg;

    vcpu->arch.trapped_size = trap_decode(&taken, cause, READ_CSR(stval), READ_CSR(htval), htinst,
                                          access && htinst == 0 ? fetch(pc) : 0);
    reg = taken.mmio.reg;
    if (taken.reason != TRAP_MMIO || !IS_SAVED(reg) ||
        !mmio_emulate(vcpu, &taken.mmio, reg != 0 ? &vcpu->arch.frame->x[reg] : NULL))
        return false;
    vcpu->exits[EXIT_MMIO]++;
    WRITE_CSR(sepc, pc + vcpu->arch.trapped_size);
    return true;
}

void slow_trap(struct vcpu *vcpu) {
    vcpu->arch.value = taken.address;
    trap_handle(vcpu, &taken);
}

void own_exception(struct frame *frame) {
    if (probe_running) {
        probe_failed = true;
        frame->pc += (*(const uint16_t *)(uintptr_t)frame->pc & 3) == 3 ? 4 : 2;
        return;
    }
    if (READ_CSR(satp) == 0)
        refuse("no-memory",
               "an access failed on the way to the image's home: scause %lx, address %lx",
               READ_CSR(scause), READ_CSR(stval));
    panic_shows(frame->x, sizeof(frame->x) / sizeof(frame->x[0]));
    panic("%s in the hypervisor: scause %lx at %lx, address %lx, link %lx, stack %lx",
          space_is_guard(READ_CSR(stval)) ? "stack overflow" : "exception", READ_CSR(scause),
          frame->pc, READ_CSR(stval), frame->x[1], (uint64_t)(uintptr_t)frame);
}

/* None is emulated. Whichever it was it is tried again, once in a life, with the counters open. */
void arch_handle_sysreg(struct vcpu *vcpu, const struct trap *trap) {
    (void)trap;
    if (!counters_open(vcpu))
        arch_inject_undefined(vcpu);
}
