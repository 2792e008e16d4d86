/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unheard - has no console: restarts itself as soon as one costs it exits all the same, but for
 * those at its start, when its core says that it has started.
 */
#include "abi/counters.h"
#include "runtime/machine.h"
#include "runtime/timer.h"

#define START_US 100000u

void guest_main(uint64_t tree) {
    int64_t first;

    timer_wait_us(START_US);
    first = machine_exits(0, EXIT_CONSOLE);
    while (machine_exits(0, EXIT_CONSOLE) == first)
        timer_wait_us(1000);
    machine_reset();
}
