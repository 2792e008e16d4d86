/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/rtc.h"

#include "abi/counters.h"
#include "runtime/machine.h"
#include "runtime/riscv64/controller.h"
#include "runtime/test.h"
#include "runtime/tick.h"
#include "runtime/timer.h"
#include "tests/rtc.h"

const uint64_t rtc_distance = RTC_SECOND / 200, rtc_precision = RTC_SECOND / 1000;

void rtc_check_registers(void) {
    uint64_t begin = rtc_now();

    test_expect(begin > 365ull * 24 * 3600 * RTC_SECOND, "the clock says 1970");
    tick_sleep(2);
    test_expect(rtc_now() - begin >= RTC_SECOND / 1000, "it stands still");
    rtc_check_armed(false);
}

void rtc_check_armed(bool armed) {
    test_equal("ALARM_STATUS", mmio_read32(RTC_ALARM_STATUS), armed);
}

/* Of this CPU for all causes. From one reading to the next lie as many calls as it takes. */
static int64_t exits(void) {
    int64_t sum = 0;

    for (uint32_t cause = 0; cause < EXIT_CAUSES; cause++)
        sum += machine_exits(0, cause);
    return sum;
}

/* With MSIs all that the hypervisor sees is the write by which the level is looked at again. */
void rtc_check_others(void) {
    int64_t count;

    if (!machine_is_bulkhead() || irq_controller() != &imsic_controller || !timer_has_stimecmp())
        return;
    test_begin("rtc-exits");
    tick_sleep(100); /* until the console has said all */
    count = exits();
    rtc_check_alarm(RTC_ALARMS + 1);
    count = exits() - count - EXIT_CAUSES;
    test_equal("exits", (uint64_t)count, 1);
}
