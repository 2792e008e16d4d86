/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start.S - from the boot loader's jump to C.
 *
 * Runs with the MMU off, at whatever address the image was loaded; a0 is this
 * hart's id. In order: believe the boot record (boot/early.c), move the whole image
 * to its home and begin anew there, clear the private data, map the hypervisor and
 * turn the MMU on.
 * Everything up to link_boot_end lies in the image's first page, which the move
 * relies on. Main memory is cached and coherent whether the MMU is on or not
 * (Privileged Architecture 1.13, 3.6), so that a move needs no more than FENCE.I.
 *
 * s0 where the image is    s2 home   s3 image size in bytes
 * s4 the hart's id         s5 what the boot loader passed as its tree
 * s6 where to go on with the MMU on
 */
#include "abi/boot_record.h"

#define SATP_SV39 (8 << 60)

    .option norelax
    .section .text.boot, "ax"
    .globl _start, secondary_start, link_boot_end
_start:
    .option push
    .option norvc
    j       start                         /* Image header: Linux, Documentation/arch/riscv/boot-image-header */
    nop
    .option pop
    .quad   0x200000                      /* text_offset */
    .quad   link_image_size
    .quad   0                             /* little endian */
    .long   2, 0                          /* version 0.2 */
    .quad   0
    .ascii  "RISCV\0\0\0RSC\x05"
    .long   0
    .org    _start + BOOT_RECORD_OFFSET
    .skip   BOOT_RECORD_SIZE              /* filled in by the tool */
    .org    _start + BOOT_RECORD_COPY_OFFSET
    .skip   BOOT_RECORD_SIZE

start:
    csrw    sie, zero
    csrci   sstatus, 2                    /* SIE */
    csrw    sscratch, zero
    mv      s4, a0
    mv      s5, a1
    lla     t0, vectors
    csrw    stvec, t0
    lla     sp, link_frame
    lla     s0, _start
    mv      a0, s0
    call    early_check
    ld      s2, BOOT_RECORD_HOME(a0)
    ld      s3, BOOT_RECORD_IMAGE_SIZE(a0)
    beq     s0, s2, at_home
    sub     t0, s2, s0
    bltu    t0, s3, move_up

    /* Downwards, or apart: the first page first, and go on from there. */
    li      a0, 0
    li      a1, 0x1000
    li      a2, 8
    call    copy
    lla     t0, rest
    sub     t0, t0, s0
    add     t0, t0, s2
    fence.i
    jr      t0
rest:
    mv      a1, s3
    j       1f

    /* Upwards and overlapping: from the end. */
move_up:
    addi    a0, s3, -8
    li      a1, -8
    li      a2, -8
1:  call    copy
    fence.i
    mv      a0, s4
    mv      a1, s5
    jr      s2

at_home:
    lla     t0, link_private_start
    lla     t1, link_private_end
1:  .irp    at, 0, 8, 16, 24, 32, 40, 48, 56
    sd      zero, \at(t0)
    .endr
    addi    t0, t0, 64
    bltu    t0, t1, 1b
    call    early_map
    lla     t0, linked_addresses
    ld      s6, 8(t0)
    j       enable_mmu

/*
 * Other harts, from the firmware: a1 is the root of the space that the first
 * hart has made for this one. Aligned, since OpenSBI puts the address into stvec.
 */
    .balign 4
secondary_start:
    csrw    sie, zero
    csrci   sstatus, 2
    lla     t0, linked_addresses
    ld      s6, 16(t0)
    mv      a0, a1

/* a0: root table's machine address, t0: linked_addresses, s6: where to go on, one of them. */
enable_mmu:
    /*
     * This code is not mapped where it runs. The fetch behind the write faults, and
     * the exception goes to the linked address. A hart without Sv39 would ignore the
     * write; with the H extension there is none.
     */
    ld      t0, 0(t0)
    csrw    stvec, t0
    srli    a0, a0, 12
    li      t1, SATP_SV39
    or      a0, a0, t1
    fence.i
    sfence.vma
    csrw    satp, a0
    sfence.vma
1:  wfi
    j       1b

/* The image from byte a0 on in steps of a2, up to a1, which is not copied. Uses t0, t1. */
copy:
    add     t0, s0, a0
    ld      t1, 0(t0)
    add     t0, s2, a0
    sd      t1, 0(t0)
    add     a0, a0, a2
    bne     a0, a1, copy
    ret

    .balign 8
linked_addresses:
    .quad   mmu_is_on, main, main_secondary
link_boot_end:
