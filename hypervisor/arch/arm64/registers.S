/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registers.S - registers by the list: the number of a register is part of the
 * instruction, so C could not loop over them.
 */
    .arch_extension fp
    .arch_extension simd

    .macro clear registers:vararg
    .irp    name, \registers
    msr     \name, xzr
    .endr
    .endm

    .text
/*
 * What every core has of EL1 and EL0, but SCTLR_EL1, and of floating point, to zero: no state of an
 * earlier life.
 */
    .globl reset_el1
reset_el1:
    clear   actlr_el1, cpacr_el1, ttbr0_el1, ttbr1_el1, tcr_el1, mair_el1, amair_el1, vbar_el1
    clear   esr_el1, far_el1, afsr0_el1, afsr1_el1, par_el1, elr_el1, spsr_el1, sp_el0, sp_el1
    clear   tpidr_el0, tpidrro_el0, tpidr_el1, contextidr_el1, csselr_el1, cntkctl_el1
    clear   cntv_ctl_el0, cntp_ctl_el0, cntv_cval_el0, cntp_cval_el0, mdscr_el1
    clear   fpcr, fpsr
    .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    movi    v\n\().2d, #0
    .endr
    isb
    ret

/* Pointer authentication's keys, where the core has it: APIA, APIB, APDA, APDB, APGA. */
    .globl reset_keys
reset_keys:
    clear   S3_0_C2_C1_0, S3_0_C2_C1_1, S3_0_C2_C1_2, S3_0_C2_C1_3, S3_0_C2_C2_0, S3_0_C2_C2_1
    clear   S3_0_C2_C2_2, S3_0_C2_C2_3, S3_0_C2_C3_0, S3_0_C2_C3_1
    ret

/* The first x0 (1 to 16) breakpoints and x1 watchpoints off and empty. */
    .globl reset_debug
reset_debug:
    .irp    kind, b, w
    .irp    n, 0_el1,1_el1,2_el1,3_el1,4_el1,5_el1,6_el1,7_el1,8_el1,9_el1,10_el1,11_el1,12_el1, \
            13_el1,14_el1,15_el1
    msr     dbg\kind\()cr\n, xzr
    msr     dbg\kind\()vr\n, xzr
    sub     x0, x0, #1
    cbz     x0, 1f
    .endr
1:  mov     x0, x1
    .endr
    ret

/* The words of the first x1 (1 to 16) list registers, ICH_LR<n>_EL2, to x0. */
    .globl lists_read
lists_read:
    .irp    name, 12_0,12_1,12_2,12_3,12_4,12_5,12_6,12_7,13_0,13_1,13_2,13_3,13_4,13_5,13_6,13_7
    mrs     x2, S3_4_C12_C\name
    str     x2, [x0], #8
    sub     x1, x1, #1
    cbz     x1, 1f
    .endr
1:  ret

/*
 * The ID register S3_0_C0_C<crm>_<op2>, for x0 = (crm - 1) * 8 + op2 from 0 to 55.
 * The whole space is defined: what is not allocated reads as zero (DDI 0487 D23.3.1).
 */
    .globl id_register
id_register:
    adr     x1, 1f
    add     x1, x1, x0, lsl #3
    br      x1
1:  .irp    crm, 1,2,3,4,5,6,7
    .irp    op2, 0,1,2,3,4,5,6,7
    mrs     x0, S3_0_C0_C\crm\()_\op2
    ret
    .endr
    .endr

/*
 * x0 into list register x1: each case below is two instructions. In one cache line for the first
 * six: it is on the shortest path.
 */
    .globl list_write
    .balign 64
list_write:
    adr     x2, 1f
    add     x2, x2, x1, lsl #3
    br      x2
1:  .irp    name, 12_0,12_1,12_2,12_3,12_4,12_5,12_6,12_7,13_0,13_1,13_2,13_3,13_4,13_5,13_6,13_7
    msr     S3_4_C12_C\name, x0
    ret
    .endr
