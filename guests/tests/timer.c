/* SPDX-License-Identifier: Apache-2.0 */
/* timer - the timer's interrupts at 1 kHz, its controls, and the counters. */
#include "tests/timer.h"

#include "arch_board.h"
#include "runtime/console.h"
#include "runtime/cpu.h"
#include "runtime/irq.h"
#include "runtime/machine.h"
#include "runtime/test.h"
#include "runtime/timer.h"

#define TICKS 100u

static volatile uint32_t ticks, early, others;
static volatile uint64_t worst;
static uint64_t deadline, period;

static void handle(uint32_t irq) {
    uint64_t now = timer_count();

    if (irq != BOARD_TIMER_IRQ) {
        others++;
        return;
    }
    ticks++;
    if (now < deadline)
        early++;
    else if (now - deadline > worst)
        worst = now - deadline;
    deadline += period;
    if (ticks < TICKS)
        timer_arm(deadline);
    else
        timer_disarm();
}

static void check_ticks(void) {
    uint64_t begin = timer_count();

    test_begin("virtual-timer");
    deadline = begin + period;
    timer_arm(deadline);
    while (ticks < TICKS)
        cpu_sleep();
    test_equal("interrupts ahead of their deadline", early, 0);
    test_equal("other interrupts", others, 0);
    test_expect(timer_count() - begin >= TICKS * period, "the ticks came too fast");
    test_end();
    console_print("@timer ticks=%u worst_ns=%lu\n", ticks, worst * 1000000000 / timer_frequency());
}

static uint32_t interrupts(void) {
    return ticks + others;
}

void guest_main(uint64_t tree) {
    period = timer_frequency() / 1000;
    irq_begin(handle);
    irq_enable(BOARD_TIMER_IRQ);
    check_ticks();
    timer_check_controls(interrupts);
    timer_check_others(period);
    test_done();
}
