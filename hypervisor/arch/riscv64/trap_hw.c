/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/riscv64/hart.h"

#include "arch/cpu.h"
#include "arch/riscv64/include/csr_hw.h"
#include "arch/riscv64/probe_hw.h"
#include "arch/riscv64/trap.h"
#include "arch/trap.h"
#include "arch/vcpu.h"
#include "lib/report.h"
#include "mem/hypervisor_space.h"

/*
 * Until the vCPU is to be entered. A suspended one is woken by what it would take if it could,
 * pending and enabled in vsie; restarts and the like reach it as well.
 */
static void settle(struct vcpu *vcpu) {
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

/* The instruction at the guest's pc; 0 if it can't be read, since a sibling has unmapped it. */
static uint32_t fetch(uint64_t pc) {
    uint32_t low = 0, high = 0;
    bool read = PROBE(HLVX_HU(low, pc)) && ((low & 3) != 3 || PROBE(HLVX_HU(high, pc + 2)));

    return read ? high << 16 | low : 0;
}

static void handle(struct vcpu *vcpu) {
    uint64_t cause = READ_CSR(scause);
    uint64_t htval = READ_CSR(htval);
    uint64_t htinst = READ_CSR(htinst);
    bool access = cause == CAUSE_GUEST_LOAD || cause == CAUSE_GUEST_STORE;
    struct trap trap;

    vcpu->arch.value = READ_CSR(stval);
    trap_decode(&trap, cause, vcpu->arch.value, htval, htinst,
                access ? fetch(vcpu->arch.frame->pc) : 0, &vcpu->arch.trapped_size);
    trap_handle(vcpu, &trap);
}

void slow_trap(bool is_trap) {
    struct vcpu *vcpu = this_cpu.vcpu;
    struct frame *frame = vcpu->arch.frame;

    frame->pc = READ_CSR(sepc);
    frame->status = READ_CSR(sstatus);
    frame->hstatus = READ_CSR(hstatus);
    if (is_trap)
        handle(vcpu);
    if (atomic_load_explicit(&vcpu->work, memory_order_relaxed) != 0)
        arch_interrupts_sync(vcpu);
    if (atomic_load_explicit(&vcpu->work, memory_order_relaxed) != 0)
        settle(vcpu);
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
    panic("%s in the hypervisor: scause %lx at %lx, address %lx, link %lx, stack %lx",
          space_is_guard(READ_CSR(stval)) ? "stack overflow" : "exception", READ_CSR(scause),
          frame->pc, READ_CSR(stval), frame->x[1], (uint64_t)(uintptr_t)frame);
}

void arch_handle_sysreg(struct vcpu *vcpu, const struct trap *trap) {
    (void)trap;
    arch_inject_undefined(vcpu); /* none is emulated */
}

/* ECALLs are the fast path's: vectors.S. */
void arch_handle_hypercall(struct vcpu *vcpu, const struct trap *trap) {
    arch_handle_sysreg(vcpu, trap);
}
