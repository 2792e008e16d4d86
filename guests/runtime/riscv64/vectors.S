/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vectors.S - traps into S-mode, direct: firmware that hands on an exception takes no notice of
 * vectored ones. An interrupt saves what a C function may change, an exception everything, as
 * struct exception. Both may nest.
 */
#include "runtime/riscv64/exception.h"

    /* What a C function may change, but ra, sp and t0. */
    .macro each_scratch op
    .irp n, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31
    \op x\n, 8 * \n(sp)
    .endr
    .endm

    /* All other registers, but the stack pointer. */
    .macro each_kept op
    .irp n, 3, 4, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
    \op x\n, 8 * \n(sp)
    .endr
    .endm

    .macro return
    ld t0, 256(sp)
    csrw sepc, t0
    ld t0, 264(sp)
    csrw sstatus, t0
    each_scratch ld
    ld ra, 8(sp)
    ld t0, 40(sp)
    addi sp, sp, EXCEPTION_SIZE
    sret
    .endm

    .section .text.vectors, "ax"
    .balign 256
    .globl vectors
vectors:
    addi sp, sp, -EXCEPTION_SIZE
    sd ra, 8(sp)
    sd t0, 40(sp)
    each_scratch sd
    csrr t0, sepc
    sd t0, 256(sp)
    csrr t0, sstatus
    sd t0, 264(sp)
    csrr a0, scause
    bgez a0, 1f
    call irq_handle
    return

1:  each_kept sd
    addi t0, sp, EXCEPTION_SIZE
    sd t0, 16(sp)
    sd a0, 272(sp)
    csrr t0, stval
    sd t0, 280(sp)
    mv a0, sp
    call trap_handle
    each_kept ld
    return
