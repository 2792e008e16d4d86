/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keeper - watches the one VM that it manages, tells how each of its lives ended and how long it
 * was away then, and ends a life that lasts too long. Arguments: limit=MS, and lives=N: it ends
 * none after the Nth.
 */
#include <stddef.h>

#include "arch_board.h"
#include "runtime/console.h"
#include "runtime/cpu.h"
#include "runtime/irq.h"
#include "runtime/manage.h"
#include "runtime/timer.h"
#include "runtime/tree.h"

/*
 * It looks a little behind each whole ms of the machine's counter, where it can read that. There
 * the control loop has its releases, and an emulator's slices end soon behind one
 * (control/clock.h).
 */
#define POLL_US   1000u
#define BEHIND_US 5u

static const char *const ends[] = {
    [MANAGED_NEVER] = "never",       [MANAGED_FAULT] = "fault",       [MANAGED_RESET] = "reset",
    [MANAGED_POWEROFF] = "poweroff", [MANAGED_WATCHDOG] = "watchdog", [MANAGED_REQUEST] = "request",
    [MANAGED_PANIC] = "panic",
};

/* Times are ticks; this life's, and when it was seen at work last. */
static uint64_t born, seen;
static int64_t restarts;
static bool asked;
static char name[MANAGED_NAME_SIZE];
static uint64_t deadline;

static uint64_t us(uint64_t count) {
    return timer_frequency() / 1000000 * count;
}

static void handle(uint32_t irq) {
    if (irq != BOARD_TIMER_IRQ)
        return;
    while (deadline <= timer_count())
        deadline += us(POLL_US);
    timer_arm(deadline);
}

static uint64_t to_us(uint64_t ticks) {
    return ticks / us(1);
}

static void tell_of_new_life(int64_t count, uint64_t now) {
    console_print("@keeper %s restarts=%ld end=%s away_us=%lu life_us=%lu\n", name, count,
                  ends[managed_fact(0, MANAGED_END)], to_us(now - seen), to_us(seen - born));
    restarts = count;
    born = now;
    asked = false;
}

static void look(uint64_t limit_us, int64_t lives) {
    uint64_t now = timer_count();
    int64_t count = managed_fact(0, MANAGED_RESTARTS);

    if (managed_fact(0, MANAGED_STATE) != MANAGED_RUNNING)
        return;
    if (count != restarts)
        tell_of_new_life(count, now);
    seen = now;
    if (!asked && count < lives && to_us(now - born) > limit_us) {
        console_print("@keeper %s life=%ld ends after its limit\n", name, count + 1);
        asked = manage_ask(0, MANAGE_RESTART) == MANAGE_DONE;
    }
}

void guest_main(uint64_t tree) {
    uint64_t limit_us = tree_argument_number(tree, "limit") * 1000;
    int64_t lives = (int64_t)tree_argument_number(tree, "lives");

    managed_name(0, name);
    irq_init(handle);
    irq_init_cpu();
    irq_enable(BOARD_TIMER_IRQ);
    born = seen = timer_count();
    deadline = born + us(POLL_US + BEHIND_US) - timer_physical_count() % us(POLL_US);
    timer_arm(deadline);
    for (;;) {
        look(limit_us, lives);
        cpu_wait();
        cpu_irq_enable();
        cpu_irq_disable();
    }
}
