/* SPDX-License-Identifier: Apache-2.0 */
/*
 * monitor - says once a second what the hypervisor has done on its core, by cause: what is left in
 * a VM where nothing happens.
 */
#include "abi/counters.h"
#include "arch_board.h"
#include "runtime/console.h"
#include "runtime/cpu.h"
#include "runtime/irq.h"
#include "runtime/machine.h"
#include "runtime/timer.h"

static volatile uint64_t seconds;
static uint64_t deadline;

static void handle(uint32_t irq) {
    if (irq != BOARD_TIMER_IRQ)
        return;
    seconds++;
    deadline += timer_frequency();
    timer_arm(deadline);
}

void guest_main(uint64_t tree) {
    (void)tree;
    irq_init(handle);
    irq_init_cpu();
    irq_enable(BOARD_TIMER_IRQ);
    deadline = timer_count() + timer_frequency();
    timer_arm(deadline);
    cpu_irq_enable();
    for (uint64_t next = 1;; next++) {
        int64_t sum = 0;

        while (seconds < next)
            cpu_wait();
        for (uint32_t cause = 0; cause < EXIT_CAUSES; cause++)
            sum += machine_exits(0, cause);
        console_print("@monitor seconds=%lu exits=%ld timer=%ld console=%ld\n", seconds, sum,
                      machine_exits(0, EXIT_TIMER), machine_exits(0, EXIT_CONSOLE));
    }
}
