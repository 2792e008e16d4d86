/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entry.S - interrupts are let in by bench_wait() only, so their handler is its second half: it may
 * change what a function may, and returns to bench_wait()'s caller.
 */
#include "arch_cpu.h"

    .section .text.bench, "ax"
    .balign 4
    .globl bench_vectors
bench_vectors:
    csrr a0, cycle
    csrr a1, scause
    bgez a1, 3f
    andi a1, a1, 0xf
    li a2, INTERRUPT_TIMER
    beq a1, a2, 1f
    li a2, INTERRUPT_EXTERNAL
    beq a1, a2, 2f
    csrci sip, 1 << INTERRUPT_SOFTWARE
    j 4f
1:  li a1, -1
    csrw 0x14d, a1                  /* stimecmp */
    j 4f
2:  csrw 0x15c, zero                /* stopei: claimed, and so ended */
4:  li a1, 1 << 5                   /* SPIE: masked again */
    csrc sstatus, a1
    csrw sepc, ra
    sret
3:  j vectors                       /* an exception, which is nobody's */

    .globl bench_wait
bench_wait:
    csrsi sstatus, 2                /* SIE */
1:  wfi
    j 1b

    .globl bench_start
bench_start:
    csrr a2, cycle
    j secondary_start               /* which changes a0 and a1 alone, of what is passed on */
