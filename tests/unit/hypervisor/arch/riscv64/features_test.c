/* SPDX-License-Identifier: Apache-2.0 */
/* What a hart has against what its guests are told, and the registers' bits that follow. */
#include "hypervisor/support.h"

#include "arch/riscv64/hart.h"

#define BIT(n) (UINT64_C(1) << (n))
#define ALL    (SYSTEM_ISA_ALL | FEATURE_STATEEN | FEATURE_AIA | FEATURE_IMSIC)

/* Privileged Architecture, henvcfg: STCE 63, PBMTE 62, ADUE 61, CBZE 7, CBCFE 6, CBIE 5:4. */
TEST(each_feature_has_its_bits) {
    static const struct {
        uint32_t feature;
        uint64_t henvcfg, hstateen0;
    } expected[] = {
        {0, 0, 0},
        {FEATURE_STATEEN, 0, BIT(63) | BIT(62)},
        {FEATURE_IMSIC, 0, BIT(60) | BIT(59) | BIT(58)},
        {FEATURE_AIA, 0, 0},
        {SYSTEM_ISA_SSTC, BIT(63), 0},
        {SYSTEM_ISA_SVPBMT, BIT(62), 0},
        {SYSTEM_ISA_SVADU, BIT(61), 0},
        {SYSTEM_ISA_ZICBOM, BIT(6) | BIT(4), 0}, /* an invalidate writes back */
        {SYSTEM_ISA_ZICBOZ, BIT(7), 0},
        {SYSTEM_ISA_FLOAT, 0, 0},
        {SYSTEM_ISA_VECTOR, 0, 0},
        {SYSTEM_ISA_SV48, 0, 0},
        {SYSTEM_ISA_SV57, 0, 0},
    };
    uint32_t seen = 0;

    for (unsigned i = 0; i < COUNT_OF(expected); i++) {
        uint32_t found = expected[i].feature;
        struct feature_values values = features_values(found, SYSTEM_ISA_ALL);

        seen |= found;
        assert_int_equal(values.henvcfg, expected[i].henvcfg);
        assert_int_equal(values.hstateen0, expected[i].hstateen0);
        /* Found, but no guest was told of it: hidden, if a guest may be told. */
        values = features_values(found, SYSTEM_ISA_ALL & ~found);
        assert_int_equal(values.henvcfg, found <= SYSTEM_ISA_ALL ? 0 : expected[i].henvcfg);
        assert_int_equal(values.hstateen0, expected[i].hstateen0);
    }
    assert_int_equal(seen, ALL);
}

TEST(what_nobody_gives_is_hidden) {
    struct feature_values values = features_values(UINT32_MAX, SYSTEM_ISA_ALL);

    /* DTE 59, PMM 33:32, SSE 3, LPE 2, FIOM 0. */
    assert_int_equal(values.henvcfg & (BIT(59) | BIT(33) | BIT(32) | BIT(3) | BIT(2) | BIT(0)), 0);
    /* P1P13 56, CONTEXT 57, CTR 54, SRMCFG 55, JVT 2, FCSR 1, C 0. */
    assert_int_equal(values.hstateen0 & ~(UINT64_C(0x37) << 58), 0);
}

TEST(a_promise_that_the_hart_breaks_is_told) {
    assert_null(features_missing(ALL, SYSTEM_ISA_ALL));
    assert_null(features_missing(0, 0));
    for (uint32_t isa = 1; isa < SYSTEM_ISA_ALL; isa <<= 1) {
        const char *message = features_missing(0, isa);

        assert_non_null(message);
        assert_non_null(strstr(message, "lacks"));
        /* Each is about another extension. */
        for (uint32_t other = 1; other < isa; other <<= 1)
            assert_string_not_equal(message, features_missing(0, other));
    }
    assert_non_null(strstr(features_missing(ALL & ~SYSTEM_ISA_SSTC, SYSTEM_ISA_ALL), "Sstc"));
}
