/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cpu.h - the processor as a bare-metal guest at EL1 sees it: system registers, interrupt
 * masks, CPU numbers and stacks.
 */
#ifndef RUNTIME_ARM64_CPU_H
#define RUNTIME_ARM64_CPU_H

#define CPUS_MAX       8
#define CPU_STACK_SIZE 16384 /* bytes, one per CPU */

#ifndef __ASSEMBLER__
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

/* Waits until all memory accesses before it have completed. */
static inline void cpu_dsb(void) {
    __asm__ volatile("dsb sy" ::: "memory");
}

/* Sleeps until an interrupt is pending for this CPU, masked or not. */
static inline void cpu_wait(void) {
    __asm__ volatile("dsb sy\n\twfi" ::: "memory");
}

/* Takes interrupts on this CPU from here on. */
static inline void cpu_irq_enable(void) {
    __asm__ volatile("msr daifclr, #2\n\tisb" ::: "memory");
}

/* Holds interrupts back on this CPU from here on. */
static inline void cpu_irq_disable(void) {
    __asm__ volatile("msr daifset, #2" ::: "memory");
}

/* The affinity fields of this CPU, as PSCI and the GIC take them: Aff3 in bits 39:32. */
static inline uint64_t cpu_affinity(void) {
    return sysreg_read(mpidr_el1) & 0xff00ffffffu;
}

/* This CPU's number: on every machine our guests run on, affinity 0.0.0.n. */
static inline uint32_t cpu_index(void) {
    return (uint32_t)(sysreg_read(mpidr_el1) & 0xff);
}

/*
 * Starts CPU `index` by PSCI in `entry`, on its own stack, MMU on and interrupts masked.
 * Returns what CPU_ON returned. `entry` must not return.
 */
int64_t cpu_start(uint32_t index, void (*entry)(uint64_t argument), uint64_t argument);

#endif
#endif
