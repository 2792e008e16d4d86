/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/riscv64/vcpu_hw.h"

#include "arch/memory.h"
#include "arch/riscv64/features_hw.h"
#include "arch/riscv64/firmware.h"
#include "arch/riscv64/include/csr_hw.h"
#include "arch/riscv64/intc.h"
#include "arch/riscv64/registers.h"
#include "arch/riscv64/sbi.h"
#include "arch/riscv64/trap.h"
#include "arch/vcpu.h"

/* hstatus, Privileged Architecture 1.13, 20.2.1; without it, no guest external interrupts. */
#define HSTATUS_SPV   BIT(7)
#define HSTATUS_SPVP  BIT(8)
#define HSTATUS_VGEIN BIT(12) /* guest interrupt file 1 */
#define HSTATUS_VSXL  (UINT64_C(2) << 32)

#define SSTATUS_SPP    BIT(8)
#define VSSTATUS_RESET (UINT64_C(2) << 32) /* UXL: 64 bits */

#define HGATP_VMID 44

extern struct frame link_frame;

void arch_vcpu_attach(struct vcpu *vcpu) {
    vcpu->arch.frame = &link_frame;
    /* VMIDs are the VMs' numbers plus one; where there are none, each hart has one VM anyway. */
    WRITE_CSR(HGATP, HGATP_MODE(vcpu->vm->config->stage2_levels) |
                         (uint64_t)(vcpu->vm->index + 1) << HGATP_VMID |
                         vcpu->vm->stage2.value >> PAGE_SHIFT);
    arch_guest_tlb_flush();
}

/* What the guest's first instruction finds, but for pc, a0 and a1. */
static void reset_frame(struct frame *frame) {
    for (unsigned i = 0; i < 32; i++)
        frame->x[i] = 0;
    frame->pc = 0;
    frame->status = READ_CSR(SSTATUS) | SSTATUS_SPP;
    frame->hstatus =
        HSTATUS_VSXL | HSTATUS_SPV | HSTATUS_SPVP | (cpu_has(FEATURE_IMSIC) ? HSTATUS_VGEIN : 0);
    WRITE_CSR(HSTATUS, frame->hstatus & ~HSTATUS_SPV);
}

void arch_vcpu_reset(struct vcpu *vcpu) {
    reset_frame(vcpu->arch.frame);
    reset_vs();
    if (cpu_has(SYSTEM_ISA_FLOAT))
        reset_fp();
    if (cpu_has(SYSTEM_ISA_VECTOR))
        reset_vector();
    if (cpu_has(FEATURE_STATEEN))
        WRITE_CSR(SSTATEEN0, 0);
    if (cpu_has(FEATURE_AIA))
        reset_aia();
    /* The guest's, which owns the hart; where the firmware keeps them it has `time` only. */
    WRITE_CSR(HCOUNTEREN, counters_reset(vcpu) ? UINT32_MAX : BIT(1));
    vcpu_set_timer(vcpu, UINT64_MAX);
    intc_vcpu_reset(vcpu);
    atomic_store(&vcpu->arch.ipi, 0);
    atomic_store(&vcpu->arch.suspended, 0);
    /* The last life's translations, of both stages. */
    arch_guest_tlb_flush();
}

void arch_vcpu_set_entry(struct vcpu *vcpu, uint64_t entry, uint64_t argument) {
    WRITE_CSR(HTIMEDELTA, -vcpu->vm->clock_offset);
    vcpu->arch.frame->pc = entry;
    vcpu->arch.frame->x[10] = vcpu->index;
    vcpu->arch.frame->x[11] = argument;
}

void vcpu_resume(struct vcpu *vcpu) {
    reset_frame(vcpu->arch.frame);
    WRITE_CSR(VSSTATUS, VSSTATUS_RESET);
    WRITE_CSR(VSATP, 0);
    arch_vcpu_set_entry(vcpu, vcpu->entry, vcpu->argument);
}

uint64_t *arch_vcpu_register(struct vcpu *vcpu, uint32_t n) {
    return n > 0 && n < 32 ? &vcpu->arch.frame->x[n] : NULL;
}

uint64_t arch_vcpu_pc(const struct vcpu *vcpu) {
    return vcpu->arch.frame->pc;
}

void arch_vcpu_skip(struct vcpu *vcpu) {
    vcpu->arch.frame->pc += vcpu->arch.trapped_size;
}

static void inject(struct vcpu *vcpu, uint64_t cause, uint64_t value) {
    struct frame *frame = vcpu->arch.frame;
    struct exception exception =
        trap_exception(READ_CSR(VSSTATUS), READ_CSR(VSTVEC), (frame->status & SSTATUS_SPP) != 0);

    WRITE_CSR(VSEPC, frame->pc);
    WRITE_CSR(VSCAUSE, cause);
    WRITE_CSR(VSTVAL, value);
    WRITE_CSR(VSSTATUS, exception.status);
    frame->pc = exception.pc;
    frame->status |= SSTATUS_SPP;
    frame->hstatus |= HSTATUS_SPVP;
}

bool arch_inject_abort(struct vcpu *vcpu, const struct trap *trap) {
    uint64_t vector = READ_CSR(VSTVEC) & ~UINT64_C(3);
    bool instruction = trap->reason == TRAP_FETCH;
    uint64_t cause = trap->code == CAUSE_GUEST_STORE ? CAUSE_STORE_ACCESS : CAUSE_LOAD_ACCESS;

    /* The fetch of the vector itself: this would go round for ever. */
    if (instruction && range_contains(vector, 4, trap->address))
        return false;
    inject(vcpu, instruction ? CAUSE_FETCH_ACCESS : cause, trap->address);
    return true;
}

void arch_inject_undefined(struct vcpu *vcpu) {
    /* For a virtual instruction the hart says which, if it does for illegal ones (Sstvala). */
    inject(vcpu, CAUSE_ILLEGAL, vcpu->arch.value);
}

void arch_interrupts_sync(struct vcpu *vcpu) {
    if (atomic_exchange(&vcpu->arch.ipi, 0) != 0)
        SET_CSR(HVIP, BIT(IRQ_VSSI));
    intc_sync(vcpu);
}
