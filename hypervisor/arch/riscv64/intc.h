/* SPDX-License-Identifier: Apache-2.0 */
/*
 * intc.h - the machine's interrupt controller put together with what a VM sees of
 * it. Three kinds, chosen by the board's data (enum system_controller): a PLIC, an
 * APLIC in direct delivery mode, and an APLIC with IMSICs whose guest files deliver
 * to the guest without the hypervisor. The contract's functions about interrupts are
 * here as well.
 *
 * Interrupts are sources of PLIC or APLIC by their number. Registers are mapped at
 * SPACE_ARCH.
 */
#pragma once

#include "vm/vm.h"

/* Each core: its own part to a defined state. NULL, or what is wrong. */
const char *intc_cpu_init(const struct system *system, uint32_t cpu);

/* What each of a VM's cores resets. */
void intc_vcpu_reset(struct vcpu *vcpu);

/*
 * A supervisor external interrupt is pending on this core: takes one. True: it is another core's
 * kick, which is the caller's. Fast path.
 */
bool intc_handle(struct vcpu *vcpu);

/* This core's vCPU gets (hvip.VSEIP) what its controller has for it. */
void intc_sync(struct vcpu *vcpu);
