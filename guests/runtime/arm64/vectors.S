/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vectors.S - exceptions into EL1. An interrupt saves what a C function may change, any other
 * exception everything, as struct exception. Both may nest.
 */
#include "runtime/arm64/exception.h"

    .macro vector target
    .balign 128
    b \target
    .endm

    .macro vector_other kind
    .balign 128
    sub sp, sp, #EXCEPTION_SIZE
    stp x0, x1, [sp]
    mov x1, #\kind
    b other_entry
    .endm

    .section .text.vectors, "ax"
    .balign 2048
    .globl vectors
vectors:
    /* SP_EL0: never used by us */
    vector_other EXCEPTION_SYNC
    vector_other EXCEPTION_IRQ
    vector_other EXCEPTION_FIQ
    vector_other EXCEPTION_SERROR
    /* SP_EL1 */
    vector_other EXCEPTION_SYNC
    vector irq_entry
    vector_other EXCEPTION_FIQ
    vector_other EXCEPTION_SERROR
    /* EL0 in AArch64 and AArch32: never entered by us */
    .rept 2
    vector_other EXCEPTION_SYNC
    vector_other EXCEPTION_IRQ
    vector_other EXCEPTION_FIQ
    vector_other EXCEPTION_SERROR
    .endr

irq_entry:
    sub sp, sp, #176
    stp x0, x1, [sp]
    stp x2, x3, [sp, #16]
    stp x4, x5, [sp, #32]
    stp x6, x7, [sp, #48]
    stp x8, x9, [sp, #64]
    stp x10, x11, [sp, #80]
    stp x12, x13, [sp, #96]
    stp x14, x15, [sp, #112]
    stp x16, x17, [sp, #128]
    stp x18, x30, [sp, #144]
    mrs x0, elr_el1
    mrs x1, spsr_el1
    stp x0, x1, [sp, #160]
    bl irq_handle
    ldp x0, x1, [sp, #160]
    msr elr_el1, x0
    msr spsr_el1, x1
    ldp x0, x1, [sp]
    ldp x2, x3, [sp, #16]
    ldp x4, x5, [sp, #32]
    ldp x6, x7, [sp, #48]
    ldp x8, x9, [sp, #64]
    ldp x10, x11, [sp, #80]
    ldp x12, x13, [sp, #96]
    ldp x14, x15, [sp, #112]
    ldp x16, x17, [sp, #128]
    ldp x18, x30, [sp, #144]
    add sp, sp, #176
    eret

other_entry:
    stp x2, x3, [sp, #16]
    stp x4, x5, [sp, #32]
    stp x6, x7, [sp, #48]
    stp x8, x9, [sp, #64]
    stp x10, x11, [sp, #80]
    stp x12, x13, [sp, #96]
    stp x14, x15, [sp, #112]
    stp x16, x17, [sp, #128]
    stp x18, x19, [sp, #144]
    stp x20, x21, [sp, #160]
    stp x22, x23, [sp, #176]
    stp x24, x25, [sp, #192]
    stp x26, x27, [sp, #208]
    stp x28, x29, [sp, #224]
    mrs x2, elr_el1
    stp x30, x2, [sp, #240]
    mrs x2, spsr_el1
    mrs x3, esr_el1
    stp x2, x3, [sp, #256]
    mrs x2, far_el1
    stp x2, x1, [sp, #272]
    mov x0, sp
    bl trap_handle
    ldp x30, x0, [sp, #240]
    msr elr_el1, x0
    ldr x0, [sp, #256]
    msr spsr_el1, x0
    ldp x28, x29, [sp, #224]
    ldp x26, x27, [sp, #208]
    ldp x24, x25, [sp, #192]
    ldp x22, x23, [sp, #176]
    ldp x20, x21, [sp, #160]
    ldp x18, x19, [sp, #144]
    ldp x16, x17, [sp, #128]
    ldp x14, x15, [sp, #112]
    ldp x12, x13, [sp, #96]
    ldp x10, x11, [sp, #80]
    ldp x8, x9, [sp, #64]
    ldp x6, x7, [sp, #48]
    ldp x4, x5, [sp, #32]
    ldp x2, x3, [sp, #16]
    ldp x0, x1, [sp]
    add sp, sp, #EXCEPTION_SIZE
    eret
