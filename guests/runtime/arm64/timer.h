/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timer.h - the generic timer: the virtual one, which is a guest's own, and the physical one.
 * Deadlines are absolute, in counter ticks; a timer's interrupt is a level, gone when the
 * deadline lies ahead again or the timer is off. All per CPU, any context.
 */
#ifndef RUNTIME_ARM64_TIMER_H
#define RUNTIME_ARM64_TIMER_H

#include "runtime/arm64/cpu.h"

#include <stdint.h>

#define TIMER_ENABLE (1u << 0)
#define TIMER_MASK   (1u << 1) /* runs, but gives no interrupt */
#define TIMER_STATUS (1u << 2) /* read only: the deadline has passed */

/* Ticks per second of all counters. */
static inline uint64_t timer_frequency(void) {
    return sysreg_read(cntfrq_el0);
}

/* Ticks of the virtual counter, not before anything ahead of it in program order. */
static inline uint64_t timer_count(void) {
    cpu_isb();
    return sysreg_read(cntvct_el0);
}

static inline uint64_t timer_physical_count(void) {
    cpu_isb();
    return sysreg_read(cntpct_el0);
}

static inline void timer_set(uint64_t deadline, uint32_t control) {
    sysreg_write(cntv_cval_el0, deadline);
    sysreg_write(cntv_ctl_el0, control);
    cpu_isb();
}

static inline void timer_physical_set(uint64_t deadline, uint32_t control) {
    sysreg_write(cntp_cval_el0, deadline);
    sysreg_write(cntp_ctl_el0, control);
    cpu_isb();
}

/* Busy wait. */
static inline void timer_wait_us(uint64_t microseconds) {
    uint64_t begin = timer_count();

    while (timer_count() - begin < microseconds * (timer_frequency() / 1000000)) {
    }
}

#endif
