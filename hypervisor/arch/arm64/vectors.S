/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vectors.S - into the hypervisor and back to the guest.
 *
 * While a guest runs, SP_EL2 points to its frame (struct frame, arch_types.h) at the top of this
 * core's stack, which hypervisor.lds lays out. For the fast paths (fast_hw.h) only the registers are
 * saved that C may change: x0-x9, x16, x17 and x30 (HV_SAVED_arm64 of make/hypervisor.mk has it leave
 * the others alone). What they can't finish has the rest saved and goes the slow way (trap_hw.h).
 */

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
    .rept   7
    entry   exception_own                 /* our own mistakes, with either stack pointer */
    .endr
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

guest_serror:
    volatile stp, str
    mov     x0, #2                        /* SLOW_TRAP */

/* x0: enum slow_path of fast_hw.h. */
guest_slow:
    rest    stp
    bl      slow

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

/*
 * With the MMU on, at its linked address and with SP_EL2, as each exception: to x19, with the core's
 * affinity fields and what the boot loader passed as its tree.
 */
mmu_is_on:
    adr     x0, link_frame
    mov     sp, x0
    mrs     x0, mpidr_el1
    and     x0, x0, #0xffffffffff
    and     x0, x0, #0xffffffff00ffffff
    mov     x1, x26
    br      x19

/*
 * An abort while arch_memory_probe() runs (with the MMU on: before, its variables are not cleared)
 * is noted, and skipped. Any other is the end, so the stack is not needed, which may be used up.
 */
exception_own:
    msr     tpidr_el2, x0                 /* a place to keep it, used here alone */
    mrs     x0, sctlr_el2
    tbz     x0, #0, 1f
    adr     x0, probe_running
    ldrb    w0, [x0]
    cbz     w0, 1f
    adr     x0, probe_good
    strb    wzr, [x0]
    mrs     x0, elr_el2
    add     x0, x0, #4
    msr     elr_el2, x0
    mrs     x0, tpidr_el2
    return
1:  mov     x0, sp
    msr     sp_el0, x0                    /* the guest is lost */
    adr     x0, link_frame
    mov     sp, x0
    mrs     x0, tpidr_el2
    volatile stp, str
    rest    stp
    mov     x0, sp
    mrs     x1, sp_el0
    b       own_exception
