/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parked - CPU 1 switches itself off with something pending or about to be, CPU 0 sleeps, and the
 * whole machine executes next to nothing meanwhile; so do the cores of VMs that have ended.
 */
#include "tests/parked.h"

#include "arch_board.h"
#include "runtime/console.h"
#include "runtime/cpu.h"
#include "runtime/irq.h"
#include "runtime/machine.h"
#include "runtime/test.h"
#include "runtime/timer.h"

#define BEGIN_MS 200u /* until others have ended, and the console has said so */
#define SLEEP_MS 10u
#define BOUND    20000u /* instructions: timers, a few wakes; of one that spins 10^7 */

static volatile bool ready;

static void handle(uint32_t irq) {
    if (irq == BOARD_TIMER_IRQ)
        timer_disarm();
}

static void leave_nothing(void) {
}

static void leave_timer_ahead(void) {
    irq_enable(BOARD_TIMER_IRQ);
    timer_arm(timer_count() + timer_frequency() / 500);
}

static void leave_timer_fired(void) {
    irq_enable(BOARD_TIMER_IRQ);
    timer_arm(timer_count());
    timer_wait_us(50);
}

static void leave_ipi(void) {
    irq_send(1, 1);
}

static const struct {
    const char *name;
    void (*leave)(void);
    bool sent; /* and CPU 0 interrupts it when it is off */
} ways[] = {
    {"off", leave_nothing, false},
    {"off-before-its-timer", leave_timer_ahead, false},
    {"off-behind-its-timer", leave_timer_fired, false},
    {"off-with-an-ipi", leave_ipi, false},
    {"off-with-an-interrupt", parked_interrupt, false},
    {"off-and-called", leave_nothing, true},
};

static void cpu_1(uint64_t way) {
    irq_init_cpu();
    ways[way].leave();
    ready = true;
    cpu_off();
}

/* Sleeps, this CPU's timer its only interrupt. */
static void sleep_for(uint64_t milliseconds) {
    uint64_t end = timer_count() + timer_frequency() / 1000 * milliseconds;

    irq_enable(BOARD_TIMER_IRQ);
    timer_arm(end);
    while (timer_count() < end)
        cpu_sleep();
}

static void check_asleep(const char *name) {
    uint64_t before;

    test_begin(name);
    before = parked_instructions();
    sleep_for(SLEEP_MS);
    before = parked_instructions() - before;
    test_expect(before > 0, "instructions are not counted");
    if (before >= BOUND)
        test_equal("instructions", before, 0);
    test_end();
    sleep_for(SLEEP_MS); /* until the console has said so */
}

void guest_main(uint64_t tree) {
    irq_begin(handle);
    parked_init();
    sleep_for(BEGIN_MS);
    check_asleep("never-on");
    for (uint64_t way = 0; way < sizeof ways / sizeof ways[0]; way++) {
        ready = false;
        cpu_start(1, cpu_1, way);
        while (!ready || !cpu_is_off(1))
            timer_wait_us(10);
        if (ways[way].sent)
            irq_send(1, 1);
        sleep_for(1);
        check_asleep(ways[way].name);
    }
    test_done();
}
