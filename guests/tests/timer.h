/* SPDX-License-Identifier: Apache-2.0 */
/* timer.h - the part of the timer's test that each architecture has of its own. */
#pragma once

#include <stdint.h>

/* Tests that an expired timer that is held back gives no interrupt, and says that it expired.
 * Once with interrupts let in; BOARD_TIMER_IRQ is enabled before and after. */
void timer_check_controls(uint32_t (*interrupts)(void));

/* Tests the counters and timers that only this architecture has. */
void timer_check_others(uint64_t period);
