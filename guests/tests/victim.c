/* SPDX-License-Identifier: Apache-2.0 */
/*
 * victim - ends its first life as its arguments say (end=fault, reset, off, hang, sleep), or lives
 * until somebody else ends it; it lives all later ones. With feed=MS it keeps its watchdog quiet
 * before. On all but its first CPU everything is masked. It says what the life before it has left
 * in memory that no payload comes to, in which lives are counted.
 */
#include "arch_board.h"
#include "arch_mmio.h"
#include "runtime/console.h"
#include "runtime/cpu.h"
#include "runtime/manage.h"
#include "runtime/test.h"
#include "runtime/timer.h"
#include "runtime/tree.h"

#define FEEDS 6u

/* Of 4 MiB, which is what its VMs have. */
#define LEFT (*(volatile uint64_t *)(BOARD_RAM + 0x3ff000))

static void spin(uint64_t argument) {
    cpu_spin();
}

static void feed(uint32_t ms) {
    for (uint32_t i = 0; ms != 0 && i < FEEDS; i++) {
        watchdog_feed(ms);
        timer_wait_us(ms * 1000 / 2);
    }
    if (ms != 0)
        console_print("@victim fed\n");
}

/* Who manages nobody is told of nobody, not of itself either. */
static void check_nobody(void) {
    test_begin("nobody");
    test_equal("a fact", (uint64_t)managed_fact(0, MANAGED_STATE), (uint64_t)MACHINE_INVALID);
    test_equal("a counter", (uint64_t)managed_exits(0, 0, 0), (uint64_t)MACHINE_INVALID);
    test_equal("a request", (uint64_t)manage_ask(0, MANAGE_STOP), (uint64_t)MACHINE_INVALID);
    test_end();
}

static void end(char how) {
    if (how == 'f') {
        cpu_set_vectors(BOARD_NOWHERE); /* a fault whose own vector faults */
        (void)mmio_read64(BOARD_NOWHERE);
    } else if (how == 'r') {
        machine_reset();
    } else if (how == 'o') {
        machine_off();
    } else if (how == 'h') {
        cpu_spin();
    } else if (how == 's') {
        for (;;)
            cpu_suspend();
    }
}

void guest_main(uint64_t tree) {
    char how[8] = "";

    console_print("@victim restarts=%ld left=%lu\n", machine_restarts(), LEFT++);
    check_nobody();
    for (uint32_t cpu = 1; cpu < cpu_count(); cpu++)
        cpu_start(cpu, spin, 0);
    tree_argument(tree, "end", how, sizeof how);
    if (machine_restarts() == 0) {
        feed((uint32_t)tree_argument_number(tree, "feed"));
        end(how[0]);
    }
    for (;;)
        cpu_wait();
}
