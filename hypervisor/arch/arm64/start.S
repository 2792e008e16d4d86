/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start.S - from the boot loader's jump to C.
 *
 * Runs with the MMU off, at whatever address the image was loaded. In order:
 * believe the boot record (boot/early.c), move the whole image to its home and begin
 * anew there, clear the private data, map the hypervisor and turn the MMU on.
 * Everything up to link_boot_end lies in the image's first page, which the move
 * relies on.
 *
 * x20 where the image is   x22 home   x23 image size in bytes
 * x24 size of a data cache line
 * x19 where to go on with the MMU on   x26 what the boot loader passed as its tree
 */
#include "abi/boot_record.h"

#define SCTLR_EL2_ON 0x30cd183d /* RES1, WXN, I, SA, C, M: DDI 0487 D19.2.124 */
#define MAIR_EL2_VALUE 0x44ff04 /* 0: Device-nGnRE, 1: normal, write-back, 2: normal, non-cacheable */
#define TCR_EL2_BASE 0x80803519 /* RES1, 4 KiB, inner shareable, write-back, 39 bits */

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
    .skip   BOOT_RECORD_SIZE              /* filled in by the tool */
    .org    _start + BOOT_RECORD_COPY_OFFSET
    .skip   BOOT_RECORD_SIZE

start:
    msr     daifset, #0xf
    msr     spsel, #1
    mov     x26, x0
    adr     x0, link_frame
    mov     sp, x0
    mrs     x1, CurrentEL
    cmp     x1, #(2 << 2)
    b.ne    1f                            /* has no VBAR_EL2, and will be told so */
    adr     x1, vectors
    msr     vbar_el2, x1
    isb
1:  adr     x20, _start
    mov     x0, x20
    bl      early_check
    ldr     x22, [x0, #BOOT_RECORD_HOME]
    ldr     x23, [x0, #BOOT_RECORD_IMAGE_SIZE]
    mrs     x1, ctr_el0                   /* DminLine: log2 of the words in a line */
    ubfx    x1, x1, #16, #4
    mov     x24, #4
    lsl     x24, x24, x1
    cmp     x20, x22
    b.eq    at_home

    /*
     * Lines of the new place that are still dirty from its former life would
     * later be written back over the image: out with them first.
     */
    mov     x2, x22
    add     x3, x22, x23
    bl      clean
    sub     x1, x22, x20
    cmp     x1, x23
    b.lo    move_up

    /* Downwards, or apart: the first page first, and go on from there. */
    mov     x0, #0
    mov     x1, #0x1000
    mov     x5, #16
    bl      copy
    bl      go_home
    mov     x1, x23
    b       1f

    /* Upwards and overlapping: from the end. */
move_up:
    sub     x0, x23, #16
    mov     x1, #-16
    mov     x5, #-16
1:  bl      copy
    mov     x2, x22                       /* what was fetched into caches meanwhile is stale */
    add     x3, x22, x23
    bl      clean
    bl      go_home
    mov     x0, x26
    b       start

at_home:
    adrp    x2, link_private_start        /* nothing old may be written back over it */
    adrp    x3, link_private_end
    bl      clean
    adrp    x2, link_private_start
1:  stp     xzr, xzr, [x2], #16
    cmp     x2, x3
    b.lo    1b
    bl      early_map
    adrp    x2, link_private_start        /* written past the caches: drop stale lines */
    adrp    x3, link_private_end
    bl      clean
    ldr     x19, =main
    b       enable_mmu

/*
 * Other cores, from the firmware: x0 is the root of the space that the first
 * core has made for this one.
 */
secondary_start:
    msr     daifset, #0xf
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

/* The image from byte x0 on in steps of x5, up to x1, which is not copied. Uses x2-x4. */
copy:
    add     x2, x20, x0
    ldp     x3, x4, [x2]
    add     x2, x22, x0
    stp     x3, x4, [x2]
    add     x0, x0, x5
    cmp     x0, x1
    b.ne    copy
    dsb     sy
    ret

/* Data cache lines of [x2, x3): written back, and dropped. Changes x2. */
clean:
1:  dc      civac, x2
    add     x2, x2, x24
    cmp     x2, x3
    b.lo    1b
    dsb     sy
    ret

/* Behind a copy or a clean, and its barrier: to where the caller is in the image at home. Uses x2. */
go_home:
    adr     x2, _start
    sub     x30, x30, x2
    add     x30, x30, x22
    ic      iallu
    dsb     sy
    isb
    mrs     x2, isr_el1                   /* a store may abort asynchronously: SError pending */
    tbnz    x2, #8, exception_own
    ret

    .align  3
    .ltorg
link_boot_end:
