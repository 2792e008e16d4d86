/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mmio_hw.h - registers of the interrupt controllers. Accesses come in the order of
 * the program, among each other and with those to memory: so a spinlock guards
 * registers, too, and what was written before an interrupt is sent is seen by who
 * takes it.
 */
#ifndef RISCV64_MMIO_HW_H
#define RISCV64_MMIO_HW_H

#include "arch/memory.h"
#include "mem/hypervisor_space.h"

/* In this core's space, at SPACE_ARCH and up; all page aligned. */
static inline void mmio_map(uint64_t at, uint64_t registers, uint64_t size) {
    space_map(&own_tables, at, phys(registers), size, PAGE_HYPERVISOR_DEVICE);
    arch_tables_written();
}

static inline uint32_t mmio_read(uint64_t at) {
    uint32_t value = *(volatile uint32_t *)(uintptr_t)at;

    __asm__ volatile("fence iorw, iorw" : : : "memory");
    return value;
}

static inline void mmio_write(uint64_t at, uint32_t value) {
    __asm__ volatile("fence iorw, iorw" : : : "memory");
    *(volatile uint32_t *)(uintptr_t)at = value;
    __asm__ volatile("fence iorw, iorw" : : : "memory");
}
#endif
