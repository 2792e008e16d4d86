/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/timer.h"

#include "runtime/cpu.h"
#include "runtime/test.h"
#include "runtime/timer.h"

#define READS 10000u

void timer_check_controls(uint32_t (*interrupts)(void)) {
    uint32_t before = interrupts();

    test_begin("timer-controls");
    timer_set(timer_count(), TIMER_ENABLE | TIMER_MASK);
    cpu_irq_enable();
    timer_wait_us(10);
    test_expect((sysreg_read(cntv_ctl_el0) & TIMER_STATUS) != 0, "no status when masked");
    timer_set(0, 0);
    timer_wait_us(10);
    cpu_irq_disable();
    test_equal("interrupts", interrupts(), before);
    sysreg_write(cntv_tval_el0, 1000);
    test_expect(sysreg_read(cntv_cval_el0) - timer_count() <= 1000, "CVAL does not follow TVAL");
}

static void check_counters(uint64_t period) {
    uint64_t virtual_begin = timer_count();
    uint64_t physical_begin = timer_physical_count();
    uint64_t last_virtual = virtual_begin;
    uint64_t last_physical = physical_begin;
    uint64_t passed_virtual, passed_physical;

    test_begin("counters");
    for (uint32_t i = 0; i < READS; i++) {
        uint64_t now_virtual = timer_count();
        uint64_t now_physical = timer_physical_count();

        test_expect(now_virtual >= last_virtual, "the virtual counter went backwards");
        test_expect(now_physical >= last_physical, "the physical counter went backwards");
        last_virtual = now_virtual;
        last_physical = now_physical;
    }
    timer_wait_us(10000);
    passed_physical = timer_physical_count() - physical_begin;
    passed_virtual = timer_count() - virtual_begin;
    test_expect(passed_virtual >= passed_physical, "the counters run at different speeds");
    test_expect(passed_virtual - passed_physical < period, "the counters drift apart");
}

/* The physical timer is the guest's as well, as a status at least. */
static void check_physical(uint64_t period) {
    test_begin("physical-timer");
    timer_physical_set(timer_physical_count() + period, TIMER_ENABLE | TIMER_MASK);
    test_expect((sysreg_read(cntp_ctl_el0) & TIMER_STATUS) == 0, "it expired at once");
    timer_wait_us(2000);
    test_expect((sysreg_read(cntp_ctl_el0) & TIMER_STATUS) != 0, "it did not expire");
    timer_physical_set(0, 0);
}

void timer_check_others(uint64_t period) {
    check_counters(period);
    check_physical(period);
}
