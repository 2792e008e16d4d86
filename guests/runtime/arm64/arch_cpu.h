/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arch_cpu.h - arm64's part of runtime/cpu.h, and system registers. For guests at EL1.
 */
#pragma once

#include <stdint.h>

/* Reads or writes a system register, given by its assembler name. Any context. */
#define sysreg_read(name)                                                                          \
    __extension__({                                                                                \
        uint64_t value_;                                                                           \
        __asm__ volatile("mrs %0, " #name : "=r"(value_)::"memory");                               \
        value_;                                                                                    \
    })
#define sysreg_write(name, value)                                                                  \
    __asm__ volatile("msr " #name ", %0" ::"r"((uint64_t)(value)) : "memory")

/* Orders what follows behind system register writes before it. */
static inline void cpu_isb(void) {
    __asm__ volatile("isb" ::: "memory");
}

static inline void cpu_barrier(void) {
    __asm__ volatile("dsb sy" ::: "memory");
}

static inline void cpu_wait(void) {
    __asm__ volatile("dsb sy\n\twfi" ::: "memory");
}

static inline void cpu_irq_enable(void) {
    __asm__ volatile("msr daifclr, #2\n\tisb" ::: "memory");
}

static inline void cpu_irq_disable(void) {
    __asm__ volatile("msr daifset, #2" ::: "memory");
}

/* The affinity fields of this CPU, as PSCI and the GIC take them: Aff3 in bits 39:32. */
static inline uint64_t cpu_affinity(void) {
    return sysreg_read(mpidr_el1) & 0xff00ffffffu;
}

/* On every machine our guests run on, affinity 0.0.0.n. */
static inline uint32_t cpu_index(void) {
    return (uint32_t)(sysreg_read(mpidr_el1) & 0xff);
}

static inline void cpu_set_vectors(uint64_t address) {
    sysreg_write(vbar_el1, address);
    cpu_isb();
}

static inline void cpu_spin(void) {
    __asm__ volatile("msr daifset, #0xf\n1:\tb 1b");
}
