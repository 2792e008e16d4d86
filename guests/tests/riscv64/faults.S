/* SPDX-License-Identifier: Apache-2.0 */
/* faults.S - what faults.h says. */

    .macro load name, instruction, base=0(a0), norvc=1
    .globl load_\name
load_\name:
    .option push
    .if \norvc
    .option norvc
    .endif
    \instruction a0, \base
    .option pop
    ret
    .endm

    .macro store name, instruction, base=0(a0), norvc=1
    .globl store_\name
store_\name:
    .option push
    .if \norvc
    .option norvc
    .endif
    \instruction a1, \base
    .option pop
    ret
    .endm

    /* sp is another address for one instruction; an exception that is expected would need it. */
    .macro by_sp kind, name, instruction, register
    .globl \kind\()_\name
\kind\()_\name:
    mv t0, sp
    mv sp, a0
    \instruction \register, 0(sp)
    mv sp, t0
    ret
    .endm

    .text
    .balign 4096, 0xff
    .globl faults_code
faults_code:
    .irp name, lb, lbu, lh, lhu, lw, lwu, ld
    load \name, \name
    .endr
    load lw_c, c.lw, 0(a0), 0
    load ld_c, c.ld, 0(a0), 0
    .irp name, sb, sh, sw, sd
    store \name, \name
    .endr
    store sw_c, c.sw, 0(a0), 0
    store sd_c, c.sd, 0(a0), 0
    by_sp load, lw_sp, c.lwsp, a0
    by_sp load, ld_sp, c.ldsp, a0
    by_sp store, sw_sp, c.swsp, a1
    by_sp store, sd_sp, c.sdsp, a1

    .globl load_offset
load_offset:
    addi a0, a0, -2047
    lbu a0, 2047(a0)
    ret

    .globl load_negative
load_negative:
    li t0, 2048
    add a0, a0, t0
    lbu a0, -2048(a0)
    ret

    .globl store_offset
store_offset:
    addi a0, a0, 1
    sb a1, -1(a0)
    ret

    .globl load_reserved
load_reserved:
    lr.w a0, (a0)
    ret

    .globl load_amo
load_amo:
    amoadd.w a0, zero, (a0)
    ret

    /*
     * The address is in t0, what is wanted in t1, what the register had in t2 - or in s2 to s4,
     * for those three.
     */
    .macro enter
    addi sp, sp, -32
    sd s2, 0(sp)
    sd s3, 8(sp)
    sd s4, 16(sp)
    mv t0, a0
    mv t1, a1
    mv s2, a0
    mv s3, a1
    .endm

    .macro leave
    mv a0, a2
    ld s2, 0(sp)
    ld s3, 8(sp)
    ld s4, 16(sp)
    addi sp, sp, 32
    ret
    .endm

    .macro load_into n, at, wanted, kept
    mv \kept, x\n
    lbu x\n, 0(\at)
    mv a0, x\n
    mv x\n, \kept
    li a2, \n
    bne a0, \wanted, 9f
    .endm

    .globl registers_load
registers_load:
    enter
    lbu x0, 0(t0)
    li a2, 0
    bnez x0, 9f
    .irp n, 1, 2, 3, 4, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, \
            28, 29, 30, 31
    load_into \n, t0, t1, t2
    .endr
    .irp n, 5, 6, 7
    load_into \n, s2, s3, s4
    .endr
    lbu x10, 0(t0)
    li a2, 10
    bne x10, t1, 9f
    li a2, 32
9:  leave

    .macro store_from n, at, wanted, kept
    sb zero, 0(\at)
    mv \kept, x\n
    mv x\n, \wanted
    sb x\n, 0(\at)
    mv x\n, \kept
    lbu a0, 0(\at)
    li a2, \n
    bne a0, \wanted, 9f
    .endm

    .globl registers_store
registers_store:
    enter
    .irp n, 1, 2, 3, 4, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, \
            28, 29, 30, 31
    store_from \n, t0, t1, t2
    .endr
    .irp n, 5, 6, 7
    store_from \n, s2, s3, s4
    .endr
    li a2, 32
9:  leave

    /* Two bytes of it before the end of the page, two behind. */
    .option push
    .option norvc
    .balign 4096, 0xff
    .skip 4092
    .option rvc
    .2byte 0x0001                   /* c.nop */
    .option norvc
    .globl load_across
load_across:
    lbu a0, 0(a0)
    .option pop
    ret
    .balign 4
