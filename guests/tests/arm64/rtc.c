/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/rtc.h"

#include "runtime/arm64/gic.h"
#include "runtime/test.h"
#include "runtime/tick.h"
#include "tests/rtc.h"

const uint64_t rtc_distance = 1, rtc_precision = 1;

void rtc_check_registers(void) {
    test_equal("PeriphID1", mmio_read32(RTC_PID1) & 0xff, 0x10);
    test_expect(rtc_now() != 0, "the clock says 1970");
}

/* It says when an alarm was not taken; not whether one is set. */
void rtc_check_armed(bool armed) {
    test_equal("RIS", mmio_read32(RTC_RIS), 0);
}

static uint32_t triggers(void) {
    return mmio_read32(BOARD_GICD + GICD_ICFGR + BOARD_RTC_IRQ / 16 * 4);
}

static void set_trigger(bool edge) {
    uint32_t bit = 2u << (BOARD_RTC_IRQ % 16 * 2);
    uint32_t others = triggers() & ~bit;

    irq_disable(BOARD_RTC_IRQ);
    mmio_write32(BOARD_GICD + GICD_ICFGR + BOARD_RTC_IRQ / 16 * 4, others | (edge ? bit : 0));
    test_equal("ICFGR", triggers(), others | (edge ? bit : 0));
    irq_enable(BOARD_RTC_IRQ);
}

/* The line stays high: a level comes again and again, an edge once. */
static void check_trigger(bool edge) {
    test_begin(edge ? "rtc-edge" : "rtc-level");
    set_trigger(edge);
    rtc_alarms = 0;
    rtc_keep = 3;
    rtc_set_alarm(rtc_now() + 1);
    test_expect(tick_wait(rtc_has_come, 1, RTC_PATIENCE), "no interrupt");
    tick_sleep(10);
    test_equal("interrupts", rtc_alarms, edge ? 1 : 3);
    test_equal("RIS", mmio_read32(RTC_RIS), edge);
    rtc_acknowledge();
    rtc_keep = 0;
}

void rtc_check_others(void) {
    check_trigger(false);
    check_trigger(true);
}
