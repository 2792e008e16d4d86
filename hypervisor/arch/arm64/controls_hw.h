/* SPDX-License-Identifier: Apache-2.0 */
/*
 * controls_hw.h - EL2's trap and control registers: one table.
 */
#pragma once

#include "lib/address.h"

/* This core's: each register that it has, but HCR_EL2 and what a VM's stage 2 is. */
void controls_init(void);

/* HCR_EL2 of a core with a guest. */
uint64_t controls_hcr(void);

/* Whether the core has the keys of pointer authentication, by any algorithm; and PMUv3. */
bool has_pointer_authentication(void);
bool has_pmu(void);

/*
 * Whether EL2 is with VHE or not at all on this core (HCR_EL2.E2H is RES1), which Bulkhead does not
 * run on: its registers are laid out in another way there. Before the MMU is on.
 */
bool controls_need_vhe(void);
