/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hidden - registers of features that no ID register of a VM tells of: undefined, on a core that
 * has them as on one that doesn't. By number: the assembler does not know them all.
 */
#include "runtime/arm64/exception.h"
#include "runtime/cpu.h"
#include "runtime/machine.h"
#include "runtime/test.h"

/* Each is read; where EL2 can trap writes alone, written. */
#define READ(X)                                                                                    \
    X("ZCR_EL1", "s3_0_c1_c2_0")                                                                   \
    X("SMCR_EL1", "s3_0_c1_c2_6")                                                                  \
    X("SMPRI_EL1", "s3_0_c1_c2_4")                                                                 \
    X("TPIDR2_EL0", "s3_3_c13_c0_5")                                                               \
    X("TRFCR_EL1", "s3_0_c1_c2_1")                                                                 \
    X("TRCIDR0", "s2_1_c0_c8_7")                                                                   \
    X("PMSCR_EL1", "s3_0_c9_c9_0")                                                                 \
    X("PMSIDR_EL1", "s3_0_c9_c9_7")                                                                \
    X("PMBLIMITR_EL1", "s3_0_c9_c10_0")                                                            \
    X("PMBIDR_EL1", "s3_0_c9_c10_7")                                                               \
    X("TRBLIMITR_EL1", "s3_0_c9_c11_0")                                                            \
    X("TRBIDR_EL1", "s3_0_c9_c11_7")                                                               \
    X("BRBCR_EL1", "s2_1_c9_c0_0")                                                                 \
    X("MPAM0_EL1", "s3_0_c10_c5_1")                                                                \
    X("MPAM1_EL1", "s3_0_c10_c5_0")                                                                \
    X("MPAMIDR_EL1", "s3_0_c10_c4_4")                                                              \
    X("AMCR_EL0", "s3_3_c13_c2_0")                                                                 \
    X("LORC_EL1", "s3_0_c10_c4_3")                                                                 \
    X("LORID_EL1", "s3_0_c10_c4_7")                                                                \
    X("ERRIDR_EL1", "s3_0_c5_c3_0")                                                                \
    X("ERXSTATUS_EL1", "s3_0_c5_c4_2")                                                             \
    X("TCR2_EL1", "s3_0_c2_c0_3")                                                                  \
    X("SCTLR2_EL1", "s3_0_c1_c0_3")                                                                \
    X("PIR_EL1", "s3_0_c10_c2_3")                                                                  \
    X("POR_EL0", "s3_3_c10_c2_4")                                                                  \
    X("GCSCR_EL1", "s3_0_c2_c5_0")                                                                 \
    X("RGSR_EL1", "s3_0_c1_c0_5")                                                                  \
    X("GCR_EL1", "s3_0_c1_c0_6")                                                                   \
    X("SCXTNUM_EL1", "s3_0_c13_c0_7")                                                              \
    X("ACCDATA_EL1", "s3_0_c13_c0_5")
#define WRITTEN(X) X("ALLINT", "s3_0_c4_c3_0")

#define EXPECT_UNDEFINED(name, instruction)                                                        \
    do {                                                                                           \
        fault_expect();                                                                            \
        __asm__ volatile(instruction ::: "x0", "memory");                                          \
        expect(name);                                                                              \
    } while (0);
#define EXPECT_READ(name, number)  EXPECT_UNDEFINED(name, "mrs x0, " number)
#define EXPECT_WRITE(name, number) EXPECT_UNDEFINED(name, "msr " number ", xzr")

static void expect(const char *name) {
    struct fault fault = fault_caught();

    if (test_equal(name, fault.count, 1))
        test_equal(name, fault_class(&fault), EXCEPTION_EC_UNKNOWN);
}

void guest_main(uint64_t tree) {
    test_begin("hidden");
    /* ZEN, SMEN: EL1's own traps come first, with classes of their own. RES0 on a lesser core. */
    sysreg_write(cpacr_el1, 3u << 24 | 3u << 20 | 3u << 16);
    cpu_isb();
    READ(EXPECT_READ)
    WRITTEN(EXPECT_WRITE)
    test_done();
}
