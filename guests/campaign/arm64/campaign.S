/* SPDX-License-Identifier: Apache-2.0 */
/* campaign.S - out of an operation, whatever it has done to the registers, and into one. */
#include "runtime/cpu.h"

    /* Exceptions of this kind; those that are not synchronous have numbers behind all classes. */
    .macro vector kind
    .balign 128
    mov x2, #\kind
    b leave
    .endm

    .section .text.vectors, "ax"
    .balign 2048
    .globl campaign_vectors
campaign_vectors:
    .rept 4
    vector 0
    vector 61
    vector 62
    vector 63
    .endr

    /* What every operation's words are followed by. */
    .globl campaign_end
campaign_end:
    mov x2, #64
leave:
    msr daifset, #0xf
    msr spsel, #1
    mov x0, #0x180d                 /* SCTLR_EL1 as start.S has it */
    movk x0, #0x30d0, lsl #16
    msr sctlr_el1, x0
    isb
    mrs x0, mpidr_el1
    and x0, x0, #0xff
    add x1, x0, #1
    mov x3, #CPU_STACK_SIZE
    ldr x4, =cpu_stacks
    madd x3, x1, x3, x4
    mov sp, x3
    mov x1, x2
    b campaign_left

    /* campaign_jump: x0 code, x1 registers. */
    .globl campaign_jump
campaign_jump:
    mov x30, x0
    ldr x2, [x1, #248]
    mov sp, x2
    ldp x28, x29, [x1, #224]
    ldp x26, x27, [x1, #208]
    ldp x24, x25, [x1, #192]
    ldp x22, x23, [x1, #176]
    ldp x20, x21, [x1, #160]
    ldp x18, x19, [x1, #144]
    ldp x16, x17, [x1, #128]
    ldp x14, x15, [x1, #112]
    ldp x12, x13, [x1, #96]
    ldp x10, x11, [x1, #80]
    ldp x8, x9, [x1, #64]
    ldp x6, x7, [x1, #48]
    ldp x4, x5, [x1, #32]
    ldp x2, x3, [x1, #16]
    ldp x0, x1, [x1]
    msr daifclr, #2                 /* the alarm ends what does not end by itself */
    br x30
    .ltorg
