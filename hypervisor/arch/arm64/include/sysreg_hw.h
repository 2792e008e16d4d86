/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sysreg_hw.h - system registers by name, and instructions. Those that older assemblers don't know
 * are given by their encoding: S<op0>_<op1>_C<n>_C<m>_<op2> (DDI 0487, D22).
 */
#ifndef ARM64_SYSREG_HW_H
#define ARM64_SYSREG_HW_H

#include <stdint.h>

#define SYSREG_TEXT(name) #name
#define READ_SYSREG(name)                                                                          \
    __extension__({                                                                                \
        uint64_t value_;                                                                           \
        __asm__ volatile("mrs %0, " SYSREG_TEXT(name) : "=r"(value_) : : "memory");                \
        value_;                                                                                    \
    })
#define WRITE_SYSREG(name, value)                                                                  \
    __asm__ volatile("msr " SYSREG_TEXT(name) ", %0" : : "r"((uint64_t)(value)) : "memory")

#define ISB()       __asm__ volatile("isb" : : : "memory")
#define DSB(domain) __asm__ volatile("dsb " #domain : : : "memory")

/* One without operands; and of a cache, by the address `at`. */
#define INSTRUCTION(text) __asm__ volatile(text : : : "memory")
#define DC(operation, at) __asm__ volatile("dc " operation ", %0" : : "r"(at) : "memory")

#define ICC_SRE_EL2      S3_4_C12_C9_5
#define ICC_SRE_EL1      S3_0_C12_C12_5
#define ICC_PMR_EL1      S3_0_C4_C6_0
#define ICC_BPR1_EL1     S3_0_C12_C12_3
#define ICC_CTLR_EL1     S3_0_C12_C12_4
#define ICC_IGRPEN1_EL1  S3_0_C12_C12_7
#define ICC_IAR1_EL1     S3_0_C12_C12_0
#define ICC_EOIR1_EL1    S3_0_C12_C12_1
#define ICC_DIR_EL1      S3_0_C12_C11_1
#define ICC_SGI1R_EL1    S3_0_C12_C11_5
#define ICH_AP0R0_EL2    S3_4_C12_C8_0
#define ICH_AP1R0_EL2    S3_4_C12_C9_0
#define ICH_HCR_EL2      S3_4_C12_C11_0
#define ICH_VTR_EL2      S3_4_C12_C11_1
#define ICH_ELRSR_EL2    S3_4_C12_C11_5
#define ICH_VMCR_EL2     S3_4_C12_C11_7
#define PMBIDR_EL1       S3_0_C9_C10_7
#define MPAMIDR_EL1      S3_0_C10_C4_4
#define ID_AA64ISAR2_EL1 S3_0_C0_C6_2
#define ID_AA64MMFR3_EL1 S3_0_C0_C7_3
#define ID_AA64MMFR4_EL1 S3_0_C0_C7_4

/* A 4-bit field of an ID register. */
static inline uint32_t id_field(uint64_t value, unsigned shift) {
    return (uint32_t)(value >> shift) & 0xf;
}
#endif
