/* SPDX-License-Identifier: Apache-2.0 */
/*
 * csr_hw.h - control and status registers by the assembler's names; what Debian bookworm's
 * assemblers (binutils 2.40, LLVM 14) do not know is here by number, as are instructions.
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

/* AIA 1.0, chapter 2. */
#define SISELECT  0x150
#define SIREG     0x151
#define STOPEI    0x15c
#define VSISELECT 0x250
#define VSIREG    0x251
#define HVICTL    0x609

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
