/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sbi.h - calls by the RISC-V Supervisor Binary Interface (SBI 2.0): what a guest
 * expects of its firmware, and Bulkhead's own. sbi.c is pure, but for what firmware.h
 * has.
 */
#pragma once

#include "vm/vm.h"

/*
 * One ECALL of the guest: a[0] to a[7] are its registers of these names, extension
 * in a[7], function in a[6]. The result comes in a[0] (error) and a[1] (value),
 * that of the legacy extensions in a[0]. The guest
 * goes on behind the call, unless its life or the vCPU ends by it. Slow path.
 */
void sbi_call(struct vcpu *vcpu, uint64_t a[8]);

/*
 * Before a vCPU begins anew, on its own core: if its guest or, before the first life, others may
 * have touched a performance counter, those with an event are stopped, set to 0 and freed, and
 * `cycle` and `instret` run. One without an event is 0 already, unless others have freed it before
 * the first life. False if the firmware does not do it: then nobody may see them.
 */
bool counters_reset(struct vcpu *vcpu);
