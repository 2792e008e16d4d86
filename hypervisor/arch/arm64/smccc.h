/* SPDX-License-Identifier: Apache-2.0 */
/*
 * smccc.h - calls by Arm's SMC Calling Convention (DEN 0028), of the firmware below and of ours:
 * PSCI (DEN 0022), what the firmware offers against speculation and for entropy, and
 * Bulkhead's own. Pure, but for what it asks of the firmware.
 */
#pragma once

#include "vm/vm.h"

#define SMCCC_WORKAROUND_2 0x80007fffu

/* firmware.S, by SMC: x[0] to x[3] are function and arguments, then the results. Returns x[0]. */
int64_t firmware_call(uint64_t x[4]);

/*
 * A guest's call, with its function in x[0] and arguments from x[1] on; results in
 * x[0] to x[3]. The registers are the guest's own; no other is read or written.
 *
 * After CPU_SUSPEND, CPU_OFF, SYSTEM_OFF, SYSTEM_RESET and SYSTEM_RESET2 the guest does not just go
 * on: they leave VCPU_SETTLE in the vCPU's work.
 */
void smccc_call(struct vcpu *vcpu, uint64_t x[4]);
