/* SPDX-License-Identifier: Apache-2.0 */
/* ESR_EL2 by DDI 0487 D19.2.40; exceptions to EL1 by D1.4. */
#include "hypervisor/support.h"

#include "arch/arm64/trap.h"

#define IL            (UINT64_C(1) << 25)
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

static struct trap decode(uint64_t esr, uint64_t far, uint64_t hpfar) {
    struct trap trap;

    trap_decode(&trap, esr, far, hpfar);
    assert_int_equal(trap.code, esr);
    return trap;
}

static void each_class_has_its_reason(void **state) {
    for (uint32_t ec = 0; ec < 64; ec++) {
        enum trap_reason expected = TRAP_UNDEFINED;

        if (ec == 0x16 || ec == 0x17)
            expected = TRAP_HYPERCALL;
        else if (ec == 0x18)
            expected = TRAP_SYSREG;
        else if (ec == FETCH)
            expected = TRAP_FETCH;
        else if (ec == DATA)
            expected = TRAP_OUTSIDE; /* no syndrome valid in it */
        assert_int_equal(decode(ESR(ec), 0, 0).reason, expected);
        /* ISS2, above the class, changes nothing. */
        assert_int_equal(decode(ESR(ec) | UINT64_C(0x1f) << 32, 0, 0).reason, expected);
    }
}

static void an_access_is_described_by_the_syndrome(void **state) {
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

static void the_page_comes_from_hpfar(void **state) {
    /* HPFAR_EL2.FIPA is bits [43:4] for IPA [51:12]; NS (63) and the low four bits don't count. */
    struct trap trap = decode(ESR(DATA) | ISV | TRANSLATION_3, UINT64_MAX,
                              UINT64_C(1) << 63 | UINT64_C(0x7ffffff) << 4 | 0xf);

    assert_int_equal(trap.mmio.at, UINT64_C(0x7fffffffff));
    assert_int_equal(trap.address, UINT64_MAX);
}

static void what_cannot_be_emulated_is_outside(void **state) {
    const uint64_t good = ESR(DATA) | ISV | SAS(2) | TRANSLATION_3;

    assert_int_equal(decode(good, 0, 0).reason, TRAP_MMIO);
    assert_int_equal(decode(good & ~ISV, 0, 0).reason, TRAP_OUTSIDE);
    assert_int_equal(decode(good | CM, 0, 0).reason, TRAP_OUTSIDE);    /* cache maintenance */
    assert_int_equal(decode(good | S1PTW, 0, 0).reason, TRAP_OUTSIDE); /* the guest's tables */
    assert_int_equal(decode(good | FNV, 0, 0).reason, TRAP_OUTSIDE);
}

static void external_aborts_are_told_apart(void **state) {
    for (uint32_t fsc = 0; fsc < 64; fsc++) {
        bool external = fsc == 0x10 || (fsc >= 0x14 && fsc <= 0x17);

        assert_int_equal(decode(ESR(DATA) | ISV | fsc, 0, 0).reason == TRAP_EXTERNAL, external);
        assert_int_equal(decode(ESR(DATA) | fsc, 0, 0).reason == TRAP_EXTERNAL, external);
    }
}

static void a_fetch_keeps_its_address(void **state) {
    assert_int_equal(decode(ESR(FETCH) | TRANSLATION_3, 0xffff0000dead0000, 0).address,
                     0xffff0000dead0000);
}

static void permission_faults_come_without_hpfar(void **state) {
    for (uint32_t fsc = 0; fsc < 64; fsc++) {
        bool permission = fsc >= 0x0c && fsc <= 0x0f;

        assert_int_equal(trap_needs_translation(ESR(DATA) | ISV | fsc), permission);
        /* On a walk of stage 1, HPFAR_EL2 is valid for these as well. */
        assert_false(trap_needs_translation(ESR(DATA) | S1PTW | fsc));
    }
}

/* ISS of a trapped MSR or MRS: op0 [21:20] op2 [19:17] op1 [16:14] CRn [13:10] Rt [9:5] CRm [4:1].
 */
static uint64_t sysreg(unsigned op0, unsigned op1, unsigned crn, unsigned crm, unsigned op2,
                       unsigned rt, unsigned read) {
    return ESR(0x18) | op0 << 20 | op2 << 17 | op1 << 14 | crn << 10 | rt << 5 | crm << 1 | read;
}

static void a_system_register_has_its_name(void **state) {
    struct random random = {3};
    struct sysreg_access access = trap_sysreg(sysreg(3, 0, 12, 11, 5, 7, 0));

    assert_int_equal(access.name, SYSREG(3, 0, 12, 11, 5)); /* ICC_SGI1R_EL1 */
    assert_int_equal(access.reg, 7);
    assert_false(access.read);
    for (unsigned i = 0; i < 1000; i++) {
        unsigned op0 = random_below(&random, 4), op1 = random_below(&random, 8);
        unsigned crn = random_below(&random, 16), crm = random_below(&random, 16);
        unsigned op2 = random_below(&random, 8), rt = random_below(&random, 32);

        access = trap_sysreg(sysreg(op0, op1, crn, crm, op2, rt, 1));
        assert_int_equal(access.name, op0 << 14 | op1 << 11 | crn << 7 | crm << 3 | op2);
        assert_int_equal(access.reg, rt);
        assert_true(access.read);
    }
}

static void calls_have_an_immediate_of_zero(void **state) {
    assert_true(trap_is_smccc_call(ESR(0x16)));
    assert_true(trap_is_smccc_call(ESR(0x17)));
    assert_false(trap_is_smccc_call(ESR(0x16) | 1));
    assert_false(trap_is_smccc_call(ESR(0x17) | 0x8000));
    assert_false(trap_is_smccc_call(ESR(0x12))); /* HVC of AArch32 */
    assert_false(trap_is_smccc_call(ESR(0x15))); /* SVC */
    assert_true(trap_is_smc(ESR(0x17)));
    assert_false(trap_is_smc(ESR(0x16)));
}

#define VBAR UINT64_C(0xffff800000010000)
#define DAIF 0x3c0u
#define NZCV UINT64_C(0xf0000000)

static void the_vector_is_by_origin(void **state) {
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

    for (unsigned i = 0; i < COUNT_OF(from); i++) {
        for (unsigned kind = 0; kind < 3; kind++) {
            static const unsigned classes[] = {0x00, 0x24, 0x20}; /* from below; else one more */
            uint64_t pstate = from[i].pstate | NZCV;
            struct exception exception =
                trap_exception((enum exception_kind)kind, pstate, VBAR, false, true);
            unsigned class = kind == EXCEPTION_UNDEFINED ? 0 : classes[kind] + from[i].same;
            unsigned fsc = kind == EXCEPTION_UNDEFINED ? 0 : 0x10;

            assert_int_equal(exception.pc, VBAR + from[i].offset);
            assert_int_equal(exception.syndrome, ESR(class) | fsc);
            /* EL1h with all masked. */
            assert_int_equal(exception.pstate, NZCV | DAIF | 5);
        }
    }
}

static void pstate_follows_the_manual(void **state) {
    const uint64_t pan = UINT64_C(1) << 22, dit = UINT64_C(1) << 24;
    /* SS, IL, BTYPE, SSBS, UAO: cleared by taking an exception. */
    const uint64_t cleared = 1u << 21 | 1u << 20 | 3u << 10 | 1u << 12 | 1u << 23;

    assert_int_equal(trap_exception(0, 5 | pan | dit | cleared, 0, true, true).pstate,
                     5 | DAIF | pan | dit);
    /* SPAN = 1 leaves PAN as it is; SPAN = 0 sets it, where there is PAN. */
    assert_int_equal(trap_exception(0, 5, 0, true, true).pstate, 5 | DAIF);
    assert_int_equal(trap_exception(0, 5, 0, true, false).pstate, 5 | DAIF | pan);
    assert_int_equal(trap_exception(0, 5, 0, false, false).pstate, 5 | DAIF);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_class_has_its_reason),
        cmocka_unit_test(an_access_is_described_by_the_syndrome),
        cmocka_unit_test(the_page_comes_from_hpfar),
        cmocka_unit_test(what_cannot_be_emulated_is_outside),
        cmocka_unit_test(external_aborts_are_told_apart),
        cmocka_unit_test(a_fetch_keeps_its_address),
        cmocka_unit_test(permission_faults_come_without_hpfar),
        cmocka_unit_test(a_system_register_has_its_name),
        cmocka_unit_test(calls_have_an_immediate_of_zero),
        cmocka_unit_test(the_vector_is_by_origin),
        cmocka_unit_test(pstate_follows_the_manual),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
