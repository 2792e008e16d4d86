/* SPDX-License-Identifier: Apache-2.0 */
/*
 * power.h - vCPUs on and off, for whatever the architecture calls it (PSCI, SBI
 * HSM). Any vCPU of the VM may call.
 */
#pragma once

#include "vm/vm.h"

enum power_result {
    POWER_OK,
    POWER_NO_SUCH_VCPU,
    POWER_ALREADY_ON,
    POWER_STARTING,  /* asked for before and not there yet */
    POWER_BAD_ENTRY, /* not in the VM's memory */
};

/* Starts vCPU `index` of the caller's VM at guest address `entry`. */
enum power_result power_vcpu_on(struct vcpu *caller, uint64_t index, uint64_t entry,
                                uint64_t argument);
