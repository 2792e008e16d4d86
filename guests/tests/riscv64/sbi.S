/* SPDX-License-Identifier: Apache-2.0 */
/* sbi.S - calls that the C compiler can't make. */

    /* What a function keeps for its caller, on the stack from sp on; sp itself is not among it. */
    .macro kept op
    \op ra, 0(sp)
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
    \op s\n, 8 + 8 * \n(sp)
    .endr
    \op tp, 112(sp)
    .endm

/*
 * int64_t sbi_sleep(uint64_t extension, uint64_t function, uint64_t type, struct sbi_wake *wake):
 * a suspension that may begin again at another address. Returns the call's error, or 1 if it
 * did; then *wake has a0, a1, satp and sstatus as they were there.
 */
    .globl sbi_sleep
sbi_sleep:
    addi sp, sp, -128
    kept sd
    sd a3, 104(sp)
    mv a7, a0
    mv a6, a1
    mv a0, a2
    la a1, 1f
    mv a2, sp
    ecall
    addi sp, sp, 128                /* all others are as they were */
    ret

    .balign 4                       /* OpenSBI has it in stvec for a while */
1:  mv sp, a1
    ld t0, 104(sp)
    sd a0, 0(t0)
    sd a1, 8(t0)
    csrr t1, satp
    sd t1, 16(t0)
    csrr t1, sstatus
    sd t1, 24(t0)
    sd sp, 32(t0)
    la t1, vectors
    csrw stvec, t1
    kept ld
    addi sp, sp, 128
    li a0, 1
    ret

/*
 * void sbi_fill(uint64_t extension, uint64_t function, const uint64_t pattern[32],
 * uint64_t after[32]): a call with all registers but sp set to the pattern (a0 to a5 are its
 * arguments then); `after` is what they are behind it.
 */
    .macro each op
    .irp n, 1, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, \
            29, 30, 31
    \op x\n, 8 * \n(a0)
    .endr
    .endm

    .globl sbi_fill
sbi_fill:
    addi sp, sp, -288
    sd a3, 264(sp)                  /* after */
    mv t0, a0
    mv t1, a1
    mv a7, t0
    mv a6, t1
    mv t2, a2
    mv a0, sp
    each sd                         /* what the caller wants back */
    mv a0, t2
    each ld                         /* the pattern; a6 and a7 are not part of it */
    ld a0, 80(a0)
    ecall
    sd a0, 272(sp)
    ld a0, 264(sp)
    each sd
    sd a6, 128(a0)
    sd a7, 136(a0)
    mv a1, a0
    ld a0, 272(sp)
    sd a0, 80(a1)
    mv a0, sp
    each ld
    addi sp, sp, 288
    ret
