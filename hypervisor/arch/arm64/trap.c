/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/arm64/trap.h"

/* Of an SError. */
#define SERROR_IDS (UINT64_C(1) << 24) /* the rest is the implementation's own */
#define SERROR_AET 10
#define SERROR_RAS 0x11u /* DFSC: AET is valid */

#define NEOVERSE_N1 0xd0cu /* MIDR_EL1.PartNum */

/*
 * The access behind a data abort, if it can be emulated. Nothing lies where it is to be, so it is a
 * translation fault. HPFAR_EL2 is believed for that alone: a permission fault without S1PTW, for
 * one, leaves an old one in it. A64 only, neither 16-bit instructions nor IT blocks, and
 * little-endian, which is all that guests are told of.
 */
static bool decode_mmio(uint64_t esr, uint64_t far, uint64_t hpfar, uint64_t pstate, uint64_t sctlr,
                        struct mmio_access *mmio) {
    const uint64_t wrong = ISS_CM | ISS_S1PTW | ISS_FNV | (ISS_FSC & ~FSC_LEVEL);
    uint64_t big = (pstate & PSTATE_MODE) == PSTATE_EL0 ? SCTLR_E0E : SCTLR_EE;

    if ((esr & ISS_ISV) == 0 || (esr & wrong) != FSC_TRANSLATION || (pstate & PSTATE_32BIT) != 0 ||
        (sctlr & big) != 0)
        return false;
    mmio->at = (hpfar & UINT64_C(0xfffffffff0)) << 8 | (far & (PAGE_SIZE - 1));
    mmio->size = (uint8_t)(1u << (esr >> ISS_SAS & 3));
    mmio->sign_extend = (esr & ISS_SSE) != 0;
    mmio->reg = (uint8_t)(esr >> ISS_SRT & 0x1f);
    mmio->width = (esr & ISS_SF) != 0 ? 8 : 4;
    mmio->write = (esr & ISS_WNR) != 0;
    return true;
}

void trap_decode(struct trap *trap, uint64_t esr, uint64_t far, uint64_t hpfar, uint64_t pstate,
                 uint64_t sctlr) {
    /* So are WFx, FP, SVE, AArch32 calls and registers, and calls with an immediate: none that this
     * machine has. */
    *trap = (struct trap){.reason = TRAP_UNDEFINED, .address = far, .code = esr};
    if (EC(esr) == EC_SYSREG)
        trap->reason = TRAP_SYSREG;
    else if (EC(esr) == EC_SERROR)
        *trap = (struct trap){.reason = TRAP_SERROR, .code = esr}; /* of no address */
    else if (EC(esr) == EC_FETCH_LOWER)
        trap->reason = TRAP_FETCH;
    else if (EC(esr) == EC_DATA_LOWER)
        trap->reason =
            decode_mmio(esr, far, hpfar, pstate, sctlr, &trap->mmio) ? TRAP_MMIO : TRAP_OUTSIDE;
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

#define MMFR1_PAN UINT64_C(0xf00000)
#define PFR1_SSBS UINT64_C(0xf0)

bool trap_is_uncontained(uint64_t esr, uint64_t midr) {
    /* AET: UEO, UER, CE; and UEU, by which Neoverse N1 tells uncontained ones too (1349291). */
    uint32_t contained = 1u << 2 | 1u << 3 | 1u << 6;

    if ((midr >> 4 & 0xfff) != NEOVERSE_N1)
        contained |= 1u << 1;
    return (esr & SERROR_IDS) != 0 || (esr & ISS_FSC) != SERROR_RAS ||
           (contained >> (esr >> SERROR_AET & 7) & 1) == 0;
}

/* DDI 0487 D1.4.2: by where the exception comes from. */
uint64_t trap_vector(uint64_t pstate) {
    if ((pstate & PSTATE_32BIT) != 0)
        return 0x600;
    if ((pstate & PSTATE_MODE) == PSTATE_EL0)
        return 0x400;
    return (pstate & PSTATE_MODE) == PSTATE_EL1T ? 0x000 : 0x200;
}

/*
 * ESR_EL1 of the abort that the guest takes for the one that was trapped with `code`. What the
 * machine itself answered keeps its status; what stage 2 refused is an external abort, and one on a
 * walk if the guest's own table is what is not there. EL1 knows no S1PTW.
 */
static uint64_t abort_syndrome(uint64_t code) {
    uint64_t status = FSC_EXTERNAL;
    uint64_t kept = EC(code) == EC_DATA_LOWER ? ISS_WNR | ISS_CM : 0;

    /* 0x10 to 0x1f: on a walk or not, and parity errors of cores without RAS. */
    if ((code & ISS_FSC & ~UINT64_C(0xf)) == FSC_EXTERNAL) {
        status = code & ISS_FSC;
        kept |= ISS_SET | ISS_FNV | ISS_EA;
    } else if ((code & ISS_S1PTW) != 0) {
        status = FSC_WALK | (code & FSC_LEVEL);
    }
    return (code & kept) | status;
}

/*
 * What DDI 0487 D1.4.1, AArch64.TakeException(), does to PSTATE: what isn't named is cleared. TCO
 * and ALLINT belong to features that are hidden (MTE, NMI), and mask nothing then.
 */
uint64_t trap_pstate(uint64_t pstate, uint64_t sctlr, uint64_t pfr1, uint64_t mmfr1) {
    uint64_t taken = (pstate & (PSTATE_NZCV | PSTATE_DIT | PSTATE_PAN)) | PSTATE_DAIF | PSTATE_EL1H;

    if ((mmfr1 & MMFR1_PAN) != 0 && (sctlr & SCTLR_SPAN) == 0)
        taken |= PSTATE_PAN;
    if ((pfr1 & PFR1_SSBS) != 0 && (sctlr & SCTLR_DSSBS) != 0)
        taken |= PSTATE_SSBS;
    return taken;
}

uint64_t trap_syndrome(uint64_t code, uint64_t pstate) {
    uint64_t from = pstate & (PSTATE_32BIT | PSTATE_MODE);
    uint64_t same = from == PSTATE_EL1T || from == PSTATE_EL1H; /* EC's lowest bit */

    if (EC(code) != EC_DATA_LOWER && EC(code) != EC_FETCH_LOWER)
        return (uint64_t)EC_UNKNOWN << 26 | IL;
    return (EC(code) | same) << 26 | IL | abort_syndrome(code);
}
