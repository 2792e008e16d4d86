/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rtc.h - the board's clock, for a guest that owns it; its interrupt is BOARD_RTC_IRQ, a level.
 * RTC_SECOND of its units are a second. arch_rtc.h has its registers, RTC_..., and inline:
 *
 *   rtc_now()             in its units since 1970
 *   rtc_set_alarm(at)     when it interrupts, once
 *   rtc_enable(on)        whether it does
 *   rtc_acknowledge()     lowers the line
 */
#pragma once

#include "arch_rtc.h"
