/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start.S - the first instructions of a guest, on the boot CPU and on the others. No address
 * translation: satp is 0 at the start and stays so.
 */
#include "runtime/cpu.h"

    .section .text.start, "ax"
    .globl _start
_start:                             /* a0: hart id, a1: device tree */
    call cpu_enter
    la t0, bss_start
    la t1, bss_end
1:  bgeu t0, t1, 2f
    sd zero, (t0)
    addi t0, t0, 8
    j 1b

2:  la sp, cpu_stacks
    addi t0, tp, 1
    li t1, CPU_STACK_SIZE
    mul t0, t0, t1
    add sp, sp, t0
    mv a0, a1
    li a1, 0
    call runtime_main
3:  wfi
    j 3b

/*
 * Where HSM lets a secondary CPU begin. a0: hart id, a1: its stack pointer; the two words there
 * are the function to call and its argument.
 */
    .globl secondary_start
secondary_start:
    call cpu_enter
    mv sp, a1
    ld t0, 0(sp)
    ld a0, 8(sp)
    addi sp, sp, 16
    jalr t0
4:  wfi
    j 4b

/* Everything masked, vectors, this CPU's number. */
cpu_enter:
    csrci sstatus, 2
    csrw sie, zero
    la t0, vectors
    csrw stvec, t0
    mv tp, a0
    ret

    .section .stacks, "aw", %nobits
    .balign 16
    .globl cpu_stacks
cpu_stacks:
    .space CPUS_MAX * CPU_STACK_SIZE
