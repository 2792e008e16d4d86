/* SPDX-License-Identifier: Apache-2.0 */
/* rtc - a device passed through: the board's clock, its registers and its level interrupt. */
#include "runtime/rtc.h"

#include "runtime/console.h"
#include "runtime/cpu.h"
#include "runtime/irq.h"
#include "runtime/machine.h"
#include "runtime/test.h"
#include "runtime/tick.h"
#include "tests/rtc.h"

volatile uint32_t rtc_alarms, rtc_keep;
static volatile uint64_t rung;

static void handle(uint32_t irq) {
    if (irq == BOARD_TIMER_IRQ) {
        tick_handle(irq);
    } else if (irq == BOARD_RTC_IRQ) {
        rung = rtc_now();
        rtc_alarms++;
        if (rtc_alarms >= rtc_keep)
            rtc_acknowledge();
    }
}

bool rtc_has_come(uint64_t number) {
    return rtc_alarms >= number;
}

void rtc_check_alarm(uint32_t number) {
    uint64_t wanted = rtc_now() + rtc_distance;

    rtc_set_alarm(wanted);
    rtc_check_armed(true);
    test_expect(tick_wait(rtc_has_come, number, RTC_PATIENCE), "no interrupt");
    test_equal("interrupts", rtc_alarms, number);
    test_expect(rung >= wanted && rung - wanted < rtc_precision, "it rang at another time");
    rtc_check_armed(false);
    tick_sleep(2);
    test_equal("interrupts afterwards", rtc_alarms, number);
}

void guest_main(uint64_t tree) {
    irq_begin(handle);
    tick_start();
    test_begin("rtc-registers");
    rtc_check_registers();
    rtc_acknowledge();
    rtc_enable(true);
    irq_enable(BOARD_RTC_IRQ);
    test_begin("rtc-alarms");
    for (uint32_t i = 1; i <= RTC_ALARMS; i++)
        rtc_check_alarm(i);
    rtc_check_others();
    test_end();
    console_print("@rtc seconds=%lu alarms=%u\n", rung / RTC_SECOND, rtc_alarms);
    irq_disable(BOARD_RTC_IRQ);
    rtc_enable(false);
    /* The next life has a level again. */
    test_done_after_reset();
}
