/* SPDX-License-Identifier: Apache-2.0 */
/*
 * csr_hw.h - control and status registers, and instructions, by number, since older
 * assemblers don't know all names: Privileged Architecture 1.13, chapter 2 ("CSR Listing");
 * AIA 1.0, chapter 2; Sstc; Smstateen.
 */
#ifndef RISCV64_CSR_HW_H
#define RISCV64_CSR_HW_H

#include <stdint.h>

#define CSR_TEXT_(number) #number
#define CSR_TEXT(number)  CSR_TEXT_(number)
/* The register's value before the instruction changes it, or not. */
#define CSR_VALUE(instruction, number, operand)                                                    \
    __extension__({                                                                                \
        uint64_t value_;                                                                           \
        __asm__ volatile(instruction " %0, " CSR_TEXT(number) ", %1"                               \
                         : "=r"(value_)                                                            \
                         : "rK"((uint64_t)(operand))                                               \
                         : "memory");                                                              \
        value_;                                                                                    \
    })
#define READ_CSR(number)        CSR_VALUE("csrrs", number, 0)
#define SWAP_CSR(number, value) CSR_VALUE("csrrw", number, value)
/* Its value before is not asked for. */
#define CSR_CHANGE(instruction, csr, bits)                                                         \
    __asm__ volatile(instruction " " CSR_TEXT(csr) ", %0" : : "rK"((uint64_t)(bits)) : "memory")
#define WRITE_CSR(number, value) CSR_CHANGE("csrw", number, value)
#define SET_CSR(number, bits)    CSR_CHANGE("csrs", number, bits)
#define CLEAR_CSR(number, bits)  CSR_CHANGE("csrc", number, bits)

#define SEED      0x015
#define SSTATUS   0x100
#define SIE       0x104
#define SSTATEEN0 0x10c
#define SEPC      0x141
#define SCAUSE    0x142
#define STVAL     0x143
#define SIP       0x144
#define STIMECMP  0x14d
#define SISELECT  0x150
#define SIREG     0x151
#define STOPEI    0x15c
#define SATP      0x180

#define TIME 0xc01

#define VSSTATUS  0x200
#define VSIE      0x204
#define VSTVEC    0x205
#define VSEPC     0x241
#define VSCAUSE   0x242
#define VSTVAL    0x243
#define VSIP      0x244
#define VSTIMECMP 0x24d
#define VSISELECT 0x250
#define VSIREG    0x251
#define VSATP     0x280

#define HSTATUS    0x600
#define HEDELEG    0x602
#define HIDELEG    0x603
#define HIE        0x604
#define HTIMEDELTA 0x605
#define HCOUNTEREN 0x606
#define HGEIE      0x607
#define HVICTL     0x609
#define HENVCFG    0x60a
#define HSTATEEN0  0x60c
#define HSTATEEN1  0x60d
#define HSTATEEN2  0x60e
#define HSTATEEN3  0x60f
#define HTVAL      0x643
#define HVIP       0x645
#define HTINST     0x64a
#define HGATP      0x680

/* hgatp's MODE of a stage 2: Sv39x4 has three levels. */
#define HGATP_MODE(levels) ((UINT64_C(5) + (levels)) << 60)

/* A CBO instruction on the cache block at `at`: 0 invalidates it, 2 flushes it, 4 zeroes it. */
#define CBO(operation, at)                                                                         \
    __asm__ volatile(".insn i 0x0f, 2, x0, %0, " operation : : "r"(at) : "memory")

/* Loads and stores as the guest does them: Privileged Architecture 1.13, 20.3.1. */
#define HLV_BU(value, at)                                                                          \
    __asm__ volatile(".insn r 0x73, 4, 0x30, %0, %1, x1" : "=r"(value) : "r"(at) : "memory")
#define HLVX_HU(value, at)                                                                         \
    __asm__ volatile(".insn r 0x73, 4, 0x32, %0, %1, x3" : "=r"(value) : "r"(at) : "memory")
#define HSV_B(value, at)                                                                           \
    __asm__ volatile(".insn r 0x73, 4, 0x31, x0, %0, %1" : : "r"(at), "r"(value) : "memory")

/* In the guest's address space, 20.3.2. A 0 that is written as such is x0. */
#define HFENCE_VVMA(at, asid)                                                                      \
    __asm__ volatile(".insn r 0x73, 0, 0x11, x0, %z0, %z1"                                         \
                     :                                                                             \
                     : "rJ"((uint64_t)(at)), "rJ"((uint64_t)(asid))                                \
                     : "memory")

/* Instructions without operands: barriers, and waiting. */
#define INSTRUCTION(text) __asm__ volatile(text : : : "memory")

/* Interrupt numbers, and so bits of sie, hie, hvip, hideleg. */
#define IRQ_SSI  1 /* software */
#define IRQ_VSSI 2 /* the guest's */
#define IRQ_STI  5 /* timer */
#define IRQ_VSTI 6
#define IRQ_SEI  9 /* external */
#define IRQ_VSEI 10

#define BIT(n) (UINT64_C(1) << (n))

#endif
