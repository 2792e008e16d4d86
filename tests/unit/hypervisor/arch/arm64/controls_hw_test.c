/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EL2's trap and control registers on cores with each feature and without; bits by DDI 0487 D23.2
 * and D23.3. A register that a core does not have is undefined there: it must not even be touched.
 */
#include "hypervisor/support.h"

#include "hypervisor/arch/arm64/fake_sysreg.h"

#include "arch/arm64/controls_hw.c" /* NOLINT(bugprone-suspicious-include) */

#define UNTOUCHED UINT64_C(0xdeadbeefdeadbeef)

BEFORE_EACH(begin) {
    machine_reset(4);
}

/* One feature: its ID register, field and least value; the register that comes with it. */
static const struct row {
    const char *id;
    unsigned shift, least;
    const char *name, *number;
    uint64_t value;
} rows[] = {
    {"id_aa64mmfr1_el1", 40, 1, "HCRX_EL2", "S3_4_C1_C2_2", 0},
    {"id_aa64mmfr0_el1", 56, 1, "HFGRTR_EL2", "S3_4_C1_C1_4", 0},
    {"id_aa64mmfr0_el1", 56, 1, "HFGWTR_EL2", "S3_4_C1_C1_5", 0},
    {"id_aa64mmfr0_el1", 56, 1, "HFGITR_EL2", "S3_4_C1_C1_6", 0},
    {"id_aa64mmfr0_el1", 56, 1, "HDFGRTR_EL2", "S3_4_C3_C1_4", 0},
    {"id_aa64mmfr0_el1", 56, 1, "HDFGWTR_EL2", "S3_4_C3_C1_5", 0},
    {"id_aa64mmfr0_el1", 56, 2, "HFGRTR2_EL2", "S3_4_C3_C1_2", 0},
    {"id_aa64mmfr0_el1", 56, 2, "HFGWTR2_EL2", "S3_4_C3_C1_3", 0},
    {"id_aa64mmfr0_el1", 56, 2, "HFGITR2_EL2", "S3_4_C3_C1_7", 0},
    {"id_aa64mmfr0_el1", 56, 2, "HDFGRTR2_EL2", "S3_4_C3_C1_0", 0},
    {"id_aa64mmfr0_el1", 56, 2, "HDFGWTR2_EL2", "S3_4_C3_C1_1", 0},
    {"id_aa64mmfr0_el1", 60, 2, "CNTPOFF_EL2", "S3_4_C14_C0_6", 0},
    {"id_aa64pfr0_el1", 40, 1, "MPAM2_EL2", "S3_4_C10_C5_0", UINT64_C(3) << 48},
    {"id_aa64pfr1_el1", 16, 1, "MPAM2_EL2", "S3_4_C10_C5_0", UINT64_C(3) << 48},
    {"id_aa64dfr0_el1", 32, 1, "PMSCR_EL2", "S3_4_C9_C9_0", 0},
    {"id_aa64dfr0_el1", 40, 1, "TRFCR_EL2", "S3_4_C1_C2_1", 0},
    {"id_aa64dfr0_el1", 52, 1, "BRBCR_EL2", "S2_4_C9_C0_0", 0},
    {"ID_AA64MMFR3_EL1", 0, 1, "TCR2_EL2", "S3_4_C2_C0_3", 0},
    {"ID_AA64MMFR3_EL1", 4, 1, "SCTLR2_EL2", "S3_4_C1_C0_3", 0},
    {"id_aa64pfr1_el1", 44, 1, "GCSCR_EL2", "S3_4_C2_C5_0", 0},
    {"id_aa64mmfr1_el1", 16, 1, "LORC_EL1", "S3_0_C10_C4_3", 0},
    {"id_aa64pfr0_el1", 28, 1, "VDISR_EL2", "S3_4_C12_C1_1", 0},
    {"id_aa64pfr0_el1", 28, 1, "VSESR_EL2", "S3_4_C5_C2_3", 0},
};

TEST(each_register_where_its_feature_is) {
    for (unsigned i = 0; i < COUNT_OF(rows); i++) {
        for (uint64_t value = 0; value < 4; value++) {
            uint64_t expected = value >= rows[i].least ? rows[i].value : UNTOUCHED;

            begin();
            set(rows[i].number, UNTOUCHED);
            set(rows[i].id, value << rows[i].shift);
            controls_init();
            if (get(rows[i].number) != expected)
                fail_msg("%s is %lx with %s = %lx", rows[i].name, get(rows[i].number), rows[i].id,
                         value << rows[i].shift);
        }
    }
}

TEST(what_two_features_need) {
    /* HAFGRTR_EL2 is of the AMU, and of FGT. */
    for (unsigned fgt = 0; fgt < 2; fgt++) {
        for (unsigned amu = 0; amu < 2; amu++) {
            begin();
            set("S3_4_C3_C1_6", UNTOUCHED);
            set("id_aa64mmfr0_el1", (uint64_t)fgt << 56);
            set("id_aa64pfr0_el1", (uint64_t)amu << 44);
            controls_init();
            assert_int_equal(get("S3_4_C3_C1_6"), fgt && amu ? 0 : UNTOUCHED);
        }
    }
    /* MPAMHCR_EL2 if MPAMIDR_EL1 says so; its trap, or MPAM2_EL2's, for MPAMIDR_EL1 itself. */
    begin();
    set("S3_4_C10_C4_0", UNTOUCHED);
    set("MPAMIDR_EL1", 1u << 17 | UINT64_C(1) << 58);
    controls_init(); /* without MPAM nobody looks at that */
    assert_int_equal(get("S3_4_C10_C4_0"), UNTOUCHED);
    set("id_aa64pfr0_el1", UINT64_C(1) << 40);
    controls_init();
    assert_int_equal(get("S3_4_C10_C4_0"), 1u << 31);
    assert_int_equal(get("S3_4_C10_C5_0"), UINT64_C(3) << 48 | UINT64_C(1) << 58);
    /* SPE that belongs to a higher level (PMBIDR_EL1.P) is not to be touched. */
    begin();
    set("id_aa64dfr0_el1", UINT64_C(1) << 32);
    set("S3_4_C9_C9_0", UNTOUCHED);
    set("PMBIDR_EL1", 1u << 4);
    controls_init();
    assert_int_equal(get("S3_4_C9_C9_0"), UNTOUCHED);
}

TEST(a_core_with_nothing) {
    static const char *const zero[] = {"mdcr_el2",    "hstr_el2",      "hacr_el2",
                                       "cntvoff_el2", "cnthp_ctl_el2", "vttbr_el2"};

    for (unsigned i = 0; i < COUNT_OF(zero); i++)
        set(zero[i], UNTOUCHED);
    controls_init();
    for (unsigned i = 0; i < COUNT_OF(zero); i++)
        assert_int_equal(get(zero[i]), 0);
    assert_int_equal(get("cptr_el2"), 0x33ff);
    assert_int_equal(get("cnthctl_el2"), 3);
    assert_false(has_pmu());
    assert_false(has_pointer_authentication());
}

/* What features.c hides: by which bit its registers trap; and by which what it offers does not. */
TEST(the_hidden_traps_and_the_guests_own_does_not) {
    static const struct {
        const char *id;
        unsigned shift, value;
        const char *control;
        unsigned bit;
    } traps[] = {
        {"id_aa64dfr0_el1", 4, 1, "cptr_el2", 20},       /* trace: TTA */
        {"id_aa64pfr0_el1", 44, 1, "cptr_el2", 30},      /* AMU: TAM */
        {"id_aa64pfr0_el1", 32, 1, "cptr_el2", 8},       /* SVE: TZ */
        {"id_aa64pfr1_el1", 24, 1, "cptr_el2", 12},      /* SME: TSM */
        {"id_aa64dfr0_el1", 32, 1, "mdcr_el2", 14},      /* SPE: TPMS */
        {"id_aa64dfr0_el1", 40, 1, "mdcr_el2", 19},      /* trace filters: TTRF */
        {"id_aa64pfr1_el1", 36, 1, "S3_4_C1_C2_2", 6},   /* NMI: HCRX_EL2.TALLINT */
        {"id_aa64dfr0_el1", 32, 1, "S3_4_C3_C1_4", 63},  /* HDFGRTR_EL2.PMBIDR_EL1 */
        {"id_aa64dfr0_el1", 44, 1, "S3_4_C3_C1_4", 51},  /* HDFGRTR_EL2.TRBIDR_EL1 */
        {"id_aa64mmfr1_el1", 16, 1, "hcr_el2", 35},      /* LORegions: TLOR */
        {"id_aa64pfr0_el1", 28, 1, "hcr_el2", 36},       /* RAS: TERR */
        {"id_aa64pfr1_el1", 8, 2, "hcr_el2", 58},        /* MTE: TID5 */
        {"ID_AA64ISAR2_EL1", 16, 1, "S3_4_C1_C2_2", 11}, /* MOPS: HCRX_EL2.MSCEn */
        {"id_aa64isar1_el1", 4, 1, "hcr_el2", 40},       /* APA, API, GPA, GPI, APA3: APK */
        {"id_aa64isar1_el1", 8, 1, "hcr_el2", 40},       {"id_aa64isar1_el1", 24, 1, "hcr_el2", 40},
        {"id_aa64isar1_el1", 28, 1, "hcr_el2", 40},      {"ID_AA64ISAR2_EL1", 12, 1, "hcr_el2", 40},
    };

    for (unsigned i = 0; i < COUNT_OF(traps); i++) {
        begin();
        set("id_aa64mmfr0_el1", UINT64_C(1) << 56); /* FGT, HCX */
        set("id_aa64mmfr1_el1", UINT64_C(1) << 40);
        set(traps[i].id, get(traps[i].id) | (uint64_t)traps[i].value << traps[i].shift);
        controls_init();
        set("hcr_el2", controls_hcr());
        assert_int_equal(get(traps[i].control) >> traps[i].bit & 1, 1);
    }
}

/* HPMN is PMCR_EL0.N. One of an implementation's own has none. */
TEST(all_of_the_pmus_counters_are_the_guests) {
    for (uint64_t version = 5; version <= 0xf; version += 0xa) {
        set("pmcr_el0", 6u << 11);
        set("id_aa64dfr0_el1", version << 8);
        controls_init();
        assert_int_equal(get("mdcr_el2"), version == 5 ? 6 : 0);
    }
}

TEST(hcr_is_all_that_it_must_be) {
    uint64_t hcr = controls_hcr();

    /* VM, SWIO, PTW, FMO, IMO, AMO; TID3, TSC, TIDCP, TACR, RW. And no other. */
    assert_int_equal(hcr, 0x3f | 1u << 18 | 1u << 19 | 1u << 20 | 1u << 21 | 1u << 31);
    /* With everything a core may have still no E2H, TGE, DC, TWI, TWE, NV, AT, NV2, ATA. */
    static const char *const ids[] = {"id_aa64pfr0_el1",  "id_aa64pfr1_el1",  "id_aa64mmfr0_el1",
                                      "id_aa64mmfr1_el1", "id_aa64isar1_el1", "ID_AA64ISAR2_EL1"};

    for (unsigned i = 0; i < COUNT_OF(ids); i++)
        set(ids[i], UINT64_C(0x2222222222222222));
    assert_int_equal(controls_hcr(), hcr | UINT64_C(1) << 35 | UINT64_C(1) << 36 |
                                         UINT64_C(3) << 40 | UINT64_C(1) << 58);
}

/* ID_AA64MMFR4_EL1.E2H0 is signed: 0 is nVHE as ever, 0xe and 0xf are not. */
TEST(a_core_that_has_vhe_only_is_found) {
    for (uint64_t value = 0; value < 16; value++) {
        begin();
        set("ID_AA64MMFR4_EL1", value << 24);
        assert_int_equal(controls_need_vhe(), value >= 8);
    }
    /* One that is older: E2H is RES1 and nothing says so. */
    begin();
    machine.hcr_res1 = UINT64_C(1) << 34;
    assert_true(controls_need_vhe());
    /* And a boot loader that used VHE has left it set where it can be cleared. */
    begin();
    set("hcr_el2", UINT64_C(1) << 34);
    assert_false(controls_need_vhe());
    assert_int_equal(get("hcr_el2"), 1u << 31);
}
