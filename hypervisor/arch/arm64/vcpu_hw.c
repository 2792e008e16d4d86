/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/vcpu.h"

#include "arch/arm64/controls_hw.h"
#include "arch/arm64/gic/gic.h"
#include "arch/arm64/include/sysreg_hw.h"
#include "arch/arm64/registers.h"
#include "arch/arm64/smccc.h"
#include "arch/arm64/trap.h"
#include "arch/arm64/vgic/vgic_hw.h"
#include "arch/cpu.h"
#include "arch/memory.h"
#include "arch/trap.h"
#include "vm/this_cpu.h"

/* Stage 2: 4 KiB, starting at level 1, inner shareable, write-back; RES1. */
#define VTCR_BASE    0x80003540u
#define ADDRESS_BITS 39u

#define SCTLR_EL1_RESET 0x30d00800u
#define PSTATE_RESET    0x3c5u /* EL1h, all interrupts masked */
#define MPIDR_RES1      (UINT64_C(1) << 31)

extern struct frame link_frame;

static bool is_edge(const struct system_interrupt *interrupt) {
    return (interrupt->flags & SYSTEM_INTERRUPT_EDGE) != 0;
}

void arch_vm_create(struct vm *vm, const struct system *system) {
    const struct system_interrupt *interrupt = &system->interrupts[vm->config->interrupts.first];
    const struct system_board_arm64 *board = &system->board->arm64;

    vm->ranges[VM_CONTROLLER] =
        (struct mmio_range){vm->config->controller_at, VGIC_FRAME, &arch_interrupts, 0};
    vm->ranges[VM_CONTROLLER_CPUS] =
        (struct mmio_range){vm->config->controller_cpus_at, vm->vcpu_count * 2 * VGIC_FRAME,
                            &arch_interrupts, VGIC_FRAME};
    for (uint32_t i = 0; i < vm->vcpu_count; i++)
        vm->arch.vgic.cpus[i].kick = gic_kick_of(system->cpus[vm->vcpus[i].cpu].hwid);
    /* The guest's own of each core. */
    vgic_own(vm, board->timer_virtual_irq, board->timer_virtual_irq, false);
    vgic_own(vm, board->timer_physical_irq, board->timer_physical_irq, false);
    if (system->board->pmu_irq != 0)
        vgic_own(vm, system->board->pmu_irq, system->board->pmu_irq, false);
    for (uint32_t i = 0; i < vm->config->interrupts.count; i++)
        vgic_own(vm, interrupt[i].number, interrupt[i].phys, is_edge(&interrupt[i]));
    if (vm->config->console != SYSTEM_VM_CONSOLE_NONE)
        vgic_own(vm, vm->config->console_irq, 0, false);
    if (vm->config->watchdog_irq != 0)
        vgic_own(vm, vm->config->watchdog_irq, 0, false);
    vgic_reset(vm);
}

void arch_interrupts_off(struct vcpu *vcpu) {
    const struct system_slice *own = &vcpu->vm->config->interrupts;

    for (uint32_t i = 0; i < own->count && vcpu->index == 0; i++)
        gic_write(GICD_ICENABLER, vcpu->vm->system->interrupts[own->first + i].phys);
    gic_wait();
}

void arch_vm_reset(struct vm *vm) {
    const struct system_interrupt *interrupt =
        &vm->system->interrupts[vm->config->interrupts.first];

    for (uint32_t i = 0; i < vm->config->interrupts.count; i++) {
        gic_write(GICD_ICACTIVER, interrupt[i].phys);
        gic_write(GICD_ICPENDR, interrupt[i].phys);
        gic_route(interrupt[i].phys, vm->vcpus[0].cpu);
        /* The board's trigger again, unless this distributor has its own. */
        if (gic_configure(interrupt[i].phys, is_edge(&interrupt[i])))
            vgic_own(vm, interrupt[i].number, interrupt[i].phys, is_edge(&interrupt[i]));
    }
    vgic_reset(vm);
}

void arch_vcpu_attach(struct vcpu *vcpu) {
    uint64_t range = READ_SYSREG(id_aa64mmfr0_el1) & 0xf;
    uint64_t bits = range == 0 ? 32 : range == 1 ? 36 : ADDRESS_BITS;

    vcpu->arch.frame = &link_frame;
    vcpu->arch.vgic = &vcpu->vm->arch.vgic.cpus[vcpu->index];
    vcpu->arch.vgic->lists = (READ_SYSREG(ICH_VTR_EL2) & 0xf) + 1;
    WRITE_SYSREG(vtcr_el2, VTCR_BASE | (range > 5 ? 5 : range) << 16 | (64 - bits));
    /* VMIDs are the VMs' numbers plus one: the same on all cores of a VM, and no other's. */
    WRITE_SYSREG(vttbr_el2, vcpu->vm->stage2.value | (uint64_t)(vcpu->vm->index + 1) << 48);
    WRITE_SYSREG(vpidr_el2, READ_SYSREG(midr_el1));
    WRITE_SYSREG(vmpidr_el2, MPIDR_RES1 | vcpu->index);
    WRITE_SYSREG(hcr_el2, controls_hcr());
    ISB();
    arch_guest_tlb_flush();
}

static void pmu_reset(void) {
    if (!has_pmu())
        return;
    for (uint32_t i = READ_SYSREG(pmcr_el0) >> 11 & 0x1f; i-- > 0;) {
        WRITE_SYSREG(pmselr_el0, i);
        ISB(); /* PMSELR_EL0 says which one */
        WRITE_SYSREG(pmxevtyper_el0, 0);
    }
    WRITE_SYSREG(pmselr_el0, 0);
    WRITE_SYSREG(pmcr_el0, 6); /* counters to zero */
    WRITE_SYSREG(pmcntenclr_el0, 0xffffffff);
    WRITE_SYSREG(pmintenclr_el1, 0xffffffff);
    WRITE_SYSREG(pmovsclr_el0, 0xffffffff);
    WRITE_SYSREG(pmuserenr_el0, 0);
    WRITE_SYSREG(pmccfiltr_el0, 0);
}

static void debug_reset(void) {
    uint64_t dfr0 = READ_SYSREG(id_aa64dfr0_el1);

    reset_debug(id_field(dfr0, 12) + 1, id_field(dfr0, 20) + 1);
    WRITE_SYSREG(mdccint_el1, 0);
    WRITE_SYSREG(dbgclaimclr_el1, 0xff);
    WRITE_SYSREG(osdlr_el1, 0);
    WRITE_SYSREG(oslar_el1, 1);
}

void arch_vcpu_reset(struct vcpu *vcpu) {
    reset_el1();
    WRITE_SYSREG(sctlr_el1, SCTLR_EL1_RESET);
    if (has_pointer_authentication())
        reset_keys();
    debug_reset();
    pmu_reset();
    if (id_field(READ_SYSREG(id_aa64pfr0_el1), 28) != 0)
        WRITE_SYSREG(S3_4_C12_C1_1,
                     0); /* RAS, VDISR_EL2: what the guest reads and writes as DISR_EL1 */
    /* Timers and counters are off; one left active in the controller would never fire again. */
    for (uint32_t bits = vcpu->arch.vgic->privates.linked; bits != 0; bits &= bits - 1) {
        gic_write(GICD_ICACTIVER, (uint32_t)__builtin_ctz(bits));
        gic_write(GICD_ICPENDR, (uint32_t)__builtin_ctz(bits));
    }
    /* What a guest may switch off is on again; where nobody knows the call, nobody did. */
    firmware_call((uint64_t[4]){SMCCC_WORKAROUND_2, 1});
    WRITE_SYSREG(ICC_SRE_EL1, 7); /* SRE, DFB, DIB: there is no other interface for a guest */
    vgic_cpu_reset(vcpu);
    vcpu->arch.suspended = false;
    *vcpu->arch.frame = (struct frame){.pstate = PSTATE_RESET};
    /* The last life's translations, of both stages. */
    arch_guest_tlb_flush();
}

void arch_vcpu_set_entry(struct vcpu *vcpu, uint64_t entry, uint64_t argument) {
    WRITE_SYSREG(cntvoff_el2, vcpu->vm->clock_offset);
    /* What came while it was off goes to its list registers now. */
    atomic_fetch_or(&vcpu->work, VGIC_FILL);
    vcpu->arch.frame->pc = entry;
    vcpu->arch.frame->x[0] = argument;
}

uint64_t *arch_vcpu_register(struct vcpu *vcpu, uint32_t n) {
    return n < 31 ? &vcpu->arch.frame->x[n] : NULL;
}

uint64_t arch_vcpu_pc(const struct vcpu *vcpu) {
    return vcpu->arch.frame->pc;
}

void arch_vcpu_skip(struct vcpu *vcpu) {
    vcpu->arch.frame->pc += 4;
    vcpu->arch.frame->pstate &= ~PSTATE_STEP & ~PSTATE_BTYPE;
}

/* For a trap with the syndrome `code`. */
static void inject(struct vcpu *vcpu, uint64_t code) {
    struct frame *frame = vcpu->arch.frame;

    WRITE_SYSREG(elr_el1, frame->pc);
    WRITE_SYSREG(spsr_el1, frame->pstate);
    WRITE_SYSREG(esr_el1, trap_syndrome(code, frame->pstate));
    frame->pc = READ_SYSREG(vbar_el1) + trap_vector(frame->pstate);
    frame->pstate = trap_pstate(frame->pstate, READ_SYSREG(sctlr_el1), READ_SYSREG(id_aa64pfr1_el1),
                                READ_SYSREG(id_aa64mmfr1_el1));
}

bool arch_inject_abort(struct vcpu *vcpu, const struct trap *trap) {
    uint64_t vectors = READ_SYSREG(vbar_el1);

    /* The fetch of a vector itself: this would go round for ever. */
    if (trap->reason == TRAP_FETCH && range_contains(vectors, 0x800, trap->address))
        return false;
    WRITE_SYSREG(far_el1, trap->address);
    inject(vcpu, trap->code);
    return true;
}

void arch_inject_undefined(struct vcpu *vcpu) {
    inject(vcpu, 0);
}

void arch_interrupts_sync(struct vcpu *vcpu) {
    vgic_take_sgis(vcpu);
    vgic_lists_sync(vcpu);
}

void arch_interrupt_set_level(struct vm *vm, uint32_t number, bool level) {
    struct vgic *vgic = &vm->arch.vgic;
    struct vgic_word *word = vgic_word(vgic, 0, number);
    uint32_t bit = vgic_bit(number);

    spin_lock(&vgic->lock);
    if (level != ((word->line & bit) != 0)) {
        word->line ^= bit;
        word->latched |= level ? word->edge & bit : 0;
        vgic_changed(this_cpu.vcpu, word, bit);
    }
    spin_unlock(&vgic->lock);
}

void arch_interrupt_route(uint32_t number, uint32_t cpu) {
    gic_route(number, cpu);
}

void arch_interrupt_enable(uint32_t number) {
    gic_write(GICD_ICACTIVER, number); /* one that a core took which will never end it */
    gic_write(GICD_ISENABLER, number);
}
