/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registers.S - registers by the list: the number of a register is part of the
 * instruction, so C could not loop over them. By number where assemblers don't know
 * the name: include/csr_hw.h.
 */
    .macro clear registers:vararg
    .irp    number, \registers
    csrw    \number, zero
    .endr
    .endm

    .text
/* What every hart has of VS-mode, to zero: no state of an earlier life. */
    .globl reset_vs
reset_vs:
    clear   vsie, vstvec, vsscratch, vsepc, vscause, vstval, vsatp, hvip
    clear   scounteren, senvcfg           /* have no VS copies */
    li      t0, 2 << 32                   /* UXL: 64 bits */
    csrw    vsstatus, t0
    ret

/* Floating point: FMV.W.X fn, x0 fills the upper half, if there is one, as well. */
    .globl reset_fp
reset_fp:
    .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    .insn r 0x53, 0, 0x78, x\n, x0, x0
    .endr
    clear   0x003                         /* fcsr */
    ret

/* VSETVLI t0, zero, e8, m8, ta, ma; then VMV.V.I vn, 0 for groups of 8. */
    .globl reset_vector
reset_vector:
    .4byte  0x0c3072d7
    .irp    n, 0,8,16,24
    .4byte  0x5e003057 | \n << 7
    .endr
    clear   0x008, 0x00f                  /* vstart, vcsr */
    ret

/* hvien, hvictl, hviprio1, hviprio2, vsiselect. */
    .globl reset_aia
reset_aia:
    clear   0x608, 0x609, 0x646, 0x647, 0x250
    ret
