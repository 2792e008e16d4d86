/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_hw.c - the fast path of interrupts. vectors.S has saved only the registers that C may
 * change, so nothing here may look at the guest's.
 */
#include "arch/cpu.h"
#include "arch/riscv64/hart.h"
#include "arch/riscv64/include/csr_hw.h"
#include "arch/vcpu.h"

/* Another core has called this one: to look at its vCPU's `work`, which comes next, or to halt. */
static void kicked(struct vcpu *vcpu) {
    vcpu->exits[EXIT_KICK]++;
    /* The interrupt is taken before memory is read: a later one comes again. */
    INSTRUCTION("fence io, rw");
    vm_kicked(vcpu);
}

void arch_interrupts_poll(struct vcpu *vcpu) {
    uint64_t pending = READ_CSR(sip) & READ_CSR(sie);

    if ((pending & BIT(IRQ_SSI)) != 0) {
        CLEAR_CSR(sip, BIT(IRQ_SSI));
        kicked(vcpu);
    }
    if ((pending & BIT(IRQ_STI)) != 0)
        timer_fired(vcpu);
    if ((pending & BIT(IRQ_SEI)) != 0 && intc_handle(vcpu))
        kicked(vcpu);
}
