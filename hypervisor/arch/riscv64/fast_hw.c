/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_hw.c - the fast paths: interrupts, and the SBI calls that a guest makes all
 * the time. vectors.S has saved only the registers that C may change, a0 to a7
 * among them, so nothing here may look at the guest's other registers or at its
 * frame's pc. Each returns true when the rest must be saved and the slow way be
 * gone.
 */
#include "arch/riscv64/fast_hw.h"

#include "arch/cpu.h"
#include "arch/riscv64/firmware.h"
#include "arch/riscv64/include/csr_hw.h"
#include "arch/riscv64/intc.h"
#include "arch/riscv64/sbi.h"
#include "arch/riscv64/timer_hw.h"
#include "arch/riscv64/trap.h"
#include "arch/vcpu.h"
#include "vm/control.h"
#include "vm/this_cpu.h"

/*
 * Whether vcpu_settle() has something to do before the guest goes on. A vCPU goes
 * off on its own slow path only, and a refused boot is told by a kick.
 */
static bool is_wanted(const struct vcpu *vcpu) {
    return atomic_load_explicit(&vcpu->work, memory_order_relaxed) != 0;
}

/* Another core has called this one: to look at its requests, its IPIs, its interrupts. */
static void kicked(struct vcpu *vcpu) {
    vcpu->exits[EXIT_KICK]++;
    if (atomic_load(&control()->halt))
        arch_halt();
    arch_interrupts_sync(vcpu);
}

bool fast_irq(void) {
    struct vcpu *vcpu = this_cpu.vcpu;
    uint64_t pending = READ_CSR(SIP) & READ_CSR(SIE);

    if ((pending & BIT(IRQ_SSI)) != 0) {
        CLEAR_CSR(SIP, BIT(IRQ_SSI));
        kicked(vcpu);
    }
    if ((pending & BIT(IRQ_STI)) != 0)
        timer_fired(vcpu);
    if ((pending & BIT(IRQ_SEI)) != 0 && intc_handle(vcpu))
        kicked(vcpu);
    return is_wanted(vcpu);
}

void arch_interrupts_poll(struct vcpu *vcpu) {
    (void)vcpu;
    fast_irq();
}

bool fast_sync(struct frame *frame) {
    struct vcpu *vcpu = this_cpu.vcpu;
    uint64_t extension = frame->x[17];

    if (READ_CSR(SCAUSE) != CAUSE_HYPERCALL ||
        (extension != SBI_TIME && extension != SBI_IPI && extension != SBI_RFENCE))
        return true;
    vcpu->exits[extension == SBI_IPI ? EXIT_SGI : EXIT_HYPERCALL]++;
    sbi_call(vcpu, &frame->x[10]);
    WRITE_CSR(SEPC, READ_CSR(SEPC) + 4);
    return false;
}
