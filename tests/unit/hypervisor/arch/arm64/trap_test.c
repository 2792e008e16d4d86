/* SPDX-License-Identifier: Apache-2.0 */
/* ESR_EL2 by DDI 0487 D19.2.40; exceptions to EL1 by D1.4. */
#include "hypervisor/support.h"

#include "arch/arm64/trap.h"

#define ESR(ec)       ((uint64_t)(ec) << 26 | IL)
#define FETCH         0x20u
#define DATA          0x24u
#define ISV           (UINT64_C(1) << 24)
#define SAS(n)        ((uint64_t)(n) << 22)
#define SSE           (UINT64_C(1) << 21)
#define SRT(n)        ((uint64_t)(n) << 16)
#define SF            (UINT64_C(1) << 15)
#define FNV           (UINT64_C(1) << 10)
#define CM            (UINT64_C(1) << 8)
#define S1PTW         (UINT64_C(1) << 7)
#define WNR           (UINT64_C(1) << 6)
#define TRANSLATION_3 0x07u
#define FAR           UINT64_C(0xffff0000dead0000)

static struct trap decode(uint64_t esr, uint64_t far, uint64_t hpfar) {
    struct trap trap;

    trap_decode(&trap, esr, far, hpfar, 5, 0);
    assert_int_equal(trap.code, esr);
    return trap;
}

TEST(each_class_has_its_reason) {
    for (uint32_t ec = 0; ec < 64; ec++) {
        enum trap_reason expected = TRAP_UNDEFINED;

        if (ec == 0x18)
            expected = TRAP_SYSREG;
        else if (ec == 0x2f)
            expected = TRAP_SERROR;
        else if (ec == FETCH)
            expected = TRAP_FETCH;
        else if (ec == DATA)
            expected = TRAP_OUTSIDE;       /* no syndrome valid in it */
        for (unsigned i = 0; i < 2; i++) { /* ISS2, above the class, changes nothing */
            struct trap trap = decode(ESR(ec) | (uint64_t)(i * 0x1f) << 32, FAR, 0x9000 << 4);

            assert_int_equal(trap.reason, expected);
            assert_int_equal(trap.address, ec == 0x2f ? 0 : FAR); /* an SError has none */
            assert_int_equal(trap.mmio.at, 0);
        }
    }
}

TEST(an_access_is_described_by_the_syndrome) {
    for (unsigned size = 0; size < 4; size++) {
        for (unsigned reg = 0; reg < 32; reg++) {
            struct trap read =
                decode(ESR(DATA) | ISV | SAS(size) | SRT(reg) | TRANSLATION_3, 0xabc, 0x90000 << 4);
            struct trap write = decode(ESR(DATA) | ISV | SAS(size) | SRT(reg) | SF | SSE | WNR | 4,
                                       UINT64_C(0xffff000012345678), 0x8000 << 4);

            assert_int_equal(read.reason, TRAP_MMIO);
            assert_int_equal(read.address, 0xabc);
            assert_int_equal(read.mmio.at, 0x90000abc);
            assert_int_equal(read.mmio.size, 1u << size);
            assert_int_equal(read.mmio.reg, reg);
            assert_int_equal(read.mmio.width, 4);
            assert_false(read.mmio.write);
            assert_false(read.mmio.sign_extend);
            assert_int_equal(write.reason, TRAP_MMIO);
            assert_int_equal(write.mmio.at, 0x8000678);
            assert_int_equal(write.mmio.width, 8);
            assert_true(write.mmio.write);
            assert_true(write.mmio.sign_extend);
        }
    }
}

TEST(the_page_comes_from_hpfar) {
    /* HPFAR_EL2.FIPA is bits [43:4] for IPA [51:12]; NS (63) and the low four bits don't count. */
    struct trap trap = decode(ESR(DATA) | ISV | TRANSLATION_3, UINT64_MAX,
                              UINT64_C(1) << 63 | UINT64_C(0x7ffffff) << 4 | 0xf);

    assert_int_equal(trap.mmio.at, UINT64_C(0x7fffffffff));
    assert_int_equal(trap.address, UINT64_MAX);
}

/* Cache maintenance, the guest's tables, no address, ... */
TEST(what_cannot_be_emulated_is_outside) {
    static const uint64_t bad[] = {ISV, CM, S1PTW, FNV};
    const uint64_t good = ESR(DATA) | ISV | SAS(2) | TRANSLATION_3;

    for (unsigned i = 0; i < COUNT_OF(bad); i++)
        assert_int_equal(decode(good ^ bad[i], 0, 0).reason, TRAP_OUTSIDE);
    /* ... and codes of DDI 0487 D22.2.40, DFSC: only translation faults say where it went.
     * HPFAR_EL2 is not written by a permission fault, for one. */
    for (uint32_t fsc = 0; fsc < 64; fsc++) {
        struct trap trap = decode((good & ~UINT64_C(0x3f)) | fsc, 0x40001018, 0x9000 << 4);
        bool told = fsc >= 0x04 && fsc <= 0x07;

        assert_int_equal(trap.reason, told ? TRAP_MMIO : TRAP_OUTSIDE);
        assert_int_equal(trap.mmio.at, told ? 0x9000018 : 0);
        assert_int_equal(decode(trap.code & ~ISV, 0, 0).reason, TRAP_OUTSIDE);
    }
}

/* ISS of a trapped MSR or MRS: op0 [21:20] op2 [19:17] op1 [16:14] CRn [13:10] Rt [9:5] CRm [4:1].
 */
static uint64_t sysreg(unsigned op0, unsigned op1, unsigned crn, unsigned crm, unsigned op2,
                       unsigned rt, unsigned read) {
    return ESR(0x18) | op0 << 20 | op2 << 17 | op1 << 14 | crn << 10 | rt << 5 | crm << 1 | read;
}

TEST(a_system_register_has_its_name) {
    struct random random = {3};

    assert_int_equal(ESR(0x18) | SYSREG(3, 0, 12, 11, 5), UINT64_C(0x623a3016)); /* ICC_SGI1R_EL1 */
    for (unsigned i = 0; i < 1000; i++) {
        unsigned op0 = random_below(&random, 4), op1 = random_below(&random, 8);
        unsigned crn = random_below(&random, 16), crm = random_below(&random, 16);
        unsigned op2 = random_below(&random, 8);

        assert_int_equal(ESR(0x18) | SYSREG(op0, op1, crn, crm, op2) | SYSREG_READ,
                         sysreg(op0, op1, crn, crm, op2, 0, 1));
    }
}

#define DAIF 0x3c0u
#define NZCV UINT64_C(0xf0000000)

struct exception {
    uint64_t vector, pstate, syndrome;
};

static struct exception take(uint64_t code, uint64_t pstate) {
    return (struct exception){trap_vector(pstate), trap_pstate(pstate, 0, 0, 0),
                              trap_syndrome(code, pstate)};
}

TEST(the_vector_is_by_origin) {
    static const struct {
        uint64_t pstate, offset;
        unsigned same;
    } from[] = {
        {0x4, 0x000, 1},  /* EL1t */
        {0x5, 0x200, 1},  /* EL1h */
        {0x0, 0x400, 0},  /* EL0 */
        {0x10, 0x600, 0}, /* AArch32, user */
        {0x1f, 0x600, 0}, /* AArch32, system */
    };
    static const unsigned classes[] = {FETCH, DATA}; /* from below; else one more */

    for (unsigned i = 0; i < COUNT_OF(from); i++) {
        uint64_t pstate = from[i].pstate | NZCV;

        assert_int_equal(take(0, pstate).syndrome, ESR(0));
        for (unsigned kind = 0; kind < 2; kind++) {
            struct exception exception = take(ESR(classes[kind]) | TRANSLATION_3, pstate);

            assert_int_equal(exception.vector, from[i].offset);
            assert_int_equal(exception.syndrome, ESR(classes[kind] + from[i].same) | 0x10);
            /* EL1h with all masked. */
            assert_int_equal(exception.pstate, NZCV | DAIF | 5);
        }
    }
}

/* No bit of another class's gets into an exception that is not about memory. */
TEST(what_is_undefined_has_no_syndrome) {
    for (unsigned class = 0; class < 64; class ++) {
        if (class != FETCH && class != DATA)
            assert_int_equal(take(ESR(class) | 0x1ffffff, 5).syndrome, ESR(0));
    }
}

TEST(an_abort_says_what_was_done) {
    const uint64_t access = ISV | SAS(3) | SSE | SRT(31) | SF | TRANSLATION_3;
    const uint64_t data = ESR(DATA + 1) | 0x10, fetch = ESR(FETCH + 1);

    /* Stage 2's: WnR and CM, nothing else. */
    assert_int_equal(take(ESR(DATA) | access, 5).syndrome, data);
    assert_int_equal(take(ESR(DATA) | access | WNR, 5).syndrome, data | WNR);
    assert_int_equal(take(ESR(DATA) | WNR | CM | 0x0f, 5).syndrome, data | WNR | CM);
    assert_int_equal(take(ESR(DATA) | UINT64_C(0x1f) << 32 | 7u << 9 | 9, 5).syndrome, data);
    /* The guest's own table is what lies outside: on a walk, and EL1 knows no S1PTW. */
    for (unsigned level = 0; level < 4; level++) {
        assert_int_equal(take(ESR(DATA) | S1PTW | WNR | 4 | level, 5).syndrome,
                         ESR(DATA + 1) | WNR | 0x14 | level);
        assert_int_equal(take(ESR(FETCH) | S1PTW | 0x0c | level, 5).syndrome, fetch | 0x14 | level);
    }
    /* The machine's own answers keep their status, FnV, EA and SET. */
    for (unsigned fsc = 0x10; fsc < 0x20; fsc++) {
        assert_int_equal(take(ESR(DATA) | ISV | S1PTW | 0xf << 9 | WNR | fsc, 5).syndrome,
                         ESR(DATA + 1) | 0xf << 9 | WNR | fsc);
        assert_int_equal(take(ESR(FETCH) | 0xf << 9 | fsc, 5).syndrome, fetch | 0xf << 9 | fsc);
    }
}

/* What the architecture does to PSTATE (AArch64.TakeException), on cores with all and with nothing.
 */
TEST(pstate_follows_the_manual) {
    const uint64_t pan = UINT64_C(1) << 22, dit = UINT64_C(1) << 24, tco = UINT64_C(1) << 25;
    const uint64_t ssbs = 1u << 12, allint = 1u << 13, masked = 5 | DAIF;
    const uint64_t span = 1u << 23, dssbs = UINT64_C(1) << 44;
    /* SS, IL, BTYPE, UAO and the two above. */
    const uint64_t cleared = 1u << 21 | 1u << 20 | 3u << 10 | 1u << 23 | ssbs | allint;
    const struct {
        uint64_t pstate, sctlr, pfr1, mmfr1, expected;
    } cases[] = {
        {5 | pan | dit | cleared | tco, span, 0, 1u << 20, masked | pan | dit},
        /* SPAN = 1 leaves PAN as it is; SPAN = 0 sets it, where there is PAN. */
        {5, span, 0, 1u << 20, masked},
        {5, 0, 0, 1u << 20, masked | pan},
        {5, 0, 0, 0, masked},
        /* SSBS is SCTLR_EL1.DSSBS, where there is SSBS. */
        {5, span | dssbs, 1u << 4, 0, masked | ssbs},
        {5 | ssbs, span, 2u << 4, 0, masked},
        {5, span | dssbs, 0, 0, masked},
    };

    for (unsigned i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(
            trap_pstate(cases[i].pstate, cases[i].sctlr, cases[i].pfr1, cases[i].mmfr1),
            cases[i].expected);
    }
}
