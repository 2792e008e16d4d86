/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vectors.S - into the hypervisor and back to the guest.
 *
 * While a guest runs, sscratch points to its frame (struct frame, arch_types.h)
 * at the top of this hart's stack, which hypervisor.lds lays out; in the hypervisor
 * it is 0, which tells our own exceptions from the guest's. The fast paths are those
 * of calls (sbi.c), of interrupts (fast_hw.c) and of emulated registers (trap_hw.c): they
 * get only the registers saved that C may change. Any other trap, and a vCPU that has to
 * settle, has the rest saved and goes the slow way (trap_hw.c).
 */
#define FRAME_SIZE 288
#define STACK_BITS 13
#define FRAME_PC   256
#define FRAME_VCPU 280
#define VCPU_WORK  8
#define CAUSE_CALL 10                         /* ECALL from VS-mode */

    .option norelax

/*
 * By number: what C may change, and the rest. GCC leaves t3 to t6 alone (-ffixed), so that no fast
 * path saves them; Clang 14 takes the option and uses them all the same.
 */
#ifdef __clang__
#define VOLATILE 1,5,6,7,10,11,12,13,14,15,16,17,28,29,30,31
#define REST     3,4,8,9,18,19,20,21,22,23,24,25,26,27
#else
#define VOLATILE 1,5,6,7,10,11,12,13,14,15,16,17
#define REST     3,4,8,9,18,19,20,21,22,23,24,25,26,27,28,29,30,31
#endif

    /* sd or ld. */
    .macro all op, registers:vararg
    .irp    n, \registers
    \op     x\n, (8 * \n)(sp)
    .endr
    .endm

    .section .text.vectors, "ax"
    .balign 4
    .globl vectors, arch_guest_enter, mmu_is_on
vectors:
    csrrw   sp, sscratch, sp
    beqz    sp, exception_own
    all     sd, VOLATILE
    csrrw   t0, sscratch, zero            /* the guest's sp */
    sd      t0, 16(sp)
    csrr    t0, scause
    ld      a0, FRAME_VCPU(sp)
    bltz    t0, guest_irq
    addi    t0, t0, -CAUSE_CALL
    bnez    t0, trap
    addi    a1, sp, 8 * 10                /* a0 and up */
    jal     sbi_call
    sd      a0, (8 * 10)(sp)
    sd      a1, (8 * 11)(sp)
    csrr    t0, sepc
    addi    t0, t0, 4
    csrw    sepc, t0

/* The one test: is there something to do before the guest goes on? */
leave:
    ld      a0, FRAME_VCPU(sp)
    lw      t0, VCPU_WORK(a0)
    bnez    t0, work
fast_return:
    csrw    sscratch, sp
    all     ld, VOLATILE
    ld      sp, 16(sp)
    sret

guest_irq:
    jal     arch_interrupts_poll
    j       leave

work:
    jal     arch_interrupts_sync
    ld      a0, FRAME_VCPU(sp)
    lw      t0, VCPU_WORK(a0)
    beqz    t0, fast_return
    lla     a1, slow_settle
    j       slow

trap:
    jal     fast_trap
    bnez    a0, leave
    lla     a1, slow_trap

/* To the function at a1: saved with the rest is what an exception of our own changes. */
slow:
    csrr    t0, sepc
    csrr    t1, sstatus
    csrr    t2, hstatus
    sd      t0, FRAME_PC(sp)
    sd      t1, (FRAME_PC + 8)(sp)
    sd      t2, (FRAME_PC + 16)(sp)
    all     sd, REST
    ld      a0, FRAME_VCPU(sp)
    jalr    a1

/* sp points to the frame. */
guest_return:
    all     ld, REST
    ld      t0, FRAME_PC(sp)
    ld      t1, (FRAME_PC + 8)(sp)
    ld      t2, (FRAME_PC + 16)(sp)
    csrw    sepc, t0
    csrw    sstatus, t1
    csrw    hstatus, t2
    j       leave

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
    mv      a1, s5
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
    all     sd, VOLATILE
    all     sd, REST
    csrr    t0, sepc
    sd      t0, FRAME_PC(sp)
    mv      a0, sp
    call    own_exception                 /* comes back only from a probe */
    ld      t0, FRAME_PC(sp)
    csrw    sepc, t0
    all     ld, VOLATILE
    addi    sp, sp, FRAME_SIZE
    sret
