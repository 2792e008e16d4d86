/* SPDX-License-Identifier: Apache-2.0 */
/* arch_rtc.h - riscv64's part of runtime/rtc.h: QEMU's goldfish clock. */
#pragma once

#include "arch_board.h"
#include "arch_mmio.h"

#include <stdbool.h>
#include <stdint.h>

#define RTC_SECOND 1000000000u

#define RTC_TIME_LOW        (BOARD_RTC + 0x00u)
#define RTC_TIME_HIGH       (BOARD_RTC + 0x04u) /* as of the last read of the low half */
#define RTC_ALARM_LOW       (BOARD_RTC + 0x08u) /* arms it */
#define RTC_ALARM_HIGH      (BOARD_RTC + 0x0cu)
#define RTC_IRQ_ENABLED     (BOARD_RTC + 0x10u)
#define RTC_CLEAR_ALARM     (BOARD_RTC + 0x14u)
#define RTC_ALARM_STATUS    (BOARD_RTC + 0x18u)
#define RTC_CLEAR_INTERRUPT (BOARD_RTC + 0x1cu)

static inline uint64_t rtc_now(void) {
    uint64_t low = mmio_read32(RTC_TIME_LOW);

    return low | (uint64_t)mmio_read32(RTC_TIME_HIGH) << 32;
}

static inline void rtc_set_alarm(uint64_t at) {
    mmio_write32(RTC_ALARM_HIGH, (uint32_t)(at >> 32));
    mmio_write32(RTC_ALARM_LOW, (uint32_t)at);
}

static inline void rtc_enable(bool on) {
    mmio_write32(RTC_IRQ_ENABLED, on);
}

static inline void rtc_acknowledge(void) {
    mmio_write32(RTC_CLEAR_INTERRUPT, 1);
}
