/* SPDX-License-Identifier: Apache-2.0 */
/*
 * controls_hw.c - all registers of EL2 by which it traps or controls EL1 and EL0: where each
 * exists, its value, and why. All are UNKNOWN after a warm reset (DDI 0487 D1.3.2), or the
 * firmware's. What features.c hides has its trap here. That EL3 lets them be reached is what Linux
 * asks for as well (Documentation/arch/arm64/booting.rst).
 *
 * Elsewhere: what the MMU is turned on by (start.S), stage 2 and identity (vcpu_hw.c), ICC and ICH
 * (gic/, vgic/). Not at all: ZCR_EL2 and SMCR_EL2, which CPTR_EL2 traps at EL2 too, so that nothing
 * reads them; PIR_EL2 and the like, which TCR2_EL2 = 0 keeps unused; ACTLR_EL2, the firmware's.
 */
#include "arch/arm64/controls_hw.h"

#include "arch/arm64/include/sysreg_hw.h"

#define BIT(n) (UINT64_C(1) << (n))

/* A field of an ID register; whether there is what it tells of. */
#define FIELD(name, shift) id_field(READ_SYSREG(name), shift)
#define HAS(name, shift)   (FIELD(name, shift) != 0)
#define HAS_RAS            HAS(id_aa64pfr0_el1, 28)
#define HAS_AMU            HAS(id_aa64pfr0_el1, 44)
#define HAS_MPAM           (HAS(id_aa64pfr0_el1, 40) || HAS(id_aa64pfr1_el1, 16))
#define HAS_SPE            HAS(id_aa64dfr0_el1, 32)
#define HAS_TRACE_FILTER   HAS(id_aa64dfr0_el1, 40)
#define HAS_LOR            HAS(id_aa64mmfr1_el1, 16)
#define HAS_FGT            HAS(id_aa64mmfr0_el1, 56)
#define HAS_FGT2           (FIELD(id_aa64mmfr0_el1, 56) >= 2)

/* Bit `n`, if so. */
#define IF(condition, n) ((condition) ? BIT(n) : 0)

/* Its name, how the assembler knows it, where it exists, its value. */
#define ROW(name, number, exists, value)                                                           \
    do {                                                                                           \
        if (exists)                                                                                \
            WRITE_SYSREG(number, value);                                                           \
    } while (0)

bool has_pointer_authentication(void) {
    return (READ_SYSREG(id_aa64isar1_el1) & 0xff000ff0) != 0 ||
           (READ_SYSREG(ID_AA64ISAR2_EL1) & 0xff00) != 0;
}

bool has_pmu(void) {
    /* 0xf: an implementation's own. */
    return HAS(id_aa64dfr0_el1, 8) && FIELD(id_aa64dfr0_el1, 8) != 0xf;
}

/*
 * HCR_EL2 (DDI 0487 D23.2.58). Zero, among others: E2H, TGE; TWI, TWE (a core is its guest's); TEA
 * (an abort of the guest's own is its own); NV, FWB, ATA, EnSCXT, FIEN, TME, AMVOFFEN (hidden).
 */
uint64_t controls_hcr(void) {
    uint64_t hcr = BIT(0)                     /* VM: stage 2 */
                   | BIT(1)                   /* SWIO: invalidation by set and way also cleans */
                   | BIT(2)                   /* PTW: no walk of the guest's reads a device */
                   | BIT(3) | BIT(4) | BIT(5) /* FMO, IMO, AMO: interrupts, SErrors come here */
                   | BIT(18)                  /* TID3: ID registers, see features.c */
                   | BIT(19)                  /* TSC: SMC */
                   | BIT(20) | BIT(21) | BIT(31); /* TIDCP, TACR: the core's own registers; RW */

    hcr |= IF(HAS_LOR, 35); /* TLOR: LORegions */
    hcr |= IF(HAS_RAS, 36); /* TERR: error records */
    /* APK, API: the guest's, not trapped. TID5: GMID_EL1; what else is MTE's traps by ATA = 0. */
    hcr |= has_pointer_authentication() ? BIT(40) | BIT(41) : 0;
    hcr |= IF(FIELD(id_aa64pfr1_el1, 8) >= 2, 58);
    return hcr;
}

/* Zero traps nothing but what the inverted bits (nSMPRI_EL1 ...) are for: SME, PIE, GCS, BRBE. */
static void fine_grained_init(void) {
    ROW(HFGRTR_EL2, S3_4_C1_C1_4, HAS_FGT, 0);
    ROW(HFGWTR_EL2, S3_4_C1_C1_5, HAS_FGT, 0);
    ROW(HFGITR_EL2, S3_4_C1_C1_6, HAS_FGT, 0);
    /* PMBIDR_EL1 and TRBIDR_EL1 have no other trap. */
    ROW(HDFGRTR_EL2, S3_4_C3_C1_4, HAS_FGT, IF(HAS_SPE, 63) | IF(HAS(id_aa64dfr0_el1, 44), 51));
    ROW(HDFGWTR_EL2, S3_4_C3_C1_5, HAS_FGT, 0);
    ROW(HAFGRTR_EL2, S3_4_C3_C1_6, HAS_FGT && HAS_AMU, 0);
    ROW(HFGRTR2_EL2, S3_4_C3_C1_2, HAS_FGT2, 0);
    ROW(HFGWTR2_EL2, S3_4_C3_C1_3, HAS_FGT2, 0);
    ROW(HFGITR2_EL2, S3_4_C3_C1_7, HAS_FGT2, 0);
    ROW(HDFGRTR2_EL2, S3_4_C3_C1_0, HAS_FGT2, 0);
    ROW(HDFGWTR2_EL2, S3_4_C3_C1_1, HAS_FGT2, 0);
}

void controls_init(void) {
    uint64_t mpamidr = HAS_MPAM ? READ_SYSREG(MPAMIDR_EL1) : 0;
    bool has_spe = HAS_SPE && (READ_SYSREG(PMBIDR_EL1) & BIT(4)) == 0; /* P: a higher level's */

    /* Bits of E2H = 0. RES1; TZ, TSM: SVE and SME trap, RES1 without them; TTA: trace; TAM: AMU. */
    ROW(CPTR_EL2, cptr_el2, true, 0x33ff | IF(HAS(id_aa64dfr0_el1, 4), 20) | IF(HAS_AMU, 30));
    /*
     * HPMN: all of the PMU's counters are the guest's, which owns the core; HPMD, HCCD = 0: at EL2
     * too. TPMS, TTRF: SPE and trace filters trap. E2PB, E2TB = 0: so do the buffers of SPE and
     * trace, which are EL2's and off. MTPME = 0: no counting of another core's threads. EnSPM,
     * EBWE, EnSTEPOP = 0.
     */
    ROW(MDCR_EL2, mdcr_el2, true,
        (has_pmu() ? READ_SYSREG(pmcr_el0) >> 11 & 0x1f : 0) | IF(HAS_SPE, 14) |
            IF(HAS_TRACE_FILTER, 19));
    ROW(HSTR_EL2, hstr_el2, true, 0); /* AArch32 at EL0 is not trapped, ... */
    ROW(HACR_EL2, hacr_el2, true, 0); /* ... nor what only an implementation knows */
    /* MSCEn: memory copy and set, offered; TALLINT: NMI, hidden. EnALS, TCR2En ... = 0 trap. */
    ROW(HCRX_EL2, S3_4_C1_C2_2, HAS(id_aa64mmfr1_el1, 40),
        IF(HAS(ID_AA64ISAR2_EL1, 16), 11) | IF(HAS(id_aa64pfr1_el1, 36), 6));
    /* EL1PCTEN, EL1PCEN: the physical counter and timer are the guest's. ECV = 0: no CNTPOFF. */
    ROW(CNTHCTL_EL2, cnthctl_el2, true, 3);
    ROW(CNTVOFF_EL2, cntvoff_el2, true, 0);
    ROW(CNTPOFF_EL2, S3_4_C14_C0_6, FIELD(id_aa64mmfr0_el1, 60) >= 2, 0);
    ROW(CNTHP_CTL_EL2, cnthp_ctl_el2, true, 0); /* EL2's own timer is off */
    ROW(VTTBR_EL2, vttbr_el2, true, 0);         /* no VM's VMID until one is attached */
    fine_grained_init();

    /* What is hidden: off, and trapped. */
    /* Partition 0. TRAPMPAM0EL1, TRAPMPAM1EL1; TIDR, or TRAP_MPAMIDR_EL1: MPAMIDR_EL1. */
    ROW(MPAM2_EL2, S3_4_C10_C5_0, HAS_MPAM, BIT(48) | BIT(49) | (mpamidr & BIT(58)));
    ROW(MPAMHCR_EL2, S3_4_C10_C4_0, (mpamidr & BIT(17)) != 0, BIT(31));
    /* No samples, no trace, no branch records of EL2. */
    ROW(PMSCR_EL2, S3_4_C9_C9_0, has_spe, 0);
    ROW(TRFCR_EL2, S3_4_C1_C2_1, HAS_TRACE_FILTER, 0);
    ROW(BRBCR_EL2, S2_4_C9_C0_0, HAS(id_aa64dfr0_el1, 52), 0);
    /* PIE, POE and all else that is new for EL2's own translation and control: off. */
    ROW(TCR2_EL2, S3_4_C2_C0_3, HAS(ID_AA64MMFR3_EL1, 0), 0);
    ROW(SCTLR2_EL2, S3_4_C1_C0_3, HAS(ID_AA64MMFR3_EL1, 4), 0);
    ROW(GCSCR_EL2, S3_4_C2_C5_0, HAS(id_aa64pfr1_el1, 44), 0); /* no shadow stack at EL2 */
    ROW(LORC_EL1, S3_0_C10_C4_3, HAS_LOR, 0);                  /* no LORegions, of whomever's */
    ROW(VDISR_EL2, S3_4_C12_C1_1, HAS_RAS, 0); /* no SError of EL2's making is pending ... */
    ROW(VSESR_EL2, S3_4_C5_C2_3, HAS_RAS, 0);  /* ... or described */
    ISB();
}

bool controls_need_vhe(void) {
    WRITE_SYSREG(hcr_el2, BIT(31));
    ISB();
    /* E2H0 is signed; cores that are older than it have E2H stuck at one. */
    return FIELD(ID_AA64MMFR4_EL1, 24) >= 8 || (READ_SYSREG(hcr_el2) & BIT(34)) != 0;
}
