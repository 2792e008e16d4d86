/* SPDX-License-Identifier: Apache-2.0 */
/* rtc - a device passed through: the board's PL031, its registers and its level interrupt. */
#include "arch_board.h"
#include "arch_mmio.h"
#include "runtime/arm64/gic.h"
#include "runtime/console.h"
#include "runtime/cpu.h"
#include "runtime/machine.h"
#include "runtime/test.h"
#include "runtime/tick.h"

#define RTCDR   0x00 /* seconds */
#define RTCMR   0x04 /* the second that interrupts */
#define RTCIMSC 0x10
#define RTCRIS  0x14
#define RTCICR  0x1c
#define RTCPID1 0xfe4

#define ALARMS   3u
#define PATIENCE 3000u /* milliseconds */

static volatile uint32_t alarms;
static volatile uint32_t keep; /* interrupts before the device is quietened; 0: at once */
static volatile uint32_t second;

static void handle(uint32_t intid) {
    if (intid == BOARD_TIMER_IRQ) {
        tick_handle();
    } else if (intid == BOARD_RTC_IRQ) {
        second = mmio_read32(BOARD_RTC + RTCDR);
        alarms++;
        if (alarms >= keep)
            mmio_write32(BOARD_RTC + RTCICR, 1);
    }
}

static bool has_come(uint64_t number) {
    return alarms >= number;
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
    alarms = 0;
    keep = 3;
    mmio_write32(BOARD_RTC + RTCMR, mmio_read32(BOARD_RTC + RTCDR) + 1);
    test_expect(tick_wait(has_come, 1, PATIENCE), "no interrupt");
    tick_sleep(10);
    test_equal("interrupts", alarms, edge ? 1 : 3);
    test_equal("RIS", mmio_read32(BOARD_RTC + RTCRIS), edge);
    mmio_write32(BOARD_RTC + RTCICR, 1);
    keep = 0;
}

void guest_main(uint64_t tree) {
    irq_init(handle);
    irq_init_cpu();
    tick_start();

    test_begin("rtc-registers");
    test_equal("PeriphID1", mmio_read32(BOARD_RTC + RTCPID1) & 0xff, 0x10);
    test_expect(mmio_read32(BOARD_RTC + RTCDR) != 0, "the clock says 1970");

    mmio_write32(BOARD_RTC + RTCICR, 1);
    mmio_write32(BOARD_RTC + RTCIMSC, 1);
    irq_enable(BOARD_RTC_IRQ);
    test_begin("rtc-alarms");
    for (uint32_t i = 1; i <= ALARMS; i++) {
        uint32_t wanted = mmio_read32(BOARD_RTC + RTCDR) + 1;

        mmio_write32(BOARD_RTC + RTCMR, wanted);
        test_expect(tick_wait(has_come, i, PATIENCE), "no interrupt");
        test_equal("interrupts", alarms, i);
        test_equal("the second", second, wanted);
        test_equal("RIS", mmio_read32(BOARD_RTC + RTCRIS), 0);
    }
    check_trigger(false);
    check_trigger(true);
    test_end();
    console_print("@rtc seconds=%u alarms=%u\n", second, alarms);
    irq_disable(BOARD_RTC_IRQ);
    mmio_write32(BOARD_RTC + RTCIMSC, 0);
    /* The next life has a level again. */
    if (machine_restarts() == 0)
        machine_reset();
    test_done();
}
