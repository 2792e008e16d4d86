/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_hw.c - the fast paths: a physical interrupt for the guest, and an SGI from
 * it. vectors.S has saved x0-x18 and x30 only, so nothing here may look at the
 * guest's other registers or at its frame's pc. Each returns true when the rest
 * must be saved and the slow way be gone.
 */
#include "arch/arm64/fast_hw.h"

#include "arch/arm64/gic/gic.h"
#include "arch/arm64/include/sysreg_hw.h"
#include "arch/arm64/trap.h"
#include "arch/arm64/vgic/vgic_hw.h"
#include "arch/cpu.h"
#include "arch/vcpu.h"
#include "irq/irq.h"
#include "vm/control.h"
#include "vm/this_cpu.h"

/*
 * Whether vcpu_settle() has something to do before the guest goes on. A vCPU goes
 * off on its own slow path only, and a refused boot is told by a kick.
 */
static bool is_wanted(const struct vcpu *vcpu) {
    return atomic_load_explicit(&vcpu->work, memory_order_relaxed) != 0 ||
           atomic_load_explicit(&vcpu->vm->arch.vgic.cpus[vcpu->index].sync, memory_order_relaxed);
}

/* One of the guest's own: it stays active until the guest's end of interrupt deactivates it. */
static void forward(struct vcpu *vcpu, uint32_t number, uint32_t guest_number,
                    enum exit_cause cause) {
    WRITE_SYSREG(ICC_EOIR1_EL1, number);
    vcpu->exits[cause]++;
    vgic_inject_own(vcpu, guest_number);
}

/* One of the hypervisor's. */
static void finish(uint32_t number) {
    WRITE_SYSREG(ICC_EOIR1_EL1, number);
    WRITE_SYSREG(ICC_DIR_EL1, number);
}

static void own_interrupt(struct vcpu *vcpu, uint32_t number) {
    const struct system_board *board = this_cpu.system.board;

    if (number == GIC_KICK) {
        vcpu->exits[EXIT_KICK]++;
        finish(number);
        if (atomic_load(&control()->halt))
            arch_halt();
        vgic_take_sgis(vcpu);
    } else if (number == board->arm64.gic_maintenance_irq) {
        vcpu->exits[EXIT_MAINTENANCE]++;
        /* Its level falls when the list registers are brought up to date. */
        atomic_store(&vcpu->vm->arch.vgic.cpus[vcpu->index].sync, true);
        vgic_lists_sync(vcpu);
        finish(number);
    } else if (number == board->arm64.timer_hypervisor_irq) {
        vcpu->exits[EXIT_CONSOLE]++;
        WRITE_SYSREG(cnthp_ctl_el2, 0);
        ISB();
        finish(number);
        irq_handlers.timer(vcpu);
    } else if (number == board->console_irq) {
        vcpu->exits[EXIT_CONSOLE]++;
        irq_handlers.console(vcpu);
        finish(number);
    } else {
        /* Nobody's, or another VM's that was moved meanwhile: off until its owner wants it. */
        vcpu->exits[EXIT_OTHER]++;
        gic_enable(number, false);
        finish(number);
    }
}

bool fast_irq(void) {
    struct vcpu *vcpu = this_cpu.vcpu;
    const struct system_board *board = this_cpu.system.board;
    uint32_t number = (uint32_t)READ_SYSREG(ICC_IAR1_EL1) & 0xffffff;

    /* Acknowledged before memory is looked at (a kick's SGIs) or a device: IHI 0069, ICC_IAR1. */
    DSB(sy);
    if (number == board->arm64.timer_virtual_irq || number == board->arm64.timer_physical_irq)
        forward(vcpu, number, number, EXIT_TIMER);
    else if (number >= GIC_SPECIAL)
        return is_wanted(vcpu);
    else if (vcpu->vm->arch.vgic.guest_number[number] != 0)
        forward(vcpu, number, vcpu->vm->arch.vgic.guest_number[number], EXIT_DEVICE);
    else
        own_interrupt(vcpu, number);
    return is_wanted(vcpu);
}

void arch_interrupts_poll(struct vcpu *vcpu) {
    fast_irq();
    /* What an off vCPU still has in its list registers may be for another one by now. */
    arch_interrupts_sync(vcpu);
}

/* Whether the general register was saved by the fast entry. */
static bool is_saved(uint32_t reg) {
    return reg <= 18 || reg == 30;
}

bool fast_sync(struct frame *frame) {
    const uint16_t sgi1r = SYSREG(3, 0, 12, 11, 5);
    struct vcpu *vcpu = this_cpu.vcpu;
    uint64_t esr = READ_SYSREG(esr_el2);
    struct sysreg_access access;

    if (esr >> 26 != 0x18)
        return true;
    access = trap_sysreg(esr);
    if (access.name != sgi1r || access.read || !is_saved(access.reg))
        return true;
    vcpu->exits[EXIT_SGI]++;
    vgic_send_sgi(vcpu, frame->x[access.reg]);
    WRITE_SYSREG(elr_el2, READ_SYSREG(elr_el2) + 4);
    WRITE_SYSREG(spsr_el2, READ_SYSREG(spsr_el2) & ~PSTATE_STEP_BTYPE);
    vgic_lists_sync(vcpu);
    return false;
}
