/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/arm64/features.h"

/* ID_AA64..., by CRm less 4. */
enum { PFR, DFR, ISAR, MMFR };

/* The 4-bit fields that are offered as the core has them: DDI 0487, D22.2. */
static const uint64_t offers[][3] = {
    /* ID_AA64PFR0: CSV3 CSV2 DIT GIC AdvSIMD FP EL1 EL0. Hidden: SVE RAS AMU MPAM RME EL2 EL3. */
    [PFR][0] = UINT64_C(0xff0f00000fff00ff),
    /* ID_AA64PFR1: SSBS BT. Hidden: MTE SME NMI GCS. */
    [PFR][1] = UINT64_C(0x00000000000000ff),
    /* ID_AA64DFR0: DoubleLock CTX_CMPs WRPs BRPs PMUVer DebugVer. Hidden: SPE TRBE BRBE, trace. */
    [DFR][0] = UINT64_C(0x000000f0f0f0ff0f),
    /* ID_AA64ISAR0: all but TME. */
    [ISAR][0] = UINT64_C(0xfffffffff0fffff0),
    /* ID_AA64ISAR1: all but LS64 and XS. */
    [ISAR][1] = UINT64_C(0x00ffffffffffffff),
    /* ID_AA64ISAR2: CSSC CLRBHB PAC_frac BC MOPS APA3 GPA3 RPRES WFxT. */
    [ISAR][2] = UINT64_C(0x00f00000ffffffff),
    /* ID_AA64MMFR0: ExS, granules, ASIDBits, PARange. Hidden: ECV FGT, stage 2's, endianness. */
    [MMFR][0] = UINT64_C(0x0000f000fff0f0ff),
    /* ID_AA64MMFR1: nTLBPA AFP ETS PAN HPDS HAFDBS. Hidden: VH LO TWED HCX TIDCP1 CMOW. */
    [MMFR][1] = UINT64_C(0x000ff0f000f0f00f),
    /* ID_AA64MMFR2: E0PD BBM TTL IDS AT ST CCIDX VARange LSM UAO CnP. Hidden: NV FWB IESB EVT. */
    [MMFR][2] = UINT64_C(0xf0ff00fff0ff0fff),
};

/* Fields offered up to a value: higher ones would bring registers that are not virtualized. */
static uint64_t cap(uint64_t value, unsigned shift, uint64_t most) {
    uint64_t field = value >> shift & 0xf;

    return field > most ? (value & ~(UINT64_C(0xf) << shift)) | most << shift : value;
}

uint64_t features_id_register(unsigned crm, unsigned op2, uint64_t value) {
    /* AArch32's, for EL0: as they are, but for the debug registers of a world that traps. */
    if (crm < 4)
        return value;
    if (crm == 4 && op2 == 0)
        value = cap(cap(value, 0, 2), 56, 1); /* CSV2_2 has SCXTNUM */
    if (crm == 5 && op2 == 0) { /* PMUv3p5 and Debugv8p8: what came later has more registers */
        value &= (value >> 8 & 0xf) == 0xf ? ~UINT64_C(0xf00) : ~UINT64_C(0); /* no PMUv3 at all */
        value = cap(cap(value, 8, 6), 0, 10);
    }
    if (crm == 7 && op2 == 0)
        value = cap(value, 0, 2); /* PARange: 40 bits hold the 39 of stage 2 */
    return crm < 8 && op2 < 3 ? value & offers[crm - 4][op2] : 0;
}
