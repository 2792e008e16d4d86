/* SPDX-License-Identifier: Apache-2.0 */
/* offspi - a device's interrupt in every state that a CPU can leave it in when it goes off. */
#include "runtime/arm64/gic.h"
#include "runtime/cpu.h"
#include "runtime/machine.h"
#include "runtime/rtc.h"
#include "runtime/test.h"
#include "runtime/tick.h"

#define PATIENCE 3000u /* milliseconds */

/* What CPU 1 does with the interrupt before it goes off. */
enum stage { HANDLE, HOLD, ACKNOWLEDGE };

static volatile uint32_t alarms, at_cpu;
static volatile bool raised; /* seen at the device */

static void handle(uint32_t intid) {
    if (intid == BOARD_TIMER_IRQ) {
        tick_handle(intid);
    } else if (intid == BOARD_RTC_IRQ) {
        rtc_acknowledge();
        at_cpu = cpu_index();
        alarms++;
    }
}

static bool has_come(uint64_t number) {
    return alarms >= number;
}

static bool is_off(uint64_t cpu) {
    return cpu_is_off((uint32_t)cpu);
}

static bool is_raised(uint64_t unused) {
    raised = raised || (mmio_read32(RTC_RIS) & 1) != 0;
    return raised;
}

static void set_alarm(void) {
    raised = false;
    rtc_set_alarm(rtc_now() + 1);
}

static bool is_active(void) {
    return (mmio_read32(gic_bit_register(GICD_ISACTIVER, BOARD_RTC_IRQ)) &
            gic_bit(BOARD_RTC_IRQ)) != 0;
}

static void cpu_1(uint64_t stage) {
    irq_init_cpu();
    set_alarm();
    while (stage == HANDLE && alarms == 0)
        cpu_sleep();
    while (stage != HANDLE && !is_raised(0))
        cpu_wait(); /* the interrupt itself ends this */
    if (stage == ACKNOWLEDGE)
        sysreg_read(s3_0_c12_c12_0); /* ICC_IAR1_EL1, and no end */
    cpu_off();
}

/* CPU 1 is started and goes off; the interrupt is this CPU's then. */
static void leave(enum stage stage) {
    alarms = 0;
    gic_route(BOARD_RTC_IRQ, 1);
    irq_enable(BOARD_RTC_IRQ);
    test_equal("CPU_ON", (uint64_t)cpu_start(1, cpu_1, stage), 0);
    test_expect(tick_wait(is_off, 1, PATIENCE), "CPU 1 does not go off");
    test_equal("alarms", alarms, stage == HANDLE);
}

static void expect_alarm(uint32_t count) {
    test_expect(tick_wait(has_come, count, PATIENCE), "no interrupt");
    test_equal("alarms", alarms, count);
    test_equal("its CPU", at_cpu, 0);
    test_expect(!is_active(), "active afterwards");
}

static void check_handled(void) {
    test_begin("handled-then-off");
    leave(HANDLE);
    gic_route(BOARD_RTC_IRQ, 0);
    set_alarm();
    expect_alarm(2);
}

static void check_pending(void) {
    test_begin("pending-then-off");
    leave(HOLD);
    gic_route(BOARD_RTC_IRQ, 0);
    expect_alarm(1);
    set_alarm();
    expect_alarm(2);
}

/* What a kernel does that starts where another one has crashed. */
static void check_active(void) {
    test_begin("active-then-off");
    leave(ACKNOWLEDGE);
    rtc_acknowledge();
    irq_disable(BOARD_RTC_IRQ);
    mmio_write32(gic_bit_register(GICD_ICACTIVER, BOARD_RTC_IRQ), gic_bit(BOARD_RTC_IRQ));
    gic_route(BOARD_RTC_IRQ, 0);
    irq_enable(BOARD_RTC_IRQ);
    set_alarm();
    expect_alarm(1);
}

static void take_one(uint64_t argument) {
    irq_init_cpu();
    while (alarms == 0)
        cpu_sleep();
    cpu_off();
}

/* It waits for the CPU that it is routed to. */
static void check_waits(void) {
    test_begin("fires-while-off");
    alarms = 0;
    gic_route(BOARD_RTC_IRQ, 1);
    set_alarm();
    test_expect(tick_wait(is_raised, 0, PATIENCE), "no alarm");
    tick_sleep(10);
    test_equal("alarms while it is off", alarms, 0);
    test_equal("CPU_ON", (uint64_t)cpu_start(1, take_one, 0), 0);
    test_expect(tick_wait(has_come, 1, PATIENCE), "no interrupt");
    test_equal("its CPU", at_cpu, 1);
    test_expect(tick_wait(is_off, 1, PATIENCE), "CPU 1 does not go off");
    /* And the same, but that it is moved while it waits. */
    set_alarm();
    test_expect(tick_wait(is_raised, 0, PATIENCE), "no second alarm");
    tick_sleep(10);
    test_equal("alarms", alarms, 1);
    gic_route(BOARD_RTC_IRQ, 0);
    expect_alarm(2);
}

void guest_main(uint64_t tree) {
    irq_begin(handle);
    tick_start();
    rtc_acknowledge();
    rtc_enable(true);
    check_handled();
    check_pending();
    check_active();
    check_waits();
    test_end();
    irq_disable(BOARD_RTC_IRQ);
    rtc_enable(false);
    /* Nothing of it is left in the next life. */
    test_done_after_reset();
}
