/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trap.h - decoding ESR_EL2 and SPSR_EL2 (DDI 0487, D22.2.40): their fields, which the fast paths
 * look at as well, and what the exceptions that are injected into EL1 look like. Pure.
 */
#pragma once

#include "trap/trap.h"

/* ESR_ELx.EC. */
#define EC(esr)        ((uint32_t)((esr) >> 26) & 0x3f)
#define EC_UNKNOWN     0x00u
#define EC_HVC         0x16u
#define EC_SMC         0x17u
#define EC_SYSREG      0x18u
#define EC_FETCH_LOWER 0x20u
#define EC_DATA_LOWER  0x24u
#define EC_SERROR      0x2fu

/* Of an abort. */
#define ISS_ISV   (UINT64_C(1) << 24)
#define ISS_SAS   22
#define ISS_SSE   (UINT64_C(1) << 21)
#define ISS_SRT   16
#define ISS_SF    (UINT64_C(1) << 15)
#define ISS_SET   (UINT64_C(3) << 11) /* of an external abort: how bad it is */
#define ISS_FNV   (UINT64_C(1) << 10)
#define ISS_EA    (UINT64_C(1) << 9)
#define ISS_CM    (UINT64_C(1) << 8)
#define ISS_S1PTW (UINT64_C(1) << 7)
#define ISS_WNR   (UINT64_C(1) << 6)
#define ISS_FSC   UINT64_C(0x3f)
#define IL        (UINT64_C(1) << 25)

/* Of a trapped MSR or MRS: the register, with Rt and the direction beside it. */
#define SYSREG(op0, op1, crn, crm, op2)                                                            \
    ((uint32_t)(op0) << 20 | (op2) << 17 | (op1) << 14 | (crn) << 10 | (crm) << 1)
#define SYSREG_READ 1

#define FSC_LEVEL       0x03u
#define FSC_TRANSLATION 0x04u /* to 0x07, by the level of the walk; so are the others */
#define FSC_EXTERNAL    0x10u /* synchronous external abort, not on a table walk */
#define FSC_WALK        0x14u /* to 0x17: on one */

/* In SPSR_ELx: AArch32; SS and BTYPE, which an instruction that completes clears. */
#define PSTATE_32BIT UINT64_C(0x10)
#define PSTATE_STEP  UINT64_C(0x200000)
#define PSTATE_BTYPE UINT64_C(0xc00)
#define PSTATE_MODE  UINT64_C(0x1f)
#define PSTATE_EL0   UINT64_C(0x00)
#define PSTATE_EL1T  UINT64_C(0x04)

/* SCTLR_EL1: big endian. */
#define SCTLR_E0E (UINT64_C(1) << 24)
#define SCTLR_EE  (UINT64_C(1) << 25)

/*
 * A trap or an SError, not a call, which the fast path has made: by ESR_EL2, FAR_EL2 and HPFAR_EL2,
 * of which the last two are used for aborts only, and SPSR_EL2 and SCTLR_EL1, as EL1 has them.
 */
void trap_decode(struct trap *trap, uint64_t esr, uint64_t far, uint64_t hpfar, uint64_t pstate,
                 uint64_t sctlr);

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
