/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start.S - the first instructions of a guest, on the boot CPU and on the others.
 *
 * Nothing is written to memory before the MMU and the caches are on: the translation table is
 * constant data, and a CPU's start argument is its stack pointer.
 */
#include "runtime/cpu.h"

#define SCTLR_EL1_OFF 0x30d00800        /* the bits that are always one */
#define SCTLR_EL1_ON  0x30d0180d        /* and I, C, M, SA */

/* 39 bits of address, 4 KiB granule, walks write-back inner shareable, no TTBR1, 64 GiB. */
#define TCR_EL1_VALUE  (25 | (1 << 8) | (1 << 10) | (3 << 12) | (1 << 23) | (1 << 32))
/* 0: device nGnRE, 1: normal write-back */
#define MAIR_EL1_VALUE 0xff04

#define BLOCK_DEVICE (1 | (1 << 10) | (1 << 53) | (1 << 54))
#define BLOCK_NORMAL (1 | (1 << 2) | (3 << 8) | (1 << 10) | (1 << 54))

    .section .text.start, "ax"
    .globl _start
_start:
    mov x19, x0
    bl enter_el1
    mov x20, x0
    bl mmu_enable

    ldr x0, =bss_start
    ldr x1, =bss_end
1:  cmp x0, x1
    b.hs 2f
    stp xzr, xzr, [x0], #16
    b 1b

2:  ldr x0, =cpu_stacks + CPU_STACK_SIZE
    mov sp, x0
    mov x0, x19
    mov x1, x20
    bl runtime_main
3:  wfi
    b 3b

/*
 * Where CPU_ON lets a secondary CPU begin. x0: its stack pointer; the two words there are the
 * function to call and its argument.
 */
    .globl secondary_start
secondary_start:
    mov x19, x0
    bl enter_el1
    bl mmu_enable
    mov sp, x19
    ldp x1, x0, [sp], #16
    blr x1
4:  wfi
    b 4b

/*
 * Returns at EL1, whichever level it is called at. x0: 1 if this was EL2, where the firmware
 * answers SMC and HVC would come back to us.
 */
enter_el1:
    mrs x0, CurrentEL
    cmp x0, #(2 << 2)
    mov x0, #0
    b.ne 5f
    mov x1, #(1 << 31)              /* HCR.RW */
    msr hcr_el2, x1
    mov x1, #3                      /* the physical timer and counter are EL1's */
    msr cnthctl_el2, x1
    msr cntvoff_el2, xzr
    mov x1, #0x33ff                 /* no traps of floating point */
    msr cptr_el2, x1
    msr hstr_el2, xzr
    mrs x1, pmcr_el0                /* all event counters are EL1's */
    ubfx x1, x1, #11, #5
    msr mdcr_el2, x1
    mrs x1, midr_el1
    msr vpidr_el2, x1
    mrs x1, mpidr_el1
    msr vmpidr_el2, x1
    msr vttbr_el2, xzr
    mov x1, #0xf                    /* ICC_SRE: system registers, at EL1 too */
    msr s3_4_c12_c9_5, x1
    isb
    msr s3_4_c12_c11_0, xzr         /* ICH_HCR */
    ldr x1, =SCTLR_EL1_OFF
    msr sctlr_el1, x1
    mov x1, #0x3c5                  /* EL1h, all masked */
    msr spsr_el2, x1
    msr elr_el2, x30
    mov x0, #1
    eret
5:  ret

/* The flat map, vectors, caches; leaves SError unmasked. Changes x1 only. */
mmu_enable:
    msr daifset, #0xf
    msr spsel, #1
    ldr x1, =vectors
    msr vbar_el1, x1
    ldr x1, =MAIR_EL1_VALUE
    msr mair_el1, x1
    ldr x1, =TCR_EL1_VALUE
    msr tcr_el1, x1
    ldr x1, =translation_table
    msr ttbr0_el1, x1
    msr cntkctl_el1, xzr
    tlbi vmalle1
    ic iallu
    dsb sy
    isb
    ldr x1, =SCTLR_EL1_ON
    msr sctlr_el1, x1
    isb
    msr daifclr, #4
    ret

    .ltorg

/*
 * One entry per GiB, address in = address out. The board's devices are in the first and its
 * RAM begins with the second; the rest of the 64 GiB is there for guests that reach for it.
 */
    .section .data.translation_table, "aw"
    .balign 4096
    .globl translation_table
translation_table:
    .quad BLOCK_DEVICE
    .set gib, 1
    .rept 3
    .quad (gib << 30) | BLOCK_NORMAL
    .set gib, gib + 1
    .endr
    .rept 60
    .quad (gib << 30) | BLOCK_DEVICE
    .set gib, gib + 1
    .endr
    .fill 512 - 64, 8, 0

    .section .stacks, "aw", %nobits
    .balign 16
    .globl cpu_stacks
cpu_stacks:
    .space CPUS_MAX * CPU_STACK_SIZE
