/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vectors.S - into the hypervisor and back to the guest.
 *
 * While a guest runs, SP_EL2 points to its frame (struct frame, arch_types.h) at the top of this
 * core's stack, which hypervisor.lds lays out. For the fast paths (fast_hw.h) only the registers are
 * saved that C may change: x0-x9, x16, x17 and x30 (HV_SAVED_arm64 of make/hypervisor.mk has it leave
 * the others alone). What they can't finish has the rest saved and goes the slow way (trap_hw.h).
 */
#define FRAME_SIZE 272
#define STACK_BITS 13

    .macro entry target
    .balign 0x80
    b       \target
    .endm

    /* stp or ldp: what C may change, and the rest. x0 and x1 come last: the macro may use them. */
    .macro volatile pair, single
    .irp    n, 2,4,6,8,16
    each    \pair, \n
    .endr
    \single x30, [sp, #240]
    \pair   x0, x1, [sp, #0]
    .endm

    .macro rest pair
    .irp    n, 10,12,14,18,20,22,24,26,28
    each    \pair, \n
    .endr
    .endm

    .macro each pair, n
    .altmacro
    both    \pair, \n, %(\n+1)
    .noaltmacro
    .endm

    .macro both pair, n, next
    \pair   x\n, x\next, [sp, #(8 * \n)]
    .endm

    /* No speculation past the return. */
    .macro return
    eret
    dsb     nsh
    isb
    .endm

    /* In 32 instructions, which is a vector's room. */
    .macro  fast path
    .balign 0x80
    volatile stp, str
    mov     x0, sp
    bl      \path
    cbnz    x0, guest_slow
    volatile ldp, ldr
    return
    .endm

    .section .text.vectors, "ax"
    .balign 0x800
    .globl vectors, arch_guest_enter, exception_own
vectors:
    entry   mmu_is_on                     /* current level, SP_EL0: start.S only */
    entry   exception_sp0
    entry   exception_sp0
    entry   exception_sp0
    entry   exception_own                 /* current level: our own mistakes */
    entry   exception_own
    entry   exception_own
    entry   exception_own
guest_sync:
    fast    fast_sync                     /* the guest, AArch64 */
guest_irq:
    fast    fast_irq
    entry   guest_irq                     /* FIQ: no physical one is ever Group 0 */
    entry   guest_serror
    entry   guest_sync                    /* the guest, AArch32 at EL0 is all it may have */
    entry   guest_irq
    entry   guest_irq
    entry   guest_serror

/* x0: enum slow_path of fast_hw.h. */
guest_slow:
    rest    stp
    mov     x1, x0
    mov     x0, sp
    cmp     x1, #1
    b.eq    1f
    bl      slow_sync
    b       guest_return
1:  bl      slow_settle
    b       guest_return

guest_serror:
    volatile stp, str
    rest    stp
    mov     x0, sp
    bl      slow_serror

/* SP_EL2 points to the frame. */
guest_return:
    ldp     x0, x1, [sp, #248]
    msr     elr_el2, x0
    msr     spsr_el2, x1
    rest    ldp
    volatile ldp, ldr
    return

arch_guest_enter:
    ldr     x0, =link_frame
    mov     sp, x0
    b       guest_return

/* With the MMU on and at its linked address; x19: where to go on, x21 and x26: with what in x0, x1. */
mmu_is_on:
    msr     spsel, #1
    ldr     x0, =link_frame
    mov     sp, x0
    mov     x29, #0
    mov     x30, #0
    mov     x0, x21
    mov     x1, x26
    br      x19

exception_sp0:
    msr     spsel, #1
exception_own:
    msr     tpidr_el2, x0                 /* a place to keep it, used here alone */
    adr     x0, link_private_start + FRAME_SIZE
    sub     x0, sp, x0
    lsr     x0, x0, #STACK_BITS
    cbz     x0, 1f
    adr     x0, link_frame                /* no room, so no way back: what is there is not needed */
    mov     sp, x0
1:  mrs     x0, tpidr_el2
    sub     sp, sp, #FRAME_SIZE
    volatile stp, str
    rest    stp
    mrs     x1, elr_el2
    mrs     x2, spsr_el2
    stp     x1, x2, [sp, #248]
    mov     x0, sp
    bl      own_exception                 /* comes back only from a probe of memory */
    ldp     x1, x2, [sp, #248]
    msr     elr_el2, x1
    msr     spsr_el2, x2
    volatile ldp, ldr
    add     sp, sp, #FRAME_SIZE
    return
