/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/arm64/trap.h"

#include "arch/arm64/syndrome.h"

/* Of an SError. */
#define SERROR_IDS (UINT64_C(1) << 24) /* the rest is the implementation's own */
#define SERROR_AET 10
#define SERROR_RAS 0x11u /* DFSC: AET is valid */

#define NEOVERSE_N1 0xd0cu /* MIDR_EL1.PartNum */

/* 0x10 to 0x1f: on a walk or not, and parity errors of cores without RAS. */
static bool is_external(uint64_t esr) {
    return (esr & ISS_FSC & ~UINT64_C(0xf)) == FSC_EXTERNAL;
}

void trap_decode(struct trap *trap, uint64_t esr, uint64_t far, uint64_t hpfar) {
    *trap = (struct trap){.code = esr};
    switch (EC(esr)) {
    case EC_HVC:
    case EC_SMC:
        trap->reason = TRAP_HYPERCALL;
        break;
    case EC_SYSREG:
        trap->reason = TRAP_SYSREG;
        break;
    case EC_FETCH_LOWER:
        trap->address = far;
        trap->reason = TRAP_FETCH;
        break;
    case EC_DATA_LOWER:
        trap->address = far;
        trap->reason = is_external(esr) ? TRAP_EXTERNAL : TRAP_OUTSIDE;
        if (syndrome_mmio(esr, far, hpfar, &trap->mmio))
            trap->reason = TRAP_MMIO;
        break;
    default: /* WFx, FP, SVE, AArch32 calls and registers: none that this machine has */
        trap->reason = TRAP_UNDEFINED;
        break;
    }
}

struct sysreg_access trap_sysreg(uint64_t esr) {
    uint32_t iss = (uint32_t)esr & 0x1ffffff;

    return (struct sysreg_access){
        .name =
            SYSREG(iss >> 20 & 3, iss >> 14 & 7, iss >> 10 & 0xf, iss >> 1 & 0xf, iss >> 17 & 7),
        .reg = (uint8_t)(iss >> 5 & 0x1f),
        .read = (iss & 1) != 0,
    };
}

bool trap_is_smccc_call(uint64_t esr) {
    return (EC(esr) == EC_HVC || EC(esr) == EC_SMC) && (esr & 0xffff) == 0;
}

bool trap_is_smc(uint64_t esr) {
    return EC(esr) == EC_SMC;
}

/* PSTATE as in SPSR_ELx. */
#define PSTATE_EL1H UINT64_C(0x05)
#define PSTATE_DAIF UINT64_C(0x3c0)
#define PSTATE_SSBS (UINT64_C(1) << 12)
#define PSTATE_PAN  (UINT64_C(1) << 22)
#define PSTATE_DIT  (UINT64_C(1) << 24)
#define PSTATE_NZCV UINT64_C(0xf0000000)

/* SCTLR_EL1. */
#define SCTLR_SPAN  (UINT64_C(1) << 23)
#define SCTLR_DSSBS (UINT64_C(1) << 44)

bool trap_is_uncontained(uint64_t esr, uint64_t midr) {
    /* AET: UEO, UER, CE; and UEU, by which Neoverse N1 tells uncontained ones too (1349291). */
    uint32_t contained = 1u << 2 | 1u << 3 | 1u << 6;

    if ((midr >> 4 & 0xfff) != NEOVERSE_N1)
        contained |= 1u << 1;
    return (esr & SERROR_IDS) != 0 || (esr & ISS_FSC) != SERROR_RAS ||
           (contained >> (esr >> SERROR_AET & 7) & 1) == 0;
}

/* DDI 0487 D1.4.2: the offset of the vector, by where the exception comes from. */
static uint64_t vector_offset(uint64_t pstate) {
    if ((pstate & PSTATE_32BIT) != 0)
        return 0x600;
    switch (pstate & PSTATE_MODE) {
    case PSTATE_EL0:
        return 0x400;
    case PSTATE_EL1T:
        return 0x000;
    default:
        return 0x200;
    }
}

/*
 * ESR_EL1 of the abort that the guest takes for the one that was trapped with `code`. What the
 * machine itself answered keeps its status; what stage 2 refused is an external abort, and one on a
 * walk if the guest's own table is what is not there. EL1 knows no S1PTW.
 */
static uint64_t abort_syndrome(uint64_t code) {
    uint64_t status = FSC_EXTERNAL;
    uint64_t kept = EC(code) == EC_DATA_LOWER ? ISS_WNR | ISS_CM : 0;

    if (is_external(code)) {
        status = code & ISS_FSC;
        kept |= ISS_SET | ISS_FNV | ISS_EA;
    } else if ((code & ISS_S1PTW) != 0) {
        status = FSC_WALK | (code & FSC_LEVEL);
    }
    return (code & kept) | status;
}

static bool has(uint64_t features, unsigned shift) {
    return (features >> shift & 0xf) != 0;
}

/*
 * What DDI 0487 D1.4.1, AArch64.TakeException(), does to PSTATE: what isn't named is cleared. TCO
 * and ALLINT belong to features that are hidden (MTE, NMI), and mask nothing then.
 */
static uint64_t exception_pstate(const struct exception_state *state) {
    uint64_t pstate = state->pstate & (PSTATE_NZCV | PSTATE_DIT | PSTATE_PAN);

    if (has(state->mmfr1, 20) && (state->sctlr & SCTLR_SPAN) == 0)
        pstate |= PSTATE_PAN;
    if (has(state->pfr1, 4) && (state->sctlr & SCTLR_DSSBS) != 0)
        pstate |= PSTATE_SSBS;
    return pstate | PSTATE_DAIF | PSTATE_EL1H;
}

struct exception trap_exception(uint64_t code, const struct exception_state *state) {
    uint64_t from = state->pstate & (PSTATE_32BIT | PSTATE_MODE);
    struct exception exception = {
        .pc = state->vbar + vector_offset(state->pstate),
        .pstate = exception_pstate(state),
        .syndrome = (uint64_t)EC_UNKNOWN << 26 | IL,
    };

    /* EC's lowest bit: from the same level. */
    if (EC(code) == EC_DATA_LOWER || EC(code) == EC_FETCH_LOWER)
        exception.syndrome = (uint64_t)(EC(code) | (from == PSTATE_EL1T || from == PSTATE_EL1H))
                                 << 26 |
                             IL | abort_syndrome(code);
    return exception;
}
