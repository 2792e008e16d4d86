/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arch_timer.h - riscv64's part of runtime/timer.h: stimecmp (Sstc) where the CPU lets us have
 * it, else the firmware's timer.
 */
#pragma once

#include "arch_board.h"
#include "arch_cpu.h"

#include <stdbool.h>
#include <stdint.h>

#define CSR_STIMECMP 0x14d
#define TIMER_NEVER  UINT64_MAX

/* Finds out which, once, on the boot CPU before anything else below. */
void timer_init(void);

/* Whether it is stimecmp. */
bool timer_has_stimecmp(void);

static inline void timer_set_stimecmp(uint64_t deadline) {
    __asm__ volatile("csrw %0, %1" ::"i"(CSR_STIMECMP), "r"(deadline) : "memory");
}

static inline uint64_t timer_frequency(void) {
    return BOARD_FREQUENCY;
}

static inline uint64_t timer_count(void) {
    return csr_read(time);
}

/* The machine's counter is the hypervisor's to read; this is the guest's. */
static inline uint64_t timer_physical_count(void) {
    return timer_count();
}

/* As runtime/timer.h has them. */
void timer_arm(uint64_t deadline);
void timer_disarm(void);
