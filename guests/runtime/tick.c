/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/tick.h"

#include "arch_board.h"
#include "runtime/cpu.h"
#include "runtime/irq.h"
#include "runtime/timer.h"

static volatile uint64_t ticks;
static uint64_t deadline;

void tick_start(void) {
    ticks = 0;
    deadline = timer_count() + timer_frequency() / 1000;
    irq_enable(BOARD_TIMER_IRQ);
    timer_arm(deadline);
}

void tick_stop(void) {
    timer_disarm();
}

void tick_handle(uint32_t irq) {
    if (irq != BOARD_TIMER_IRQ)
        return;
    ticks++;
    deadline += timer_frequency() / 1000;
    timer_arm(deadline);
}

uint64_t tick_count(void) {
    return ticks;
}

bool tick_wait(bool (*condition)(uint64_t argument), uint64_t argument, uint32_t milliseconds) {
    uint64_t begin = ticks;
    bool holds = condition(argument);

    while (!holds && ticks - begin < milliseconds) {
        cpu_sleep();
        holds = condition(argument);
    }
    return holds;
}

static bool never(uint64_t argument) {
    (void)argument;
    return false;
}

void tick_sleep(uint32_t milliseconds) {
    tick_wait(never, 0, milliseconds);
}
