/* SPDX-License-Identifier: Apache-2.0 */
/* storm - runs on although its core is interrupted by the console again and again. */
#include "abi/counters.h"
#include "runtime/console.h"
#include "runtime/machine.h"
#include "runtime/test.h"
#include "runtime/timer.h"

#define START_US 50000u /* until all of the start has been said */
#define ENOUGH   20

void guest_main(uint64_t tree) {
    int64_t first;

    timer_wait_us(START_US);
    console_print("@storm ready\n");
    timer_wait_us(START_US);
    first = machine_exits(0, EXIT_CONSOLE);
    while (machine_exits(0, EXIT_CONSOLE) < first + ENOUGH)
        timer_wait_us(1000);
    console_print("@storm over\n");
    test_done();
}
