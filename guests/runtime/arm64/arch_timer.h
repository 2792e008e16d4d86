/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arch_timer.h - arm64's part of runtime/timer.h: the virtual timer, which is a guest's own, with
 * all its controls; and the physical one.
 */
#pragma once

#include "arch_cpu.h"

#include <stdint.h>

#define TIMER_ENABLE (1u << 0)
#define TIMER_MASK   (1u << 1) /* runs, but gives no interrupt */
#define TIMER_STATUS (1u << 2) /* read only: the deadline has passed */

static inline uint64_t timer_frequency(void) {
    return sysreg_read(cntfrq_el0);
}

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

static inline void timer_arm(uint64_t deadline) {
    timer_set(deadline, TIMER_ENABLE);
}

static inline void timer_disarm(void) {
    timer_set(0, 0);
}
