/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/riscv64/hart.h"

#include "arch/memory.h"
#include "arch/riscv64/include/csr_hw.h"
#include "arch/riscv64/sbi_handlers.h"
#include "arch/riscv64/trap.h"
#include "arch/vcpu.h"

/* hstatus, Privileged Architecture 1.13, 20.2.1; without it, no guest external interrupts. */
#define HSTATUS_SPV   BIT(7)
#define HSTATUS_SPVP  BIT(8)
#define HSTATUS_VGEIN BIT(12) /* guest interrupt file 1 */
#define HSTATUS_VSXL  (UINT64_C(2) << 32)

/* sstatus and vsstatus. */
#define STATUS_SIE     BIT(1)
#define STATUS_SPIE    BIT(5)
#define STATUS_SPP     BIT(8)
#define VSSTATUS_RESET (UINT64_C(2) << 32) /* UXL: 64 bits */

#define HGATP_VMID 44

#define COUNTEREN_TIME BIT(1)

extern struct frame link_frame;

/* As in vectors.S. */
_Static_assert(offsetof(struct frame, vcpu) == 280 && offsetof(struct vcpu, work) == 8,
               "FRAME_VCPU and VCPU_WORK are where these are");

void arch_vcpu_attach(struct vcpu *vcpu) {
    vcpu->arch.frame = &link_frame;
    link_frame.vcpu = vcpu;
    /* VMIDs are the VMs' numbers plus one; where there are none, each hart has one VM anyway. */
    WRITE_CSR(hgatp, HGATP_MODE(vcpu->vm->config->stage2_levels) |
                         (uint64_t)(vcpu->vm->index + 1) << HGATP_VMID |
                         vcpu->vm->stage2.value >> PAGE_SHIFT);
    arch_guest_tlb_flush();
}

/* What the guest's first instruction finds, but for pc, a0 and a1. */
static void reset_frame(struct frame *frame) {
    __builtin_memset(frame->x, 0, sizeof(frame->x)); /* lib/string.h has it */
    frame->pc = 0;
    frame->status = READ_CSR(sstatus) | STATUS_SPP;
    frame->hstatus =
        HSTATUS_VSXL | HSTATUS_SPV | HSTATUS_SPVP | (cpu_has(FEATURE_IMSIC) ? HSTATUS_VGEIN : 0);
    WRITE_CSR(hstatus, frame->hstatus & ~HSTATUS_SPV);
}

void vcpu_show_counters(bool all) {
    WRITE_CSR(hcounteren, all ? UINT32_MAX : COUNTEREN_TIME);
}

void arch_vcpu_reset(struct vcpu *vcpu) {
    reset_frame(vcpu->arch.frame);
    reset_vs();
    if (cpu_has(SYSTEM_ISA_FLOAT))
        reset_fp();
    if (cpu_has(SYSTEM_ISA_VECTOR))
        reset_vector();
    if (cpu_has(FEATURE_STATEEN))
        WRITE_CSR(sstateen0, 0);
    if (cpu_has(FEATURE_AIA))
        reset_aia();
    /* The guest's, which owns the hart; not what others, or its last life, have left in them. */
    vcpu->arch.counters_open = vcpu->arch.counters_clean;
    vcpu_show_counters(vcpu->arch.counters_open);
    vcpu_set_timer(vcpu, UINT64_MAX);
    intc_vcpu_reset(vcpu);
    /* hvip, which was cleared, gets what the interrupt controller has. */
    atomic_fetch_or(&vcpu->work, VCPU_OUTPUT);
    atomic_fetch_and(&vcpu->work, ~(VCPU_IPI | VCPU_SUSPENDED));
    /* The last life's translations, of both stages. */
    arch_guest_tlb_flush();
}

void arch_vcpu_set_entry(struct vcpu *vcpu, uint64_t entry, uint64_t argument) {
    WRITE_CSR(htimedelta, -vcpu->vm->clock_offset);
    vcpu->arch.frame->pc = entry;
    vcpu->arch.frame->x[10] = vcpu->index;
    vcpu->arch.frame->x[11] = argument;
}

void vcpu_resume(struct vcpu *vcpu) {
    reset_frame(vcpu->arch.frame);
    WRITE_CSR(vsstatus, VSSTATUS_RESET);
    WRITE_CSR(vsatp, 0);
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

static uint64_t vector(void) {
    return READ_CSR(vstvec) & ~UINT64_C(3);
}

/* As the hart takes an exception to VS-mode, in either mode of vstvec: 20.3.1 and 12.1.1. */
static void inject(struct vcpu *vcpu, uint64_t cause, uint64_t value) {
    struct frame *frame = vcpu->arch.frame;
    uint64_t status = READ_CSR(vsstatus);
    uint64_t spie = (status & STATUS_SIE) != 0 ? STATUS_SPIE : 0;

    status &= ~(STATUS_SIE | STATUS_SPIE | STATUS_SPP);
    WRITE_CSR(vsstatus, status | spie | (frame->status & STATUS_SPP));
    WRITE_CSR(vsepc, frame->pc);
    WRITE_CSR(vscause, cause);
    WRITE_CSR(vstval, value);
    frame->pc = vector();
    frame->status |= STATUS_SPP;
    frame->hstatus |= HSTATUS_SPVP;
}

bool arch_inject_abort(struct vcpu *vcpu, const struct trap *trap) {
    bool instruction = trap->reason == TRAP_FETCH;
    uint64_t cause = trap->code == CAUSE_GUEST_STORE ? CAUSE_STORE_ACCESS : CAUSE_LOAD_ACCESS;

    /* The fetch of the vector itself: this would go round for ever. */
    if (instruction && range_contains(vector(), 4, trap->address))
        return false;
    inject(vcpu, instruction ? CAUSE_FETCH_ACCESS : cause, trap->address);
    return true;
}

void arch_inject_undefined(struct vcpu *vcpu) {
    /* For a virtual instruction the hart says which, if it does for illegal ones (Sstvala). */
    inject(vcpu, CAUSE_ILLEGAL, vcpu->arch.value);
}

void arch_interrupts_sync(struct vcpu *vcpu) {
    uint32_t work = atomic_fetch_and(&vcpu->work, ~(VCPU_IPI | VCPU_OUTPUT));

    if ((work & VCPU_IPI) != 0)
        SET_CSR(hvip, BIT(IRQ_VSSI));
    if ((work & VCPU_OUTPUT) != 0)
        intc_sync(vcpu);
}

/* From page to page, or all; with x0 as operand an instruction is for any address, or any ASID. */
void guest_fence(uint64_t function, uint64_t start, uint64_t size, uint64_t asid) {
    if (function == FENCE_VVMA && size == FENCE_ALL)
        HFENCE_VVMA(0, 0);
    else if (function == FENCE_VVMA_ASID && size == FENCE_ALL)
        HFENCE_VVMA(0, asid);
    else if (function == FENCE_VVMA)
        for (uint64_t at = start; at != start + size; at += PAGE_SIZE)
            HFENCE_VVMA(at, 0);
    else if (function == FENCE_VVMA_ASID)
        for (uint64_t at = start; at != start + size; at += PAGE_SIZE)
            HFENCE_VVMA(at, asid);
    else
        INSTRUCTION("fence.i");
}
