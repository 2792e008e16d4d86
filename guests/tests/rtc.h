/* SPDX-License-Identifier: Apache-2.0 */
/* rtc.h - the part of the clock's test that each architecture has of its own. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define RTC_ALARMS   3u
#define RTC_PATIENCE 3000u /* milliseconds */

/* How often it has interrupted, and how often it is to before it is acknowledged. */
extern volatile uint32_t rtc_alarms, rtc_keep;

/* Whether there have been so many alarms: for tick_wait(). */
bool rtc_has_come(uint64_t number);

/* Part of a test: one alarm, which comes once, in time; it is number `number`. */
void rtc_check_alarm(uint32_t number);

/* Each architecture's: the distance of an alarm and how exact it is, in the clock's units; part of
 * a test: the registers at rest; whether they say that an alarm is set, or was not taken; and
 * tests of its own, with the interrupt on. */
extern const uint64_t rtc_distance, rtc_precision;
void rtc_check_registers(void);
void rtc_check_armed(bool armed);
void rtc_check_others(void);
