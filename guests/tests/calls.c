/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calls - CPU 1 makes a call of Bulkhead's own, which a test has damaged; CPU 0 speaks until it is
 * stopped.
 */
#include "runtime/console.h"
#include "runtime/cpu.h"
#include "runtime/machine.h"
#include "runtime/timer.h"

#define BEFORE_US 20000u
#define PAUSE_US  5000u

static void call(uint64_t argument) {
    machine_restarts();
    for (;;)
        cpu_wait();
}

void guest_main(uint64_t tree) {
    console_print("@calls\n");
    timer_wait_us(BEFORE_US); /* so that it has been heard */
    cpu_start(1, call, 0);
    for (;;) {
        console_print("@calls\n");
        timer_wait_us(PAUSE_US);
    }
}
