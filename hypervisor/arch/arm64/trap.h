/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trap.h - decoding ESR_EL2 (DDI 0487, D22.2.40) and what the exceptions that
 * are injected into EL1 look like. Pure.
 */
#pragma once

#include "trap/trap.h"

/* A trapped system register access, out of the syndrome. */
struct sysreg_access {
    uint16_t name; /* SYSREG(op0, op1, crn, crm, op2) */
    uint8_t reg;   /* general register */
    bool read;
};

#define SYSREG(op0, op1, crn, crm, op2)                                                            \
    ((uint16_t)((op0) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2)))

/* `far` and `hpfar` as in FAR_EL2 and HPFAR_EL2; used for aborts only. */
void trap_decode(struct trap *trap, uint64_t esr, uint64_t far, uint64_t hpfar);

/* The access of a TRAP_SYSREG, out of its syndrome. */
struct sysreg_access trap_sysreg(uint64_t esr);

/* HVC or SMC with an immediate of 0: the only ones the calling convention knows. */
bool trap_is_smccc_call(uint64_t esr);

/*
 * Of an SError on a core with RAS: whether the error may have spread, or is not said to be
 * contained (DDI 0487 D22.2.40, AET), so that it can't be one VM's. `midr`: which core it is.
 */
bool trap_is_uncontained(uint64_t esr, uint64_t midr);

/* SMC returns to the instruction itself, HVC behind it. */
bool trap_is_smc(uint64_t esr);

/* What an exception taken to EL1 loads. */
struct exception {
    uint64_t pc;
    uint64_t pstate;
    uint64_t syndrome; /* ESR_EL1 */
};

/* ... and what that depends on: the guest's state, and two of the core's ID registers. */
struct exception_state {
    uint64_t pstate;
    uint64_t vbar;
    uint64_t sctlr;
    uint64_t pfr1;
    uint64_t mmfr1;
};

/* The abort for one that was trapped with the syndrome `code`; for any other code, UNDEFINED. */
struct exception trap_exception(uint64_t code, const struct exception_state *state);
