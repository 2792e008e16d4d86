/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start.S - from the boot loader's jump to C.
 *
 * Runs with the MMU off, at whatever address the image was loaded; a0 is this
 * hart's id. In order: believe the boot record (so that messages are possible),
 * move the whole image to its home, clear the private data, map the hypervisor
 * and turn the MMU on. Everything up to link_boot_end lies in the image's first
 * page, which the move relies on. Main memory is cached and coherent whether the
 * MMU is on or not (Privileged Architecture 1.13, 3.6), so that a move needs no
 * more than FENCE.I.
 *
 * s0 where the image is    s1 console registers (0: none)   s2 home
 * s3 image size in bytes   s4 the hart's id                 s5 the console's layout
 * s6 where to go on with the MMU on
 */
#include "abi/boot_record.h"

#define HSTATUS 0x600

#define PTE_TABLE 0x01                    /* V */
#define PTE_TEXT  0x4b                    /* V R X A */
#define PTE_CONST 0x43
#define PTE_DATA  0xc7                    /* V R W A D */
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
boot_record:
    .skip   BOOT_RECORD_SIZE              /* filled in by the tool */
    .org    _start + BOOT_RECORD_COPY_OFFSET
boot_record_copy:
    .skip   BOOT_RECORD_SIZE

/* The record at a0: its console in s1 and s5; a1 is 0 if it is whole. Uses t0-t2. */
read_record:
    li      a1, 0
    li      t0, 0
1:  add     t1, a0, t0
    lw      t2, 0(t1)
    addw    a1, a1, t2
    addi    t0, t0, 4
    li      t1, BOOT_RECORD_SIZE
    bltu    t0, t1, 1b
    lw      t0, 0(a0)
    li      t1, BOOT_RECORD_MAGIC
    xor     t0, t0, t1
    or      a1, a1, t0
    li      s1, 0
    bnez    a1, 2f
    lw      t0, BOOT_RECORD_CONSOLE_KIND(a0)
    li      t1, CONSOLE_KIND_16550
    bne     t0, t1, 2f
    ld      s1, BOOT_RECORD_CONSOLE_PHYS(a0)
    lw      s5, BOOT_RECORD_CONSOLE_LAYOUT(a0)
2:  ret

start:
    csrw    sie, zero
    csrci   sstatus, 2                    /* SIE */
    mv      s4, a0
    lla     s0, _start
    lla     a0, boot_record
    call    read_record
    beqz    a1, 1f
    lla     a0, boot_record_copy
    call    read_record
    lla     a0, message_record
    j       refuse_early
1:  lla     t0, no_hypervisor
    csrw    stvec, t0
    csrr    t0, HSTATUS
    lla     t0, early_exception
    csrw    stvec, t0
    csrr    t0, satp
    lla     a0, message_mmu
    bnez    t0, refuse_early

    lla     t0, boot_record
    ld      s2, BOOT_RECORD_HOME(t0)
    ld      s3, BOOT_RECORD_IMAGE_SIZE(t0)
    beq     s0, s2, at_home
    lla     a0, message_aligned
    slli    t0, s0, 52
    bnez    t0, refuse_early
    sub     t0, s2, s0                    /* upwards and overlapping: from the end */
    bltu    t0, s3, move_up

    /* Downwards, or apart: the first page first, and go on from there. */
    li      a0, 0
    li      a1, 0x1000
    call    copy
    fence.i
    lla     t0, 1f
    sub     t0, t0, s0
    add     t0, t0, s2
    jr      t0
1:  li      a0, 0x1000
    mv      a1, s3
    call    copy
    j       moved

move_up:
    mv      t0, s3
1:  addi    t0, t0, -8
    add     t1, s0, t0
    ld      t2, 0(t1)
    add     t1, s2, t0
    sd      t2, 0(t1)
    bnez    t0, 1b

moved:
    fence.i
    lla     t0, at_home
    lla     t1, _start
    sub     t0, t0, t1
    add     t0, t0, s2
    jr      t0

at_home:
    mv      s0, s2
    lla     t0, early_exception
    csrw    stvec, t0
    lla     t0, link_private_start
    lla     t1, link_private_end
1:  sd      zero, 0(t0)
    addi    t0, t0, 8
    bltu    t0, t1, 1b
    lla     t0, boot_hart
    sd      s4, 0(t0)

    /* Three tables: 512 GiB, 1 GiB, 2 MiB. The rest of them is filled in by C. */
    lla     a0, own_tables                /* .root */
    li      t3, 0x1000
    add     t1, a0, t3                    /* .gigabyte */
    add     t2, t1, t3                    /* .image */
    srli    t4, t1, 2
    ori     t4, t4, PTE_TABLE
    sd      t4, (128 * 8)(a0)             /* SPACE_BASE is 128 GiB */
    srli    t4, t2, 2
    ori     t4, t4, PTE_TABLE
    sd      t4, 0(t1)
    lla     t4, _start
    li      t5, PTE_TEXT
    lla     t6, link_const_start
    call    map_pages
    li      t5, PTE_CONST
    lla     t6, link_private_start
    call    map_pages
    li      t5, PTE_DATA
    lla     t6, link_private_end
    call    map_pages
    lla     t0, linked_addresses
    ld      s6, 8(t0)
    j       enable_mmu

/*
 * Other harts, from the firmware: a1 is the root of the space that the first
 * hart has made for this one.
 */
secondary_start:
    csrw    sie, zero
    csrci   sstatus, 2                    /* SIE */
    lla     t0, early_exception
    csrw    stvec, t0
    li      s1, 0                         /* the console is the first hart's as yet */
    lla     t0, linked_addresses
    ld      s6, 16(t0)
    mv      a0, a1

/* a0: root table's machine address, s6: where to go on, at its linked address. */
enable_mmu:
    /*
     * This code is not mapped where it runs. The fetch behind the write faults, and
     * the exception goes to the linked address.
     */
    lla     t0, linked_addresses
    ld      t0, 0(t0)
    csrw    stvec, t0
    srli    a0, a0, 12
    li      t1, SATP_SV39
    or      a0, a0, t1
    fence.i
    sfence.vma
    csrw    satp, a0
    sfence.vma
    lla     a0, message_sv39              /* the write had no effect */
    j       refuse_early

/* Bytes [a0, a1) of the image, from s0 to s2. Uses t0, t1. */
copy:
    add     t0, s0, a0
    ld      t1, 0(t0)
    add     t0, s2, a0
    sd      t1, 0(t0)
    addi    a0, a0, 8
    bltu    a0, a1, copy
    ret

/* Entries from t2 on for pages [t4, t6) with attributes t5; leaves t4 at t6. Uses t0. */
map_pages:
    srli    t0, t4, 2
    or      t0, t0, t5
    sd      t0, 0(t2)
    addi    t2, t2, 8
    add     t4, t4, t3
    bltu    t4, t6, map_pages
    ret

/* Writes the character a1 to the console s1; never waits longer than a broken UART is worth. */
put:
    beqz    s1, 4f
    andi    t0, s5, 0xff                  /* LSR is register 5 */
    li      t1, 5
    sll     t1, t1, t0
    add     t1, t1, s1
    srli    t0, s5, 8                     /* bytes of an access: 4 or 1 */
    addi    t0, t0, -4
    li      t3, 0x100000
1:  addi    t3, t3, -1
    beqz    t3, 4f
    bnez    t0, 2f
    lw      t2, 0(t1)
    j       3f
2:  lbu     t2, 0(t1)
3:  andi    t2, t2, 0x20                  /* THRE */
    beqz    t2, 1b
    bnez    t0, 5f
    sw      a1, 0(s1)
4:  ret
5:  sb      a1, 0(s1)
    ret

/* The string at a0. Uses a1, a2, t0-t3. */
say:
    mv      a2, ra
1:  lbu     a1, 0(a0)
    addi    a0, a0, 1
    beqz    a1, 2f
    call    put
    j       1b
2:  jr      a2

    .balign 4
no_hypervisor:
    lla     a0, message_level
refuse_early:
    mv      s6, a0
    lla     a0, message_prefix
    call    say
    mv      a0, s6
    call    say
finish_early:
    lla     a0, message_end
    call    say
stand_still:
    wfi
    j       stand_still

/* An exception while the MMU is off. */
    .balign 4
    .globl early_exception
early_exception:
    lla     a0, message_prefix
    call    say
    lla     a0, message_exception
    call    say
    csrr    a0, scause
    call    say_hex
    lla     a0, message_address
    call    say
    csrr    a0, stval
    call    say_hex
    j       finish_early

/* a0 in hexadecimal. Uses a1-a3, t0-t3. */
say_hex:
    mv      a2, ra
    li      a3, 64
1:  addi    a3, a3, -4
    srl     a1, a0, a3
    andi    a1, a1, 0xf
    addi    a1, a1, '0'
    li      t0, '9'
    bleu    a1, t0, 2f
    addi    a1, a1, 'a' - '0' - 10
2:  call    put
    bnez    a3, 1b
    jr      a2

    .balign 8
linked_addresses:
    .quad   mmu_is_on, main, main_secondary
message_prefix:    .asciz "bulkhead: refused: "
message_end:       .asciz "\r\n"
message_record:    .asciz "boot-record: the image's first page is damaged: write the image anew"
message_level:     .asciz "hypervisor-extension: must be started in HS-mode (this hart has no H extension, or it is in use)"
message_mmu:       .asciz "mmu-on: must be started with the MMU off, as Linux is"
message_sv39:      .asciz "sv39: this hart has no Sv39 translation"
message_aligned:   .asciz "load-address: the image must be loaded at a multiple of 4 KiB"
message_exception: .asciz "no-memory: an access failed while moving to the image's home: scause 0x"
message_address:   .asciz ", address 0x"
    .balign 4
link_boot_end:
