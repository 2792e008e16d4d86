/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/trap.h"

#include "arch/host/host.h"

void arch_handle_sysreg(struct vcpu *vcpu, const struct trap *trap) {
    host.guests[vcpu->index].x[0] = trap->code;
    host.sysregs++;
}
