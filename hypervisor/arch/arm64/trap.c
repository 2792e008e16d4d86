/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/arm64/trap.h"

/* ESR_ELx.EC. */
#define EC(esr)        ((uint32_t)((esr) >> 26) & 0x3f)
#define EC_UNKNOWN     0x00u
#define EC_HVC         0x16u
#define EC_SMC         0x17u
#define EC_SYSREG      0x18u
#define EC_FETCH_LOWER 0x20u
#define EC_FETCH_SAME  0x21u
#define EC_DATA_LOWER  0x24u
#define EC_DATA_SAME   0x25u

/* Of a data abort. */
#define ISS_ISV   (UINT64_C(1) << 24)
#define ISS_SAS   22
#define ISS_SSE   (UINT64_C(1) << 21)
#define ISS_SRT   16
#define ISS_SF    (UINT64_C(1) << 15)
#define ISS_FNV   (UINT64_C(1) << 10)
#define ISS_CM    (UINT64_C(1) << 8)
#define ISS_S1PTW (UINT64_C(1) << 7)
#define ISS_WNR   (UINT64_C(1) << 6)
#define ISS_FSC   UINT64_C(0x3f)
#define IL        (UINT64_C(1) << 25)

#define FSC_EXTERNAL    0x10u /* synchronous external abort, not on a table walk */
#define FSC_EXTERNAL_S1 0x14u /* 0x14 to 0x17: on a walk */
#define FSC_PERMISSION  0x0cu /* 0x0c to 0x0f */

static bool is_external(uint64_t esr) {
    uint32_t fsc = (uint32_t)(esr & ISS_FSC);

    return fsc == FSC_EXTERNAL || (fsc & ~3u) == FSC_EXTERNAL_S1;
}

bool trap_needs_translation(uint64_t esr) {
    /* HPFAR_EL2 is valid for translation faults, and for all faults on a stage 1 walk. */
    return (esr & ISS_S1PTW) == 0 && (esr & 0x3c) == FSC_PERMISSION;
}

static void decode_data_abort(struct trap *trap, uint64_t esr, uint64_t far, uint64_t hpfar) {
    struct mmio_access *mmio = &trap->mmio;

    trap->address = far;
    mmio->at = (hpfar & UINT64_C(0xfffffffff0)) << 8 | (far & (PAGE_SIZE - 1));
    mmio->size = (uint8_t)(1u << (esr >> ISS_SAS & 3));
    mmio->sign_extend = (esr & ISS_SSE) != 0;
    mmio->reg = (uint8_t)(esr >> ISS_SRT & 0x1f);
    mmio->width = (esr & ISS_SF) != 0 ? 8 : 4;
    mmio->write = (esr & ISS_WNR) != 0;
    if (is_external(esr))
        trap->reason = TRAP_EXTERNAL;
    else if ((esr & ISS_ISV) == 0 || (esr & (ISS_CM | ISS_S1PTW | ISS_FNV)) != 0)
        trap->reason = TRAP_OUTSIDE;
    else
        trap->reason = TRAP_MMIO;
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
        decode_data_abort(trap, esr, far, hpfar);
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
#define PSTATE_MODE UINT64_C(0x1f)
#define PSTATE_EL0  UINT64_C(0x00)
#define PSTATE_EL1T UINT64_C(0x04)
#define PSTATE_EL1H UINT64_C(0x05)
#define PSTATE_DAIF UINT64_C(0x3c0)
#define PSTATE_PAN  (UINT64_C(1) << 22)
#define PSTATE_DIT  (UINT64_C(1) << 24)
#define PSTATE_NZCV UINT64_C(0xf0000000)

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

struct exception trap_exception(enum exception_kind kind, uint64_t pstate, uint64_t vbar, bool pan,
                                bool span) {
    bool same_level = (pstate & (PSTATE_32BIT | PSTATE_MODE)) == PSTATE_EL1T ||
                      (pstate & (PSTATE_32BIT | PSTATE_MODE)) == PSTATE_EL1H;
    uint32_t class = EC_UNKNOWN;
    struct exception exception;

    if (kind == EXCEPTION_DATA_ABORT)
        class = same_level ? EC_DATA_SAME : EC_DATA_LOWER;
    else if (kind == EXCEPTION_INSTRUCTION_ABORT)
        class = same_level ? EC_FETCH_SAME : EC_FETCH_LOWER;
    exception.pc = vbar + vector_offset(pstate);
    exception.pstate =
        (pstate & (PSTATE_NZCV | PSTATE_DIT | PSTATE_PAN)) | PSTATE_DAIF | PSTATE_EL1H;
    if (pan && !span)
        exception.pstate |= PSTATE_PAN;
    exception.syndrome = (uint64_t) class << 26 | IL;
    if (kind != EXCEPTION_UNDEFINED)
        exception.syndrome |= FSC_EXTERNAL;
    return exception;
}
