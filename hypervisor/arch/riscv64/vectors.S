/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vectors.S - into the hypervisor and back to the guest.
 *
 * While a guest runs, sscratch points to its frame (struct frame, arch_types.h)
 * at the top of this hart's stack, which hypervisor.lds lays out; in the hypervisor
 * it is 0, which tells our own exceptions from the guest's. The fast paths
 * (fast_hw.h) get only the registers saved that C may change. What they can't finish
 * has the rest saved and goes the slow way (trap_hw.h).
 */
#define FRAME_SIZE 288
#define STACK_BITS 13
#define FRAME_PC   256

#define HSTATUS 0x600

    .option norelax

    /* sd or ld: what C may change, and the rest. */
    .macro volatile op
    .irp    n, 1,5,6,7,10,11,12,13,14,15,16,17,28,29,30,31
    \op     x\n, (8 * \n)(sp)
    .endr
    .endm

    .macro rest op
    .irp    n, 3,4,8,9,18,19,20,21,22,23,24,25,26,27
    \op     x\n, (8 * \n)(sp)
    .endr
    .endm

    .section .text.vectors, "ax"
    .balign 4
    .globl vectors, arch_guest_enter, mmu_is_on
vectors:
    csrrw   sp, sscratch, sp
    beqz    sp, exception_own
    volatile sd
    csrrw   t0, sscratch, zero            /* the guest's sp */
    sd      t0, 16(sp)
    csrr    t0, scause
    mv      a0, sp
    bltz    t0, guest_irq

guest_sync:
    call    fast_sync
    beqz    a0, fast_return
    rest    sd
    mv      a0, sp
    call    slow_sync
    j       guest_return

guest_irq:
    call    fast_irq
    bnez    a0, 1f
fast_return:
    csrw    sscratch, sp
    volatile ld
    ld      sp, 16(sp)
    sret
1:  rest    sd
    mv      a0, sp
    call    slow_settle

/* sp points to the frame. */
guest_return:
    ld      t0, FRAME_PC(sp)
    ld      t1, (FRAME_PC + 8)(sp)
    ld      t2, (FRAME_PC + 16)(sp)
    csrw    sepc, t0
    csrw    sstatus, t1
    csrw    HSTATUS, t2
    rest    ld
    j       fast_return

arch_guest_enter:
    lla     sp, link_frame
    j       guest_return

/* With the MMU on and at its linked address; s6: where to go on, s4: with what in a0. */
    .balign 4
mmu_is_on:
    lla     t0, vectors
    csrw    stvec, t0
    csrw    sscratch, zero
    lla     sp, link_frame
    li      ra, 0
    li      s0, 0
    mv      a0, s4
    jr      s6

exception_own:
    csrrw   sp, sscratch, t0
    lla     t0, link_private_start + FRAME_SIZE
    sub     t0, sp, t0
    srli    t0, t0, STACK_BITS
    beqz    t0, 1f
    lla     sp, link_frame                /* no room, so no way back: what is there is not needed */
1:  csrrw   t0, sscratch, zero
    addi    sp, sp, -FRAME_SIZE
    volatile sd
    rest    sd
    csrr    t0, sepc
    sd      t0, FRAME_PC(sp)
    mv      a0, sp
    call    own_exception                 /* comes back only from a probe */
    ld      t0, FRAME_PC(sp)
    csrw    sepc, t0
    rest    ld
    volatile ld
    addi    sp, sp, FRAME_SIZE
    sret
