/* SPDX-License-Identifier: Apache-2.0 */
/* timer - the virtual timer's interrupts at 1 kHz, its controls, and both counters. */
#include "runtime/arm64/timer.h"

#include "runtime/arm64/board.h"
#include "runtime/arm64/gic.h"
#include "runtime/console.h"
#include "runtime/machine.h"
#include "runtime/test.h"

#define TICKS 100u
#define READS 10000u

static volatile uint32_t ticks, early, others;
static volatile uint64_t worst;
static uint64_t deadline, period;

static void handle(uint32_t intid) {
    uint64_t now = timer_count();

    if (intid != BOARD_TIMER_VIRTUAL_IRQ) {
        others++;
        return;
    }
    ticks++;
    if (now < deadline)
        early++;
    else if (now - deadline > worst)
        worst = now - deadline;
    deadline += period;
    timer_set(deadline, ticks < TICKS ? TIMER_ENABLE : 0);
}

static void check_ticks(void) {
    uint64_t begin = timer_count();

    test_begin("virtual-timer");
    deadline = begin + period;
    timer_set(deadline, TIMER_ENABLE);
    while (ticks < TICKS) {
        cpu_wait();
        cpu_irq_enable();
        cpu_irq_disable();
    }
    test_equal("interrupts ahead of their deadline", early, 0);
    test_equal("other interrupts", others, 0);
    test_expect(timer_count() - begin >= TICKS * period, "the ticks came too fast");
    test_end();
    console_print("@timer ticks=%u worst_ns=%lu\n", ticks, worst * 1000000000 / timer_frequency());
}

/* Masked or off, a deadline that has passed gives no interrupt. */
static void check_controls(void) {
    uint32_t before = ticks;

    test_begin("timer-controls");
    timer_set(timer_count(), TIMER_ENABLE | TIMER_MASK);
    cpu_irq_enable();
    timer_wait_us(10);
    test_expect((sysreg_read(cntv_ctl_el0) & TIMER_STATUS) != 0, "no status when masked");
    timer_set(0, 0);
    timer_wait_us(10);
    cpu_irq_disable();
    test_equal("interrupts", ticks, before);
    sysreg_write(cntv_tval_el0, 1000);
    test_expect(sysreg_read(cntv_cval_el0) - timer_count() <= 1000, "CVAL does not follow TVAL");
    test_end();
}

static void check_counters(void) {
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
    test_end();
}

/* The physical timer is the guest's as well, as a status at least. */
static void check_physical(void) {
    test_begin("physical-timer");
    timer_physical_set(timer_physical_count() + period, TIMER_ENABLE | TIMER_MASK);
    test_expect((sysreg_read(cntp_ctl_el0) & TIMER_STATUS) == 0, "it expired at once");
    timer_wait_us(2000);
    test_expect((sysreg_read(cntp_ctl_el0) & TIMER_STATUS) != 0, "it did not expire");
    timer_physical_set(0, 0);
    test_end();
}

void guest_main(uint64_t tree) {
    (void)tree;
    period = timer_frequency() / 1000;
    gic_init(handle);
    gic_init_cpu();
    gic_enable(BOARD_TIMER_VIRTUAL_IRQ);
    check_ticks();
    check_controls();
    check_counters();
    check_physical();
    test_done();
}
