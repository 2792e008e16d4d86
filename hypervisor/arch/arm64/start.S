/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start.S - from the boot loader's jump to C.
 *
 * Runs with the MMU off, at whatever address the image was loaded. In order:
 * believe the boot record (so that messages are possible), move the whole image
 * to its home, clear the private data, map the hypervisor and turn the MMU on.
 * Everything up to link_boot_end lies in the image's first page, which the move
 * relies on.
 *
 * x20 where the image is   x21 console registers (0: none)   x22 home
 * x23 image size in bytes  x24 size of a data cache line
 */
#include "abi/boot_record.h"

#define SCTLR_EL2_ON 0x30cd183d /* RES1, WXN, I, SA, C, M: DDI 0487 D19.2.124 */
#define MAIR_EL2_VALUE 0xff04   /* 0: Device-nGnRE, 1: normal, write-back */
#define TCR_EL2_BASE 0x80803519 /* RES1, 4 KiB, inner shareable, write-back, 39 bits */

#define PTE_TABLE 0x3
#define PTE_TEXT  0x7c7                   /* page, attr 1, AP[1], read-only, shareable, AF */
#define PTE_CONST 0x00400000000007c7      /* + XN */
#define PTE_DATA  0x0040000000000747

    .section .text.boot, "ax"
    .globl _start, secondary_start, link_boot_end
_start:
    b       start                         /* Image header: Linux, Documentation/arch/arm64/booting */
    nop
    .quad   0                             /* text_offset */
    .quad   link_image_size
    .quad   0xa                           /* little endian, 4 KiB pages, anywhere in memory */
    .quad   0, 0, 0
    .ascii  "ARM\x64"
    .long   0
    .org    _start + BOOT_RECORD_OFFSET
boot_record:
    .skip   BOOT_RECORD_SIZE              /* filled in by the tool */
    .org    _start + BOOT_RECORD_COPY_OFFSET
boot_record_copy:
    .skip   BOOT_RECORD_SIZE

/* The record at x0: its console in x21; flags say "equal" if it is whole. Uses x1-x3. */
read_record:
    mov     w1, #0
    mov     x2, #0
1:  ldr     w3, [x0, x2]
    add     w1, w1, w3
    add     x2, x2, #4
    cmp     x2, #BOOT_RECORD_SIZE
    b.lo    1b
    ldr     w2, [x0]
    ldr     w3, =BOOT_RECORD_MAGIC
    eor     w2, w2, w3
    orr     w1, w1, w2
    ldr     w2, [x0, #BOOT_RECORD_CONSOLE_KIND]
    ldr     x21, [x0, #BOOT_RECORD_CONSOLE_PHYS]
    cmp     w2, #CONSOLE_KIND_PL011
    csel    x21, x21, xzr, eq
    cmp     w1, #0
    csel    x21, x21, xzr, eq
    ret

start:
    msr     daifset, #0xf
    adr     x20, _start
    adr     x0, boot_record
    bl      read_record
    b.eq    1f
    adr     x0, boot_record_copy
    bl      read_record
    adr     x0, message_record
    b       refuse_early
1:  mrs     x1, CurrentEL
    cmp     x1, #(2 << 2)
    adr     x0, message_level
    b.ne    refuse_early
    adrp    x1, vectors
    add     x1, x1, :lo12:vectors
    msr     vbar_el2, x1
    isb
    mrs     x1, sctlr_el2
    adr     x0, message_mmu
    tbnz    x1, #0, refuse_early

    mrs     x1, ctr_el0                   /* DminLine: log2 of the words in a line */
    ubfx    x1, x1, #16, #4
    mov     x24, #4
    lsl     x24, x24, x1
    adr     x1, boot_record
    ldr     x22, [x1, #BOOT_RECORD_HOME]
    ldr     x23, [x1, #BOOT_RECORD_IMAGE_SIZE]
    cmp     x20, x22
    b.eq    at_home
    adr     x0, message_aligned
    tst     x20, #0xfff
    b.ne    refuse_early

    /*
     * Lines of the new place that are still dirty from its former life would
     * later be written back over the image: out with them first.
     */
    mov     x0, x22
    add     x1, x22, x23
    bl      clean
    sub     x1, x22, x20                  /* upwards and overlapping: from the end */
    cmp     x1, x23
    b.lo    move_up

    /* Downwards, or apart: the first page first, and go on from there. */
    mov     x0, #0
    mov     x1, #0x1000
    bl      copy
    bl      forget_instructions
    adr     x0, 1f
    sub     x0, x0, x20
    add     x0, x0, x22
    br      x0
1:  mov     x0, #0x1000
    mov     x1, x23
    bl      copy
    b       moved

move_up:
    mov     x0, x23
1:  sub     x0, x0, #16
    add     x1, x20, x0
    ldp     x2, x3, [x1]
    add     x1, x22, x0
    stp     x2, x3, [x1]
    cbnz    x0, 1b

moved:
    mov     x0, x22                       /* what was fetched into caches meanwhile is stale */
    add     x1, x22, x23
    bl      clean
    bl      forget_instructions
    adr     x0, at_home
    adr     x1, _start
    sub     x0, x0, x1
    add     x0, x0, x22
    br      x0

at_home:
    mov     x20, x22
    adrp    x1, vectors
    add     x1, x1, :lo12:vectors
    msr     vbar_el2, x1
    adrp    x0, link_private_start        /* nothing old may be written back over it */
    adrp    x1, link_private_end
    bl      clean
    adrp    x0, link_private_start
1:  stp     xzr, xzr, [x0], #16
    cmp     x0, x1
    b.lo    1b

    /* Three tables: 512 GiB, 1 GiB, 2 MiB. The rest of them is filled in by C. */
    adrp    x2, own_tables                /* .root */
    add     x3, x2, #0x1000               /* .gigabyte */
    add     x4, x2, #0x2000               /* .image */
    orr     x5, x3, #PTE_TABLE
    str     x5, [x2, #(128 * 8)]          /* SPACE_BASE is 128 GiB */
    orr     x5, x4, #PTE_TABLE
    str     x5, [x3]
    adrp    x5, _start
    ldr     x6, =PTE_TEXT
    adrp    x7, link_const_start
    bl      map_pages
    ldr     x6, =PTE_CONST
    adrp    x7, link_private_start
    bl      map_pages
    ldr     x6, =PTE_DATA
    adrp    x7, link_private_end
    bl      map_pages

    adrp    x0, link_private_start        /* written past the caches: drop stale lines */
    bl      clean
    mov     x0, x2
    ldr     x19, =main
    b       enable_mmu

/*
 * Other cores, from the firmware: x0 is the root of the space that the first
 * core has made for this one.
 */
secondary_start:
    msr     daifset, #0xf
    adrp    x1, vectors
    add     x1, x1, :lo12:vectors
    msr     vbar_el2, x1
    mov     x21, #0                       /* the console is the first core's as yet */
    ldr     x19, =main_secondary

/* x0: root table's machine address, x19: where to go on, at its linked address. */
enable_mmu:
    ldr     x1, =MAIR_EL2_VALUE
    msr     mair_el2, x1
    ldr     x1, =TCR_EL2_BASE
    mrs     x2, id_aa64mmfr0_el1          /* PS: as many bits as there are, 48 at most */
    and     x2, x2, #0xf
    mov     x3, #5
    cmp     x2, x3
    csel    x2, x2, x3, lo
    orr     x1, x1, x2, lsl #16
    msr     tcr_el2, x1
    msr     ttbr0_el2, x0
    mov     x1, #0x80000000               /* HCR_EL2.RW alone: no E2H, no TGE */
    msr     hcr_el2, x1
    isb
    tlbi    alle2
    ic      iallu
    dsb     sy
    isb
    /*
     * This code is not mapped where it runs. The fetch behind the ISB faults, and
     * the exception goes to the vectors' linked address: with SP_EL0 selected, to
     * the entry that nothing else uses.
     */
    ldr     x1, =vectors
    msr     vbar_el2, x1
    msr     spsel, #0
    ldr     x1, =SCTLR_EL2_ON
    isb
    msr     sctlr_el2, x1
    isb
    b       .

/* Bytes [x0, x1) of the image, from x20 to x22. Uses x2-x4. */
copy:
    add     x2, x20, x0
    ldp     x3, x4, [x2]
    add     x2, x22, x0
    stp     x3, x4, [x2]
    add     x0, x0, #16
    cmp     x0, x1
    b.lo    copy
    dsb     sy
    ret

/* Data cache lines of [x0, x1): written back, and dropped. Changes x0. */
clean:
1:  dc      civac, x0
    add     x0, x0, x24
    cmp     x0, x1
    b.lo    1b
    dsb     sy
    ret

forget_instructions:
    dsb     sy
    ic      iallu
    dsb     sy
    isb
    mrs     x1, isr_el1                   /* a store may abort asynchronously: SError pending */
    tbnz    x1, #8, early_exception
    ret

/* Entries from x4 on for pages [x5, x7) with attributes x6; leaves x5 at x7. Uses x8. */
map_pages:
    orr     x8, x5, x6
    str     x8, [x4], #8
    add     x5, x5, #0x1000
    cmp     x5, x7
    b.lo    map_pages
    ret

/* Writes the character w1 to the console x21; never waits longer than a broken UART is worth. */
put:
    cbz     x21, 2f
    mov     w2, #0x100000
1:  ldr     w3, [x21, #0x18]              /* UARTFR */
    sub     w2, w2, #1
    cbz     w2, 2f
    tbnz    w3, #5, 1b                    /* TXFF */
    str     w1, [x21]
2:  ret

/* The string at x0, on a UART that nobody may have enabled yet. Uses x1-x4. */
say:
    mov     x4, x30
    cbz     x21, 2f
    ldr     w1, [x21, #0x30]              /* UARTCR: UARTEN, TXE */
    mov     w2, #0x101
    orr     w1, w1, w2
    str     w1, [x21, #0x30]
1:  ldrb    w1, [x0], #1
    cbz     w1, 2f
    bl      put
    b       1b
2:  ret     x4

refuse_early:
    mov     x19, x0
    adr     x0, message_prefix
    bl      say
    mov     x0, x19
    bl      say
finish_early:
    adr     x0, message_end
    bl      say
stand_still:
    wfi
    b       stand_still

/* An exception while the MMU is off. */
    .globl early_exception
early_exception:
    mrs     x19, far_el2
    mrs     x18, esr_el2
    adr     x0, message_prefix
    bl      say
    adr     x0, message_exception
    bl      say
    mov     x0, x18
    bl      say_hex
    adr     x0, message_address
    bl      say
    mov     x0, x19
    bl      say_hex
    b       finish_early

/* x0 in hexadecimal. Uses x1-x5. */
say_hex:
    mov     x4, x30
    mov     x5, #64
1:  sub     x5, x5, #4
    lsr     x1, x0, x5
    and     x1, x1, #0xf
    add     x2, x1, #('a' - 10)
    cmp     x1, #10
    add     x1, x1, #'0'
    csel    x1, x1, x2, lo
    bl      put
    cbnz    x5, 1b
    ret     x4

message_prefix:    .asciz "bulkhead: refused: "
message_end:       .asciz "\r\n"
message_record:    .asciz "boot-record: the image's first page is damaged: write the image anew"
message_level:     .asciz "exception-level: must be started at EL2 (virtualization is off, or in use)"
message_mmu:       .asciz "mmu-on: must be started with the MMU off, as Linux is"
message_aligned:   .asciz "load-address: the image must be loaded at a multiple of 4 KiB"
message_exception: .asciz "no-memory: an access failed while moving to the image's home: ESR 0x"
message_address:   .asciz ", address 0x"
    .align  3
    .ltorg
link_boot_end:
