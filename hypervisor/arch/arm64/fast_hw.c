/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_hw.c - the fast paths: physical interrupts, SGIs, emulated registers, the cheapest calls.
 * vectors.S has saved x0-x9, x16, x17 and x30 only, so nothing here may look at the guest's other
 * registers.
 */
#include "arch/arm64/fast_hw.h"

#include "arch/arm64/gic/gic.h"
#include "arch/arm64/gic/gic_cpu_hw.h"
#include "arch/arm64/smccc.h"
#include "arch/arm64/trap.h"
#include "arch/arm64/vgic/vgic_hw.h"
#include "arch/cpu.h"
#include "arch/vcpu.h"
#include "irq/irq.h"
#include "trap/mmio.h"
#include "vm/alarm.h"
#include "vm/this_cpu.h"

static __attribute__((noinline)) enum slow_path work(struct vcpu *vcpu) {
    arch_interrupts_sync(vcpu);
    return (atomic_load(&vcpu->work) & VCPU_SETTLE) != 0 ? SLOW_SETTLE : SLOW_NOTHING;
}

/* The way back to the guest: one test, where there is nothing to do. */
static enum slow_path leave(struct vcpu *vcpu) {
    return atomic_load_explicit(&vcpu->work, memory_order_relaxed) != 0 ? work(vcpu) : SLOW_NOTHING;
}

static void own_interrupt(struct vcpu *vcpu, uint32_t number) {
    const struct system_board *board = this_cpu.system.board;

    if (number == GIC_KICK) {
        /* Another core has called this one: to look at its requests, or at its SGIs. */
        vcpu->exits[EXIT_KICK]++;
        vm_kicked(vcpu);
        vgic_take_sgis(vcpu);
    } else if (number == board->arm64.gic_maintenance_irq) {
        vcpu->exits[EXIT_MAINTENANCE]++;
        /* Its level falls when the list registers are brought up to date. */
        atomic_fetch_or(&vcpu->work, VGIC_FOLD);
        vgic_lists_sync(vcpu);
    } else if (number == board->arm64.timer_hypervisor_irq) {
        vcpu->exits[EXIT_CONSOLE]++;
        WRITE_SYSREG(cnthp_ctl_el2, 0);
        ISB();
        alarm_fired(vcpu);
    } else if (number == board->console_irq) {
        vcpu->exits[EXIT_CONSOLE]++;
        irq_handle_console(vcpu);
    } else {
        /* Nobody's, or another VM's that was moved meanwhile: off until its owner wants it. */
        vcpu->exits[EXIT_OTHER]++;
        gic_write(GICD_ICENABLER, number);
    }
    gic_deactivate(number);
}

/* One that has no list register of its own. */
static __attribute__((noinline, cold)) enum slow_path other_irq(struct vcpu *vcpu,
                                                                uint32_t number) {
    const uint16_t *to_guest = vcpu->vm->arch.vgic.guest_number;

    if (number == GIC_KICK || (number < GIC_SPECIAL && to_guest[number] == 0)) {
        own_interrupt(vcpu, number);
    } else if (number < GIC_SPECIAL) {
        vcpu->exits[number < GIC_SPIS ? EXIT_TIMER : EXIT_DEVICE]++;
        vgic_take(vcpu, to_guest[number]);
    }
    return leave(vcpu);
}

/* In three cache lines. */
__attribute__((aligned(64))) enum slow_path fast_irq(void) {
    struct vcpu *vcpu = this_cpu.vcpu;
    uint32_t number = gic_acknowledge();

    if (number < GIC_SPECIAL)
        gic_drop(number); /* it stays active until its end */
    if (!vgic_take_again(vcpu, number % 1024))
        return other_irq(vcpu, number);
    vcpu->exits[number < GIC_SPIS ? EXIT_TIMER : EXIT_DEVICE]++;
    return leave(vcpu);
}

void arch_interrupts_poll(struct vcpu *vcpu) {
    fast_irq();
    /* What an off vCPU still has in its list registers may be for another one by now. */
    arch_interrupts_sync(vcpu);
}

/* x0 and so on that have been saved; others that have, too, take the slow path with the rest. */
#define SAVED 10u

/* The trapped instruction has been emulated. */
static void skip(void) {
    WRITE_SYSREG(elr_el2, READ_SYSREG(elr_el2) + 4);
    WRITE_SYSREG(spsr_el2, READ_SYSREG(spsr_el2) & ~PSTATE_STEP & ~PSTATE_BTYPE);
}

/* The syndrome of a write to ICC_SGI1R_EL1, but for the register that is written. */
#define ESR_SGI1R (UINT64_C(3) << 20 | 5 << 17 | 12 << 10 | 11 << 1)
#define ESR_REG   (UINT64_C(0x1f) << 5)

static bool send_sgi(struct vcpu *vcpu, struct frame *frame, uint64_t esr) {
    uint32_t reg = (uint32_t)(esr >> 5) & 0x1f;

    if ((esr & 0x1ffffff & ~ESR_REG) != ESR_SGI1R || reg >= SAVED)
        return false;
    vcpu->exits[EXIT_SGI]++;
    vgic_send_sgi(vcpu, frame->x[reg], true);
    skip();
    return true;
}

/* Nothing that syndrome_mmio() refuses, and no sign extension. */
#define ESR_MMIO_MASK (ISS_SSE | ISS_CM | ISS_S1PTW | ISS_FNV | (ISS_FSC & ~FSC_LEVEL))

/* PSTATE at EL1, in A64, with nothing in it that a completed instruction would clear. */
#define PSTATE_PLAIN_MASK (PSTATE_BTYPE | PSTATE_STEP | (PSTATE_MODE & ~1u))

/* Little endian, with a register that is saved: all else is slow. */
static bool mmio(struct vcpu *vcpu, struct frame *frame, uint64_t esr) {
    uint64_t at = READ_SYSREG(hpfar_el2) << 8 | (READ_SYSREG(far_el2) & (PAGE_SIZE - 1));
    const struct mmio_range *range = mmio_find(vcpu->vm, at);
    uint32_t reg = (uint32_t)(esr >> ISS_SRT) & 0x1f, size = 1u << (esr >> ISS_SAS & 3);

    if ((esr & ESR_MMIO_MASK) != FSC_TRANSLATION || range == NULL || (at & (size - 1)) != 0 ||
        reg >= SAVED || (READ_SYSREG(spsr_el2) & PSTATE_PLAIN_MASK) != PSTATE_EL1T ||
        (READ_SYSREG(sctlr_el1) & SCTLR_EE) != 0)
        return false;
    vcpu->exits[EXIT_MMIO]++;
    if ((esr & ISS_WNR) != 0)
        mmio_range_write(vcpu, range, at, size, frame->x[reg]);
    else
        frame->x[reg] = mmio_range_read(vcpu, range, at, size);
    WRITE_SYSREG(elr_el2, READ_SYSREG(elr_el2) + 4);
    return true;
}

static bool call(struct vcpu *vcpu, struct frame *frame, uint64_t esr) {
    if ((esr & 0xffff) != 0) /* the calling convention knows no other immediate */
        return false;
    vcpu->exits[EXIT_HYPERCALL]++;
    smccc_call(vcpu, frame->x);
    return true;
}

/* ESR_EL2 from bit 24 on, of an instruction of 32 bits (IL). */
#define TOP(class, iss24) ((class) << 2 | 2 | (iss24))

enum slow_path fast_sync(struct frame *frame) {
    struct vcpu *vcpu = this_cpu.vcpu;
    uint64_t esr = READ_SYSREG(esr_el2);
    uint32_t top = (uint32_t)esr >> 24;
    bool done = false;

    if (top == TOP(EC_DATA_LOWER, 1)) { /* the syndrome tells the access (ISV) */
        done = mmio(vcpu, frame, esr);
    } else if (top == TOP(EC_HVC, 0)) { /* it returns behind itself */
        done = call(vcpu, frame, esr);
    } else if (top == TOP(EC_SMC, 0)) {
        done = call(vcpu, frame, esr);
        if (done)
            skip();
    } else if (top == TOP(EC_SYSREG, 0)) {
        done = send_sgi(vcpu, frame, esr);
    }
    return done ? leave(vcpu) : SLOW_TRAP;
}
