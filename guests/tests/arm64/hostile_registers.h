/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostile_registers.h - the registers and instructions that the hostile guest tries, as lists
 * of X(name). Not among them: what would only derail the guest itself, and what the emulator's
 * core does not have, which it would report in its log whoever runs on it.
 */
#pragma once

/* EL2's own: undefined at EL1. */
#define HOSTILE_EL2(X)                                                                             \
    X(hcr_el2)                                                                                     \
    X(vttbr_el2)                                                                                   \
    X(vtcr_el2)                                                                                    \
    X(sctlr_el2)                                                                                   \
    X(actlr_el2)                                                                                   \
    X(tcr_el2)                                                                                     \
    X(ttbr0_el2)                                                                                   \
    X(mair_el2)                                                                                    \
    X(vbar_el2)                                                                                    \
    X(elr_el2)                                                                                     \
    X(spsr_el2)                                                                                    \
    X(sp_el1)                                                                                      \
    X(esr_el2)                                                                                     \
    X(far_el2)                                                                                     \
    X(hpfar_el2)                                                                                   \
    X(cptr_el2)                                                                                    \
    X(mdcr_el2)                                                                                    \
    X(hstr_el2)                                                                                    \
    X(cnthctl_el2)                                                                                 \
    X(cntvoff_el2)                                                                                 \
    X(cnthp_ctl_el2)                                                                               \
    X(cnthp_cval_el2)                                                                              \
    X(cnthp_tval_el2)                                                                              \
    X(tpidr_el2)                                                                                   \
    X(vpidr_el2)                                                                                   \
    X(vmpidr_el2)                                                                                  \
    X(s3_4_c12_c11_0) /* ICH_HCR */                                                                \
    X(s3_4_c12_c11_7) /* ICH_VMCR */                                                               \
    X(s3_4_c12_c8_0)  /* ICH_AP0R0 */                                                              \
    X(s3_4_c12_c9_0)  /* ICH_AP1R0 */                                                              \
    X(s3_4_c12_c12_0) /* ICH_LR0 to 3 */                                                           \
    X(s3_4_c12_c12_1)                                                                              \
    X(s3_4_c12_c12_2)                                                                              \
    X(s3_4_c12_c12_3)                                                                              \
    X(s3_4_c12_c9_5) /* ICC_SRE_EL2 */

/* Readable and writable at EL1, whatever is written. */
#define HOSTILE_EL1(X)                                                                             \
    X(s3_0_c4_c6_0)   /* ICC_PMR */                                                                \
    X(s3_0_c12_c12_4) /* ICC_CTLR */                                                               \
    X(s3_0_c12_c12_5) /* ICC_SRE */                                                                \
    X(s3_0_c12_c12_6) /* ICC_IGRPEN0 */                                                            \
    X(s3_0_c12_c12_7) /* ICC_IGRPEN1 */                                                            \
    X(s3_0_c12_c8_4)  /* ICC_AP0R0 */                                                              \
    X(s3_0_c12_c9_0)  /* ICC_AP1R0 */                                                              \
    X(pmcntenset_el0)                                                                              \
    X(pmcntenclr_el0)                                                                              \
    X(pmovsclr_el0)                                                                                \
    X(pmovsset_el0)                                                                                \
    X(pmselr_el0)                                                                                  \
    X(pmccntr_el0)                                                                                 \
    X(pmccfiltr_el0)                                                                               \
    X(pmevtyper0_el0)                                                                              \
    X(pmevcntr0_el0)                                                                               \
    X(pmuserenr_el0)                                                                               \
    X(pmcr_el0)                                                                                    \
    X(pmintenclr_el1)                                                                              \
    X(dbgbvr0_el1)                                                                                 \
    X(dbgwvr0_el1)                                                                                 \
    X(actlr_el1)                                                                                   \
    X(csselr_el1)                                                                                  \
    X(afsr0_el1)                                                                                   \
    X(afsr1_el1)                                                                                   \
    X(amair_el1)                                                                                   \
    X(contextidr_el1)                                                                              \
    X(par_el1)                                                                                     \
    X(tpidr_el0)                                                                                   \
    X(tpidr_el1)                                                                                   \
    X(tpidrro_el0)                                                                                 \
    X(cntp_ctl_el0)                                                                                \
    X(cntp_cval_el0)                                                                               \
    X(cntp_tval_el0)                                                                               \
    X(cntv_ctl_el0)                                                                                \
    X(cntv_cval_el0)                                                                               \
    X(cntv_tval_el0)

/* The same, but with three bits only: QEMU 10.0 ends with a failed assertion when a value with
 * more of them is written and the lowest three are 0. */
#define HOSTILE_THREE_BITS(X)                                                                      \
    X(s3_0_c12_c8_3)  /* ICC_BPR0 */                                                               \
    X(s3_0_c12_c12_3) /* ICC_BPR1 */

/* Read only at EL1; some reads have effects. */
#define HOSTILE_READ(X)                                                                            \
    X(s3_0_c12_c8_0)  /* ICC_IAR0 */                                                               \
    X(s3_0_c12_c12_0) /* ICC_IAR1 */                                                               \
    X(s3_0_c12_c8_2)  /* ICC_HPPIR0 */                                                             \
    X(s3_0_c12_c12_2) /* ICC_HPPIR1 */                                                             \
    X(s3_0_c12_c11_3) /* ICC_RPR */                                                                \
    X(id_aa64pfr0_el1)                                                                             \
    X(id_aa64dfr0_el1)                                                                             \
    X(id_aa64mmfr0_el1)                                                                            \
    X(ccsidr_el1)                                                                                  \
    X(clidr_el1)                                                                                   \
    X(ctr_el0)                                                                                     \
    X(revidr_el1)                                                                                  \
    X(aidr_el1)                                                                                    \
    X(pmceid0_el0)                                                                                 \
    X(cntpct_el0)                                                                                  \
    X(oslsr_el1)                                                                                   \
    X(mdrar_el1)

/* Write only, and instructions with one operand. */
#define HOSTILE_WRITE(X)                                                                           \
    X("msr s3_0_c12_c11_5, %0") /* ICC_SGI1R */                                                    \
    X("msr s3_0_c12_c11_6, %0") /* ICC_ASGI1R */                                                   \
    X("msr s3_0_c12_c11_7, %0") /* ICC_SGI0R */                                                    \
    X("msr s3_0_c12_c11_1, %0") /* ICC_DIR */                                                      \
    X("msr s3_0_c12_c8_1, %0")  /* ICC_EOIR0 */                                                    \
    X("msr s3_0_c12_c12_1, %0") /* ICC_EOIR1 */                                                    \
    X("msr oslar_el1, %0")                                                                         \
    X("msr pmswinc_el0, %0")                                                                       \
    X("dc isw, %0")                                                                                \
    X("dc csw, %0")                                                                                \
    X("dc cisw, %0")                                                                               \
    X("dc civac, %0")                                                                              \
    X("dc cvau, %0")                                                                               \
    X("ic ivau, %0")                                                                               \
    X("tlbi vae1, %0")                                                                             \
    X("tlbi vaae1is, %0")                                                                          \
    X("tlbi aside1is, %0")                                                                         \
    X("tlbi ipas2e1is, %0")                                                                        \
    X("tlbi vae2is, %0")                                                                           \
    X("at s1e1r, %0")                                                                              \
    X("at s1e1w, %0")                                                                              \
    X("at s12e1r, %0")                                                                             \
    X("at s1e2w, %0")                                                                              \
    X("hvc #1 // %0")                                                                              \
    X("smc #0xffff // %0")
