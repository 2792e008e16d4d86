/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trap.h - contract: the traps whose meaning is the architecture's own, and the interrupt
 * controller's.
 */
#pragma once

#include "trap/mmio.h"

/*
 * A trapped system register or CSR. The vCPU's own core; leaves the guest behind the trapped
 * instruction, at it once more, or with an exception injected.
 */
void arch_handle_sysreg(struct vcpu *vcpu, const struct trap *trap);

/* The registers of the VM's interrupt controller. */
extern const struct mmio_device arch_interrupts;
