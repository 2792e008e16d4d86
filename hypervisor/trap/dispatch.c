/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/trap.h"
#include "arch/vcpu.h"

static const enum exit_cause causes[] = {
    [TRAP_MMIO] = EXIT_MMIO,     [TRAP_OUTSIDE] = EXIT_FAULT,   [TRAP_FETCH] = EXIT_FAULT,
    [TRAP_SYSREG] = EXIT_SYSREG, [TRAP_UNDEFINED] = EXIT_FAULT, [TRAP_SERROR] = EXIT_SERROR,
};

void trap_handle(struct vcpu *vcpu, const struct trap *trap) {
    vcpu->exits[causes[trap->reason]]++;
    vcpu->traps = vcpu->traps << 4 | causes[trap->reason];
    if (trap->reason == TRAP_SYSREG)
        arch_handle_sysreg(vcpu, trap);
    else if (trap->reason == TRAP_UNDEFINED)
        arch_inject_undefined(vcpu);
    else if (trap->reason == TRAP_SERROR)
        vm_end(vcpu, SYSTEM_END_FAULT, trap->address, "hardware error (SError)");
    else if (trap->reason == TRAP_MMIO &&
             mmio_emulate(vcpu, &trap->mmio, arch_vcpu_register(vcpu, trap->mmio.reg)))
        arch_vcpu_skip(vcpu);
    else if (!arch_inject_abort(vcpu, trap))
        vm_end(vcpu, SYSTEM_END_FAULT, trap->address,
               "its exception vector lies outside its memory");
}
