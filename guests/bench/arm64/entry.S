/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entry.S - interrupts are let in by bench_wait() only, so their handler is its second half: it may
 * change what a function may, and returns to bench_wait()'s caller.
 */
    .macro as_ever offset           /* to the runtime's vector */
    .balign 128
    b vectors + \offset
    .endm

    .section .text.bench, "ax"
    .balign 2048
    .globl bench_vectors
bench_vectors:
    as_ever 0x000
    as_ever 0x080
    as_ever 0x100
    as_ever 0x180
    as_ever 0x200
    .balign 128                     /* IRQ at EL1 */
    mrs x0, cntvct_el0
    mrs x1, s3_0_c12_c12_0          /* ICC_IAR1_EL1 */
    cmp x1, #16
    b.lo 1f
    msr cntv_ctl_el0, xzr
    isb
1:  msr s3_0_c12_c12_1, x1          /* ICC_EOIR1_EL1 */
    isb
    mrs x1, spsr_el1
    orr x1, x1, #(1 << 7)           /* masked again */
    msr spsr_el1, x1
    msr elr_el1, x30
    eret
    as_ever 0x300
    as_ever 0x380
    .balign 2048

    .globl bench_wait
bench_wait:
    msr daifclr, #2
1:  wfi
    b 1b

    .globl bench_start
bench_start:
    mrs x2, cntvct_el0
    b secondary_start               /* which changes x0 and x1 alone, of what is passed on */
