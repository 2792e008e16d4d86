/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arch_cpu.h - riscv64's part of runtime/cpu.h, and CSRs. For guests in S-mode, under OpenSBI or
 * Bulkhead. A CPU's number is its hart id; tp holds it.
 */
#pragma once

/* sstatus */
#define STATUS_SIE  (1u << 1)
#define STATUS_SPIE (1u << 5)
#define STATUS_SPP  (1u << 8)
#define STATUS_VS   (3u << 9)
#define STATUS_FS   (3u << 13)
#define STATUS_SUM  (1u << 18)
#define STATUS_MXR  (1u << 19)

/* sie, sip, and the causes of interrupts */
#define INTERRUPT_SOFTWARE 1
#define INTERRUPT_TIMER    5
#define INTERRUPT_EXTERNAL 9

#ifndef __ASSEMBLER__
#include <stdint.h>

/* Reads or writes a CSR, or sets or clears bits of it; given by its assembler name or, if the
 * assembler is older than the CSR, its number. Any context. */
#define csr_read(csr)                                                                              \
    __extension__({                                                                                \
        uint64_t value_;                                                                           \
        __asm__ volatile("csrr %0, " #csr : "=r"(value_)::"memory");                               \
        value_;                                                                                    \
    })
#define csr_write(csr, value)                                                                      \
    __asm__ volatile("csrw " #csr ", %0" ::"r"((uint64_t)(value)) : "memory")
#define csr_set(csr, bits) __asm__ volatile("csrs " #csr ", %0" ::"r"((uint64_t)(bits)) : "memory")
#define csr_clear(csr, bits)                                                                       \
    __asm__ volatile("csrc " #csr ", %0" ::"r"((uint64_t)(bits)) : "memory")

static inline void cpu_barrier(void) {
    __asm__ volatile("fence iorw, iorw" ::: "memory");
}

static inline void cpu_wait(void) {
    __asm__ volatile("fence iorw, iorw\n\twfi" ::: "memory");
}

static inline void cpu_irq_enable(void) {
    __asm__ volatile("csrsi sstatus, 2" ::: "memory");
}

static inline void cpu_irq_disable(void) {
    __asm__ volatile("csrci sstatus, 2" ::: "memory");
}

static inline uint32_t cpu_index(void) {
    uint64_t hart;

    __asm__ volatile("mv %0, tp" : "=r"(hart));
    return (uint32_t)hart;
}

static inline void cpu_set_vectors(uint64_t address) {
    csr_write(stvec, address);
}

static inline void cpu_spin(void) {
    __asm__ volatile("csrw sie, zero\n\tcsrci sstatus, 2\n1:\tj 1b");
}

#endif
