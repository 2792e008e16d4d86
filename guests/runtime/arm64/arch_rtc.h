/* SPDX-License-Identifier: Apache-2.0 */
/* arch_rtc.h - arm64's part of runtime/rtc.h: a PL031, by DDI 0224. */
#pragma once

#include "arch_board.h"
#include "arch_mmio.h"

#include <stdbool.h>
#include <stdint.h>

#define RTC_SECOND 1u

#define RTC_DR   (BOARD_RTC + 0x00u)
#define RTC_MR   (BOARD_RTC + 0x04u) /* the second that interrupts */
#define RTC_IMSC (BOARD_RTC + 0x10u)
#define RTC_RIS  (BOARD_RTC + 0x14u)
#define RTC_ICR  (BOARD_RTC + 0x1cu)
#define RTC_PID1 (BOARD_RTC + 0xfe4u)

static inline uint64_t rtc_now(void) {
    return mmio_read32(RTC_DR);
}

static inline void rtc_set_alarm(uint64_t at) {
    mmio_write32(RTC_MR, (uint32_t)at);
}

static inline void rtc_enable(bool on) {
    mmio_write32(RTC_IMSC, on);
}

static inline void rtc_acknowledge(void) {
    mmio_write32(RTC_ICR, 1);
}
