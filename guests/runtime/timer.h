/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timer.h - the guest's own timer. Deadlines are absolute, in ticks of the counter; the
 * interrupt, BOARD_TIMER_IRQ, is a level that is gone when the deadline lies ahead again or the
 * timer is off. All per CPU, any context.
 *
 * arch_timer.h adds, inline:
 *
 *   timer_frequency()   ticks per second
 *   timer_count()       ticks now, not before anything ahead of it in program order
 *   timer_arm(deadline)
 *   timer_disarm()
 */
#pragma once

#include "arch_timer.h"

#include <stdint.h>

/* Busy wait. */
static inline void timer_wait_us(uint64_t microseconds) {
    uint64_t begin = timer_count();

    while (timer_count() - begin < microseconds * (timer_frequency() / 1000000)) {
    }
}
