/* SPDX-License-Identifier: Apache-2.0 */
/* rtc - a device passed through: the board's goldfish clock, its registers and its level
 * interrupt. */
#include "abi/counters.h"
#include "arch_board.h"
#include "arch_mmio.h"
#include "runtime/console.h"
#include "runtime/cpu.h"
#include "runtime/irq.h"
#include "runtime/machine.h"
#include "runtime/riscv64/controller.h"
#include "runtime/test.h"
#include "runtime/tick.h"
#include "runtime/timer.h"

/* All in nanoseconds. */
#define TIME_LOW        0x00
#define TIME_HIGH       0x04 /* as of the last read of TIME_LOW */
#define ALARM_LOW       0x08 /* arms it */
#define ALARM_HIGH      0x0c
#define IRQ_ENABLED     0x10
#define CLEAR_ALARM     0x14
#define ALARM_STATUS    0x18
#define CLEAR_INTERRUPT 0x1c

#define ALARMS   3u
#define DISTANCE 5000000u /* nanoseconds */
#define PATIENCE 3000u    /* milliseconds */
#define YEAR_NS  (365ull * 24 * 3600 * 1000000000)

static volatile uint32_t alarms;
static volatile uint64_t rung;

static uint64_t now(void) {
    uint64_t low = mmio_read32(BOARD_RTC + TIME_LOW);

    return low | (uint64_t)mmio_read32(BOARD_RTC + TIME_HIGH) << 32;
}

static void handle(uint32_t irq) {
    if (irq == BOARD_TIMER_IRQ) {
        tick_handle();
    } else if (irq == BOARD_RTC_IRQ) {
        rung = now();
        mmio_write32(BOARD_RTC + CLEAR_INTERRUPT, 1);
        alarms++;
    }
}

static bool has_come(uint64_t number) {
    return alarms >= number;
}

/* Of this CPU for all causes. From one reading to the next lie as many calls as it takes. */
static int64_t exits(void) {
    int64_t sum = 0;

    for (uint32_t cause = 0; cause < EXIT_CAUSES; cause++)
        sum += machine_exits(0, cause);
    return sum;
}

/* One alarm: armed, taken once and gone. */
static void check_alarm(uint32_t number) {
    uint64_t wanted = now() + DISTANCE;

    mmio_write32(BOARD_RTC + ALARM_HIGH, (uint32_t)(wanted >> 32));
    mmio_write32(BOARD_RTC + ALARM_LOW, (uint32_t)wanted);
    test_equal("ALARM_STATUS", mmio_read32(BOARD_RTC + ALARM_STATUS), 1);
    test_expect(tick_wait(has_come, number, PATIENCE), "no interrupt");
    test_equal("interrupts", alarms, number);
    test_expect(rung >= wanted && rung - wanted < 1000000, "it rang at another time");
    test_equal("ALARM_STATUS", mmio_read32(BOARD_RTC + ALARM_STATUS), 0);
    tick_sleep(2);
    test_equal("interrupts afterwards", alarms, number);
}

/* With MSIs all that the hypervisor sees is the write by which the level is looked at again. */
static void check_exits(void) {
    int64_t count;

    test_begin("rtc-exits");
    tick_sleep(100); /* until the console has said all */
    count = exits();
    check_alarm(ALARMS + 1);
    count = exits() - count - EXIT_CAUSES;
    test_equal("exits", (uint64_t)count, 1);
}

void guest_main(uint64_t tree) {
    irq_init(handle);
    irq_init_cpu();
    tick_start();

    test_begin("rtc-registers");
    rung = now();
    test_expect(rung > YEAR_NS, "the clock says 1970");
    tick_sleep(2);
    test_expect(now() - rung >= 1000000, "it stands still");
    test_equal("ALARM_STATUS", mmio_read32(BOARD_RTC + ALARM_STATUS), 0);

    mmio_write32(BOARD_RTC + CLEAR_INTERRUPT, 1);
    mmio_write32(BOARD_RTC + IRQ_ENABLED, 1);
    irq_enable(BOARD_RTC_IRQ);
    test_begin("rtc-alarms");
    for (uint32_t i = 1; i <= ALARMS; i++)
        check_alarm(i);
    if (machine_is_bulkhead() && irq_controller() == &imsic_controller && timer_has_stimecmp())
        check_exits();
    test_end();
    console_print("@rtc seconds=%lu alarms=%u\n", rung / 1000000000, alarms);
    irq_disable(BOARD_RTC_IRQ);
    mmio_write32(BOARD_RTC + IRQ_ENABLED, 0);
    test_done();
}
