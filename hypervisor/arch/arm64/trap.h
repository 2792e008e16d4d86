/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trap.h - decoding ESR_EL2 (DDI 0487, D22.2.40) and what the exceptions that
 * are injected into EL1 look like. Pure.
 */
#pragma once

#include "trap/trap.h"

/* `far` and `hpfar` as in FAR_EL2 and HPFAR_EL2; used for aborts only. */
void trap_decode(struct trap *trap, uint64_t esr, uint64_t far, uint64_t hpfar);

/*
 * Of an SError on a core with RAS: whether the error may have spread, or is not said to be
 * contained (DDI 0487 D22.2.40, AET), so that it can't be one VM's. `midr`: which core it is.
 */
bool trap_is_uncontained(uint64_t esr, uint64_t midr);

/*
 * An exception taken to EL1 from `pstate`: the offset of its vector; the PSTATE that it loads, by
 * SCTLR_EL1 and two of the core's ID registers; and ESR_EL1, which tells of the abort for one that
 * was trapped with the syndrome `code`, and for any other code of an UNDEFINED instruction.
 */
uint64_t trap_vector(uint64_t pstate);
uint64_t trap_pstate(uint64_t pstate, uint64_t sctlr, uint64_t pfr1, uint64_t mmfr1);
uint64_t trap_syndrome(uint64_t code, uint64_t pstate);
