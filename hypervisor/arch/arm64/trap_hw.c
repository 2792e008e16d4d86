/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/arm64/trap_hw.h"

#include "arch/arm64/features.h"
#include "arch/arm64/include/sysreg_hw.h"
#include "arch/arm64/registers.h"
#include "arch/arm64/trap.h"
#include "arch/arm64/vgic/vgic_hw.h"
#include "arch/cpu.h"
#include "arch/trap.h"
#include "arch/vcpu.h"
#include "lib/report.h"
#include "mem/hypervisor_space.h"
#include "vm/this_cpu.h"

/* Cores without RAS never say; there the VM that has the core has the error as well. */
static bool is_everyones(const struct trap *trap) {
    return trap->reason == TRAP_SERROR && id_field(READ_SYSREG(id_aa64pfr0_el1), 28) != 0 &&
           trap_is_uncontained(trap->code, READ_SYSREG(midr_el1));
}

static void trapped(struct vcpu *vcpu) {
    struct frame *frame = vcpu->arch.frame;
    struct trap trap;

    trap_decode(&trap, READ_SYSREG(esr_el2), READ_SYSREG(far_el2), READ_SYSREG(hpfar_el2),
                frame->pstate, READ_SYSREG(sctlr_el1));
    if (is_everyones(&trap)) {
        report("vm %s: halting the system: vcpu %u pc %lx: an uncontained SError, ESR %lx",
               vcpu->vm->config->name, vcpu->index, frame->pc, trap.code);
        report_flush();
        vm_halt_all();
    }
    if (EC(trap.code) == EC_HVC) /* with an immediate; it returns behind itself, SMC to itself */
        frame->pc -= 4;
    trap_handle(vcpu, &trap);
}

void slow(enum slow_path path) {
    struct vcpu *vcpu = this_cpu.vcpu;

    vcpu->arch.frame->pc = READ_SYSREG(elr_el2);
    vcpu->arch.frame->pstate = READ_SYSREG(spsr_el2);
    if (path == SLOW_TRAP)
        trapped(vcpu);
    vcpu_settle(vcpu);
    /* CPU_SUSPEND: until there is an interrupt to take, masked or not, or another life. */
    while (vcpu->arch.suspended && !vgic_lists_pending(vcpu)) {
        arch_wait();
        arch_interrupts_poll(vcpu);
        vcpu_settle(vcpu);
    }
    vcpu->arch.suspended = false;
}

void own_exception(const struct frame *frame, uint64_t stack) {
    uint64_t esr = READ_SYSREG(esr_el2), address = READ_SYSREG(far_el2);

    if ((READ_SYSREG(sctlr_el2) & 1) == 0)
        refuse("no-memory", "an access failed on the way to the image's home: ESR %lx, address %lx",
               esr, address);
    panic_shows(frame->x, sizeof(frame->x) / sizeof(frame->x[0]));
    panic("%s in the hypervisor: ESR %lx at %lx, address %lx, link %lx, stack %lx",
          space_is_guard(address) ? "stack overflow" : "exception", esr, READ_SYSREG(elr_el2),
          address, frame->x[30], stack);
}

/* S3_0_C0_C1_0 to S3_0_C0_C7_7, read. */
static bool is_id_register(uint32_t name, unsigned crm) {
    return (name & ~SYSREG(0, 0, 0, 15, 7)) == (SYSREG(3, 0, 0, 0, 0) | SYSREG_READ) && crm - 1 < 7;
}

void arch_handle_sysreg(struct vcpu *vcpu, const struct trap *trap) {
    uint32_t name = trap->code & 0x3ffc1f; /* without Rt */
    unsigned crm = name >> 1 & 0xf, op2 = name >> 17 & 7;
    uint64_t *reg = arch_vcpu_register(vcpu, trap->code >> 5 & 0x1f), zero = 0;

    if (reg == NULL)
        reg = &zero;
    /* ICC_SGI1R, ICC_SGI0R. ICC_ASGI1R is for the other security state: there is none. */
    if (name == SYSREG(3, 0, 12, 11, 5) || name == SYSREG(3, 0, 12, 11, 7)) {
        vgic_send_sgi(vcpu, *reg, op2 == 5);
    } else if (name == SYSREG(3, 0, 12, 11, 1)) { /* ICC_DIR */
        vgic_end(vcpu, *reg & 0xffffff);
    } else if (name == (SYSREG(3, 0, 1, 0, 1) | SYSREG_READ)) { /* ACTLR_EL1: nothing in it */
        *reg = 0;
    } else if (is_id_register(name, crm)) {
        *reg = features_id_register(crm, op2, id_register((crm - 1) * 8 + op2));
    } else if (name != SYSREG(3, 0, 1, 0, 1) && name != SYSREG(3, 0, 12, 11, 6)) {
        arch_inject_undefined(vcpu);
        return;
    }
    arch_vcpu_skip(vcpu);
}
