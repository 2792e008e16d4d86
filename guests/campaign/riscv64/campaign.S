/* SPDX-License-Identifier: Apache-2.0 */
/* campaign.S - out of an operation, whatever it has done to the registers, and into one. A hart's
 * number is in its vector: nothing else may still have it. */
#include "runtime/cpu.h"

    /* 16 bytes for each hart. */
    .macro entries name, to
    .balign 16
    .globl \name
\name:
    .irp hart, 0, 1
    .balign 16
    .option push
    .option norvc
    li tp, \hart
    j \to
    .option pop
    .endr
    .endm

    .text
    entries campaign_vectors, caught
    /* What every operation's words lead to. */
    entries campaign_end, completed

caught:
    csrr a1, scause
    j leave
completed:
    li a1, -1
leave:
    csrci sstatus, 2
    csrw satp, zero
    la sp, cpu_stacks
    addi t0, tp, 1
    li t1, CPU_STACK_SIZE
    mul t0, t0, t1
    add sp, sp, t0
    mv a0, tp
    j campaign_left

    /* campaign_jump: a0 code, a1 registers. */
    .globl campaign_jump
campaign_jump:
    mv ra, a0
    .irp n, 2,3,4,5,6,7,8,9,10,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    ld x\n, 8 * \n(a1)
    .endr
    ld a1, 88(a1)
    csrsi sstatus, 2                /* the alarm ends what does not end by itself */
    jr ra
