/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vectors.S - into the hypervisor and back to the guest.
 *
 * While a guest runs, SP_EL2 points to its frame (struct frame, arch_types.h) at
 * the top of this core's stack. The fast paths (fast_hw.c) get only the registers
 * saved that C may change: x0-x18 and x30. What they can't finish has the rest
 * saved and goes the slow way.
 */
#define FRAME_SIZE 272

    .macro entry target
    .balign 0x80
    b       \target
    .endm

    .section .text.vectors, "ax"
    .balign 0x800
    .globl vectors
vectors:
    entry   mmu_is_on                     /* current level, SP_EL0: start.S only */
    entry   exception_sp0
    entry   exception_sp0
    entry   exception_sp0
    entry   exception_own                 /* current level: our own mistakes */
    entry   exception_own
    entry   exception_own
    entry   exception_own
    entry   guest_sync                    /* the guest, AArch64 */
    entry   guest_irq
    entry   guest_irq                     /* FIQ: no physical one is ever Group 0 */
    entry   guest_serror
    entry   guest_sync                    /* the guest, AArch32 at EL0 is all it may have */
    entry   guest_irq
    entry   guest_irq
    entry   guest_serror

    .macro save_volatile
    stp     x0, x1, [sp, #0]
    stp     x2, x3, [sp, #16]
    stp     x4, x5, [sp, #32]
    stp     x6, x7, [sp, #48]
    stp     x8, x9, [sp, #64]
    stp     x10, x11, [sp, #80]
    stp     x12, x13, [sp, #96]
    stp     x14, x15, [sp, #112]
    stp     x16, x17, [sp, #128]
    str     x18, [sp, #144]
    str     x30, [sp, #240]
    .endm

    .macro save_rest
    stp     x19, x20, [sp, #152]
    stp     x21, x22, [sp, #168]
    stp     x23, x24, [sp, #184]
    stp     x25, x26, [sp, #200]
    stp     x27, x28, [sp, #216]
    str     x29, [sp, #232]
    .endm

    .macro restore_volatile
    ldp     x2, x3, [sp, #16]
    ldp     x4, x5, [sp, #32]
    ldp     x6, x7, [sp, #48]
    ldp     x8, x9, [sp, #64]
    ldp     x10, x11, [sp, #80]
    ldp     x12, x13, [sp, #96]
    ldp     x14, x15, [sp, #112]
    ldp     x16, x17, [sp, #128]
    ldr     x18, [sp, #144]
    ldr     x30, [sp, #240]
    ldp     x0, x1, [sp, #0]
    .endm

    /* No speculation past the return. */
    .macro return
    eret
    dsb     nsh
    isb
    .endm

guest_irq:
    save_volatile
    bl      fast_irq
    cbnz    w0, 1f
    restore_volatile
    return
1:  save_rest
    mov     x0, sp
    bl      slow_settle
    b       guest_return

guest_sync:
    save_volatile
    mov     x0, sp
    bl      fast_sync
    cbnz    w0, 1f
    restore_volatile
    return
1:  save_rest
    mov     x0, sp
    bl      slow_sync
    b       guest_return

guest_serror:
    save_volatile
    save_rest
    mov     x0, sp
    bl      slow_serror

/* SP_EL2 points to the frame. */
guest_return:
    ldp     x0, x1, [sp, #248]
    msr     elr_el2, x0
    msr     spsr_el2, x1
    ldp     x19, x20, [sp, #152]
    ldp     x21, x22, [sp, #168]
    ldp     x23, x24, [sp, #184]
    ldp     x25, x26, [sp, #200]
    ldp     x27, x28, [sp, #216]
    ldr     x29, [sp, #232]
    restore_volatile
    return

    .globl arch_guest_enter
arch_guest_enter:
    ldr     x0, =link_frame
    mov     sp, x0
    b       guest_return

/* With the MMU on and at its linked address; x19: where to go on. */
mmu_is_on:
    msr     spsel, #1
    ldr     x0, =link_frame
    mov     sp, x0
    mov     x29, #0
    mov     x30, #0
    br      x19

exception_sp0:
    msr     spsel, #1
exception_own:
    msr     tpidr_el2, x0
    mrs     x0, sctlr_el2
    tbz     x0, #0, 1f
    mrs     x0, tpidr_el2
    sub     sp, sp, #FRAME_SIZE
    save_volatile
    save_rest
    mrs     x1, elr_el2
    mrs     x2, spsr_el2
    stp     x1, x2, [sp, #248]
    mov     x0, sp
    bl      own_exception                 /* comes back only from a probe of memory */
    ldp     x1, x2, [sp, #248]
    msr     elr_el2, x1
    msr     spsr_el2, x2
    restore_volatile
    add     sp, sp, #FRAME_SIZE
    return
1:  b       early_exception

/* All that a guest's last life left in its floating-point registers. */
    .globl fp_reset
fp_reset:
    .arch_extension fp
    .arch_extension simd
    .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    movi    v\n\().2d, #0
    .endr
    msr     fpcr, xzr
    msr     fpsr, xzr
    ret

/* This core's stack, and on top of it the frame of its guest. */
    .section .bss.stack, "aw", %nobits
    .balign 4096
stack:
    .skip   8192 - FRAME_SIZE
    .globl link_frame
link_frame:
    .skip   FRAME_SIZE
