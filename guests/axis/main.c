/* SPDX-License-Identifier: Apache-2.0 */
/*
 * axis - the control of one axis of a machine: a periodic task, that reads in its VM's arguments
 * which axis it is and how often it has to act. One image is all axes.
 */
#include "arch_board.h"
#include "runtime/console.h"
#include "runtime/cpu.h"
#include "runtime/irq.h"
#include "runtime/machine.h"
#include "runtime/timer.h"
#include "runtime/tree.h"

#define REPORT_US 250000u
#define STEP      3 /* of the position, towards where it should be */

static volatile uint64_t releases, lost;
static volatile int64_t position;
static uint64_t deadline, period;

/* The axis moves to and fro. */
static void act(void) {
    int64_t target = releases % 1024 < 512 ? 1000 : -1000;

    if (position < target)
        position += STEP;
    else if (position > target)
        position -= STEP;
    releases++;
}

static void handle(uint32_t irq) {
    if (irq != BOARD_TIMER_IRQ)
        return;
    act();
    for (deadline += period; deadline <= timer_count(); deadline += period)
        lost++;
    timer_arm(deadline);
}

void guest_main(uint64_t tree) {
    char axis[16];
    uint64_t period_us = tree_argument_number(tree, "period_us");
    uint64_t next;

    if (!tree_argument(tree, "axis", axis, sizeof axis) || period_us == 0) {
        console_print("@axis fail: the arguments have to say axis=NAME and period_us=NUMBER\n");
        return;
    }
    console_print("@axis %s start period_us=%lu restarts=%ld\n", axis, period_us,
                  machine_restarts());
    period = timer_frequency() / 1000000 * period_us;
    irq_init(handle);
    irq_init_cpu();
    irq_enable(BOARD_TIMER_IRQ);
    deadline = timer_count() + period;
    timer_arm(deadline);
    cpu_irq_enable();
    for (next = REPORT_US / period_us;; next += REPORT_US / period_us) {
        while (releases < next)
            cpu_wait();
        console_print("@axis %s releases=%lu lost=%lu position=%ld\n", axis, releases, lost,
                      position);
    }
}
