/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostile_registers.h - the registers and instructions that the hostile guest tries, as lists
 * of X(name). Not among them: what would only derail the guest itself, and what the emulator's
 * core does not have, which it would report in its log whoever runs on it.
 */
#pragma once

#include "tests/each.h"

/* EL2's own: undefined at EL1. */
#define HOSTILE_EL2(X)                                                                             \
    FOUR(X, hcr_el2, vttbr_el2, vtcr_el2, sctlr_el2)                                               \
    FOUR(X, actlr_el2, tcr_el2, ttbr0_el2, mair_el2)                                               \
    FOUR(X, vbar_el2, elr_el2, spsr_el2, sp_el1)                                                   \
    FOUR(X, esr_el2, far_el2, hpfar_el2, cptr_el2)                                                 \
    FOUR(X, mdcr_el2, hstr_el2, cnthctl_el2, cntvoff_el2)                                          \
    FOUR(X, cnthp_ctl_el2, cnthp_cval_el2, cnthp_tval_el2, tpidr_el2)                              \
    FOUR(X, vpidr_el2, vmpidr_el2, s3_4_c12_c11_0 /* ICH_HCR */, s3_4_c12_c11_7 /* ICH_VMCR */)    \
    TWO(X, s3_4_c12_c8_0 /* ICH_AP0R0 */, s3_4_c12_c9_0 /* ICH_AP1R0 */)                           \
    FOUR(X, s3_4_c12_c12_0 /* ICH_LR0 to 3 */, s3_4_c12_c12_1, s3_4_c12_c12_2, s3_4_c12_c12_3)     \
    X(s3_4_c12_c9_5 /* ICC_SRE_EL2 */)

/* Readable and writable at EL1, whatever is written. */
#define HOSTILE_EL1(X)                                                                             \
    TWO(X, s3_0_c4_c6_0 /* ICC_PMR */, s3_0_c12_c12_4 /* ICC_CTLR */)                              \
    TWO(X, s3_0_c12_c12_5 /* ICC_SRE */, s3_0_c12_c12_6 /* ICC_IGRPEN0 */)                         \
    TWO(X, s3_0_c12_c12_7 /* ICC_IGRPEN1 */, s3_0_c12_c8_4 /* ICC_AP0R0 */)                        \
    FOUR(X, s3_0_c12_c9_0 /* ICC_AP1R0 */, pmcntenset_el0, pmcntenclr_el0, pmovsclr_el0)           \
    FOUR(X, pmovsset_el0, pmselr_el0, pmccntr_el0, pmccfiltr_el0)                                  \
    FOUR(X, pmevtyper0_el0, pmevcntr0_el0, pmuserenr_el0, pmcr_el0)                                \
    FOUR(X, pmintenclr_el1, dbgbvr0_el1, dbgwvr0_el1, actlr_el1)                                   \
    FOUR(X, csselr_el1, afsr0_el1, afsr1_el1, amair_el1)                                           \
    FOUR(X, contextidr_el1, par_el1, tpidr_el0, tpidr_el1)                                         \
    FOUR(X, tpidrro_el0, cntp_ctl_el0, cntp_cval_el0, cntp_tval_el0)                               \
    TWO(X, cntv_ctl_el0, cntv_cval_el0)                                                            \
    X(cntv_tval_el0)

/* The same, but with three bits only: QEMU 10.0 ends with a failed assertion when a value with
 * more of them is written and the lowest three are 0. */
#define HOSTILE_THREE_BITS(X) TWO(X, s3_0_c12_c8_3 /* ICC_BPR0 */, s3_0_c12_c12_3 /* ICC_BPR1 */)

/* Read only at EL1; some reads have effects. */
#define HOSTILE_READ(X)                                                                            \
    TWO(X, s3_0_c12_c8_0 /* ICC_IAR0 */, s3_0_c12_c12_0 /* ICC_IAR1 */)                            \
    TWO(X, s3_0_c12_c8_2 /* ICC_HPPIR0 */, s3_0_c12_c12_2 /* ICC_HPPIR1 */)                        \
    FOUR(X, s3_0_c12_c11_3 /* ICC_RPR */, id_aa64pfr0_el1, id_aa64dfr0_el1, id_aa64mmfr0_el1)      \
    FOUR(X, ccsidr_el1, clidr_el1, ctr_el0, revidr_el1)                                            \
    FOUR(X, aidr_el1, pmceid0_el0, cntpct_el0, oslsr_el1)                                          \
    X(mdrar_el1)

/* Write only, and instructions with one operand. */
#define HOSTILE_WRITE(X)                                                                           \
    TWO(X, "msr s3_0_c12_c11_5" /* ICC_SGI1R */, "msr s3_0_c12_c11_6" /* ICC_ASGI1R */)            \
    TWO(X, "msr s3_0_c12_c11_7" /* ICC_SGI0R */, "msr s3_0_c12_c11_1" /* ICC_DIR */)               \
    TWO(X, "msr s3_0_c12_c8_1" /* ICC_EOIR0 */, "msr s3_0_c12_c12_1" /* ICC_EOIR1 */)              \
    FOUR(X, "msr oslar_el1", "msr pmswinc_el0", "dc isw", "dc csw")                                \
    FOUR(X, "dc cisw", "dc civac", "dc cvau", "ic ivau")                                           \
    FOUR(X, "tlbi vae1", "tlbi vaae1is", "tlbi aside1is", "tlbi ipas2e1is")                        \
    FOUR(X, "tlbi vae2is", "at s1e1r", "at s1e1w", "at s12e1r")                                    \
    TWO(X, "at s1e2w", "hvc #1 //")                                                                \
    X("smc #0xffff //")
