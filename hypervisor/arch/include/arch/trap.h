/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trap.h - contract: the traps whose meaning is the architecture's own. The
 * vCPU's own core; both leave the guest behind the trapped instruction, at it
 * once more, or with an exception injected.
 */
#pragma once

#include "trap/mmio.h"

/* HVC or SMC (arm64), ECALL (riscv64): by the convention's function numbers. */
void arch_handle_hypercall(struct vcpu *vcpu, const struct trap *trap);

/* A trapped system register or CSR. */
void arch_handle_sysreg(struct vcpu *vcpu, const struct trap *trap);

/* The registers of the VM's interrupt controller. */
extern const struct mmio_device arch_interrupts;
